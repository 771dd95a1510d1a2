//! A metric that nothing exports: the alert never fires, and nobody notices.

use super::{Check, Finding, Rule, Subject, text};
use crate::{
    promql::{self, Tool},
    units,
};
use std::collections::BTreeSet;

pub struct MetricUnknown;

/// What the metrics of NATS' exporters begin with.
const NATS: [&str; 3] = ["nats_", "gnatsd_", "jetstream_"];
/// Series that Prometheus makes itself.
const BUILT_IN: [&str; 3] = ["up", "ALERTS", "ALERTS_FOR_STATE"];

impl Check for MetricUnknown {
    fn id(&self) -> &'static str {
        "metric-unknown"
    }

    fn code(&self) -> &'static str {
        "NF0601"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["promql/series"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let mut seen = BTreeSet::new();
            for (name, selector) in rule.metrics() {
                if known(name, rule, subject) || !seen.insert(name) {
                    continue;
                }
                let nats = NATS.iter().any(|prefix| name.starts_with(prefix));
                let live = subject.server(rule).and_then(super::Server::names);
                let place = Rule::name_of(selector);
                let finding = match (nats, live) {
                    (false, None) => continue,
                    (false, Some(_)) => {
                        Finding::warning(rule.index, place, format!("the server has no metric `{name}`"))
                    }
                    (true, None) => {
                        Finding::warning(rule.index, place, format!("no NATS exporter has a metric `{name}`"))
                    }
                    (true, Some(_)) => {
                        let message = format!("neither a NATS exporter nor the server has a metric `{name}`");
                        Finding::error(rule.index, place, message)
                    }
                };
                out.push(meant(name, live).into_iter().fold(finding, Finding::help));
            }
        }
        out
    }
}

fn known(name: &str, rule: &Rule<'_>, subject: &Subject<'_>) -> bool {
    BUILT_IN.contains(&name)
        || name.starts_with("scrape_")
        || subject.records(name)
        || promql::lookup(name).iter().any(|metric| !metric.never_emitted)
        || subject.server(rule).is_some_and(|server| server.has(name))
}

/// What was probably meant.
fn meant(name: &str, live: Option<&BTreeSet<&str>>) -> Vec<String> {
    if let Some(metric) = promql::lookup(name).first().filter(|metric| metric.never_emitted) {
        let tool = if metric.tool == Tool::Surveyor { "nats-surveyor" } else { "prometheus-nats-exporter" };
        return vec![format!("{tool} declares it and never sends it")];
    }
    if let Some((_, sentence)) = promql::aliases(name) {
        return vec![format!("did you mean {sentence}?")];
    }
    let shipped = if NATS.iter().any(|prefix| name.starts_with(prefix)) { promql::nearest(name) } else { Vec::new() };
    let mut names = shipped;
    names.extend(text::nearest(name, live.into_iter().flatten().copied()));
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    if names.is_empty() {
        Vec::new()
    } else {
        vec![format!("did you mean {}?", units::listed(names.iter().take(3), "or"))]
    }
}
