//! That the ops can be done in some order.

use crate::model::{Effect, Op, OpId};
use std::collections::{BTreeMap, BTreeSet};

/// Ops that wait for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<OpId>);

/// An order in which each op comes after those it waits for: deletes last where nothing waits for them, ties by address.
///
/// # Errors
/// The ops of a cycle, where there is one.
pub fn order(ops: &[Op]) -> Result<Vec<OpId>, Cycle> {
    let ids: BTreeSet<OpId> = ops.iter().map(|op| op.id).collect();
    let mut waits: BTreeMap<OpId, BTreeSet<OpId>> = BTreeMap::new();
    let mut wakes: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
    for op in ops {
        let after: BTreeSet<OpId> = op.after.iter().chain(&op.behind).copied().filter(|id| ids.contains(id)).collect();
        for id in &after {
            wakes.entry(*id).or_default().push(op.id);
        }
        waits.insert(op.id, after);
    }
    let rank: BTreeMap<OpId, (bool, String, OpId)> = ops
        .iter()
        .map(|op| {
            (
                op.id,
                (op.effect == Effect::Removes, op.carries.first().map(ToString::to_string).unwrap_or_default(), op.id),
            )
        })
        .collect();
    let mut ready: BTreeSet<_> = waits.iter().filter(|(_, w)| w.is_empty()).map(|(id, _)| &rank[id]).collect();
    let mut out = Vec::with_capacity(ops.len());
    while let Some((_, _, id)) = ready.pop_first() {
        out.push(*id);
        for next in wakes.get(id).into_iter().flatten() {
            let Some(w) = waits.get_mut(next) else { continue };
            w.remove(id);
            if w.is_empty() {
                ready.insert(&rank[next]);
            }
        }
    }
    if out.len() == ops.len() { Ok(out) } else { Err(Cycle(cycle(&waits, &out))) }
}

/// Some cycle among the ops that are left.
fn cycle(waits: &BTreeMap<OpId, BTreeSet<OpId>>, done: &[OpId]) -> Vec<OpId> {
    let Some(start) = waits.keys().find(|id| !done.contains(id)) else { return Vec::new() };
    let mut path = vec![*start];
    while let Some(next) = path.last().and_then(|id| waits.get(id)).and_then(|w| w.first()) {
        if let Some(i) = path.iter().position(|id| id == next) {
            return path.split_off(i);
        }
        path.push(*next);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Value};

    fn op(id: OpId, effect: Effect, after: &[OpId]) -> Op {
        Op {
            id,
            system: "jetstream",
            verb: "write",
            effect,
            carries: vec![Address::new("stream", [format!("S{id}")], "A")],
            after: after.to_vec(),
            behind: vec![],
            lane: None,
            unit: None,
            expects: vec![],
            ceilings: vec![],
            body: Value::Null,
            settled: Value::Null,
        }
    }

    #[test]
    fn an_op_comes_after_what_it_waits_for_and_deletes_come_last() {
        let ops = [
            op(0, Effect::Removes, &[]),
            op(1, Effect::Makes, &[2]),
            op(2, Effect::Changes, &[]),
            op(3, Effect::Makes, &[0]),
        ];
        assert_eq!(order(&ops), Ok(vec![2, 1, 0, 3]));
    }

    #[test]
    fn a_cycle_is_named() {
        let ops = [op(0, Effect::Makes, &[1]), op(1, Effect::Changes, &[2]), op(2, Effect::Changes, &[1])];
        assert_eq!(order(&ops), Err(Cycle(vec![1, 2])));
    }
}
