//! NF2008: a subject is removed or narrowed. What is stored stays and stays readable; what is published from now on is
//! refused (JetStream publishers) or lost without a word (core publishers).

use super::Update;
use crate::{
    model::{Finding, Level},
    systems::jetstream::moves::uncaptured,
};

const CODE: &str = "NF2008";

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let gone = uncaptured(turn.before, turn.after);
    if gone.is_empty() {
        return Vec::new();
    }
    vec![turn.field(CODE, Level::Risk, "subjects", message(gone))]
}

fn message<'a>(gone: impl IntoIterator<Item = &'a str>) -> String {
    let gone: Vec<String> = gone.into_iter().map(|subject| format!("`{subject}`")).collect();
    let narrowed = if gone.len() == 1 { "is no longer captured whole" } else { "are no longer captured whole" };
    format!("{} {narrowed}: what is published there is lost or refused; what is stored stays", gone.join(", "))
}

/// Other streams take what a step gives up: only these subjects of its stream are still captured by none.
pub(crate) fn now_captured(findings: &mut Vec<Finding>, left: &[String]) {
    findings.retain(|finding| finding.code != CODE || !left.is_empty());
    for finding in findings.iter_mut().filter(|finding| finding.code == CODE) {
        finding.message = message(left.iter().map(String::as_str));
    }
}
