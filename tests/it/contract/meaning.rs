//! What a value means to the server, read by this test's own eyes: natsform's views are what is tested.

use serde_json::Value;

/// Whether a live value says what was declared.
pub fn says(declared: &Value, live: &Value) -> bool {
    match (declared, live) {
        (a, b) if a == b => true,
        (a, Value::Null) => is_nothing(a),
        (Value::String(a), Value::String(b)) => same_text(a, b),
        (Value::Array(a), Value::Array(b)) if a.iter().all(Value::is_number) => a == b,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| says(x, y))),
        (Value::Object(a), live) => a.iter().all(|(name, value)| says(value, &live[name])),
        _ => false,
    }
}

/// What a server leaves out when it shows a configuration.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(n) => n.as_i64() == Some(0),
        Value::String(s) => ["", "none", "default", "0001-01-01T00:00:00Z"].contains(&s.as_str()),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.values().all(is_nothing),
        Value::Bool(true) => false,
    }
}

/// Servers keep the text of a percentage and the zone of an instant.
fn same_text(a: &str, b: &str) -> bool {
    let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let percent = |text: &str| text.trim_end_matches('%').to_owned();
    percent(a) == percent(b) || instant(a).is_some_and(|a| Some(a) == instant(b))
}

/// The value at a path of fields: `placement.tags`.
pub fn at<'a>(config: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(config, |value, name| &value[name])
}

/// Puts a value at a path of fields.
pub fn put(config: &mut Value, path: &str, value: Value) {
    let mut inner = config;
    for name in path.split('.') {
        inner = &mut inner[name];
    }
    *inner = value;
}

/// Whether two live values mean the same: neither says what the other does not.
pub fn equal(a: &Value, b: &Value) -> bool {
    (is_nothing(a) && is_nothing(b)) || (says(a, b) && says(b, a))
}

#[test]
fn instants_sets_and_nothings_are_read_as_servers_mean_them() {
    use serde_json::json;
    for (declared, live, is) in [
        (json!(false), json!(null), true),
        (json!("2024-01-01T02:00:00.500+02:00"), json!("2024-01-01T00:00:00.5Z"), true),
        (json!(["b", "a"]), json!(["a", "b"]), true),
        (json!([2, 1]), json!([1, 2]), false),
        (json!([{"name": "A"}]), json!([{"name": "A", "external": null}]), true),
        (json!({"team": "a"}), json!({"team": "b"}), false),
        (json!(5), json!(null), false),
    ] {
        assert_eq!(says(&declared, &live), is, "{declared} {live}");
    }
}
