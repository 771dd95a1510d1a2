//! Prometheus: alerting and recording rules of a server.
//!
//! Prometheus has no write API: rules are files that it loads, all of them or none. So a document is a file whose name says
//! whose it is (`names`), live state is the file *and* what is loaded (`read`), and all changes of a target are one
//! transaction (`perform`): write, reload once, prove, or put back what was there and prove that.

mod across;
mod culprit;
mod glob;
mod header;
mod lease;
mod lower;
mod names;
mod perform;
mod preflight;
mod preview;
mod probe;
mod query;
mod read;
mod recount;
mod reloads;
pub mod rule;
mod scraped;
mod server;
mod undone;

use super::{Expected, Kind, Scope, System};
use crate::{
    model::{Failure, Op, Outcome, Place, Step, Value, World},
    ports::{Ask, Claimant, Lease, Ports, Refusal, kept, release},
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

    async fn read(&self, ask: &Ask, scope: &Scope) -> World {
        read::read(ask, scope).await
    }

    fn expect(&self, place: &Place, name: &str, wanted: &Value) -> Expected {
        expect(place, name, wanted)
    }

    async fn probe(&self, ask: &Ask, steps: &mut [Step], world: &World) {
        probe::probe(ask, steps, world).await;
    }

    fn across(&self, steps: &mut [Step], world: &World) {
        across::across(steps, world);
    }

    fn lower(&self, steps: &[&Step], _: &World, scope: &Scope, first: usize) -> Vec<Op> {
        lower::lower(steps, scope, first)
    }

    async fn lock(&self, ports: &Ports, ops: &[Op], claimant: &Claimant<'_>) -> Result<Vec<Box<dyn Lease>>, Refusal> {
        let mut held: Vec<Box<dyn Lease>> = Vec::new();
        for op in ops {
            let target = op.body["target"].as_str().unwrap_or_default();
            let Some(shelf) = ports.shelf(NAME, target, read::RULES).filter(|shelf| shelf.readable()) else { continue };
            match kept(&held, lease::take(ports, target, shelf, claimant)).await {
                Ok(lease) => held.push(lease),
                Err(refusal) => {
                    release(&held).await;
                    return Err(refusal);
                }
            }
        }
        Ok(held)
    }

    async fn unlock(&self, ports: &Ports) -> Result<Vec<String>, Failure> {
        let mut holders = Vec::new();
        for (system, name) in ports.targets.keys().filter(|(system, _)| system == NAME) {
            let shelf = ports.shelf(system, name, read::RULES).filter(|shelf| shelf.readable());
            if let Some(shelf) = shelf {
                holders.extend(lease::break_lease(shelf).await?);
            }
        }
        Ok(holders)
    }

    async fn perform(&self, ports: &Ports, op: &Op) -> Outcome {
        perform::perform(ports, op).await
    }
}

fn expect(place: &Place, name: &str, wanted: &Value) -> Expected {
    let capabilities = &place.capabilities;
    let text = wanted.as_str().unwrap_or_default();
    let found = match name {
        "version" if capabilities.version.fits(text) => return Expected::Met,
        "version" => capabilities.version.to_string(),
        "scrape_interval" => {
            capabilities.fact("config")["global"]["scrape_interval"].as_str().unwrap_or("1m").to_owned()
        }
        "retention" => retention(capabilities.fact("flags")),
        _ => return Expected::Unread("another version of natsform"),
    };
    // what is wanted is in nanoseconds, what is found as the server writes it
    let Some(ns) = wanted.as_i64() else { return Expected::Unmet { wanted: text.to_owned(), found } };
    match crate::promql::parse_duration(&found) {
        Ok(ms) if ms.checked_mul(1_000_000) == Some(ns) => Expected::Met,
        _ => Expected::Unmet { wanted: crate::promql::print_duration(ns / 1_000_000), found },
    }
}

/// How long samples are kept. Prometheus keeps them for 15 days where no flag says anything.
fn retention(flags: &Value) -> String {
    let said = ["storage.tsdb.retention.time", "storage.tsdb.retention"].into_iter();
    let said = said.filter_map(|name| flags[name].as_str()).find(|text| !text.is_empty() && *text != "0s");
    said.unwrap_or("15d").to_owned()
}
