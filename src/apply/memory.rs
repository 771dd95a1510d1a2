//! What an apply leaves in the inventory: intents before the first write, outcomes after the last.

use super::{Run, digest, results};
use crate::{
    inventory::{Changes, Conclusion, Intent, Record},
    model::{
        Action, Address, Effect, Exit, Failure, Identity, Live, Op, Outcome, Planned, Step, StepOutcome, StepResult,
        Value, Verdict,
    },
    ports::Reader,
    systems,
};
use std::collections::{BTreeMap, BTreeSet};

impl Run<'_> {
    /// The connection to the inventory, where there is one and a memory.
    pub(super) fn memory(&self) -> Option<std::sync::Arc<dyn crate::ports::Nats>> {
        self.ports.nats(&self.inventory.scope).cloned().filter(|_| self.there && self.inventory.remembers())
    }

    /// The plan was made before the lock was ours: what it rests on has to be what the inventory still says.
    pub(super) async fn check_memory(&self) -> Result<(), (Exit, String)> {
        let Some(nats) = self.memory() else { return Ok(()) };
        match self.inventory.has_moved(&Reader::new(nats)).await {
            Ok(false) => Ok(()),
            Ok(true) => Err((
                Exit::Stale,
                "another apply changed the inventory since the plan, nothing was done: run again".into(),
            )),
            Err(failure) => {
                Err((Exit::Error, format!("the inventory could not be read again, so nothing was done: {failure}")))
            }
        }
    }

    fn going(&self) -> impl Iterator<Item = &Step> {
        self.applied.planned.plan.steps.iter().filter(|s| s.verdict == Verdict::Go)
    }

    pub(super) async fn intend(&mut self, plan_id: &str) -> Result<(), String> {
        let Some(nats) = self.memory() else { return Ok(()) };
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
        let before = self.inventory.record(&step.address).into_iter().flat_map(|r| r.declared.keys());
        let mut intent = Intent {
            address: step.address.clone(),
            creates: step.action != Action::Update,
            target: String::new(),
            record: self.record(step, plan_id),
            reset: before.filter(|path| !step.declared.contains_key(*path)).cloned().collect(),
            again: if again { step.target.clone() } else { Value::Null },
            since: None,
        };
        let view = crate::shape::provable(kind.shape(), kind.view(&step.settled), &intent.proof());
        intent.target = digest(&view);
        Some(intent)
    }

    /// What will be remembered of a step's object; its identity is known for what is there already.
    fn record(&self, step: &Step, plan_id: &str) -> Record {
        let known = self.known(step);
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

    /// Our record of what a step found there; one of something that was made again since speaks of another object.
    fn known(&self, step: &Step) -> Option<&Record> {
        let live = step.before.as_ref()?;
        self.inventory.record(&step.address).filter(|record| record.identity.holds(&live.identity))
    }

    /// Remembers what was done, and reports each step.
    pub(super) async fn conclude(&mut self, plan_id: &str, lost: bool) {
        let mut outcomes: BTreeMap<Address, (StepOutcome, Option<String>)> = BTreeMap::new();
        if let Some(nats) = self.memory() {
            let (mut changes, claimed) = self.changes(plan_id, lost);
            let others = self.inventory.taken(&Reader::new(nats.clone()), &claimed).await;
            let mut keep_off = |address: &Address, outcome: StepOutcome, why: String| {
                changes.remove(address);
                outcomes.insert(address.clone(), (outcome, Some(why)));
            };
            match others {
                Ok(taken) => taken.into_iter().for_each(|(address, tenant)| {
                    keep_off(&address, StepOutcome::Stale, format!("project {tenant} has taken it since the plan"));
                }),
                Err(failure) => claimed.keys().for_each(|address| {
                    keep_off(address, StepOutcome::Failed, format!("whose it is could not be read again: {failure}"));
                }),
            }
            let written = self.write(&nats, changes, plan_id, lost).await;
            if let Err(failure) = written {
                self.unwritten(&failure, lost, &mut outcomes);
            }
        }
        let memory = if self.inventory.remembers() && !lost { StepOutcome::Done } else { StepOutcome::NotStarted };
        let mut results = results::of(&self.applied.planned.plan, &self.outcomes, &memory);
        for result in &mut results {
            if let Some((outcome, why)) = outcomes.remove(&result.address) {
                (result.outcome, result.error) = (outcome, why);
            }
            result.notes = self.ports.told(&result.address);
        }
        for result in results.iter().filter(|r| matches!(r.action, Action::Adopt | Action::Forget)) {
            self.observer.ended(result);
        }
        self.applied.dirty = !self.dirty().is_empty() || self.is_half_done(&results);
        self.applied.exit = Some(results::exit(&self.applied, &results));
        self.applied.steps = results;
    }

    /// Whoever lost the lock only adds what it did: the rest, the journal included, is somebody else's by now.
    async fn write(
        &mut self,
        nats: &std::sync::Arc<dyn crate::ports::Nats>,
        mut changes: Changes,
        plan_id: &str,
        lost: bool,
    ) -> Result<(), Failure> {
        if lost {
            return self.inventory.merge(nats, changes).await;
        }
        let planned = &self.applied.planned;
        for address in &planned.gone {
            changes.entry(address.clone()).or_insert(None);
        }
        let ended = Ended::of(planned, &self.outcomes);
        let held = planned.plan.steps.iter().filter(|s| s.verdict == Verdict::Go);
        let declared: BTreeSet<&Address> = held.map(|s| &s.address).collect();
        let end = Conclusion {
            plan: plan_id,
            changes,
            open: &|intent| ended.is_open(intent),
            confirmed: &|address| declared.contains(address),
        };
        self.inventory.conclude(nats, end).await
    }

    /// The inventory could not be written: what consists of nothing else has failed, as far as it does not stand there.
    fn unwritten(
        &mut self,
        failure: &Failure,
        lost: bool,
        outcomes: &mut BTreeMap<Address, (StepOutcome, Option<String>)>,
    ) {
        let why = format!("the inventory could not be written, the next apply will: {failure}");
        let memory = |s: &&Step| matches!(s.action, Action::Adopt | Action::Forget) && s.verdict == Verdict::Go;
        for step in self.applied.planned.plan.steps.iter().filter(memory).filter(|_| !lost) {
            outcomes.entry(step.address.clone()).or_insert((StepOutcome::Failed, Some(why.clone())));
        }
        self.applied.errors.push(why);
    }

    /// What the steps that were done change in the memory, and which of their objects only this makes ours.
    fn changes(&self, plan_id: &str, lost: bool) -> (Changes, BTreeMap<Address, Identity>) {
        let (mut changes, mut claimed) = (Changes::new(), BTreeMap::new());
        let plan = &self.applied.planned.plan;
        let memory = if lost { StepOutcome::NotStarted } else { StepOutcome::Done };
        let results = results::of(plan, &self.outcomes, &memory);
        let written = self.written();
        let dirty = self.dirty();
        let mut inside: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
        for (address, _) in self.inventory.records() {
            if let Some(parent) = systems::kind_by_word(&address.kind).and_then(|(_, kind)| kind.parent(address)) {
                inside.entry(parent).or_default().push(address);
            }
        }
        for (step, result) in plan.changes().zip(&results) {
            let done = matches!(result.outcome, StepOutcome::Done | StepOutcome::Already);
            if !step.records || !(done || dirty.contains(&step.address)) {
                continue;
            }
            if matches!(step.action, Action::Delete | Action::Forget) {
                changes.insert(step.address.clone(), None);
                for address in inside.get(&step.address).into_iter().flatten() {
                    changes.entry((*address).clone()).or_insert(None);
                }
                continue;
            }
            let before = step.before.as_deref().filter(|_| step.action == Action::Adopt);
            let now = written.get(&step.address).copied();
            let Some((live, found)) = now.or(before.map(|live| (live, false))) else { continue };
            let mut record = Record { identity: live.identity.clone(), ..self.record(step, plan_id) };
            record.adopted |= found;
            let made = matches!(step.action, Action::Create | Action::Replace) && !found;
            if !made && self.known(step).is_none() {
                claimed.insert(step.address.clone(), live.identity.clone());
            }
            changes.insert(step.address.clone(), Some(record));
        }
        (changes, claimed)
    }

    /// Objects that were written and are not as they were meant: ours all the same.
    fn dirty(&self) -> BTreeSet<&Address> {
        let dirty = |op: &&Op| matches!(self.outcomes.get(&op.id), Some(Outcome::Dirty { .. }));
        self.applied.planned.plan.ops.iter().filter(dirty).flat_map(|op| &op.carries).collect()
    }

    /// Whether some op of a step was done and another one was not.
    fn is_half_done(&self, results: &[StepResult]) -> bool {
        let open = results.iter().filter(|r| !matches!(r.outcome, StepOutcome::Done | StepOutcome::Already));
        let open: BTreeSet<&Address> = open.map(|r| &r.address).collect();
        let done = |op: &&Op| matches!(self.outcomes.get(&op.id), Some(Outcome::Done(_)));
        self.applied.planned.plan.ops.iter().filter(done).flat_map(|op| &op.carries).any(|a| open.contains(a))
    }

    /// What the ops left, by address, and whether it was found there: what was about to be created and is there already
    /// is somebody else's work.
    fn written(&self) -> BTreeMap<&Address, (&Live, bool)> {
        let mut out = BTreeMap::new();
        for op in &self.applied.planned.plan.ops {
            let (lives, found) = match self.outcomes.get(&op.id) {
                Some(Outcome::Done(lives) | Outcome::Dirty { now: lives, .. }) => (lives, false),
                Some(Outcome::Already(lives)) => (lives, op.effect == Effect::Makes),
                _ => continue,
            };
            out.extend(lives.iter().map(|live| (&live.address, (live, found))));
        }
        out
    }
}

/// How the objects of a plan ended, as their intents ask.
struct Ended<'a> {
    steps: BTreeMap<&'a Address, &'a Step>,
    deleted: BTreeSet<&'a Address>,
    /// A write was sent, and nobody knows what became of it.
    unknown: BTreeSet<&'a Address>,
}

impl<'a> Ended<'a> {
    fn of(planned: &'a Planned, outcomes: &BTreeMap<usize, Outcome>) -> Self {
        let steps = planned.plan.steps.iter().map(|s| (&s.address, s)).collect();
        let mut ended = Self { steps, deleted: BTreeSet::new(), unknown: BTreeSet::new() };
        for op in &planned.plan.ops {
            match outcomes.get(&op.id) {
                Some(Outcome::Done(_) | Outcome::Already(_)) if op.effect == Effect::Removes => {
                    ended.deleted.extend(&op.carries)
                }
                Some(Outcome::Failed(Failure::Unknown { .. })) => ended.unknown.extend(&op.carries),
                _ => {}
            }
        }
        ended
    }

    /// Whether an intent still says what nothing else does.
    fn is_open(&self, intent: &Intent) -> bool {
        self.unknown.contains(&intent.address) || (!intent.again.is_null() && self.is_half_done(&intent.address))
    }

    /// Whether an object was deleted to be made again, and is not made again yet. One that this run had nothing to do
    /// with stays what it is.
    fn is_half_done(&self, address: &Address) -> bool {
        let Some(step) = self.steps.get(address) else { return true };
        let parent = systems::kind_by_word(&address.kind).and_then(|(_, kind)| kind.parent(address));
        match step.action {
            Action::Replace => self.deleted.contains(address) || parent.is_some_and(|p| self.deleted.contains(&p)),
            Action::Create => true,
            _ => false,
        }
    }
}
