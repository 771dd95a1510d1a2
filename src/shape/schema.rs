//! JSON Schema (draft-07) of a shape, for editors.

use super::resolve;
use crate::model::{Default, Field, Shape, Type, Value, json};

/// The schema of a body.
pub fn schema(shape: &'static Shape) -> Value {
    match resolve(shape) {
        Shape::Leaf(leaf) => leaf_schema(leaf.ty),
        Shape::Object(fields) => object_schema(fields),
        Shape::Map(item) => json!({"type": "object", "additionalProperties": schema(item)}),
        Shape::List { item, .. } => json!({"type": "array", "items": schema(item)}),
        Shape::Lazy(_) => json!({}),
    }
}

fn object_schema(fields: &'static [Field]) -> Value {
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|f| (f.name.to_owned(), field_schema(f))).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn field_schema(f: &'static Field) -> Value {
    let mut out = schema(&f.shape);
    let mut doc = f.doc.to_owned();
    if f.since > (2, 10) {
        doc.push_str(&format!(" Since nats-server {}.{}.", f.since.0, f.since.1));
    }
    out["description"] = json!(doc);
    if !matches!(f.default, Default::Absent | Default::Derived) {
        out["default"] = f.default.value();
    }
    out
}

/// Every scalar may also be a variable.
fn or_variable(mut forms: Vec<Value>) -> Value {
    forms.push(json!({"type": "string", "pattern": r"\$\{\{"}));
    json!({"anyOf": forms})
}

fn leaf_schema(ty: Type) -> Value {
    // `1_000_000` is text to a YAML 1.2 editor
    let grouped = json!({"type": "string", "pattern": "^-?[0-9]+(_[0-9]+)*$"});
    match ty {
        Type::Bool => or_variable(vec![json!({"type": "boolean"})]),
        Type::Int { min, max } => or_variable(vec![bounded(min, max), grouped]),
        Type::Uint => or_variable(vec![json!({"type": "integer", "minimum": 0}), grouped]),
        Type::Size { min, max } => {
            let unit = json!({"type": "string", "pattern": "^[0-9][0-9_]*(\\.[0-9]+)?(KiB|MiB|GiB|TiB)$"});
            or_variable(vec![bounded(min, max), grouped, unit])
        }
        Type::Duration => {
            let unit =
                json!({"type": "string", "pattern": "^([0-9][0-9_]*(\\.[0-9]+)?(ns|us|µs|μs|ms|s|m|h|d|w|y))+$|^0$"});
            or_variable(vec![json!({"type": "integer", "minimum": 0}), grouped, unit])
        }
        Type::Time => or_variable(vec![json!({"type": "string", "format": "date-time"})]),
        Type::Text { max } => or_variable(vec![json!({"type": ["string", "number", "boolean"], "maxLength": max})]),
        Type::Enum(choices) => {
            let words: Vec<&str> = choices.iter().map(|c| c.value).collect();
            or_variable(vec![json!({"type": "string", "enum": words})])
        }
        Type::Syntax(syntax) => or_variable((syntax.schema)()),
    }
}

fn bounded(min: i64, max: i64) -> Value {
    let mut out = json!({"type": "integer", "minimum": min});
    if max != i64::MAX {
        out["maximum"] = json!(max);
    }
    out
}
