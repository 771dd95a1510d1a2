//! Subjects that go from one stream to another.
//!
//! No server lets two streams capture one subject (10065), so whoever has it gives it up before the other one takes it,
//! and in between no stream has it (facts: jetstream.md 4.6). Stored messages stay where they are.

use super::{
    subjects::{Patterns, captured, covers, meet},
    swap::is_parked,
};
use crate::model::{Action, Step, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A subject that one stream of a plan gives up and another one takes.
pub struct Move<'a> {
    pub from: &'a Step,
    pub to: &'a Step,
    /// What both patterns stand for.
    pub subject: String,
}

/// All moves among these steps, each within one account.
pub fn of<'a>(steps: &[&'a Step]) -> Vec<Move<'a>> {
    let mut released: BTreeMap<&str, Patterns<(usize, &str)>> = BTreeMap::new();
    for (i, step) in steps.iter().enumerate() {
        for subject in gone(step) {
            released.entry(&step.address.scope).or_default().insert(subject, (i, subject));
        }
    }
    let mut out = Vec::new();
    for to in steps {
        let Some(released) = released.get(to.address.scope.as_str()) else { continue };
        for wanted in taken(to) {
            let from = released.colliding(wanted).into_iter().map(|(i, subject)| (steps[i], subject));
            let others = from.filter(|(from, _)| from.address != to.address);
            out.extend(others.map(|(from, subject)| Move { from, to, subject: meet(subject, wanted) }));
        }
    }
    out
}

/// The subjects of a stream's configuration that its next one no longer captures whole. What it was parked at while
/// subjects changed hands is nobody's loss.
pub fn uncaptured<'a>(before: &'a Value, after: &Value) -> Vec<&'a str> {
    let covered = |old: &str| captured(after).any(|new| covers(new, old));
    captured(before).filter(|old| !covered(old) && !is_parked(old)).collect()
}

/// The subjects of a stream that its step takes away.
fn gone(step: &Step) -> Vec<&str> {
    if !matches!(step.action, Action::Update | Action::Replace | Action::Delete) {
        return Vec::new();
    }
    let kept: BTreeSet<&str> = will_have(step).collect();
    held(step).filter(|subject| !kept.contains(subject)).collect()
}

/// The subjects that a stream has after its step and not before.
pub fn taken(step: &Step) -> Vec<&str> {
    if !matches!(step.action, Action::Create | Action::Update | Action::Replace) {
        return Vec::new();
    }
    will_have(step).filter(|subject| !held(step).any(|own| covers(own, subject))).collect()
}

/// The subjects that a stream has before and after its step: it can keep them while it gives up the others.
pub fn kept(step: &Step) -> Vec<&str> {
    let narrowed = will_have(step).filter(|subject| held(step).any(|own| covers(own, subject)));
    let widened = held(step).filter(|own| will_have(step).any(|subject| covers(subject, own)));
    let all: BTreeSet<&str> = narrowed.chain(widened).collect();
    all.into_iter().collect()
}

fn held(step: &Step) -> impl Iterator<Item = &str> {
    step.before.iter().flat_map(|live| captured(&live.config))
}

/// As the server will store them: what is sent may leave them out.
fn will_have(step: &Step) -> impl Iterator<Item = &str> {
    captured(&step.settled)
}
