//! One step: a line with symbol and address, details below.

use super::{
    Context,
    changes::{self, place},
    line::{Line, Tone, hang},
    plural,
};
use crate::model::{Action, Address, Change, Effect, Finding, Level, Op, Plan, Step, Verdict};
use std::collections::BTreeMap;

/// What stands behind an address begins here, where the address leaves the room.
const INLINE: usize = 34;
const DETAIL: usize = 6;

/// The writes that carry each step.
pub(super) type Ops<'a> = BTreeMap<&'a Address, Vec<&'a Op>>;

/// The writes of a plan by the steps that they carry.
pub(super) fn ops(plan: &Plan) -> Ops<'_> {
    let mut out = Ops::new();
    for op in &plan.ops {
        for address in &op.carries {
            out.entry(address).or_default().push(op);
        }
    }
    out
}

/// A step with all its details. `keep` chooses the changes.
pub(super) fn lines(cx: &Context<'_>, ops: &Ops<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool) -> Vec<Line> {
    let source = step.source.as_ref().map(place).unwrap_or_default();
    let name = step.address.text(cx.scoped);
    let mut head = Line::indent(2).add(tone(step), format!("{} ", symbol(step))).add(Tone::Strong, name);
    let (beside, below) = details(cx, step, keep);
    let mut lines = Vec::new();
    if let Some(text) = &beside {
        let start = INLINE.max(head.width() + 2);
        let room = text.chars().count() + usize::from(!source.is_empty()) * (2 + source.chars().count());
        if start + room <= cx.style.width {
            head = head.pad(start).plain(text);
        } else {
            lines = match below {
                Below::Text(_) => hang(Line::indent(DETAIL), Tone::Plain, text, cx.style.width),
                Below::Changes => changes::lines(cx, step, keep, true),
            };
        }
    }
    lines.insert(0, head.right(Tone::Faint, &source, cx.style.width));
    if let Below::Text(with_changes) = below {
        if with_changes {
            lines.extend(changes::lines(cx, step, keep, true));
        }
    } else if beside.is_none() {
        lines.extend(changes::lines(cx, step, keep, true));
    }
    lines.extend(why(cx, step));
    lines.extend(writes(ops, step));
    lines.extend(step.findings.iter().flat_map(|f| finding(cx, step, f)));
    lines
}

/// What happens to the text beside the address when it does not fit, and what stands below it anyway.
enum Below {
    /// The text is a reason; the flag says whether changes follow.
    Text(bool),
    /// The text is the changes themselves.
    Changes,
}

/// What may stand beside the address: why nothing is known of it, the reason of a step without changes, a create's
/// fields, or the one reverted field.
fn details(cx: &Context<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool) -> (Option<String>, Below) {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    match (&step.verdict, step.action) {
        (Verdict::Unknown { why }, _) => (Some(format!("not readable: {why}")), Below::Text(false)),
        (Verdict::Blocked { why }, _) => (Some(format!("{}blocked: {why}", wanted(step))), Below::Text(true)),
        (_, Action::Create) => (some(changes::inline(cx, step, keep)), Below::Changes),
        (_, Action::Delete | Action::Adopt | Action::Forget | Action::Keep) => {
            (some(step.reason.clone()), Below::Text(true))
        }
        (_, Action::Update | Action::Replace) if step.findings.is_empty() && only_drift(step, keep) => {
            (some(changes::inline(cx, step, keep)), Below::Changes)
        }
        _ => (None, Below::Changes),
    }
}

fn only_drift(step: &Step, keep: &dyn Fn(&Change) -> bool) -> bool {
    step.changes.iter().filter(|c| keep(c)).all(|c| c.drift)
}

fn wanted(step: &Step) -> String {
    if step.action == Action::Keep { String::new() } else { format!("{} ", step.action.word()) }
}

/// The reason of a step, where it does not stand beside the address.
fn why(cx: &Context<'_>, step: &Step) -> Vec<Line> {
    let below = match step.verdict {
        Verdict::Blocked { .. } | Verdict::Unknown { .. } => true,
        _ => matches!(step.action, Action::Create | Action::Update | Action::Replace),
    };
    match &step.reason {
        Some(reason) if below && !said(step, reason) => {
            hang(Line::indent(DETAIL), Tone::Plain, &format!("({reason})"), cx.style.width)
        }
        _ => Vec::new(),
    }
}

/// Whether a reason is what stands in the step's way, which is said elsewhere.
pub(super) fn said(step: &Step, reason: &str) -> bool {
    matches!(&step.verdict, Verdict::Blocked { why } | Verdict::Unknown { why } if why == reason)
}

/// The writes of a step, where they are not one to one.
pub(super) fn writes(ops: &Ops<'_>, step: &Step) -> Option<Line> {
    let text = match ops.get(&step.address)?.as_slice() {
        [op] if op.carries.len() > 1 => {
            format!("one write with {}: {}", plural(op.carries.len() - 1, "other"), op.verb)
        }
        [] | [_] => return None,
        [a, b] if (a.effect, b.effect) == (Effect::Removes, Effect::Makes) => return None,
        ops => {
            let verbs: Vec<_> = ops.iter().map(|op| op.verb).collect();
            format!("{}: {}", plural(ops.len(), "write"), verbs.join(", "))
        }
    };
    Some(Line::indent(DETAIL).add(Tone::Faint, text))
}

fn finding(cx: &Context<'_>, step: &Step, finding: &Finding) -> Vec<Line> {
    let head = Line::indent(4).add(level_tone(finding.level), format!("{} {}", finding.level.word(), finding.code));
    let head = head.plain("  ");
    let column = head.width();
    let mut lines = hang(head, Tone::Plain, &finding.message, cx.style.width);
    for text in beside(finding) {
        lines.extend(hang(Line::indent(column), Tone::Plain, text, cx.style.width));
    }
    if let Some(token) = &finding.ack {
        let line = Line::indent(column);
        lines.push(match step.accepts(finding) {
            true => line.add(Tone::Good, "acknowledged"),
            false => line.add(Tone::Hint, format!("--ack {}", quoted(&token.to_string()))),
        });
    } else if step.accepts(finding) {
        lines.push(Line::indent(column).add(Tone::Good, "within what `allow_data_loss` allows"));
    }
    lines
}

/// What belongs to a finding and its message does not say.
pub(super) fn beside(finding: &Finding) -> impl Iterator<Item = &str> {
    finding.details.iter().filter_map(|detail| detail.line.as_deref())
}

/// Text as one word of a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The symbol of a step: its verdict's, where that is blocked or unknown, else its action's.
pub(super) fn symbol(step: &Step) -> &'static str {
    match step.verdict {
        Verdict::Blocked { .. } => "!",
        Verdict::Unknown { .. } => "?",
        Verdict::Go | Verdict::NeedsAck { .. } => step.action.symbol(),
    }
}

pub(super) fn tone(step: &Step) -> Tone {
    match (&step.verdict, step.action) {
        (Verdict::Blocked { .. } | Verdict::Unknown { .. }, _) => Tone::Bad,
        (_, action) => action_tone(action),
    }
}

pub(super) fn action_tone(action: Action) -> Tone {
    match action {
        Action::Create | Action::Adopt => Tone::Good,
        Action::Update => Tone::Careful,
        Action::Replace | Action::Delete => Tone::Bad,
        Action::Forget => Tone::Hint,
        Action::Keep => Tone::Faint,
    }
}

pub(super) fn level_tone(level: Level) -> Tone {
    match level {
        Level::Safe => Tone::Good,
        Level::Note => Tone::Hint,
        Level::Risk => Tone::Careful,
        Level::Loss => Tone::Bad,
    }
}
