use super::*;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Fast,
    Slow,
    Custom {
        speed: u8,
    },
    Named(String),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Spec {
    name: String,
    #[serde(default)]
    replicas: Option<u8>,
    #[serde(default)]
    size: i64,
    #[serde(default)]
    on: bool,
    #[serde(default)]
    ratio: f64,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Part {
    id: u16,
    #[serde(default)]
    text: Option<String>,
}

fn wrong(text: &str) -> Vec<String> {
    let (node, cx) = (node(text), Cx::new());
    let result = decode::<Spec>(&node, &cx);
    let found = cx.take();
    if let Err(error) = &result {
        assert!(found.iter().any(|p| p.message == error.message), "{error:?}");
    }
    assert_eq!(result.is_err(), found.iter().any(|p| p.code != "NF0011"));
    problems(text, &found)
}

#[test]
fn values_come_out_typed() {
    let text = "name: 1.10\nreplicas: ~\nsize: 1_000_000\non: true\nratio: 1\nmode: {custom: {speed: 3}}\nlabels: {country: no, port: 4222}\nparts: [{id: 7, text: null}, {id: 8, text: '9'}]\n";
    let (node, cx) = (node(text), Cx::new());
    let spec: Spec = decode(&node, &cx).unwrap();
    assert_eq!(
        spec,
        Spec {
            name: "1.10".into(),
            replicas: None,
            size: 1_000_000,
            on: true,
            ratio: 1.0,
            mode: Mode::Custom { speed: 3 },
            labels: BTreeMap::from([("country".into(), "no".into()), ("port".into(), "4222".into())]),
            parts: vec![Part { id: 7, text: None }, Part { id: 8, text: Some("9".into()) }],
        }
    );
    assert_eq!(cx.take(), []);
}

#[test]
fn all_problems_of_a_document_come_at_once() {
    assert_eq!(
        wrong(
            "nam: x\nreplicas: three\nsize: [1]\non: yes\nmode: slw\nlabels: {a: [b], c: d, e: {f: g}}\nparts:\n  - {id: 70000, txt: a}\n  - {text: b}\n  - id: '7'\n"
        ),
        [
            "1:1 NF0011 unknown field `nam` <nam> | did you mean `name`?",
            "1:1 NF0013 field `name` is missing <nam>",
            "2:11 NF0012 expected a whole number from 0 to 255, found the text `three` <three>",
            "3:8 NF0012 expected a whole number, found a list <1>",
            "4:5 NF0012 expected `true` or `false`, found the text `yes` <yes> | write `true`",
            "5:7 NF0012 `slw` is none of `fast`, `slow`, `custom` or `named` <slw> | did you mean `slow`?",
            "6:14 NF0012 expected text, found a list <b>",
            "6:28 NF0012 expected text, found a mapping <f>",
            "8:10 NF0012 expected a whole number from 0 to 65535, found `70000` <70000>",
            "8:17 NF0011 unknown field `txt` <txt> | did you mean `text`?",
            "9:6 NF0013 field `id` is missing <text>",
            "10:9 NF0012 expected a whole number from 0 to 65535, found the text `7` <'7'> | remove the quotes",
        ]
    );
}

#[test]
fn numbers_that_mean_two_things_are_refused() {
    for (value, tail) in [
        ("017", "found the text `017` <017> | some readers take a leading zero for octal: write `17`"),
        ("0o17", "found the text `0o17` <0o17> | write it in decimal"),
        ("0x1F", "found the text `0x1F` <0x1F> | write it in decimal"),
        ("1.5", "found `1.5` <1.5>"),
        ("1__0", "found the text `1__0` <1__0>"),
        ("true", "found `true` <true>"),
        ("''", "found an empty text <''>"),
    ] {
        assert_eq!(
            wrong(&format!("name: a\nsize: {value}\n")),
            [format!("2:7 NF0012 expected a whole number, {tail}")]
        );
    }
    assert_eq!(
        wrong("name: a\nsize: 9223372036854775808\n"),
        ["2:7 NF0012 expected a whole number, found `9223372036854775808` <9223372036854775808>"]
    );
    assert_eq!(wrong("name: a\nparts: {id: 1}\n"), ["2:9 NF0012 expected a list, found a mapping <id>"]);
    assert_eq!(wrong("name: a\nparts: [1]\n"), ["2:9 NF0012 expected a mapping, found `1` <1>"]);
    assert_eq!(wrong("name:\n"), ["1:1 NF0013 field `name` is missing <name>"]);
    assert_eq!(wrong("- 1\n"), ["1:3 NF0012 expected a mapping, found a list <1>"]);
}

#[test]
fn the_nearest_name() {
    let known = ["max_age", "num_replicas", "subjects", "max_bytes", "max_msgs"];
    for (word, near) in [
        ("maxAge", Some("max_age")),
        ("replicas", Some("num_replicas")),
        ("subject", Some("subjects")),
        ("max", None),
        ("x", None),
    ] {
        assert_eq!(nearest(word, known), near, "{word}");
    }
}

#[test]
fn nodes_describe_themselves() {
    let node = node("[three, 5, '5', true, ~, [1], {a: 1}, '', 1h]");
    let found: Vec<_> = node.items().iter().map(Node::describe).collect();
    assert_eq!(
        found,
        [
            "the text `three`",
            "`5`",
            "the text `5`",
            "`true`",
            "nothing",
            "a list",
            "a mapping",
            "an empty text",
            "the text `1h`"
        ]
    );
    assert_eq!((node.items()[3].as_bool(), node.items()[0].as_bool()), (Some(true), None));
}

#[test]
fn values_keep_their_text() {
    let (node, cx) = (
        node("a: &a 1.10\nb: [no, 017, 1_0, true, ~, '1', 123456789012345678901234567890]\nc: {<<: {x: 1}, y: *a}\n"),
        Cx::new(),
    );
    let value = to_value(&node, &cx).unwrap();
    assert_eq!(
        value.to_string(),
        r#"{"a":1.10,"b":["no","017","1_0",true,null,"1",123456789012345678901234567890],"c":{"y":1.10,"x":1}}"#
    );
    assert_eq!(decode::<serde_json::Value>(&node, &cx).unwrap()["c"]["x"], json!(1));
    assert_eq!((yaml11_bool("on"), yaml11_bool("No"), yaml11_bool("true")), (Some(true), Some(false), None));
}
