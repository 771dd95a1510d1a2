//! The same rule twice: two pages for one fault, and one of them stays when the other is mended.

use super::{Check, Finding, Place, Rule, Subject};
use crate::{
    model::{Address, Value},
    promql,
};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

pub struct Duplicate;

impl Check for Duplicate {
    fn id(&self) -> &'static str {
        "duplicate"
    }

    fn code(&self) -> &'static str {
        "NF0606"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["rule/duplicate"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        let (mut in_group, mut anywhere) = (HashMap::new(), HashMap::new());
        for rule in subject.rules {
            let target = (&rule.resource.address.kind, &rule.resource.address.scope);
            let same = (rule.alerts, &rule.name, &rule.labels);
            let here = in_group.insert((&rule.resource.address, &rule.group, same), rule.index);
            let there = anywhere.entry((target, same)).or_insert_with(Alike::default).add(rule, subject);
            if let Some(first) = here {
                let message = format!("a second {} with the same labels in group `{}`", rule.title(), rule.group);
                let finding = Finding::warning(rule.index, Place::Name, message).also(first, "the first one");
                out.push(finding.help("give each a label that tells them apart, or join their expressions with `or`"));
            } else if let Some(other) = there {
                let message = format!("{} is in group `{}`, too, with the same expression", rule.title(), other.group);
                out.push(Finding::warning(rule.index, Place::Name, message).also(other.index, "the other one"));
            }
        }
        for (server, rules) in subject.servers() {
            foreign(server.groups(), &rules, &ours(subject), &mut out);
        }
        out
    }
}

/// Rules that are called the same. Normal forms take time, so they are made from the second one on.
#[derive(Default)]
struct Alike {
    first: Option<usize>,
    norms: HashMap<String, usize>,
}

impl Alike {
    /// Adds a rule, and gives an earlier one with the same expression.
    fn add<'a>(&mut self, rule: &Rule<'a>, subject: &Subject<'a>) -> Option<&'a Rule<'a>> {
        let norm = |rule: &Rule<'_>| rule.expr.norm().text().to_owned();
        let first = self.first.get_or_insert(rule.index);
        if *first == rule.index {
            return None;
        }
        if self.norms.is_empty() {
            self.norms.extend(subject.rules.get(*first).map(|rule| (norm(rule), *first)));
        }
        self.norms.insert(norm(rule), rule.index).and_then(|i| subject.rules.get(i))
    }
}

/// Files that this project has rules in.
fn ours<'a>(subject: &Subject<'a>) -> BTreeSet<&'a str> {
    let kinds: BTreeSet<&str> = subject.rules.iter().map(|r| r.resource.address.kind.as_str()).collect();
    let objects = subject.world.into_iter().flat_map(|world| &world.objects);
    let of_kind = |(address, presence): (&'a Address, &'a crate::model::Presence)| {
        presence.live().filter(|_| kinds.contains(address.kind.as_str()))
    };
    let loaded = objects.filter_map(of_kind).filter_map(|live| live.config["loaded"].as_array()).flatten();
    loaded.filter_map(|group| group["file"].as_str()).collect()
}

/// Rules that somebody else has loaded.
fn foreign(groups: &[Value], rules: &[&Rule<'_>], ours: &BTreeSet<&str>, out: &mut Vec<Finding>) {
    let mut norms: HashMap<usize, promql::Norm> = HashMap::new();
    let mut wanted: BTreeMap<(bool, &str), Vec<&Rule<'_>>> = BTreeMap::new();
    for rule in rules {
        wanted.entry((rule.alerts, &rule.name)).or_default().push(rule);
    }
    for group in groups.iter().filter(|g| g["file"].as_str().is_some_and(|file| !ours.contains(file))) {
        for other in group["rules"].as_array().into_iter().flatten() {
            let key = (other["type"] == "alerting", other["name"].as_str().unwrap_or_default());
            let theirs = OnceCell::new();
            let theirs = || theirs.get_or_init(|| promql::norm(other["query"].as_str().unwrap_or_default()));
            for rule in wanted.get(&key).into_iter().flatten().filter(|rule| same_labels(rule, other)) {
                let ours = norms.entry(rule.index).or_insert_with(|| rule.expr.norm());
                if ours.text() != theirs().text() {
                    continue;
                }
                let (group, file) = (group["name"].as_str(), group["file"].as_str());
                let message = format!(
                    "{} is loaded already, with the same expression, in group `{}` of `{}`",
                    rule.title(),
                    group.unwrap_or_default(),
                    file.unwrap_or_default()
                );
                let help = "that file is not this project's: remove the rule there, or here";
                out.push(Finding::warning(rule.index, Place::Name, message).help(help));
            }
        }
    }
}

fn same_labels(rule: &Rule<'_>, other: &Value) -> bool {
    let none = crate::model::Map::new();
    let theirs = other["labels"].as_object().unwrap_or(&none);
    theirs.len() == rule.labels.len()
        && rule.labels.iter().all(|(k, v)| theirs.get(k).and_then(Value::as_str) == Some(v))
}
