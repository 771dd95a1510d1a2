//! What a `Stream` document says, about the stream and about its consumers.

use super::shape::SHAPE;
use crate::{
    diag::{Problem, Report},
    model::{Address, Head, Origin, Path, Piece, Resource, Seg, Value, json},
    shape as walk,
    systems::{
        Decode,
        jetstream::{
            consumer,
            fields::{number, on, reserved_key},
        },
    },
    yaml::Node,
};

/// Names that the API carries in the configuration and that a manifest carries in `metadata.name`.
pub const NAMES: [&str; 2] = ["name", "durable_name"];
/// The stream behind the bucket of the inventory.
const INVENTORY: &str = "KV_NATSFORM";

/// The stream's piece and one piece for each of its consumers.
pub fn decode(spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
    refuse_names(spec, &cx.origin, cx.report);
    let body = walk::decode(&SHAPE, spec, &cx.origin, &["consumers", "name", "durable_name"], cx.report);
    refuse_reserved_metadata(&body, &cx.origin, cx.report);
    let address = Address::new("stream", [cx.head.name.as_str()], &cx.head.scope);
    let mut pieces = vec![Piece { address, body, origin: cx.origin.clone(), head: cx.head.clone(), overrides: false }];
    if let Some(consumers) = spec.get("consumers").map(Node::resolve).filter(|n| !n.is_null()) {
        pieces.extend(nested(consumers, cx));
    }
    pieces
}

fn nested(consumers: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
    let at = inside(&cx.origin, |p| p.field("consumers"));
    if consumers.as_str().is_some() || !consumers.items().is_empty() {
        let problem = Problem::error("NF0012", "consumers must be a mapping from names to consumers");
        cx.report.at(&at, problem.help("write `consumers: {billing: {ack_policy: explicit}}`"));
        return Vec::new();
    }
    let mut pieces = Vec::new();
    for (name, spec) in consumers.entries() {
        let Some(name) = name.as_str() else { continue };
        let origin = inside(&at, |p| p.key(name));
        pieces.push(consumer::piece(&cx.head.name, name, spec.resolve(), inherited(cx.head, name), &origin, cx.report));
    }
    pieces
}

/// The stream's head for one of its consumers: labels and lifecycle as the stream's, without the paths that only a
/// stream has.
fn inherited(head: &Head, name: &str) -> Head {
    let mut head = Head { name: name.to_owned(), ..head.clone() };
    head.lifecycle.ignore.retain(|path| walk::at(&consumer::SHAPE, path).is_some());
    head
}

/// A place below another.
pub fn inside(origin: &Origin, deeper: impl Fn(&Path) -> Path) -> Origin {
    Origin { document: origin.document, path: deeper(&origin.path) }
}

/// `name` and `durable_name` in a spec: pasted from the API, and not a user's to set there.
pub fn refuse_names(spec: &Node, origin: &Origin, report: &mut Report) {
    for name in NAMES {
        if spec.get(name).is_some() {
            let problem = Problem::error("NF0161", format!("`{name}` cannot be declared in a spec"));
            report.at_key(
                &inside(origin, |p| p.field(name)),
                problem.help("the name is metadata.name: remove this line"),
            );
        }
    }
}

/// Metadata keys that the server writes itself.
pub fn refuse_reserved_metadata(body: &Value, origin: &Origin, report: &mut Report) {
    for key in body["metadata"].as_object().into_iter().flat_map(|m| m.keys()).filter(|k| reserved_key(k)) {
        let problem = Problem::error("NF0162", format!("the metadata key `{key}` belongs to the server"));
        let at = inside(origin, |p| p.field("metadata").key(key));
        report.at_key(&at, problem.help("keys that begin with `_nats.` are written by nats-server: remove this one"));
    }
}

/// The rules of a server for the name of a stream or a consumer.
pub fn check_name(what: &str, resource: &Resource, report: &mut Report) {
    let Some(origin) = resource.origins.first() else { return };
    // A consumer that is written inside its stream is named by its key, every other object by its envelope.
    let nested = matches!(origin.path.0.last(), Some(Seg::Key(_)));
    let envelope = Origin { document: origin.document, path: Path::root().field("metadata").field("name") };
    let outer = resource.address.parts.len().saturating_sub(1);
    for (i, part) in resource.address.parts.iter().enumerate() {
        let Some(why) = bad_name(part) else { continue };
        let what = if i < outer { "stream" } else { what };
        let problem = Problem::error("NF0163", format!("the {what} name {} {why}", json!(part)))
            .help("a name has at most 255 bytes and no white space, `.`, `*`, `>`, `/` or `\\`");
        match (i < outer, nested) {
            // The stream's own document has said it.
            (true, true) => {}
            (true, false) => report.at(&inside(origin, |p| p.field("stream")), problem),
            (false, true) => report.at_key(origin, problem),
            (false, false) => report.at(&envelope, problem),
        }
    }
}

/// The stream behind the inventory is natsform's own: a manifest that declares it would fight with every apply.
pub fn check_inventory(resource: &Resource, report: &mut Report) {
    if resource.address.leaf() != INVENTORY {
        return;
    }
    let Some(origin) = resource.origins.first() else { return };
    let envelope = Origin { document: origin.document, path: Path::root().field("metadata").field("name") };
    let problem = Problem::error("NF0165", format!("the stream `{INVENTORY}` holds natsform's inventory"));
    report.at(&envelope, problem.help("natsform makes it and looks after it: remove this document"));
}

/// A create drops `deny_purge` without a word where something needs roll-ups, and an update with both is refused.
pub fn check_purge(resource: &Resource, report: &mut Report) {
    let body = &resource.body;
    let needs = [
        ("subject_delete_marker_ttl", number(body, "subject_delete_marker_ttl") > 0),
        ("allow_msg_schedules", on(body, "allow_msg_schedules")),
        ("allow_rollup_hdrs", on(body, "allow_rollup_hdrs")),
    ];
    let Some((other, _)) = needs.into_iter().find(|(_, set)| *set && on(body, "deny_purge")) else { return };
    let Some(origin) = resource.origins.first() else { return };
    let problem = Problem::error("NF0164", format!("`deny_purge` and `{other}` exclude each other"));
    report.at(
        &inside(origin, |p| p.field("deny_purge")),
        problem.help("roll-ups remove messages: declare one of the two"),
    );
}

/// Why a server would refuse a name.
fn bad_name(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".into());
    }
    if name.len() > 255 {
        return Some(format!("is {} bytes long", name.len()));
    }
    let bad =
        name.chars().find(|c| matches!(c, '.' | '*' | '>' | '/' | '\\') || c.is_whitespace() || c.is_control())?;
    Some(if bad.is_whitespace() || bad.is_control() { "holds white space".into() } else { format!("holds `{bad}`") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_servers_refuse() {
        for name in ["", "a.b", "a*", ">", "a/b", "a\\b", "a b", "a\tb", &"x".repeat(256)] {
            assert!(bad_name(name).is_some(), "{name}");
        }
        for name in ["ORDERS", "Größe", "KV_x", "a-b_c$", &"x".repeat(255)] {
            assert_eq!(bad_name(name), None, "{name}");
        }
    }
}
