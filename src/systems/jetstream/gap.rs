//! How long no stream took a subject that changed hands.

use crate::{
    model::{Address, Op, Outcome, Value, json},
    ports::Ports,
    units::print_duration,
};
use std::collections::BTreeMap;

const GIVEN: &str = "given";
const TAKEN: &str = "taken";
const MS: i64 = 1_000_000;

/// An op is about to give subjects up: the gap cannot begin before this.
pub fn begins(ports: &Ports, op: &Op) {
    if let Some(address) = op.carries.first().filter(|_| !entries(op, "gives", "to").is_empty()) {
        ports.remember(address, GIVEN, json!(nanoseconds(ports)));
    }
}

/// The write of an op was answered: a gap that it ends has ended.
pub fn ends(ports: &Ports, op: &Op) {
    if let Some(address) = op.carries.first().filter(|_| !entries(op, "takes", "from").is_empty()) {
        ports.remember(address, TAKEN, json!(nanoseconds(ports)));
    }
}

/// Says what an op that ended means for the subjects that it gave up or took.
pub fn tell(ports: &Ports, op: &Op, outcome: &Outcome) {
    let (Outcome::Done(_) | Outcome::Already(_), Some(own)) = (outcome, op.carries.first()) else { return };
    let at = |address: &Address, name| ports.remembered(address, name).and_then(|at| at.as_i64());
    // without an answer its proof is what ended it
    let end = at(own, TAKEN).unwrap_or_else(|| nanoseconds(ports));
    for (from, subjects) in entries(op, "takes", "from") {
        let begin = at(&from, GIVEN).filter(|_| matches!(outcome, Outcome::Done(_)));
        let text = begin.map(|begin| {
            let whole = end.saturating_sub(begin).max(1).saturating_add(MS - 1) / MS * MS;
            // the other servers of a cluster hear of both writes a moment later, each by itself
            let cluster = ports.nats(&own.scope).is_some_and(|nats| nats.info().cluster.is_some());
            let about = if cluster { "about" } else { "at most" };
            format!("no stream took {} for {about} {}", subjects.join(", "), print_duration(whole))
        });
        ports.tell(own, &from.to_string(), text);
    }
    for (to, subjects) in entries(op, "gives", "to") {
        let text = format!("no stream takes {} since {} gave it up", subjects.join(", "), own.short());
        ports.tell(&to, &own.to_string(), Some(text));
    }
}

fn nanoseconds(ports: &Ports) -> i64 {
    i64::try_from(ports.clock.monotonic_ns()).unwrap_or(i64::MAX)
}

/// What an op gives or takes, by the step at the other end.
fn entries(op: &Op, list: &str, end: &str) -> BTreeMap<Address, Vec<String>> {
    let mut out: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for entry in op.body[list].as_array().into_iter().flatten() {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let Some((other, subject)) = text(end).and_then(|t| Address::parse(t, "")).zip(text("subject")) else {
            continue;
        };
        out.entry(other).or_default().push(format!("`{subject}`"));
    }
    out
}
