//! What the live server would not take, said before anything is sent.

use crate::{
    model::{Capabilities, Change, Class, Field, Path, Seg, Shape, Turn, Type, Value},
    shape,
    systems::Kind,
};

use std::collections::BTreeMap;
/// Declared fields and words that the server does not know yet, with the version that brings them.
pub fn unknown_to_server(shape: &'static Shape, body: &Value, capabilities: &Capabilities) -> Vec<String> {
    let mut out = Vec::new();
    Young { capabilities, out: &mut out, listed: false }.look(shape, body, &Path::root());
    out
}

/// The walk of [`unknown_to_server`].
struct Young<'a> {
    capabilities: &'a Capabilities,
    out: &'a mut Vec<String>,
    /// Whether this is inside an element of a list. A list is written whole, each element of it as on a create, so its
    /// fields have their gates asked here: no change and no declared path ever names them.
    listed: bool,
}

impl Young<'_> {
    fn look(&mut self, shape: &'static Shape, body: &Value, at: &Path) {
        match (shape::resolve(shape), body) {
            (Shape::Object(fields), Value::Object(map)) => {
                for (name, value) in map {
                    let Some(f) = shape::field(fields, name) else { continue };
                    self.field(f, value, body, &at.field(name));
                }
            }
            (Shape::List { key, order, item, .. }, Value::Array(items)) => {
                let listed = std::mem::replace(&mut self.listed, true);
                for (k, element) in shape::keys(*key, *order, items).iter().zip(items) {
                    let inside = if key.is_some() { at.key(k) } else { at.clone() };
                    self.look(item, element, &inside);
                }
                self.listed = listed;
            }
            (Shape::Leaf(leaf), value) => {
                let Type::Enum(choices) = leaf.ty else { return };
                let choice = choices.iter().find(|c| value.as_str() == Some(c.value));
                if let Some(choice) = choice.filter(|c| !self.capabilities.since(c.since.0, c.since.1)) {
                    self.out.push(needs(&format!("`{at}: {}`", choice.value), choice.since, self.capabilities));
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, f: &'static Field, value: &Value, object: &Value, at: &Path) {
        let says = || !shape::same(&f.shape, f.default, &Value::Null, value);
        if !self.capabilities.since(f.since.0, f.since.1) {
            if says() {
                self.out.push(needs(&format!("`{at}`"), f.since, self.capabilities));
            }
            return;
        }
        if self.listed && says() {
            let (before, capabilities) = (&Value::Null, self.capabilities);
            let turn = Turn { before, after: value, object_before: before, object_after: object, capabilities };
            self.out.extend((f.create)(&turn).err().map(|why| format!("`{at}`: {why}")));
        }
        self.look(&f.shape, value, at);
    }
}

fn needs(what: &str, since: (u32, u32), capabilities: &Capabilities) -> String {
    format!("{what} needs {} {}.{}, this is {}", capabilities.product, since.0, since.1, capabilities.version)
}

/// Declared values that the server refuses in a create.
pub fn refused_on_create(
    shape: &'static Shape,
    body: &Value,
    target: &Value,
    capabilities: &Capabilities,
) -> Vec<String> {
    let mut out = Vec::new();
    for path in shape::declared(shape, body) {
        let value = shape::lookup(body, &path);
        for (f, at) in fields_on(shape, &path) {
            let whole = shape::lookup(body, &at);
            let after = if at == path { value } else { whole };
            let turn =
                Turn { before: &Value::Null, after, object_before: &Value::Null, object_after: target, capabilities };
            out.extend((f.create)(&turn).err().map(|why| format!("`{at}`: {why}")));
        }
    }
    out.dedup();
    out
}

/// A change that the server does not take in place.
pub struct Refusal {
    pub path: Path,
    pub why: String,
    /// Whether making the object again is not the way: a create is refused too, or the change alone would be taken.
    pub blocks: bool,
}

/// The changes that the live server refuses in place.
pub fn refused_in_place(
    shape: &'static Shape,
    changes: &[Change],
    before: &Value,
    after: &Value,
    kind: &dyn Kind,
    capabilities: &Capabilities,
) -> Vec<Refusal> {
    let mut out = Vec::new();
    if changes.iter().all(|c| c.class == Class::Follows) {
        return out;
    }
    let (was, will) = (kind.view(before), kind.view(after));
    // a list that is owned whole changes in thousands of places, and its field is judged once
    let mut judged: BTreeMap<Path, Option<(String, bool)>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.class != Class::Follows) {
        for (f, at) in fields_on(shape, &change.path) {
            let found = judged.entry(at).or_insert_with_key(|at| refused(f, at, &was, &will, capabilities));
            if let Some((why, blocks)) = found.clone() {
                out.push(Refusal { path: change.path.clone(), why, blocks });
                break;
            }
        }
    }
    out
}

/// Why the server refuses what a field turns into, and whether making the object again is not the way.
fn refused(f: &Field, at: &Path, was: &Value, will: &Value, capabilities: &Capabilities) -> Option<(String, bool)> {
    let value = |view: &Value| {
        let value = shape::lookup(view, at);
        if value.is_null() { f.default.value() } else { value.clone() }
    };
    let (old, new) = (value(was), value(will));
    let turn = |before| Turn { before, after: &new, object_before: was, object_after: will, capabilities };
    let why = (f.update)(&turn(&old)).err()?;
    let none = Value::Null;
    let fresh = Turn { object_before: &none, ..turn(&none) };
    let mut only_this = was.clone();
    set(&mut only_this, at, &new);
    let alone = (f.update)(&Turn { object_after: &only_this, ..turn(&old) }).is_ok();
    Some((format!("`{at}`: {why}"), alone || (f.create)(&fresh).is_err()))
}

/// Puts a value at a path of fields.
fn set(object: &mut Value, path: &Path, value: &Value) {
    let mut inner = object;
    for Seg::Field(name) | Seg::Key(name) in &path.0 {
        inner = &mut inner[name.as_str()];
    }
    inner.clone_from(value);
}

/// The fields that a path goes through, outermost first, with their paths; it ends at the first key.
fn fields_on<'a>(shape: &'static Shape, path: &'a Path) -> impl Iterator<Item = (&'static Field, Path)> + 'a {
    let mut shape = Some(shape);
    let mut at = Path::root();
    path.0.iter().map_while(move |seg| {
        let (Some(Shape::Object(fields)), Seg::Field(name)) = (shape.map(shape::resolve), seg) else { return None };
        let f = shape::field(fields, name)?;
        shape = Some(&f.shape);
        at = at.field(name);
        Some((f, at.clone()))
    })
}
