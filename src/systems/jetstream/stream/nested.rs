//! The objects inside a stream's configuration.

use crate::{
    model::{Default, Field, Members, Order, Shape, Type, Value},
    systems::jetstream::fields::{
        SUBJECT_ITEM, any_subject, duration, field, sequence, set, subject, switch, text, time,
    },
};

/// Where the replicas live.
pub static PLACEMENT: Shape = Shape::Object(&[
    field("cluster", "The cluster to place the stream in.", text(255), Default::Absent),
    field("tags", "Tags that a server must carry to hold a replica.", set(&SUBJECT_ITEM), Default::Absent),
]);

/// Defaults and bounds of the stream's consumers.
pub static CONSUMER_LIMITS: Shape = Shape::Object(&[
    field(
        "inactive_threshold",
        "The longest idle time of a consumer. It is also the default of consumers that name none, durables included: \
         they are deleted when they are idle that long.",
        duration(),
        Default::Absent,
    ),
    field(
        "max_ack_pending",
        "The most unacknowledged messages of a consumer, and the default of consumers that name none.",
        super::super::fields::leaf(Type::Int { min: -1, max: i64::MAX }, zero_is_none),
        Default::Absent,
    ),
]);

/// A mapping from one subject pattern to another.
pub static TRANSFORM: Shape = Shape::Object(&[
    field("src", "The subjects to transform; left out: all.", any_subject(), Default::Text(">")),
    field(
        "dest",
        "The subject to store under; `{{wildcard(1)}}` stands for the first `*`.",
        subject(),
        Default::Absent,
    ),
]);

/// Stored messages published again.
pub static REPUBLISH: Shape = Shape::Object(&[
    field("src", "The stored subjects to publish again; left out: all.", any_subject(), Default::Text(">")),
    field("dest", "The subject to publish under.", subject(), Default::Absent),
    switch("headers_only", "Publish only the headers of each message."),
]);

static EXTERNAL: Shape = Shape::Object(&[
    field("api", "The prefix of the other domain's or account's API: `$JS.hub.API`.", subject(), Default::Absent),
    field("deliver", "The prefix that messages are delivered under.", subject(), Default::Absent),
]);

static CONSUMER: Shape = Shape::Object(&[
    field("name", "A durable push consumer of the origin with `ack_policy: flow_control`.", text(255), Default::Absent),
    field("deliver_subject", "The subject that this consumer delivers to.", subject(), Default::Absent),
]);

/// A stream that this one reads from.
pub static SOURCE: Shape = Shape::Object(&[
    field("name", "The stream to read from.", text(255), Default::Absent),
    field(
        "opt_start_seq",
        "The first sequence to read. Without effect after the first import; excludes opt_start_time.",
        sequence(),
        Default::Absent,
    ),
    field(
        "opt_start_time",
        "Read messages from this instant on. Without effect after the first import; excludes opt_start_seq.",
        time(),
        Default::Absent,
    ),
    field("filter_subject", "Read only these subjects; excludes subject_transforms.", subject(), Default::Absent),
    Field {
        since: (2, 10),
        ..field(
            "subject_transforms",
            "Read only the subjects of these mappings and store them under others; excludes filter_subject.",
            Shape::List { order: Order::Free, key: Some(transform_key), members: Members::All, item: &TRANSFORM },
            Default::Absent,
        )
    },
    field("external", "The origin is in another domain or account.", Shape::Lazy(|| &EXTERNAL), Default::Absent),
    Field {
        since: (2, 14),
        ..field(
            "consumer",
            "Read through an existing consumer of the origin; excludes the start and the filter.",
            Shape::Lazy(|| &CONSUMER),
            Default::Absent,
        )
    },
]);

/// All origins; their order has no meaning.
pub const fn sources() -> Shape {
    Shape::List { order: Order::Free, key: Some(source_key), members: Members::All, item: &SOURCE }
}

/// How many servers hold the stream.
pub const fn replicas() -> Shape {
    super::super::fields::leaf(Type::Int { min: 1, max: 5 }, at_least_one)
}

fn at_least_one(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n < 1) { 1.into() } else { v.clone() }
}

fn zero_is_none(v: &Value) -> Value {
    if v.as_i64() == Some(0) { Value::Null } else { v.clone() }
}

fn source_key(v: &Value) -> String {
    v["name"].as_str().unwrap_or_default().to_owned()
}

fn transform_key(v: &Value) -> String {
    v["src"].as_str().filter(|s| !s.is_empty()).unwrap_or(">").to_owned()
}
