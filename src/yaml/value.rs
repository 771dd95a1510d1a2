//! What a plain scalar means, and nodes as JSON values.
//!
//! Only JSON's own numbers are numbers, and `true`, `false` and `null` (with a capital or all capitals) are themselves.
//! `017`, `0x1F`, `1_000`, `.5` and `.inf` stay text until someone asks for a number.

use super::{Cx, DecodeError, Kind, Node, Style};
use serde_json::{Map, Number, Value};

/// The boolean that YAML 1.1 would see in `text`: `yes`, `off`, `y` …. `None` for `true` and `false`, too.
pub fn yaml11_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => Some(true),
        "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// `true` or `false`, as a plain scalar.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether a plain scalar is a number in JSON's sense.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let body = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).map_or((body, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

/// The node as a JSON value. Numbers keep their text (`1.10` stays `1.10`), aliases are expanded, merge keys applied.
///
/// # Errors
/// Where the expanded value is larger than the budget of `cx`. The error is in `cx`, too.
pub fn to_value(node: &Node, cx: &Cx) -> Result<Value, DecodeError> {
    cx.start();
    value(node, cx)
}

fn value(node: &Node, cx: &Cx) -> Result<Value, DecodeError> {
    cx.step(node.span).map_err(|fail| cx.refuse(fail, node.span))?;
    let node = node.resolve();
    Ok(match &node.kind {
        Kind::Scalar { text, style: Style::Plain } => scalar(node, text),
        Kind::Scalar { text, .. } => Value::String(text.to_string()),
        Kind::Seq(items) => Value::Array(items.iter().map(|n| value(n, cx)).collect::<Result<_, _>>()?),
        Kind::Map(_) | Kind::Alias(_) => {
            let mut map = Map::new();
            for (key, content) in node.entries() {
                map.insert(key.as_str().unwrap_or_default().to_owned(), value(content, cx)?);
            }
            Value::Object(map)
        }
    })
}

/// What a plain scalar means.
fn scalar(node: &Node, text: &str) -> Value {
    if node.is_null() {
        return Value::Null;
    }
    if let Some(b) = boolean(text) {
        return Value::Bool(b);
    }
    match text.parse::<Number>() {
        Ok(number) if is_number(text) => Value::Number(number),
        _ => Value::String(text.to_owned()),
    }
}
