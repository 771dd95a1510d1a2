//! The one table of a consumer's fields, in the order in which a plan shows them.
//!
//! Not declarable: `name` and `durable_name` (they are `metadata.name`), `direct` and `sourcing` (the server's own).

use super::gates;
use crate::{
    model::{Choice, Default, Field, Members, Order, Shape, Type, Value, frozen},
    systems::jetstream::fields::{
        DESCRIPTION, DURATION_ITEM, SUBJECT_ITEM, VERBATIM, count, duration, field, leaf, limit, metadata, sequence,
        set, subject, switch, text, time, word, words,
    },
};

static DELIVER: &[Choice] = &[
    word("all", "From the first message of the stream."),
    word("last", "From the last message."),
    word("new", "Only messages that arrive after the consumer was made."),
    word("by_start_sequence", "From opt_start_seq on."),
    word("by_start_time", "From opt_start_time on."),
    word("last_per_subject", "The last message of each subject, then new ones; needs a filter."),
];
static ACK: &[Choice] = &[
    word("none", "Messages count as handled when they are delivered."),
    word("all", "An acknowledgement covers all messages before it."),
    word("explicit", "Each message is acknowledged on its own."),
    Choice { value: "flow_control", doc: "Flow control answers acknowledge; push consumers only.", since: (2, 14) },
];
static REPLAY: &[Choice] =
    &[word("instant", "As fast as possible."), word("original", "At the pace at which messages arrived.")];
static PRIORITY: &[Choice] = &[
    word("none", "Every client is served alike."),
    word("overflow", "A client is served when pending messages exceed what it asks for."),
    word("pinned_client", "One client at a time is served."),
    Choice { value: "prioritized", doc: "Clients are served by their priority.", since: (2, 12) },
];

/// The shape of `kind: Consumer`.
pub static SHAPE: Shape = Shape::Object(&[
    field("description", "What the consumer is for.", text(DESCRIPTION), Default::Absent),
    field("filter_subject", "Take only this subject; excludes filter_subjects.", subject(), Default::Absent),
    Field {
        since: (2, 10),
        ..field(
            "filter_subjects",
            "Take only these subjects; excludes filter_subject.",
            set(&SUBJECT_ITEM),
            Default::Absent,
        )
    },
    Field { update: frozen, ..field("deliver_policy", "Where delivery begins.", words(DELIVER), Default::Text("all")) },
    Field {
        update: frozen,
        ..field(
            "opt_start_seq",
            "The first sequence, with `deliver_policy: by_start_sequence`.",
            sequence(),
            Default::Absent,
        )
    },
    Field {
        update: frozen,
        ..field("opt_start_time", "The first instant, with `deliver_policy: by_start_time`.", time(), Default::Absent)
    },
    Field {
        update: frozen,
        ..field(
            "ack_policy",
            "How messages are acknowledged. Left out, the server takes `none`; most clients make `explicit` of it.",
            words(ACK),
            Default::Text("none"),
        )
    },
    field(
        "ack_wait",
        "How long to wait for an acknowledgement before a message is delivered again. Left out: 30 s where messages are \
         acknowledged. `backoff` overrides it with its first step.",
        duration(),
        Default::Derived,
    ),
    field("max_deliver", "How often a message is delivered at most.", limit(), Default::Int(-1)),
    field(
        "backoff",
        "The waits before each further delivery; max_deliver must be at least their number.",
        Shape::List { order: Order::Matters, key: None, members: Members::All, item: &DURATION_ITEM },
        Default::Absent,
    ),
    field(
        "max_ack_pending",
        "The most unacknowledged messages. Left out: 1000 where messages are acknowledged, or the limit of the stream, \
         the account or the server.",
        leaf(Type::Int { min: -1, max: i64::MAX }, below_zero),
        Default::Derived,
    ),
    Field {
        update: frozen,
        ..field("replay_policy", "At what pace messages are delivered.", words(REPLAY), Default::Text("instant"))
    },
    field("rate_limit_bps", "The most bits in a second; push consumers only.", sequence(), Default::Absent),
    field(
        "sample_freq",
        "The share of acknowledgements that are sampled, in percent.",
        leaf(Type::Text { max: 255 }, percent),
        Default::Absent,
    ),
    Field {
        update: frozen,
        ..field(
            "max_waiting",
            "The most waiting pull requests. Left out: 512; pull consumers only.",
            count(),
            Default::Derived,
        )
    },
    switch("headers_only", "Deliver only the headers of messages."),
    field("max_batch", "The most messages of one pull request.", count(), Default::Absent),
    field("max_expires", "The longest time that a pull request may wait.", duration(), Default::Absent),
    field(
        "max_bytes",
        "The most bytes of one pull request.",
        leaf(Type::Size { min: 0, max: i64::MAX }, zero_is_none),
        Default::Absent,
    ),
    Field {
        update: gates::deliver_subject,
        ..field("deliver_subject", "Push messages to this subject. Left out: clients pull.", subject(), Default::Absent)
    },
    field("deliver_group", "The queue group of a push consumer.", text(255), Default::Absent),
    Field {
        update: frozen,
        ..field("idle_heartbeat", "How often an idle push consumer says that it lives.", duration(), Default::Absent)
    },
    Field {
        update: frozen,
        ..switch("flow_control", "Let a push consumer's client slow it down; needs idle_heartbeat.")
    },
    field(
        "inactive_threshold",
        "The server deletes the consumer when it is idle this long. Left out: never, or the limit of the stream.",
        duration(),
        Default::Derived,
    ),
    Field {
        create: gates::replicas,
        update: gates::replicas,
        ..field(
            "num_replicas",
            "How many servers hold the consumer; 0: as many as the stream.",
            leaf(Type::Int { min: 0, max: 5 }, Value::clone),
            Default::Int(0),
        )
    },
    Field { update: gates::mem_storage, ..switch("mem_storage", "Keep the consumer's state in memory.") },
    Field { since: (2, 11), ..field("pause_until", "Deliver nothing until this instant.", time(), Default::Absent) },
    Field {
        since: (2, 11),
        ..field("priority_groups", "The groups that a priority policy serves.", set(&VERBATIM), Default::Absent)
    },
    Field {
        since: (2, 11),
        ..field("priority_policy", "How clients of a group are served.", words(PRIORITY), Default::Text("none"))
    },
    Field {
        since: (2, 11),
        ..field(
            "priority_timeout",
            "How long a pinned client stays pinned without pulling. Left out: 2 minutes with `pinned_client`.",
            duration(),
            Default::Derived,
        )
    },
    Field {
        since: (2, 10),
        ..field(
            "metadata",
            "Free keys and values. Keys beginning with `_nats.` are the server's.",
            metadata(),
            Default::Absent,
        )
    },
]);

fn below_zero(v: &Value) -> Value {
    match v.as_i64() {
        Some(0) => Value::Null,
        Some(n) if n < 0 => (-1).into(),
        _ => v.clone(),
    }
}

fn zero_is_none(v: &Value) -> Value {
    if v.as_i64().is_some_and(|n| n <= 0) { Value::Null } else { v.clone() }
}

/// `50` and `50%` mean the same.
fn percent(v: &Value) -> Value {
    match v.as_str() {
        Some("") => Value::Null,
        Some(s) => s.strip_suffix('%').unwrap_or(s).into(),
        None => v.clone(),
    }
}
