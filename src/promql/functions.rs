//! The functions and operators of PromQL, and the version of Prometheus that brought each.
//!
//! Since when a function is there is needed to say before an apply what the live server would refuse. The versions are
//! those of Prometheus' changelog and of `facts/prometheus.md` section 1.2; what is older than 2.16 is written 2.0.

/// A version of Prometheus: major and minor.
pub type Version = (u32, u32);

/// What a function or an operator asks of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) since: Version,
    /// Whether it needs a feature flag, and which.
    pub(crate) flag: Option<&'static str>,
    /// Since when it needs none.
    pub(crate) stable: Option<Version>,
    /// Since when it is gone.
    pub(crate) until: Option<Version>,
}

pub(crate) const EXPERIMENTAL: &str = "promql-experimental-functions";

const fn plain(name: &'static str, since: Version) -> Entry {
    Entry { name, since, flag: None, stable: None, until: None }
}

const fn experimental(name: &'static str, since: Version) -> Entry {
    Entry { name, since, flag: Some(EXPERIMENTAL), stable: None, until: None }
}

/// Functions that every supported server has.
const OLD: &[&str] = &[
    "abs",
    "absent",
    "avg_over_time",
    "ceil",
    "changes",
    "clamp_max",
    "clamp_min",
    "count_over_time",
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "delta",
    "deriv",
    "exp",
    "floor",
    "histogram_quantile",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "ln",
    "log10",
    "log2",
    "max_over_time",
    "min_over_time",
    "minute",
    "month",
    "predict_linear",
    "quantile_over_time",
    "rate",
    "resets",
    "round",
    "scalar",
    "sort",
    "sort_desc",
    "sqrt",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
    "time",
    "timestamp",
    "vector",
    "year",
];

/// Functions that came later, and those that need a feature flag.
const NEWER: &[Entry] = &[
    plain("absent_over_time", (2, 16)),
    plain("acos", (2, 31)),
    plain("acosh", (2, 31)),
    plain("asin", (2, 31)),
    plain("asinh", (2, 31)),
    plain("atan", (2, 31)),
    plain("atanh", (2, 31)),
    plain("clamp", (2, 26)),
    plain("cos", (2, 31)),
    plain("cosh", (2, 31)),
    plain("day_of_year", (2, 37)),
    plain("deg", (2, 31)),
    experimental("double_exponential_smoothing", (3, 0)),
    experimental("end", (3, 12)),
    Entry { stable: Some((3, 14)), ..experimental("first_over_time", (3, 7)) },
    plain("histogram_avg", (2, 51)),
    plain("histogram_count", (2, 40)),
    plain("histogram_fraction", (2, 40)),
    experimental("histogram_quantiles", (3, 11)),
    plain("histogram_stddev", (2, 47)),
    plain("histogram_stdvar", (2, 47)),
    plain("histogram_sum", (2, 40)),
    Entry { until: Some((3, 0)), ..plain("holt_winters", (2, 0)) },
    experimental("info", (3, 0)),
    experimental("integral", (3, 13)),
    plain("last_over_time", (2, 26)),
    experimental("mad_over_time", (2, 49)),
    experimental("max_of", (3, 13)),
    experimental("min_of", (3, 13)),
    plain("pi", (2, 31)),
    plain("present_over_time", (2, 29)),
    plain("rad", (2, 31)),
    experimental("range", (3, 12)),
    plain("sgn", (2, 26)),
    plain("sin", (2, 31)),
    plain("sinh", (2, 31)),
    experimental("sort_by_label", (2, 49)),
    experimental("sort_by_label_desc", (2, 49)),
    experimental("start", (3, 12)),
    experimental("start_timestamp", (3, 13)),
    experimental("step", (3, 12)),
    plain("tan", (2, 31)),
    plain("tanh", (2, 31)),
    experimental("ts_of_first_over_time", (3, 7)),
    experimental("ts_of_last_over_time", (3, 5)),
    experimental("ts_of_max_over_time", (3, 5)),
    experimental("ts_of_min_over_time", (3, 5)),
];

/// Aggregations that not every server has.
const AGGREGATIONS: &[Entry] =
    &[plain("group", (2, 20)), experimental("limitk", (2, 54)), experimental("limit_ratio", (2, 54))];

/// Names of other dialects, and what Prometheus has instead.
const FOREIGN: &[(&str, &str)] = &[
    ("histogram_share", "this is MetricsQL: Prometheus has `histogram_fraction` for native histograms"),
    ("median", "write `quantile(0.5, …)`"),
    ("median_over_time", "write `quantile_over_time(0.5, …)`"),
    ("range_avg", "this is MetricsQL: Prometheus does not know it"),
    ("rollup", "this is MetricsQL: Prometheus does not know it"),
    ("label_set", "write `label_replace(…)`"),
    ("label_value", "this is MetricsQL: Prometheus does not know it"),
    ("union", "write `a or b`"),
    ("distinct", "write `count(count by (label) (…))`"),
    ("count_distinct", "write `count(count by (label) (…))`"),
    ("avg_by", "write `avg by (…) (…)`"),
    ("if", "PromQL has no conditions: write `a and b`"),
];

/// Whether a function has this name.
pub(crate) fn known(name: &str) -> bool {
    OLD.contains(&name) || entry(name).is_some()
}

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OLD.iter().copied().chain(NEWER.iter().map(|entry| entry.name))
}

/// What a function asks of the server; `None` where every supported server has it.
pub(crate) fn entry(name: &str) -> Option<&'static Entry> {
    NEWER.iter().find(|entry| entry.name == name)
}

/// What an aggregation asks of the server; `None` where every supported server has it.
pub(crate) fn aggregation(op: &str) -> Option<&'static Entry> {
    AGGREGATIONS.iter().find(|entry| entry.name == op)
}

/// What to say of a name that belongs to another dialect.
pub(crate) fn foreign(name: &str) -> Option<&'static str> {
    FOREIGN.iter().find(|(known, _)| *known == name).map(|(_, help)| *help)
}

/// Whether an aggregation takes a parameter before its vector.
pub(crate) fn takes_parameter(op: &str) -> bool {
    matches!(op, "topk" | "bottomk" | "count_values" | "quantile" | "limitk" | "limit_ratio")
}

/// How an aggregation with a parameter is written.
pub(crate) fn parameter_help(op: &str) -> Option<String> {
    let first = match op {
        "topk" | "bottomk" | "limitk" => "5",
        "count_values" => "\"label\"",
        "quantile" => "0.9",
        "limit_ratio" => "0.1",
        _ => return None,
    };
    Some(format!("write it as `{op}({first}, …)`"))
}

/// Whether a function reads how much a counter grew: a reset of the counter is no drop to it.
pub fn reads_growth(function: &str) -> bool {
    matches!(function, "rate" | "irate" | "increase" | "resets")
}

/// Whether a function reads how a gauge moved.
pub fn reads_movement(function: &str) -> bool {
    matches!(
        function,
        "delta" | "idelta" | "deriv" | "predict_linear" | "holt_winters" | "double_exponential_smoothing"
    )
}
