//! What a server scrapes and has: jobs, their targets and metrics. Checks look at it; a server that does not tell is no
//! gap of its place.

use super::server::data_with;
use crate::{
    model::{Value, json},
    ports::HttpReader,
};
use futures_util::future::join_all;
use std::collections::BTreeMap;

/// Of more jobs nobody asks which metrics they have.
const MOST_JOBS: usize = 64;

/// What a server tells of what it scrapes.
#[derive(Clone, Debug, Default)]
pub struct Scraped {
    /// The names of all its metrics; null where it does not tell.
    pub names: Value,
    /// By job: `interval`, `pools` (the jobs of the configuration), `urls`, `labels` of its targets, and `metrics` of one of
    /// them with their types; null where it does not tell.
    pub jobs: Value,
}

/// Asks a server.
pub async fn read(reader: &HttpReader) -> Scraped {
    let (names, targets) = tokio::join!(
        data_with(reader, "/api/v1/label/__name__/values", &[]),
        data_with(reader, "/api/v1/targets", &[("state", "active")]),
    );
    let Ok(targets) = targets else { return Scraped { names: names.unwrap_or_default(), jobs: Value::Null } };
    let mut jobs = jobs(&targets);
    let asked = jobs.iter().take(MOST_JOBS).map(|(name, job)| metrics(reader, name, &job.instance));
    let asked = join_all(asked).await;
    for (job, metrics) in jobs.values_mut().zip(asked) {
        job.said["metrics"] = metrics;
    }
    let jobs = jobs.into_iter().map(|(name, job)| (name, job.said)).collect();
    Scraped { names: names.unwrap_or_default(), jobs: Value::Object(jobs) }
}

struct Job {
    /// One of its targets, one that answers where there is one.
    instance: String,
    answers: bool,
    said: Value,
}

fn add(list: &mut Value, item: &str) {
    let Some(list) = list.as_array_mut() else { return };
    if !list.iter().any(|known| known == item) {
        list.push(json!(item));
    }
}

fn jobs(targets: &Value) -> BTreeMap<String, Job> {
    let mut out: BTreeMap<String, Job> = BTreeMap::new();
    for target in targets["activeTargets"].as_array().into_iter().flatten() {
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        let (labels, answers) = (&target["labels"], target["health"] == "up");
        let new = || Job {
            instance: text(&labels["instance"]),
            answers,
            said: json!({"interval": target["scrapeInterval"], "pools": [], "urls": [], "labels": []}),
        };
        let job = out.entry(text(&labels["job"])).or_insert_with(new);
        if answers && !job.answers {
            (job.instance, job.answers) = (text(&labels["instance"]), true);
        }
        add(&mut job.said["pools"], &text(&target["scrapePool"]));
        // each target is a URL of its own, but for one that is scraped twice
        add(&mut job.said["urls"], &text(&target["scrapeUrl"]));
        for name in labels.as_object().into_iter().flatten().map(|(name, _)| name) {
            add(&mut job.said["labels"], name);
        }
    }
    out
}

/// The metrics of one target with their types; null where the server does not tell.
async fn metrics(reader: &HttpReader, job: &str, instance: &str) -> Value {
    let target = format!("{{job={},instance={}}}", json!(job), json!(instance));
    let said = data_with(reader, "/api/v1/targets/metadata", &[("match_target", &target)]).await;
    let Ok(Value::Array(said)) = said else { return Value::Null };
    // a target that has never answered has none: that says nothing
    if said.is_empty() {
        return Value::Null;
    }
    let entry = |one: &Value| Some((one["metric"].as_str()?.to_owned(), one["type"].clone()));
    Value::Object(said.iter().filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_put_together_by_job() {
        let target = |job: &str, instance: &str, health: &str| {
            json!({"labels": {"job": job, "instance": instance, "team": "a"}, "health": health, "scrapePool": "pool",
                "scrapeUrl": format!("http://{instance}/metrics"), "scrapeInterval": "15s"})
        };
        let found = jobs(
            &json!({"activeTargets": [target("a", "x:1", "down"), target("a", "x:2", "up"), target("b", "x:1", "up")]}),
        );
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(found["a"].instance, "x:2", "one that answers");
        assert_eq!(
            found["a"].said,
            json!({"interval": "15s", "pools": ["pool"], "urls": ["http://x:1/metrics", "http://x:2/metrics"],
                "labels": ["job", "instance", "team"]})
        );
        assert!(jobs(&Value::Null).is_empty());
    }
}
