//! Exit codes: pure functions from what happened to the number that scripts see (docs: command line, exit codes).

use clap::ValueEnum;

use crate::model::{Address, Applied, Drifted, Exit, Level, Planned, StepOutcome, Verdict};
use std::collections::BTreeMap;

/// What makes `plan` exit with 3.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// A loss that is not acknowledged
    Loss,
    /// A risk or a loss that is not acknowledged
    Risk,
    /// A guard or a policy that would refuse the apply
    Policy,
}

/// How a plan ended.
pub fn plan(planned: &Planned, detailed: bool, fail_on: &[FailOn]) -> Exit {
    let changes = planned.plan.changes().next().is_some();
    let mut exit = if detailed && changes { Exit::Changes } else { Exit::Ok };
    if incomplete(planned) {
        exit = exit.worst(Exit::Incomplete);
    }
    if fail_on.iter().any(|on| fails(planned, *on)) {
        exit = exit.worst(Exit::Refused);
    }
    exit
}

fn incomplete(planned: &Planned) -> bool {
    !planned.plan.complete || planned.plan.steps.iter().any(|s| matches!(s.verdict, Verdict::Unknown { .. }))
}

fn fails(planned: &Planned, on: FailOn) -> bool {
    let above =
        |level: Level| planned.plan.changes().any(|s| s.findings.iter().any(|f| f.level >= level && !s.accepts(f)));
    match on {
        FailOn::Loss => above(Level::Loss),
        FailOn::Risk => above(Level::Risk),
        FailOn::Policy => {
            !planned.refusals.is_empty()
                || planned.plan.steps.iter().any(|s| matches!(s.verdict, Verdict::Blocked { .. }))
        }
    }
}

/// Why an apply must not begin; empty where it may. One sentence each.
pub fn refusals(planned: &Planned, allow_partial: bool) -> Vec<String> {
    let mut out = planned.refusals.clone();
    let count = |pick: fn(&Verdict) -> bool| planned.plan.steps.iter().filter(|s| pick(&s.verdict)).count();
    let waiting = count(|v| matches!(v, Verdict::NeedsAck { .. }));
    let blocked = count(|v| matches!(v, Verdict::Blocked { .. }));
    let possible = planned.plan.changes().any(|s| matches!(s.verdict, Verdict::Go));
    if allow_partial && possible {
        return out;
    }
    if waiting > 0 {
        let (steps, need) = if waiting == 1 { ("change", "needs") } else { ("changes", "need") };
        out.push(format!("{waiting} {steps} {need} an acknowledgement (--ack TOKEN)"));
    }
    if blocked > 0 {
        out.push(format!("{blocked} {} blocked", if blocked == 1 { "change is" } else { "changes are" }));
    }
    out
}

/// How an apply ended.
pub fn apply(applied: &Applied) -> Exit {
    let verdicts: BTreeMap<&Address, &Verdict> =
        applied.planned.plan.steps.iter().map(|s| (&s.address, &s.verdict)).collect();
    let count = |pick: &dyn Fn(StepOutcome, Option<&Verdict>) -> bool| {
        applied.steps.iter().filter(|s| pick(s.outcome.clone(), verdicts.get(&s.address).copied())).count()
    };
    let done = count(&|o, _| o == StepOutcome::Done) + usize::from(applied.dirty);
    if done == 0 && matches!(applied.exit, Some(Exit::Error | Exit::Refused | Exit::Stale | Exit::Locked)) {
        return applied.exit.unwrap_or(Exit::Error);
    }
    let failed = count(&|o, _| matches!(o, StepOutcome::Failed | StepOutcome::RolledBack)) + applied.errors.len();
    let stale = count(&|o, _| o == StepOutcome::Stale);
    let refused = count(&|o, v| {
        o == StepOutcome::NotStarted && matches!(v, Some(Verdict::Blocked { .. } | Verdict::NeedsAck { .. }))
    });
    let left = count(&|o, v| o == StepOutcome::NotStarted && !matches!(v, Some(Verdict::Unknown { .. })));
    let mut exit = applied.stopped.unwrap_or(Exit::Ok);
    if incomplete(&applied.planned) {
        exit = exit.worst(Exit::Incomplete);
    }
    if failed + stale + left > 0 && (done > 0 || applied.stopped.is_some()) {
        return exit.worst(if done > 0 { Exit::Partial } else { Exit::Ok });
    }
    match (failed, stale, left) {
        (0, 0, 0) => exit.worst(applied.exit.unwrap_or(Exit::Ok)),
        (0, 0, left) if left == refused => Exit::Refused,
        (0, 1.., _) => Exit::Stale,
        _ => Exit::Error,
    }
}

/// How a drift report ended. Unowned objects do not count.
pub fn drift(drifted: &Drifted) -> Exit {
    let drift = !(drifted.changed.is_empty() && drifted.missing.is_empty() && drifted.expectations.is_empty());
    let exit = if drift { Exit::Changes } else { Exit::Ok };
    if !drifted.complete || !drifted.unknown.is_empty() { exit.worst(Exit::Incomplete) } else { exit }
}

#[cfg(test)]
#[path = "exit_tests.rs"]
mod tests;
