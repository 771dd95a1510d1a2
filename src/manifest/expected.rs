//! What the environment expects, as one list: the systems tell whether it is so.

use super::environment::{Environment, NatsConnection, TargetConnection};
use crate::model::{Source, Value, json};

/// One line of an `expect:` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `nats.expect.version`.
    pub path: String,
    /// The path below `expect`: `version`.
    pub name: String,
    /// The system that it speaks of, where the project file names one; else the one whose scopes are accounts.
    pub system: Option<String>,
    /// Whose place it speaks of: an account, or a target.
    pub scope: String,
    pub wanted: Value,
    pub source: Option<Source>,
}

impl Environment {
    /// Everything that is expected.
    pub fn expected(&self) -> Vec<Expected> {
        let targets = self.targets.iter().flat_map(|(system, named)| named.iter().map(move |of| (system, of)));
        let targets = targets.flat_map(|(system, (scope, target))| of_target(system, scope, target));
        self.nats.iter().flat_map(of_nats).chain(targets).collect()
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
        Some(Expected { path, name: name.into(), system: None, scope: nats.account.clone(), wanted: wanted?, source })
    };
    wanted.into_iter().filter_map(one).collect()
}

/// Durations are nanoseconds.
fn of_target(system: &str, scope: &str, target: &TargetConnection) -> Vec<Expected> {
    let expect = &target.expect;
    let wanted = [
        ("scrape_interval", expect.scrape_interval.map(|v| json!(v))),
        ("retention", expect.retention.map(|v| json!(v))),
        ("version", expect.version.as_ref().map(|v| json!(v))),
    ];
    let one = |(name, wanted): (&str, Option<Value>)| {
        let path = format!("{system}.{scope}.expect.{name}");
        let (system, scope) = (Some(system.to_owned()), scope.to_owned());
        let source = expect.sources.get(name).cloned();
        Some(Expected { path, name: name.into(), system, scope, wanted: wanted?, source })
    };
    wanted.into_iter().filter_map(one).collect()
}
