//! A drift report as a comment or the body of an issue.

use super::{
    super::{Context, Humanise, Style, drift_text, line::print, plural},
    details,
    escape::{code, prose},
    opening,
    page::{Page, Section},
    places, problems,
};
use crate::model::{Address, Diagnostic, Drifted};

/// A drift report as Markdown.
pub fn drift(drifted: &Drifted, diagnostics: &[Diagnostic], verbose: bool, humanise: &Humanise<'_>) -> String {
    let style = Style { color: false, width: 100, verbose };
    let cx = Context { style: &style, humanise, scoped: drifted.scoped };
    let head = |short: bool| {
        let mut out = opening("drift", &drifted.header, &verdict(drifted));
        out.push_str(&gone(&cx, drifted, short));
        let summary = print(&[drift_text::coverage(drifted)], false);
        out.push_str(&format!("{}\n", prose(summary.trim())));
        out + &places(&drifted.header)
    };
    let sections = [
        problems(diagnostics),
        details::expectations(&drifted.expectations),
        details::steps(&cx, "Changed outside, as a plan would revert it", &drifted.changed),
        details::addresses("Unowned: live, and nobody's", &drifted.unowned, &cx),
        details::notes(&drifted.notes),
    ];
    Page::of(head, Section::some(sections)).print("`natsform drift` shows all of them")
}

fn verdict(drifted: &Drifted) -> String {
    let counts =
        [(drifted.changed.len(), "changed"), (drifted.missing.len(), "missing"), (drifted.expectations.len(), "unmet")];
    let told: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let unread = match drifted.unknown.len() {
        0 if drifted.complete => None,
        0 => Some("not everything could be read".to_owned()),
        n => Some(format!("{} could not be read", plural(n, "object"))),
    };
    match (told.is_empty(), unread) {
        (true, None) => "🟢 no drift".to_owned(),
        (true, Some(unread)) => format!("🟡 incomplete: {unread}; no drift in the rest"),
        (false, None) => format!("🔴 drift: {}", told.join(" · ")),
        (false, Some(unread)) => format!("🔴 drift: {}; {unread}", told.join(" · ")),
    }
}

/// What is missing or could not be read, and every changed object by name: never cut.
fn gone(cx: &Context<'_>, drifted: &Drifted, short: bool) -> String {
    let name = |a: &Address| code(&a.text(cx.scoped));
    let because = |why: &str| match why.is_empty() || short {
        true => String::new(),
        false => format!(": {}", prose(why)),
    };
    let missing = drifted
        .missing
        .iter()
        .map(|(a, known)| format!("- 🔴 **MISSING** {}{}\n", name(a), because(known.as_deref().unwrap_or_default())));
    let unknown = drifted.unknown.iter().map(|(a, why)| format!("- 🟡 **UNKNOWN** {}{}\n", name(a), because(why)));
    let changed = drifted
        .changed
        .iter()
        .map(|s| format!("- 🔴 **CHANGED** {}: {}\n", name(&s.address), plural(s.changes.len(), "field")));
    let all: String = missing.chain(unknown).chain(changed).collect();
    if all.is_empty() { all } else { all + "\n" }
}
