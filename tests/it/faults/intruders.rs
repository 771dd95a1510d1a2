//! Somebody else is at work between our plan and our write: what they touched is left as they left it.

use super::scenario::{AFTER, arranged, set};
use crate::support::bench::{Bench, outcomes, told};
use natsform::model::{Exit, StepOutcome};
use serde_json::{Value, json};

/// What somebody does, and the object that it concerns.
struct Intrusion {
    object: &'static str,
    what: fn(&Bench),
    /// Requests of ours that would disturb them.
    forbidden: &'static [&'static str],
}

fn recreate(bench: &Bench, stream: &str, config: Value) {
    bench.model.ok(&format!("STREAM.DELETE.{stream}"), Value::Null);
    bench.model.ok(&format!("STREAM.CREATE.{stream}"), config);
}

const INTRUSIONS: [Intrusion; 9] = [
    Intrusion {
        object: "stream/CHANGES",
        what: |bench| set(bench, "CHANGES", "max_msgs", json!(1_000)),
        forbidden: &["STREAM.UPDATE.CHANGES"],
    },
    Intrusion {
        object: "stream/CHANGES",
        what: |bench| drop(bench.model.ok("STREAM.DELETE.CHANGES", Value::Null)),
        forbidden: &["STREAM.UPDATE.CHANGES", "STREAM.CREATE.CHANGES"],
    },
    Intrusion {
        object: "stream/CHANGES",
        what: |bench| recreate(bench, "CHANGES", bench.model.streams()["CHANGES"].clone()),
        forbidden: &["STREAM.UPDATE.CHANGES", "CONSUMER.CREATE.CHANGES.worker"],
    },
    Intrusion {
        object: "consumer/CHANGES/worker",
        what: |bench| {
            let mut config = bench.model.consumers("CHANGES")["worker"].clone();
            config["max_deliver"] = json!(9);
            let body = json!({"stream_name": "CHANGES", "config": config, "action": "update"});
            bench.model.ok("CONSUMER.CREATE.CHANGES.worker", body);
        },
        forbidden: &["CONSUMER.CREATE.CHANGES.worker"],
    },
    Intrusion {
        object: "consumer/CHANGES/worker",
        what: |bench| drop(bench.model.ok("CONSUMER.DELETE.CHANGES.worker", Value::Null)),
        forbidden: &["CONSUMER.CREATE.CHANGES.worker"],
    },
    Intrusion {
        object: "stream/GOES",
        what: |bench| set(bench, "GOES", "description", json!("mine now")),
        forbidden: &["STREAM.DELETE.GOES"],
    },
    Intrusion {
        object: "stream/GOES",
        what: |bench| recreate(bench, "GOES", bench.model.streams()["GOES"].clone()),
        forbidden: &["STREAM.DELETE.GOES"],
    },
    Intrusion {
        object: "stream/MOVES",
        what: |bench| set(bench, "MOVES", "max_bytes", json!(1_000_000)),
        forbidden: &["STREAM.DELETE.MOVES", "STREAM.CREATE.MOVES", "CONSUMER.CREATE.MOVES.reader"],
    },
    Intrusion {
        object: "stream/NEW1",
        what: |bench| drop(bench.model.ok("STREAM.CREATE.NEW1", json!({"name": "NEW1", "subjects": ["theirs.>"]}))),
        forbidden: &["STREAM.CREATE.NEW1", "STREAM.UPDATE.NEW1", "CONSUMER.CREATE.NEW1.one"],
    },
];

#[tokio::test]
async fn what_somebody_touched_since_the_plan_is_not_written() {
    for (i, intrusion) in INTRUSIONS.iter().enumerate() {
        let (bench, options) = arranged((2, 12, 8)).await;
        let applied = bench.apply_after(AFTER, &options, || (intrusion.what)(&bench)).await;
        let case = format!("intrusion {i} on {}: {}", intrusion.object, told(&applied));
        assert_eq!(outcomes(&applied)[intrusion.object], StepOutcome::Stale, "{case}");
        assert_eq!(applied.exit, Some(Exit::Partial), "{case}");
        let written = bench.model.write_log();
        for forbidden in intrusion.forbidden {
            assert!(!written.contains(&format!("$JS.API.{forbidden}")), "{forbidden}: {case}");
        }
    }
}

/// The last moment: after the look that precedes a write. The server has no compare-and-set for an update, but a create
/// is never an upsert, and an update never a create.
#[tokio::test]
async fn a_create_is_no_upsert_and_an_update_no_create() {
    let stream = json!({"name": "NEW3", "subjects": ["theirs.>"]});
    let consumer = |deliver| json!({"stream_name": "NEW2", "config": {"durable_name": "only", "ack_policy": "explicit", "deliver_policy": deliver}});
    let worker = Value::Null;
    for (object, before, operation, body) in [
        ("stream/NEW3", "STREAM.CREATE.NEW3", "STREAM.CREATE.NEW3", stream.clone()),
        ("consumer/NEW2/only", "CONSUMER.CREATE.NEW2.only", "CONSUMER.CREATE.NEW2.only", consumer("new")),
        ("consumer/CHANGES/worker", "CONSUMER.CREATE.CHANGES.worker", "CONSUMER.DELETE.CHANGES.worker", worker.clone()),
        ("stream/CHANGES", "STREAM.UPDATE.CHANGES", "STREAM.DELETE.CHANGES", worker),
    ] {
        let (bench, options) = arranged((2, 15, 1)).await;
        bench.model.intrude(&format!("$JS.API.{before}"), 1, operation, body);
        let applied = bench.apply(AFTER, &options).await;
        assert_eq!(outcomes(&applied)[object], StepOutcome::Stale, "{object}: {}", told(&applied));
        let there = bench.configs().get(object.split_once('/').expect("a kind").1).cloned();
        match operation {
            "STREAM.CREATE.NEW3" => assert_eq!(there.expect("theirs")["subjects"], json!(["theirs.>"])),
            "CONSUMER.CREATE.NEW2.only" => assert_eq!(there.expect("theirs")["deliver_policy"], "new"),
            _ => assert_eq!(there, None, "it stays deleted"),
        }
    }
}

/// More messages than were acknowledged: refused again, measured just before the write.
#[tokio::test]
async fn a_loss_that_grew_is_refused_again() {
    let (bench, options) = arranged((2, 15, 1)).await;
    let applied = bench.apply_after(AFTER, &options, || bench.model.publish("goes.b", 50)).await;
    assert_eq!(outcomes(&applied)["stream/GOES"], StepOutcome::Stale, "{}", told(&applied));
    assert_eq!(bench.model.messages("GOES"), 53);
    let applied = bench.apply(AFTER, &options).await;
    assert_eq!(applied.exit, Some(Exit::Refused), "the old token does not cover it: {}", told(&applied));
    assert_eq!(bench.model.messages("GOES"), 53);
}

/// Somebody made exactly what we were about to make: there is nothing to write, and what they made is an adoption.
#[tokio::test]
async fn an_equal_object_of_somebody_else_is_taken_as_it_is() {
    let manifest = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>]}\n";
    let bench = Bench::new((2, 12, 8));
    let none = natsform::engine::PlanOptions::default();
    let theirs = json!({"name": "A", "subjects": ["a.>"]});
    let applied = bench.apply_after(manifest, &none, || drop(bench.model.ok("STREAM.CREATE.A", theirs))).await;
    assert_eq!(outcomes(&applied)["stream/A"], StepOutcome::Already, "{}", told(&applied));
    assert!(!bench.model.write_log().iter().any(|s| s.contains("STREAM.CREATE.A")));
    // an object that was adopted says so when it changes: its own creator may be at work
    let changed = manifest.replace("[a.>]", "[a.>], max_msgs: 9");
    let planned = bench.plan(&changed, &none).await;
    let notes: Vec<&str> = planned.plan.changes().flat_map(|s| &s.findings).map(|f| f.code).collect();
    assert!(notes.contains(&"NF2009"), "{notes:?}");
}
