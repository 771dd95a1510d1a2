//! What drifted, for people.

use super::{
    Context, Humanise, Style,
    line::{Line, Tone, hang, print},
    step::{self, Ops},
    text::{addresses, expectations, header, joined, notes},
};
use crate::{
    model::{Address, Drifted, Step},
    units::grouped,
};

/// A drift report as text. Its last line is `No drift.` or begins with `Drift: `.
pub fn drift(drifted: &Drifted, style: &Style, humanise: &Humanise<'_>) -> String {
    let cx = Context { style, humanise, scoped: drifted.scoped };
    let missing = drifted.missing.iter().map(|(a, known)| (a, known.as_deref().unwrap_or_default()));
    let unknown = drifted.unknown.iter().map(|(a, why)| (a, why.as_str()));
    let blocks = vec![
        expectations(&drifted.expectations, style.width),
        changed(&cx, &drifted.changed),
        named(&cx, "Missing: ours, and gone", "-", &missing.collect::<Vec<_>>()),
        named(&cx, "Not readable", "?", &unknown.collect::<Vec<_>>()),
        addresses("Unowned: live, and nobody's", &drifted.unowned, &cx),
        notes(&drifted.notes, style.width),
        vec![coverage(drifted), last(drifted)],
    ];
    print(&joined(header(&drifted.header, style.width), blocks), style.color)
}

fn changed(cx: &Context<'_>, steps: &[Step]) -> Vec<Line> {
    if steps.is_empty() {
        return Vec::new();
    }
    let title = format!("Changed outside ({}), as a plan would revert it", steps.len());
    let mut lines = vec![Line::default().add(Tone::Strong, title)];
    lines.extend(steps.iter().flat_map(|s| step::lines(cx, &Ops::new(), s, &|_| true)));
    lines
}

fn named(cx: &Context<'_>, title: &str, symbol: &str, all: &[(&Address, &str)]) -> Vec<Line> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default().add(Tone::Strong, format!("{title} ({})", all.len()))];
    for (address, text) in all {
        let head = Line::indent(2).add(Tone::Bad, format!("{symbol} ")).add(Tone::Strong, address.text(cx.scoped));
        let gap = if text.is_empty() { "" } else { "  " };
        lines.extend(hang(head.plain(gap), Tone::Plain, text, cx.style.width));
    }
    lines
}

/// `declared 1,204 of 1,377 objects, 87 %`.
pub(super) fn coverage(drifted: &Drifted) -> Line {
    let show = |n: usize| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let percent = match drifted.total {
        0 => String::new(),
        total => format!(", {} %", drifted.declared * 100 / total),
    };
    let text = format!("declared {} of {} objects{percent}", show(drifted.declared), show(drifted.total));
    Line::default().plain(text)
}

pub(super) fn last(drifted: &Drifted) -> Line {
    let counts = [
        (drifted.changed.len(), "changed"),
        (drifted.missing.len(), "missing"),
        (drifted.expectations.len(), "unmet"),
        (drifted.unknown.len(), "unknown"),
    ];
    let told: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if told.is_empty() {
        return Line::default()
            .add(Tone::Good, if drifted.complete { "No drift." } else { "No drift in what could be read." });
    }
    Line::default().add(Tone::Strong, "Drift: ").plain(told.join(" · "))
}
