//! What the live server would not take, said before anything is sent.

use crate::{
    model::{Capabilities, Change, Class, Field, Path, Seg, Shape, Turn, Type, Value},
    shape,
    systems::Kind,
};

/// Declared fields and words that the server does not know yet, with the version that brings them.
pub fn unknown_to_server(shape: &'static Shape, body: &Value, capabilities: &Capabilities) -> Vec<String> {
    let mut out = Vec::new();
    young(shape, body, &Path::root(), capabilities, &mut out);
    out
}

fn young(shape: &'static Shape, body: &Value, at: &Path, capabilities: &Capabilities, out: &mut Vec<String>) {
    match (shape::resolve(shape), body) {
        (Shape::Object(fields), Value::Object(map)) => {
            for (name, value) in map {
                let Some(f) = shape::field(fields, name) else { continue };
                let path = at.field(name);
                if capabilities.since(f.since.0, f.since.1) {
                    young(&f.shape, value, &path, capabilities, out);
                } else if !shape::same(&f.shape, f.default, &Value::Null, value) {
                    out.push(needs(&format!("`{path}`"), f.since, capabilities));
                }
            }
        }
        (Shape::List { item, .. }, Value::Array(items)) => {
            for item_value in items {
                young(item, item_value, at, capabilities, out);
            }
        }
        (Shape::Leaf(leaf), value) => {
            let Type::Enum(choices) = leaf.ty else { return };
            let choice = choices.iter().find(|c| value.as_str() == Some(c.value));
            if let Some(choice) = choice.filter(|c| !capabilities.since(c.since.0, c.since.1)) {
                out.push(needs(&format!("`{at}: {}`", choice.value), choice.since, capabilities));
            }
        }
        _ => {}
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
    let (was, will) = (kind.view(before), kind.view(after));
    let mut out = Vec::new();
    for change in changes.iter().filter(|c| c.class != Class::Follows) {
        for (f, at) in fields_on(shape, &change.path) {
            let value = |view: &Value| {
                let value = shape::lookup(view, &at);
                if value.is_null() { f.default.value() } else { value.clone() }
            };
            let (old, new) = (value(&was), value(&will));
            let turn = |before| Turn { before, after: &new, object_before: &was, object_after: &will, capabilities };
            if let Err(why) = (f.update)(&turn(&old)) {
                let none = Value::Null;
                let fresh = Turn { object_before: &none, ..turn(&none) };
                let mut only_this = was.clone();
                set(&mut only_this, &at, &new);
                let alone = (f.update)(&Turn { object_after: &only_this, ..turn(&old) }).is_ok();
                let blocks = alone || (f.create)(&fresh).is_err();
                out.push(Refusal { path: change.path.clone(), why: format!("`{at}`: {why}"), blocks });
                break;
            }
        }
    }
    out
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
