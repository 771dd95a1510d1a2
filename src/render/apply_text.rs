//! What an apply did, for people: what was not done stands last, right above the counts.

use super::{
    Context, Style,
    line::{Line, Tone, hang, print},
    plural,
    step::action_tone,
    text::joined,
};
use crate::{
    model::{Applied, Exit, StepOutcome, StepResult},
    units::grouped,
};

/// How each outcome is called, in the order of the output.
const OUTCOMES: [(StepOutcome, &str, Tone); 6] = [
    (StepOutcome::Done, "done", Tone::Good),
    (StepOutcome::Already, "already so", Tone::Good),
    (StepOutcome::RolledBack, "rolled back", Tone::Careful),
    (StepOutcome::Stale, "stale", Tone::Careful),
    (StepOutcome::Failed, "failed", Tone::Bad),
    (StepOutcome::NotStarted, "not started", Tone::Careful),
];
/// More steps than this that went well are only counted.
const SHOWN: usize = 40;

/// What an apply did as text. Its last line is `No changes.` or begins with `Applied: `.
pub fn apply(applied: &Applied, style: &Style) -> String {
    let cx = Context { style, humanise: &|_, _| None, scoped: applied.planned.scoped };
    let mut blocks: Vec<Vec<Line>> =
        OUTCOMES.iter().map(|(o, title, tone)| block(&cx, applied, o, title, *tone)).collect();
    blocks.push(beside(applied, style.width));
    blocks.push(vec![last(applied, style.width)]);
    print(&joined(Vec::new(), blocks), style.color)
}

fn block(cx: &Context<'_>, applied: &Applied, outcome: &StepOutcome, title: &str, tone: Tone) -> Vec<Line> {
    let mut steps: Vec<&StepResult> = applied.steps.iter().filter(|s| s.outcome == *outcome).collect();
    // An object, then what lives in it, as in the plan.
    steps.sort_by_key(|s| (&s.address.scope, &s.address.parts, &s.address.kind));
    let quiet = matches!(outcome, StepOutcome::Done | StepOutcome::Already) && steps.len() > SHOWN && !cx.style.verbose;
    let count = steps.len();
    steps.retain(|s| !quiet || !s.notes.is_empty());
    if steps.is_empty() {
        return Vec::new();
    }
    let mut title: Vec<char> = title.chars().collect();
    title[0] = title[0].to_ascii_uppercase();
    let title: String = title.into_iter().collect();
    let mut lines = vec![Line::default().add(tone, format!("{title} ({count})"))];
    lines.extend(steps.iter().flat_map(|s| one(cx, s)));
    lines
}

fn one(cx: &Context<'_>, step: &StepResult) -> Vec<Line> {
    let head = Line::indent(2).add(action_tone(step.action), format!("{} ", step.action.symbol()));
    let head = head.add(Tone::Strong, step.address.text(cx.scoped));
    let mut lines = match &step.error {
        None => vec![head],
        Some(error) if head.fits(2 + error.chars().count(), cx.style.width) && !error.contains('\n') => {
            vec![head.plain("  ").plain(error)]
        }
        Some(error) => {
            let mut lines = vec![head];
            lines.extend(hang(Line::indent(6), Tone::Plain, error, cx.style.width));
            lines
        }
    };
    let note = |note: &String| hang(Line::indent(6).add(Tone::Hint, "note: "), Tone::Plain, note, cx.style.width);
    lines.extend(step.notes.iter().flat_map(note));
    lines
}

/// Problems beside the steps, the signal, and what to do now.
fn beside(applied: &Applied, width: usize) -> Vec<Line> {
    let error = |e: &String| hang(Line::default().add(Tone::Bad, "error: "), Tone::Plain, e, width);
    let mut lines: Vec<Line> = applied.errors.iter().flat_map(error).collect();
    if let Some(signal) = applied.stopped {
        let word = if signal == Exit::Terminated { "terminated" } else { "interrupted" };
        lines.push(Line::default().plain(format!("{word}: running writes were finished, nothing new was started")));
    }
    if let Some(text) = hint(applied) {
        lines.extend(hang(Line::default().add(Tone::Hint, "hint: "), Tone::Plain, text, width));
    }
    lines
}

fn hint(applied: &Applied) -> Option<&'static str> {
    let any = |o: StepOutcome| applied.steps.iter().any(|s| s.outcome == o);
    if any(StepOutcome::Failed) || any(StepOutcome::RolledBack) {
        Some("run apply again when the cause is gone: it does only what is left")
    } else if any(StepOutcome::Stale) {
        Some("somebody changed these since they were read: look at a new plan, then apply again")
    } else if applied.stopped.is_some() || !applied.errors.is_empty() {
        Some("run apply again: it does only what is left")
    } else {
        None
    }
}

fn last(applied: &Applied, width: usize) -> Line {
    if applied.steps.is_empty() && applied.errors.is_empty() && applied.stopped.is_none() {
        return Line::default().add(Tone::Good, "No changes.");
    }
    let counts: Vec<String> = OUTCOMES
        .iter()
        .map(|(o, title, _)| (applied.steps.iter().filter(|s| s.outcome == *o).count(), title))
        .filter(|(n, title)| *n > 0 || **title == "done")
        .map(|(n, title)| format!("{} {title}", grouped(u64::try_from(n).unwrap_or(u64::MAX))))
        .collect();
    let writes = plural(usize::try_from(applied.writes).unwrap_or(usize::MAX), "write");
    Line::default().add(Tone::Strong, "Applied: ").plain(counts.join(" · ")).right(Tone::Faint, &writes, width)
}
