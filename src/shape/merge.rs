//! Several pieces of one object become one body.

use super::{field, keys, resolve, same};
use crate::model::{Default, Path, Shape, Value};

/// Merges `from` into `into`. Two plain pieces that set one leaf differently are a clash; an overriding piece wins, and
/// its nulls remove (a JSON merge patch: maps merge, lists replace).
pub fn merge(
    shape: &'static Shape,
    into: &mut Value,
    from: &Value,
    overrides: bool,
    at: &Path,
    clashes: &mut Vec<Path>,
) {
    match (resolve(shape), &mut *into, from) {
        (_, Value::Null, _) => *into = from.clone(),
        (Shape::Object(fields), Value::Object(a), Value::Object(b)) => {
            for (name, value) in b {
                if overrides && value.is_null() {
                    a.shift_remove(name);
                    continue;
                }
                let slot = a.entry(name.clone()).or_insert(Value::Null);
                match field(fields, name) {
                    Some(f) => merge(&f.shape, slot, value, overrides, &at.field(name), clashes),
                    None => *slot = value.clone(),
                }
            }
        }
        (Shape::Map(item), Value::Object(a), Value::Object(b)) => {
            for (name, value) in b {
                if overrides && value.is_null() {
                    a.shift_remove(name);
                    continue;
                }
                merge(item, a.entry(name.clone()).or_insert(Value::Null), value, overrides, &at.key(name), clashes);
            }
        }
        (Shape::List { key: key @ Some(_), order, item, .. }, Value::Array(a), Value::Array(b)) if !overrides => {
            let (ka, kb) = (keys(*key, *order, a), keys(*key, *order, b));
            for (k, value) in kb.iter().zip(b) {
                match ka.iter().position(|x| x == k) {
                    Some(i) => merge(item, &mut a[i], value, false, &at.key(k), clashes),
                    None => a.push(value.clone()),
                }
            }
        }
        _ => {
            if !overrides && !same(shape, Default::Absent, into, from) {
                clashes.push(at.clone());
            }
            *into = from.clone();
        }
    }
}
