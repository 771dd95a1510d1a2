//! A metric that every process has, without a word about which one is meant.

use super::{Check, Finding, Rule, Subject};
use crate::promql::{Node, NodeKind, Selector};
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
            let relative = relative(rule);
            for (name, selector) in rule.metrics().filter(|(name, s)| everybodys(name) && s.matchers.is_empty()) {
                let meant = absent.contains(&selector.span.at)
                    || relative.contains(name)
                    || name == "up" && keeps_job(rule, selector);
                if meant || !seen.insert(name) {
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

/// Metrics that every process has of its own and that are divided by another such one: the same share is the same for
/// all, as of `process_open_fds / process_max_fds`.
fn relative<'r>(rule: &'r Rule<'_>) -> BTreeSet<&'r str> {
    let mut out = BTreeSet::new();
    for division in rule.expr.divisions() {
        let (lhs, rhs) = (names(division.lhs), names(division.rhs));
        if !lhs.is_empty() && !rhs.is_empty() {
            out.extend(lhs.into_iter().chain(rhs));
        }
    }
    out
}

fn names(node: &Node) -> Vec<&str> {
    let names = node.walk().into_iter().filter_map(|node| match &node.kind {
        NodeKind::Selector(selector) => selector.name.as_deref(),
        _ => None,
    });
    names.filter(|name| everybodys(name) && *name != "up").collect()
}

/// Whether the result still says which job it speaks of: `up == 0` is about each by itself, `sum(up)` about all at once.
fn keeps_job(rule: &Rule<'_>, selector: &Selector) -> bool {
    let holds = |node: &Node| node.span.at <= selector.span.at && selector.span.end() <= node.span.end();
    rule.expr.root().walk().into_iter().all(|node| match &node.kind {
        NodeKind::Aggregate(agg) if holds(&agg.inner) => match &agg.grouping {
            Some(grouping) => (grouping.word == "by") == grouping.labels.iter().any(|(label, _)| label == "job"),
            None => matches!(agg.op.as_str(), "topk" | "bottomk"),
        },
        _ => true,
    })
}

/// Where the selectors within `absent` begin: there it is asked whether anything is there at all.
fn within_absent(rule: &Rule<'_>) -> BTreeSet<usize> {
    let calls = rule.expr.calls().into_iter().filter(|call| call.name.starts_with("absent"));
    let nodes = calls.flat_map(|call| &call.args).flat_map(|arg| arg.walk());
    let start =
        |kind: &NodeKind| if let NodeKind::Selector(s) = kind { Some(Selector::clone(s).span.at) } else { None };
    nodes.filter_map(|node| start(&node.kind)).collect()
}
