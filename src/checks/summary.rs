//! An alert for people that does not say what it is about.

use super::{Check, Finding, Place, Rule, Subject, text};
use std::collections::BTreeMap;

pub struct Summary;

impl Check for Summary {
    fn id(&self) -> &'static str {
        "summary"
    }

    fn code(&self) -> &'static str {
        "NF0613"
    }

    fn pint(&self) -> &'static [&'static str] {
        &["alerts/annotation"]
    }

    /// One note for each group: where one alert has none, mostly none has.
    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut groups: BTreeMap<_, Vec<&Rule<'_>>> = BTreeMap::new();
        for rule in subject.rules.iter().filter(|rule| lacks(rule)) {
            groups.entry((&rule.resource.address, &rule.group)).or_default().push(rule);
        }
        let found = groups.into_values().filter_map(|rules| {
            let first = rules.first()?;
            let message = match &rules[..] {
                [one] => format!("`{}` has no annotation `summary`", one.name),
                many => format!("{} alerts of the group `{}` have no annotation `summary`", many.len(), first.group),
            };
            let finding = Finding::note(first.index, Place::Field("labels"), message);
            let finding =
                finding.help("say in one line what is wrong, as `summary: \"{{ $labels.instance }} is down\"`");
            Some(match &rules[..] {
                [_] => finding,
                many => finding.help(format!("they are {}", text::listed(many.iter().map(|rule| &rule.name)))),
            })
        });
        found.collect()
    }
}

/// An alert without labels of its own is not sent to anybody yet.
fn lacks(rule: &Rule<'_>) -> bool {
    let says = |name: &str| rule.annotations.get(name).is_some_and(|text| !text.trim().is_empty());
    rule.alerts && !rule.labels.is_empty() && !["summary", "title", "message", "description"].into_iter().any(says)
}
