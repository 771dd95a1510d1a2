//! A divisor that may be zero: the quotient is then +Inf, which is more than any threshold.

use super::{Check, Finding, Place, Subject, text};
use crate::promql::{self, Division, Expr, Node, NodeKind, Span, reads_growth};
use std::collections::BTreeSet;

pub struct MaybeZeroDivisor;

impl Check for MaybeZeroDivisor {
    fn id(&self) -> &'static str {
        "maybe-zero-divisor"
    }

    fn code(&self) -> &'static str {
        "NF0608"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules.iter().filter(|rule| rule.alerts) {
            for division in rule.expr.divisions().into_iter().filter(|d| risky(d, &rule.expr)) {
                let span = division.rhs.span;
                let text = rule.expr.text().get(span.at..span.at + span.len).unwrap_or_default();
                let message = "this divisor may be 0: the quotient is then +Inf, and the alert fires for ever";
                let finding = Finding::warning(rule.index, Place::Expr(Span { at: span.at, len: span.len }), message);
                out.push(match text.contains('\n') || text.len() > 60 {
                    true => finding.help("keep zero out: `… / (DIVISOR > 0)`"),
                    false => finding.help(format!("keep zero out: `… / ({text} > 0)`")),
                });
            }
        }
        out
    }
}

/// Whether the quotient can be infinite and be compared with a threshold below.
fn risky(division: &Division<'_>, expr: &Expr) -> bool {
    let (lhs, rhs) = (metrics(division.lhs), metrics(division.rhs));
    // of a part and its whole, the part is 0, too: NaN is more than nothing
    let part = !lhs.is_empty() && lhs.is_subset(&rhs);
    // as of errors and requests: without the one there is none of the other
    let flows = grows(division.lhs) && grows(division.rhs);
    let kept_out = rhs.is_empty() || division.guarded || division.of_itself || elsewhere(division.rhs, expr);
    !kept_out && may_be_zero(division.rhs) && !part && !flows && text::compared_above(expr, division.op_span)
}

/// Whether something in a divisor is 0 on a healthy system: a limit that says "none" with it, a growth, and what is known
/// of NATS. A size or a total that nobody knows here mostly is not, and a check that cries wolf is turned off.
fn may_be_zero(node: &Node) -> bool {
    node.walk().into_iter().any(|node| match &node.kind {
        NodeKind::Call(call) => reads_growth(&call.name),
        NodeKind::Selector(selector) => {
            selector.name.as_deref().is_some_and(|name| !promql::lookup(name).is_empty() || is_open_limit(name))
        }
        _ => false,
    })
}

/// Whether a metric is a limit by its name, and none of those that are always set.
fn is_open_limit(name: &str) -> bool {
    // the kernel's and a process' own, and settings of servers that do not start with 0
    const SET: [&str; 9] = [
        "node_",
        "process_",
        "go_",
        "pg_settings_",
        "mysql_global_variables_",
        "jvm_memory_",
        "elasticsearch_jvm_memory_",
        "etcd_server_quota_",
        "rabbitmq_node_mem_",
    ];
    const ENDS: [&str; 4] = ["_max_connections", "_concurrent_max", "_max_fds", "_maximum"];
    let limit = |word: &str| matches!(word, "limit" | "limits" | "max" | "quota" | "maxmemory");
    let set = SET.iter().any(|begin| name.starts_with(begin)) || ENDS.iter().any(|end| name.ends_with(end));
    !set && name.split(['_', ':']).any(limit)
}

/// Whether everything that is read here is a growth.
fn grows(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Call(call) if reads_growth(&call.name) => true,
        NodeKind::Selector(_) => false,
        _ => node.children().into_iter().all(grows),
    }
}

/// Whether the expression asks somewhere else that the divisor is more than 0: `… and divisor > 0`.
fn elsewhere(divisor: &Node, expr: &Expr) -> bool {
    let norm = |node: &Node| promql::norm(node.bare().span.of(expr.text()));
    let zero = |node: &Node| matches!(node.bare().kind, NodeKind::Number(value) if value == 0.0);
    let asks = |binary: &&promql::Binary| matches!(binary.op.as_str(), ">" | "!=") && zero(&binary.rhs);
    expr.binaries().into_iter().filter(asks).any(|binary| norm(&binary.lhs) == norm(divisor))
}

fn metrics(node: &Node) -> BTreeSet<&str> {
    let names = node.walk().into_iter().filter_map(|node| match &node.kind {
        NodeKind::Selector(selector) => selector.name.as_deref(),
        _ => None,
    });
    // the sum and the count of one histogram are 0 together
    names.map(|name| name.strip_suffix("_sum").or_else(|| name.strip_suffix("_count")).unwrap_or(name)).collect()
}
