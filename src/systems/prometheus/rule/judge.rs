//! What a server would refuse of somebody's rule file: it is read as a manifest of ours is, so that a failed reload, whose
//! answer names neither file nor rule, is given a line.

use super::{gates, rules, shape::SHAPE};
use crate::{
    diag::{Problem, Report},
    model::{Capabilities, Head, Origin, Path, Shape, Turn, Value, Version},
    shape as walk,
    systems::Decode,
    yaml::{self, Budgets, Kind, Node},
};
use std::sync::Arc;

/// What is said of manifests only: a server takes a tag, a label without a value and a file without groups.
const OURS: [&str; 3] = ["NF0004", "NF0510", "NF0512"];

/// The faults of a rule file, each with its line (from 1), for a server that can do this.
pub fn faults(text: &str, capabilities: &Capabilities) -> Vec<(usize, String)> {
    judge(text, capabilities, Node::clone)
}

/// As [`faults`], of what the server has loaded from a file that says the same: its expressions, templates and names are
/// good, whatever is thought of them here, and only what stands around them can be wrong by now.
pub fn faults_around(text: &str, capabilities: &Capabilities) -> Vec<(usize, String)> {
    judge(text, capabilities, skeleton)
}

fn judge(text: &str, capabilities: &Capabilities, seen_as: fn(&Node) -> Node) -> Vec<(usize, String)> {
    let loaded = yaml::load(first_document(text).0.as_bytes(), &Budgets::default());
    let mut report = Report::default();
    let source = report.add_source("", loaded.text.clone());
    report.yaml(source, loaded.problems);
    let root = loaded.documents.into_iter().next().filter(|node| !node.is_null()).map(Arc::new);
    if let Some(root) = &root {
        let document = report.add_document(source, root.clone());
        if root.is_map() {
            body(&Arc::new(seen_as(root)), document, capabilities, &mut report);
        } else {
            let message = format!("a rule file is a mapping, and this is {}", root.describe());
            report.at_span(document, root.span, Problem::error("NF0012", message));
        }
    }
    report.sort();
    let said = report.problems().iter().filter(|problem| counts(problem)).map(|problem| {
        let Some(at) = &problem.at else { return (1, problem.message.clone()) };
        let rule = root.as_deref().and_then(|root| rule_at(root, at.span.start));
        let message = rule.map_or_else(|| problem.message.clone(), |rule| format!("{rule}: {}", problem.message));
        (report.place(source, at.span.start).line, message)
    });
    said.collect()
}

/// A rule file with the plainest expressions, templates and names in place of its own.
fn skeleton(root: &Node) -> Node {
    replaced(root, &|key, value| match key {
        "groups" => each(value, &|group| {
            replaced(group, &|key, value| match key {
                "rules" => each(value, &|rule| replaced(rule, &plain)),
                _ => value.clone(),
            })
        }),
        _ => value.clone(),
    })
}

/// What stands for the value of a rule's field.
fn plain(key: &str, value: &Node) -> Node {
    let text = |node: &Node, text: &str| match &node.resolve().kind {
        Kind::Scalar { style, .. } if !node.is_null() => {
            Node { span: node.span, kind: Kind::Scalar { text: text.into(), style: *style } }
        }
        _ => node.clone(),
    };
    match key {
        "expr" => text(value, "1"),
        "record" => text(value, "x"),
        "labels" | "annotations" if value.is_map() => {
            let entries = value.entries().into_iter().enumerate();
            let entries = entries.map(|(i, (key, value))| (text(key, &format!("x{i}")), text(value, "x")));
            Node { span: value.span, kind: Kind::Map(entries.collect()) }
        }
        _ => value.clone(),
    }
}

fn replaced(map: &Node, with: &dyn Fn(&str, &Node) -> Node) -> Node {
    if !map.is_map() {
        return map.clone();
    }
    let entry = |(key, value): (&Node, &Node)| (key.clone(), with(key.as_str().unwrap_or_default(), value));
    Node { span: map.span, kind: Kind::Map(map.entries().into_iter().map(entry).collect()) }
}

fn each(list: &Node, with: &dyn Fn(&Node) -> Node) -> Node {
    if !list.is_seq() {
        return list.clone();
    }
    Node { span: list.span, kind: Kind::Seq(list.items().iter().map(with).collect()) }
}

fn counts(problem: &Problem) -> bool {
    // a limit below zero is none
    let lenient = problem.code == "NF0012" && problem.message.starts_with("expected a whole number");
    !lenient && !OURS.contains(&problem.code)
}

fn body(root: &Arc<Node>, document: usize, capabilities: &Capabilities, report: &mut Report) {
    let (head, origin) = (Head::default(), Origin { document, path: Path::root() });
    let mut cx = Decode { head: &head, origin: origin.clone(), report };
    let pieces = rules::decode(root, &mut cx);
    if let Some((key, _)) = root.entry("tests") {
        // ours, and no server's
        report.at_span(document, key.span, Problem::error("NF0011", "unknown field `tests`"));
    }
    // one that names no version and lists no features may be any
    if gates::version(capabilities) > Version::default()
        && let Some(piece) = pieces.first()
    {
        lacking(&SHAPE, &piece.body, &Path::root(), capabilities, &mut |path, why| {
            report.at(&Origin { document, path }, Problem::error("NF0011", why));
        });
    }
}

/// What a server of this version and with these flags does not know.
fn lacking(
    shape: &'static Shape,
    value: &Value,
    at: &Path,
    capabilities: &Capabilities,
    out: &mut impl FnMut(Path, String),
) {
    match (walk::resolve(shape), value) {
        (Shape::Object(fields), Value::Object(map)) => {
            for f in fields.iter() {
                let Some(after) = map.get(f.name).filter(|v| !walk::same(&f.shape, f.default, &Value::Null, v)) else {
                    continue;
                };
                let none = &Value::Null;
                let turn = Turn { before: none, after, object_before: none, object_after: value, capabilities };
                let path = at.field(f.name);
                if let Err(why) = (f.create)(&turn) {
                    out(path.clone(), why);
                }
                lacking(&f.shape, after, &path, capabilities, out);
            }
        }
        (Shape::List { item, .. }, Value::Array(items)) => {
            for (i, one) in items.iter().enumerate() {
                lacking(item, one, &at.key(&i.to_string()), capabilities, out);
            }
        }
        _ => {}
    }
}

/// The rule that stands at an offset, for people.
fn rule_at(root: &Node, offset: usize) -> Option<String> {
    // what is missing is missed right behind the last character
    let holds = |node: &&Node| node.span.start <= offset && offset <= node.span.end;
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let group = root.get("groups")?.items().iter().rfind(holds)?;
    let rule = group.get("rules")?.items().iter().rfind(holds)?;
    let name = text(rule, "alert").or_else(|| text(rule, "record")).unwrap_or_default();
    Some(format!("`{name}` of group `{}`", text(group, "name").unwrap_or_default()))
}

/// The first document of a file, which is all that a server reads, and whether there is another one behind it.
pub fn first_document(text: &str) -> (&str, bool) {
    let mut begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marks =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if marks && begun {
            let (first, rest) = text.split_at(at);
            return (
                first,
                rest.lines().any(|l| !(l.trim().is_empty() || l.starts_with('#') || l.trim_end() == "---")),
            );
        }
        begun |= marks || !(line.trim().is_empty() || line.starts_with(['#', '%']));
        at += line.len();
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, major: u32, minor: u32) -> Vec<(usize, String)> {
        let version = Version(major, minor, 0);
        faults(text, &Capabilities { product: "Prometheus", version, ..Capabilities::default() })
    }

    #[test]
    fn what_a_server_refuses_has_a_line() {
        let with =
            |rule: &str| format!("# mine\ngroups:\n- name: g\n  rules:\n  - alert: Fine\n    expr: up\n{rule}\n");
        for (rule, line, says) in [
            ("  - alert: Bad\n    expr: up ==", 8, "`Bad` of group `g`: "),
            ("  - alert: Bad\n    expr: up\n    forr: 5m", 9, "`Bad` of group `g`: unknown field `forr`"),
            ("  - alert: Bad\n    expr: up\n    for: 5", 9, "`Bad` of group `g`: `5` has no unit"),
            ("  - alert: Bad", 7, "`Bad` of group `g`: `expr` is missing"),
            ("  - alert: Bad\n    expr: up\n    labels: {a: '{{ $x }}'}", 9, "`Bad` of group `g`: unknown variable"),
            ("- name: g\n  rules: []", 7, "a second group `g`"),
            ("extra: 1", 7, "unknown field `extra`"),
            ("tests: []", 7, "unknown field `tests`"),
            ("groups: [", 7, ""),
            ("  - alert: Bad\n    expr: up\n    labels: {a.b: x}", 9, "`Bad` of group `g`: the name `a.b`: it needs"),
        ] {
            let found = of(&with(rule), 2, 42);
            assert!(found.first().is_some_and(|(at, why)| *at == line && why.starts_with(says)), "{rule}: {found:?}");
        }
        assert_eq!(of("[a]", 3, 0), [(1, "a rule file is a mapping, and this is a list".to_owned())]);
    }

    #[test]
    fn what_a_server_takes_is_no_fault() {
        for text in [
            "",
            "groups: []\n",
            "groups:\n",
            "# nothing\n---\ngroups: [{name: g, limit: -1, rules: [{alert: A, expr: 1, labels: {a: }}]}]\n",
            "groups: []\n---\ngroups: [\n",
            "groups: [{name: g, labels: {a.b: c}, rules: [{record: a.b, expr: 'up'}]}]\n",
        ] {
            assert_eq!(of(text, 3, 5), [], "{text}");
        }
        assert_eq!(
            faults("groups: [{name: g, query_offset: 1m}]\n", &Capabilities::default()),
            [],
            "its version is unknown"
        );
    }

    #[test]
    fn what_stands_around_good_expressions() {
        let caps = |major, minor| Capabilities {
            product: "Prometheus",
            version: Version(major, minor, 0),
            ..Capabilities::default()
        };
        let of = |group: &str, rule: &str| {
            let rules = format!("{{alert: A, expr: 'no such thing', labels: {{a.b: '{{{{ $no }}}}'}}{rule}}}");
            let text = format!("groups: [{{name: g{group}, rules: [{rules}, {{record: a.b, expr: '!'}}]}}]\n");
            faults_around(&text, &caps(2, 42)).into_iter().map(|(_, why)| why).collect::<Vec<_>>()
        };
        assert_eq!(of("", ""), [""; 0]);
        for (group, rule, says) in [
            (", interval: 5", "", "`5` has no unit"),
            (", fro: 5", "", "unknown field `fro`"),
            (", query_offset: 5m", "", "it needs Prometheus 2.53"),
            ("", ", for: 300", "`300` has no unit"),
            ("", ", fro: 5m", "unknown field `fro`"),
            ("", ", annotations: [a]", "expected"),
        ] {
            let found = of(group, rule);
            assert!(found.len() == 1 && found[0].contains(says), "{group}{rule}: {found:?}");
        }
    }

    #[test]
    fn documents_are_told_apart() {
        for (text, first, more) in [
            ("a: 1\n", "a: 1\n", false),
            ("# x\n---\na: 1\n", "# x\n---\na: 1\n", false),
            ("a: 1\n---\nb: 2\n", "a: 1\n", true),
            ("---\na: 1\n---\n# nothing\n", "---\na: 1\n", false),
            ("a: |\n  ---\n  x\n", "a: |\n  ---\n  x\n", false),
            ("---\n---\nb: 2\n", "---\n", true),
        ] {
            assert_eq!(first_document(text), (first, more), "{text:?}");
        }
    }
}
