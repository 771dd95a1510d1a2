//! What a body declares: the paths that the inventory remembers.

use super::{resolve, view};
use crate::model::{Declared, Path, Seg, Shape, Value};
use std::collections::BTreeMap;

/// The field paths that a body declares, in the shape's order and a map's by key, however the manifest orders them: into
/// objects and maps, never into lists, which are owned whole.
pub fn declared(shape: &'static Shape, body: &Value) -> Vec<Path> {
    let mut out = Vec::new();
    walk(shape, body, &Path::root(), &mut |path, _, _| out.push(path.clone()));
    out
}

/// The declared paths with a digest of each declared value in canonical form, so that a value written differently
/// but meaning the same has the same digest.
pub fn digests(shape: &'static Shape, body: &Value) -> Declared {
    let mut out = Declared::new();
    walk(shape, body, &Path::root(), &mut |path, shape, value| {
        out.insert(path.to_string(), digest(&view(shape, value)));
    });
    out
}

/// The value at a path of a body; null where there is none.
pub fn lookup<'a>(body: &'a Value, path: &Path) -> &'a Value {
    path.0.iter().fold(body, |value, seg| match seg {
        Seg::Field(name) | Seg::Key(name) => &value[name.as_str()],
    })
}

/// A path of a change as a place in the body: elements of lists by their index instead of their key. `None` where the
/// body has no such element, and where the path goes into no list.
pub fn indexed(shape: &'static Shape, body: &Value, path: &Path) -> Option<Path> {
    let (mut shape, mut value, mut out, mut listed) = (resolve(shape), body, Vec::new(), false);
    for seg in &path.0 {
        let (Seg::Field(name) | Seg::Key(name)) = seg;
        let (step, next) = match shape {
            Shape::Object(fields) => (seg.clone(), &super::field(fields, name)?.shape),
            Shape::Map(item) => (seg.clone(), *item),
            Shape::List { key, order, item, .. } => {
                listed = true;
                let i = super::keys(*key, *order, value.as_array()?).iter().position(|k| k == name)?;
                value = &value[i];
                out.push(Seg::Key(i.to_string()));
                shape = resolve(item);
                continue;
            }
            Shape::Leaf(_) | Shape::Lazy(_) => return None,
        };
        value = &value[name.as_str()];
        out.push(step);
        shape = resolve(next);
    }
    listed.then_some(Path(out))
}

fn walk(shape: &'static Shape, body: &Value, at: &Path, visit: &mut dyn FnMut(&Path, &'static Shape, &Value)) {
    match (resolve(shape), body) {
        (Shape::Object(fields), Value::Object(map)) => {
            for f in fields.iter() {
                if let Some(value) = map.get(f.name) {
                    walk(&f.shape, value, &at.field(f.name), visit);
                }
            }
        }
        (Shape::Map(item), Value::Object(map)) => {
            let keys: BTreeMap<&String, &Value> = map.iter().collect();
            for (name, value) in keys {
                walk(item, value, &at.key(name), visit);
            }
        }
        (_, Value::Null) => {}
        (shape, value) => visit(at, shape, value),
    }
}

/// Eight hexadecimal digits of a value.
pub(super) fn digest(value: &Value) -> String {
    crate::units::digest(&value.to_string(), 4)
}
