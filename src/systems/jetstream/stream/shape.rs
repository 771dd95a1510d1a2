//! The one table of a stream's fields, in the order in which a plan shows them.
//!
//! Not declarable: `name` (it is `metadata.name`) and `placement.preferred` (the server refuses it).

use super::{gates, nested};
use crate::{
    model::{Choice, Default, Field, Shape, Type, Value, frozen},
    systems::jetstream::fields::{
        DESCRIPTION, SUBJECT_ITEM, duration, field, leaf, limit, metadata, sequence, set, size_limit, switch, text,
        word, words,
    },
};

static RETENTION: &[Choice] = &[
    word("limits", "Messages stay until a limit removes them."),
    word("interest", "Messages stay until every interested consumer has acknowledged them."),
    word("workqueue", "Each message is taken once and removed when it is acknowledged."),
];
static DISCARD: &[Choice] =
    &[word("old", "A full stream drops its oldest messages."), word("new", "A full stream refuses new messages.")];
static STORAGE: &[Choice] =
    &[word("file", "On disk."), word("memory", "In memory: gone after a restart of all replicas.")];
static COMPRESSION: &[Choice] = &[word("none", "No compression."), word("s2", "Blocks are compressed with S2.")];
static PERSIST: &[Choice] = &[
    word("default", "A write is acknowledged when it is in the file."),
    word("async", "A write is acknowledged before it is in the file: fast, and lost with the process."),
];

/// The shape of `kind: Stream`.
pub static SHAPE: Shape = Shape::Object(&[
    field("description", "What the stream is for.", text(DESCRIPTION), Default::Absent),
    field(
        "subjects",
        "The subjects that the stream captures. Left out: the stream's own name; a mirror and a stream that only reads \
         from sources capture none.",
        set(&SUBJECT_ITEM),
        Default::Derived,
    ),
    Field {
        update: gates::retention,
        ..field("retention", "When messages are removed.", words(RETENTION), Default::Text("limits"))
    },
    Field { update: frozen, ..field("storage", "Where messages are kept.", words(STORAGE), Default::Text("file")) },
    Field {
        create: gates::replicas,
        update: gates::replicas,
        ..field("num_replicas", "How many servers hold the stream, 1 to 5.", nested::replicas(), Default::Int(1))
    },
    Field {
        update: gates::placement,
        ..field(
            "placement",
            "Which servers may hold the stream; changing it moves the stream. Without effect on a standalone server.",
            Shape::Lazy(|| &nested::PLACEMENT),
            Default::Absent,
        )
    },
    Field {
        update: gates::max_consumers,
        ..field(
            "max_consumers",
            "The most consumers. From 2.15 on the server bounds streams without a limit too (1000 unless configured).",
            limit(),
            Default::Int(-1),
        )
    },
    field("max_msgs", "The most messages.", limit(), Default::Int(-1)),
    field("max_bytes", "The most bytes, headers and overhead included.", size_limit(i64::MAX), Default::Int(-1)),
    field(
        "max_age",
        "The oldest age of a message; 0 keeps messages for ever. Enforced whatever `discard` says.",
        duration(),
        Default::Absent,
    ),
    field(
        "max_msgs_per_subject",
        "The most messages of one subject; the oldest of the subject go first, whatever `discard` says.",
        limit(),
        Default::Int(-1),
    ),
    field("max_msg_size", "The largest message in bytes.", size_limit(i32::MAX as i64), Default::Int(-1)),
    field("discard", "What a full stream does.", words(DISCARD), Default::Text("old")),
    switch(
        "discard_new_per_subject",
        "With `discard: new`, refuse messages of a subject that is at max_msgs_per_subject.",
    ),
    field(
        "duplicate_window",
        "How long message ids are remembered. Left out: two minutes, or max_age where that is shorter.",
        duration(),
        Default::Derived,
    ),
    switch("no_ack", "Give publishers no acknowledgement."),
    Field {
        update: gates::mirror,
        ..field(
            "mirror",
            "Be a copy of another stream. Fixed at creation; from 2.12 on it can be removed, which makes the copy an \
             ordinary stream.",
            Shape::Lazy(|| &nested::SOURCE),
            Default::Absent,
        )
    },
    field("sources", "Streams to import messages from.", nested::sources(), Default::Absent),
    Field {
        since: (2, 10),
        ..field(
            "subject_transform",
            "Store captured messages under other subjects; consumers filter on the transformed subject.",
            Shape::Lazy(|| &nested::TRANSFORM),
            Default::Absent,
        )
    },
    field(
        "republish",
        "Publish stored messages again under another subject.",
        Shape::Lazy(|| &nested::REPUBLISH),
        Default::Absent,
    ),
    Field {
        since: (2, 10),
        ..field(
            "compression",
            "How new blocks are stored; without effect in memory.",
            words(COMPRESSION),
            Default::Text("none"),
        )
    },
    Field {
        since: (2, 10),
        update: gates::first_seq,
        ..field("first_seq", "The sequence of the first message of a new stream.", sequence(), Default::Absent)
    },
    switch("allow_direct", "Let every replica answer direct reads."),
    field(
        "mirror_direct",
        "Let this mirror answer direct reads of its origin. For an origin in the same account the server takes the \
         origin's allow_direct instead.",
        leaf(Type::Bool, on_or_none),
        Default::Derived,
    ),
    switch("allow_rollup_hdrs", "Let a message with a roll-up header replace the ones before it."),
    Field {
        update: gates::enable_only,
        ..switch(
            "deny_delete",
            "Refuse to delete single messages. It cannot be turned off; the stream itself stays deletable.",
        )
    },
    Field {
        update: gates::enable_only,
        ..switch("deny_purge", "Refuse to purge. It cannot be turned off; the stream itself stays deletable.")
    },
    Field {
        create: gates::seal_at_birth,
        update: gates::enable_only,
        ..switch("sealed", "Take no more messages and remove none, for ever. The stream itself stays deletable.")
    },
    Field {
        since: (2, 10),
        ..field(
            "consumer_limits",
            "Bounds and defaults of the stream's consumers.",
            Shape::Lazy(|| &nested::CONSUMER_LIMITS),
            Default::Absent,
        )
    },
    Field {
        since: (2, 11),
        update: gates::enable_only,
        ..switch("allow_msg_ttl", "Let messages carry their own time to live. It cannot be turned off.")
    },
    Field {
        since: (2, 11),
        ..field(
            "subject_delete_marker_ttl",
            "Leave a marker for this long when the last message of a subject expires. Turns on allow_msg_ttl and \
             allow_rollup_hdrs.",
            duration(),
            Default::Absent,
        )
    },
    Field {
        since: (2, 12),
        update: frozen,
        ..switch("allow_msg_counter", "Make each subject a counter. Fixed at creation.")
    },
    Field { since: (2, 12), ..switch("allow_atomic", "Allow atomic batches of messages.") },
    Field {
        since: (2, 12),
        update: gates::enable_only,
        ..switch(
            "allow_msg_schedules",
            "Let messages be published later. Turns on allow_rollup_hdrs; it cannot be turned off.",
        )
    },
    Field {
        since: (2, 12),
        update: frozen,
        ..field(
            "persist_mode",
            "When a write is acknowledged. Fixed at creation.",
            words(PERSIST),
            Default::Text("default"),
        )
    },
    Field { since: (2, 14), ..switch("allow_batched", "Allow fast batches of messages.") },
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

/// Off is what leaving it out means.
fn on_or_none(v: &Value) -> Value {
    if v.as_bool() == Some(false) { Value::Null } else { v.clone() }
}
