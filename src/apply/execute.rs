//! Running ops: each when those before it are done, at most so many at a time.

use crate::{
    inventory::Guard,
    model::{Action, Exit, Observer, Op, OpId, Outcome, Plan, Step, StepResult},
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
    guard: Option<&Guard>,
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
        let lost = guard.is_some_and(Guard::is_lost);
        while stopped.is_none() && !lost && running.len() < WIDTH {
            let Some(op) = queue.next() else { break };
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
                if stopped.is_some() {
                    observer.say("stopping: running writes finish, nothing new is started");
                }
            }
            () = &mut grace => break,
        }
    }
    Done { outcomes: queue.outcomes, stopped }
}

/// Returns when running writes have had their time after a signal.
async fn grace(ports: &Ports, mut stop: watch::Receiver<Option<Exit>>) {
    super::stopped(&mut stop).await;
    ports.clock.sleep(GRACE).await;
}

struct Queue<'a> {
    waiting: Vec<&'a Op>,
    outcomes: BTreeMap<OpId, Outcome>,
    lanes: BTreeSet<String>,
    ids: BTreeSet<OpId>,
    steps: BTreeMap<&'a crate::model::Address, (&'a Step, usize)>,
    observer: &'a dyn Observer,
}

impl<'a> Queue<'a> {
    fn new(ops: &'a [Op], plan: &'a Plan, observer: &'a dyn Observer) -> Self {
        let by_id: BTreeMap<OpId, &Op> = ops.iter().map(|op| (op.id, op)).collect();
        let order = order(ops).unwrap_or_default();
        let mut left: BTreeMap<&crate::model::Address, usize> = BTreeMap::new();
        for address in ops.iter().flat_map(|op| &op.carries) {
            *left.entry(address).or_default() += 1;
        }
        let steps = plan.steps.iter().filter_map(|s| Some((&s.address, (s, *left.get(&s.address)?)))).collect();
        Self {
            waiting: order.iter().filter_map(|id| by_id.get(id).copied()).collect(),
            outcomes: BTreeMap::new(),
            lanes: BTreeSet::new(),
            ids: by_id.into_keys().collect(),
            steps,
            observer,
        }
    }

    /// The first op whose turn it is. Ops after a failed one are dropped.
    fn next(&mut self) -> Option<&'a Op> {
        let good = |id: &OpId| matches!(self.outcomes.get(id), Some(Outcome::Done(_) | Outcome::Already(_)));
        let ready = |op: &Op| {
            let before = op.after.iter().all(|id| !self.ids.contains(id) || good(id));
            before && op.lane.as_ref().is_none_or(|lane| !self.lanes.contains(lane))
        };
        let i = self.waiting.iter().position(|op| ready(op))?;
        let op = self.waiting.remove(i);
        self.lanes.extend(op.lane.clone());
        for address in &op.carries {
            let action = self.steps.get(address).map_or(Action::Update, |(step, _)| step.action);
            self.observer.started(address, action);
        }
        Some(op)
    }

    fn done(&mut self, op: &'a Op, outcome: Outcome) {
        if let Some(lane) = &op.lane {
            self.lanes.remove(lane);
        }
        let failed = !matches!(outcome, Outcome::Done(_) | Outcome::Already(_));
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
}
