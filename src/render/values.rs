//! Values the way manifests write them.

use super::Context;
use crate::{
    model::{Address, Path, Type, Value},
    units,
};

/// A value at a path of an object, for people.
pub(super) fn value(cx: &Context<'_>, address: &Address, path: &Path, value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number(cx, address, path, n),
        Value::String(s) => text(s),
        Value::Array(items) => {
            let each = items.iter().enumerate().map(|(i, v)| self::value(cx, address, &path.key(&i.to_string()), v));
            format!("[{}]", each.collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if map.len() == 1 && map.get("secret") == Some(&Value::Bool(true)) => "(secret)".into(),
        Value::Object(map) => {
            let each = map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| {
                let (field, scalar) = (path.field(k), !v.is_array() && !v.is_object());
                let inner = if scalar && (cx.humanise)(address, &field).is_none() { path.key(k) } else { field };
                format!("{}: {}", text(k), self::value(cx, address, &inner, v))
            });
            format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

fn number(cx: &Context<'_>, address: &Address, path: &Path, n: &serde_json::Number) -> String {
    match ((cx.humanise)(address, path), n.as_i64()) {
        (Some(Type::Duration), Some(ns)) if ns > 0 => units::print_duration(ns),
        (Some(Type::Size { .. }), Some(bytes)) if bytes > 0 => units::print_size(bytes),
        _ => n.to_string(),
    }
}

/// A string: bare where it cannot be taken for anything else.
fn text(s: &str) -> String {
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '#');
    let other = matches!(s, "" | "null" | "true" | "false" | "~") || s.parse::<f64>().is_ok();
    if other || s.contains(odd) || s.ends_with(':') { Value::from(s).to_string() } else { s.to_owned() }
}

/// A value at a path of an object, the way manifests write it.
pub fn print(humanise: &super::Humanise<'_>, address: &Address, path: &Path, value: &Value) -> String {
    let style = super::Style { color: false, width: 80, verbose: false };
    self::value(&Context { style: &style, humanise, scoped: false }, address, path, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::json, render::Style};

    fn show(v: &Value) -> String {
        let humanise = |_: &Address, path: &Path| match path.to_string().as_str() {
            "max_age" | "backoff[0]" | "backoff[1]" => Some(Type::Duration),
            "max_bytes" => Some(Type::Size { min: -1, max: i64::MAX }),
            _ => None,
        };
        let style = Style { color: false, width: 80, verbose: false };
        let cx = Context { style: &style, humanise: &humanise, scoped: false };
        value(&cx, &Address::new("stream", ["A"], "APP"), &Path::root(), v)
    }

    #[test]
    fn values_print_the_way_people_write_them() {
        let body = json!({"max_age": 86_400_000_000_000_i64, "max_bytes": 10_737_418_240_i64, "backoff": [1_000_000_000, 60_000_000_000_i64]});
        insta::assert_snapshot!(show(&body), @"{max_age: 1d, max_bytes: 10GiB, backoff: [1s, 1m]}");
        let limits = json!({"max_age": 0, "max_bytes": -1, "max_msgs": 5000});
        insta::assert_snapshot!(show(&limits), @"{max_age: 0, max_bytes: -1, max_msgs: 5000}");
    }

    #[test]
    fn strings_are_bare_only_where_they_are_clear() {
        let words = json!(["orders.>", "*", "a b", "", "5", "true", "a,b", "\u{1b}[31m", "ü"]);
        insta::assert_snapshot!(show(&words), @r#"[orders.>, *, "a b", "", "5", "true", "a,b", "\u001b[31m", ü]"#);
        insta::assert_snapshot!(show(&json!({"password": {"secret": true}})), @"{password: (secret)}");
    }
}
