//! Small worlds: manifests over a handful of names and fields, and what somebody else does to the live objects.

use crate::support::bench::Bench;
use proptest::{collection::btree_map, option, prelude::*, sample::select};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Field by field, as the server writes it.
pub type Fields = BTreeMap<&'static str, Value>;

/// One stream of a manifest, or of somebody else.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    pub fields: Fields,
    pub consumers: BTreeMap<&'static str, Fields>,
}

/// A whole manifest, by the streams' names.
pub type Manifest = BTreeMap<&'static str, Declared>;

const STREAMS: [&str; 4] = ["A", "B", "C", "D"];
const CONSUMERS: [&str; 2] = ["x", "y"];
const HOUR: u64 = 3_600_000_000_000;

/// Something that somebody else does between two runs.
#[derive(Clone, Debug)]
pub enum Edit {
    Set(&'static str, &'static str, Value),
    SetConsumer(&'static str, &'static str, &'static str, Value),
    Delete(&'static str),
    Recreate(&'static str),
    Create(&'static str, Fields),
    Publish(&'static str, u64),
}

fn value_of(field: &'static str) -> BoxedStrategy<(&'static str, Value)> {
    let of = |values: Vec<Value>| select(values).prop_map(move |v| (field, v)).boxed();
    match field {
        "max_msgs" => of(vec![json!(-1), json!(5), json!(100)]),
        "max_age" => of(vec![json!(0), json!(HOUR), json!(48 * HOUR)]),
        "description" => of(vec![json!("one"), json!("two: ü # 'q'")]),
        "discard" => of(vec![json!("old"), json!("new")]),
        "storage" => of(vec![json!("file"), json!("memory")]),
        "max_msg_size" => of(vec![json!(-1), json!(65_536)]),
        "allow_direct" => of(vec![json!(true), json!(false)]),
        "metadata" => of(vec![json!({"z": "1", "a": "2"}), json!({"a": "3"})]),
        "ack_wait" => of(vec![json!(30_000_000_000_u64), json!(60_000_000_000_u64)]),
        "max_deliver" => of(vec![json!(-1), json!(4)]),
        "max_ack_pending" => of(vec![json!(1_000), json!(10)]),
        other => panic!("no values for {other}"),
    }
}

const STREAM_FIELDS: [&str; 8] =
    ["max_msgs", "max_age", "description", "discard", "storage", "max_msg_size", "allow_direct", "metadata"];
const CONSUMER_FIELDS: [&str; 4] = ["ack_wait", "max_deliver", "max_ack_pending", "description"];

fn fields(names: &'static [&'static str], most: usize) -> impl Strategy<Value = Fields> {
    prop::collection::vec(select(names).prop_flat_map(value_of), 0..=most).prop_map(|all| all.into_iter().collect())
}

pub fn manifest() -> impl Strategy<Value = Manifest> {
    let consumers = btree_map(select(&CONSUMERS[..]), fields(&CONSUMER_FIELDS, 2), 0..=2);
    let declared =
        (fields(&STREAM_FIELDS, 4), consumers).prop_map(|(fields, consumers)| Declared { fields, consumers });
    btree_map(select(&STREAMS[..]), declared, 1..=3)
}

pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let stream = || select(&STREAMS[..]);
    let mutable = select(&["max_msgs", "max_age", "description", "discard", "max_msg_size", "metadata"][..]);
    let edit = prop_oneof![
        4 => (stream(), mutable.prop_flat_map(value_of)).prop_map(|(s, (f, v))| Edit::Set(s, f, v)),
        2 => (stream(), select(&CONSUMERS[..]), select(&CONSUMER_FIELDS[..]).prop_flat_map(value_of))
            .prop_map(|(s, c, (f, v))| Edit::SetConsumer(s, c, f, v)),
        1 => stream().prop_map(Edit::Delete),
        1 => stream().prop_map(Edit::Recreate),
        1 => (stream(), fields(&STREAM_FIELDS, 3)).prop_map(|(s, f)| Edit::Create(s, f)),
        2 => (stream(), 1..20_u64).prop_map(|(s, n)| Edit::Publish(s, n)),
    ];
    prop::collection::vec(edit, 0..5)
}

/// Perhaps a subset: what is left of a manifest when documents, consumers and lines are removed.
pub fn thinned() -> impl Strategy<Value = Vec<Option<usize>>> {
    prop::collection::vec(option::of(0..8_usize), 4)
}

impl Edit {
    /// Does it, where it can be done.
    pub fn happen(&self, bench: &Bench) {
        let model = &bench.model;
        match self {
            Self::Set(stream, field, value) => {
                if let Some(mut config) = model.streams().get(*stream).cloned() {
                    config[*field] = value.clone();
                    model.api(&format!("STREAM.UPDATE.{stream}"), config);
                }
            }
            Self::SetConsumer(stream, consumer, field, value) => {
                if let Some(mut config) = model.consumers(stream).get(*consumer).cloned() {
                    config[*field] = value.clone();
                    let body = json!({"stream_name": stream, "config": config, "action": "update"});
                    model.api(&format!("CONSUMER.CREATE.{stream}.{consumer}"), body);
                }
            }
            Self::Delete(stream) => drop(model.api(&format!("STREAM.DELETE.{stream}"), Value::Null)),
            Self::Recreate(stream) => {
                if let Some(config) = model.streams().get(*stream).cloned() {
                    model.api(&format!("STREAM.DELETE.{stream}"), Value::Null);
                    model.api(&format!("STREAM.CREATE.{stream}"), config);
                }
            }
            Self::Create(stream, fields) => {
                drop(model.api(&format!("STREAM.CREATE.{stream}"), created(stream, fields)))
            }
            Self::Publish(stream, n) => (0..*n).for_each(|i| drop(model.put(&format!("{stream}.{i}"), b"0123456789"))),
        }
    }
}

/// What a client sends to create a stream.
pub fn created(stream: &str, fields: &Fields) -> Value {
    let mut config = json!({"name": stream, "subjects": [format!("{stream}.>")]});
    for (field, value) in fields {
        config[*field] = value.clone();
    }
    config
}

/// One document for each stream.
pub fn documents(manifest: &Manifest) -> Vec<(String, String)> {
    let document = |(name, declared): (&&str, &Declared)| {
        let consumers: BTreeMap<&str, Value> =
            declared.consumers.iter().map(|(c, f)| (*c, with(json!({"ack_policy": "explicit"}), f))).collect();
        let mut spec = with(json!({"subjects": [format!("{name}.>")]}), &declared.fields);
        spec["consumers"] = json!(consumers);
        let text = json!({"apiVersion": "natsform/v1", "kind": "Stream", "metadata": {"name": name}, "spec": spec});
        (format!("{name}.yaml"), text.to_string())
    };
    manifest.iter().map(document).collect()
}

fn with(mut spec: Value, fields: &Fields) -> Value {
    for (field, value) in fields {
        spec[*field] = value.clone();
    }
    spec
}

/// The same as one text.
pub fn text(manifest: &Manifest) -> String {
    documents(manifest).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n---\n")
}
