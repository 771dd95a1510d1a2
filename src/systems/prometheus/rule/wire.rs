//! Between a body and what a server shows of it.
//!
//! The live configuration of a document is `{"file", "loaded", "interval"}`: the rule file on disk ([`parse_file`](
//! super::file::parse_file)), null where there is none and left out where nobody can read it; the groups of
//! `/api/v1/rules` that the server loaded from that file, as it shows them, null where it loaded none; and the server's
//! `evaluation_interval` in seconds. Live is what is *loaded*. A server shows neither `query_offset` nor which labels came
//! from the group, and an interval always as it is in force: those come from the file, as far as the group in the file is
//! the one that is loaded.

use super::{
    shape::{GROUP, GROUPS, SHAPE},
    text,
};
use crate::{
    model::{Map, Path, Value, json},
    promql, shape as walk,
};

/// The interval of a server whose configuration says none, in seconds.
const DEFAULT_INTERVAL: f64 = 60.0;

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}

/// What is loaded, in manifest terms.
pub fn view(config: &Value) -> Value {
    let groups: Vec<Value> = list(config, "loaded")
        .iter()
        .map(|loaded| {
            let named = |group: &&Value| group["name"] == loaded["name"];
            let on_disk = list(&config["file"], "groups").iter().find(named);
            if let Some(group) = on_disk.filter(|group| is_loaded(group, loaded, global(config))) {
                return walk::view(&GROUP, group);
            }
            let shown = walk::view(&GROUP, &from_api(loaded, global(config)));
            let same = |group: &&Value| seen(group, global(config)) == shown;
            on_disk.filter(same).map_or_else(|| shown.clone(), |group| walk::view(&GROUP, group))
        })
        .collect();
    if groups.is_empty() { json!({}) } else { object([("groups", walk::arranged(&GROUPS, groups))]) }
}

/// Whether a group of a file is surely the one that is loaded: what most of thousands are, told without writing either of
/// them anew. Where it says no, their views tell.
fn is_loaded(group: &Value, loaded: &Value, global: f64) -> bool {
    let (rules, live) = (list(group, "rules"), list(loaded, "rules"));
    let plain = group["labels"].is_null();
    let interval = Some(seconds(group, "interval")).filter(|s| *s > 0.0).unwrap_or(global);
    let near = |a: f64, b: &Value| b.as_f64().is_some_and(|b| (a - b).abs() < 0.0005);
    let limit = |of: &Value| of["limit"].as_i64().unwrap_or(0);
    plain
        && near(interval, &loaded["interval"])
        && limit(group) == limit(loaded)
        && rules.len() == live.len()
        && rules.iter().zip(live).all(|(rule, shown)| is_loaded_rule(rule, shown))
}

fn is_loaded_rule(rule: &Value, shown: &Value) -> bool {
    let recording = says(&rule["record"]);
    let name = if recording { &rule["record"] } else { &rule["alert"] };
    let same_texts = |field: &str| match (says(&rule[field]), says(&shown[field])) {
        (true, true) => rule[field] == shown[field],
        (a, b) => a == b,
    };
    let same_time = |field: &str, api: &str| (seconds(rule, field) - shown[api].as_f64().unwrap_or(0.0)).abs() < 0.0005;
    let (Some(ours), Some(theirs)) = (rule["expr"].as_str(), shown["query"].as_str()) else { return false };
    shown["type"] == if recording { "recording" } else { "alerting" }
        && *name == shown["name"]
        && same_texts("labels")
        && (recording || same_texts("annotations"))
        && (recording || same_time("for", "duration") && same_time("keep_firing_for", "keepFiringFor"))
        && (ours == theirs || text::normal(ours) == text::normal(theirs))
}

fn global(config: &Value) -> f64 {
    config["interval"].as_f64().filter(|s| *s > 0.0).unwrap_or(DEFAULT_INTERVAL)
}

/// What a server would show of a group of a file.
fn seen(group: &Value, global: f64) -> Value {
    walk::view(&GROUP, &from_api(&to_api(group, global), global))
}

/// A live configuration, from its parts.
pub fn live_config(file: Value, loaded: Vec<Value>, interval: f64) -> Value {
    object([("file", file), ("loaded", Value::Array(loaded)), ("interval", interval.into())])
}

/// An object from its entries, which are moved and not written anew (as `json!` does, thousands of rules at a time).
pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The configuration once `file` is on disk and loaded.
pub fn loaded(file: &Value, interval: f64) -> Value {
    let groups: Vec<Value> = list(file, "groups").iter().map(|group| to_api(group, interval)).collect();
    live_config(file.clone(), groups, interval)
}

/// The configuration of `before` with `body` put in. What a server cannot show and nobody can read stays unread.
pub fn put(before: &Value, body: &Value, interval: Option<f64>) -> Value {
    let interval = before["interval"].as_f64().or(interval).unwrap_or(DEFAULT_INTERVAL);
    loaded(&trimmed(body), interval)
}

/// As it will be read again: a file that nobody could read before will not be read then either.
pub fn settled(before: Option<&Value>, sent: &Value) -> Value {
    let mut out = sent.clone();
    let unread = before.is_some_and(|b| b.is_object() && b.get("file").is_none());
    if let Some(map) = out.as_object_mut().filter(|_| unread) {
        map.shift_remove("file");
    }
    out
}

/// A body without what means the default, in the order in which rule files are written.
pub fn trimmed(body: &Value) -> Value {
    let mut out = trim(&SHAPE, body);
    if !out.is_object() {
        out = json!({});
    }
    if out.get("groups").is_none() {
        out["groups"] = json!([]);
    }
    out
}

fn trim(shape: &'static crate::model::Shape, value: &Value) -> Value {
    use crate::model::Shape;
    match (walk::resolve(shape), value) {
        (Shape::Object(fields), Value::Object(map)) => {
            let kept = fields.iter().filter_map(|f| {
                let value = map.get(f.name)?;
                // what holds something is no default: asking its view would look at all of it once more on each level
                let full = match (walk::resolve(&f.shape), value) {
                    (Shape::List { .. }, Value::Array(items)) => !items.is_empty(),
                    (Shape::Map(_), Value::Object(map)) => !map.is_empty(),
                    _ => false,
                };
                let default = !full && walk::same(&f.shape, f.default, &Value::Null, value);
                (!default).then(|| (f.name.to_owned(), trim(&f.shape, value)))
            });
            Value::Object(kept.collect())
        }
        (Shape::List { item, .. }, Value::Array(items)) => items.iter().map(|v| trim(item, v)).collect(),
        (Shape::Map(_), Value::Object(map)) => {
            let mut kept: Vec<_> = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        (_, other) => other.clone(),
    }
}

fn seconds(of: &Value, name: &str) -> f64 {
    of[name].as_str().and_then(|text| promql::parse_seconds(text).ok()).unwrap_or(0.0)
}

fn duration(of: &Value, name: &str) -> Value {
    let seconds = of[name].as_f64().filter(|s| s.is_finite()).unwrap_or(0.0);
    json!(promql::print_seconds(seconds))
}

/// A group of a file as `/api/v1/rules` shows it.
fn to_api(group: &Value, global: f64) -> Value {
    let interval = seconds(group, "interval");
    let interval = if interval > 0.0 { interval } else { global };
    let rules: Vec<Value> = list(group, "rules").iter().map(|rule| rule_to_api(rule, &group["labels"])).collect();
    let limit = group["limit"].as_i64().unwrap_or(0);
    object([
        ("name", group["name"].clone()),
        ("interval", interval.into()),
        ("limit", limit.into()),
        ("rules", Value::Array(rules)),
    ])
}

fn rule_to_api(rule: &Value, of_group: &Value) -> Value {
    let mut labels = of_group.as_object().cloned().unwrap_or_default();
    labels.extend(rule["labels"].as_object().cloned().unwrap_or_default());
    let query = rule["expr"].as_str().map(text::normal).unwrap_or_default();
    if says(&rule["record"]) {
        return object([
            ("type", "recording".into()),
            ("name", rule["record"].clone()),
            ("query", query.into()),
            ("labels", Value::Object(labels)),
        ]);
    }
    let annotations = if says(&rule["annotations"]) { rule["annotations"].clone() } else { json!({}) };
    object([
        ("type", "alerting".into()),
        ("name", rule["alert"].clone()),
        ("query", query.into()),
        ("duration", seconds(rule, "for").into()),
        ("keepFiringFor", seconds(rule, "keep_firing_for").into()),
        ("labels", Value::Object(labels)),
        ("annotations", annotations),
    ])
}

/// A group that a server shows, as far as it shows it.
fn from_api(group: &Value, global: f64) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), group["name"].clone());
    let differs = |seconds: &f64| (seconds - global).abs() >= 0.0005;
    if group["interval"].as_f64().filter(differs).is_some() {
        out.insert("interval".into(), duration(group, "interval"));
    }
    if says(&group["limit"]) {
        out.insert("limit".into(), group["limit"].clone());
    }
    let rules: Vec<Value> = list(group, "rules").iter().map(rule_from_api).collect();
    out.insert("rules".into(), Value::Array(rules));
    Value::Object(out)
}

fn rule_from_api(rule: &Value) -> Value {
    let recording = rule["type"] == "recording";
    let mut out = Map::new();
    out.insert(if recording { "record" } else { "alert" }.into(), rule["name"].clone());
    out.insert("expr".into(), rule["query"].clone());
    if !recording {
        out.insert("for".into(), duration(rule, "duration"));
        out.insert("keep_firing_for".into(), duration(rule, "keepFiringFor"));
    }
    for name in ["labels", "annotations"] {
        if says(&rule[name]) {
            out.insert(name.into(), rule[name].clone());
        }
    }
    Value::Object(out)
}

/// Why the file on disk is not what the server runs; `None` where it is, or where nobody can tell.
pub fn at_rest(config: &Value) -> Option<String> {
    let file = config.get("file")?;
    let (on_disk, live) = (list(file, "groups"), list(config, "loaded"));
    if file.is_null() {
        return (!live.is_empty())
            .then(|| "the file is gone from the disk, and its groups are still loaded".to_owned());
    }
    if live.is_empty() && !on_disk.is_empty() {
        return Some("the file on disk is not loaded".to_owned());
    }
    let is_there = |group: &Value| {
        let mut same = live.iter().filter(|loaded| loaded["name"] == group["name"]);
        same.next().is_some_and(|loaded| is_loaded(group, loaded, global(config))) && same.next().is_none()
    };
    let on_the_disk = |loaded: &Value| on_disk.iter().any(|group| group["name"] == loaded["name"]);
    if on_disk.len() == live.len() && on_disk.iter().all(is_there) && live.iter().all(on_the_disk) {
        return None;
    }
    let view = |groups: Vec<Value>| walk::view(&SHAPE, &object([("groups", Value::Array(groups))]));
    let before = view(live.iter().map(|group| from_api(group, global(config))).collect());
    let after = view(on_disk.iter().map(|group| seen(group, global(config))).collect());
    let mut changes = Vec::new();
    walk::diff(&SHAPE, &before, &after, &Path::root(), &mut changes);
    let first = changes.first()?;
    let more = match changes.len() - 1 {
        0 => String::new(),
        n => format!(" and {}", if n == 1 { "1 more place".to_owned() } else { format!("{n} more places") }),
    };
    Some(format!("the file on disk is not what is loaded: `{}`{more}", first.path))
}

/// Groups as a server shows them, in manifest terms; what it does not show is not there.
pub fn view_of_groups(groups: &[Value], global: f64) -> Value {
    let shown: Vec<Value> = groups.iter().map(|group| from_api(group, global)).collect();
    walk::view(&SHAPE, &object([("groups", Value::Array(shown))]))
}
