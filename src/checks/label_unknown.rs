//! A label that a metric never has: the matcher never fits, and `by` makes one group of everything.

use super::{Check, Finding, Place, Subject, text};
use crate::promql::{self, Metric, Selector, Span};
use std::collections::BTreeSet;

pub struct LabelUnknown;

impl Check for LabelUnknown {
    fn id(&self) -> &'static str {
        "label-unknown"
    }

    fn code(&self) -> &'static str {
        "NF0602"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["promql/series", "promql/aggregate"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let given = subject.server(rule).map(super::Server::labels);
            let mut say = |label: &str, span: Span, metric: &str| {
                if let Some(finding) = judge(label, metric, given) {
                    let message = format!("`{metric}` has no label `{label}`");
                    let found = Finding::warning(rule.index, Place::Expr(span), message);
                    out.push(finding.into_iter().fold(found, Finding::help));
                }
            };
            for (name, selector) in rule.metrics() {
                for matcher in selector.matchers.iter().filter(|m| !m.value.is_empty()) {
                    say(&matcher.label, matcher.label_span, name);
                }
            }
            for aggregate in rule.expr.aggregates() {
                let Some(grouping) = aggregate.grouping.as_ref().filter(|g| g.word == "by") else { continue };
                let Some(name) = only_metric(&aggregate.inner) else { continue };
                grouping.labels.iter().for_each(|(label, span)| say(label, *span, name));
            }
        }
        out
    }
}

/// The one metric of an expression whose labels nothing changes.
fn only_metric(node: &promql::Node) -> Option<&str> {
    let mut selectors: Vec<&Selector> = Vec::new();
    for node in node.walk() {
        match &node.kind {
            promql::NodeKind::Selector(selector) => selectors.push(selector),
            promql::NodeKind::Call(call) if call.name.starts_with("label_") => return None,
            promql::NodeKind::Binary(_) | promql::NodeKind::Aggregate(_) => return None,
            _ => {}
        }
    }
    match &selectors[..] {
        [one] => one.name.as_deref(),
        _ => None,
    }
}

/// `None`: nothing is wrong, or nobody can tell. Else lines of help. A target can have labels that no exporter knows of, so
/// without a server only what is nearly a label of the metric is wrong.
fn judge(label: &str, metric: &str, given: Option<&BTreeSet<&str>>) -> Option<Vec<String>> {
    let known = promql::lookup(metric);
    if known.is_empty() || known.iter().any(|m| m.has_label(label)) || given.is_some_and(|g| g.contains(label)) {
        return None;
    }
    let labels: BTreeSet<&str> = known.iter().flat_map(|m: &&Metric| m.labels.iter().map(String::as_str)).collect();
    let near = text::nearest(label, labels.iter().copied());
    let meant = twin(label).filter(|twin| labels.contains(twin)).or_else(|| near.first().copied());
    if meant.is_none() && given.is_none() {
        return None;
    }
    let meant = meant.map(|label| format!("did you mean `{label}`?"));
    let has = match labels.len() {
        0 => "it has no label but those of its target".to_owned(),
        _ => format!("it has {}", text::listed(&labels)),
    };
    Some(meant.into_iter().chain([has]).collect())
}

/// What the other one of NATS' exporters calls the same.
fn twin(label: &str) -> Option<&'static str> {
    const TWINS: [(&str, &str); 4] = [
        ("stream", "stream_name"),
        ("consumer", "consumer_name"),
        ("cluster_name", "cluster"),
        ("raft_group", "stream_raft_group"),
    ];
    TWINS.iter().find_map(|(a, b)| match label {
        label if label == *a => Some(*b),
        label if label == *b => Some(*a),
        _ => None,
    })
}
