//! Leaves and fields that streams and consumers share: how JetStream writes a value, and what means the same to it.

use crate::{
    model::{Choice, Default, Field, Leaf, Map, Members, Order, Path, Seen, Shape, Type, Value, always, json},
    shape as walk,
};

/// A field that every supported server knows and takes at any time.
pub const fn field(name: &'static str, doc: &'static str, shape: Shape, default: Default) -> Field {
    Field { name, doc, shape, since: (2, 0), create: always, update: always, default, seen: Seen::Always }
}

/// A switch that is off unless it is written.
pub const fn switch(name: &'static str, doc: &'static str) -> Field {
    field(name, doc, leaf(Type::Bool, Value::clone), Default::Bool(false))
}

/// A leaf with its canonical form.
pub const fn leaf(ty: Type, canon: fn(&Value) -> Value) -> Shape {
    Shape::Leaf(Leaf { ty, canon })
}

/// Text in which the empty text means that there is none.
pub const fn text(max: usize) -> Shape {
    leaf(Type::Text { max }, text_or_none)
}

/// A subject, or a prefix of subjects; empty means that there is none.
pub const fn subject() -> Shape {
    text(SUBJECT)
}

/// A subject pattern in which leaving it out means everything.
pub const fn any_subject() -> Shape {
    leaf(Type::Text { max: SUBJECT }, subject_or_all)
}

/// A limit: zero, `-1` and anything below are "no limit".
pub const fn limit() -> Shape {
    leaf(Type::Int { min: -1, max: i64::MAX }, unlimited)
}

/// A limit in bytes: zero, `-1` and anything below are "no limit".
pub const fn size_limit(max: i64) -> Shape {
    leaf(Type::Size { min: -1, max }, unlimited)
}

/// A time span in nanoseconds; zero means that there is none.
pub const fn duration() -> Shape {
    leaf(Type::Duration, positive)
}

/// An instant: two texts for the same instant are equal, and Go's zero time means that there is none.
pub const fn time() -> Shape {
    leaf(Type::Time, instant)
}

/// A whole number in which zero means that there is none.
pub const fn count() -> Shape {
    leaf(Type::Int { min: 0, max: i64::MAX }, positive)
}

/// A sequence: up to 2^64 - 1, zero means that there is none.
pub const fn sequence() -> Shape {
    leaf(Type::Uint, positive)
}

/// One of a list of words.
pub const fn words(choices: &'static [Choice]) -> Shape {
    leaf(Type::Enum(choices), Value::clone)
}

/// A list without meaning in its order.
pub const fn set(item: &'static Shape) -> Shape {
    Shape::List { order: Order::Free, key: None, members: Members::All, item }
}

/// One word of an enumeration that every supported server knows.
pub const fn word(value: &'static str, doc: &'static str) -> Choice {
    Choice { value, doc, since: (2, 0) }
}

/// The length that the server allows for a description.
pub const DESCRIPTION: usize = 4096;
/// The length of one metadata value; the server bounds the sum of all keys and values.
pub const METADATA: usize = 131_072;
/// More than any subject that a server takes in one protocol line.
pub const SUBJECT: usize = 4096;

/// One subject of a list.
pub static SUBJECT_ITEM: Shape = leaf(Type::Text { max: SUBJECT }, Value::clone);
/// One free text, taken as it is.
pub static VERBATIM: Shape = leaf(Type::Text { max: METADATA }, Value::clone);
/// One time span of a list.
pub static DURATION_ITEM: Shape = leaf(Type::Duration, Value::clone);
/// Free keys and values.
pub const fn metadata() -> Shape {
    Shape::Map(&VERBATIM)
}

/// Whether a metadata key belongs to the server.
pub fn reserved_key(key: &str) -> bool {
    key.starts_with("_nats.")
}

/// The configuration without the metadata that the server wrote.
pub fn without_server_metadata(config: &Value) -> Value {
    let mut config = config.clone();
    if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !reserved_key(key));
    }
    config
}

/// A number of a configuration; zero where there is none.
pub fn number(config: &Value, name: &str) -> i64 {
    config[name].as_i64().unwrap_or(0)
}

/// A text of a configuration; empty where there is none.
pub fn word_of<'a>(config: &'a Value, name: &str) -> &'a str {
    config[name].as_str().unwrap_or("")
}

/// Whether a switch of a configuration is on.
pub fn on(config: &Value, name: &str) -> bool {
    config[name].as_bool().unwrap_or(false)
}

/// Whether a value is there and says something: no null, no empty text, list or object.
pub fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        Value::Object(o) => !o.is_empty(),
        _ => true,
    }
}

/// The object to write into, made from whatever is there.
pub fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Takes a path back to its default. Objects around it that then say nothing go with it: a server fills them with empty
/// texts (`external.deliver`), and what is left of a mirror would be a change of the mirror.
pub fn reset(shape: &'static Shape, config: &mut Value, path: &Path) {
    walk::remove(config, path);
    for depth in (1..path.0.len()).rev() {
        let around = Path(path.0[..depth].to_vec());
        let Some(inner) = walk::at(shape, &around) else { continue };
        let value = walk::lookup(config, &around);
        if value.is_object() && !says(&walk::view(inner, value)) {
            walk::remove(config, &around);
        }
    }
}

fn text_or_none(v: &Value) -> Value {
    if v.as_str() == Some("") { Value::Null } else { v.clone() }
}

fn subject_or_all(v: &Value) -> Value {
    if v.as_str() == Some("") { json!(">") } else { v.clone() }
}

fn unlimited(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n <= 0) { json!(-1) } else { v.clone() }
}

fn positive(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n <= 0) { Value::Null } else { v.clone() }
}

/// RFC 3339 in UTC without trailing zeros. What cannot be read stays as it is.
pub fn instant(v: &Value) -> Value {
    let Some(text) = v.as_str() else { return v.clone() };
    if text.is_empty() || text.starts_with("0001-01-01T00:00:00") {
        return Value::Null;
    }
    text.parse::<jiff::Timestamp>().map_or_else(|_| v.clone(), |t| json!(t.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_compared_and_not_their_texts() {
        for text in ["2024-01-01T02:00:00.500+02:00", "2024-01-01T00:00:00.5Z", "2023-12-31T19:00:00.500000000-05:00"] {
            assert_eq!(instant(&json!(text)), json!("2024-01-01T00:00:00.5Z"));
        }
        assert_eq!(instant(&json!("0001-01-01T00:00:00Z")), Value::Null);
        assert_eq!(instant(&json!("soon")), json!("soon"));
    }

    #[test]
    fn what_a_server_reads_as_no_limit_is_one_value() {
        for n in [0, -1, -9] {
            assert_eq!(unlimited(&json!(n)), json!(-1));
            assert_eq!(positive(&json!(n)), Value::Null);
        }
        assert_eq!(unlimited(&json!(7)), json!(7));
        assert_eq!(positive(&json!(u64::MAX)), json!(u64::MAX));
    }
}
