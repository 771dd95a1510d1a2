//! A metric that every process has, without a word about which one is meant.

use super::{Check, Finding, Rule, Subject};
use crate::promql::{NodeKind, Selector};
use std::collections::BTreeSet;

pub struct Unscoped;

impl Check for Unscoped {
    fn id(&self) -> &'static str {
        "unscoped"
    }

    fn code(&self) -> &'static str {
        "NF0609"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let mut seen = BTreeSet::new();
            let absent = within_absent(rule);
            for (name, selector) in rule.metrics().filter(|(name, s)| everybodys(name) && s.matchers.is_empty()) {
                if absent.contains(&selector.span.at) || !seen.insert(name) {
                    continue;
                }
                let message = format!("`{name}` is a metric of every job, and no matcher says which are meant");
                let finding = Finding::note(rule.index, Rule::name_of(selector), message);
                let help = match subject.server(rule).map(|server| server.jobs().len()).filter(|n| *n > 1) {
                    Some(n) => format!("it speaks of all {n} jobs: say which, as `{name}{{job=\"…\"}}`"),
                    None => format!("it speaks of Prometheus and of each exporter, too: `{name}{{job=\"…\"}}`"),
                };
                out.push(finding.help(help));
            }
        }
        out
    }
}

fn everybodys(name: &str) -> bool {
    name == "up" || name.starts_with("process_") || name.starts_with("go_")
}

/// Where the selectors within `absent` begin: there it is asked whether anything is there at all.
fn within_absent(rule: &Rule<'_>) -> BTreeSet<usize> {
    let calls = rule.expr.calls().into_iter().filter(|call| call.name.starts_with("absent"));
    let nodes = calls.flat_map(|call| &call.args).flat_map(|arg| arg.walk());
    let start =
        |kind: &NodeKind| if let NodeKind::Selector(s) = kind { Some(Selector::clone(s).span.at) } else { None };
    nodes.filter_map(|node| start(&node.kind)).collect()
}
