//! What the environment expects, as one list: the systems tell whether it is so.

use super::environment::{Environment, NatsConnection};
use crate::model::{Source, Value, json};

/// One line of an `expect:` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `nats.expect.version`.
    pub path: String,
    /// The path below `expect`: `version`.
    pub name: String,
    /// Whose place it speaks of.
    pub scope: String,
    pub wanted: Value,
    pub source: Option<Source>,
}

impl Environment {
    /// Everything that is expected.
    pub fn expected(&self) -> Vec<Expected> {
        self.nats.iter().flat_map(of_nats).collect()
    }
}

fn of_nats(nats: &NatsConnection) -> Vec<Expected> {
    let expect = &nats.expect;
    let wanted = [
        ("cluster", expect.cluster.as_ref().map(|v| json!(v))),
        ("servers", expect.servers.map(|v| json!(v))),
        ("version", expect.version.as_ref().map(|v| json!(v))),
        ("domain", expect.domain.as_ref().map(|v| json!(v))),
        ("jetstream.max_memory", expect.max_memory.map(|v| json!(v))),
        ("jetstream.max_storage", expect.max_storage.map(|v| json!(v))),
    ];
    let one = |(name, wanted): (&str, Option<Value>)| {
        let path = format!("nats.expect.{name}");
        let source = expect.sources.get(&path).cloned();
        Some(Expected { path, name: name.into(), scope: nats.account.clone(), wanted: wanted?, source })
    };
    wanted.into_iter().filter_map(one).collect()
}
