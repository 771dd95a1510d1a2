//! JSON Schema (draft-07) of manifests, for editors.

use crate::{
    manifest::API_VERSION,
    manifest::project_schema,
    model::{Map, Value, json},
    shape,
    systems::{self, Kind},
};

/// The schema of one kind, or of all of them together. `None` where there is no kind of that name.
pub fn schema(kind: Option<&str>) -> Option<Value> {
    match kind {
        Some("Project") => Some(titled("Project", project_schema())),
        Some(name) => systems::kind_by_name(name).map(|(_, kind)| titled(kind.name(), document(kind))),
        None => Some(combined()),
    }
}

fn titled(title: &str, schema: Value) -> Value {
    let mut out = json!({"$schema": "http://json-schema.org/draft-07/schema#", "title": title});
    if let (Some(out), Value::Object(rest)) = (out.as_object_mut(), schema) {
        out.extend(rest);
    }
    out
}

/// Any document: which schema counts is told by its `kind`.
fn combined() -> Value {
    let kinds = systems::kinds().map(|(_, kind)| (kind.name(), document(kind)));
    let (names, branches): (Vec<&str>, Vec<Value>) = kinds
        .chain([("Project", project_schema())])
        .map(|(name, document)| {
            let branch = json!({
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": document,
            });
            (name, branch)
        })
        .unzip();
    titled(
        "natsform",
        json!({
            "type": "object",
            "required": ["apiVersion", "kind", "metadata"],
            "properties": {
                "apiVersion": {"const": API_VERSION},
                "kind": {"enum": names},
            },
            "allOf": branches,
        }),
    )
}

fn document(kind: &dyn Kind) -> Value {
    json!({
        "type": "object",
        "description": kind.doc(),
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind.name()},
            "metadata": metadata(),
            "spec": spec(kind),
        },
    })
}

fn spec(kind: &dyn Kind) -> Value {
    let mut out = shape::schema(kind.shape());
    for (name, doc, schema) in kind.extras() {
        let mut schema = schema;
        schema["description"] = json!(doc);
        out["properties"][name] = schema;
    }
    out
}

fn metadata() -> Value {
    let text = |doc: &str| json!({"type": "string", "description": doc});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": text("The object's name in the live system."),
            "account": text("The NATS account that it lives in (default: the environment's)."),
            "target": text("Which connection: SYSTEM or SYSTEM/NAME."),
            "labels": {
                "type": "object",
                "description": "For selection with -l; stored nowhere live.",
                "additionalProperties": {"type": ["string", "number", "boolean"]},
            },
            "lifecycle": lifecycle(),
        },
    })
}

fn lifecycle() -> Value {
    let ignore = json!({
        "type": "array",
        "description": "Field paths that somebody else owns.",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "reason": {"type": "string"}},
        },
    });
    let mut properties = Map::new();
    properties.insert("protect".into(), json!({"type": "boolean", "description": "Refuse delete and replace; `false` must be applied once before either."}));
    properties.insert("ignore".into(), ignore);
    properties.insert(
        "on_remove".into(),
        json!({"enum": ["delete", "orphan"], "description": "What leaving the manifests means."}),
    );
    properties.insert("ack".into(), json!({"type": "array", "items": {"type": "string"}, "description": "Acknowledged losses: tokens that a plan showed."}));
    properties.insert("renamed_from".into(), json!({"type": "string"}));
    json!({"type": "object", "additionalProperties": false, "properties": properties})
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
        for (name, text) in [
            ("natsform.yaml", include_str!("../cli/starter/natsform.yaml")),
            ("streams.yaml", include_str!("../cli/starter/streams.yaml")),
        ] {
            let starter: Value = serde_yaml::from_str(text).unwrap();
            let problems: Vec<String> = validator.iter_errors(&starter).map(|e| e.to_string()).collect();
            assert_eq!(problems, Vec::<String>::new(), "{name}");
        }
    }
}
