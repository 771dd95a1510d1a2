//! Rule files and prometheus-operator's PrometheusRule, read as documents of ours.

use crate::{
    diag::Problem,
    systems::Taken,
    yaml::{Kind, Node, Span, Style},
};

/// What the operator calls its documents.
const OPERATOR: &str = "monitoring.coreos.com/v1";
/// Fields of a group that mean something to Thanos only.
const OF_THANOS: &str = "partial_response_strategy";

/// A rule file is named by where it stands, `name`; a document of the operator by itself.
pub fn take(document: &Node, name: &str) -> Option<Taken> {
    let said = |key: &str| document.get(key).filter(|n| !n.is_null());
    match (said("apiVersion").map(Node::as_str), said("kind").map(Node::as_str)) {
        (Some(Some(OPERATOR)), Some(Some("PrometheusRule"))) => Some(of_operator(document)),
        (None, None) if document.get("groups").is_some_and(|g| g.is_seq() || g.is_null()) => {
            Some(rule_file(document, name))
        }
        _ => None,
    }
}

fn rule_file(document: &Node, name: &str) -> Taken {
    let at = document.head();
    let metadata = map(at, vec![("name", scalar(at, name))]);
    let node = native(document, metadata, document.clone());
    Taken { tool: "Prometheus rule file", node, warnings: Vec::new() }
}

fn of_operator(document: &Node) -> Taken {
    let at = document.head();
    let empty = || map(at, Vec::new());
    let meta = document.get("metadata").cloned().unwrap_or_else(empty);
    let text = |key: &str| meta.get(key).filter(|n| !n.is_null()).and_then(Node::as_str);
    let mut metadata = Vec::new();
    if let (Some(name), Some(node)) = (text("name"), meta.get("name")) {
        let whole = text("namespace").map_or_else(|| name.to_owned(), |space| format!("{space}.{name}"));
        metadata.push(("name", scalar(node.span, &whole)));
    }
    if let Some(labels) = meta.get("labels").filter(|n| !n.is_null()) {
        metadata.push(("labels", labels.clone()));
    }
    let mut warnings = Vec::new();
    let spec = document.get("spec").map_or_else(empty, |spec| without_strategy(spec, &mut warnings));
    let metadata = map(meta.head(), metadata);
    Taken { tool: "prometheus-operator", node: native(document, metadata, spec), warnings }
}

/// A document of ours, at the places of the other one.
fn native(document: &Node, metadata: Node, spec: Node) -> Node {
    let at = document.head();
    let head = vec![("apiVersion", scalar(at, crate::systems::API_VERSION)), ("kind", scalar(at, "PrometheusRule"))];
    map(at, head.into_iter().chain([("metadata", metadata), ("spec", spec)]).collect())
}

/// The spec without what only Thanos reads.
fn without_strategy(spec: &Node, warnings: &mut Vec<(Span, Problem)>) -> Node {
    let Some(groups) = spec.get("groups").filter(|g| g.is_seq()) else { return spec.clone() };
    let clean = |group: &Node, warnings: &mut Vec<(Span, Problem)>| {
        let Some((key, _)) = group.entry(OF_THANOS) else { return group.clone() };
        let problem = Problem::warning("NF0511", format!("`{OF_THANOS}` is left out"));
        warnings.push((key.span, problem.help("it is a setting of Thanos: Prometheus does not know it")));
        without(group, OF_THANOS)
    };
    let kept = groups.items().iter().map(|group| clean(group, warnings)).collect();
    let groups = Node { span: groups.span, kind: Kind::Seq(kept) };
    let replaced = spec.entries().into_iter().map(|(key, value)| {
        let value = if key.as_str() == Some("groups") { groups.clone() } else { value.clone() };
        (key.clone(), value)
    });
    Node { span: spec.span, kind: Kind::Map(replaced.collect()) }
}

fn without(node: &Node, name: &str) -> Node {
    let kept = node.entries().into_iter().filter(|(key, _)| key.as_str() != Some(name));
    Node { span: node.span, kind: Kind::Map(kept.map(|(k, v)| (k.clone(), v.clone())).collect()) }
}

fn scalar(span: Span, text: &str) -> Node {
    Node { span, kind: Kind::Scalar { text: text.into(), style: Style::Double } }
}

fn map(span: Span, entries: Vec<(&str, Node)>) -> Node {
    Node { span, kind: Kind::Map(entries.into_iter().map(|(key, value)| (scalar(span, key), value)).collect()) }
}
