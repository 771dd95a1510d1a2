//! Losses need their acknowledgement.

use super::token::{self, covers, digest};
use crate::model::{Action, Address, Finding, Level, Step, Token, Verdict};

/// What an environment allows to be lost without a token (`allow_data_loss`). A limit that is not given does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub max_messages: Option<u64>,
    pub max_bytes: Option<u64>,
}

impl Budget {
    fn allows(self, finding: &Finding) -> bool {
        let within = |limit: Option<u64>, figure: Option<u64>| limit.is_none_or(|l| figure.is_some_and(|f| f <= l));
        (self.max_messages.is_some() || self.max_bytes.is_some())
            && within(self.max_messages, finding.messages)
            && within(self.max_bytes, finding.bytes)
    }
}

/// What the judgement gives beside the verdicts.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One token for everything that still needs one.
    pub digest: Option<Token>,
    /// Acknowledgements that nothing needed; those of a step's own lifecycle with its index.
    pub unused: Vec<(Option<usize>, String)>,
}

/// Gives every step its verdict. `acks` are the run's own acknowledgements; those in a document's lifecycle count for
/// that document's object.
pub fn judge(steps: &mut [Step], acks: &[String], budget: Budget) -> Judgement {
    for step in steps.iter_mut() {
        ask(step, budget);
    }
    let asked: Vec<Token> = steps.iter().flat_map(needed).map(|(t, _)| t).collect();
    let whole = digest(&asked);
    let given: Vec<Token> = acks.iter().filter_map(|a| token::parse(a)).collect();
    let all = whole.as_ref().is_some_and(|w| given.iter().any(|g| covers(g, w, total(steps))));
    let mut used = vec![false; acks.len()];
    let mut unused = Vec::new();
    for (i, step) in steps.iter_mut().enumerate() {
        let own: Vec<String> = step.head.lifecycle.ack.clone();
        let mut own_used = vec![false; own.len()];
        let mut missing = Vec::new();
        for (asked, measured) in needed(step) {
            let by_run = position(acks, &asked, measured);
            let by_own = position(&own, &asked, measured);
            by_run.into_iter().for_each(|i| used[i] = true);
            by_own.into_iter().for_each(|i| own_used[i] = true);
            if by_run.is_none() && by_own.is_none() && !all {
                missing.push(asked.to_string());
            } else {
                raise_ceiling(step, &asked, [by_run.map(|i| &acks[i]), by_own.map(|i| &own[i])]);
            }
        }
        if !missing.is_empty() && step.verdict == Verdict::Go {
            step.verdict = Verdict::NeedsAck { tokens: missing };
        }
        unused.extend(own.into_iter().zip(own_used).filter(|(_, used)| !used).map(|(ack, _)| (Some(i), ack)));
    }
    wait_for_replaces(steps);
    let digest_used = |ack: &str| all && token::parse(ack).zip(whole.as_ref()).is_some_and(|(g, w)| g.key == w.key);
    let left = acks.iter().zip(used).filter(|(ack, used)| !used && !digest_used(ack));
    unused.extend(left.map(|(ack, _)| (None, ack.clone())));
    let still: Vec<Token> = steps
        .iter()
        .filter(|s| matches!(s.verdict, Verdict::NeedsAck { .. }))
        .flat_map(needed)
        .map(|(t, _)| t)
        .collect();
    Judgement { digest: digest(&still), unused }
}

/// What lives in an object whose replace is not acknowledged waits with it.
fn wait_for_replaces(steps: &mut [Step]) {
    let waiting: Vec<(Address, Verdict)> = steps
        .iter()
        .filter(|s| s.action == Action::Replace && s.verdict != Verdict::Go)
        .map(|s| (s.address.clone(), s.verdict.clone()))
        .collect();
    for step in steps.iter_mut().filter(|s| s.verdict == Verdict::Go && s.action != Action::Keep) {
        if let Some((_, verdict)) = waiting.iter().find(|(address, _)| step.needs.contains(address)) {
            step.verdict = verdict.clone();
        }
    }
}

/// Puts tokens on the findings that need one: losses beyond the budget, and every replace.
fn ask(step: &mut Step, budget: Budget) {
    let Some(live) = step.before.as_ref() else { return };
    let (address, identity) = (step.address.clone(), live.identity.clone());
    for finding in &mut step.findings {
        let needs = finding.level == Level::Loss && !budget.allows(finding);
        finding.ack = needs.then(|| token::token(finding, &address, &identity));
    }
    let goes_with_parent = step.action == Action::Replace && step.findings.is_empty();
    if step.action == Action::Replace
        && !goes_with_parent
        && step.findings.iter().all(|f| f.ack.is_none())
        && let Some(worst) = step.findings.iter_mut().max_by_key(|f| f.level)
    {
        worst.ack = Some(token::token(worst, &address, &identity));
    }
}

/// The tokens that a step needs, with the measured count of each.
fn needed(step: &Step) -> Vec<(Token, u64)> {
    step.findings.iter().filter_map(|f| Some((f.ack.clone()?, f.messages.unwrap_or(0)))).collect()
}

fn total(steps: &[Step]) -> u64 {
    steps.iter().flat_map(needed).fold(0, |sum, (_, n)| sum.saturating_add(n))
}

fn position(acks: &[String], asked: &Token, measured: u64) -> Option<usize> {
    acks.iter().position(|a| token::parse(a).is_some_and(|given| covers(&given, asked, measured)))
}

/// What was acknowledged holds up to the ceiling that was given, not the one that would be asked for now.
fn raise_ceiling(step: &mut Step, asked: &Token, by: [Option<&String>; 2]) {
    let Some(given) = by.into_iter().flatten().find_map(|text| token::parse(text)) else { return };
    for finding in step.findings.iter_mut().filter(|f| f.ack.as_ref() == Some(asked)) {
        finding.ack = Some(given.clone());
    }
}

#[cfg(test)]
mod tests;
