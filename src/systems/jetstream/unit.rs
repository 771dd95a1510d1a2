//! Ops that hand subjects over are one unit: done back to back, and begun only when nothing else stands in their way.

use super::lower::Graph;
use crate::model::{Address, Expect, Op, OpId};
use std::collections::{BTreeMap, BTreeSet};

type Before = BTreeMap<OpId, Vec<OpId>>;

/// Binds the ops that hand subjects to each other. Whatever else they wait for is done before the first of them gives
/// anything up, and that one looks at the objects of those that come after it: what cannot be taken is not given up.
pub fn bind(ops: &mut [Op], graph: &mut Graph) {
    let Some(offset) = ops.first().map(|op| op.id) else { return };
    let mut after = graph.after();
    for unit in units(ops, graph) {
        let outside = |id: &OpId| after.get(id).into_iter().flatten().filter(|before| !unit.contains(before));
        let late = |id: &OpId| !ancestors(*id, &after).is_disjoint(&unit);
        let openers: Vec<OpId> = unit
            .iter()
            .filter(|id| after.get(id).is_none_or(|b| !b.iter().any(|b| unit.contains(b))))
            .copied()
            .collect();
        let early: BTreeSet<OpId> = unit.iter().flat_map(outside).filter(|id| !late(id)).copied().collect();
        let sure: Vec<OpId> = unit.iter().filter(|id| !outside(id).any(late)).copied().collect();
        for opener in &openers {
            let looks = looks(*opener, &sure, ops, offset, &after);
            ops[opener - offset].expects.extend(looks);
        }
        for opener in openers {
            graph.waits.entry(opener).or_default().extend(&early);
            after.entry(opener).or_default().extend(&early);
        }
        let first = unit.first().copied();
        unit.iter().for_each(|id| ops[id - offset].unit = first);
    }
}

/// What the ops behind the first one of a unit expect. Of an object with several ops nobody can say it at that time.
fn looks(opener: OpId, sure: &[OpId], ops: &[Op], offset: usize, after: &Before) -> Vec<(Address, Expect)> {
    let object = |id: &OpId| ops[id - offset].expects.first().map(|(address, _)| address);
    let own = object(&opener);
    let alone = |id: &&OpId| sure.iter().filter(|other| object(other) == object(id)).count() == 1;
    let behind = |id: &&OpId| ancestors(**id, after).contains(&opener);
    let others = sure.iter().filter(|id| object(id) != own).filter(alone).filter(behind);
    others.filter_map(|id| ops[id - offset].expects.first().cloned()).collect()
}

/// The ops that are bound to each other, by handing over or as two halves of one step.
fn units(ops: &[Op], graph: &Graph) -> Vec<BTreeSet<OpId>> {
    let halves = ops.iter().filter(|op| op.verb == "release").flat_map(|release| {
        let rest = ops.iter().filter(|op| op.id != release.id && op.carries == release.carries);
        rest.map(|op| (release.id, op.id))
    });
    let pairs = graph.handovers.iter().map(|h| (h.release, h.taker)).chain(halves);
    let mut bound: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
    for (a, b) in pairs {
        bound.entry(a).or_default().push(b);
        bound.entry(b).or_default().push(a);
    }
    let mut out: Vec<BTreeSet<OpId>> = Vec::new();
    let mut known: BTreeSet<OpId> = BTreeSet::new();
    for id in bound.keys().filter(|id| !known.contains(id)).copied().collect::<Vec<_>>() {
        if !known.contains(&id) {
            let mut unit = ancestors(id, &bound);
            unit.insert(id);
            known.extend(&unit);
            out.push(unit);
        }
    }
    out
}

/// Everything that is reached from an op.
fn ancestors(id: OpId, after: &Before) -> BTreeSet<OpId> {
    let (mut out, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        let new = after.get(&id).into_iter().flatten().filter(|before| out.insert(**before));
        open.extend(new.collect::<Vec<_>>());
    }
    out
}
