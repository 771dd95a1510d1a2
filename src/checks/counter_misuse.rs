//! Counters read as gauges, and gauges as counters.

use super::{Check, Finding, Place, Rule, Server, Subject, text};
use crate::promql::{self, RangeCall, Semantic};

pub struct CounterMisuse;

impl Check for CounterMisuse {
    fn id(&self) -> &'static str {
        "counter-misuse"
    }

    fn code(&self) -> &'static str {
        "NF0604"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["promql/rate", "promql/counter"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let nature = |metric: Option<&str>| nature(metric?, subject.server(rule));
            for call in rule.expr.range_calls().into_iter().filter(|call| !call.subquery) {
                for selector in &call.selectors {
                    let (name, function) = (selector.name.as_deref().unwrap_or_default(), call.function);
                    let wrong = match nature(selector.name.as_deref()) {
                        Some(Nature::Gauge) if call.reads_growth() => (
                            format!("`{function}` of `{name}`, which is a gauge"),
                            "a drop of a gauge looks like a restarted counter: use `delta` or `deriv`",
                        ),
                        Some(Nature::Counter) if call.reads_movement() && !drops_unseen(rule, &call) => (
                            format!("`{function}` of `{name}`, which is a counter"),
                            "a restart looks like a drop to it: use `increase` or `rate`",
                        ),
                        _ => continue,
                    };
                    out.push(Finding::warning(rule.index, Place::Expr(call.name_span), wrong.0).help(wrong.1));
                }
            }
            out.extend(thresholds(rule, &nature));
        }
        out
    }
}

/// Whether only a growth of more than something is asked for: then the drop of a restart passes unseen, and exporters that
/// declare a counter as a gauge leave no better function.
fn drops_unseen(rule: &Rule<'_>, call: &RangeCall<'_>) -> bool {
    matches!(call.function, "delta" | "idelta") && text::compared_above(&rule.expr, call.name_span)
}

/// Counters that are compared as they are.
fn thresholds(rule: &Rule<'_>, nature: &dyn Fn(Option<&str>) -> Option<Nature>) -> Vec<Finding> {
    let mut out = Vec::new();
    for bare in rule.expr.bare_comparisons() {
        // that something has never happened is a question to a counter
        if matches!(bare.op, "==" | "!=") || nature(bare.selector.name.as_deref()) != Some(Nature::Counter) {
            continue;
        }
        let name = bare.selector.name.as_deref().unwrap_or_default();
        let message = format!("a threshold on the counter `{name}` itself");
        let help =
            format!("it only grows, and begins again with its process: compare `rate({name}[5m])` or `increase`");
        out.push(Finding::warning(rule.index, Rule::name_of(bare.selector), message).help(help));
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    Counter,
    Gauge,
}

/// What a metric is: by the catalogue, which knows what exporters declare wrongly, else as its jobs declare it.
fn nature(metric: &str, server: Option<&Server<'_>>) -> Option<Nature> {
    let known = promql::lookup(metric);
    if let Some(first) = known.first() {
        let all = |semantic: Semantic| known.iter().all(|m| m.semantic == semantic && m.name == metric);
        return match first.semantic {
            Semantic::Counter if all(Semantic::Counter) => Some(Nature::Counter),
            Semantic::Gauge if all(Semantic::Gauge) => Some(Nature::Gauge),
            _ => None,
        };
    }
    match server?.type_of(metric)? {
        "counter" => Some(Nature::Counter),
        "gauge" => Some(Nature::Gauge),
        _ => None,
    }
}
