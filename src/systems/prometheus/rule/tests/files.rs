//! Rule files: what is written is read back, by us and by others.

use super::*;
use proptest::prelude::*;

#[test]
fn a_file_is_written_for_people() {
    let body = body(
        "groups:\n- name: g\n  rules:\n  - expr: |\n      up == 0\n        and on (job) x\n    alert: A\n    annotations: {summary: 'yes', note: '0777'}\n    labels: {b: on, a: 1e3}\n    for: 90m\n  interval: 60s\n",
    );
    let file = to_file_with("managed by natsform\nproject shop", &body);
    assert_eq!(
        file,
        "# managed by natsform\n# project shop\ngroups:\n  - name: g\n    interval: 1m\n    rules:\n      - alert: A\n        \
         expr: |\n          up == 0\n            and on (job) x\n        for: 1h30m\n        labels:\n          a: \"1e3\"\n          \
         b: \"on\"\n        annotations:\n          note: \"0777\"\n          summary: \"yes\"\n"
    );
    assert_eq!(header(&file), "managed by natsform\nproject shop");
    assert_eq!(parse_file(&file), Ok(trimmed(&body)));
}

#[test]
fn a_header_cannot_leave_its_comment() {
    let file = to_file_with("a\u{85}b: c\rgroups: []\n\nd", &alert("up"));
    assert!(file.lines().take(3).all(|l| l.starts_with('#')), "{file}");
    assert_eq!(parse_file(&file), Ok(trimmed(&alert("up"))));
}

#[test]
fn files_of_others_are_read_as_a_server_reads_them() {
    assert_eq!(parse_file(""), Ok(json!({"groups": []})));
    assert_eq!(parse_file("# nothing\n"), Ok(json!({"groups": []})));
    let text = "groups:\n- name: &n a\n  limit: 5\n  rules:\n  - {record: x, expr: 1, labels: {limit: 5, none: }}\n  - {alert: *n, expr: up, for: 90m}\n---\ngroups: [{name: second}]\n";
    assert_eq!(
        parse_file(text),
        Ok(json!({"groups": [{"name": "a", "limit": 5, "rules": [
            {"record": "x", "expr": "1", "labels": {"limit": "5", "none": ""}},
            {"alert": "a", "expr": "up", "for": "90m"},
        ]}]}))
    );
    assert_eq!(parse_file("groups: [\n"), Err("line 1, column 9: `[` is not closed".into()));
    assert!(parse_file("[a]").unwrap_err().contains("a list"));
    assert!(parse_file("\u{0}\u{1}").is_err());
}

/// Texts that readers of YAML like to take for something else.
fn text() -> impl Strategy<Value = String> {
    let words = proptest::sample::select(vec![
        "on",
        "yes",
        "No",
        "null",
        "~",
        "1e3",
        "0777",
        "0x1F",
        "1_000",
        "2020-01-01",
        ".inf",
        "12:30",
        "<<",
        "=",
        "- a",
        "a: b",
        "a #b",
        "#",
        "'",
        "\"",
        "{{ $value }}",
        "|",
        ">",
        "%",
        "@a",
        "`x`",
        "  a",
        "a  ",
        "a\nb",
        "a\n\n  b\n",
        "\ta",
        "a\tb",
        "é\u{85}",
        "\u{2028}",
        "\r\n",
        "!x",
        "&a",
        "*a",
        "?",
        ",",
        "[",
        "}",
        "true",
        "1.0",
        "0b1",
        "1d",
        "5m",
    ]);
    prop_oneof![words.prop_map(str::to_owned), "[ -~]{1,12}", "\\PC{1,8}", "[a-z\\n \\t#:'\"-]{1,20}"]
}

fn texts() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map(text(), text(), 0..4).prop_map(|map| json!(map))
}

fn any_rule() -> impl Strategy<Value = Value> {
    let time = proptest::sample::select(vec!["30s", "5m", "1h30m", "1d"]);
    (any::<bool>(), text(), text(), time, texts(), texts()).prop_map(
        |(alert, name, expr, time, labels, annotations)| {
            if alert {
                json!({"alert": name, "expr": expr, "for": time, "labels": labels, "annotations": annotations})
            } else {
                json!({"record": name, "expr": expr, "labels": labels})
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_by_us_and_by_others(
        names in proptest::collection::btree_set(text(), 1..4),
        rules in proptest::collection::vec(any_rule(), 1..4),
        limit in 0..3_i64,
        labels in texts(),
    ) {
        let groups: Vec<Value> = names.iter().map(|name| json!({"name": name, "limit": limit, "labels": labels, "rules": rules})).collect();
        let body = trimmed(&json!({"groups": groups}));
        let file = to_file(&body);
        prop_assert_eq!(parse_file(&file), Ok(body.clone()), "{}", file);
        let oracle: Value = serde_yaml::from_str(&file).map_err(|e| TestCaseError::fail(format!("{e}: {file}")))?;
        prop_assert_eq!(&oracle, &body, "{}", file);
        prop_assert_eq!(to_file(&oracle), file);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        if let Ok(body) = parse_file(&text) {
            to_file(&body);
            PrometheusRule.view(&json!({"file": body, "loaded": body["groups"], "interval": 15}));
        }
    }
}
