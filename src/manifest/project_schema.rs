//! JSON Schema (draft-07) of the project file, for editors.

use super::{API_VERSION, target_systems};
use crate::model::{Value, json};

fn text(doc: &str) -> Value {
    json!({"type": "string", "description": doc})
}

/// A section of a system that is read over HTTP and fed with files: one connection, or several by name.
fn targets() -> Value {
    let urls = json!({"type": "array", "items": {"type": "string"}, "description": "One for each server; with a path prefix where there is one."});
    let argv = json!({"type": "array", "items": {"type": "string"}});
    let commands = json!({
        "type": "object",
        "required": ["list", "get", "put", "delete"],
        "properties": {"list": argv, "get": argv, "put": argv, "delete": argv},
        "description": "Programs with their arguments, content on standard input and output; `{name}` stands for the file name. They need --allow-commands.",
    });
    let files = |doc: &str| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "directory": text("A directory of this machine."),
                "command": commands,
                "render": text("A directory that another tool delivers from."),
                "server_directory": text("What the server calls the directory, where that is something else."),
            },
            "description": doc,
        })
    };
    let expect = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"scrape_interval": {"type": "string"}, "retention": {"type": "string"}, "version": {"type": "string"}},
        "description": "Read, compared and never written.",
    });
    let tls = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"ca": text("PEM; instead of the system's authorities."), "cert": text("PEM."), "key": text("PEM.")},
    });
    let connection = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "url": text("http:// or https://, with a path prefix where there is one."),
            "urls": urls,
            "user": text("Basic authentication, with `password`."),
            "password": {"description": "A secret: {env: NAME}, {file: path} or {command: [argv]}."},
            "token": {"description": "A bearer token; a secret."},
            "headers": {"type": "object", "description": "Sent with every request; values may be secrets."},
            "tls": tls,
            "proxy": text("The only proxy that is used; environment variables are not."),
            "timeout": text("Of one request. Default: 30s."),
            "max_response": {"description": "The largest answer, unpacked. Default: 64MiB."},
            "rules": files("Where rule files go."),
            "scrape": files("Where scrape configurations go."),
            "expect": expect,
        },
    });
    json!({
        "description": "How its servers are reached and where its files go: one connection, or several by name.",
        "anyOf": [connection, {"type": "object", "additionalProperties": connection}],
    })
}

/// The project file, as far as an editor needs it: natsform itself checks every key.
pub fn project() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let mut environment = json!({
        "type": "object",
        "properties": {
            "default": {"type": "boolean", "description": "Taken where no -e is given."},
            "prune": {"enum": ["never", "report", "delete"], "description": "What happens to owned objects that left the manifests."},
            "drift": {"enum": ["revert", "hold"], "description": "What apply does with fields that somebody else changed."},
            "strict": {"type": "boolean", "description": "Every field that is not declared means its default."},
            "nats": {"type": "object", "description": "How NATS is reached: url or context, account, accounts, inventory, expect."},
        },
    });
    for system in target_systems() {
        environment["properties"][system] = targets();
    }
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
