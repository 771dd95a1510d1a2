//! Prometheus: alerting and recording rules of a server.

pub mod rule;

use super::{Kind, Scope, System};
use crate::{
    model::{Failure, Op, Outcome, Step, World},
    ports::{Ask, Ports},
};
use async_trait::async_trait;

/// The system.
pub struct Prometheus;

/// Its name, in places and ops.
pub const NAME: &str = "prometheus";

#[async_trait]
impl System for Prometheus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &[&rule::PrometheusRule]
    }

    fn connections(&self) -> &'static [&'static str] {
        &[NAME]
    }

    async fn read(&self, _ask: &Ask, _wanted: &Scope) -> Result<World, Failure> {
        Ok(World::default())
    }

    fn lower(&self, _steps: &[&Step], _world: &World, _first: usize) -> Vec<Op> {
        Vec::new()
    }

    async fn perform(&self, _ports: &Ports, _op: &Op) -> Outcome {
        Outcome::Already(Vec::new())
    }
}
