//! Two jobs that scrape one address: on one host only one process can listen there.

use super::{Check, Finding, Place, Subject, text};
use std::collections::{BTreeMap, BTreeSet};

pub struct SamePort;

impl Check for SamePort {
    fn id(&self) -> &'static str {
        "same-port"
    }

    fn code(&self) -> &'static str {
        "NF0617"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    /// It is said at the first rule that asks for one of the jobs: jobs nobody has a rule for are not this run's business.
    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for (server, rules) in subject.servers() {
            let mut addresses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for (name, job) in server.jobs() {
                for url in &job.urls {
                    addresses.entry(address(url)).or_default().insert(name);
                }
            }
            for (address, jobs) in addresses.into_iter().filter(|(_, jobs)| jobs.len() > 1) {
                let spoken = rules.iter().find_map(|rule| {
                    let of = |selector: &&crate::promql::Selector| {
                        let told = selector.matchers.iter().any(|m| m.label == "job");
                        told && jobs.iter().any(|job| super::server::matches(selector, job))
                    };
                    rule.expr.selectors().into_iter().find(of).map(|selector| (*rule, selector))
                });
                let Some((rule, selector)) = spoken else { continue };
                let message = format!("the jobs {} scrape one address, `{address}`", text::listed(&jobs));
                let finding = Finding::warning(rule.index, Place::Expr(selector.span), message);
                out.push(finding.help("one process listens there, and answers for all: give each its own port"));
            }
        }
        out
    }
}

/// What a URL connects to and what it asks there. With a query, as of a prober, each asks for something else.
fn address(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
