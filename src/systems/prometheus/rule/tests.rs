//! The kind by itself.

mod corpus;
mod faults;
mod files;
mod gating;
mod live;
mod resets;

use super::*;
use crate::{
    diag::Report,
    model::{Capabilities, Change, Head, Origin, Version, json},
    shape as walk,
    yaml::{Budgets, load},
};
use std::sync::Arc;

/// A document of this kind, decoded: its body and its problems, `LINE:COLUMN CODE message | help` each.
fn decoded(spec: &str) -> (Value, Vec<String>) {
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    document(&format!("spec:\n{indented}"))
}

/// As [`decoded`], for text that may be anything.
fn decoded_loosely(spec: &str) -> (Value, Vec<String>) {
    let indented: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("spec:\n{indented}");
    let loaded = load(text.as_bytes(), &Budgets::default());
    let map = loaded.documents.first().is_some_and(|d| d.get("spec").is_some_and(Node::is_map));
    if map { document(&text) } else { (Value::Null, Vec::new()) }
}

fn document(text: &str) -> (Value, Vec<String>) {
    let mut report = Report::default();
    let loaded = load(text.as_bytes(), &Budgets::default());
    let source = report.add_source("m.yaml", loaded.text.clone());
    report.yaml(source, loaded.problems);
    let Some(node) = loaded.documents.first().cloned() else { return (Value::Null, lines(&mut report)) };
    let node = Arc::new(node);
    let index = report.add_document(source, node.clone());
    let head = Head { name: "x".into(), scope: "main".into(), ..Head::default() };
    let origin = Origin { document: index, path: Path::root().field("spec") };
    let spec = node.get("spec").cloned().expect("a spec");
    let mut cx = Decode { head: &head, origin: origin.clone(), report: &mut report };
    let piece = PrometheusRule.decode(&spec, &mut cx).remove(0);
    assert_eq!(piece.address.to_string(), "rules/x@main");
    let resource = Resource {
        address: piece.address,
        body: piece.body,
        head: piece.head,
        needs: Vec::new(),
        origins: vec![piece.origin],
    };
    PrometheusRule.check(&resource, &mut report);
    (resource.body, lines(&mut report))
}

fn lines(report: &mut Report) -> Vec<String> {
    report.sort();
    let one = |p: &crate::diag::Problem| {
        let place = p.at.as_ref().map(|at| report.place(at.source, at.span.start));
        let place = place.map_or_else(|| "-".to_owned(), |at| format!("{}:{}", at.line, at.column));
        let help: String = p.help.iter().map(|h| format!(" | {h}")).collect();
        format!("{place} {} {}{help}", p.code, p.message)
    };
    report.problems().iter().map(one).collect()
}

/// A body without problems.
fn body(spec: &str) -> Value {
    let (body, problems) = decoded(spec);
    assert_eq!(problems, [""; 0], "{spec}");
    body
}

/// One alert with that expression.
fn alert(expr: &str) -> Value {
    json!({"groups": [{"name": "g", "rules": [{"alert": "A", "expr": expr}]}]})
}

fn around(caps: &Capabilities) -> Around<'_> {
    Around { capabilities: caps, parent: None, parent_now: None }
}

/// What is live once `body` was applied over `before`.
fn applied(before: &Value, body: &Value) -> Value {
    let caps = Capabilities::default();
    let address = Address::new("rules", ["x"], "main");
    let sent = PrometheusRule.put(&address, before, body, &[], &around(&caps));
    PrometheusRule.settle(Some(before).filter(|b| !b.is_null()), &sent, &around(&caps))
}

/// What applying `body` over `before` changes: `PATH: BEFORE -> AFTER (CLASS)`.
fn changes(before: &Value, body: &Value) -> Vec<String> {
    let (was, will) = (PrometheusRule.view(before), PrometheusRule.view(&applied(before, body)));
    let mut out: Vec<Change> = Vec::new();
    walk::diff(PrometheusRule.shape(), &was, &will, &Path::root(), &mut out);
    out.iter().map(|c| format!("{}: {} -> {} ({})", c.path, c.before, c.after, c.class.word())).collect()
}

fn prometheus(major: u32, minor: u32) -> Capabilities {
    Capabilities { product: "Prometheus", version: Version(major, minor, 0), ..Capabilities::default() }
}
