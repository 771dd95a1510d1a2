//! A metric that its exporter has only with a flag.

use super::{Check, Finding, Rule, Subject};
use crate::{
    promql::{self, Metric, Tool},
    units,
};
use std::collections::BTreeSet;

pub struct MetricNeedsFlag;

impl Check for MetricNeedsFlag {
    fn id(&self) -> &'static str {
        "metric-needs-flag"
    }

    fn code(&self) -> &'static str {
        "NF0611"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        let mut said = BTreeSet::new();
        for rule in subject.rules {
            for (name, selector) in rule.metrics() {
                let metrics = promql::lookup(name);
                let plain = |metric: &&Metric| metric.flags.is_empty() && !metric.prefixed;
                if metrics.is_empty() || metrics.iter().any(plain) || subject.records(name) {
                    continue;
                }
                // one that does not say what it has tells nothing
                let server = subject.server(rule).filter(|server| server.names().is_some());
                // once for each metric: the flag is one, too
                if server.is_some_and(|server| server.has(name))
                    || !said.insert((name, rule.resource.address.scope.as_str()))
                {
                    continue;
                }
                let place = Rule::name_of(selector);
                let finding = match server {
                    Some(_) => {
                        let message = format!("the server has no `{name}`: its exporter has it only with a flag");
                        Finding::warning(rule.index, place, message)
                    }
                    None => {
                        Finding::note(rule.index, place, format!("`{name}` is there only with a flag of its exporter"))
                    }
                };
                out.push(finding.help(metrics.iter().map(|metric| needs(metric)).collect::<Vec<_>>().join("; or ")));
            }
        }
        out
    }
}

fn needs(metric: &Metric) -> String {
    let tool = match metric.tool {
        Tool::Surveyor => "nats-surveyor",
        Tool::Exporter => "prometheus-nats-exporter",
    };
    let flags = units::listed(&metric.flags, "or");
    match (flags.is_empty(), metric.prefixed) {
        (true, _) => format!("{tool} with `-prefix nats`"),
        (false, true) => format!("{tool} with {flags}, and with `-prefix nats`"),
        (false, false) => format!("{tool} with {flags}"),
    }
}
