//! An alert without a condition: it fires for every series that there is.

use super::{Check, Finding, Place, Subject};
use crate::promql::Span;

pub struct NoComparison;

impl Check for NoComparison {
    fn id(&self) -> &'static str {
        "no-comparison"
    }

    fn code(&self) -> &'static str {
        "NF0603"
    }

    fn pint(&self) -> &'static [&'static str] {
        &["alerts/comparison"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules.iter().filter(|rule| rule.alerts && !rule.expr.has_condition()) {
            // what reads no metric is always there on purpose: a watchdog
            if rule.expr.selectors().is_empty() {
                continue;
            }
            // series that are 0 or 1 after `bool`, and alerts on what a recording rule has decided, look the same
            let compares = rule.expr.binaries().iter().any(|binary| binary.compares() && binary.returns_bool);
            let message = "the alert has no condition: it fires for every series of its expression";
            let Span { at, len } = rule.expr.root().span;
            let finding = Finding::warning(rule.index, Place::Expr(Span { at, len }), message);
            out.push(match compares {
                true => finding.help("`bool` keeps every series, as 0 or 1: leave it out"),
                false => finding.help("compare with a threshold, or use `absent` or `unless`"),
            });
        }
        out
    }
}
