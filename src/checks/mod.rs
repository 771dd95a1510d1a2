//! Checks that look across kinds: what no server refuses and what is wrong all the same.
//!
//! A check is one file and one line in [`CHECKS`]. It looks at a [`Subject`]: every rule of the run with its parsed
//! expression, the resources beside it, and what the live servers say, where there is a live world. So the same checks run
//! offline, with what is known offline, and again before a plan. What they find goes through the comments of the
//! manifests ([`suppress`]) into the report.

mod alert_name_vs_target;
mod both_exporters;
mod counter_misuse;
mod cross_resource;
mod duplicate;
mod for_interval;
mod label_unknown;
mod matcher_covers;
mod maybe_zero_divisor;
mod metric_needs_flag;
mod metric_unknown;
mod no_comparison;
mod replicas;
mod rules;
mod same_port;
mod self_ratio;
mod server;
mod subject;
mod summary;
mod suppress;
#[cfg(test)]
mod tests;
mod text;
mod unscoped;
mod window;

pub use rules::Rule;
pub use server::{Job, Server};
pub use subject::Subject;

use crate::{
    diag::{Label, Problem, Report, Severity},
    model::{Address, Resource, World},
    promql,
    yaml::Span,
};
use rayon::prelude::*;
use suppress::Suppressions;

/// Every check.
pub static CHECKS: &[&dyn Check] = &[
    &metric_unknown::MetricUnknown,
    &label_unknown::LabelUnknown,
    &no_comparison::NoComparison,
    &counter_misuse::CounterMisuse,
    &window::Window,
    &duplicate::Duplicate,
    &self_ratio::SelfRatio,
    &maybe_zero_divisor::MaybeZeroDivisor,
    &unscoped::Unscoped,
    &alert_name_vs_target::AlertNameVsTarget,
    &metric_needs_flag::MetricNeedsFlag,
    &for_interval::ForInterval,
    &summary::Summary,
    &replicas::Replicas,
    &both_exporters::BothExporters,
    &cross_resource::CrossResource,
    &same_port::SamePort,
    &matcher_covers::MatcherCovers,
];

/// One thing to look for.
pub trait Check: Sync {
    /// What comments call it: `metric-unknown`.
    fn id(&self) -> &'static str;
    /// Its page.
    fn code(&self) -> &'static str;
    /// Whether a live server changes what it finds: then a comment that suppresses nothing offline may do so live.
    fn asks_the_server(&self) -> bool {
        false
    }
    /// What pint calls the same, in its own comments.
    fn pint(&self) -> &'static [&'static str] {
        &[]
    }
    fn look(&self, subject: &Subject<'_>) -> Vec<Finding>;
}

/// Where in a rule something was found.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A stretch of the expression.
    Expr(promql::Span),
    /// The value of a field, or the rule where it has none.
    Field(&'static str),
    /// The rule's name.
    Name,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    pub severity: Severity,
    /// The rule, by its index within the subject; `None`: it is about no rule.
    pub rule: Option<usize>,
    pub place: Place,
    pub message: String,
    pub help: Vec<String>,
    /// Another rule that explains it.
    pub also: Option<(usize, &'static str)>,
}

impl Finding {
    fn new(severity: Severity, rule: usize, place: Place, message: impl Into<String>) -> Self {
        Self { severity, rule: Some(rule), place, message: message.into(), help: Vec::new(), also: None }
    }

    pub fn error(rule: usize, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, rule, place, message)
    }

    pub fn warning(rule: usize, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, rule, place, message)
    }

    pub fn note(rule: usize, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, rule, place, message)
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    #[must_use]
    pub fn also(mut self, rule: usize, text: &'static str) -> Self {
        self.also = Some((rule, text));
        self
    }
}

/// Looks at the resources of a run, and at the live world where there is one. What is found of resources that the run is
/// not `about` is not said.
pub fn run(resources: &[Resource], world: Option<&World>, about: &dyn Fn(&Address) -> bool, report: &mut Report) {
    let rules = rules::collect(resources, report);
    let subject = Subject::new(&rules, resources, world);
    let mut suppressions = Suppressions::of(&rules, report);
    let found: Vec<_> = CHECKS.par_iter().map(|check| (check, check.look(&subject))).collect();
    for (check, findings) in found {
        for finding in findings {
            let rule = finding.rule.and_then(|i| rules.get(i));
            if rule.is_some_and(|rule| !about(&rule.resource.address)) {
                continue;
            }
            if !rule.is_some_and(|rule| suppressions.cover(rule, *check)) {
                report.push(problem(*check, &finding, &rules, report));
            }
        }
    }
    if world.is_some() && suppressions.wait_for_the_other_side() {
        // what is found only without a server is suppressed for `validate`
        let offline = Subject::new(&rules, resources, None);
        for check in CHECKS.iter().filter(|check| check.asks_the_server()) {
            for rule in check.look(&offline).iter().filter_map(|f| rules.get(f.rule?)) {
                suppressions.cover(rule, *check);
            }
        }
    }
    let complete = |world: &World| world.places.values().all(|place| place.listed && place.gaps.is_empty());
    suppressions.judge(world.is_some_and(complete), &|rule| about(&rule.resource.address), report);
}

fn problem(check: &dyn Check, finding: &Finding, rules: &[Rule<'_>], report: &Report) -> Problem {
    let mut problem = Problem::new(check.code(), finding.severity, finding.message.clone());
    problem.help.clone_from(&finding.help);
    if finding.severity != Severity::Note {
        problem.help.push(format!("where it is meant, say so above the rule: `# natsform:ignore {} WHY`", check.id()));
    }
    let label = |rule: &Rule<'_>, span: Span, text: &str| {
        let source = rule.document().and_then(|document| report.source_id_of(document))?;
        Some(Label { source, span, text: text.to_owned() })
    };
    if let Some(rule) = finding.rule.and_then(|i| rules.get(i)) {
        problem.at = rule.span(finding.place, report).and_then(|span| label(rule, span, ""));
    }
    if let Some((rule, text)) = finding.also.and_then(|(i, text)| Some((rules.get(i)?, text))) {
        problem.also.extend(rule.span(Place::Name, report).and_then(|span| label(rule, span, text)));
    }
    problem
}
