//! The changed fields of one step.

use super::{
    Context,
    line::{Line, Tone, hang, print},
    values::value,
};
use crate::model::{Action, Change, Class, Source, Step, Value, change_source};
use similar::{Algorithm, DiffTag, capture_diff_slices};

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
        (_, [c]) if parts(c).is_none() => Some(format!("{}  {}", c.path, turn(cx, step, c))),
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
                lines.extend(hang(Line::indent(INDENT), Tone::Plain, field, cx.style.width));
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
    let multiline = [&change.before, &change.after].iter().any(|v| v.as_str().is_some_and(|t| t.contains('\n')));
    if !multiline && (head.fits(whole.chars().count() + room, cx.style.width) || !whole.contains(" → ")) {
        return vec![head.plain(whole).right(Tone::Faint, &source, cx.style.width)];
    }
    if let Some((before, after)) = parts(change) {
        let head = head.plain(tag(change).trim_start()).right(Tone::Faint, &source, cx.style.width);
        return std::iter::once(head).chain(difference(cx, step, change, &before, &after)).collect();
    }
    let arrow = head.width().saturating_sub(2);
    let (before, after) = sides(cx, step, change);
    vec![
        head.plain(before).right(Tone::Faint, &source, cx.style.width),
        Line::indent(arrow).plain("→ ").plain(after).plain(tag(change)),
    ]
}

/// The lines of a long text or the members of a list, before and after; `None` where the whole value is shown instead.
fn parts(change: &Change) -> Option<(Vec<Value>, Vec<Value>)> {
    let lines = |text: &str| text.lines().map(Value::from).collect::<Vec<_>>();
    match (&change.before, &change.after) {
        (Value::Array(before), Value::Array(after)) if before.len() + after.len() > 4 => {
            Some((before.clone(), after.clone()))
        }
        (Value::String(before), Value::String(after)) if before.contains('\n') || after.contains('\n') => {
            Some((lines(before), lines(after)))
        }
        _ => None,
    }
}

/// What goes and what comes, a line each; what stays is not shown.
fn difference(cx: &Context<'_>, step: &Step, change: &Change, before: &[Value], after: &[Value]) -> Vec<Line> {
    let shown = |values: &[Value]| -> Vec<String> {
        values.iter().enumerate().map(|(i, v)| value(cx, &step.address, &change.path.key(&i.to_string()), v)).collect()
    };
    let (before, after) = (shown(before), shown(after));
    let line = |sign: &str, text: &String| Line::indent(INDENT + 2).plain(sign).plain(text);
    let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
    ops.iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .flat_map(|op| {
            let gone = before[op.old_range()].iter().map(|text| line("- ", text));
            let new = after[op.new_range()].iter().map(|text| line("+ ", text));
            gone.chain(new)
        })
        .collect()
}

/// The changes of a step as a diff: `-` what was, `+` what will be.
pub(super) fn diff(cx: &Context<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool) -> Vec<String> {
    let changes: Vec<&Change> = step.changes.iter().filter(|c| keep(c)).collect();
    if step.action == Action::Create {
        return fields(cx, step, &changes).into_iter().map(|field| format!("+ {field}")).collect();
    }
    changes.iter().flat_map(|c| diff_one(cx, step, c)).collect()
}

fn diff_one(cx: &Context<'_>, step: &Step, change: &Change) -> Vec<String> {
    if let Some((before, after)) = parts(change) {
        let head = format!("@@ {}{} @@", change.path, tag(change));
        let lines = print(&difference(cx, step, change, &before, &after), false);
        let lines = lines.lines().map(|l| l.trim_start().to_owned());
        return std::iter::once(head).chain(lines).collect();
    }
    let (before, after) = sides(cx, step, change);
    let gone = !change.before.is_null() || change.class == Class::Unverifiable;
    let new = !change.after.is_null() || change.class == Class::Reset;
    let line = |sign: &str, value: &str, tag: &str| format!("{sign} {} {value}{tag}", change.path);
    let mut lines = Vec::new();
    if gone {
        lines.push(line("-", &before, if new { "" } else { tag(change) }));
    }
    if new {
        lines.push(line("+", &after, tag(change)));
    }
    lines
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
