//! Streams that take subjects from each other, in a circle: no order of their updates is right, because each one would
//! have to come after another one. So one of them gives its subjects up first, in a write of its own, and the circle is
//! open: two streams that swap are two steps and three writes.

use super::{
    NAME, identity,
    lower::{Graph, Handover},
    moves,
    subjects::collide,
};
use crate::model::{Address, Expect, Live, Op, OpId, Presence, Step, Value, World, json};
use std::collections::BTreeMap;

/// What a stream captures that has nothing else left while its subjects change hands. It has to capture something: of
/// an empty list the servers make the stream's own name (measured on 2.10, 2.12 and 2.15), which others may publish on.
pub const PARKED: &str = "_NATSFORM";

/// Splits updates until no circle is left that can be opened. The rest is told as what it is: ops that wait for each other.
pub fn open(steps: &[&Step], world: &World, ops: &mut Vec<Op>, graph: &mut Graph) {
    let by_address: BTreeMap<&Address, &Step> = steps.iter().map(|s| (&s.address, *s)).collect();
    let mut first = ops.first().map_or(0, |op| op.id);
    let offset = first;
    first += ops.len();
    while let Some(circle) = graph.circle(ops) {
        let can = |id: &OpId| {
            let op = &ops[id - offset];
            let step = by_address.get(op.carries.first()?).filter(|_| op.verb == "update")?;
            let gives = graph.handovers.iter().any(|h| h.release == *id && circle.contains(&h.taker));
            let live = step.before.as_deref().filter(|_| gives)?;
            let kept = moves::kept(step);
            let parks = kept.is_empty();
            let subjects = if parks { vec![parking(live, steps, world)?] } else { owned(kept) };
            Some(Opening { parks, id: *id, step, live, subjects })
        };
        let best = circle.iter().filter_map(can).min_by_key(|o| (o.parks, &o.step.address));
        let Some(opening) = best else { return };
        let (id, config) = (opening.id, opening.config());
        let release = opening.op(first, &config, ops[id - offset].expects.clone());
        let after = Expect::Is { identity: opening.live.identity.clone(), fingerprint: identity::fingerprint(&config) };
        for (_, expect) in &mut ops[id - offset].expects {
            *expect = after.clone();
        }
        graph.handovers.iter_mut().filter(|h| h.release == id).for_each(|h| h.release = first);
        graph.waits.entry(id).or_default().insert(first);
        ops.push(release);
        first += 1;
    }
}

fn owned(subjects: Vec<&str>) -> Vec<String> {
    subjects.into_iter().map(str::to_owned).collect()
}

/// One way to open a circle: this op's stream gives up what it will not have in the end.
struct Opening<'a> {
    parks: bool,
    id: OpId,
    step: &'a Step,
    live: &'a Live,
    /// What the stream captures meanwhile.
    subjects: Vec<String>,
}

impl Opening<'_> {
    /// The stream as it is, but for its subjects.
    fn config(&self) -> Value {
        let mut config = self.live.config.clone();
        config["subjects"] = json!(self.subjects);
        config
    }

    fn op(&self, id: OpId, config: &Value, expects: Vec<(Address, Expect)>) -> Op {
        Op {
            id,
            system: NAME,
            verb: "release",
            carries: vec![self.step.address.clone()],
            after: Vec::new(),
            lane: None,
            unit: None,
            expects,
            ceilings: Vec::new(),
            body: json!({"config": config, "replace": false, "declared": self.step.declared}),
            settled: config.clone(),
        }
    }
}

/// A subject for a stream that gives up all it has: one that no stream of the account has or gets. The stream's name is
/// in it, so two streams never meet there.
fn parking(live: &Live, steps: &[&Step], world: &World) -> Option<String> {
    let address = &live.address;
    let others = world.objects.values().filter_map(Presence::live);
    let others =
        others.filter(|l| l.address.kind == address.kind && l.address.scope == address.scope && l.address != *address);
    let mut taken: Vec<&str> = others.flat_map(|l| moves::strings(&l.config)).collect();
    taken.extend(steps.iter().filter(|s| s.address.scope == address.scope).flat_map(|s| moves::strings(&s.target)));
    taken.extend(live.config["republish"]["dest"].as_str());
    let name = address.leaf();
    // of other lengths, for those who capture `*` or `*.*`
    let forms = [format!("{PARKED}.{name}"), format!("{PARKED}_{name}"), format!("{PARKED}.swap.{name}")];
    forms.into_iter().find(|form| !taken.iter().any(|subject| collide(subject, form)))
}

/// Whether a stream captures nothing but what [`open`] left it with.
pub fn is_parked(subject: &str) -> bool {
    subject.starts_with(PARKED)
}

impl Graph {
    /// What each op waits for.
    pub fn after(&self) -> BTreeMap<OpId, Vec<OpId>> {
        let mut out: BTreeMap<OpId, Vec<OpId>> =
            self.waits.iter().map(|(id, before)| (*id, before.iter().copied().collect())).collect();
        for Handover { release, taker, .. } in &self.handovers {
            out.entry(*taker).or_default().push(*release);
        }
        for before in out.values_mut() {
            before.sort_unstable();
            before.dedup();
        }
        out
    }

    /// Ops that wait for each other in a circle, each for the next one and the last one for the first.
    fn circle(&self, ops: &[Op]) -> Option<Vec<OpId>> {
        let after = self.after();
        let mut left: BTreeMap<OpId, usize> =
            ops.iter().map(|op| (op.id, after.get(&op.id).map_or(0, Vec::len))).collect();
        let mut wakes: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
        for (id, before) in &after {
            before.iter().for_each(|b| wakes.entry(*b).or_default().push(*id));
        }
        let mut ready: Vec<OpId> = left.iter().filter(|(_, n)| **n == 0).map(|(id, _)| *id).collect();
        while let Some(id) = ready.pop() {
            left.remove(&id);
            for next in wakes.get(&id).into_iter().flatten() {
                let Some(n) = left.get_mut(next) else { continue };
                *n -= 1;
                if *n == 0 {
                    ready.push(*next);
                }
            }
        }
        // every op that is left waits for one that is left
        let mut path = vec![*left.keys().next()?];
        loop {
            let next = *after.get(path.last()?)?.iter().find(|id| left.contains_key(id))?;
            if let Some(i) = path.iter().position(|id| *id == next) {
                return Some(path.split_off(i));
            }
            path.push(next);
        }
    }
}
