//! The metrics of the two NATS exporters, so that a misspelt name is found without a server.
//!
//! The table is made by `scripts/nats-metrics.py` from `facts/nats-metrics.yaml`: every metric of nats-surveyor 0.9.9 and
//! prometheus-nats-exporter 0.20.1, seen live. What the tools call a gauge and is a counter (all of varz) has its true
//! nature in [`Metric::semantic`].

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

/// A metric of one of the tools, under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name. Of a histogram or a summary the name without `_bucket`, `_sum` and `_count`.
    pub name: String,
    /// Who exports it.
    pub tool: Tool,
    /// For the exporter: whether the name is that of `-prefix nats`, and not of the default prefix.
    pub prefixed: bool,
    /// The same metric under the exporter's other prefix.
    pub other_name: Option<String>,
    /// What the tool declares it as.
    pub metric_type: Type,
    /// What it is.
    pub semantic: Semantic,
    /// Its labels, sorted, without `job` and `instance`. With [`Self::detailed`] those of the detailed series.
    pub labels: Vec<String>,
    /// Whether `-connz_detailed` makes it one series per connection and one total: `sum()` then counts twice.
    pub detailed: bool,
    /// The tool's flags that bring it, any one of them; empty where it is always there.
    pub flags: Vec<String>,
    /// What it counts: `bytes`, `seconds`, `count`, ….
    pub unit: String,
    /// The server that it is not there for.
    pub not_on: Option<String>,
    /// Whether the tool declares it and never sends it.
    pub never_emitted: bool,
}

/// A tool that exports metrics of NATS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// nats-surveyor: one for a system account.
    Surveyor,
    /// prometheus-nats-exporter: one for a server.
    Exporter,
}

/// What a tool declares a metric as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `gauge`
    Gauge,
    /// `counter`
    Counter,
    /// `histogram`
    Histogram,
    /// `summary`
    Summary,
    /// `untyped`
    Untyped,
}

/// What a metric is, whatever it is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantic {
    /// It goes up and down.
    Gauge,
    /// It only goes up, until its server restarts: read it with `rate` or `increase`.
    Counter,
    /// A number that only goes up and means something by itself, as a stream's last sequence.
    Sequence,
    /// An instant.
    Time,
    /// Always the same number: its labels are what it says.
    Info,
    /// A histogram.
    Histogram,
    /// A summary.
    Summary,
    /// Nobody measured whether it goes down: say nothing.
    Unclear,
}

impl Metric {
    /// Whether a series of it can have the label; `job` and `instance` come with every scrape.
    pub fn has_label(&self, label: &str) -> bool {
        matches!(label, "job" | "instance" | "__name__")
            || self.labels.iter().any(|known| known == label)
            || (self.metric_type == Type::Histogram && label == "le")
            || (self.metric_type == Type::Summary && label == "quantile")
    }
}

struct Catalogue {
    metrics: Vec<Metric>,
    /// Where in `metrics` those of a name stand.
    by_name: HashMap<String, Vec<usize>>,
    aliases: Vec<(String, Vec<String>, String)>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let table: Value = serde_json::from_str(include_str!("nats-metrics.json")).unwrap_or_default();
    let rows = |key: &str| table[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let metrics: Vec<Metric> = rows("metrics").iter().flat_map(|row| metric(row, rows("labels"))).collect();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, metric) in metrics.iter().enumerate() {
        by_name.entry(metric.name.clone()).or_default().push(i);
    }
    let alias = |row: &Value| (text(&row[0]), texts(&row[1]), text(&row[2]));
    Catalogue { metrics, by_name, aliases: rows("aliases").iter().map(alias).collect() }
});

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|list| list.iter().map(text).collect()).unwrap_or_default()
}

/// A row of the table: one metric, or two where the exporter has a name for each prefix.
fn metric(row: &Value, label_sets: &[Value]) -> Vec<Metric> {
    let (name, other, note) = (text(&row[1]), row[2].as_str(), &row[8]);
    let set = row[5].as_u64().and_then(|i| usize::try_from(i).ok()).and_then(|i| label_sets.get(i));
    let metric_type = match row[3].as_str() {
        Some("gauge") => Type::Gauge,
        Some("counter") => Type::Counter,
        Some("histogram") => Type::Histogram,
        Some("summary") => Type::Summary,
        _ => Type::Untyped,
    };
    let semantic = match row[4].as_str() {
        Some("gauge") => Semantic::Gauge,
        Some("counter") => Semantic::Counter,
        Some("sequence") => Semantic::Sequence,
        Some("time") => Semantic::Time,
        Some("info") => Semantic::Info,
        Some("histogram") => Semantic::Histogram,
        Some("summary") => Semantic::Summary,
        _ => Semantic::Unclear,
    };
    let one = Metric {
        name: name.clone(),
        tool: if row[0] == "surveyor" { Tool::Surveyor } else { Tool::Exporter },
        prefixed: false,
        other_name: other.map(str::to_owned),
        metric_type,
        semantic,
        labels: set.map(texts).unwrap_or_default(),
        detailed: note["detailed"] == true,
        flags: texts(&row[6]),
        unit: text(&row[7]),
        not_on: note["not_on"].as_str().map(str::to_owned),
        never_emitted: note["never_emitted"] == true,
    };
    match other {
        Some(other) => {
            let two = Metric { name: other.to_owned(), prefixed: true, other_name: Some(name), ..one.clone() };
            vec![one, two]
        }
        None => vec![one],
    }
}

/// Every metric under every name.
pub fn catalogue() -> &'static [Metric] {
    &CATALOGUE.metrics
}

/// The metrics of this name: none, one, or two where both tools have it. The series of a histogram (`…_bucket`, `…_sum`,
/// `…_count`) and of a summary are found by their own names too.
pub fn lookup(name: &str) -> Vec<&'static Metric> {
    let named = |name: &str| CATALOGUE.by_name.get(name).into_iter().flatten().filter_map(|i| catalogue().get(*i));
    let exact: Vec<_> = named(name).collect();
    if !exact.is_empty() {
        return exact;
    }
    let parts = [("_bucket", false), ("_sum", true), ("_count", true)];
    let base = parts.iter().find_map(|(suffix, both)| Some((name.strip_suffix(suffix)?, *both)));
    let Some((base, both)) = base else { return Vec::new() };
    let has = |metric: &&Metric| metric.metric_type == Type::Histogram || (both && metric.metric_type == Type::Summary);
    named(base).filter(has).collect()
}

/// Names that people write for metrics that do not exist, and what to write instead: the names, and a sentence with the
/// tool of each. Empty where `name` is none of them.
pub fn aliases(name: &str) -> Option<(&'static [String], &'static str)> {
    let found = CATALOGUE.aliases.iter().find(|(alias, ..)| alias == name)?;
    Some((&found.1, &found.2))
}

/// The real metrics that a name was probably meant to be, the likeliest first: at most three, and none where nothing is
/// near.
pub fn nearest(name: &str) -> Vec<&'static str> {
    if let Some((names, _)) = aliases(name) {
        let real = names.iter().filter(|name| !lookup(name).is_empty());
        return real.map(String::as_str).take(3).collect();
    }
    likeliest(catalogue().iter().map(|metric| metric.name.as_str()), 0.8, |other| likeness(name, other))
}

/// Those names that are at least so near (0 to 1), the nearest first and at most three.
pub fn likeliest<'n>(names: impl Iterator<Item = &'n str>, least: f64, score: impl Fn(&str) -> f64) -> Vec<&'n str> {
    let mut scored: Vec<(f64, &str)> = names.map(|name| (score(name), name)).collect();
    scored.retain(|(score, _)| *score >= least);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by_key(|(_, name)| *name);
    scored.into_iter().map(|(_, name)| name).take(3).collect()
}

/// How near two names are, 0 to 1: by letters, or by words where one only has more of them.
fn likeness(a: &str, b: &str) -> f64 {
    let letters = strsim::normalized_damerau_levenshtein(a, b);
    let (short, long): (Vec<&str>, Vec<&str>) = (a.split('_').collect(), b.split('_').collect());
    let (short, long) = if short.len() <= long.len() { (short, long) } else { (long, short) };
    let plain = long.iter().any(|word| matches!(*word, "total" | "num" | "count") && !short.contains(word));
    let mut rest = long.iter();
    let within = short.len() > 1 && short.iter().all(|word| rest.any(|other| other == word));
    let extra = u32::try_from(long.len() - short.len()).unwrap_or(u32::MAX);
    let words = 0.95 - 0.05 * f64::from(extra) + if plain { 0.01 } else { 0.0 };
    if within && extra <= 2 { letters.max(words) } else { letters }
}
