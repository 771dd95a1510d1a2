//! What becomes of the alerts that are pending or firing when a file is loaded again.
//!
//! A server knows a group by its file and name, and within it a rule by its name and its labels, those of the group
//! included, and by their order where several have the same (`Group.CopyState`; facts: prometheus.md section 4). What is
//! found again under another expression goes on where that gives the same labels, everything else begins anew.

use super::super::{gates, text};
use crate::model::{Capabilities, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a rule stands among the groups of a file: the group's name, and its number in there.
pub type Place = (String, usize);

/// The labels of the alerts that a rule gives now, where that was found out; each as [`key`] prints them.
pub type Given = BTreeMap<Place, BTreeSet<String>>;

/// Why an alert begins anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Document,
    Group,
    Gone,
    Renamed(String),
    Labels(Vec<String>),
    /// Another rule of the same name and labels stands where it stood.
    Second,
    Limit,
    /// It would not be pending any more only after a longer time.
    For,
    /// It was only kept by `keep_firing_for`, which goes or is shorter than it has been kept.
    Keep,
    /// The new expression does not give it.
    Expression,
}

/// An alert that does not keep its state.
#[derive(Clone, Debug)]
pub struct Reset<'a> {
    pub group: &'a str,
    pub rule: &'a str,
    pub labels: &'a Value,
    pub firing: bool,
    pub why: Why,
    /// Whether it is so; else the new expression decides, which nobody has asked.
    pub certain: bool,
    /// How long what comes after it is pending, in seconds; `None` where nothing comes after it.
    pub pending: Option<f64>,
}

/// A rule whose new expression decides what becomes of its alerts.
pub struct Open<'a> {
    pub place: Place,
    /// The new rule, as a server would show it.
    pub rule: &'a Value,
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

fn name(of: &Value) -> &str {
    of["name"].as_str().unwrap_or_default()
}

/// Labels of an alert as one text, the same for the same labels. An empty value is none.
pub fn key(labels: &Value) -> String {
    printed(labels, &|value| !value.is_empty())
}

/// What a server knows a rule by. To it an empty label of a rule is a label (measured on 2.42 and 3.15).
fn identity(rule: &Value) -> (&str, String) {
    (name(rule), printed(&rule["labels"], &|_| true))
}

fn printed(labels: &Value, counts: &dyn Fn(&str) -> bool) -> String {
    let all = labels.as_object().into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)));
    format!("{:?}", all.filter(|(_, value)| counts(value)).collect::<BTreeMap<_, _>>())
}

fn expression(rule: &Value) -> String {
    rule["query"].as_str().map(text::normal).unwrap_or_default()
}

/// For each rule of a group the number of the one that it was before.
fn ancestors(old: &Value, new: &Value) -> HashMap<usize, usize> {
    let mut known: HashMap<(&str, String), std::collections::VecDeque<usize>> = HashMap::new();
    for (i, rule) in list(old, "rules").iter().enumerate() {
        known.entry(identity(rule)).or_default().push_back(i);
    }
    let found = list(new, "rules").iter().enumerate().filter_map(|(i, rule)| {
        let before = known.get_mut(&identity(rule))?.pop_front()?;
        Some((before, i))
    });
    found.collect()
}

/// The alerting rules of a group that are not of the group before, or have another expression or another `for` there.
pub fn fresh<'a>(old: &Value, new: &'a Value) -> Vec<&'a Value> {
    let before: HashMap<usize, usize> = ancestors(old, new).into_iter().map(|(old, new)| (new, old)).collect();
    let wait = |rule: &Value| rule["duration"].as_f64().unwrap_or(0.0);
    let same = |(i, rule): (usize, &Value)| {
        let was = before.get(&i).and_then(|old_rule| list(old, "rules").get(*old_rule));
        was.is_some_and(|was| expression(was) == expression(rule) && (wait(was) - wait(rule)).abs() < 0.0005)
    };
    let rules = list(new, "rules").iter().enumerate().filter(|(_, rule)| is_alert(rule));
    rules.filter(|(i, rule)| !same((*i, rule))).map(|(_, rule)| rule).collect()
}

/// Every alert of the groups `old`, alerts included, that does not keep its state when `new` takes their place. `gone`:
/// the whole document goes.
pub fn resets<'a>(
    old: &'a [Value],
    new: &'a [Value],
    gone: bool,
    capabilities: &Capabilities,
    given: &Given,
) -> Vec<Reset<'a>> {
    let mut out = Vec::new();
    for before in old.iter().filter(|group| list(group, "rules").iter().any(has_alerts)) {
        let after = new.iter().find(|group| name(group) == name(before));
        let found = after.map(|after| ancestors(before, after)).unwrap_or_default();
        for (i, rule) in list(before, "rules").iter().enumerate() {
            let alerts = list(rule, "alerts");
            if alerts.is_empty() {
                continue;
            }
            let turn = Turn { before, after, rule, i, found: &found, new, gone, capabilities, given };
            out.extend(turn.resets());
        }
    }
    out
}

/// The rules of `new` whose expressions decide about alerts of `old`.
pub fn open<'a>(old: &[Value], new: &'a [Value]) -> Vec<Open<'a>> {
    let mut out = Vec::new();
    for before in old.iter().filter(|group| list(group, "rules").iter().any(has_alerts)) {
        let Some(after) = new.iter().find(|group| name(group) == name(before)) else { continue };
        let mut found: Vec<(usize, usize)> = ancestors(before, after).into_iter().collect();
        found.sort_unstable();
        for (old, new) in found {
            let (rule, heir) = (&list(before, "rules")[old], &list(after, "rules")[new]);
            if !list(rule, "alerts").is_empty() && is_alert(heir) && expression(rule) != expression(heir) {
                out.push(Open { place: (name(after).to_owned(), new), rule: heir });
            }
        }
    }
    out
}

fn has_alerts(rule: &Value) -> bool {
    !list(rule, "alerts").is_empty()
}

/// How long an alert of a rule goes on firing when its expression does not give it any more, in seconds.
fn kept_for(rule: &Value) -> f64 {
    rule["keepFiringFor"].as_f64().unwrap_or(0.0)
}

/// Since when an alert is only kept.
fn since(alert: &Value) -> Option<jiff::Timestamp> {
    time(&alert["keepFiringSince"])
}

fn time(value: &Value) -> Option<jiff::Timestamp> {
    value.as_str()?.parse().ok()
}

fn is_alert(rule: &Value) -> bool {
    rule["type"] == "alerting"
}

/// One rule with alerts on its way.
struct Turn<'a, 'b> {
    before: &'a Value,
    after: Option<&'a Value>,
    rule: &'a Value,
    i: usize,
    found: &'b HashMap<usize, usize>,
    new: &'a [Value],
    gone: bool,
    capabilities: &'b Capabilities,
    given: &'b Given,
}

impl<'a> Turn<'a, '_> {
    fn resets(&self) -> Vec<Reset<'a>> {
        let heir = self.found.get(&self.i).copied();
        let Some((at, heir)) = heir.and_then(|at| Some((at, self.after?["rules"].get(at)?))) else {
            let (why, successor) = self.lost();
            return self.all(&why, true, successor);
        };
        if !is_alert(heir) {
            return self.all(&Why::Gone, true, None);
        }
        let limit = self.after.and_then(|group| group["limit"].as_u64()).unwrap_or(0);
        if limit > 0 && list(self.rule, "alerts").len() as u64 > limit && expression(heir) == expression(self.rule) {
            return self.all(&Why::Limit, true, Some(heir));
        }
        let mut out =
            if expression(heir) == expression(self.rule) { self.let_go(heir) } else { self.decided(at, heir) };
        out.extend(self.demoted(heir, &out));
        out
    }

    /// Alerts that their expression does not give any more, and that a shorter `keep_firing_for` lets end.
    fn let_go(&self, heir: &'a Value) -> Vec<Reset<'a>> {
        if kept_for(heir) >= kept_for(self.rule) {
            return Vec::new();
        }
        let only_kept = |alert: &&Value| since(alert).is_some() && !self.keeps(heir, alert);
        let ended = list(self.rule, "alerts").iter().filter(only_kept);
        ended.map(|alert| self.reset(alert, &Why::Keep, true, None)).collect()
    }

    /// Whether an alert goes on firing under `heir` although its expression does not give it.
    fn keeps(&self, heir: &Value, alert: &Value) -> bool {
        let kept = match (since(alert), self.next()) {
            (Some(since), Some(next)) => next.duration_since(since).as_secs_f64(),
            _ => 0.0,
        };
        alert["state"] == "firing" && kept < kept_for(heir)
    }

    /// When the next evaluation is, which decides; with another interval nobody knows more than that it is after the last.
    fn next(&self) -> Option<jiff::Timestamp> {
        let interval = |group: &Value| group["interval"].as_f64().unwrap_or(0.0);
        let (was, will) = (interval(self.before), self.after.map_or(0.0, interval));
        let pause = if (was - will).abs() < 0.0005 { was } else { 0.0 };
        let last = time(&self.rule["lastEvaluation"])?;
        last.checked_add(jiff::SignedDuration::try_from_secs_f64(pause).ok()?).ok()
    }

    /// What a new expression makes of the alerts.
    fn decided(&self, at: usize, heir: &'a Value) -> Vec<Reset<'a>> {
        let again = |rule: &&Value| expression(rule) == expression(self.rule) && identity(rule) == identity(self.rule);
        let moved = self.after.is_some_and(|group| list(group, "rules").iter().any(|r| again(&r)));
        let why = if moved { Why::Second } else { Why::Expression };
        let group = name(self.before).to_owned();
        match self.given.get(&(group, at)) {
            None => self.alerts(&|alert| !self.keeps(heir, alert), &why, false, Some(heir)),
            Some(given) => {
                let ends = |alert: &Value| !given.contains(&key(&alert["labels"])) && !self.keeps(heir, alert);
                self.alerts(&ends, &why, true, moved.then_some(heir))
            }
        }
    }

    /// Firing alerts that servers from 3.11 on make pending again, because `for` is longer than they have been active.
    fn demoted(&self, heir: &'a Value, lost: &[Reset<'a>]) -> Vec<Reset<'a>> {
        let seconds = |rule: &Value| rule["duration"].as_f64().unwrap_or(0.0);
        if seconds(heir) <= seconds(self.rule) || gates::version(self.capabilities) < crate::model::Version(3, 11, 0) {
            return Vec::new();
        }
        let next = self.next();
        let young = |alert: &Value| match (next, time(&alert["activeAt"])) {
            (Some(next), Some(since)) => next.duration_since(since).as_secs_f64() < seconds(heir),
            _ => true,
        };
        let alerts = list(self.rule, "alerts").iter();
        let firing = alerts.filter(|a| a["state"] == "firing" && young(a));
        let kept = firing.filter(|a| !lost.iter().any(|r| std::ptr::eq(r.labels, &raw const a["labels"])));
        kept.map(|alert| self.reset(alert, &Why::For, true, Some(heir))).collect()
    }

    fn all(&self, why: &Why, certain: bool, heir: Option<&Value>) -> Vec<Reset<'a>> {
        self.alerts(&|_| true, why, certain, heir)
    }

    fn alerts(&self, of: &dyn Fn(&Value) -> bool, why: &Why, certain: bool, heir: Option<&Value>) -> Vec<Reset<'a>> {
        let alerts = list(self.rule, "alerts").iter().filter(|alert| of(alert));
        alerts.map(|alert| self.reset(alert, why, certain, heir)).collect()
    }

    fn reset(&self, alert: &'a Value, why: &Why, certain: bool, heir: Option<&Value>) -> Reset<'a> {
        Reset {
            group: name(self.before),
            rule: name(self.rule),
            labels: &alert["labels"],
            firing: alert["state"] == "firing",
            why: why.clone(),
            certain,
            pending: heir.map(|rule| rule["duration"].as_f64().unwrap_or(0.0)),
        }
    }

    /// Why nothing takes the rule's place, and what says the same afterwards.
    fn lost(&self) -> (Why, Option<&'a Value>) {
        if self.gone {
            return (Why::Document, None);
        }
        let here = self.after.map(|group| list(group, "rules")).unwrap_or_default();
        let mut everywhere = self.new.iter().flat_map(|group| list(group, "rules"));
        let same_name = |rule: &&&Value| is_alert(rule) && name(rule) == name(self.rule);
        if self.after.is_none() {
            return (Why::Group, everywhere.find(|r| same_name(&r)));
        }
        let taken: BTreeSet<usize> = self.found.values().copied().collect();
        let free = || here.iter().enumerate().filter(|(i, _)| !taken.contains(i)).map(|(_, rule)| rule);
        if let Some(heir) = free().find(|r| same_name(&r)) {
            return (Why::Labels(changed(&self.rule["labels"], &heir["labels"])), Some(heir));
        }
        let same = |rule: &&Value| is_alert(rule) && expression(rule) == expression(self.rule);
        match free().find(same) {
            Some(heir) => (Why::Renamed(name(heir).to_owned()), Some(heir)),
            None => (Why::Gone, everywhere.find(|r| same_name(&r))),
        }
    }
}

/// The names of labels that differ.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let names = |of: &Value| of.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let all: BTreeSet<String> = names(before).into_iter().chain(names(after)).collect();
    all.into_iter().filter(|name| before[name.as_str()] != after[name.as_str()]).collect()
}
