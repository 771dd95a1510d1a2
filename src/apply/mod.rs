//! Doing what a plan says.
//!
//! In order: the bucket (where there is none yet), the lock, the intents, the ops, the outcomes, the lock again. Nothing
//! here knows a kind; ops know what they expect and systems prove what they did.

mod execute;
mod results;

use crate::{
    inventory::{self, Guard, Intent, Inventory, LockError, Process, Record},
    model::{
        Action, Address, Applied, Exit, Observer, Op, Outcome, Plan, Planned, Step, StepOutcome, StepResult, Value,
        Verdict,
    },
    ports::Ports,
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
    /// Records of objects that are gone and that nobody declares: dropped with the next write.
    pub gone: Vec<Address>,
}

/// Between two looks at a lock that somebody else holds.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

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
    let mut run = Run { ports, inventory, options, observer, applied: Applied { planned, ..Applied::default() } };
    run.apply(stop).await;
    run.applied.writes = ports.writes();
    run.applied
}

struct Run<'a> {
    ports: &'a Ports,
    inventory: &'a mut Inventory,
    options: Options<'a>,
    observer: &'a dyn Observer,
    applied: Applied,
}

impl Run<'_> {
    async fn apply(&mut self, mut stop: watch::Receiver<Option<Exit>>) {
        if let Some(exit) = self.refused() {
            return self.nothing(exit);
        }
        let plan = &self.applied.planned.plan;
        let remembers = self.inventory.remembers();
        let records = plan.steps.iter().any(|s| s.records && s.verdict == Verdict::Go && s.action != Action::Keep);
        if plan.ops.is_empty() && !(records && remembers) {
            let exit = results::exit(&self.applied, &[]);
            return self.nothing(exit);
        }
        self.observer.begin(plan.changes().count());
        let (first, rest): (Vec<Op>, Vec<Op>) = plan.ops.clone().into_iter().partition(is_bucket);
        let mut outcomes = BTreeMap::new();
        if let Err(why) = self.make_bucket(&first, &mut outcomes).await {
            self.applied.errors.push(why);
            return self.nothing(Exit::Error);
        }
        let guard = match self.lock(&mut stop).await {
            Ok(guard) => guard,
            Err(exit) => return self.nothing(exit),
        };
        self.locked(guard, rest, outcomes, stop).await;
    }

    /// A plan that may not be applied as a whole.
    fn refused(&self) -> Option<Exit> {
        let planned = &self.applied.planned;
        let held = |s: &&Step| matches!(s.verdict, Verdict::Blocked { .. } | Verdict::NeedsAck { .. });
        let any = planned.plan.steps.iter().any(|s| held(&s));
        (!planned.refusals.is_empty() || (any && !self.options.allow_partial)).then_some(Exit::Refused)
    }

    fn nothing(&mut self, exit: Exit) {
        let steps = self.applied.planned.plan.changes();
        self.applied.steps = steps
            .map(|s| StepResult {
                address: s.address.clone(),
                action: s.action,
                outcome: StepOutcome::NotStarted,
                error: s.verdict.why(),
            })
            .collect();
        self.applied.exit = Some(exit);
    }

    /// The bucket comes first, before the lock that lives in it. Two first applies may race for it: one of them finds it
    /// there.
    async fn make_bucket(&mut self, ops: &[Op], outcomes: &mut BTreeMap<usize, Outcome>) -> Result<(), String> {
        for op in ops {
            let Some(system) = systems::system(op.system) else { continue };
            let outcome = system.perform(self.ports, op).await;
            if let Outcome::Failed(failure) = &outcome {
                let reader = self.ports.nats.get(&self.inventory.scope).cloned();
                let there = match reader {
                    Some(reader) => inventory::Bucket::new(reader).server_time().await.is_ok(),
                    None => false,
                };
                if !there {
                    return Err(format!("the inventory's bucket could not be made: {failure}"));
                }
            }
            if let Some(step) = op.carries.first().and_then(|a| self.applied.planned.plan.step(a)) {
                self.observer.ended(&results::of_step(step, &[Some(&outcome)]));
            }
            outcomes.insert(op.id, outcome);
        }
        Ok(())
    }

    /// Takes the lock, and waits for its holder as long as that was asked for and nobody says stop.
    async fn lock(&mut self, stop: &mut watch::Receiver<Option<Exit>>) -> Result<Option<Guard>, Exit> {
        if !self.options.lock || !self.inventory.remembers() {
            return Ok(None);
        }
        let Some(nats) = self.ports.nats(&self.inventory.scope).cloned() else { return Ok(None) };
        let id = format!("{:016x}", self.ports.random.next());
        let Options { process, alive, lock_timeout, .. } = &self.options;
        let (tenant, clock) = (&self.inventory.tenant, &self.ports.clock);
        let end = clock.now_ns() + i128::try_from(lock_timeout.as_nanos()).unwrap_or(i128::MAX / 2);
        let mut waiting = false;
        loop {
            match inventory::acquire(&nats, clock, tenant, process, id.clone(), *alive).await {
                Ok(guard) => return Ok(Some(guard)),
                Err(LockError::Held(holder)) if clock.now_ns() >= end => {
                    self.applied.errors.push(format!("the lock of {tenant} is held by {holder}"));
                    return Err(Exit::Locked);
                }
                Err(LockError::Held(holder)) => {
                    if !std::mem::replace(&mut waiting, true) {
                        self.observer.say(&format!("waiting for the lock, held by {holder}"));
                    }
                }
                Err(LockError::Failed(failure)) => {
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

    async fn locked(
        &mut self,
        guard: Option<Guard>,
        ops: Vec<Op>,
        mut outcomes: BTreeMap<usize, Outcome>,
        stop: watch::Receiver<Option<Exit>>,
    ) {
        let plan_id = format!("{:016x}", self.ports.random.next());
        if let Err(why) = self.intend(&plan_id).await {
            self.applied.errors.push(why);
            self.nothing(Exit::Error);
        } else {
            let done = {
                let running =
                    execute::run(self.ports, &ops, &self.applied.planned.plan, guard.as_ref(), stop, self.observer);
                tokio::pin!(running);
                let keeping = async {
                    match &guard {
                        Some(guard) => guard.keep().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    done = &mut running => done,
                    () = keeping => running.await,
                }
            };
            outcomes.extend(done.outcomes);
            self.applied.stopped = done.stopped;
            if guard.as_ref().is_some_and(Guard::is_lost) {
                self.applied.errors.push(LOST.into());
            }
            self.conclude(&outcomes, &plan_id).await;
        }
        if let Some(guard) = guard {
            guard.release().await;
        }
    }

    fn going(&self) -> impl Iterator<Item = &Step> {
        self.applied.planned.plan.steps.iter().filter(|s| s.verdict == Verdict::Go)
    }

    async fn intend(&mut self, plan_id: &str) -> Result<(), String> {
        let remembers = self.inventory.remembers();
        let Some(nats) = self.ports.nats(&self.inventory.scope).cloned().filter(|_| remembers) else { return Ok(()) };
        let writes = |a: Action| matches!(a, Action::Create | Action::Update | Action::Replace);
        let going = self.going().filter(|s| writes(s.action) && s.records);
        let intents: Vec<Intent> = going.filter_map(|s| self.intent(s, plan_id)).collect();
        if intents.is_empty() {
            return Ok(());
        }
        let stored = self.inventory.intend(&nats, intents, plan_id).await;
        stored.map_err(|failure| {
            format!("what is about to happen could not be noted in the inventory, so nothing was done: {failure}")
        })
    }

    fn intent(&self, step: &Step, plan_id: &str) -> Option<Intent> {
        let (_, kind) = systems::kind_by_word(&step.address.kind)?;
        let again = step.action == Action::Replace || self.inventory.interrupted(&step.address).is_some();
        Some(Intent {
            address: step.address.clone(),
            creates: step.action != Action::Update,
            target: digest(&crate::shape::provable(kind.shape(), kind.view(&step.settled), &step.declared)),
            record: self.record(step, plan_id),
            again: if again { step.target.clone() } else { Value::Null },
            since: None,
        })
    }

    /// What will be remembered of a step's object; its identity is known for what is there already.
    fn record(&self, step: &Step, plan_id: &str) -> Record {
        let known = self.inventory.record(&step.address);
        let made = matches!(step.action, Action::Create | Action::Replace);
        Record {
            identity: step.before.as_ref().filter(|_| !made).map(|l| l.identity.clone()).unwrap_or_default(),
            declared: step.declared.clone(),
            protect: step.protect,
            orphan: step.head.lifecycle.orphan,
            adopted: !made && known.is_none_or(|r| r.adopted),
            offered: step.offered.clone(),
            acks: step.spent.clone(),
            plan: plan_id.to_owned(),
        }
    }

    /// Remembers what was done, and reports each step.
    async fn conclude(&mut self, outcomes: &BTreeMap<usize, Outcome>, plan_id: &str) {
        let results = results::of(&self.applied.planned.plan, outcomes, self.inventory.remembers());
        let mut changes = BTreeMap::new();
        for (step, result) in self.applied.planned.plan.changes().zip(&results) {
            if matches!(result.outcome, StepOutcome::Done | StepOutcome::Already) && step.records {
                self.remember(step, outcomes, plan_id, &mut changes);
            }
        }
        for address in &self.options.gone {
            changes.entry(address.clone()).or_insert(None);
        }
        let remembers = self.inventory.remembers();
        let plan = &self.applied.planned.plan;
        let half = |address: &Address| half_done(plan, outcomes, address);
        if let Some(nats) = self.ports.nats(&self.inventory.scope).cloned().filter(|_| remembers)
            && let Err(failure) = self.inventory.conclude(&nats, changes, half).await
        {
            self.applied.errors.push(format!("the inventory could not be written, the next apply will: {failure}"));
        }
        for result in results.iter().filter(|r| matches!(r.action, Action::Adopt | Action::Forget)) {
            self.observer.ended(result);
        }
        self.applied.exit = Some(results::exit(&self.applied, &results));
        self.applied.steps = results;
    }

    fn remember(
        &self,
        step: &Step,
        outcomes: &BTreeMap<usize, Outcome>,
        plan_id: &str,
        changes: &mut BTreeMap<Address, Option<Record>>,
    ) {
        if matches!(step.action, Action::Delete | Action::Forget) {
            changes.insert(step.address.clone(), None);
            let inside = |a: &Address| {
                systems::kind_by_word(&a.kind).and_then(|(_, k)| k.parent(a)).is_some_and(|p| p == step.address)
            };
            for (address, _) in self.inventory.records().filter(|(a, _)| inside(a)) {
                changes.entry(address.clone()).or_insert(None);
            }
            return;
        }
        // what was about to be created and is there already is somebody else's work
        let lives = outcomes.values().flat_map(|o| match o {
            Outcome::Done(lives) => lives.iter().map(|l| (l, false)).collect(),
            Outcome::Already(lives) => lives.iter().map(|l| (l, step.action == Action::Create)).collect(),
            _ => Vec::new(),
        });
        let mut own: Vec<_> = lives.filter(|(l, _)| l.address == step.address).collect();
        let now = own.pop();
        let before = step.before.as_deref().filter(|_| step.action == Action::Adopt);
        let Some((live, found)) = now.or(before.map(|l| (l, false))) else { return };
        let mut record = Record { identity: live.identity.clone(), ..self.record(step, plan_id) };
        record.adopted |= found;
        changes.insert(step.address.clone(), Some(record));
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

fn is_bucket(op: &Op) -> bool {
    op.carries.iter().any(|a| a.parts == [inventory::BUCKET] && a.kind == "kv")
}

/// Whether an object was deleted to be made again, and is not made again yet. One that this run had nothing to do with
/// stays what it is.
fn half_done(plan: &Plan, outcomes: &BTreeMap<usize, Outcome>, address: &Address) -> bool {
    let Some(step) = plan.step(address) else { return true };
    let good = |op: &&Op| matches!(outcomes.get(&op.id), Some(Outcome::Done(_) | Outcome::Already(_)));
    let parent = systems::kind_by_word(&address.kind).and_then(|(_, kind)| kind.parent(address));
    let deleted =
        |a: &Address| plan.ops.iter().filter(|op| op.verb == "delete" && op.carries.contains(a)).any(|op| good(&op));
    match step.action {
        Action::Replace => deleted(address) || parent.is_some_and(|p| deleted(&p)),
        Action::Create => true,
        _ => false,
    }
}

/// A digest of what an object says, as intents carry it. The server sorts the keys of a map.
pub fn digest(view: &Value) -> String {
    let mut view = view.clone();
    view.sort_all_objects();
    let hash = ring::digest::digest(&ring::digest::SHA256, view.to_string().as_bytes());
    hash.as_ref().iter().take(12).map(|b| format!("{b:02x}")).collect()
}
