//! JetStream: streams and consumers of an account.
//!
//! `$JS.API` is spoken as raw JSON, because a typed client erases the fields that it does not know: an update replaces
//! the whole configuration, so what is written back must be what came, digit for digit.
//!
//! Reading (`read`) pages through everything of an account at once and proves that nothing is missing; writing
//! (`perform`) looks again at what it is about to change, writes, and reads back what the server made of it.

mod across;
pub mod consumer;
mod expect;
mod fields;
mod gap;
mod identity;
mod lower;
mod moves;
#[cfg(test)]
mod moves_tests;
mod overlap;
mod perform;
mod read;
mod read_back;
pub mod stream;
mod subjects;
mod swap;
mod unit;

pub use identity::fingerprint;
pub use subjects::collide;

use super::{Expected, Kind, Scope, System};
use crate::{
    model::{Action, Address, Change, Class, Op, Outcome, Path, Place, Step, Value, World},
    ports::{Ask, Ports},
};
use async_trait::async_trait;

/// The system.
pub struct JetStream;

/// Its name, in places and ops.
pub const NAME: &str = "jetstream";

#[async_trait]
impl System for JetStream {
    fn name(&self) -> &'static str {
        NAME
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &[&stream::Stream, &consumer::Consumer]
    }

    fn connections(&self) -> &'static [&'static str] {
        &["nats", NAME]
    }

    fn has_accounts(&self) -> bool {
        true
    }

    async fn read(&self, ask: &Ask, _: &Scope) -> World {
        read::read(ask).await
    }

    fn inventory_step(&self, bucket: &str, scope: &str, config: &Value) -> Option<Step> {
        let field = |name: &str| Change {
            path: Path::root().field(name),
            before: Value::Null,
            after: config[name].clone(),
            class: Class::Declared,
            drift: false,
        };
        Some(Step {
            reason: Some("natsform's own memory of what this project owns".into()),
            changes: ["num_replicas", "max_bytes", "storage"].map(field).into(),
            settled: config.clone(),
            target: config.clone(),
            keeps_inventory: true,
            ..Step::new(Address::new("kv", [bucket], scope), NAME, Action::Create)
        })
    }

    fn expect(&self, place: &Place, name: &str, wanted: &Value) -> Expected {
        expect::expect(place, name, wanted)
    }

    fn across(&self, steps: &mut [Step], world: &World) {
        across::across(steps, world);
    }

    fn lower(&self, steps: &[&Step], world: &World, _: &Scope, first: usize) -> Vec<Op> {
        lower::lower(steps, world, first)
    }

    async fn perform(&self, ports: &Ports, op: &Op) -> Outcome {
        perform::perform(ports, op).await
    }
}
