use super::*;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Emitted text is the same value to our loader, to serde_yaml, and to decode.
fn survives(value: &Value) {
    let text = emit(value);
    let loaded = load(text.as_bytes(), &Budgets::default());
    assert_eq!(loaded.problems, [], "{text}");
    let ours = loaded.documents.first().map_or(Value::Null, |node| to_value(node, &Cx::new()).unwrap());
    assert_eq!(&ours, value, "{text}");
    let theirs: Value = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(&theirs, value, "{text}");
}

#[test]
fn a_document_reads_well() {
    let value = json!({
        "kind": "Stream",
        "spec": {
            "subjects": ["events.sysdig.*", "orders.>", ">"],
            "max_age": "24h",
            "max_bytes": "10GiB",
            "country": "no",
            "at": "1:30",
            "expr": "sum by (a) (\n  rate(x[5m])\n)\n",
            "trimmed": "a\n\nb",
            "kept": "a\n\n",
            "empty": {}, "none": [], "null": null, "text": "",
            "url": "nats://127.0.0.1:4222",
            "summary": "{{ $labels.x }}: \"y\"",
            "rows": [{"a": 1, "b": [1.5, true]}, [["x"]], []],
            "tab\t": "it's",
        }
    });
    survives(&value);
    let text = emit_with(&value, &mut |path| {
        (path == ["spec", "subjects"] || path == ["spec", "rows", "0", "a"]).then(|| "why\nso".into())
    });
    assert_eq!(
        text,
        r#"kind: Stream
spec:
  subjects:  # why so
    - events.sysdig.*
    - orders.>
    - ">"
  max_age: 24h
  max_bytes: 10GiB
  country: "no"
  at: "1:30"
  expr: |
    sum by (a) (
      rate(x[5m])
    )
  trimmed: |-
    a

    b
  kept: |+
    a

  empty: {}
  none: []
  "null": null
  text: ""
  url: nats://127.0.0.1:4222
  summary: '{{ $labels.x }}: "y"'
  rows:
    - a: 1  # why so
      b:
        - 1.5
        - true
    - - - x
    - []
  "tab\t": it's
"#
    );
}

#[test]
fn what_others_read_otherwise_is_quoted() {
    for text in [
        "no",
        "On",
        "YES",
        "y",
        "n",
        "null",
        "~",
        "",
        " ",
        "1",
        "-1",
        "+1",
        "1e3",
        "1E3",
        "0x1F",
        "0b1",
        "0o17",
        "017",
        "1_000",
        "1:30",
        "1:30:00",
        ".5",
        "1.",
        ".inf",
        "-.inf",
        ".nan",
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "<<",
        "=",
        "---",
        "...",
        "- a",
        "-",
        "?",
        ":",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "*x",
        "&x",
        "!x",
        "@x",
        "`x",
        "%x",
        "|",
        ">",
        "[a",
        "{a",
        "a\tb",
        "\ta",
        "a ",
        " a",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "'",
        "\"",
        "\\",
        "a\r\nb",
        "\n",
        "\n\n",
        "a\n",
        "\na",
        " a\nb",
        "a\n b\n\n\n",
        "a\n \n",
        "a \nb",
        "a\n\tb",
        "\u{1F600}",
        "true",
        "FALSE",
        "undefined",
        "0xd",
        "1e5",
        "1d",
        "12e03",
        "a\n\u{2028}b",
        "x: |\n",
        "é",
        "ß: ",
        "a\n#b\n",
        "a\n---\nb\n",
    ] {
        survives(&json!(text));
        survives(&json!({ text: text, "list": [text, {text: [text]}] }));
    }
    survives(&json!({ "k".repeat(2000): {"a": 1}, "ü".repeat(1500): [1], "z".repeat(1100): "x\ny" }));
    survives(&json!({}));
    survives(&json!([]));
    survives(&json!([[], {}, [[[]]]]));
}

fn value() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof!["\\PC{0,12}", "[ -~\n\t]{0,16}", "[-+.:0-9eExXobn_ ]{0,8}", "[a-z\n #:]{0,20}", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e12..1e12f64).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|e| Value::Object(e.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn every_value_survives(value in value()) {
        survives(&value);
    }
}
