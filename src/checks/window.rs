//! A range that holds too few samples.

use super::{Check, Finding, Place, Rule, Subject, text};
use crate::promql::RangeCall;

pub struct Window;

impl Check for Window {
    fn id(&self) -> &'static str {
        "window"
    }

    fn code(&self) -> &'static str {
        "NF0605"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["promql/rate", "promql/range_query"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            for call in rule.expr.range_calls().into_iter().filter(|call| !call.subquery) {
                let found = against_scrapes(rule, &call, subject).or_else(|| against_group(rule, &call, subject));
                out.extend(found);
            }
        }
        out
    }
}

/// Functions that give nothing, or nonsense, with one sample.
fn needs_two(call: &RangeCall<'_>) -> bool {
    call.reads_growth() || call.reads_movement() || call.function == "changes"
}

fn against_scrapes(rule: &Rule<'_>, call: &RangeCall<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let (server, selector) = (subject.server(rule)?, call.selectors.first().filter(|_| needs_two(call))?);
    let window = call.range.ms.filter(|ms| *ms > 0)?;
    let recorded = selector.name.as_deref().is_some_and(|name| subject.records(name));
    let (interval, job) =
        if recorded { (rule_interval(rule, subject)?, None) } else { server.scrape_interval(selector) };
    if window >= interval.saturating_mul(4) {
        return None;
    }
    let every = match job {
        Some(job) => format!("job `{job}` is scraped every {}", text::span(interval)),
        None => format!("it has a sample every {}", text::span(interval)),
    };
    let (window_text, function) = (text::span(window), call.function);
    let (message, help) = if window < interval.saturating_mul(2) {
        let message = format!("`{function}` over {window_text} mostly has fewer than two samples: {every}");
        (message, "without two samples it gives nothing, and the alert cannot fire")
    } else {
        (format!("`{function}` over {window_text}: {every}"), "one lost scrape, and it gives nothing")
    };
    let finding = Finding::warning(rule.index, Place::Expr(call.range.span), message).help(help);
    Some(finding.help(format!("use at least {}", text::span(interval.saturating_mul(4)))))
}

/// How often a rule is evaluated, as far as somebody says.
fn rule_interval(rule: &Rule<'_>, subject: &Subject<'_>) -> Option<i64> {
    rule.interval.or_else(|| subject.server(rule).map(super::Server::evaluation))
}

fn against_group(rule: &Rule<'_>, call: &RangeCall<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let (window, interval) = (call.range.ms.filter(|ms| *ms > 0)?, rule_interval(rule, subject)?);
    if window >= interval || !needs_two(call) {
        return None;
    }
    let (window, interval) = (text::span(window), text::span(interval));
    let message = format!("`{}` over {window} in a group that is evaluated every {interval}", call.function);
    let finding = Finding::warning(rule.index, Place::Expr(call.range.span), message);
    Some(finding.help(format!("nobody sees what happens between two evaluations: use at least {interval}")))
}
