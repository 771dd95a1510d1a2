//! A ratio of a metric with a part of itself, series by series: each is divided by itself.

use super::{Check, Finding, Place, Subject};
use crate::promql::{Expr, MatchOp, Matcher, Node, NodeKind, Selector};

pub struct SelfRatio;

impl Check for SelfRatio {
    fn id(&self) -> &'static str {
        "self-ratio"
    }

    fn code(&self) -> &'static str {
        "NF0607"
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            for division in rule.expr.divisions() {
                let paired = || plain(&rule.expr, division.op_span) && alike(division.lhs, division.rhs);
                if !(division.of_itself || paired()) {
                    continue;
                }
                let finding = match contradiction(division.lhs, division.rhs) {
                    None => Finding::warning(
                        rule.index,
                        Place::Expr(division.op_span),
                        "each series is divided by itself: the quotient is always 1",
                    ),
                    Some(label) => Finding::warning(
                        rule.index,
                        Place::Expr(division.op_span),
                        format!("no series has a partner: `{label}` differs, and there is no quotient at all"),
                    ),
                };
                let help = "series are paired by all their labels: aggregate both sides, as `sum(…) / sum(…)`";
                out.push(finding.help(help));
            }
        }
        out
    }
}

/// Whether the division pairs series by all their labels.
fn plain(expr: &Expr, op: crate::promql::Span) -> bool {
    let this = expr.binaries().into_iter().find(|binary| binary.op_span == op);
    this.is_some_and(|binary| binary.matching.is_none() && binary.group.is_none())
}

/// Whether both sides are the same but for their matchers, and keep the labels of their series: what is paired then is one
/// series with itself.
fn alike(a: &Node, b: &Node) -> bool {
    match (&a.bare().kind, &b.bare().kind) {
        (NodeKind::Selector(a), NodeKind::Selector(b)) => {
            let ms = |w: &Option<crate::promql::Window>| w.as_ref().map(|w| w.ms);
            a.name.is_some()
                && a.name == b.name
                && ms(&a.range) == ms(&b.range)
                && ms(&a.offset) == ms(&b.offset)
                && a.at.is_none()
                && b.at.is_none()
        }
        (NodeKind::Call(a), NodeKind::Call(b)) => {
            let keeps = !matches!(a.name.as_str(), "label_replace" | "label_join" | "absent" | "vector" | "time");
            keeps && a.name == b.name && a.args.len() == b.args.len() && {
                let pairs = || a.args.iter().zip(&b.args);
                pairs().all(|(a, b)| alike(a, b) || number(a).is_some() && number(a) == number(b))
                    && pairs().any(|(a, _)| number(a).is_none())
            }
        }
        _ => false,
    }
}

/// A label that both sides ask for with different values.
fn contradiction<'n>(a: &'n Node, b: &Node) -> Option<&'n str> {
    let selector = |node: &'n Node| node.walk().into_iter().find_map(selector_of);
    let other = b.walk().into_iter().find_map(selector_of)?;
    let matchers = |s: &'n Selector| s.matchers.iter().filter(|m| m.op == MatchOp::Equal);
    let differs = |m: &&Matcher| {
        other.matchers.iter().any(|o| o.op == MatchOp::Equal && o.label == m.label && o.value != m.value)
    };
    matchers(selector(a)?).find(differs).map(|m| m.label.as_str())
}

fn selector_of(node: &Node) -> Option<&Selector> {
    if let NodeKind::Selector(selector) = &node.kind { Some(selector) } else { None }
}

fn number(node: &Node) -> Option<f64> {
    if let NodeKind::Number(value) = node.bare().kind { Some(value) } else { None }
}
