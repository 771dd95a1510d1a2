//! An alert that is called after a server and asks after the process that watches it.

use super::{Check, Finding, Rule, Subject};
use crate::promql::MatchOp;

pub struct AlertNameVsTarget;

/// What the names of jobs say that only watch others.
const WATCHERS: [&str; 4] = ["surveyor", "exporter", "blackbox", "probe"];

impl Check for AlertNameVsTarget {
    fn id(&self) -> &'static str {
        "alert-name-vs-target"
    }

    fn code(&self) -> &'static str {
        "NF0610"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        subject.rules.iter().filter(|rule| rule.alerts).filter_map(look).collect()
    }
}

fn look(rule: &Rule<'_>) -> Option<Finding> {
    let selectors = rule.expr.selectors();
    // what asks more than whether a scrape works knows about the server itself
    let first = selectors.first().filter(|_| selectors.iter().all(|s| s.name.as_deref() == Some("up")))?;
    let job = selectors.iter().map(|s| {
        let equal = s.matchers.iter().find(|m| m.label == "job" && m.op == MatchOp::Equal)?;
        let job = equal.value.to_lowercase();
        WATCHERS.iter().find(|word| job.contains(*word)).map(|word| (equal.value.as_str(), *word))
    });
    let watchers = job.collect::<Option<Vec<_>>>()?;
    let (job, word) = watchers.first()?;
    let name = rule.name.to_lowercase();
    let honest = ["monitoring", "metrics", "scrape", "target"].into_iter().chain(WATCHERS);
    if honest.into_iter().any(|word| name.contains(word)) {
        return None;
    }
    let message =
        format!("`{}` fires when the job `{job}` does not answer, not when what it watches is down", rule.name);
    let help = match *word {
        "surveyor" => "a lost server shows as `nats_survey_surveyed_count < nats_survey_expected_count`",
        "exporter" => {
            "a lost server shows in a metric of the exporter, as `nats_up`, `nats_healthz_status_value` or `pg_up`"
        }
        _ => "what a probe found shows in `probe_success`",
    };
    Some(Finding::note(rule.index, Rule::name_of(first), message).help(help))
}
