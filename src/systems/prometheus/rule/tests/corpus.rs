//! Real expressions and templates, of `NATSFORM_CORPUS`.

use super::*;
use crate::promql;
use std::path::PathBuf;

fn corpus(file: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("NATSFORM_CORPUS").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so {file} is not read");
        return None;
    };
    let nested = folder.join("promql").join(file);
    let path = if nested.exists() { nested } else { folder.join(file) };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn of(line: &Value, key: &str) -> String {
    line[key].as_str().unwrap_or_default().to_owned()
}

/// A document with that expression, in one of the ways to write a text.
fn spec(expr: &str, style: usize) -> String {
    let indented = |text: &str| text.trim_end().replace('\n', "\n          ");
    let block = !expr.trim().is_empty() && !expr.starts_with([' ', '\n', '\t']) && !expr.contains(['\t', '\r']);
    let value = match style {
        0 if block => format!("|-\n          {}", indented(expr)),
        1 => format!("'{}'", expr.replace('\'', "''").replace('\n', "\n\n          ")),
        _ => serde_json::to_string(expr).unwrap(),
    };
    format!("groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: {value}")
}

#[test]
fn accepted_expressions_go_out_and_come_back_unchanged() {
    let Some(rules) = corpus("rules.jsonl") else { return };
    let mut seen = 0;
    for (i, line) in rules.iter().filter(|l| l["ok"] == true).enumerate() {
        let expr = of(line, "expr");
        let declared = body(&spec(&expr, i % 3));
        let file = to_file(&declared);
        let read = parse_file(&file).unwrap_or_else(|e| panic!("{expr:?}: {e}\n{file}"));
        assert_eq!(read, trimmed(&declared), "{expr:?}");
        // the server shows its own print
        let mut live = applied(&Value::Null, &declared);
        live["loaded"][0]["rules"][0]["query"] = line["go"].clone();
        live["file"] = read;
        assert_eq!(at_rest(&live), None, "{expr:?}");
        assert_eq!(changes(&live, &declared), [""; 0], "{expr:?}");
        // and the same, written over several lines
        let again = alert(&reformatted(&expr));
        assert_eq!(changes(&live, &again), [""; 0], "{expr:?}\n{}", again["groups"][0]["rules"][0]["expr"]);
        seen += 1;
    }
    eprintln!("corpus: {seen} expressions out and back");
    assert!(seen > 1_000);
}

/// The expression in other lines and with comments.
fn reformatted(expr: &str) -> String {
    format!("# why\n\n   {}\n\t# the end", expr.trim_end())
}

#[test]
fn refused_expressions_are_refused_at_a_place() {
    let Some(rules) = corpus("rules.jsonl") else { return };
    let mut seen = 0;
    for (i, line) in rules.iter().filter(|l| l["ok"] != true).enumerate() {
        let expr = of(line, "expr");
        let (_, problems) = decoded(&spec(&expr, i % 3));
        assert_eq!(problems.len(), 1, "{expr:?}: {problems:?}");
        assert!(problems[0].contains(" NF0501 "), "{expr:?}: {problems:?}");
        assert!(!problems[0].starts_with('-'), "{expr:?}: {problems:?}");
        seen += 1;
    }
    eprintln!("corpus: {seen} expressions refused");
    assert!(seen >= 10);
}

#[test]
fn every_change_of_one_token_is_a_change_of_the_rule() {
    let Some(rules) = corpus("rules.jsonl") else { return };
    let swaps = [
        (" > ", " >= "),
        (" < ", " <= "),
        (" == ", " != "),
        ("sum", "max"),
        ("rate(", "increase("),
        ("[5m]", "[6m]"),
        (" and ", " unless "),
        ("=\"", "!=\""),
        ("=~\"", "!~\""),
        (" / ", " * "),
        (" by ", " without "),
        ("_total", "_count"),
    ];
    let mut seen = 0;
    for (i, line) in rules.iter().filter(|l| l["ok"] == true).enumerate() {
        let expr = of(line, "expr");
        let (from, to) = swaps[i % swaps.len()];
        let other = expr.replacen(from, to, 1);
        if other == expr || expr.contains('#') || promql::parse(&other).is_err() {
            continue;
        }
        let found = changes(&applied(&Value::Null, &alert(&expr)), &alert(&other));
        assert_eq!(found.len(), 1, "{expr:?}\n{other:?}\n{found:?}");
        assert!(found[0].starts_with("groups[g].rules[A].expr: "), "{found:?}");
        seen += 1;
    }
    eprintln!("corpus: {seen} changes of one token seen");
    assert!(seen >= 200, "only {seen}");
}

#[test]
fn templates_are_read() {
    let Some(templates) = corpus("templates.jsonl") else { return };
    for template in templates.iter().filter_map(Value::as_str) {
        let text = serde_json::to_string(template).unwrap();
        body(&format!("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations: {{x: {text}}}"));
    }
}
