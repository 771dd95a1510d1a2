//! What a new or changed alert would do at once: for how many series its expression holds now, and what people would read.

use super::{
    NAME,
    query::{self, Answer, SERIES, Sample},
    rule::risks::{self, fate},
};
use crate::{
    model::{Action, Capabilities, Detail, Finding, Level, Path, Step, Value, Verdict, World, json},
    ports::{Ask, HttpReader},
    promql::{self, About},
    units::grouped,
};
use std::{collections::BTreeMap, time::Duration};

/// The finding about an alert that would fire.
pub const FIRES: &str = "NF2202";
/// The finding about one that could not be tried.
pub const UNTRIED: &str = "NF2203";
/// How many alerts of a plan are tried.
pub const RULES: usize = 200;
/// How many texts are shown, and how long each may be.
const TEXTS: usize = 3;
const LETTERS: usize = 200;

/// An alert that is new or changed.
struct Tried {
    /// The number of its step.
    step: usize,
    path: Path,
    /// As a server would show it.
    rule: Value,
}

/// Tries the alerts of a plan, within `left`. What could not be tried is one line, at the first of them.
pub async fn preview(ask: &Ask, steps: &mut [Step], world: &World, left: Duration) {
    let goes =
        |s: &Step| s.system == NAME && s.verdict == Verdict::Go && matches!(s.action, Action::Create | Action::Update);
    let reader = |step: &Step| {
        let target = ask.targets.get(&(NAME.to_owned(), step.address.scope.clone()))?;
        target.https.first().cloned()
    };
    let going = steps.iter().enumerate().filter(|(_, step)| goes(step));
    let mut all: Vec<(Tried, HttpReader)> = going
        .filter_map(|(i, step)| Some((changed(i, step), reader(step)?)))
        .flat_map(|(tried, reader)| tried.into_iter().map(move |one| (one, reader.clone())))
        .collect();
    let mut failed: Vec<(usize, String)> = Vec::new();
    if let Some((first, _)) = all.get(RULES) {
        let left = all.len() - RULES;
        let why = format!("{left} of {} new and changed alerts were not tried: a plan tries {RULES}", all.len());
        failed.push((first.step, why));
    }
    all.truncate(RULES);
    let questions = all.iter().map(|(tried, reader)| (reader.clone(), expression(tried))).collect();
    let answers = query::ask_all(questions, left).await;
    let mut untried = Vec::new();
    for ((tried, _), answer) in all.iter().zip(answers) {
        let Some(step) = steps.get_mut(tried.step) else { continue };
        match answer {
            Some(Ok(Answer::Series(series))) if series.is_empty() => {}
            Some(Ok(Answer::Series(series))) => {
                let place = world.place(NAME, &step.address.scope);
                let around = place.map(|place| Surroundings::of(&place.capabilities)).unwrap_or_default();
                step.findings.push(fires(tried, &series, &around));
            }
            Some(Ok(Answer::Many(n))) => step.findings.push(fires_for(tried, n, &[])),
            Some(Err(failure)) => untried.push((tried, failure.to_string())),
            None => untried.push((tried, "the time for it was over".to_owned())),
        }
    }
    failed.extend(summed_up(&untried));
    for (i, why) in failed {
        if let Some(step) = steps.get_mut(i) {
            step.findings.push(Finding::new(UNTRIED, Level::Note, why));
        }
    }
}

/// One line for everything that could not be tried, with the number of the first one's step.
fn summed_up(untried: &[(&Tried, String)]) -> Option<(usize, String)> {
    let (first, why) = untried.first()?;
    let message = match untried.len() {
        1 => format!("{} could not be tried: {why}", name(first)),
        n => format!("{n} alerts could not be tried, {} for one: {why}", name(first)),
    };
    Some((first.step, message))
}

fn expression(tried: &Tried) -> String {
    tried.rule["query"].as_str().unwrap_or_default().to_owned()
}

/// The alerts of a step that are new, or fire otherwise than before.
fn changed(i: usize, step: &Step) -> Vec<Tried> {
    let nothing = Value::Null;
    let before = step.before.as_deref().map_or(&nothing, |live| &live.config);
    let mut out = Vec::new();
    for group in risks::loaded(Some(&step.settled)) {
        let named = |other: &&Value| other["name"] == group["name"];
        let old = risks::loaded(Some(before)).iter().find(named).unwrap_or(&nothing);
        out.extend(fate::fresh(old, group).into_iter().map(|rule| {
            Tried {
                step: i,
                path: Path::root()
                    .field("groups")
                    .key(group["name"].as_str().unwrap_or_default())
                    .field("rules")
                    .key(rule["name"].as_str().unwrap_or_default()),
                rule: rule.clone(),
            }
        }));
    }
    out
}

fn name(tried: &Tried) -> &str {
    tried.rule["name"].as_str().unwrap_or_default()
}

/// What of the server stands in templates.
#[derive(Default)]
pub struct Surroundings {
    labels: BTreeMap<String, String>,
    url: Option<String>,
}

impl Surroundings {
    pub fn of(capabilities: &Capabilities) -> Self {
        let labels = capabilities.fact("config")["global"]["external_labels"].as_object().into_iter().flatten();
        let labels = labels.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
        let url = capabilities.fact("flags")["web.external-url"].as_str().filter(|url| url.contains("://"));
        Self { labels, url: url.map(str::to_owned) }
    }

    /// A template of an alert, for one of its series.
    ///
    /// # Errors
    /// Why it cannot be told, for people.
    pub fn render(&self, text: &str, sample: &Sample) -> Result<String, String> {
        let about = About {
            labels: &sample.labels,
            external_labels: &self.labels,
            external_url: self.url.as_deref(),
            value: sample.value,
        };
        promql::render(text, &about)
    }
}

fn fires(tried: &Tried, series: &[Sample], server: &Surroundings) -> Finding {
    let annotations = &tried.rule["annotations"];
    let text = ["summary", "description", "message"].iter().find_map(|name| annotations[*name].as_str());
    let rendered = series
        .iter()
        .take(TEXTS)
        .filter_map(|sample| Some(server.render(text?, sample).unwrap_or_else(|why| format!("(not rendered: {why})"))));
    fires_for(tried, series.len() as u64, &rendered.map(|text| folded(&text)).collect::<Vec<_>>())
}

/// A text in one line, not longer than anybody reads in a plan.
fn folded(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn fires_for(tried: &Tried, n: u64, texts: &[String]) -> Finding {
    let series = format!("{} series", grouped(n));
    let wait = tried.rule["duration"].as_f64().filter(|s| *s > 0.0);
    let wait = wait.map(promql::print_seconds);
    let more = if n > SERIES as u64 { ", too many to look at" } else { "" };
    let message = match wait {
        Some(wait) => format!("{} holds for {series} now{more}, and fires if it does for {wait}", name(tried)),
        None => format!("{} fires for {series} now{more}", name(tried)),
    };
    let line = (!texts.is_empty()).then(|| texts.iter().map(|t| format!("“{t}”")).collect::<Vec<_>>().join(" · "));
    let mut details = vec![Detail { key: "firing_now", value: json!(n), line: None }];
    if line.is_some() {
        details.push(Detail { key: "texts", value: json!(texts), line });
    }
    Finding { path: Some(tried.path.clone()), details, ..Finding::new(FIRES, Level::Note, message) }
}
