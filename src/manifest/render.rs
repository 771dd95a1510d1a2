//! The final documents, every value with its origin.

use super::{API_VERSION, load::Loaded};
use crate::{
    model::{Map, Resource, Seg, Shape, Source, Type, Value, json},
    shape, systems, units,
    yaml::emit_with,
};
use std::collections::BTreeMap;

/// Every resource as a document of its own, as `natsform render` prints them: valid manifests again, with the place of
/// each value as a comment.
pub fn render_documents(loaded: &Loaded) -> String {
    let documents: Vec<String> = loaded.resources.iter().filter_map(|r| document(loaded, r)).collect();
    documents.join("---\n")
}

fn document(loaded: &Loaded, resource: &Resource) -> Option<String> {
    let (_, kind) = systems::kind_by_word(&resource.address.kind)?;
    let mut spec = Map::new();
    if let Some(parent) = kind.parent(&resource.address)
        && kind.extras().iter().any(|(name, ..)| *name == parent.kind)
    {
        spec.insert(parent.kind.clone(), parent.leaf().into());
    }
    if let Value::Object(body) = written(kind.shape(), &resource.body) {
        spec.extend(body);
    }
    let value = json!({
        "apiVersion": API_VERSION,
        "kind": kind.name(),
        "metadata": metadata(resource),
        "spec": spec,
    });
    let places: BTreeMap<Vec<String>, Source> = loaded
        .field_sources(resource)
        .into_iter()
        .map(|(path, place)| {
            let keys = path.0.into_iter().map(|seg| match seg {
                Seg::Field(name) | Seg::Key(name) => name,
            });
            (std::iter::once("spec".to_owned()).chain(keys).collect(), place)
        })
        .collect();
    let name = loaded.resource_source(resource);
    Some(emit_with(&value, &mut |path| {
        let place = match path {
            [first, second] if first == "metadata" && second == "name" => name.as_ref(),
            _ => places.get(path),
        }?;
        Some(format!("{}:{}:{}", place.file, place.line, place.column))
    }))
}

fn metadata(resource: &Resource) -> Value {
    let head = &resource.head;
    let mut out = json!({"name": resource.address.leaf(), "account": resource.address.scope});
    if !head.labels.is_empty() {
        out["labels"] = json!(head.labels);
    }
    let life = &head.lifecycle;
    let mut lifecycle = Map::new();
    if let Some(protect) = life.protect {
        lifecycle.insert("protect".into(), protect.into());
    }
    if !life.ignore.is_empty() {
        let paths = life.ignore.iter().map(|p| json!({"path": p.to_string()}));
        lifecycle.insert("ignore".into(), paths.collect());
    }
    if life.orphan {
        lifecycle.insert("on_remove".into(), "orphan".into());
    }
    if !life.ack.is_empty() {
        lifecycle.insert("ack".into(), json!(life.ack));
    }
    if !lifecycle.is_empty() {
        out["lifecycle"] = Value::Object(lifecycle);
    }
    out
}

/// A body as people write it: durations and sizes with their units.
fn written(shape: &'static Shape, value: &Value) -> Value {
    match (shape::resolve(shape), value) {
        (Shape::Object(fields), Value::Object(map)) => {
            let one = |(k, v): (&String, &Value)| {
                let value = shape::field(fields, k).map_or_else(|| v.clone(), |f| written(&f.shape, v));
                (k.clone(), value)
            };
            Value::Object(map.iter().map(one).collect())
        }
        (Shape::Map(item), Value::Object(map)) => {
            Value::Object(map.iter().map(|(k, v)| (k.clone(), written(item, v))).collect())
        }
        (Shape::List { item, .. }, Value::Array(items)) => items.iter().map(|v| written(item, v)).collect(),
        (Shape::Leaf(leaf), value) => match (&leaf.ty, value.as_i64()) {
            (Type::Duration, Some(ns)) => exact(units::print_duration(ns), units::parse_duration, ns, value),
            (Type::Size { .. }, Some(bytes)) if bytes > 0 => {
                exact(units::print_size(bytes), units::parse_size, bytes, value)
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// The text, where it reads back as the same number.
fn exact(text: String, parse: fn(&str) -> Result<i64, units::UnitError>, number: i64, value: &Value) -> Value {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    if !plain && parse(&text) == Ok(number) { text.into() } else { value.clone() }
}
