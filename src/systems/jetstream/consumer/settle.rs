//! What a server silently makes of a consumer's configuration, and which live values it had only derived.
//!
//! Measured on 2.10.26, 2.12.8 and 2.15.1 (facts, section 4.3). A server's own limits (of max_ack_pending, max_batch,
//! inactive_threshold) are not known here, only its account's.

use crate::{
    model::{Capabilities, Map, Value, json},
    systems::{
        Around,
        jetstream::fields::{number, object, says, word_of},
    },
};

const ACK_WAIT: i64 = 30_000_000_000;
const MAX_ACK_PENDING: i64 = 1000;
const MAX_WAITING: i64 = 512;
const PINNED: i64 = 120_000_000_000;
const HEARTBEAT: i64 = 1_000_000_000;

/// What the server will store of `sent`.
pub fn settle(sent: &Value, around: &Around<'_>) -> Value {
    let mut out = object(sent);
    let flow = word_of(sent, "ack_policy") == "flow_control";
    // The first step of a backoff overrides a wait, even where nothing is acknowledged.
    let wait = sent["backoff"].as_array().and_then(|b| b.first()).and_then(Value::as_i64);
    match wait.or_else(|| (number(sent, "ack_wait") == 0 && acknowledged(sent)).then_some(ACK_WAIT)) {
        Some(wait) => insert(&mut out, "ack_wait", wait),
        None => drop_zero(&mut out, sent, "ack_wait"),
    }
    derive(&mut out, sent, "max_ack_pending", max_ack_pending(sent, around.capabilities, around.parent));
    derive(&mut out, sent, "inactive_threshold", limit_of(around.parent, "inactive_threshold"));
    derive(&mut out, sent, "max_waiting", (!says(&sent["deliver_subject"])).then_some(MAX_WAITING));
    derive(&mut out, sent, "priority_timeout", pinned(sent).then_some(PINNED));
    if flow {
        out.insert("flow_control".into(), json!(true));
        derive(&mut out, sent, "idle_heartbeat", Some(HEARTBEAT));
    }
    Value::Object(out)
}

/// Takes out of `sent` what the server had only derived from the live configuration, so that it derives it again.
/// Sent back, an old ack_wait outlives its backoff, and a priority_timeout its policy (10197).
pub fn take_derived(live: &Value, declared: &Value, sent: &mut Value, around: &Around<'_>) {
    let first = live["backoff"].as_array().and_then(|b| b.first()).and_then(Value::as_i64);
    let derived = [
        ("ack_wait", first),
        ("priority_timeout", pinned(live).then_some(PINNED)),
        ("max_ack_pending", max_ack_pending(live, around.capabilities, around.parent_now)),
        ("inactive_threshold", limit_of(around.parent_now, "inactive_threshold")),
    ];
    let Some(out) = sent.as_object_mut() else { return };
    for (name, value) in derived {
        let set = number(live, name);
        if declared[name].is_null() && set > 0 && value == Some(set) {
            out.shift_remove(name);
        }
    }
    for name in LIMITED {
        let ahead = limit_of(around.parent, name)
            .filter(|limit| around.parent_now.is_some() && tightened(around, name, *limit));
        if let Some(limit) = ahead.filter(|_| number(&Value::Object(out.clone()), name) == 0) {
            insert(out, name, limit);
        }
    }
}

/// What a stream's `consumer_limits` bound.
const LIMITED: [&str; 2] = ["max_ack_pending", "inactive_threshold"];

/// Whether the stream's limit is set or lowered in the same plan. The server refuses that while a consumer is beyond it
/// (10069), so the consumer goes first and says the value that it will have derived by then.
fn tightened(around: &Around<'_>, name: &str, limit: i64) -> bool {
    limit_of(around.parent_now, name).is_none_or(|now| limit < now)
}

/// Whether a stream's next configuration sets or lowers a limit of its consumers.
pub fn tightens(now: &Value, next: &Value) -> bool {
    let lower = |name: &&str| {
        limit_of(Some(next), name).is_some_and(|limit| limit_of(Some(now), name).is_none_or(|n| limit < n))
    };
    LIMITED.iter().any(lower)
}

fn max_ack_pending(config: &Value, capabilities: &Capabilities, parent: Option<&Value>) -> Option<i64> {
    if let Some(limit) = limit_of(parent, "max_ack_pending") {
        return Some(limit);
    }
    let account = &capabilities.fact("account")["limits"]["max_ack_pending"];
    let bound = account.as_i64().filter(|limit| *limit > 0);
    let flow = word_of(config, "ack_policy") == "flow_control";
    (acknowledged(config) || flow).then(|| bound.map_or(MAX_ACK_PENDING, |b| b.min(MAX_ACK_PENDING)))
}

/// What the stream's `consumer_limits` give to consumers that do not say it.
fn limit_of(stream: Option<&Value>, name: &str) -> Option<i64> {
    stream.and_then(|stream| stream["consumer_limits"][name].as_i64()).filter(|limit| *limit != 0)
}

fn acknowledged(config: &Value) -> bool {
    matches!(word_of(config, "ack_policy"), "explicit" | "all")
}

fn pinned(config: &Value) -> bool {
    word_of(config, "priority_policy") == "pinned_client"
}

/// The derived value where none is set; zero counts as none.
fn derive(out: &mut Map<String, Value>, sent: &Value, name: &str, derived: Option<i64>) {
    if number(sent, name) != 0 {
        return;
    }
    match derived {
        Some(value) => insert(out, name, value),
        None => drop_zero(out, sent, name),
    }
}

fn insert(out: &mut Map<String, Value>, name: &str, value: i64) {
    out.insert(name.into(), json!(value));
}

fn drop_zero(out: &mut Map<String, Value>, sent: &Value, name: &str) {
    if number(sent, name) == 0 {
        out.shift_remove(name);
    }
}
