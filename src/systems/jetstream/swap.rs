//! Streams that take subjects from each other, in a circle: no order of their updates is right, because each one would
//! have to come after another one. So one of them gives its subjects up first, in a write of its own, and the circle is
//! open: two streams that swap are two steps and three writes.

use super::{
    NAME, identity,
    lower::{Graph, Handover},
    moves,
    subjects::{Patterns, captured, collide},
};
use crate::model::{Address, Effect, Expect, Live, Op, OpId, Presence, Step, World, json};
use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet},
};

/// What a stream captures that has nothing else left while its subjects change hands. It has to capture something: of
/// an empty list the servers make the stream's own name (measured on 2.10, 2.12 and 2.15), which others may publish on.
pub const PARKED: &str = "_NATSFORM";

/// Splits updates until no circle is left that can be opened. The rest is told as what it is: ops that wait for each other.
pub fn open(steps: &[&Step], world: &World, ops: &mut Vec<Op>, graph: &mut Graph) {
    let Some(offset) = ops.first().map(|op| op.id) else { return };
    let by_address: BTreeMap<&Address, &Step> = steps.iter().map(|s| (&s.address, *s)).collect();
    let taken = LazyCell::new(|| Taken::of(steps, world));
    loop {
        let circles = graph.circles(ops);
        let hands: BTreeSet<(OpId, OpId)> = graph.handovers.iter().map(|h| (h.release, h.taker)).collect();
        let opened = circles.iter().filter_map(|circle| {
            // each op of a circle waits for the next one
            let waiters = circle.iter().cycle().skip(circle.len() - 1);
            let gives = circle.iter().zip(waiters).filter(|(id, waiter)| hands.contains(&(**id, **waiter)));
            let mut ways: Vec<Opening<'_>> = gives
                .filter_map(|(id, _)| {
                    let op = ops.get(id - offset).filter(|op| op.verb == "update")?;
                    Opening::of(*id, by_address.get(op.carries.first()?)?)
                })
                .collect();
            ways.sort_by_key(|way| (way.subjects.is_empty(), &way.step.address));
            ways.into_iter().find_map(|way| way.with_some_subject(&taken))
        });
        let opened: Vec<Opening<'_>> = opened.collect();
        if opened.is_empty() {
            return;
        }
        opened.iter().for_each(|opening| opening.split(offset, ops, graph));
    }
}

/// One way to open a circle: this op's stream gives up what it will not have in the end.
struct Opening<'a> {
    id: OpId,
    step: &'a Step,
    live: &'a Live,
    /// What the stream captures meanwhile.
    subjects: Vec<String>,
}

impl<'a> Opening<'a> {
    fn of(id: OpId, step: &'a Step) -> Option<Self> {
        let subjects = moves::kept(step).into_iter().map(str::to_owned).collect();
        Some(Self { id, step, live: step.before.as_deref()?, subjects })
    }

    fn with_some_subject(mut self, taken: &Taken<'_>) -> Option<Self> {
        if self.subjects.is_empty() {
            self.subjects.push(taken.parking(self.live)?);
        }
        Some(self)
    }

    /// Puts a release before the op: whoever takes a subject now waits for that one, and the op finds what it left.
    fn split(&self, offset: usize, ops: &mut Vec<Op>, graph: &mut Graph) {
        let mut config = self.live.config.clone();
        config["subjects"] = json!(self.subjects);
        let (release, fingerprint) = (offset + ops.len(), identity::fingerprint(&config));
        let Some(rest) = ops.get_mut(self.id - offset) else { return };
        let expects = rest.expects.clone();
        let left = Expect::Is { identity: self.live.identity.clone(), fingerprint };
        rest.expects.iter_mut().for_each(|(_, expect)| *expect = left.clone());
        graph.handovers.iter_mut().filter(|h| h.release == self.id).for_each(|h| h.release = release);
        graph.waits.entry(self.id).or_default().insert(release);
        ops.push(Op {
            id: release,
            system: NAME,
            verb: "release",
            effect: Effect::Changes,
            carries: vec![self.step.address.clone()],
            after: Vec::new(),
            behind: Vec::new(),
            lane: None,
            unit: None,
            expects,
            ceilings: Vec::new(),
            body: json!({"config": config, "replace": false, "declared": self.step.declared}),
            settled: config,
        });
    }
}

/// The subjects that streams have or get, by account.
struct Taken<'a>(BTreeMap<&'a str, Patterns<&'a Address>>);

impl<'a> Taken<'a> {
    fn of(steps: &[&'a Step], world: &'a World) -> Self {
        let lives = world.objects.values().filter_map(Presence::live).map(|live| (&live.address, &live.config));
        let next = steps.iter().map(|step| (&step.address, &step.settled));
        let mut out: BTreeMap<&str, Patterns<&Address>> = BTreeMap::new();
        for (address, config) in lives.chain(next) {
            let all = out.entry(&address.scope).or_default();
            captured(config).for_each(|subject| all.insert(subject, address));
        }
        Self(out)
    }

    /// A subject for a stream that gives up all it has: one that no other stream of the account has or gets. The
    /// stream's name is in it, so two streams never meet there.
    fn parking(&self, live: &Live) -> Option<String> {
        let name = live.address.leaf();
        let republished = live.config["republish"]["dest"].as_str();
        let meets = |form: &str| {
            let all = self.0.get(live.address.scope.as_str()).map(|all| all.colliding(form)).unwrap_or_default();
            all.into_iter().any(|other| *other != live.address) || republished.is_some_and(|dest| collide(dest, form))
        };
        // of other lengths, for those who capture `*` or `*.*`
        let forms = [format!("{PARKED}.{name}"), format!("{PARKED}_{name}"), format!("{PARKED}.swap.{name}")];
        forms.into_iter().find(|form| !meets(form))
    }
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

    /// Ops that wait for each other in a circle, each for the next one and the last one for the first: where there is
    /// any, some of them that have no op in common.
    fn circles(&self, ops: &[Op]) -> Vec<Vec<OpId>> {
        let after = self.after();
        let left = stuck(ops, &after);
        let mut seen: BTreeSet<OpId> = BTreeSet::new();
        let mut out = Vec::new();
        for start in &left {
            // every op that is left waits for one that is left
            let (mut path, mut at) = (Vec::new(), *start);
            while seen.insert(at) {
                path.push(at);
                let Some(next) = after.get(&at).into_iter().flatten().find(|id| left.contains(id)) else { break };
                at = *next;
            }
            if let Some(i) = path.iter().position(|id| *id == at).filter(|_| path.last() != Some(&at)) {
                out.push(path.split_off(i));
            }
        }
        out
    }
}

/// The ops that never have their turn.
fn stuck(ops: &[Op], after: &BTreeMap<OpId, Vec<OpId>>) -> BTreeSet<OpId> {
    let mut left: BTreeMap<OpId, usize> = ops.iter().map(|op| (op.id, after.get(&op.id).map_or(0, Vec::len))).collect();
    let mut wakes: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
    for (id, before) in after {
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
    left.into_keys().collect()
}
