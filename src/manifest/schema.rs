//! JSON Schema (draft-07) of documents, from the kinds' own shapes: for editors, and committed under `schemas/`.

use super::API_VERSION;
use crate::{
    model::{Map, Value, json},
    shape,
    systems::{self, Kind},
};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of one kind's documents, or of every document (`None`), the project file included. `None` where there is
/// no such kind.
pub fn schema(kind: Option<&str>) -> Option<Value> {
    match kind {
        None => Some(all()),
        Some("Project") => Some(named("Project", project())),
        Some(name) => systems::kind_by_name(name).map(|(_, kind)| named(name, document(kind))),
    }
}

fn named(title: &str, schema: Value) -> Value {
    let mut out = Map::new();
    out.insert("$schema".into(), json!(DRAFT));
    out.insert("title".into(), json!(title));
    if let Value::Object(rest) = schema {
        out.extend(rest);
    }
    Value::Object(out)
}

/// Chosen by `kind`, so that an editor tells what is wrong with a Stream and not that it is no Consumer.
fn all() -> Value {
    let kinds: Vec<_> = systems::kinds().map(|(_, kind)| kind).collect();
    let mut names: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
    names.push("Project");
    let mut definitions: Map<String, Value> = kinds.iter().map(|k| (k.name().to_owned(), document(*k))).collect();
    definitions.insert("Project".into(), project());
    let choices: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"$ref": format!("#/definitions/{name}")},
            })
        })
        .collect();
    named(
        "natsform",
        json!({
            "description": "A document of natsform.",
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": {"apiVersion": {"const": API_VERSION}, "kind": {"enum": names}},
            "allOf": choices,
            "definitions": definitions,
        }),
    )
}

fn document(kind: &dyn Kind) -> Value {
    let mut spec = shape::schema(kind.shape());
    for (name, doc, mut extra) in kind.extras() {
        extra["description"] = json!(doc);
        spec["properties"][name] = extra;
    }
    envelope(kind.name(), kind.doc(), metadata(), spec, &["apiVersion", "kind", "metadata"])
}

fn envelope(kind: &str, doc: &str, metadata: Value, spec: Value, required: &[&str]) -> Value {
    json!({
        "description": doc,
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": metadata,
            "spec": spec,
        },
    })
}

fn text(doc: &str) -> Value {
    json!({"type": "string", "description": doc})
}

fn metadata() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": text("What the object is called in the live system."),
            "account": text("The account whose JetStream holds it. Default: the environment's default account."),
            "target": text("Which connection: SYSTEM or SYSTEM/NAME."),
            "labels": {
                "type": "object",
                "description": "For selectors (`-l key=value`); stored nowhere live.",
                "additionalProperties": {"type": "string"},
            },
            "lifecycle": lifecycle(),
        },
    })
}

fn lifecycle() -> Value {
    let ignored = json!({
        "type": "object",
        "required": ["path"],
        "additionalProperties": false,
        "properties": {"path": text("The field."), "reason": text("Why somebody else owns it.")},
    });
    json!({
        "type": "object",
        "description": "How natsform treats the object.",
        "additionalProperties": false,
        "properties": {
            "protect": {"type": "boolean", "description": "Refuse to delete or replace it."},
            "ignore": {"type": "array", "items": ignored, "description": "Fields that somebody else owns."},
            "on_remove": {"enum": ["delete", "orphan"], "description": "What leaving the manifests means."},
            "ack": {"type": "array", "items": {"type": "string"}, "description": "Acknowledged losses, as the plan shows them."},
            "renamed_from": text("The name that it had before."),
        },
    })
}

/// The project file, as far as an editor needs it: natsform itself checks every key.
fn project() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let environment = json!({
        "type": "object",
        "properties": {
            "default": {"type": "boolean", "description": "Taken where no -e is given."},
            "prune": {"enum": ["never", "report", "delete"], "description": "What happens to owned objects that left the manifests."},
            "drift": {"enum": ["revert", "hold"], "description": "What apply does with fields that somebody else changed."},
            "strict": {"type": "boolean", "description": "Every field that is not declared means its default."},
            "nats": {"type": "object", "description": "How NATS is reached: url or context, account, accounts, inventory, expect."},
        },
    });
    let spec = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "manifests": {"description": "Files and directories. Default: every YAML file beside and below this one.", "anyOf": [texts, {"type": "string"}]},
            "variables": {"type": "object", "description": "What `${{ var.NAME }}` stands for."},
            "defaults": {"type": "object", "description": "By kind; a document's own value wins."},
            "removed": {"type": "array", "description": "What left the manifests and must not be deleted."},
            "take_from": {"type": "array", "description": "What this project takes over from another one."},
            "environments": {"type": "object", "additionalProperties": environment},
        },
    });
    let metadata = json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {"name": text("For people."), "id": text("The owner's name in the inventory. Default: the name.")},
    });
    envelope(
        "Project",
        "A project: its manifests and its environments.",
        metadata,
        spec,
        &["apiVersion", "kind", "metadata"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_kinds_are_valid_and_typing_errors_are_not() {
        let validator = jsonschema::validator_for(&schema(None).unwrap()).unwrap();
        for (_, kind) in systems::kinds() {
            for text in kind.example().split("\n---\n") {
                let good: Value = serde_yaml::from_str(text).unwrap();
                let problems: Vec<String> = validator.iter_errors(&good).map(|e| e.to_string()).collect();
                assert_eq!(problems, Vec::<String>::new(), "{}", kind.name());
                let mut bad = good.clone();
                bad["spec"]["no_such_field"] = json!(1);
                assert!(!validator.is_valid(&bad), "{}", kind.name());
            }
            assert!(schema(Some(kind.name())).is_some());
        }
        assert!(schema(Some("Nonsense")).is_none());
    }
}
