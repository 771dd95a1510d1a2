//! Objects and their changes, each folded up; lists of what needs nobody.

use super::{
    super::{
        Context, changes,
        groups::{self, Entry},
        line, plural, step,
        text::{order, places_of},
    },
    escape::{code, fence, html, prose},
    page::Section,
};
use crate::model::{Address, Change, Expectation, Level, Planned, Step, Verdict};

/// So many members of a group are named.
const NAMED: usize = 50;
/// So many addresses of a list are named.
const LISTED: usize = 100;

/// The changes that the manifests ask for.
pub(super) fn changes(cx: &Context<'_>, planned: &Planned) -> Section {
    let (main, _, _) = places_of(cx, planned);
    let mut steps: Vec<&Step> = main.into_iter().filter(|s| !matches!(s.verdict, Verdict::Unknown { .. })).collect();
    steps.sort_by_cached_key(|s| (order(s), s.action));
    Section::objects("", entries(cx, planned, &steps, &|c| !c.drift))
}

/// What reverts somebody else's edits.
pub(super) fn drift(cx: &Context<'_>, planned: &Planned) -> Section {
    let (_, whole, parts) = places_of(cx, planned);
    let title = format!("Drift this plan reverts ({})", whole.len() + parts.len());
    let mut items = entries(cx, planned, &whole, &|_| true);
    items.extend(parts.iter().map(|step| {
        let bare = Step { findings: Vec::new(), reason: None, ..(*step).clone() };
        (one(cx, &step::Ops::new(), &bare, &|c| c.drift), 1)
    }));
    Section::objects(&title, items)
}

/// Steps as they are, without a plan around them.
pub(super) fn steps(cx: &Context<'_>, title: &str, steps: &[Step]) -> Section {
    Section::objects(title, steps.iter().map(|s| (one(cx, &step::Ops::new(), s, &|_| true), 1)).collect())
}

fn entries(
    cx: &Context<'_>,
    planned: &Planned,
    steps: &[&Step],
    keep: &dyn Fn(&Change) -> bool,
) -> Vec<(String, usize)> {
    let ops = step::ops(&planned.plan);
    let each = groups::group(cx, steps).into_iter().map(|entry| match entry {
        Entry::One(step) => (one(cx, &ops, step, keep), 1),
        Entry::Many(steps) => (many(cx, &steps), steps.len()),
    });
    each.collect()
}

fn one(cx: &Context<'_>, ops: &step::Ops<'_>, step: &Step, keep: &dyn Fn(&Change) -> bool) -> String {
    let place = step.source.as_ref().map(|s| format!(" <code>{}</code>", html(&changes::place(s)))).unwrap_or_default();
    let title = format!("{} <code>{}</code>{place}", action(step), html(&step.address.text(cx.scoped)));
    let writes = step::writes(ops, step).map(|l| line::print(&[l], false)).unwrap_or_default();
    let mut body = reasons(step, "");
    if !writes.is_empty() {
        body.push_str(&format!("- {}\n", prose(writes.trim())));
    }
    folded(&title, &body, &changes::diff(cx, step, keep))
}

/// The same edit of several objects.
fn many(cx: &Context<'_>, steps: &[&Step]) -> String {
    let Some(first) = steps.first() else { return String::new() };
    let count = plural(steps.len(), &first.address.kind);
    let title = format!("{} <code>{}</code>", action(first), html(&count));
    let mut names: Vec<String> = steps.iter().take(NAMED).map(|s| code(&s.address.text(cx.scoped))).collect();
    if steps.len() > NAMED {
        names.push(format!("and {} more", steps.len() - NAMED));
    }
    let body = format!("{}- {}\n", reasons(first, "each: "), names.join(", "));
    folded(&title, &body, &changes::diff(cx, first, &|_| true))
}

/// `± replace`, and what stands in its way.
fn action(step: &Step) -> String {
    let state = match step.verdict {
        Verdict::Blocked { .. } => ", blocked",
        Verdict::Unknown { .. } => ", unknown",
        Verdict::NeedsAck { .. } => ", needs an acknowledgement",
        Verdict::Go => "",
    };
    format!("<code>{}</code> {}{state}", step::symbol(step), step.action.word())
}

/// Why, and what else is worth knowing.
fn reasons(step: &Step, each: &str) -> String {
    let reason =
        step.reason.iter().filter(|reason| !step::said(step, reason)).map(|reason| format!("- {}\n", prose(reason)));
    let notes = step.findings.iter().filter(|f| f.level < Level::Risk);
    let notes = notes.map(|f| {
        let more: String = step::beside(f).map(|text| format!("<br>{}", prose(text))).collect();
        format!("- {} {} {each}{}{more}\n", f.level.word(), f.code, prose(&f.message))
    });
    reason.chain(notes).collect()
}

/// How many characters of one object's diff are shown: a long one must not cost that the object is named.
const DIFF: usize = 20_000;

/// The first lines of a diff, and how many more there are.
fn cut(diff: &[String]) -> Vec<String> {
    let mut room = DIFF;
    let fits = |line: &&String| {
        let length = line.chars().count() + 1;
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    };
    let mut shown: Vec<String> = diff.iter().take_while(fits).cloned().collect();
    let more = diff.len() - shown.len();
    if more > 0 {
        shown.push(format!("… {more} more lines"));
    }
    shown
}

/// A part that a reader opens; nothing but its title where there is nothing to read.
fn folded(title: &str, body: &str, diff: &[String]) -> String {
    let diff = &cut(diff);
    let gap = if body.is_empty() || diff.is_empty() { "" } else { "\n" };
    let diff = if diff.is_empty() { String::new() } else { fence("diff", diff) };
    match body.is_empty() && diff.is_empty() {
        true => format!("<p>{title}</p>\n\n"),
        false => format!("<details><summary>{title}</summary>\n\n{body}{gap}{diff}\n</details>\n\n"),
    }
}

/// What the environment expects and the live system is not.
pub(super) fn expectations(unmet: &[Expectation]) -> Section {
    let one = |e: &Expectation| {
        let source = e.source.as_ref().map(|s| format!(" at {}", code(&changes::place(s)))).unwrap_or_default();
        format!("- {}{source}: wanted {}, found {}\n", code(&e.path), code(&e.wanted), code(&e.found))
    };
    Section::list("Expected otherwise", unmet.iter().map(one))
}

/// A titled list of addresses.
pub(super) fn addresses(title: &str, all: &[Address], cx: &Context<'_>) -> Section {
    if all.is_empty() {
        return Section::default();
    }
    let mut names: Vec<String> = all.iter().take(LISTED).map(|a| a.text(cx.scoped)).collect();
    if all.len() > LISTED {
        names.push(format!("and {} more", all.len() - LISTED));
    }
    let list = format!(
        "<details><summary>{} ({})</summary>\n\n{}\n</details>\n\n",
        html(title),
        all.len(),
        fence("text", &names)
    );
    Section::list("", std::iter::once(list))
}

/// Things to say.
pub(super) fn notes(notes: &[String]) -> Section {
    Section::list("", notes.iter().map(|note| format!("- note: {}\n", prose(note))))
}
