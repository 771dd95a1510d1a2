//! How each step ended, and with it the run.

use crate::model::{
    Action, Address, Applied, Exit, Failure, OpId, Outcome, Plan, Step, StepOutcome, StepResult, Verdict,
};
use std::collections::BTreeMap;

/// Every step of the plan that changes something, in the plan's order.
///
/// `memory` is how steps ended that consist of nothing but a write of the inventory.
pub fn of(plan: &Plan, outcomes: &BTreeMap<OpId, Outcome>, memory: &StepOutcome) -> Vec<StepResult> {
    let mut of: BTreeMap<&Address, Vec<Option<&Outcome>>> = BTreeMap::new();
    for op in &plan.ops {
        for address in &op.carries {
            of.entry(address).or_default().push(outcomes.get(&op.id));
        }
    }
    plan.changes()
        .map(|step| {
            let ops = of.remove(&step.address).unwrap_or_default();
            match (&step.verdict, step.action) {
                (Verdict::Go, Action::Adopt | Action::Forget) => StepResult {
                    address: step.address.clone(),
                    action: step.action,
                    outcome: memory.clone(),
                    error: None,
                    notes: Vec::new(),
                },
                (Verdict::Go, _) => of_step(step, &ops),
                _ => of_step(step, &[None]),
            }
        })
        .collect()
}

/// How one step ended, from the outcomes of its ops; `None` is an op that was not started.
pub fn of_step(step: &Step, outcomes: &[Option<&Outcome>]) -> StepResult {
    let worst = outcomes.iter().copied().max_by_key(|o| rank(*o)).flatten();
    let all_already = outcomes.iter().all(|o| matches!(o, Some(Outcome::Already(_))));
    let started = outcomes.iter().all(Option::is_some) && !outcomes.is_empty();
    let (outcome, error) = match worst {
        Some(Outcome::Failed(failure @ Failure::Stale { .. })) => (StepOutcome::Stale, Some(failure.to_string())),
        Some(Outcome::Failed(failure)) => (StepOutcome::Failed, Some(failure.to_string())),
        Some(Outcome::Dirty { why, left, .. }) => (StepOutcome::Failed, Some(format!("{why}; left: {left}"))),
        Some(Outcome::RolledBack { why }) => (StepOutcome::RolledBack, Some(why.clone())),
        _ if !started => (StepOutcome::NotStarted, why_not_started(step, worst)),
        _ if all_already => (StepOutcome::Already, None),
        _ => (StepOutcome::Done, None),
    };
    StepResult { address: step.address.clone(), action: step.action, outcome, error, notes: Vec::new() }
}

fn why_not_started(step: &Step, begun: Option<&Outcome>) -> Option<String> {
    step.verdict.why().or_else(|| begun.map(|_| "only partly done: run apply again".to_owned()))
}

fn rank(outcome: Option<&Outcome>) -> u8 {
    match outcome {
        Some(Outcome::Done(_)) => 0,
        Some(Outcome::Already(_)) => 1,
        None => 2,
        Some(Outcome::RolledBack { .. }) => 3,
        Some(Outcome::Failed(Failure::Stale { .. })) => 4,
        Some(Outcome::Failed(_)) => 5,
        Some(Outcome::Dirty { .. }) => 6,
    }
}

/// The exit code of the whole apply.
pub fn exit(applied: &Applied, results: &[StepResult]) -> Exit {
    if let Some(stopped) = applied.stopped {
        return stopped;
    }
    let any = |outcome: StepOutcome| results.iter().any(|r| r.outcome == outcome);
    let unknown = applied.planned.plan.steps.iter().any(|s| matches!(s.verdict, Verdict::Unknown { .. }));
    let held = |s: &Step| matches!(s.verdict, Verdict::Blocked { .. } | Verdict::NeedsAck { .. });
    let held = applied.planned.plan.steps.iter().any(held);
    let done = any(StepOutcome::Done);
    let failed = any(StepOutcome::Failed);
    let stale = any(StepOutcome::Stale);
    let broken = failed || stale || any(StepOutcome::RolledBack) || !applied.errors.is_empty();
    match () {
        () if (done || applied.dirty) && (broken || held) => Exit::Partial,
        () if failed || !applied.errors.is_empty() || any(StepOutcome::RolledBack) => Exit::Error,
        () if stale => Exit::Stale,
        () if held => Exit::Refused,
        () if unknown || !applied.planned.plan.complete => Exit::Incomplete,
        () => Exit::Ok,
    }
}
