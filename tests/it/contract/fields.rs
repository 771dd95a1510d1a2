//! The table on every version.

use super::{
    place::{MODELS, Place},
    table::Table,
};
use crate::support::servers;

#[tokio::test]
async fn every_field_on_the_model() {
    for version in MODELS {
        Table::play(Place::model(version)).await;
    }
}

async fn on_a_real(version: &str) {
    if servers().iter().any(|(there, _)| *there == version) {
        Table::play(Place::alone(version).await).await;
    }
}

#[tokio::test]
async fn every_field_on_2_10() {
    on_a_real("2.10").await;
}

#[tokio::test]
async fn every_field_on_2_12() {
    on_a_real("2.12").await;
}

#[tokio::test]
async fn every_field_on_2_15() {
    on_a_real("2.15").await;
}
