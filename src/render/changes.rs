//! The changed fields of one step.

use super::{
    Context,
    line::{Line, Tone},
    values::value,
};
use crate::model::{Action, Change, Class, Source, Step, Value, change_source};

/// Where details begin.
const INDENT: usize = 6;

/// The changes of a step as lines; `keep` chooses.
pub(super) fn lines(cx: &Context<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool, places: bool) -> Vec<Line> {
    let changes: Vec<&Change> = step.changes.iter().filter(|c| keep(c)).collect();
    if step.action == Action::Create {
        return filled(cx, &fields(cx, step, &changes));
    }
    let column = changes.iter().map(|c| c.path.to_string().chars().count()).filter(|n| *n <= 32).max().unwrap_or(0);
    changes.iter().flat_map(|c| one(cx, step, c, column, places)).collect()
}

/// The only change of a step, or a create's fields, as one piece of text.
pub(super) fn inline(cx: &Context<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool) -> Option<String> {
    let changes: Vec<&Change> = step.changes.iter().filter(|c| keep(c)).collect();
    match (step.action, changes.as_slice()) {
        (Action::Create, _) => Some(fields(cx, step, &changes).join("  ")),
        (_, [c]) => Some(format!("{}  {}", c.path, turn(cx, step, c))),
        _ => None,
    }
}

/// `max_age 7d` for each field that a create sets.
fn fields(cx: &Context<'_>, step: &Step, changes: &[&Change]) -> Vec<String> {
    let shown = changes.iter().filter(|c| !c.after.is_null() && (c.class != Class::Follows || cx.style.verbose));
    shown.map(|c| format!("{} {}", c.path, value(cx, &step.address, &c.path, &c.after))).collect()
}

/// Fields side by side, as many as fit into each line.
fn filled(cx: &Context<'_>, fields: &[String]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for field in fields {
        match lines.pop() {
            Some(line) if line.fits(2 + field.chars().count(), cx.style.width) => {
                lines.push(line.plain("  ").plain(field));
            }
            last => {
                lines.extend(last);
                lines.push(Line::indent(INDENT).plain(field));
            }
        }
    }
    lines
}

fn one(cx: &Context<'_>, step: &Step, change: &Change, column: usize, places: bool) -> Vec<Line> {
    let source = match change_source(step, change).filter(|_| places && change.class != Class::Follows) {
        Some(s) if Some(s) != step.source.as_ref() => place(s),
        _ => String::new(),
    };
    let head = Line::indent(INDENT).plain(change.path.to_string()).pad(INDENT + column).plain("  ");
    let whole = turn(cx, step, change);
    let room = source.chars().count() + usize::from(!source.is_empty()) * 2;
    if head.fits(whole.chars().count() + room, cx.style.width) || !whole.contains(" → ") {
        return vec![head.plain(whole).right(Tone::Faint, &source, cx.style.width)];
    }
    let arrow = head.width().saturating_sub(2);
    let (before, after) = sides(cx, step, change);
    vec![
        head.plain(before).right(Tone::Faint, &source, cx.style.width),
        Line::indent(arrow).plain("→ ").plain(after).plain(tag(change)),
    ]
}

/// `30d → 7d  (follows)`.
fn turn(cx: &Context<'_>, step: &Step, change: &Change) -> String {
    let (before, after) = sides(cx, step, change);
    format!("{before} → {after}{}", tag(change))
}

fn sides(cx: &Context<'_>, step: &Step, change: &Change) -> (String, String) {
    let show = |v: &Value| value(cx, &step.address, &change.path, v);
    let before = match (change.class, &change.before) {
        (Class::Unverifiable, Value::Null) => "(not shown)".into(),
        (_, Value::Null) => "(none)".into(),
        (_, v) => show(v),
    };
    let after = match (change.class, &change.after) {
        (Class::Reset, Value::Null) => "(default)".into(),
        (Class::Reset, v) => format!("(default {})", show(v)),
        (_, Value::Null) => "(none)".into(),
        (_, v) => show(v),
    };
    (before, after)
}

fn tag(change: &Change) -> &'static str {
    match change.class {
        Class::Declared | Class::Reset | Class::Unverifiable => "",
        Class::Follows => "  (follows)",
        Class::Moved => "  (order)",
        Class::Cosmetic => "  (written differently)",
    }
}

/// `streams/orders.yaml:9`.
pub(super) fn place(source: &Source) -> String {
    format!("{}:{}", source.file, source.line)
}
