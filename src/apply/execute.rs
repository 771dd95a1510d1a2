//! Running ops: each when those before it are done, at most so many at a time.

use crate::{
    model::{Action, Address, Exit, Failure, Observer, Op, OpId, Outcome, Plan, Step, StepResult},
    plan::order,
    ports::Ports,
    systems,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    time::Duration,
};
use tokio::sync::watch;

/// Writes at a time to one system: measured, 8 to 16 are the fastest for replicated streams.
const WIDTH: usize = 16;
/// How long running writes may take after a signal.
const GRACE: Duration = Duration::from_secs(20);

/// What ran.
pub struct Done {
    /// Ops that were not started have none.
    pub outcomes: BTreeMap<OpId, Outcome>,
    /// The signal that stopped the run.
    pub stopped: Option<Exit>,
}

/// Runs the ops of a plan.
pub async fn run(
    ports: &Ports,
    ops: &[Op],
    plan: &Plan,
    is_lost: &dyn Fn() -> bool,
    mut stop: watch::Receiver<Option<Exit>>,
    observer: &dyn Observer,
) -> Done {
    let mut queue = Queue::new(ops, plan, observer);
    let mut running = FuturesUnordered::new();
    let mut stopped = *stop.borrow();
    let mut watching = true;
    // One bound from the signal on, not one from each write that ends.
    let mut grace = pin!(grace(ports, stop.clone()));
    loop {
        while !is_lost() && running.len() < WIDTH {
            let next = if stopped.is_none() { queue.next() } else { queue.next_of_unit() };
            let Some(op) = next else { break };
            let Some(system) = systems::system(op.system) else { continue };
            running.push(async move { (op, system.perform(ports, op).await) });
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some((op, outcome)) = running.next() => queue.done(op, outcome),
            changed = stop.changed(), if watching => {
                watching = changed.is_ok() && stop.borrow().is_none();
                stopped = *stop.borrow();
            }
            () = &mut grace => break,
        }
    }
    drop(running);
    queue.abandon();
    Done { outcomes: queue.outcomes, stopped }
}

/// Returns when running writes have had their time after a signal.
async fn grace(ports: &Ports, mut stop: watch::Receiver<Option<Exit>>) {
    super::stopped(&mut stop).await;
    ports.clock.sleep(GRACE).await;
}

/// Ops by what they wait for. `order` gave each its place, and the first that is ready starts first.
struct Queue<'a> {
    ops: Vec<&'a Op>,
    /// Places of ops that only wait for their turn.
    ready: BTreeSet<usize>,
    /// How many ops each one still waits for, by place.
    waits: Vec<usize>,
    /// The places that wait for an op, and whether they do so whatever becomes of it.
    wakes: BTreeMap<OpId, Vec<(usize, bool)>>,
    /// Places whose turn never comes: something that they wait for has failed.
    skipped: BTreeSet<usize>,
    /// Lanes that are taken, each with the places that wait for it.
    lanes: BTreeMap<&'a str, BTreeSet<usize>>,
    /// The unit that was begun last.
    unit: Option<OpId>,
    running: BTreeMap<OpId, &'a Op>,
    outcomes: BTreeMap<OpId, Outcome>,
    steps: BTreeMap<&'a Address, (&'a Step, usize)>,
    observer: &'a dyn Observer,
}

impl<'a> Queue<'a> {
    fn new(ops: &'a [Op], plan: &'a Plan, observer: &'a dyn Observer) -> Self {
        let by_id: BTreeMap<OpId, &Op> = ops.iter().map(|op| (op.id, op)).collect();
        let order = order(ops).unwrap_or_default();
        let ops: Vec<&Op> = order.iter().filter_map(|id| by_id.get(id).copied()).collect();
        let mut left: BTreeMap<&Address, usize> = BTreeMap::new();
        for address in ops.iter().flat_map(|op| &op.carries) {
            *left.entry(address).or_default() += 1;
        }
        let steps = plan.steps.iter().filter_map(|s| Some((&s.address, (s, *left.get(&s.address)?)))).collect();
        let (mut ready, mut waits) = (BTreeSet::new(), Vec::with_capacity(ops.len()));
        let mut wakes: BTreeMap<OpId, Vec<(usize, bool)>> = BTreeMap::new();
        for (place, op) in ops.iter().enumerate() {
            let mut before: BTreeMap<OpId, bool> = op.behind.iter().map(|id| (*id, true)).collect();
            before.extend(op.after.iter().map(|id| (*id, false)));
            before.retain(|id, _| by_id.contains_key(id));
            waits.push(before.len());
            if before.is_empty() {
                ready.insert(place);
            }
            for (id, soft) in before {
                wakes.entry(id).or_default().push((place, soft));
            }
        }
        let (lanes, running, outcomes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let skipped = BTreeSet::new();
        Self { ops, ready, waits, wakes, skipped, lanes, unit: None, running, outcomes, steps, observer }
    }

    /// The first op whose turn it is. Ops after a failed one never have theirs. While a unit is under way only its own
    /// ops have theirs, and it begins when nothing else runs; one whose next op waits for others lets them go first.
    fn next(&mut self) -> Option<&'a Op> {
        if let Some(op) = self.next_of_unit() {
            return Some(op);
        }
        if self.unit.is_some() && !self.running.is_empty() {
            return None;
        }
        self.unit = None;
        while let Some(place) = self.ready.first().copied() {
            let unit = self.ops.get(place).and_then(|op| op.unit);
            if unit.is_some() && !self.running.is_empty() {
                return None;
            }
            self.unit = unit;
            self.ready.remove(&place);
            if let Some(op) = self.start(place) {
                return Some(op);
            }
        }
        None
    }

    /// The next op of the unit that is under way. What was begun of it comes to its end even where nothing new starts.
    fn next_of_unit(&mut self) -> Option<&'a Op> {
        let within = |place: &&usize| self.ops.get(**place).is_some_and(|op| op.unit == self.unit);
        self.unit?;
        let place = self.ready.iter().find(within).copied()?;
        self.ready.remove(&place);
        self.start(place)
    }

    /// Starts the op at a place, unless its lane is taken.
    fn start(&mut self, place: usize) -> Option<&'a Op> {
        let op = self.ops.get(place).copied()?;
        if let Some(lane) = op.lane.as_deref() {
            if let Some(waiting) = self.lanes.get_mut(lane) {
                waiting.insert(place);
                return None;
            }
            self.lanes.insert(lane, BTreeSet::new());
        }
        for address in &op.carries {
            let action = self.steps.get(address).map_or(Action::Update, |(step, _)| step.action);
            self.observer.started(address, action);
        }
        self.running.insert(op.id, op);
        Some(op)
    }

    fn done(&mut self, op: &'a Op, outcome: Outcome) {
        self.running.remove(&op.id);
        if let Some(waiting) = op.lane.as_deref().and_then(|lane| self.lanes.remove(lane)) {
            self.ready.extend(waiting);
        }
        let failed = !matches!(outcome, Outcome::Done(_) | Outcome::Already(_));
        self.wake(op.id, failed);
        self.outcomes.insert(op.id, outcome);
        for address in &op.carries {
            let Some((step, left)) = self.steps.get_mut(address) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 || failed {
                let result: StepResult = super::results::of_step(step, &[self.outcomes.get(&op.id)]);
                self.observer.ended(&result);
            }
        }
    }

    /// Those that waited for an op: their turn comes, or never does. An op that is skipped has ended, too.
    fn wake(&mut self, id: OpId, failed: bool) {
        let mut ended = vec![(id, failed)];
        while let Some((id, failed)) = ended.pop() {
            for (place, soft) in self.wakes.remove(&id).into_iter().flatten() {
                if failed && !soft {
                    let first = self.skipped.insert(place);
                    ended.extend(self.ops.get(place).filter(|_| first).map(|op| (op.id, true)));
                    continue;
                }
                let Some(waits) = self.waits.get_mut(place) else { continue };
                *waits -= 1;
                if *waits == 0 && !self.skipped.contains(&place) {
                    self.ready.insert(place);
                }
            }
        }
    }

    /// What still runs was sent, and nobody waits for its end any more.
    fn abandon(&mut self) {
        let why = "it did not end in time after the signal; it may have happened all the same";
        for op in std::mem::take(&mut self.running).into_values() {
            self.done(op, Outcome::Failed(Failure::Unknown { why: why.into() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use proptest::prelude::*;

    struct Nobody;
    impl Observer for Nobody {}

    fn op(id: OpId, after: Vec<OpId>, unit: Option<OpId>, lane: Option<&str>) -> Op {
        Op {
            id,
            system: "s",
            verb: "update",
            effect: crate::model::Effect::Changes,
            carries: vec![],
            after,
            behind: vec![],
            lane: lane.map(Into::into),
            unit,
            expects: vec![],
            ceilings: vec![],
            body: Value::Null,
            settled: Value::Null,
        }
    }

    /// Runs ops, of those that run at a time the one that `pick` says ends first: begin and end of each, in order.
    fn played(ops: &[Op], mut pick: impl FnMut(usize) -> usize) -> Vec<(OpId, bool)> {
        let plan = Plan::default();
        let (mut queue, mut running, mut out) = (Queue::new(ops, &plan, &Nobody), Vec::new(), Vec::new());
        loop {
            while running.len() < WIDTH {
                let Some(op) = queue.next() else { break };
                out.push((op.id, true));
                running.push(op);
            }
            if running.is_empty() {
                return out;
            }
            let op = running.remove(pick(running.len()));
            out.push((op.id, false));
            queue.done(op, Outcome::Done(vec![]));
        }
    }

    #[test]
    fn nothing_runs_between_the_ops_of_a_unit() {
        let mut ops: Vec<Op> = (0..20).map(|id| op(id, vec![], None, None)).collect();
        ops.extend([
            op(20, vec![3], Some(20), None),
            op(21, vec![20], Some(20), None),
            op(22, vec![21], Some(20), None),
        ]);
        let events = played(&ops, |n| n - 1);
        let at = events.iter().position(|e| *e == (20, true)).expect("it ran");
        let unit = [(20, true), (20, false), (21, true), (21, false), (22, true), (22, false)];
        assert_eq!(events[at..at + 6], unit);
        assert_eq!(events.len(), 46);
        let begun = events[..at].iter().filter(|(_, begins)| *begins).count();
        assert_eq!(events[..at].len(), 2 * begun, "and it began when nothing else ran");
    }

    #[test]
    fn what_was_begun_of_a_unit_ends_when_nothing_new_starts() {
        let ops = [op(0, vec![], Some(0), None), op(1, vec![0], Some(0), None), op(2, vec![], None, None)];
        let plan = Plan::default();
        let mut queue = Queue::new(&ops, &plan, &Nobody);
        assert!(queue.next_of_unit().is_none(), "nothing was begun");
        let first = queue.next().expect("an op");
        assert_eq!((first.id, queue.next().map(|op| op.id)), (0, None));
        queue.done(first, Outcome::Done(vec![]));
        assert_eq!(queue.next_of_unit().map(|op| op.id), Some(1));
        assert!(queue.next_of_unit().is_none());
    }

    proptest! {
        #[test]
        fn whatever_waits_for_whatever_everything_has_its_turn(
            ops in proptest::collection::vec((proptest::collection::vec(0_usize..40, 0..3), 0_usize..12, 0_usize..9), 0..40),
            seed in proptest::collection::vec(0_usize..16, 40),
        ) {
            let lanes = ["a", "b"];
            let ops: Vec<Op> = ops
                .into_iter()
                .enumerate()
                .map(|(id, (after, unit, lane))| {
                    let after = after.into_iter().filter(|before| *before < id).collect();
                    op(id, after, (unit < 4).then_some(unit), lanes.get(lane).copied())
                })
                .collect();
            let mut seed = seed.into_iter().cycle();
            let events = played(&ops, |n| seed.next().unwrap_or(0) % n);
            prop_assert_eq!(events.len(), 2 * ops.len());
        }
    }
}
