//! Everything that walks a [`Shape`](crate::model::Shape): one description of a body, many uses, no code per kind.
//!
//! Bodies hold the API's own JSON values. A *view* is a body in which equal things are equal: every leaf canonical,
//! defaults left out, lists without meaning in their order sorted. Views are compared; live values are patched, and
//! where a declared value is equal to the live one the live bytes stay.

mod compare;
mod declared;
mod decode;
mod merge;
mod patch;
mod schema;
mod skeleton;
mod view;

pub use compare::diff;
pub use declared::{declared, digests, indexed, lookup};
pub use decode::decode;
pub use merge::merge;
pub use patch::{patch, remove};
pub use schema::schema;
pub use skeleton::{member_digests, members};
pub use view::{arranged, provable, same, view};

use crate::model::{Field, Order, Shape, Value};
use std::collections::BTreeMap;

/// The shape behind a `Lazy`.
pub fn resolve(shape: &'static Shape) -> &'static Shape {
    match shape {
        Shape::Lazy(f) => resolve(f()),
        other => other,
    }
}

/// The field of that name.
pub fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|f| f.name == name)
}

/// The field at the first step of a path, for a body that is an object.
pub fn top_field(shape: &'static Shape, path: &crate::model::Path) -> Option<&'static Field> {
    match (resolve(shape), path.0.first()) {
        (Shape::Object(fields), Some(crate::model::Seg::Field(name))) => field(fields, name),
        _ => None,
    }
}

/// The shape at a path, keys of maps and lists included.
pub fn at(shape: &'static Shape, path: &crate::model::Path) -> Option<&'static Shape> {
    use crate::model::Seg;
    path.0.iter().try_fold(resolve(shape), |shape, seg| {
        Some(resolve(match (shape, seg) {
            (Shape::Object(fields), Seg::Field(name)) => &field(fields, name)?.shape,
            (Shape::Map(item) | Shape::List { item, .. }, Seg::Key(_)) => item,
            _ => return None,
        }))
    })
}

/// The keys of a list's elements; equal keys get `#2`, `#3` …, so that pairing is total and stable.
pub fn keys(key: Option<fn(&Value) -> String>, order: Order, items: &[Value]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    items
        .iter()
        .enumerate()
        .map(|(i, item)| {
            let k = match (key, order) {
                (Some(f), _) => f(item),
                (None, Order::Free) => item.to_string(),
                (None, Order::Matters) => i.to_string(),
            };
            let n = seen.entry(k.clone()).and_modify(|n| *n += 1).or_insert(1);
            if *n == 1 { k } else { format!("{k}#{n}") }
        })
        .collect()
}

/// Whether a shape is a single value.
pub(crate) fn is_leaf(shape: &'static Shape) -> bool {
    matches!(resolve(shape), Shape::Leaf(_))
}

#[cfg(test)]
mod tests;
