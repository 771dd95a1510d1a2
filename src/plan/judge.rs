//! Losses need their acknowledgement, and so does more of what findings count than the environment allows.

use super::token::{self, covers, digest};
use crate::model::{Action, Address, Allowances, Budget, Finding, Level, Step, Token, Verdict, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the judgement gives beside the verdicts.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One token for everything that still needs one.
    pub digest: Option<Token>,
    /// Acknowledgements that nothing needed; those of a step's own lifecycle with its index.
    pub unused: Vec<(Option<usize>, String)>,
    /// Acknowledgements of a step's lifecycle that it needs, and that an earlier apply used up.
    pub spent: Vec<(usize, String)>,
}

/// Gives every step its verdict. `acks` are the run's own acknowledgements; those in a document's lifecycle count for
/// that document's object.
pub fn judge(steps: &mut [Step], acks: &[String], allowed: &Allowances) -> Judgement {
    let over = exceeded(steps, allowed);
    let mut used = vec![false; acks.len()];
    let (mut unused, mut spent, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (i, step) in steps.iter_mut().enumerate() {
        step.allowed.clone_from(&allowed.counts);
        ask(step, allowed.loss, &over);
        let own = Own::of(step);
        open.push(uncovered(step, acks, &mut used, &own, |ack| unused.push((Some(i), ack))));
        spent.extend(own.again.into_iter().map(|ack| (i, ack)));
    }
    // the one set that the digest is of: what it would still take to let every step go that may
    let missing = || steps.iter().zip(&open).filter(|(s, _)| s.verdict == Verdict::Go).flat_map(|(_, o)| o);
    let tokens: Vec<Token> = missing().map(|(token, _)| token.clone()).collect();
    let total = missing().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    let whole = digest(&tokens);
    let by_digest = |ack: &String| whole.as_ref().zip(token::parse(ack)).is_some_and(|(w, g)| covers(&g, w, total));
    let all = acks.iter().any(by_digest);
    unused.extend(acks.iter().zip(used).filter(|(ack, used)| !used && !by_digest(ack)).map(|(a, _)| (None, a.clone())));
    for (step, open) in steps.iter_mut().zip(open) {
        if !all && !open.is_empty() && step.verdict == Verdict::Go {
            step.verdict = Verdict::NeedsAck { tokens: open.into_iter().map(|(token, _)| token.to_string()).collect() };
        }
    }
    wait_for_replaces(steps);
    Judgement { digest: whole.filter(|_| !all), unused, spent }
}

/// The acknowledgements in a step's document.
struct Own {
    /// Those that count.
    good: Vec<String>,
    /// Those that would be needed again, and were used up by an earlier apply.
    again: Vec<String>,
    /// Those that were used up and that nothing needs.
    done: Vec<String>,
}

impl Own {
    fn of(step: &Step) -> Self {
        let key = |ack: &String| token::parse(ack).map(|t| t.key);
        let all = step.head.lifecycle.ack.iter().cloned();
        let (old, good): (Vec<String>, Vec<String>) =
            all.partition(|a| key(a).is_some_and(|k| step.spent.contains(&k)));
        let asked = |ack: &String| needed(step).iter().any(|(asked, _)| key(ack).as_ref() == Some(&asked.key));
        let (again, done) = old.into_iter().partition(asked);
        Self { good, again, done }
    }
}

/// What a step needs and nobody gave, each with its measured count. What was given is put on the findings.
fn uncovered(
    step: &mut Step,
    acks: &[String],
    used: &mut [bool],
    own: &Own,
    mut left: impl FnMut(String),
) -> Vec<(Token, u64)> {
    let mut own_used = vec![false; own.good.len()];
    let mut open = Vec::new();
    // a key counts as used up as long as the document has it
    let written: Vec<String> = step.head.lifecycle.ack.iter().filter_map(|a| Some(token::parse(a)?.key)).collect();
    step.spent.retain(|key| written.contains(key));
    for (asked, measured) in needed(step) {
        let by_run = position(acks, &asked, measured);
        let by_own = position(&own.good, &asked, measured);
        by_run.into_iter().for_each(|i| used[i] = true);
        by_own.into_iter().for_each(|i| own_used[i] = true);
        if by_run.is_none() && by_own.is_none() {
            open.push((asked, measured));
            continue;
        }
        if by_own.is_some() {
            step.spent.push(asked.key.clone());
        }
        raise_ceiling(step, &asked, [by_run.map(|i| &acks[i]), by_own.map(|i| &own.good[i])]);
    }
    let unused = own.good.iter().zip(own_used).filter(|(_, used)| !used).map(|(ack, _)| ack);
    unused.chain(&own.done).for_each(|ack| left(ack.clone()));
    open
}

/// What lives in an object whose replace is not acknowledged waits with it, and so does what lives in that.
fn wait_for_replaces(steps: &mut [Step]) {
    let mut waiting: BTreeMap<Address, Verdict> = BTreeMap::new();
    loop {
        let known = waiting.len();
        let held = steps.iter().filter(|s| s.action == Action::Replace && s.verdict != Verdict::Go);
        waiting.extend(held.map(|s| (s.address.clone(), s.verdict.clone())));
        if waiting.len() == known {
            return;
        }
        for step in steps.iter_mut().filter(|s| s.verdict == Verdict::Go && s.action != Action::Keep) {
            if let Some(verdict) = step.needs.iter().find_map(|need| waiting.get(need)) {
                step.verdict = verdict.clone();
            }
        }
    }
}

/// The limits that the steps of a plan go beyond together.
fn exceeded(steps: &[Step], allowed: &Allowances) -> BTreeSet<&'static str> {
    let mut sums: BTreeMap<&'static str, u64> = BTreeMap::new();
    let going = steps.iter().filter(|s| s.verdict == Verdict::Go);
    for counted in going.flat_map(|s| &s.findings).filter_map(|f| f.counted) {
        let sum = sums.entry(counted.limit).or_default();
        *sum = sum.saturating_add(counted.n);
    }
    let most = |limit: &str| allowed.counts.get(limit).copied().unwrap_or(0);
    sums.into_iter().filter(|(limit, n)| *n > most(limit)).map(|(limit, _)| limit).collect()
}

/// Puts tokens on the findings that need one: losses beyond the budget, what is counted and too much (within the limit
/// it is no risk to anybody), and every replace.
fn ask(step: &mut Step, budget: Budget, over: &BTreeSet<&'static str>) {
    let Some(live) = step.before.as_ref() else { return };
    let (address, identity) = (step.address.clone(), live.identity.clone());
    if step.goes_with.is_some() {
        return;
    }
    let replace = step.action == Action::Replace;
    // what takes the old object's place is part of what is acknowledged
    let successor = json!(step.changes.iter().map(|c| (c.path.to_string(), &c.after)).collect::<Vec<_>>());
    if replace && step.findings.is_empty() {
        let message = "it is deleted and made again; what it holds goes with the old one";
        step.findings.push(Finding::new("NF2012", Level::Risk, message));
    }
    for finding in &mut step.findings {
        if replace {
            finding.turn.1.clone_from(&successor);
        }
        let loss = finding.level == Level::Loss;
        finding.allowed = (loss && budget.allows(finding)).then_some(budget);
        let too_many = finding.counted.is_some_and(|c| over.contains(c.limit));
        if finding.counted.is_some() && !too_many && finding.level == Level::Risk {
            finding.level = Level::Note;
        }
        finding.ack =
            (too_many || (loss && finding.allowed.is_none())).then(|| token::token(finding, &address, &identity));
    }
    if replace
        && step.findings.iter().all(|f| f.ack.is_none())
        && let Some(worst) = step.findings.iter_mut().max_by_key(|f| f.level)
    {
        worst.allowed = None;
        worst.ack = Some(token::token(worst, &address, &identity));
    }
}

/// The tokens that a step needs, with the measured count of each.
fn needed(step: &Step) -> Vec<(Token, u64)> {
    step.findings.iter().filter_map(|f| Some((f.ack.clone()?, f.measured()))).collect()
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
