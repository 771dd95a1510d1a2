use super::*;
use crate::model::{Change, Choice, Class, Default, Leaf, Members, Path, Seen, Type, Value, always, json};

fn unlimited(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n <= 0) { json!(-1) } else { v.clone() }
}
static COUNT: Shape = Shape::Leaf(Leaf { ty: Type::Int { min: -1, max: i64::MAX }, canon: unlimited });
static TEXT: Shape = Shape::Leaf(Leaf { ty: Type::Text { max: 10 }, canon: Value::clone });
static WORDS: &[Choice] = &[Choice { value: "old", doc: "", since: (2, 0) }];

const fn f(name: &'static str, shape: Shape, default: Default) -> Field {
    Field { name, doc: "", shape, since: (2, 0), create: always, update: always, default, seen: Seen::Always }
}
static SOURCE: Shape = Shape::Object(&[
    f("name", Shape::Lazy(|| &TEXT), Default::Absent),
    f("filter", Shape::Lazy(|| &TEXT), Default::Absent),
]);
static BODY: Shape = Shape::Object(&[
    f("max", Shape::Lazy(|| &COUNT), Default::Int(-1)),
    f("discard", Shape::Leaf(Leaf { ty: Type::Enum(WORDS), canon: Value::clone }), Default::Text("old")),
    f("tags", Shape::List { order: Order::Free, key: None, members: Members::All, item: &TEXT }, Default::Absent),
    f("meta", Shape::Map(&TEXT), Default::Absent),
    f(
        "sources",
        Shape::List {
            order: Order::Free,
            key: Some(|v| v["name"].as_str().unwrap_or("").into()),
            members: Members::All,
            item: &SOURCE,
        },
        Default::Absent,
    ),
]);

fn changes(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let mut out: Vec<Change> = Vec::new();
    diff(&BODY, &view(&BODY, before), &view(&BODY, after), &Path::root(), &mut out);
    assert!(out.iter().all(|c| c.class == Class::Declared));
    out.into_iter().map(|c| (c.path.to_string(), c.before, c.after)).collect()
}

#[test]
fn what_means_the_same_is_no_change() {
    let a = json!({"max": 0, "tags": ["a", "b"], "meta": {}, "discard": "old"});
    let b = json!({"max": -1, "tags": ["b", "a"]});
    assert_eq!(changes(&a, &b), vec![]);
}

#[test]
fn changes_name_fields_keys_and_elements() {
    let before = json!({"max": 5, "meta": {"a": "1"}, "sources": [{"name": "X", "filter": "a"}, {"name": "Z"}]});
    let after = json!({"meta": {"a": "2", "b": "3"}, "sources": [{"name": "X", "filter": "b"}, {"name": "Y"}]});
    assert_eq!(
        changes(&before, &after),
        vec![
            ("max".into(), json!(5), json!(-1)),
            ("meta[a]".into(), json!("1"), json!("2")),
            ("meta[b]".into(), Value::Null, json!("3")),
            ("sources[Z]".into(), json!({"name": "Z"}), Value::Null),
            ("sources[X].filter".into(), json!("a"), json!("b")),
            ("sources[Y]".into(), Value::Null, json!({"name": "Y"})),
        ]
    );
}

#[test]
fn a_patch_keeps_what_it_does_not_speak_of_and_what_is_already_so() {
    let live: Value = serde_json::from_str(
        r#"{"zz": 1.50, "max": 0, "tags": ["b","a"], "sources": [{"name": "X", "new": 10000000000000000001}]}"#,
    )
    .expect("valid");
    let want = json!({"max": -1, "tags": ["a", "b"], "discard": "old", "sources": [{"name": "X", "filter": "q"}]});
    assert_eq!(
        patch(&BODY, &live, &want).to_string(),
        r#"{"zz":1.50,"max":0,"tags":["b","a"],"sources":[{"new":10000000000000000001,"name":"X","filter":"q"}]}"#
    );
    assert_eq!(patch(&BODY, &live, &view(&BODY, &live)), live);
}

#[test]
fn a_declared_element_means_the_default_for_what_it_leaves_out() {
    let live = json!({"sources": [{"name": "X", "filter": "a"}]});
    assert_eq!(patch(&BODY, &live, &json!({"sources": [{"name": "X"}]})), json!({"sources": [{"name": "X"}]}));
}

#[test]
fn declared_paths_stop_at_lists() {
    let body = json!({"max": 1, "meta": {"a": "1"}, "sources": [{"name": "X"}]});
    let paths: Vec<String> = declared(&BODY, &body).iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["max", "meta[a]", "sources"]);
    assert_eq!(digests(&BODY, &json!({"max": 0})), digests(&BODY, &json!({"max": -1})));
}

#[test]
fn pieces_that_disagree_clash_and_overlays_win() {
    let mut body = json!({"max": 1, "meta": {"a": "1"}});
    let mut clashes = vec![];
    merge(&BODY, &mut body, &json!({"max": 2, "meta": {"b": "2"}}), false, &Path::root(), &mut clashes);
    assert_eq!(clashes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["max"]);
    clashes.clear();
    merge(&BODY, &mut body, &json!({"max": null, "meta": {"a": null, "b": "9"}}), true, &Path::root(), &mut clashes);
    assert!(clashes.is_empty());
    assert_eq!(body, json!({"meta": {"b": "9"}}));
}

#[test]
fn removing_a_path_leaves_no_empty_object() {
    let mut body = json!({"meta": {"a": "1"}, "max": 2});
    remove(&mut body, &Path::root().field("meta").key("a"));
    assert_eq!(body, json!({"max": 2}));
}
