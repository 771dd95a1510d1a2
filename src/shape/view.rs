//! Bringing a body to the form in which equal things are equal.

use super::{field, resolve};
use crate::model::{Declared, Default, Order, Shape, Value};

/// The view of a body: leaves canonical, defaults and empty containers left out, free lists sorted, unknown fields gone.
pub fn view(shape: &'static Shape, body: &Value) -> Value {
    match (resolve(shape), body) {
        (_, Value::Null) => Value::Null,
        (Shape::Leaf(leaf), value) => (leaf.canon)(value),
        (Shape::Object(fields), Value::Object(map)) => {
            let kept = fields.iter().filter_map(|f| {
                let value = view(&f.shape, map.get(f.name)?);
                (!is_default(&f.shape, f.default, &value)).then(|| (f.name.to_owned(), value))
            });
            Value::Object(kept.collect())
        }
        (Shape::Map(item), Value::Object(map)) => {
            let mut kept: Vec<_> = map.iter().map(|(k, v)| (k.clone(), view(item, v))).collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        (Shape::List { item, .. }, Value::Array(items)) => {
            arranged(shape, items.iter().map(|v| view(item, v)).collect())
        }
        (_, other) => other.clone(),
    }
}

/// A list from the views of its elements. Those whose order has no meaning stand by their names; those of one name, and
/// those without, by all that they say.
pub fn arranged(list: &'static Shape, items: Vec<Value>) -> Value {
    let Shape::List { order: Order::Free, key, .. } = resolve(list) else { return Value::Array(items) };
    let mut named: Vec<(String, Value)> =
        items.into_iter().map(|v| (key.map(|key| key(&v)).unwrap_or_default(), v)).collect();
    named.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.to_string().cmp(&other.to_string())));
    named.into_iter().map(|(_, v)| v).collect()
}

/// The part of a view that tells whether a write did what was planned: without fields that are derived and that the
/// manifest leaves to the server. What a server makes of those can depend on things that no plan sees (a mirror's
/// `mirror_direct` on its origin, `max_ack_pending` on the server's own limit).
pub fn provable(shape: &'static Shape, mut view: Value, declared: &Declared) -> Value {
    if let (Shape::Object(fields), Some(map)) = (resolve(shape), view.as_object_mut()) {
        let is_declared = |name: &str| declared.keys().any(|path| path.split(['.', '[']).next() == Some(name));
        map.retain(|name, _| field(fields, name).is_none_or(|f| f.default != Default::Derived) || is_declared(name));
    }
    view
}

/// Whether two values at a place of a body are the same to the server; null means that the field is left out.
pub fn same(shape: &'static Shape, default: Default, a: &Value, b: &Value) -> bool {
    let canonical = |v: &Value| {
        let v = view(shape, v);
        if is_default(shape, default, &v) { Value::Null } else { v }
    };
    a == b || canonical(a) == canonical(b)
}

fn is_default(shape: &'static Shape, default: Default, viewed: &Value) -> bool {
    match viewed {
        Value::Null => true,
        Value::Object(map) if map.is_empty() => true,
        Value::Array(items) if items.is_empty() => true,
        _ => match (default, resolve(shape)) {
            (Default::Absent | Default::Derived, _) => false,
            (default, Shape::Leaf(leaf)) => (leaf.canon)(&default.value()) == *viewed,
            (default, _) => default.value() == *viewed,
        },
    }
}
