//! Documents as people write them, decoded by both kinds.

use crate::{
    diag::Report,
    model::{Head, Origin, Path, Piece, Resource, Value, json},
    systems::{Decode, Kind, jetstream::consumer::Consumer, jetstream::stream::Stream},
    yaml::{Budgets, load},
};
use std::sync::Arc;

/// The pieces of a document, and its problems as `line:column code message`.
fn decoded(kind: &dyn Kind, yaml: &str) -> (Vec<Piece>, Vec<String>) {
    let mut report = Report::default();
    let mut loaded = load(yaml.as_bytes(), &Budgets::default());
    let source = report.add_source("a.yaml", loaded.text.clone());
    let root = Arc::new(loaded.documents.remove(0));
    let document = report.add_document(source, root.clone());
    let head = Head {
        name: root.find(&["metadata", "name"]).and_then(|n| n.as_str()).unwrap_or_default().to_owned(),
        scope: "APP".into(),
        ..Head::default()
    };
    let origin = Origin { document, path: Path::root().field("spec") };
    let spec = root.get("spec").expect("a spec");
    let pieces = kind.decode(spec, &mut Decode { head: &head, origin, report: &mut report });
    for piece in &pieces {
        let resource = Resource {
            address: piece.address.clone(),
            body: piece.body.clone(),
            head: piece.head.clone(),
            needs: Vec::new(),
            origins: vec![piece.origin.clone()],
        };
        if piece.address.kind == "stream" {
            Stream.check(&resource, &mut report)
        } else {
            Consumer.check(&resource, &mut report)
        }
    }
    let problems = report.problems().iter().map(|p| {
        let at = p.at.as_ref().map_or(String::new(), |at| {
            let place = report.place(at.source, at.span.start);
            format!("{}:{} ", place.line, place.column)
        });
        format!("{at}{} {}", p.code, p.message)
    });
    let problems = problems.collect();
    (pieces, problems)
}

fn bodies(pieces: &[Piece]) -> Vec<(String, Value)> {
    pieces.iter().map(|p| (p.address.to_string(), p.body.clone())).collect()
}

#[test]
fn the_examples_are_what_they_say() {
    let (pieces, problems) = decoded(&Stream, Stream.example());
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        bodies(&pieces),
        [
            (
                "stream/ORDERS@APP".to_owned(),
                json!({
                    "description": "Every order, from its creation to its delivery", "subjects": ["orders.>"],
                    "storage": "file", "num_replicas": 1, "max_age": 604_800_000_000_000_i64,
                    "max_bytes": 10_737_418_240_i64, "duplicate_window": 120_000_000_000_i64,
                })
            ),
            (
                "consumer/ORDERS/billing@APP".to_owned(),
                json!({"filter_subject": "orders.created", "ack_policy": "explicit", "ack_wait": 30_000_000_000_i64, "max_deliver": 5})
            ),
        ]
    );
    assert_eq!(pieces[1].origin.path.to_string(), "spec.consumers[billing]");
    let (pieces, problems) = decoded(&Consumer, Consumer.example());
    assert_eq!(problems, [""; 0]);
    assert_eq!(pieces[0].address.to_string(), "consumer/ORDERS/shipping@APP");
    assert_eq!(pieces[0].body["ack_wait"], json!(60_000_000_000_i64));
    assert!(pieces[0].body.get("stream").is_none());
}

#[test]
fn a_consumer_without_settings_is_one() {
    let (pieces, problems) = decoded(&Stream, "metadata: {name: A}\nspec:\n  consumers:\n    b:\n    c: {}\n");
    assert_eq!(problems, [""; 0]);
    let empty = |name: &str| (format!("consumer/A/{name}@APP"), json!({}));
    assert_eq!(bodies(&pieces)[1..], [empty("b"), empty("c")]);
}

#[test]
fn what_is_not_a_users_to_set_is_refused_at_its_place() {
    let yaml = "metadata: {name: a.b}\nspec:\n  name: A\n  deny_purge: true\n  allow_rollup_hdrs: true\n  metadata: {_nats.ver: x}\n  \
                placement: {preferred: s1}\n  consumers:\n    b c:\n      durable_name: x\n      direct: true\n";
    let (_, mut problems) = decoded(&Stream, yaml);
    problems.sort();
    assert_eq!(
        problems,
        [
            "10:7 NF0161 `durable_name` cannot be declared in a spec",
            "11:7 NF0011 unknown field `direct`",
            "1:18 NF0163 the stream name \"a.b\" holds `.`",
            "3:3 NF0161 `name` cannot be declared in a spec",
            "4:15 NF0164 `deny_purge` and `allow_rollup_hdrs` exclude each other",
            "6:14 NF0162 the metadata key `_nats.ver` belongs to the server",
            "7:15 NF0011 unknown field `preferred`",
            "9:5 NF0163 the consumer name \"b c\" holds white space",
        ]
    );
}

#[test]
fn the_stream_of_the_inventory_is_not_a_users_to_declare() {
    let (_, problems) = decoded(&Stream, "metadata: {name: KV_NATSFORM}\nspec: {}\n");
    assert_eq!(problems, ["1:18 NF0165 the stream `KV_NATSFORM` holds natsform's inventory"]);
    assert_eq!(decoded(&Stream, "metadata: {name: KV_OTHER}\nspec: {}\n").1, [""; 0]);
}

#[test]
fn a_consumer_document_names_its_stream() {
    for (yaml, wanted) in [
        ("metadata: {name: a}\nspec: {ack_policy: none}\n", "2:1 NF0013 `spec.stream` is missing"),
        ("metadata: {name: a}\nspec: {stream: [b]}\n", "2:8 NF0012 `stream` must be the name of a stream"),
        ("metadata: {name: a}\nspec: {stream: b.c}\n", "2:16 NF0163 the stream name \"b.c\" holds `.`"),
    ] {
        assert_eq!(decoded(&Consumer, yaml).1, [wanted], "{yaml}");
    }
    let (_, problems) = decoded(&Stream, "metadata: {name: a}\nspec: {consumers: [b]}\n");
    assert_eq!(problems, ["2:20 NF0012 consumers must be a mapping from names to consumers"]);
}
