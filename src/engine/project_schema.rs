//! JSON Schema (draft-07) of the project file, for editors.

use crate::{
    manifest::API_VERSION,
    model::{Value, json},
};

fn text(doc: &str) -> Value {
    json!({"type": "string", "description": doc})
}

/// The project file, as far as an editor needs it: natsform itself checks every key.
pub(super) fn project() -> Value {
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
    json!({
        "type": "object",
        "description": "A project: its manifests and its environments.",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": "Project"},
            "metadata": metadata,
            "spec": spec,
        },
    })
}
