//! What differs between two views of one object.

use super::{is_leaf, keys, resolve};
use crate::model::{Change, Class, Default, Order, Path, Seen, Shape, Value, json};

/// Adds every difference between two [views](super::view) to `out`, field by field in the shape's order. A value that is
/// left out on one side stands there as its default.
pub fn diff(shape: &'static Shape, before: &Value, after: &Value, at: &Path, out: &mut Vec<Change>) {
    diff_field(shape, Default::Absent, before, after, at, out);
}

fn diff_field(
    shape: &'static Shape,
    default: Default,
    before: &Value,
    after: &Value,
    at: &Path,
    out: &mut Vec<Change>,
) {
    if before == after {
        return;
    }
    match (resolve(shape), before, after) {
        (Shape::Object(fields), Value::Object(_) | Value::Null, Value::Object(_) | Value::Null) => {
            for f in *fields {
                let (b, a) = (&before[f.name], &after[f.name]);
                match f.seen {
                    Seen::Always => diff_field(&f.shape, f.default, b, a, &at.field(f.name), out),
                    Seen::Never | Seen::Secret if b.is_null() && !a.is_null() => {
                        out.push(change(at.field(f.name), b.clone(), a.clone(), Class::Unverifiable));
                    }
                    Seen::Never | Seen::Secret => {}
                }
            }
        }
        (Shape::Map(item), Value::Object(_) | Value::Null, Value::Object(_) | Value::Null) => {
            let empty = serde_json::Map::new();
            let (b, a) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
            let mut names: Vec<&String> = b.keys().chain(a.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                diff_field(item, Default::Absent, &before[name], &after[name], &at.key(name), out);
            }
        }
        (Shape::List { key, order, item, .. }, Value::Array(_) | Value::Null, Value::Array(_) | Value::Null)
            if !is_leaf(item) =>
        {
            let none = Vec::new();
            let (b, a) = (before.as_array().unwrap_or(&none), after.as_array().unwrap_or(&none));
            diff_list(item, *key, *order, b, a, at, out);
        }
        _ => {
            let or_default = |v: &Value| if v.is_null() { default.value() } else { v.clone() };
            out.push(change(at.clone(), or_default(before), or_default(after), Class::Declared));
        }
    }
}

fn diff_list(
    item: &'static Shape,
    key: Option<fn(&Value) -> String>,
    order: Order,
    before: &[Value],
    after: &[Value],
    at: &Path,
    out: &mut Vec<Change>,
) {
    let (kb, ka) = (keys(key, order, before), keys(key, order, after));
    for (k, element) in kb.iter().zip(before).filter(|(k, _)| !ka.contains(k)) {
        out.push(change(at.key(k), element.clone(), Value::Null, Class::Declared));
    }
    for (k, element) in ka.iter().zip(after) {
        match kb.iter().position(|x| x == k) {
            Some(i) => diff_field(item, Default::Absent, &before[i], element, &at.key(k), out),
            None => out.push(change(at.key(k), Value::Null, element.clone(), Class::Declared)),
        }
    }
    if order == Order::Matters && key.is_some() {
        let common_before: Vec<_> = kb.iter().filter(|k| ka.contains(k)).collect();
        let common_after: Vec<_> = ka.iter().filter(|k| kb.contains(k)).collect();
        if common_before != common_after {
            out.push(change(at.clone(), json!(common_before), json!(common_after), Class::Moved));
        }
    }
}

fn change(path: Path, before: Value, after: Value, class: Class) -> Change {
    Change { path, before, after, class, drift: false }
}
