//! What only the live server can tell of a plan: which alerts a new expression still gives.
//!
//! Everything here is bounded in time, and what cannot be found out is left as it was: a plan never fails for it.

use super::{
    NAME,
    preview::{self, Surroundings},
    query::{self, Answer, Sample},
    rule::risks::{self, fate},
};
use crate::{
    model::{Action, Capabilities, Step, Value, Verdict, World, json},
    ports::{Ask, Target},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long all of them may take together.
pub const WHOLE: Duration = Duration::from_secs(5);

/// Asks what the steps of a plan would do.
pub async fn probe(ask: &Ask, steps: &mut [Step], world: &World) {
    let begin = tokio::time::Instant::now();
    let goes = |s: &&mut Step| s.system == NAME && s.verdict == Verdict::Go && s.action == Action::Update;
    for step in steps.iter_mut().filter(goes) {
        let Some(target) = ask.targets.get(&(NAME.to_owned(), step.address.scope.clone())) else { continue };
        let Some(place) = world.place(NAME, &step.address.scope) else { continue };
        refine(target, step, &place.capabilities, WHOLE.saturating_sub(begin.elapsed())).await;
    }
    preview::preview(ask, steps, world, WHOLE.saturating_sub(begin.elapsed())).await;
}

/// Finds out which alerts the new expressions of a step still give.
async fn refine(target: &Target, step: &mut Step, capabilities: &Capabilities, left: Duration) {
    let open = step.findings.iter().position(|f| f.code == risks::RESETS && !f.exact);
    let (Some(at), Some(live)) = (open, step.before.as_deref()) else { return };
    let servers: Vec<_> = risks::servers(live).collect();
    let given = given(target, &servers, &step.settled, capabilities, left).await;
    match risks::resets(&servers, Some(&step.settled), capabilities, &given) {
        Some(finding) => step.findings[at] = finding,
        None => drop(step.findings.remove(at)),
    }
}

/// What the changed expressions of a file give on each server, for rules that have alerts now.
pub async fn given(
    target: &Target,
    servers: &[(&str, &[Value])],
    settled: &Value,
    capabilities: &Capabilities,
    left: Duration,
) -> BTreeMap<String, fate::Given> {
    let around = Surroundings::of(capabilities);
    let new = risks::loaded(Some(settled));
    let (mut asked, mut questions) = (Vec::new(), Vec::new());
    for (url, old) in servers {
        let Some(reader) = target.https.iter().find(|reader| reader.url() == *url) else { continue };
        for open in fate::open(old, new) {
            questions.push((reader.clone(), open.rule["query"].as_str().unwrap_or_default().to_owned()));
            asked.push((*url, open));
        }
    }
    let mut out: BTreeMap<String, fate::Given> = BTreeMap::new();
    for ((url, open), answer) in asked.into_iter().zip(query::ask_all(questions, left).await) {
        let Some(Ok(Answer::Series(series))) = answer else { continue };
        let labels: Option<BTreeSet<String>> =
            series.iter().map(|sample| alert_labels(open.rule, sample, &around).map(|l| fate::key(&l))).collect();
        if let Some(labels) = labels {
            out.entry(url.to_owned()).or_default().insert(open.place, labels);
        }
    }
    out
}

/// The labels of the alert that a rule makes of a series; `None` where they cannot be told.
fn alert_labels(rule: &Value, sample: &Sample, around: &Surroundings) -> Option<Value> {
    let mut out: BTreeMap<&str, String> = sample.labels.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    out.remove("__name__");
    for (name, value) in rule["labels"].as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        out.insert(name, around.render(text, sample).ok()?);
    }
    out.insert("alertname", rule["name"].as_str().unwrap_or_default().to_owned());
    Some(json!(out))
}
