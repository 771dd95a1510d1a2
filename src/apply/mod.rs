//! Doing what a plan says.
//!
//! In order: the bucket (where there is none yet), the lock, a look whether the inventory is still what was planned with,
//! the intents, the ops, the outcomes, the lock again. Nothing here knows a kind; ops know what they expect and systems
//! prove what they did.

mod execute;
mod memory;
mod results;

use crate::{
    inventory::{self, Inventory, Process, State},
    model::{Applied, Exit, Observer, Op, Outcome, Plan, Planned, Step, StepOutcome, Value, Verdict},
    ports::{Claimant, Lease, Ports, Refusal, kept, release},
    systems,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::watch;

/// How an apply behaves.
pub struct Options<'a> {
    /// Do what may be done although something is blocked.
    pub allow_partial: bool,
    /// Whether to take the lock.
    pub lock: bool,
    /// How long to wait for its holder.
    pub lock_timeout: Duration,
    pub process: Process,
    /// Whether a process of this machine still runs, where that can be told.
    pub alive: &'a (dyn Fn(&Process) -> Option<bool> + Sync),
}

/// Between two looks at a lock that somebody else holds.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a run holds while it writes: its project's lock first.
type Leases = Vec<Box<dyn Lease>>;

/// What a run says when the lock is somebody else's.
const LOST: &str = "the lock was taken by somebody else; nothing more was started";

/// Applies a plan.
pub async fn apply(
    ports: &Ports,
    planned: Planned,
    inventory: &mut Inventory,
    options: Options<'_>,
    stop: watch::Receiver<Option<Exit>>,
    observer: &dyn Observer,
) -> Applied {
    let applied = Applied { planned, ..Applied::default() };
    let there = inventory.state != State::Missing;
    let mut run = Run { ports, inventory, there, options, observer, outcomes: BTreeMap::new(), applied };
    run.apply(stop).await;
    run.applied.writes = ports.writes();
    run.applied
}

struct Run<'a> {
    ports: &'a Ports,
    inventory: &'a mut Inventory,
    /// Whether the inventory's bucket is there: a plan that keeps nothing in it makes none.
    there: bool,
    options: Options<'a>,
    observer: &'a dyn Observer,
    outcomes: BTreeMap<usize, Outcome>,
    applied: Applied,
}

impl Run<'_> {
    async fn apply(&mut self, mut stop: watch::Receiver<Option<Exit>>) {
        if let Some(exit) = self.refused() {
            return self.nothing(exit);
        }
        let plan = &self.applied.planned.plan;
        let remembers = self.inventory.remembers();
        let records = plan.steps.iter().any(Step::is_remembered);
        if plan.ops.is_empty() && !(records && remembers) {
            let exit = results::exit(&self.applied, &[]);
            return self.nothing(exit);
        }
        self.observer.begin(plan.changes().count());
        let (first, rest): (Vec<Op>, Vec<Op>) = plan.ops.clone().into_iter().partition(|op| keeps_inventory(plan, op));
        if let Err(why) = self.make_bucket(&first).await {
            self.applied.errors.push(why);
            return self.nothing(Exit::Error);
        }
        let leases = match self.lock(&rest, &mut stop).await {
            Ok(leases) => leases,
            Err(exit) => return self.nothing(exit),
        };
        kept(&leases, self.locked(&leases, rest, stop)).await;
        release(&leases).await;
    }

    /// A plan that may not be applied as a whole.
    fn refused(&self) -> Option<Exit> {
        let planned = &self.applied.planned;
        let held = |s: &&Step| matches!(s.verdict, Verdict::Blocked { .. } | Verdict::NeedsAck { .. });
        let any = planned.plan.steps.iter().any(|s| held(&s));
        (!planned.refusals.is_empty() || (any && !self.options.allow_partial)).then_some(Exit::Refused)
    }

    fn nothing(&mut self, exit: Exit) {
        self.applied.steps = results::of(&self.applied.planned.plan, &self.outcomes, &StepOutcome::NotStarted);
        self.applied.exit = Some(exit);
    }

    /// The bucket comes first, before the lock that lives in it. Two first applies may race for it: one of them finds it
    /// there.
    async fn make_bucket(&mut self, ops: &[Op]) -> Result<(), String> {
        for op in ops {
            let Some(system) = systems::system(op.system) else { continue };
            let mut outcome = system.perform(self.ports, op).await;
            if let Outcome::Failed(failure) = &outcome {
                let reader = self.ports.nats.get(&self.inventory.scope).cloned();
                let there = match reader {
                    Some(reader) => inventory::Bucket::new(reader).server_time().await.is_ok(),
                    None => false,
                };
                if !there {
                    return Err(format!("the inventory's bucket could not be made: {failure}"));
                }
                outcome = Outcome::Already(Vec::new());
            }
            if let Some(step) = op.carries.first().and_then(|a| self.applied.planned.plan.step(a)) {
                self.observer.ended(&results::of_step(step, &[Some(&outcome)]));
            }
            self.outcomes.insert(op.id, outcome);
            self.there = true;
        }
        Ok(())
    }

    /// Takes the locks, and waits for their holders as long as that was asked for and nobody says stop.
    async fn lock(&mut self, ops: &[Op], stop: &mut watch::Receiver<Option<Exit>>) -> Result<Leases, Exit> {
        if !self.options.lock {
            return Ok(Leases::new());
        }
        let id = format!("{:016x}", self.ports.random.next());
        let clock = &self.ports.clock;
        let timeout = i128::try_from(self.options.lock_timeout.as_nanos()).unwrap_or(i128::MAX / 2);
        let end = clock.monotonic_ns() + timeout;
        let mut waiting = false;
        loop {
            match self.take(&id, ops).await {
                Ok(leases) => return Ok(leases),
                Err(Refusal::Held { what, by }) if clock.monotonic_ns() >= end => {
                    self.applied.errors.push(format!("{what} is held by {by}"));
                    return Err(Exit::Locked);
                }
                Err(Refusal::Held { what, by }) => {
                    if !std::mem::replace(&mut waiting, true) {
                        self.observer.say(&format!("waiting for {what}, held by {by}"));
                    }
                }
                Err(Refusal::Failed(failure)) => {
                    self.applied.errors.push(format!("the lock could not be taken: {failure}"));
                    return Err(Exit::Error);
                }
            }
            tokio::select! {
                biased;
                exit = stopped(stop) => {
                    self.applied.stopped = Some(exit);
                    return Err(exit);
                }
                () = clock.sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// One try: the project's own lock first, where there is one, then what the systems share with other projects.
    async fn take(&self, id: &str, ops: &[Op]) -> Result<Leases, Refusal> {
        let (tenant, clock) = (&self.inventory.tenant, &self.ports.clock);
        let Options { process, alive, .. } = &self.options;
        let mut leases = Leases::new();
        if let Some(nats) = self.memory() {
            leases.push(Box::new(inventory::acquire(&nats, clock, tenant, process, id.to_owned(), *alive).await?));
        }
        let holder = process.to_json(tenant, id);
        let is_dead = |other: &Value| process.knows_dead(other, *alive);
        let claimant = Claimant { holder: &holder, is_dead: &is_dead };
        for system in systems::ALL {
            let own: Vec<Op> = ops.iter().filter(|op| op.system == system.name()).cloned().collect();
            match kept(&leases, system.lock(self.ports, &own, &claimant)).await {
                Ok(more) => leases.extend(more),
                Err(refusal) => {
                    release(&leases).await;
                    return Err(refusal);
                }
            }
        }
        if leases.iter().any(|lease| lease.is_lost()) {
            release(&leases).await;
            return Err(Refusal::Held {
                what: "a lock that this run took first".into(),
                by: "somebody else by now".into(),
            });
        }
        Ok(leases)
    }

    async fn locked(&mut self, leases: &Leases, ops: Vec<Op>, stop: watch::Receiver<Option<Exit>>) {
        if let Err((exit, why)) = self.check_memory().await {
            self.applied.errors.push(why);
            return self.nothing(exit);
        }
        let plan_id = format!("{:016x}", self.ports.random.next());
        if let Err(why) = self.intend(&plan_id).await {
            self.applied.errors.push(why);
            return self.nothing(Exit::Error);
        }
        let is_lost = || leases.iter().any(|lease| lease.is_lost());
        let done = execute::run(self.ports, &ops, &self.applied.planned.plan, &is_lost, stop, self.observer).await;
        self.outcomes.extend(done.outcomes);
        self.applied.stopped = done.stopped;
        if is_lost() {
            self.applied.errors.push(LOST.into());
        }
        self.conclude(&plan_id, is_lost()).await;
    }
}

/// Returns when a signal has said stop, and never where none can come any more.
async fn stopped(stop: &mut watch::Receiver<Option<Exit>>) -> Exit {
    loop {
        if let Some(exit) = *stop.borrow() {
            return exit;
        }
        if stop.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

fn keeps_inventory(plan: &Plan, op: &Op) -> bool {
    op.carries.iter().filter_map(|address| plan.step(address)).any(|step| step.keeps_inventory)
}

/// A digest of what an object says, as intents carry it. The server sorts the keys of a map.
pub fn digest(view: &Value) -> String {
    let mut view = view.clone();
    view.sort_all_objects();
    crate::units::digest(&view.to_string(), 12)
}
