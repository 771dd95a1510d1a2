//! Both of NATS' exporters are scraped, and call the same thing by one name: everything is there twice.

use super::{Check, Finding, Rule, Server, Subject, text};
use crate::promql::{self, Selector, Tool};
use std::collections::BTreeSet;

pub struct BothExporters;

impl Check for BothExporters {
    fn id(&self) -> &'static str {
        "both-exporters"
    }

    fn code(&self) -> &'static str {
        "NF0615"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let Some(server) = subject.server(rule) else { continue };
            let mut seen = BTreeSet::new();
            for (name, selector) in rule.metrics() {
                let jobs = yielding(name, selector, server);
                if jobs.len() < 2 || of_one_tool(name, selector) || !seen.insert(name) {
                    continue;
                }
                let message = format!("`{name}` comes from two exporters of NATS, by the jobs {}", text::listed(&jobs));
                let help = format!("each counts the same: say which one is meant, as `{name}{{job=\"{}\"}}`", jobs[0]);
                out.push(Finding::warning(rule.index, Rule::name_of(selector), message).help(help));
            }
        }
        out
    }
}

/// Whether a matcher needs a label that only one of the tools has.
fn of_one_tool(name: &str, selector: &Selector) -> bool {
    let metrics = promql::lookup(name);
    selector.matchers.iter().filter(|m| !m.value.is_empty()).any(|matcher| {
        metrics.iter().any(|metric| metric.has_label(&matcher.label))
            && !metrics.iter().all(|m| m.has_label(&matcher.label))
    })
}

/// The jobs that yield a metric which both tools have, where both do.
fn yielding<'w>(name: &str, selector: &Selector, server: &Server<'w>) -> Vec<&'w str> {
    let metrics = promql::lookup(name);
    let of = |tool: Tool| metrics.iter().any(|metric| metric.tool == tool);
    if !(of(Tool::Surveyor) && of(Tool::Exporter)) {
        return Vec::new();
    }
    let has = |job: &super::Job<'_>, prefixes: &[&str]| {
        let mut names = job.metrics.iter().flat_map(|m| m.keys());
        names.any(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
    };
    let jobs = server.jobs_of(selector);
    let with = |prefixes: &'static [&'static str]| {
        let yields = jobs.iter().filter(|(_, job)| job.metrics.as_ref().is_some_and(|m| m.contains_key(name)));
        yields.filter(|(_, job)| has(job, prefixes)).map(|(name, _)| *name).collect::<Vec<_>>()
    };
    // what only one of the tools has tells them apart
    let surveyors = with(&["nats_core_", "nats_survey_"]);
    let exporters: Vec<_> = with(&["nats_varz_", "nats_server_", "nats_connz_", "nats_account_", "nats_healthz_"])
        .into_iter()
        .filter(|job| !surveyors.contains(job))
        .collect();
    if surveyors.is_empty() || exporters.is_empty() { Vec::new() } else { [surveyors, exporters].concat() }
}
