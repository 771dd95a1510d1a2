//! Lost alerts in words.

use super::fate::{Reset, Why};
use crate::{
    model::{Value, json},
    promql::print_seconds,
};
use std::collections::BTreeMap;

/// How many names stand in a sentence.
const NAMES: usize = 3;
/// How many reasons stand below it.
const REASONS: usize = 5;

/// One lost alert for programs.
pub fn data(reset: &Reset<'_>) -> Value {
    json!({
        "group": reset.group,
        "alert": reset.rule,
        "state": if reset.firing { "firing" } else { "pending" },
        "labels": reset.labels,
        "reason": why(&reset.why, reset.certain),
        "certain": reset.certain,
    })
}

/// The sentence: how many, which, what becomes of them, and what people will be told.
pub fn message(lost: &[Reset<'_>], resolved_after: f64) -> String {
    let firing = lost.iter().filter(|r| r.firing).count();
    let who = format!("{} ({})", counted(firing, lost.len() - firing), names(lost));
    let open = lost.iter().filter(|r| !r.certain).count();
    let mut out = match open {
        0 => format!("{who} will {}", becomes(lost)),
        n if n == lost.len() => {
            format!("{who} will {}, unless the new expression still gives them", becomes(lost))
        }
        n => {
            format!("{who} will {}, {n} of them only if the new expression does not give them any more", becomes(lost))
        }
    };
    if firing > 0 {
        let what = if firing == 1 && lost.len() == 1 { "the old one" } else { "the old ones" };
        out.push_str(&format!("; Alertmanager resolves {what} after about {}", print_seconds(resolved_after)));
        if lost.iter().any(|r| r.firing && r.pending.is_some()) {
            out.push_str(" and notifies again");
        }
    }
    out
}

fn counted(firing: usize, pending: usize) -> String {
    let alerts = |n: usize| if n == 1 { "alert" } else { "alerts" };
    match (firing, pending) {
        (f, 0) => format!("{f} firing {}", alerts(f)),
        (0, p) => format!("{p} pending {}", alerts(p)),
        (f, p) => format!("{f} firing and {p} pending alerts"),
    }
}

fn names(lost: &[Reset<'_>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    lost.iter().for_each(|reset| *counts.entry(reset.rule).or_default() += 1);
    let several = counts.len() > 1;
    let one = |(name, n): (&&str, &usize)| if several { format!("{name} {n}") } else { (*name).to_owned() };
    let mut out: Vec<String> = counts.iter().take(NAMES).map(one).collect();
    if counts.len() > NAMES {
        out.push(format!("{} more", counts.len() - NAMES));
    }
    out.join(", ")
}

/// What becomes of them.
fn becomes(lost: &[Reset<'_>]) -> String {
    let longest = lost.iter().filter_map(|r| r.pending).fold(0.0, f64::max);
    let all_stay = lost.iter().all(|r| r.pending.is_some());
    let same = lost.iter().all(|r| r.pending.is_some_and(|s| (s - longest).abs() < 0.0005));
    match (all_stay, longest > 0.0) {
        _ if lost.iter().all(|r| r.pending.is_none()) => "end".to_owned(),
        (true, true) if !lost.iter().any(|r| r.firing) => format!("be pending for {} anew", print_seconds(longest)),
        (true, true) if same => format!("drop to pending for {}", print_seconds(longest)),
        (true, true) => format!("drop to pending for up to {}", print_seconds(longest)),
        (true, false) => "begin anew".to_owned(),
        (false, _) => "lose their state".to_owned(),
    }
}

/// What belongs to which alert, in one line.
pub fn reasons(lost: &[Reset<'_>]) -> Option<String> {
    let mut groups: Vec<(String, &str, usize)> = Vec::new();
    for reset in lost {
        let why = why(&reset.why, reset.certain);
        match groups.iter_mut().find(|(w, rule, _)| *w == why && *rule == reset.rule) {
            Some((_, _, n)) => *n += 1,
            None => groups.push((why, reset.rule, 1)),
        }
    }
    let mut out: Vec<String> =
        groups.iter().take(REASONS).map(|(why, rule, n)| format!("{rule} ({n}): {why}")).collect();
    if groups.len() > REASONS {
        out.push(format!("and {} more", groups.len() - REASONS));
    }
    Some(out.join("; "))
}

fn why(why: &Why, certain: bool) -> String {
    match why {
        Why::Document => "its document goes".into(),
        Why::Group => "its group goes or has another name or file".into(),
        Why::Gone => "its rule goes".into(),
        Why::Renamed(name) => format!("it is called {name} now"),
        Why::Labels(names) if names.is_empty() => "its rule goes".into(),
        Why::Labels(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "{} {} changes: to the server it is another alert",
                if names.len() == 1 { "its label" } else { "one of its labels" },
                names.join(", ")
            )
        }
        Why::Second => "another rule of its name and labels takes its place".into(),
        Why::Limit => "the group's `limit` lets fewer alerts through".into(),
        Why::Keep => "only `keep_firing_for` keeps it, which is shorter now or goes".into(),
        Why::For => "`for` is longer than it has been active".into(),
        Why::Expression if certain => "its new expression does not give it".into(),
        Why::Expression => "its expression changes".into(),
    }
}
