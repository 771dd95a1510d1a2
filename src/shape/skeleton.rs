//! A body without its members: what is left when every innermost list of named things is empty.

use super::resolve;
use crate::model::{Map, Shape, Value, json};

/// The named groups of a body with nothing in them, so that a comparison with the body shows it member by member.
pub fn skeleton(shape: &'static Shape, body: &Value) -> Value {
    let (Shape::Object(fields), Value::Object(map)) = (resolve(shape), body) else { return Value::Null };
    let lists = fields.iter().filter_map(|f| match (resolve(&f.shape), map.get(f.name)) {
        (Shape::List { key: Some(key), item, .. }, Some(Value::Array(items))) => {
            let kept: Vec<Value> = if holds_lists(item) {
                items.iter().map(|element| named(item, *key, element)).collect()
            } else {
                Vec::new()
            };
            Some((f.name.to_owned(), Value::Array(kept)))
        }
        _ => None,
    });
    Value::Object(lists.collect())
}

fn holds_lists(shape: &'static Shape) -> bool {
    let Shape::Object(fields) = resolve(shape) else { return false };
    fields.iter().any(|f| matches!(resolve(&f.shape), Shape::List { key: Some(_), .. }))
}

/// An element with what names it, and the skeletons of its lists.
fn named(shape: &'static Shape, key: fn(&Value) -> String, element: &Value) -> Value {
    let mut out: Map<String, Value> = skeleton(shape, element).as_object().cloned().unwrap_or_default();
    let name = key(element);
    for (field, value) in element.as_object().into_iter().flatten() {
        if key(&json!({ field: value })) == name && value.is_string() {
            out.insert(field.clone(), value.clone());
        }
    }
    Value::Object(out)
}
