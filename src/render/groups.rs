//! Identical edits of many objects as one line.

use super::{
    Context, changes,
    line::{Line, Tone, hang, print},
    step::{symbol, tone},
};
use crate::{
    model::{Action, Level, Step, Verdict},
    units::grouped,
};
use std::collections::BTreeMap;

/// So many objects make a group.
const ENOUGH: usize = 5;
/// Creates are grouped in plans of more changes than this.
const MANY: usize = 40;
/// So many members are named.
const NAMED: usize = 6;

/// A step, or several whose edits are the same.
pub(super) enum Entry<'a> {
    One(&'a Step),
    Many(Vec<&'a Step>),
}

/// Puts identical edits together, each group where its first member stood.
pub(super) fn group<'a>(cx: &Context<'_>, steps: &[&'a Step]) -> Vec<Entry<'a>> {
    let keys: Vec<Option<String>> = steps.iter().map(|s| key(cx, s, steps.len())).collect();
    let mut members: BTreeMap<&str, Vec<&'a Step>> = BTreeMap::new();
    for (step, key) in steps.iter().zip(&keys) {
        if let Some(key) = key {
            members.entry(key).or_default().push(step);
        }
    }
    members.retain(|_, steps| steps.len() >= ENOUGH);
    let mut entries = Vec::new();
    for (step, key) in steps.iter().zip(&keys) {
        match key.as_deref().and_then(|k| members.get_mut(k)) {
            None => entries.push(Entry::One(step)),
            Some(group) if group.is_empty() => {}
            Some(group) => entries.push(Entry::Many(std::mem::take(group))),
        }
    }
    entries
}

/// What makes steps the same to a reader; `None` for those that need to be looked at one by one.
fn key(cx: &Context<'_>, step: &Step, total: usize) -> Option<String> {
    let plain = step.risk() < Level::Risk && !matches!(step.verdict, Verdict::NeedsAck { .. });
    let common = match step.action {
        Action::Update | Action::Adopt | Action::Forget => true,
        Action::Create => total > MANY || step.verdict != Verdict::Go,
        Action::Keep => true,
        Action::Replace | Action::Delete => false,
    };
    if cx.style.verbose || !plain || !common {
        return None;
    }
    let changes = print(&changes::lines(cx, step, &|_| true, false), false);
    let notes: Vec<_> = step.findings.iter().map(|f| (f.code, &f.message)).collect();
    Some(format!(
        "{} {} {:?} {:?} {notes:?} {changes}",
        step.action.word(),
        step.address.kind,
        step.verdict,
        step.reason
    ))
}

/// One line with a count, the edit and some names.
pub(super) fn lines(cx: &Context<'_>, steps: &[&Step]) -> Vec<Line> {
    let Some(first) = steps.first() else { return Vec::new() };
    let count = format!("{} {}s", grouped(u64::try_from(steps.len()).unwrap_or(u64::MAX)), first.address.kind);
    let head = Line::indent(2).add(tone(first), format!("{} ", symbol(first))).add(Tone::Strong, count);
    let mut lines = vec![match reason(first) {
        Some(reason) => head.plain("  ").plain(reason),
        None => head,
    }];
    lines.extend(changes::lines(cx, first, &|_| true, false));
    for note in &first.findings {
        let head = Line::indent(4).add(Tone::Hint, format!("{} {}", note.level.word(), note.code)).plain("  ");
        lines.extend(hang(head, Tone::Plain, &format!("each: {}", note.message), cx.style.width));
    }
    let names: Vec<String> = steps.iter().take(NAMED).map(|s| s.address.text(cx.scoped)).collect();
    let more = steps.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more (all with -v)") };
    lines.extend(hang(Line::indent(6), Tone::Faint, &format!("{}{rest}", names.join(", ")), cx.style.width));
    lines
}

fn reason(step: &Step) -> Option<String> {
    match &step.verdict {
        Verdict::Unknown { why } => Some(format!("not readable: {why}")),
        Verdict::Blocked { why } => Some(format!("blocked: {why}")),
        _ => step.reason.clone(),
    }
}
