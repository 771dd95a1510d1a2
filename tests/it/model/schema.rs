//! The configurations as the server's JSON decoder and encoder see them: which fields a version knows, of what type,
//! in which order they come back and which are left out where they are empty.

use super::error::{Check, json_error};
use serde_json::{Map, Value, json};

pub type Config = Map<String, Value>;

#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Texts,
    /// Whole numbers from..=to.
    Int(i64, i64),
    Uint,
    Bool,
    Time,
    Durations,
    /// The words with the minor version that brought them; the first is what an absent field means ("": none).
    Word(&'static [(&'static str, u32)]),
    Object(&'static [Field]),
    Objects(&'static [Field]),
    TextMap,
    /// Whatever it is, digit for digit.
    Any,
}

#[derive(Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// Whether the server writes it even where it is empty.
    pub always: bool,
    /// The minor versions that know it: from..until.
    pub since: (u32, u32),
}

const fn f(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, always: false, since: (0, u32::MAX) }
}

const fn always(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, always: true, since: (0, u32::MAX) }
}

const fn from(minor: u32, field: Field) -> Field {
    Field { since: (minor, u32::MAX), ..field }
}

use Kind::{Any, Bool, Durations, Object, Objects, Text, TextMap, Texts, Time, Uint, Word};
const INT: Kind = Kind::Int(i64::MIN, i64::MAX);
const INT32: Kind = Kind::Int(i32::MIN as i64, i32::MAX as i64);

/// What a server of tomorrow keeps and nobody here knows: that a client sends it back as it came can be seen with it.
const FUTURE: Field = from(99, f("future", Any));

const TRANSFORM: &[Field] = &[always("src", Text), always("dest", Text)];
const SOURCE: &[Field] = &[
    always("name", Text),
    f("opt_start_seq", Uint),
    f("opt_start_time", Time),
    f("filter_subject", Text),
    f("subject_transforms", Objects(TRANSFORM)),
    f("external", Object(&[always("api", Text), always("deliver", Text)])),
    from(14, f("consumer", Object(&[f("name", Text), f("deliver_subject", Text)]))),
    FUTURE,
];

pub const STREAM: &[Field] = &[
    always("name", Text),
    f("description", Text),
    f("subjects", Texts),
    always("retention", Word(&[("limits", 0), ("interest", 0), ("workqueue", 0)])),
    always("max_consumers", INT),
    always("max_msgs", INT),
    always("max_bytes", INT),
    always("max_age", INT),
    always("max_msgs_per_subject", INT),
    f("max_msg_size", INT32),
    always("discard", Word(&[("old", 0), ("new", 0)])),
    always("storage", Word(&[("", 0), ("file", 0), ("memory", 0)])),
    always("num_replicas", INT),
    f("no_ack", Bool),
    Field { since: (0, 14), ..f("template_owner", Text) },
    f("duplicate_window", INT),
    f("placement", Object(&[f("cluster", Text), f("tags", Texts), from(11, f("preferred", Text))])),
    f("mirror", Object(SOURCE)),
    f("sources", Objects(SOURCE)),
    always("compression", Word(&[("none", 0), ("s2", 0)])),
    f("first_seq", Uint),
    f("subject_transform", Object(TRANSFORM)),
    f("republish", Object(&[f("src", Text), always("dest", Text), f("headers_only", Bool)])),
    always("allow_direct", Bool),
    always("mirror_direct", Bool),
    f("discard_new_per_subject", Bool),
    always("sealed", Bool),
    always("deny_delete", Bool),
    always("deny_purge", Bool),
    always("allow_rollup_hdrs", Bool),
    always("consumer_limits", Object(&[f("inactive_threshold", INT), f("max_ack_pending", INT)])),
    from(11, always("allow_msg_ttl", Bool)),
    from(11, f("subject_delete_marker_ttl", INT)),
    from(12, f("allow_msg_counter", Bool)),
    from(12, f("allow_atomic", Bool)),
    from(12, f("allow_msg_schedules", Bool)),
    from(12, f("persist_mode", Word(&[("", 0), ("default", 0), ("async", 0)]))),
    from(14, f("allow_batched", Bool)),
    f("metadata", TextMap),
    FUTURE,
];

pub const CONSUMER: &[Field] = &[
    f("durable_name", Text),
    f("name", Text),
    f("description", Text),
    always(
        "deliver_policy",
        Word(&[
            ("all", 0),
            ("undefined", 0),
            ("last", 0),
            ("new", 0),
            ("by_start_sequence", 0),
            ("by_start_time", 0),
            ("last_per_subject", 0),
        ]),
    ),
    f("opt_start_seq", Uint),
    f("opt_start_time", Time),
    always("ack_policy", Word(&[("none", 0), ("all", 0), ("explicit", 0), ("flow_control", 14)])),
    f("ack_wait", INT),
    f("max_deliver", INT),
    f("backoff", Durations),
    f("filter_subject", Text),
    f("filter_subjects", Texts),
    always("replay_policy", Word(&[("instant", 0), ("original", 0)])),
    f("rate_limit_bps", Uint),
    f("sample_freq", Text),
    f("max_waiting", INT),
    f("max_ack_pending", INT),
    Field { since: (0, 11), ..f("idle_heartbeat", INT) },
    f("flow_control", Bool),
    f("headers_only", Bool),
    f("max_batch", INT),
    f("max_expires", INT),
    f("max_bytes", INT),
    f("deliver_subject", Text),
    f("deliver_group", Text),
    from(11, f("idle_heartbeat", INT)),
    f("inactive_threshold", INT),
    always("num_replicas", INT),
    f("mem_storage", Bool),
    f("direct", Bool),
    from(14, f("sourcing", Bool)),
    f("metadata", TextMap),
    from(11, f("pause_until", Time)),
    from(11, f("priority_groups", Texts)),
    from(11, f("priority_policy", Word(&[("none", 0), ("overflow", 0), ("pinned_client", 0), ("prioritized", 12)]))),
    from(11, f("priority_timeout", INT)),
    FUTURE,
];

/// Decodes an object. What is empty is left out, so that two configurations are equal where the server's are.
pub fn decode(value: &Value, fields: &[Field], minor: u32, extra: &[&str]) -> Check<Config> {
    let Value::Object(object) = value else { return json_error(minor, "json: cannot unmarshal into Go value") };
    let mut out = Config::new();
    for (name, value) in object {
        let known =
            fields.iter().find(|f| f.name.eq_ignore_ascii_case(name) && (f.since.0..f.since.1).contains(&minor));
        match known {
            Some(field) => {
                out.shift_remove(field.name);
                if let Some(value) = decode_field(value, field, minor)? {
                    out.insert(field.name.into(), value);
                }
            }
            // Servers before 2.12 take what they do not know and forget it.
            None if minor >= 12 && !extra.contains(&name.as_str()) => {
                return json_error(minor, &format!("json: unknown field \"{name}\""));
            }
            None => {}
        }
    }
    Ok(out)
}

fn decode_field(value: &Value, field: &Field, minor: u32) -> Check<Option<Value>> {
    let wrong = || json_error(minor, &format!("json: cannot unmarshal value into Go struct field .{}", field.name));
    if value.is_null() {
        return Ok(None);
    }
    Ok(match field.kind {
        Text => match value.as_str() {
            Some(text) => (!text.is_empty()).then(|| json!(text)),
            None => return wrong(),
        },
        Texts => match texts(value) {
            Some(list) => (!list.is_empty()).then(|| json!(list)),
            None => return wrong(),
        },
        Kind::Int(from, to) => match whole(value).filter(|n| (i128::from(from)..=i128::from(to)).contains(n)) {
            Some(n) => (n != 0).then(|| json!(n as i64)),
            None => return wrong(),
        },
        Uint => match whole(value).and_then(|n| u64::try_from(n).ok()) {
            Some(n) => (n != 0).then(|| json!(n)),
            None => return wrong(),
        },
        Bool => match value.as_bool() {
            Some(b) => b.then(|| json!(true)),
            None => return wrong(),
        },
        Durations => match value.as_array().and_then(|l| l.iter().map(whole).collect::<Option<Vec<_>>>()) {
            Some(l) => (!l.is_empty()).then(|| l.iter().map(|n| json!(*n as i64)).collect()),
            None => return wrong(),
        },
        Time => match value.as_str().and_then(go_time) {
            Some(text) => Some(json!(text)),
            None => return wrong(),
        },
        Word(words) => match value.as_str().and_then(|v| words.iter().find(|(w, since)| *w == v && minor >= *since)) {
            Some((word, _)) if word.is_empty() && field.name != "persist_mode" => return wrong(),
            Some((word, _)) => (*word != words[0].0 && !["undefined", "default"].contains(word)).then(|| json!(word)),
            None => return json_error(minor, &format!("can not unmarshal {value}")),
        },
        // What is always written is no pointer in Go: an empty one is none.
        Object(fields) => {
            let inner = decode(value, fields, minor, &[])?;
            (!(field.always && inner.is_empty())).then_some(Value::Object(inner))
        }
        Objects(fields) => match value.as_array() {
            Some(list) => {
                let list: Vec<Value> =
                    list.iter().map(|v| decode(v, fields, minor, &[]).map(Value::Object)).collect::<Check<_>>()?;
                (!list.is_empty()).then(|| Value::Array(list))
            }
            None => return wrong(),
        },
        Any => Some(value.clone()),
        TextMap => match value.as_object() {
            Some(map) if map.values().all(Value::is_string) => (!map.is_empty()).then(|| value.clone()),
            _ => return wrong(),
        },
    })
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned)).collect()
}

fn whole(value: &Value) -> Option<i128> {
    value.as_number()?.as_str().parse().ok()
}

/// A time as Go writes it back: in the zone it came in, without trailing zeros.
fn go_time(text: &str) -> Option<String> {
    instant(text)?;
    let zone = text.rfind(['Z', '+']).or_else(|| text.rfind('-')).filter(|i| *i > 10)?;
    let (time, zone) = text.split_at(zone);
    let time = if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time };
    Some(format!("{time}{}", if zone == "+00:00" { "Z" } else { zone }))
}

/// Nanoseconds since 1970.
pub fn instant(text: &str) -> Option<i128> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond)
}

/// As the server writes it.
pub fn encode(config: &Config, fields: &[Field], minor: u32) -> Value {
    let mut out = Map::new();
    for field in fields.iter().filter(|f| (f.since.0..f.since.1).contains(&minor)) {
        let value = match (config.get(field.name), field.kind) {
            (Some(v), Object(inner)) => encode(v.as_object().expect("an object"), inner, minor),
            (Some(v), Objects(inner)) => v
                .as_array()
                .expect("a list")
                .iter()
                .map(|v| encode(v.as_object().expect("an object"), inner, minor))
                .collect(),
            (Some(v), _) => v.clone(),
            (None, _) if !field.always => continue,
            (None, kind) => zero(kind),
        };
        out.insert(field.name.into(), value);
    }
    Value::Object(out)
}

fn zero(kind: Kind) -> Value {
    match kind {
        Text => json!(""),
        Kind::Int(..) | Uint => json!(0),
        Bool => json!(false),
        Word(words) => json!(words[0].0),
        Object(_) | TextMap => json!({}),
        Texts | Durations | Objects(_) => json!([]),
        Time => json!("0001-01-01T00:00:00Z"),
        Any => Value::Null,
    }
}

/// Reading and writing fields of a configuration; an absent one is empty.
pub trait Fields {
    fn text(&self, name: &str) -> &str;
    fn int(&self, name: &str) -> i64;
    fn on(&self, name: &str) -> bool;
    fn list(&self, name: &str) -> Vec<&str>;
    fn objects(&self, name: &str) -> Vec<&Config>;
    fn object(&self, name: &str) -> Option<&Config>;
    fn set(&mut self, name: &str, value: Value);
}

impl Fields for Config {
    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn int(&self, name: &str) -> i64 {
        self.get(name).and_then(|v| v.as_i64().or_else(|| v.as_u64().map(|_| i64::MAX))).unwrap_or_default()
    }

    fn on(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn objects(&self, name: &str) -> Vec<&Config> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
    }

    fn object(&self, name: &str) -> Option<&Config> {
        self.get(name).and_then(Value::as_object)
    }

    /// An empty value takes the field away.
    fn set(&mut self, name: &str, value: Value) {
        let empty = [json!(0), json!(false), json!(""), Value::Null, json!([])].contains(&value);
        if empty {
            self.shift_remove(name);
        } else {
            self.insert(name.into(), value);
        }
    }
}
