//! A plan for people: verdict and risk first, one line per object, counts last.

use super::{
    Context, Humanise, Style,
    groups::{self, Entry},
    line::{Line, Tone, hang, print},
    plural, step,
};
use crate::{
    model::{Action, Address, Change, Expectation, Header, Level, Planned, Step, Verdict},
    units::grouped,
};
use std::collections::BTreeSet;

/// A plan as text. Its last line is `No changes.` or begins with `Plan: `.
pub fn plan(planned: &Planned, style: &Style, humanise: &Humanise<'_>) -> String {
    let cx = Context { style, humanise, scoped: planned.scoped };
    let mut lines = header(&planned.header, style.width);
    lines.extend(verdicts(planned, style.width));
    let mut blocks = vec![expectations(&planned.expectations, style.width)];
    blocks.push(steps(&cx, planned));
    blocks.push(drift(&cx, planned));
    blocks.push(addresses(
        "Prunable: owned, not in the manifests, kept (--prune delete deletes them)",
        &planned.plan.prunable,
        &cx,
    ));
    blocks.push(notes(&planned.notes, style.width));
    blocks.push(vec![last(planned, style.width)]);
    print(&joined(lines, blocks), style.color)
}

/// Blocks with an empty line before each.
pub(super) fn joined(mut lines: Vec<Line>, blocks: Vec<Vec<Line>>) -> Vec<Line> {
    for block in blocks.into_iter().filter(|b| !b.is_empty()) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(block);
    }
    lines
}

/// `prod · nats://… · 1,204 objects`; several places stand below each other.
pub(super) fn header(header: &Header, width: usize) -> Vec<Line> {
    let objects = plural(header.objects, "object");
    let parts: Vec<&str> = match header.places.as_slice() {
        [] => return Vec::new(),
        [place] => vec![&header.environment, place, &objects],
        _ => vec![&header.environment, &objects],
    };
    let text = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
    let mut lines = hang(Line::default(), Tone::Strong, &text, width);
    if header.places.len() > 1 {
        lines.extend(header.places.iter().flat_map(|p| hang(Line::indent(2), Tone::Plain, p, width)));
    }
    lines
}

/// What stands between this plan and an apply.
fn verdicts(planned: &Planned, width: usize) -> Vec<Line> {
    let changes: Vec<&Step> = planned.plan.changes().collect();
    let refused = planned.refusals.iter().map(|r| (Tone::Bad, "REFUSED", r.clone()));
    let count = |pick: &dyn Fn(&Step) -> bool| changes.iter().filter(|s| pick(s)).count();
    let waits = |s: &Step| matches!(s.verdict, Verdict::NeedsAck { .. });
    let told = |tone: Tone, word: &'static str, n: usize, what: &str, rest: &str| {
        (n > 0).then(|| {
            let (subject, verb) = (plural(n, what), if n == 1 { ("s", "is") } else { ("", "are") });
            (tone, word, format!("{subject} {}", rest.replace("{s}", verb.0).replace("{is}", verb.1)))
        })
    };
    let loss = |s: &Step| s.risk() == Level::Loss;
    let allowed = |s: &Step| loss(s) && s.findings.iter().all(|f| f.level < Level::Loss || f.allowed.is_some());
    let blocked = count(&|s| matches!(s.verdict, Verdict::Blocked { .. }));
    let unknown = count(&|s| matches!(s.verdict, Verdict::Unknown { .. }));
    let told = [
        told(
            Tone::Bad,
            "LOSS",
            count(&|s| loss(s) && waits(s)),
            "change",
            "destroy{s} data or position and {is} not applied unless acknowledged",
        ),
        told(
            Tone::Careful,
            "LOSS",
            count(&|s| loss(s) && s.verdict == Verdict::Go && !allowed(s)),
            "change",
            "destroy{s} data or position, as acknowledged",
        ),
        told(
            Tone::Careful,
            "LOSS",
            count(&|s| s.verdict == Verdict::Go && allowed(s)),
            "change",
            "destroy{s} data or position, within what `allow_data_loss` allows",
        ),
        told(Tone::Careful, "RISK", count(&|s| !loss(s) && waits(s)), "change", "{is} not applied unless acknowledged"),
        told(Tone::Bad, "BLOCKED", blocked, "change", "cannot be applied"),
        told(Tone::Bad, "UNKNOWN", unknown, "object", "could not be read"),
    ];
    let incomplete = (!planned.plan.complete && unknown == 0)
        .then(|| (Tone::Bad, "UNKNOWN", "not everything could be read".to_owned()));
    let digest =
        planned.digest.as_ref().map(|token| (Tone::Plain, "", format!("all of them at once: --ack '{token}'")));
    let all = refused.chain(told.into_iter().flatten()).chain(incomplete).chain(digest);
    all.flat_map(|(tone, word, text)| hang(Line::default().add(tone, word).plain("  "), Tone::Plain, &text, width))
        .collect()
}

/// What the environment expects and the live system is not.
pub(super) fn expectations(unmet: &[Expectation], width: usize) -> Vec<Line> {
    if unmet.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default().add(Tone::Bad, format!("Expected otherwise ({})", unmet.len()))];
    for e in unmet {
        let source = e.source.as_ref().map(super::changes::place).unwrap_or_default();
        let text = format!("{}  wanted {}, found {}", e.path, e.wanted, e.found);
        lines.push(Line::indent(2).add(Tone::Bad, "! ").plain(text).right(Tone::Faint, &source, width));
    }
    lines
}

/// Whether a step stands among the changes, and not only in the section of reverted drift.
fn main_section(step: &Step) -> bool {
    step.is_change() && !reverts_only(step)
}

fn reverts_only(step: &Step) -> bool {
    let along = step.goes_with.is_some();
    !along && (step.drift || (!step.changes.is_empty() && step.changes.iter().all(|c| c.drift)))
}

/// Where each step stands: among the changes, among the reverted drift, or with some of its fields there too.
pub(super) fn places_of<'a>(cx: &Context<'_>, planned: &'a Planned) -> (Vec<&'a Step>, Vec<&'a Step>, Vec<&'a Step>) {
    let all = planned.plan.steps.iter();
    let main = all.filter(|s| main_section(s) || (cx.style.verbose && !s.is_change())).collect();
    let mut whole: Vec<&Step> = planned.plan.changes().filter(|s| reverts_only(s)).collect();
    whole.sort_by_cached_key(|s| order(s));
    let parts = planned.plan.changes().filter(|s| main_section(s) && s.changes.iter().any(|c| c.drift)).collect();
    (main, whole, parts)
}

fn steps(cx: &Context<'_>, planned: &Planned) -> Vec<Line> {
    let (mut steps, _, _) = places_of(cx, planned);
    steps.sort_by_cached_key(|s| order(s));
    let ops = step::ops(&planned.plan);
    let own = |c: &Change| !c.drift;
    let mut lines = Vec::new();
    for entry in groups::group(cx, &steps) {
        lines.extend(match entry {
            Entry::One(step) => step::lines(cx, &ops, step, &own),
            Entry::Many(steps) => groups::lines(cx, &steps),
        });
    }
    lines
}

/// What reverts somebody else's edits: whole steps, and single fields of steps that stand above too.
fn drift(cx: &Context<'_>, planned: &Planned) -> Vec<Line> {
    let (_, whole, parts) = places_of(cx, planned);
    if whole.is_empty() && parts.is_empty() {
        return Vec::new();
    }
    let ops = step::ops(&planned.plan);
    let title = format!("Drift this plan reverts ({})", whole.len() + parts.len());
    let mut lines = vec![Line::default().add(Tone::Strong, title)];
    for entry in groups::group(cx, &whole) {
        lines.extend(match entry {
            Entry::One(step) => step::lines(cx, &ops, step, &|_| true),
            Entry::Many(steps) => groups::lines(cx, &steps),
        });
    }
    for step in parts {
        let bare = Step { findings: Vec::new(), reason: None, source: None, ..step.clone() };
        lines.extend(step::lines(cx, &ops, &bare, &|c| c.drift));
    }
    lines
}

/// Risk first, then what no document declares and is made all the same (the inventory's bucket: everything else waits for
/// it), then an object followed by what lives in it.
pub(super) fn order(step: &Step) -> impl Ord + use<> {
    let risk = std::cmp::Reverse(step.risk().max(Level::Note));
    let unsure = match step.verdict {
        Verdict::Go | Verdict::NeedsAck { .. } if step.is_change() => 0,
        Verdict::Blocked { .. } => 1,
        Verdict::Unknown { .. } => 2,
        _ => 3,
    };
    let declared = step.action != Action::Create || step.source.is_some();
    let a = &step.address;
    (risk, unsure, declared, a.scope.clone(), a.parts.clone(), a.kind.clone())
}

/// A titled list of addresses.
pub(super) fn addresses(title: &str, all: &[Address], cx: &Context<'_>) -> Vec<Line> {
    const SHOWN: usize = 20;
    if all.is_empty() {
        return Vec::new();
    }
    let shown = if cx.style.verbose { all.len() } else { SHOWN };
    let mut lines = vec![Line::default().add(Tone::Strong, format!("{title} ({})", all.len()))];
    lines.extend(all.iter().take(shown).map(|a| Line::indent(2).plain("  ").plain(a.text(cx.scoped))));
    if all.len() > shown {
        lines.push(Line::indent(4).add(Tone::Faint, format!("and {} more (all with -v)", all.len() - shown)));
    }
    lines
}

pub(super) fn notes(notes: &[String], width: usize) -> Vec<Line> {
    notes.iter().flat_map(|n| hang(Line::default().add(Tone::Hint, "note: "), Tone::Plain, n, width)).collect()
}

/// How many objects each word of the counts stands for, in their order.
pub(super) fn counts(planned: &Planned) -> [(&'static str, usize); 8] {
    let of = |action: Action| {
        let sure = |s: &&Step| !matches!(s.verdict, Verdict::Blocked { .. } | Verdict::Unknown { .. });
        (action.word(), planned.plan.steps.iter().filter(|s| s.action == action).filter(sure).count())
    };
    let with = |word: &'static str| (word, planned.plan.steps.iter().filter(|s| s.verdict.word() == word).count());
    [
        of(Action::Create),
        of(Action::Update),
        of(Action::Replace),
        of(Action::Delete),
        of(Action::Adopt),
        of(Action::Forget),
        with("blocked"),
        with("unknown"),
    ]
}

/// `2 create · 1 update`; empty where nothing changes.
fn counted(planned: &Planned) -> String {
    let some = counts(planned).into_iter().filter(|(_, n)| *n > 0);
    let words = some.map(|(word, n)| format!("{} {word}", grouped(u64::try_from(n).unwrap_or(u64::MAX))));
    words.collect::<Vec<_>>().join(" · ")
}

/// The counts line without what it needs: `Plan: 2 create` or `No changes.`.
pub(super) fn summary(planned: &Planned) -> String {
    let counts = counted(planned);
    if counts.is_empty() { "No changes.".to_owned() } else { format!("Plan: {counts}") }
}

fn last(planned: &Planned, width: usize) -> Line {
    let counts = counted(planned);
    if counts.is_empty() {
        return Line::default().add(Tone::Good, "No changes.");
    }
    let tokens = planned.plan.steps.iter().flat_map(|s| match &s.verdict {
        Verdict::NeedsAck { tokens } => tokens.as_slice(),
        _ => &[],
    });
    // what lives in an object waits for the same tokens
    let waiting = tokens.collect::<BTreeSet<_>>().len();
    let needs = if waiting == 0 { String::new() } else { format!("needs {}", plural(waiting, "acknowledgement")) };
    Line::default().add(Tone::Strong, "Plan: ").plain(counts).right(Tone::Bad, &needs, width)
}
