//! One step for each field of a stream: create with `first`, change to `second`, remove. Data only.

use serde_json::{Value, json};

/// One field on its way through a server.
pub struct FieldStep {
    /// The field's path in the shape: `placement.tags`; inside the elements of a list `sources[].filter_subject`.
    pub field: &'static str,
    /// The spec that the field needs beside it.
    pub base: fn() -> Value,
    /// The value to create with: of the field, or of the whole list for a field inside its elements.
    pub first: fn() -> Value,
    /// The value to change to.
    pub second: fn() -> Value,
    /// Whether a standalone server cannot show it.
    pub needs_cluster: bool,
    /// Whether the server refuses the rest of the spec without it, so that it cannot be removed alone.
    pub required: bool,
    /// What a reader has to know.
    pub note: &'static str,
}

impl FieldStep {
    /// The declared path that the values stand at: `sources` for `sources[].filter_subject`.
    pub fn path(&self) -> &'static str {
        self.field.split("[]").next().unwrap_or(self.field)
    }
}

/// A step that needs nothing special.
pub const fn step(field: &'static str, base: fn() -> Value, first: fn() -> Value, second: fn() -> Value) -> FieldStep {
    FieldStep { field, base, first, second, needs_cluster: false, required: false, note: "" }
}

fn none() -> Value {
    json!({})
}

fn captures() -> Value {
    json!({"subjects": ["step.>"]})
}

fn yes() -> Value {
    json!(true)
}

fn no() -> Value {
    json!(false)
}

/// A mirror of a stream that is not there: the server takes it and waits.
fn mirror() -> Value {
    json!({"mirror": {"name": "STEP_ORIGIN"}})
}

/// A mirror of another domain's stream.
fn far_mirror() -> Value {
    json!({"mirror": {"name": "STEP_ORIGIN", "external": {"api": "$JS.far.API"}}})
}

const SECOND: i64 = 1_000_000_000;

const MIRROR_IS_FROZEN: &str = "what a mirror reads is fixed at creation";

/// Every field of the stream's shape.
pub fn steps() -> Vec<FieldStep> {
    let mut all = basics();
    all.extend(switches());
    all.extend(inner());
    all.extend(mirrors());
    all.extend(sources());
    all
}

fn basics() -> Vec<FieldStep> {
    vec![
        step("description", none, || json!("one"), || json!("two")),
        step("subjects", none, || json!(["step.a", "step.b"]), || json!(["step.b", "step.c.>"])),
        step("retention", captures, || json!("limits"), || json!("interest")),
        step("storage", none, || json!("memory"), || json!("file")),
        FieldStep { needs_cluster: true, ..step("num_replicas", none, || json!(1), || json!(3)) },
        step("max_consumers", none, || json!(5), || json!(7)),
        step("max_msgs", none, || json!(5), || json!(7)),
        step("max_bytes", none, || json!(1_048_576), || json!(2_097_152)),
        step("max_age", none, || json!(3600 * SECOND), || json!(60 * SECOND)),
        step("max_msgs_per_subject", none, || json!(5), || json!(3)),
        step("max_msg_size", none, || json!(1024), || json!(2048)),
        step("discard", none, || json!("new"), || json!("old")),
        step("duplicate_window", none, || json!(30 * SECOND), || json!(60 * SECOND)),
        step("compression", none, || json!("s2"), || json!("none")),
        step("first_seq", none, || json!(100), || json!(200)),
        step("subject_delete_marker_ttl", captures, || json!(2 * SECOND), || json!(3 * SECOND)),
        step("persist_mode", none, || json!("async"), || json!("default")),
        step("metadata", none, || json!({"team": "a", "tier": "1"}), || json!({"team": "b", "tier": "1"})),
    ]
}

fn switches() -> Vec<FieldStep> {
    vec![
        step("discard_new_per_subject", || json!({"discard": "new", "max_msgs_per_subject": 5}), yes, no),
        step("no_ack", none, yes, no),
        step("allow_direct", none, yes, no),
        FieldStep {
            note: "of a mirror in the same account the server takes the origin's allow_direct",
            ..step("mirror_direct", far_mirror, yes, no)
        },
        step("allow_rollup_hdrs", none, yes, no),
        step("deny_delete", none, no, yes),
        step("deny_purge", none, no, yes),
        step("sealed", captures, no, yes),
        step("allow_msg_ttl", none, no, yes),
        step("allow_msg_counter", captures, yes, no),
        step("allow_atomic", none, yes, no),
        step("allow_msg_schedules", captures, no, yes),
        step("allow_batched", none, yes, no),
    ]
}

fn inner() -> Vec<FieldStep> {
    let placed = "a cluster needs servers with these names and tags; a standalone server takes any";
    let transform = || json!({"subjects": ["step.>"], "subject_transform": {"dest": "out.>"}});
    let republish = || json!({"subjects": ["step.>"], "republish": {"dest": "again.>"}});
    vec![
        FieldStep { note: placed, ..step("placement.cluster", none, || json!("C1"), || json!("C2")) },
        FieldStep { note: placed, ..step("placement.tags", none, || json!(["ssd", "eu"]), || json!(["eu"])) },
        step("consumer_limits.inactive_threshold", none, || json!(3600 * SECOND), || json!(7200 * SECOND)),
        step("consumer_limits.max_ack_pending", none, || json!(50), || json!(60)),
        step("subject_transform.src", transform, || json!("step.a.>"), || json!("step.b.>")),
        FieldStep {
            required: true,
            ..step("subject_transform.dest", captures, || json!("out.>"), || json!("other.>"))
        },
        step("republish.src", republish, || json!("step.a.>"), || json!("step.>")),
        FieldStep { required: true, ..step("republish.dest", captures, || json!("again.>"), || json!("once.>")) },
        step("republish.headers_only", republish, yes, no),
    ]
}

fn mirrors() -> Vec<FieldStep> {
    let frozen = |step: FieldStep| FieldStep { note: MIRROR_IS_FROZEN, ..step };
    vec![
        FieldStep {
            required: true,
            ..frozen(step("mirror.name", none, || json!("STEP_ORIGIN"), || json!("STEP_OTHER")))
        },
        frozen(step("mirror.opt_start_seq", mirror, || json!(5), || json!(7))),
        frozen(step(
            "mirror.opt_start_time",
            mirror,
            || json!("2024-01-01T02:00:00.500+02:00"),
            || json!("2024-01-02T00:00:00Z"),
        )),
        frozen(step("mirror.filter_subject", mirror, || json!("step.a"), || json!("step.b"))),
        frozen(step(
            "mirror.subject_transforms",
            mirror,
            || json!([{"src": "step.a", "dest": "out.a"}]),
            || json!([{"src": "step.b", "dest": "out.b"}]),
        )),
        frozen(step(
            "mirror.subject_transforms[].src",
            mirror,
            || json!([{"src": "step.a", "dest": "out"}]),
            || json!([{"src": "step.b", "dest": "out"}]),
        )),
        frozen(step(
            "mirror.subject_transforms[].dest",
            mirror,
            || json!([{"src": "step.a", "dest": "out.a"}]),
            || json!([{"src": "step.a", "dest": "out.b"}]),
        )),
        frozen(step("mirror.external.api", mirror, || json!("$JS.far.API"), || json!("$JS.farther.API"))),
        frozen(step("mirror.external.deliver", far_mirror, || json!("deliver.a"), || json!("deliver.b"))),
        FieldStep {
            required: true,
            ..frozen(step(
                "mirror.consumer.name",
                || json!({"mirror": {"name": "STEP_ORIGIN", "consumer": {"deliver_subject": "to.me"}}}),
                || json!("C1"),
                || json!("C2"),
            ))
        },
        FieldStep {
            required: true,
            ..frozen(step(
                "mirror.consumer.deliver_subject",
                || json!({"mirror": {"name": "STEP_ORIGIN", "consumer": {"name": "C1"}}}),
                || json!("to.a"),
                || json!("to.b"),
            ))
        },
    ]
}

/// A source list with one element that says `rest` beside its name.
fn source(rest: &Value) -> Value {
    let mut out = json!({"name": "STEP_ORIGIN"});
    if let (Some(out), Some(rest)) = (out.as_object_mut(), rest.as_object()) {
        out.extend(rest.clone());
    }
    json!([out])
}

fn sources() -> Vec<FieldStep> {
    vec![
        step("sources", captures, || json!([{"name": "STEP_A"}, {"name": "STEP_B"}]), || json!([{"name": "STEP_B"}])),
        step("sources[].name", captures, || json!([{"name": "STEP_A"}]), || json!([{"name": "STEP_B"}])),
        FieldStep {
            note: "without effect after the first import",
            ..step(
                "sources[].opt_start_seq",
                captures,
                || source(&json!({"opt_start_seq": 5})),
                || source(&json!({"opt_start_seq": 7})),
            )
        },
        FieldStep {
            note: "without effect after the first import",
            ..step(
                "sources[].opt_start_time",
                captures,
                || source(&json!({"opt_start_time": "2024-01-01T02:00:00.500+02:00"})),
                || source(&json!({"opt_start_time": "2024-01-02T00:00:00Z"})),
            )
        },
        step(
            "sources[].filter_subject",
            captures,
            || source(&json!({"filter_subject": "from.a"})),
            || source(&json!({"filter_subject": "from.b"})),
        ),
        step(
            "sources[].subject_transforms",
            captures,
            || {
                source(
                    &json!({"subject_transforms": [{"src": "from.a", "dest": "out.a"}, {"src": "from.b", "dest": "out.b"}]}),
                )
            },
            || source(&json!({"subject_transforms": [{"src": "from.b", "dest": "out.b"}]})),
        ),
        step(
            "sources[].subject_transforms[].src",
            captures,
            || source(&json!({"subject_transforms": [{"src": "from.a", "dest": "out"}]})),
            || source(&json!({"subject_transforms": [{"src": "from.b", "dest": "out"}]})),
        ),
        step(
            "sources[].subject_transforms[].dest",
            captures,
            || source(&json!({"subject_transforms": [{"src": "from.a", "dest": "out.a"}]})),
            || source(&json!({"subject_transforms": [{"src": "from.a", "dest": "out.b"}]})),
        ),
        step(
            "sources[].external.api",
            captures,
            || source(&json!({"external": {"api": "$JS.far.API"}})),
            || source(&json!({"external": {"api": "$JS.farther.API"}})),
        ),
        step(
            "sources[].external.deliver",
            captures,
            || source(&json!({"external": {"api": "$JS.far.API", "deliver": "deliver.a"}})),
            || source(&json!({"external": {"api": "$JS.far.API", "deliver": "deliver.b"}})),
        ),
        step(
            "sources[].consumer.name",
            captures,
            || source(&json!({"consumer": {"name": "C1", "deliver_subject": "to.a"}})),
            || source(&json!({"consumer": {"name": "C2", "deliver_subject": "to.a"}})),
        ),
        step(
            "sources[].consumer.deliver_subject",
            captures,
            || source(&json!({"consumer": {"name": "C1", "deliver_subject": "to.a"}})),
            || source(&json!({"consumer": {"name": "C1", "deliver_subject": "to.b"}})),
        ),
    ]
}
