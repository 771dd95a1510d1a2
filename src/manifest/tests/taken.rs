//! What a document is taken for: other tools' rule files, targets, systems of later versions.

use super::*;

/// What a document is taken for, and its envelope: `KIND NAME TARGET LABELS`; and all problems.
fn taken(text: &str) -> (String, Vec<String>) {
    use super::{documents, faults::Faults};
    let mut report = Report::default();
    let loaded = crate::yaml::load(text.as_bytes(), &crate::yaml::Budgets::default());
    let source = report.add_source("m.yaml", loaded.text.clone());
    let mut faults = Faults::new(&mut report, source, &loaded.text);
    let (kind, node, warnings) = match documents::what(&loaded.documents[0], "node.disk", &mut faults) {
        documents::What::Ours(kind) => (kind, loaded.documents[0].clone(), Vec::new()),
        documents::What::Taken(kind, taken) => (kind, taken.node, taken.warnings),
        documents::What::Later(kind) => return (format!("later {kind}"), Vec::new()),
        documents::What::Foreign(tool) => return (format!("foreign {tool}"), Vec::new()),
        documents::What::Broken => return ("broken".into(), Vec::new()),
    };
    let (meta, spec) = documents::envelope(&node, kind, &mut faults);
    let said = meta.map_or_else(String::new, |meta| {
        let target = meta.target.map(|(target, _)| target).unwrap_or_default();
        let keys = spec.map(|s| s.entries().iter().filter_map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(","));
        format!("{} {} <{target}> {:?} {}", kind.name(), meta.name, meta.labels, keys.unwrap_or_default())
    });
    for (span, problem) in warnings {
        report.push(problem.at(source, span));
    }
    report.sort();
    let place = |p: &crate::diag::Problem| p.at.as_ref().map(|at| report.place(at.source, at.span.start));
    let line = |p: &crate::diag::Problem| {
        let place = place(p).map_or_else(String::new, |p| format!("{}:{} ", p.line, p.column));
        let help: String = p.help.iter().map(|h| format!(" | {h}")).collect();
        format!("{place}{} {}{help}", p.code, p.message)
    };
    (said, report.problems().iter().map(line).collect())
}

#[test]
fn rule_files_and_documents_of_the_operator_are_taken_as_they_are() {
    let (said, problems) = taken("groups:\n- name: a\n  rules: [{alert: A, expr: '${{ up }}'}]\n");
    assert_eq!((said.as_str(), problems), ("PrometheusRule node.disk <> {} groups", vec![]));
    let operator = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: x\n  namespace: shop\n  \
        uid: 1\n  labels: {team: web}\nspec:\n  groups:\n  - name: a\n    partial_response_strategy: abort\n    rules: []\n\
        status: {any: thing}\n";
    let (said, problems) = taken(operator);
    assert_eq!(said, "PrometheusRule shop.x <> {\"team\": Some(\"web\")} groups");
    let warning =
        "11:5 NF0511 `partial_response_strategy` is left out | it is a setting of Thanos: Prometheus does not know it";
    assert_eq!(problems, [warning]);
    let (said, problems) = taken("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: {groups: []}\n");
    assert_eq!((said.as_str(), problems), ("", vec!["1:1 NF0013 `name` is missing in metadata".to_owned()]));
    assert_eq!(taken("apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\n").0, "foreign prometheus-operator");
    assert_eq!(taken("apiVersion: 1\ngroups: [{name: a}]\n").0, "broken");
}

#[test]
fn a_target_names_a_connection_of_the_kinds_system() {
    let rules = |target: &str| {
        let (said, problems) = taken(&format!(
            "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: x, target: {target}}}\nspec: {{}}\n"
        ));
        (said.split_whitespace().nth(2).unwrap_or_default().to_owned(), problems)
    };
    assert_eq!(rules("prometheus"), ("<main>".into(), vec![]));
    assert_eq!(rules("prometheus/edge"), ("<edge>".into(), vec![]));
    let wrong = |target: &str, help: &str| {
        let near = "a document of `PrometheusRule` lives on `prometheus` or `prometheus/NAME`";
        (String::from("<>"), vec![format!("3:29 NF0112 unknown target `{target}`{help} | {near}")])
    };
    assert_eq!(rules("promethus/edge"), wrong("promethus/edge", " | did you mean `prometheus`?"));
    assert_eq!(rules("nats"), wrong("nats", ""));
    assert_eq!(rules("prometheus/"), wrong("prometheus/", ""));
    let stream = STREAM.replace("{name: ORDERS}", "{name: ORDERS, target: nats/edge}");
    let help = "a document of `Stream` lives on `nats`";
    assert_eq!(taken(&stream).1, [format!("3:34 NF0112 unknown target `nats/edge` | {help}")]);
}

#[test]
fn rules_for_a_system_of_a_later_version_are_counted() {
    let rules = "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {name: x, target: loki}\nspec: {groups: [{name: a, rules: [{alert: A, expr: '{a=\"b\"} |= \"c\"'}]}]}\n";
    let loaded = run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", &format!("{STREAM}---\n{rules}"))]).fine();
    let why = "this version of natsform does not plan them for `loki` yet";
    assert_eq!(loaded.notes, [format!("1 document of `PrometheusRule` skipped: {why}")]);
}

#[test]
fn the_items_of_a_list_are_documents() {
    let item = |name: &str| {
        format!(
            "- apiVersion: monitoring.coreos.com/v1\n  kind: PrometheusRule\n  metadata: {{name: {name}, namespace: mon}}\n  \
             spec: {{groups: [{{name: {name}, rules: [{{alert: A, expr: up}}]}}]}}\n"
        )
    };
    for head in ["apiVersion: v1\nkind: List", "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRuleList"] {
        let text = format!("{head}\nmetadata: {{resourceVersion: \"\"}}\nitems:\n{}{}", item("a"), item("b"));
        let loaded = crate::yaml::load(text.as_bytes(), &crate::yaml::Budgets::default());
        let items = documents::listed(&loaded.documents[0]);
        let kinds: Vec<_> = items.iter().map(|item| item.get("kind").and_then(|kind| kind.as_str())).collect();
        assert_eq!(kinds, [Some("PrometheusRule"); 2], "{text}");
    }
}
