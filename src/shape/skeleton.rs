//! A body without its members: what is left when every innermost list of named things is empty.

use super::{compare::diff, declared::digest, resolve};
use crate::model::{Change, Declared, Map, Path, Shape, Value, json};

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

/// A body member by member, each as a change from nothing.
pub fn members(shape: &'static Shape, body: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    diff(shape, &skeleton(shape, body), body, &Path::root(), &mut changes);
    changes
}

/// The members of a body in canonical form, each with a digest: what one list that is owned whole was made of.
pub fn member_digests(shape: &'static Shape, view: &Value) -> Declared {
    let one = |change: Change| {
        let mut value = change.after;
        value.sort_all_objects();
        (change.path.to_string(), digest(&value))
    };
    members(shape, view).into_iter().map(one).collect()
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
