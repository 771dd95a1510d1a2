//! An apply of every sort of change at once, and the world it happens in.

use crate::support::bench::{Bench, tokens};
use natsform::engine::{PlanOptions, Prune};
use serde_json::{Value, json};

/// What was applied before: two streams that change, one that goes.
const BEFORE: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: CHANGES}
spec:
  subjects: [changes.>]
  metadata: {zone: a, area: b}
  max_age: 2d
  consumers:
    worker: {ack_policy: explicit, ack_wait: 30s}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: MOVES}
spec:
  subjects: [moves.>]
  storage: file
  consumers:
    reader: {ack_policy: explicit}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: GOES}
spec: {subjects: [goes.>]}
";

/// What is wanted: three creates with three consumers inside, two updates, an adoption, a replace with its consumer, and
/// a delete because `GOES` is not there any more.
pub const AFTER: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: CHANGES}
spec:
  subjects: [changes.>]
  metadata: {zone: z, area: b, all: c}
  description: now with words
  consumers:
    worker: {ack_policy: explicit, ack_wait: 45s}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: MOVES}
spec:
  subjects: [moves.>]
  storage: memory
  consumers:
    reader: {ack_policy: explicit}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: ADOPTED}
spec: {subjects: [adopted.>], max_msgs: 77}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW1}
spec:
  subjects: [new1.>]
  metadata: {zeta: z, alpha: a}
  consumers:
    one: {ack_policy: explicit, metadata: {y: '1', b: '2'}}
    two: {ack_policy: explicit, backoff: [1s, 5s], max_deliver: 3}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW2}
spec:
  subjects: [new2.>]
  consumers:
    only: {ack_policy: none, filter_subjects: [new2.a, new2.b]}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW3}
spec: {subjects: [new3.>], retention: interest, max_msgs_per_subject: 5}
";

/// The world before the apply, and the options of the apply with every acknowledgement it needs.
pub async fn arranged(version: (u32, u32, u32)) -> (Bench, PlanOptions) {
    let bench = Bench::new(version);
    bench.must_apply(BEFORE, &PlanOptions::default()).await;
    bystander(&bench);
    bench.model.ok("STREAM.CREATE.ADOPTED", json!({"name": "ADOPTED", "subjects": ["adopted.>"], "max_msgs": 77}));
    // Somebody set what nobody declares: it has to survive the replace.
    set(&bench, "MOVES", "description", json!("by hand"));
    bench.model.publish("goes.a", 3);
    bench.model.publish("moves.a", 4);
    bench.model.publish("changes.a", 5);
    let mut options = PlanOptions { prune: Some(Prune::Delete), ..PlanOptions::default() };
    options.acks = tokens(&bench.plan(AFTER, &options).await);
    bench.model.clear_log();
    (bench, options)
}

/// An object that has nothing to do with anything, with messages and a consumer's position.
fn bystander(bench: &Bench) {
    bench.model.ok(
        "STREAM.CREATE.OTHERS",
        json!({"name": "OTHERS", "subjects": ["others.>"], "max_age": 3_600_000_000_000_u64}),
    );
    let consumer = json!({"stream_name": "OTHERS", "config": {"durable_name": "theirs", "ack_policy": "explicit"}});
    bench.model.ok("CONSUMER.CREATE.OTHERS.theirs", consumer);
    bench.model.publish("others.a", 9);
    bench.model.deliver("OTHERS", "theirs", 4);
}

/// Somebody else changes one field of a stream.
pub fn set(bench: &Bench, stream: &str, field: &str, value: Value) {
    let mut config = bench.model.streams()[stream].clone();
    config[field] = value;
    bench.model.ok(&format!("STREAM.UPDATE.{stream}"), config);
}

/// Everything but what the scenario is about: must never change.
pub fn bystanders(bench: &Bench) -> Value {
    bench.model.snapshot(&["CHANGES", "MOVES", "GOES", "ADOPTED", "NEW1", "NEW2", "NEW3", "KV_NATSFORM"])
}
