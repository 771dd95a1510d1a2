//! Read-modify-write: a declaration put into a live value.

use super::{field, keys, resolve, same};
use crate::model::{Default, Field, Members, Path, Seg, Shape, Value};

/// The live value with what is declared put in. Everything else stays as it came, digit for digit, and so does every
/// value that already is what is declared.
pub fn patch(shape: &'static Shape, live: &Value, want: &Value) -> Value {
    patch_field(shape, Default::Absent, live, want)
}

fn patch_field(shape: &'static Shape, default: Default, live: &Value, want: &Value) -> Value {
    match (resolve(shape), live, want) {
        (Shape::Object(fields), Value::Object(l), Value::Object(w)) => {
            let mut out = l.clone();
            for (name, value) in w {
                let next = patch_known(field(fields, name), l.get(name), value);
                match next {
                    Some(next) => out.insert(name.clone(), next),
                    None => out.shift_remove(name),
                };
            }
            Value::Object(out)
        }
        (Shape::Map(item), Value::Object(l), Value::Object(w)) => {
            let mut out = l.clone();
            for (name, value) in w {
                out.insert(name.clone(), patch(item, l.get(name).unwrap_or(&Value::Null), value));
            }
            Value::Object(out)
        }
        (Shape::List { key, order, members, item }, Value::Array(l), Value::Array(w)) => {
            if same(shape, default, live, want) {
                return live.clone();
            }
            let (kl, kw) = (keys(*key, *order, l), keys(*key, *order, w));
            let foreign = l.iter().filter(|v| match members {
                Members::All => false,
                Members::Marked(ours) => !ours(v),
            });
            let ours = w.iter().zip(&kw).map(|(element, k)| match kl.iter().position(|x| x == k) {
                Some(i) if same(item, Default::Absent, &l[i], element) => l[i].clone(),
                Some(i) => patch(item, &unknown_only(item, &l[i]), element),
                None => element.clone(),
            });
            Value::Array(foreign.cloned().chain(ours).collect())
        }
        _ if !live.is_null() && same(shape, default, live, want) => live.clone(),
        _ => want.clone(),
    }
}

/// The next value of one field; `None` where it stays left out because what is declared is what leaving it out means.
fn patch_known(known: Option<&'static Field>, live: Option<&Value>, want: &Value) -> Option<Value> {
    let Some(f) = known else { return Some(want.clone()) };
    match live {
        None if f.default != Default::Derived && same(&f.shape, f.default, &Value::Null, want) => None,
        live => Some(patch_field(&f.shape, f.default, live.unwrap_or(&Value::Null), want)),
    }
}

/// What our table does not know of an element: a newer server's fields, which go back as they came.
fn unknown_only(shape: &'static Shape, value: &Value) -> Value {
    match (resolve(shape), value) {
        (Shape::Object(fields), Value::Object(map)) => {
            let rest = map.iter().filter(|(k, _)| field(fields, k).is_none());
            Value::Object(rest.map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        _ => Value::Null,
    }
}

/// Takes the value at a path away, so that it goes back to its default; objects that become empty go too.
pub fn remove(value: &mut Value, path: &Path) {
    remove_at(value, &path.0);
}

fn remove_at(value: &mut Value, segs: &[Seg]) {
    let Some((first, rest)) = segs.split_first() else { return };
    let (Seg::Field(name) | Seg::Key(name)) = first;
    let Some(map) = value.as_object_mut() else { return };
    if rest.is_empty() {
        map.shift_remove(name);
    } else if let Some(inner) = map.get_mut(name) {
        remove_at(inner, rest);
        if inner.as_object().is_some_and(serde_json::Map::is_empty) {
            map.shift_remove(name);
        }
    }
}
