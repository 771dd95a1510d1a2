//! A pattern for jobs that leaves some out which nobody else watches.

use super::{Check, Finding, Place, Rule, Server, Subject, text};
use crate::promql::{self, MatchOp, Selector};

pub struct MatcherCovers;

impl Check for MatcherCovers {
    fn id(&self) -> &'static str {
        "matcher-covers"
    }

    fn code(&self) -> &'static str {
        "NF0618"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for (server, rules) in subject.servers() {
            for rule in rules.iter().filter(|rule| rule.alerts) {
                for selector in rule.expr.selectors().into_iter().filter(|s| s.name.as_deref() == Some("up")) {
                    out.extend(judge(rule, selector, server, &rules));
                }
            }
        }
        out
    }
}

fn judge(rule: &Rule<'_>, selector: &Selector, server: &Server<'_>, rules: &[&Rule<'_>]) -> Option<Finding> {
    let matcher = selector.matchers.iter().find(|m| m.label == "job")?;
    let place = Place::Expr(matcher.value_span);
    let all = server.jobs().len();
    let caught = server.jobs_of(selector).len();
    if all == 0 || !matches!(matcher.op, MatchOp::Equal | MatchOp::Regex) {
        return None;
    }
    if caught == 0 {
        let message = format!("no job of the server is `{}`: the alert never fires", matcher.value);
        return Some(
            Finding::warning(rule.index, place, message).help(format!("it has {}", text::listed(server.jobs().keys()))),
        );
    }
    if matcher.op == MatchOp::Equal || caught == all {
        return None;
    }
    let left: Vec<&str> = server.jobs().keys().copied().filter(|job| !watched(job, server, rules)).collect();
    if left.is_empty() {
        return None;
    }
    let message = format!("the pattern catches {caught} of {all} jobs, and no alert asks whether the others answer");
    Some(Finding::note(rule.index, place, message).help(format!("not watched: {}", text::listed(left))))
}

/// Whether an alert of the run, or one that is loaded, asks for `up` of a job.
fn watched(job: &str, server: &Server<'_>, rules: &[&Rule<'_>]) -> bool {
    let asks = |expr: &promql::Expr| {
        expr.selectors().iter().any(|s| s.name.as_deref() == Some("up") && super::server::matches(s, job))
    };
    if rules.iter().any(|rule| rule.alerts && asks(&rule.expr)) {
        return true;
    }
    let loaded = server.groups().iter().filter_map(|group| group["rules"].as_array()).flatten();
    let queries = loaded.filter(|rule| rule["type"] == "alerting").filter_map(|rule| rule["query"].as_str());
    queries.filter(|query| query.contains("up")).any(|query| promql::parse(query).is_ok_and(|expr| asks(&expr)))
}
