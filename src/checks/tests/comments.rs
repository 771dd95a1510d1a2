//! Comments that silence checks.

use super::*;

fn said(text: &str) -> Vec<String> {
    found(text, None)
}

const RULES: &str = "# TOP
groups:
# ABOVE-GROUP
- name: g # ON-GROUP
  # IN-GROUP
  rules:
  # ABOVE
  - alert: A # ON
    # WITHIN
    expr: x / y_max > 1 # BESIDE
    annotations: {summary: x}
    # LAST
  - alert: B
    expr: |
      # IN-EXPR
      z / y_max > 1
    annotations: {summary: x}
";

const A: &str = "warning maybe-zero-divisor at y_max";

/// With one of the marks as a comment that is read.
fn with(mark: &str, comment: &str) -> Vec<String> {
    assert!(RULES.contains(&format!("# {mark}")), "{mark}");
    said(&RULES.replace(&format!("# {mark}\n"), &format!("# {comment}\n")))
}

#[test]
fn a_comment_speaks_of_the_rule_the_group_or_the_document() {
    assert_eq!(said(RULES), [A, A]);
    let ignore = "natsform:ignore maybe-zero-divisor y is never 0";
    for mark in ["ABOVE", "ON", "WITHIN", "BESIDE", "LAST", "IN-EXPR"] {
        assert_eq!(with(mark, ignore), [A], "{mark}");
    }
    assert_eq!(with("ON", "natsform:ignore maybe-zero-divisor: y is never 0"), [A], "a colon");
    assert_eq!(with("ON", "natsform:ignore NF0608: y is never 0"), [A], "a colon behind a code");
    for mark in ["TOP", "ABOVE-GROUP", "ON-GROUP", "IN-GROUP"] {
        none(with(mark, ignore));
    }
    assert_eq!(
        with("LAST", "natsform:ignore self-ratio,maybe-zero-divisor both"),
        ["warning NF0691 at # natsform:ignore self-ratio,maybe-zero-divisor both", A]
    );
    let line = |text: &str| text.lines().position(|line| line.contains("alert: A")).expect("a line");
    assert_eq!(line(RULES), 7);
}

#[test]
fn the_right_rule_is_silenced() {
    let at = |mark: &str| {
        let text = RULES.replace(&format!("# {mark}\n"), "# natsform:ignore maybe-zero-divisor why\n");
        let (resources, mut report) = load(&text);
        run(&resources, None, &|_| true, &mut report);
        report.render_lines().lines().next().unwrap_or_default().split(':').nth(1).unwrap_or_default().to_owned()
    };
    for (mark, left) in [("ABOVE", "16"), ("LAST", "16"), ("IN-EXPR", "10")] {
        assert_eq!(at(mark), left, "{mark}");
    }
}

#[test]
fn what_is_no_comment_silences_nothing() {
    for text in [
        alert("x / y_max > 1").replace("summary: x", "summary: \"# natsform:ignore maybe-zero-divisor why\""),
        alert("x / y_max > 1").replace(
            "annotations: {summary: x}",
            "annotations:\n      summary: |\n        # natsform:ignore maybe-zero-divisor why\n        two",
        ),
        alert("x / y_max > 1").replace("alert: A", "alert: A#natsform:ignore maybe-zero-divisor"),
        alert("x{a=\" # natsform:ignore maybe-zero-divisor why\"} / y_max > 1").replace("expr: ", "expr: >-\n      "),
        alert("x / y_max > 1 # natsform:ignored maybe-zero-divisor why"),
    ] {
        assert_eq!(said(&text), [A], "{text}");
    }
}

#[test]
fn comments_that_are_wrong_themselves() {
    let beside = |comment: &str| with("BESIDE", comment);
    assert_eq!(
        beside("natsform:ignore maybe-zero-divisor"),
        ["note NF0690 at # natsform:ignore maybe-zero-divisor", A]
    );
    assert_eq!(beside("natsform:ignore self-ratio why"), [A, "warning NF0691 at # natsform:ignore self-ratio why", A]);
    assert_eq!(
        beside("natsform:ignore self-ration why"),
        [A, "warning NF0692 at # natsform:ignore self-ration why", A]
    );
    assert_eq!(beside("natsform:ignore"), [A, "warning NF0692 at # natsform:ignore", A]);
    assert_eq!(beside("natsform:ignore NF0608 by its code"), [A]);
}

#[test]
fn what_a_server_decides_is_not_unused_without_one() {
    let text = alert("chat_thing > 1 # natsform:ignore metric-unknown it comes with the next release");
    none(found(&text, None));
    none(found(&text, Some(&world(&json!({"metric_names": ["a"]})))));
    let known = found(&text, Some(&world(&json!({"metric_names": ["chat_thing"]}))));
    assert!(known.len() == 1 && known[0].starts_with("note NF0691"), "{known:?}");
    let mut down = world(&json!({"metric_names": ["chat_thing"]}));
    down.places.values_mut().for_each(|place| place.gaps.push("down".into()));
    none(found(&text, Some(&down)));
    let offline_only = alert("nats_thing > 1 # natsform:ignore metric-unknown our own");
    none(found(&offline_only, None));
    none(found(&offline_only, Some(&world(&json!({"metric_names": ["nats_thing"]})))));
}

#[test]
fn comments_of_pint() {
    let rules = alert("rate(x[5m]) # pint disable alerts/comparison");
    none(found(&rules, None));
    none(found(&format!("# pint file/disable alerts/comparison\n{}", alert("rate(x[5m])")), None));
    assert_eq!(found(&alert("rate(x[5m]) # pint disable promql/series(x)"), None).len(), 1);
    none(found(&alert("x > 1 # pint disable alerts/comparison"), None));
}

#[test]
fn each_document_has_its_own_comments() {
    let text = format!(
        "# natsform:ignore maybe-zero-divisor the first\n{}---\n{}",
        alert("x / y_max > 1"),
        alert("x / y_max > 2").replace("alert: A", "alert: B")
    );
    assert_eq!(found(&text, None), [A]);
    let text = format!(
        "{}---\n# natsform:ignore maybe-zero-divisor the second\n{}",
        alert("x / y_max > 1"),
        alert("x / y_max > 2").replace("alert: A", "alert: B")
    );
    assert_eq!(found(&text, None), [A]);
}

#[test]
fn documents_of_the_operator_and_lines_that_end_otherwise() {
    let operator = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec:\n  groups:\n  - name: g\n    rules:\n    # natsform:ignore maybe-zero-divisor why\n    - alert: A\n      expr: x / y_max > 1\n      annotations: {summary: x}\n    - {alert: B, expr: x / y_max > 2, annotations: {summary: x}}\n";
    assert_eq!(found(operator, None), [A]);
    assert_eq!(found(&operator.replace('\n', "\r\n"), None), [A]);
    let top = format!("# natsform:ignore maybe-zero-divisor why\n{operator}")
        .replace("    # natsform:ignore maybe-zero-divisor why\n", "");
    none(found(&top, None));
    let ours = "# natsform:ignore maybe-zero-divisor ü\napiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {name: ü}\nspec:\n  groups: [{name: g, rules: [{alert: A, expr: x / y_max > 1, annotations: {summary: ü}}]}]\n";
    none(found(ours, None));
}

/// Whatever is left of a document, and wherever a sign too many stands: nothing panics.
#[test]
fn broken_documents_break_nothing() {
    let ignore = "natsform:ignore maybe-zero-divisor,ü wärum";
    let rules = ["TOP", "IN-GROUP", "ON", "IN-EXPR"]
        .iter()
        .fold(RULES.to_owned(), |text, mark| text.replace(&format!("# {mark}\n"), &format!("# {ignore}\n")));
    let rules = format!("{rules}---\n{}", alert("\"sum(nats_streäm_x{a=\\\"#\\\"}) / up > 1\"# pint disable x"));
    for (at, c) in rules.char_indices() {
        let (before, after) = (&rules[..at], &rules[at + c.len_utf8()..]);
        for broken in [
            before.to_owned(),
            format!("{before}{after}"),
            format!("{before}#{c}{after}"),
            format!("{before}\n{c}{after}"),
        ] {
            let (resources, mut report) = super::read(&broken);
            run(&resources, None, &|_| true, &mut report);
            report.render_lines();
        }
    }
}
