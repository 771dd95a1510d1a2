//! Every replica of a stream reports it, so that a sum counts it as often as it has replicas.

use super::{Check, Finding, Place, Subject};
use crate::{
    model::{Presence, Value},
    promql::{self, Aggregate, Node, NodeKind},
};

pub struct Replicas;

/// The address word of streams.
const STREAM: &str = "stream";

impl Check for Replicas {
    fn id(&self) -> &'static str {
        "replicas"
    }

    fn code(&self) -> &'static str {
        "NF0614"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let most = most_replicas(subject);
        if most == Some(1) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for rule in subject.rules {
            for aggregate in rule.expr.aggregates().into_iter().filter(|a| matches!(a.op.as_str(), "sum" | "count")) {
                let Some(metric) = repeated(aggregate) else { continue };
                let place = Place::Expr(aggregate.op_span);
                let message = format!("`{}` counts each replica: every replica reports `{metric}`", aggregate.op);
                let finding = match most {
                    Some(n) => Finding::warning(rule.index, place, message)
                        .help(format!("there are streams with {n} replicas")),
                    None => Finding::note(rule.index, place, message),
                };
                let leader = match metric {
                    metric if metric.contains("consumer_") => "{is_consumer_leader=\"true\"}",
                    _ => "{is_stream_leader=\"true\"}",
                };
                out.push(finding.help(format!(
                    "take one series of each: `sum(max by (account_name, stream, …) (…))`, with the exporter `{leader}`"
                )));
            }
        }
        out
    }
}

/// The metric that an aggregation adds up over replicas.
fn repeated(aggregate: &Aggregate) -> Option<&str> {
    let grouping = aggregate.grouping.as_ref();
    let tells_servers_apart = |label: &str| matches!(label, "server_id" | "server_name" | "instance");
    let by_server =
        grouping.is_some_and(|g| g.word == "by" && g.labels.iter().any(|(label, _)| tells_servers_apart(label)));
    if by_server || chooses(&aggregate.inner) {
        return None;
    }
    let selectors = aggregate.inner.walk().into_iter().filter_map(|node| match &node.kind {
        NodeKind::Selector(selector) => selector.name.as_deref(),
        _ => None,
    });
    selectors.into_iter().find(|name| by_replica(name))
}

/// Whether one series of each stream is chosen already: by an aggregation inside, or by a label that names the leader.
fn chooses(node: &Node) -> bool {
    node.walk().iter().any(|node| match &node.kind {
        NodeKind::Aggregate(_) => true,
        NodeKind::Selector(selector) => {
            selector.matchers.iter().any(|m| m.label.contains("leader") || m.label.starts_with("server_"))
        }
        NodeKind::Binary(binary) => binary.op == "and" || binary.op == "unless",
        _ => false,
    })
}

/// Whether every replica exports the metric, with a label that says who leads.
fn by_replica(name: &str) -> bool {
    let known = promql::lookup(name);
    let led = |metric: &promql::Metric| metric.labels.iter().any(|label| label.ends_with("stream_leader"));
    (name.contains("stream_") || name.contains("consumer_")) && known.iter().any(|metric| led(metric))
}

/// The most replicas that a stream of the run or a live one has; `None` where there is none to be seen.
fn most_replicas(subject: &Subject<'_>) -> Option<u64> {
    let declared = subject.resources.iter().filter(|r| r.address.kind == STREAM).map(|r| &r.body);
    let objects = subject.world.into_iter().flat_map(|world| &world.objects);
    let live =
        objects.filter(|(address, _)| address.kind == STREAM).filter_map(|(_, presence)| Presence::live(presence));
    let number = |config: &Value| config["num_replicas"].as_u64().unwrap_or(1);
    declared.chain(live.map(|live| &live.config)).map(number).max()
}
