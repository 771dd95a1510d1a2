//! What a live server says of itself, for checks. Everything comes from the facts of its place: nothing is asked here.

use super::text;
use crate::{
    model::{Capabilities, Value},
    promql::{MatchOp, Selector, parse_duration},
};
use std::collections::{BTreeMap, BTreeSet};

/// One live server.
pub struct Server<'w> {
    capabilities: &'w Capabilities,
    /// Every metric that it has; `None` where it did not say.
    names: Option<BTreeSet<&'w str>>,
    jobs: BTreeMap<&'w str, Job<'w>>,
    /// What the recording rules that it has loaded make, whoever wrote them.
    recorded: BTreeSet<&'w str>,
    /// The labels that its targets have, all together.
    labels: BTreeSet<&'w str>,
    /// The interval of jobs that say none, in milliseconds.
    scrape: i64,
}

/// One scrape job, as its configuration and its targets show it.
#[derive(Default)]
pub struct Job<'w> {
    /// How often, in milliseconds.
    pub interval: i64,
    /// The metrics of one of its targets with their types; `None` where nobody could tell.
    pub metrics: Option<BTreeMap<&'w str, &'w str>>,
    /// Where its targets are scraped: URLs.
    pub urls: Vec<&'w str>,
    /// The labels of its targets.
    pub labels: BTreeSet<&'w str>,
}

impl Job<'_> {
    /// Whether it has a metric; its metadata calls the series of a histogram by their common name. `None` where nobody
    /// could tell.
    pub fn has(&self, metric: &str) -> Option<bool> {
        let parts = ["_bucket", "_sum", "_count"].into_iter().filter_map(|suffix| metric.strip_suffix(suffix));
        let mut names = [metric].into_iter().chain(parts);
        self.metrics.as_ref().map(|metrics| names.any(|name| metrics.contains_key(name)))
    }
}

fn ms(of: &Value, name: &str) -> Option<i64> {
    of[name].as_str().and_then(|text| parse_duration(text).ok()).filter(|ms| *ms > 0)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl<'w> Server<'w> {
    pub fn new(capabilities: &'w Capabilities) -> Self {
        let config = capabilities.fact("config");
        let scrape = ms(&config["global"], "scrape_interval").unwrap_or(60_000);
        let names = capabilities.fact("metric_names").as_array();
        let names = names.map(|names| names.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>());
        // one that has nothing but what its own rules make scrapes nothing yet: it tells nothing of any metric
        let rules = list(capabilities.fact("groups")).iter().flat_map(|group| list(&group["rules"]));
        let recording = rules.filter(|rule| rule["type"] == "recording");
        let recorded: BTreeSet<&str> = recording.filter_map(|rule| rule["name"].as_str()).collect();
        let own = |name: &&str| recorded.contains(name) || ["ALERTS", "ALERTS_FOR_STATE"].contains(name);
        let names = names.filter(|names: &BTreeSet<&str>| !names.iter().all(own));
        let mut jobs: BTreeMap<&str, Job<'_>> = BTreeMap::new();
        let told = capabilities.fact("jobs").as_object();
        let pools: BTreeSet<&str> =
            told.into_iter().flatten().flat_map(|(_, job)| list(&job["pools"])).filter_map(Value::as_str).collect();
        // a job whose targets are called otherwise is known by what they are called
        for job in list(&config["scrape_configs"]) {
            let Some(name) = job["job_name"].as_str().filter(|name| !pools.contains(name)) else { continue };
            jobs.entry(name).or_default().interval = ms(job, "scrape_interval").unwrap_or(scrape);
        }
        for (name, said) in told.into_iter().flatten() {
            let job = jobs.entry(name).or_default();
            job.interval = ms(said, "interval").unwrap_or(if job.interval > 0 { job.interval } else { scrape });
            job.urls = list(&said["urls"]).iter().filter_map(Value::as_str).collect();
            job.labels = list(&said["labels"]).iter().filter_map(Value::as_str).collect();
            let metrics = said["metrics"].as_object();
            job.metrics =
                metrics.map(|m| m.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default())).collect());
        }
        let labels = jobs.values().flat_map(|job| job.labels.iter().copied()).collect();
        Self { capabilities, names, jobs, recorded, labels, scrape }
    }

    pub fn jobs(&self) -> &BTreeMap<&'w str, Job<'w>> {
        &self.jobs
    }

    /// Every metric that it has; `None` where it did not say.
    pub fn names(&self) -> Option<&BTreeSet<&'w str>> {
        self.names.as_ref()
    }

    /// Whether it surely has a metric: it has series of it, a rule that records it, or a target that declares it.
    pub fn has(&self, metric: &str) -> bool {
        self.names.as_ref().is_some_and(|names| names.contains(metric))
            || self.recorded.contains(metric)
            || self.jobs.values().any(|job| job.has(metric) == Some(true))
    }

    /// The labels that its targets have, all together.
    pub fn labels(&self) -> &BTreeSet<&'w str> {
        &self.labels
    }

    /// The interval of groups that say none, in milliseconds.
    pub fn evaluation(&self) -> i64 {
        ms(&self.capabilities.fact("config")["global"], "evaluation_interval").unwrap_or(60_000)
    }

    /// Everybody's loaded groups.
    pub fn groups(&self) -> &'w [Value] {
        list(self.capabilities.fact("groups"))
    }

    /// The jobs that the matchers of a selector leave.
    pub fn jobs_of(&self, selector: &Selector) -> Vec<(&'w str, &Job<'w>)> {
        self.jobs.iter().filter(|(name, _)| matches(selector, name)).map(|(name, job)| (*name, job)).collect()
    }

    /// The longest interval of the jobs that yield a selector's metric, with a job that has it. Where nobody can tell which
    /// they are, the longest that all of them have at least.
    pub fn scrape_interval(&self, selector: &Selector) -> (i64, Option<&'w str>) {
        let metric = selector.name.as_deref().unwrap_or_default();
        let jobs = self.jobs_of(selector);
        let yields = |job: &&(&str, &Job<'_>)| job.1.has(metric) == Some(true);
        let sure: Vec<_> = jobs.iter().filter(yields).collect();
        if let Some((name, job)) = sure.iter().max_by_key(|(_, job)| job.interval) {
            return (job.interval, Some(name));
        }
        let unsure = jobs.iter().filter(|(_, job)| job.metrics.is_none()).min_by_key(|(_, job)| job.interval);
        match (unsure, &jobs[..]) {
            (_, [(name, only)]) => (only.interval, Some(name)),
            (Some((name, job)), _) => (job.interval, Some(name)),
            (None, _) => (self.scrape, None),
        }
    }

    /// What the jobs that yield a metric declare it as: `counter`. `None` where they do not say, or not the same.
    pub fn type_of(&self, metric: &str) -> Option<&'w str> {
        let types: BTreeSet<&str> =
            self.jobs.values().filter_map(|job| job.metrics.as_ref()?.get(metric).copied()).collect();
        let mut types = types.into_iter();
        types.next().filter(|_| types.next().is_none())
    }
}

/// Whether the `job` matchers of a selector leave a job. What cannot be read leaves it.
pub fn matches(selector: &Selector, job: &str) -> bool {
    selector.matchers.iter().filter(|m| m.label == "job").all(|m| match m.op {
        MatchOp::Equal => m.value == job,
        MatchOp::NotEqual => m.value != job,
        MatchOp::Regex => text::fits(&m.value, job).unwrap_or(true),
        MatchOp::NotRegex => text::fits(&m.value, job).is_none_or(|fits| !fits),
    })
}
