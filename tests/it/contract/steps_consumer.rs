//! One step for each field of a consumer: create with `first`, change to `second`, remove. Data only.

use super::steps_stream::{FieldStep, step};
use serde_json::{Value, json};

/// The spec of the stream that the consumers read.
pub fn stream() -> Value {
    json!({"subjects": ["step.>"]})
}

fn none() -> Value {
    json!({})
}

fn explicit() -> Value {
    json!({"ack_policy": "explicit"})
}

fn push() -> Value {
    json!({"deliver_subject": "push.here"})
}

fn beating() -> Value {
    json!({"deliver_subject": "push.here", "idle_heartbeat": 5 * SECOND})
}

fn yes() -> Value {
    json!(true)
}

fn no() -> Value {
    json!(false)
}

const SECOND: i64 = 1_000_000_000;

/// Every field of the consumer's shape.
pub fn steps() -> Vec<FieldStep> {
    let mut all = delivery();
    all.extend(limits());
    all.extend(pushing());
    all.extend(priorities());
    all
}

fn delivery() -> Vec<FieldStep> {
    vec![
        step("description", none, || json!("one"), || json!("two")),
        step("filter_subject", none, || json!("step.a"), || json!("step.b.>")),
        step("filter_subjects", none, || json!(["step.a", "step.b"]), || json!(["step.b", "step.c"])),
        step("deliver_policy", none, || json!("new"), || json!("last")),
        FieldStep {
            required: true,
            ..step("opt_start_seq", || json!({"deliver_policy": "by_start_sequence"}), || json!(5), || json!(7))
        },
        FieldStep {
            required: true,
            ..step(
                "opt_start_time",
                || json!({"deliver_policy": "by_start_time"}),
                || json!("2024-01-01T02:00:00.500+02:00"),
                || json!("2024-01-02T00:00:00Z"),
            )
        },
        step("ack_policy", none, || json!("explicit"), || json!("all")),
        step("replay_policy", none, || json!("original"), || json!("instant")),
        FieldStep {
            note: "a live consumer is paused and resumed by requests of their own",
            ..step("pause_until", none, || json!("2100-01-01T01:00:00+01:00"), || json!("2101-01-01T00:00:00Z"))
        },
        step("metadata", none, || json!({"team": "a", "tier": "1"}), || json!({"team": "b", "tier": "1"})),
    ]
}

fn limits() -> Vec<FieldStep> {
    let retried = || json!({"ack_policy": "explicit", "max_deliver": 5});
    vec![
        step("ack_wait", explicit, || json!(10 * SECOND), || json!(20 * SECOND)),
        step("max_deliver", explicit, || json!(5), || json!(7)),
        FieldStep {
            note: "sets ack_wait to its first step",
            ..step("backoff", retried, || json!([SECOND, 2 * SECOND]), || json!([3 * SECOND, 2 * SECOND, SECOND]))
        },
        step("max_ack_pending", explicit, || json!(50), || json!(-1)),
        step("sample_freq", explicit, || json!("50%"), || json!("60")),
        step("max_waiting", none, || json!(100), || json!(200)),
        step("headers_only", none, yes, no),
        step("max_batch", none, || json!(10), || json!(20)),
        step("max_expires", none, || json!(10 * SECOND), || json!(20 * SECOND)),
        step("max_bytes", none, || json!(1024), || json!(2048)),
        step("inactive_threshold", none, || json!(3600 * SECOND), || json!(7200 * SECOND)),
        step("num_replicas", none, || json!(1), || json!(0)),
        step("mem_storage", none, yes, no),
    ]
}

fn pushing() -> Vec<FieldStep> {
    vec![
        step("deliver_subject", none, || json!("push.here"), || json!("push.there")),
        step("deliver_group", push, || json!("one"), || json!("two")),
        step("rate_limit_bps", push, || json!(1024), || json!(2048)),
        step("idle_heartbeat", push, || json!(5 * SECOND), || json!(6 * SECOND)),
        step("flow_control", beating, yes, no),
    ]
}

fn priorities() -> Vec<FieldStep> {
    let together = "the server takes groups and policy only together";
    let pinned = || json!({"ack_policy": "explicit", "priority_policy": "pinned_client", "priority_groups": ["g"]});
    vec![
        FieldStep {
            required: true,
            note: together,
            ..step("priority_groups", || json!({"priority_policy": "overflow"}), || json!(["g"]), || json!(["h"]))
        },
        FieldStep {
            required: true,
            note: together,
            ..step(
                "priority_policy",
                || json!({"ack_policy": "explicit", "priority_groups": ["g"]}),
                || json!("overflow"),
                || json!("pinned_client"),
            )
        },
        step("priority_timeout", pinned, || json!(60 * SECOND), || json!(90 * SECOND)),
    ]
}
