//! What a consumer may be, and what of it can change.

use super::{
    consumer::filters,
    error::{ApiError, Check, bad, frozen, invalid, pedantic as refuse},
    schema::{Config, Fields, instant},
    store::Stream,
    stream_rules::Limits,
    subjects,
};
use serde_json::{Value, json};

const MS: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MS;

/// What an absent field becomes.
///
/// # Errors
/// In pedantic mode, instead of an adjustment.
pub fn defaults(c: &mut Config, stream: &Config, limits: &Limits, minor: u32, pedantic: bool) -> Check {
    let most = c.int("max_deliver");
    if most == 0 {
        c.set("max_deliver", json!(-1));
    }
    if minor >= 12 {
        negatives(c, pedantic)?;
    }
    let pull = c.text("deliver_subject").is_empty();
    let ack = c.text("ack_policy").to_owned();
    if pull && c.int("max_waiting") == 0 {
        c.set("max_waiting", json!(512));
    }
    if c.int("ack_wait") == 0 && ["explicit", "all"].contains(&ack.as_str()) {
        c.set("ack_wait", json!(30 * SECOND));
    }
    if let Some(first) = backoff(c).first().copied() {
        if pedantic && minor >= 11 && c.int("ack_wait") != first {
            return refuse("first backoff value has to equal batch AckWait");
        }
        c.set("ack_wait", json!(first));
    }
    let own = stream.object("consumer_limits");
    for name in ["max_ack_pending", "inactive_threshold"] {
        let limit = own.map_or(0, |l| l.int(name));
        if c.int(name) == 0 && limit != 0 {
            if pedantic && minor >= 11 {
                return refuse(&format!("{name} must be set if it's configured in stream limits"));
            }
            c.set(name, json!(limit));
        }
    }
    if c.int("max_ack_pending") == 0 && !ack.is_empty() {
        let account = limits.max_ack_pending;
        c.set("max_ack_pending", json!(if account > 0 { account.min(1000) } else { 1000 }));
    }
    if c.text("priority_policy") == "pinned_client" && c.int("priority_timeout") == 0 {
        c.set("priority_timeout", json!(120 * SECOND));
    }
    if ack == "flow_control" && !pedantic {
        c.set("flow_control", json!(true));
        c.set("idle_heartbeat", json!(SECOND));
    }
    Ok(())
}

fn negatives(c: &mut Config, pedantic: bool) -> Check {
    for (name, least, becomes) in [
        ("max_deliver", -1, -1),
        ("max_waiting", 0, 0),
        ("max_ack_pending", -1, -1),
        ("max_batch", 0, 0),
        ("max_expires", 0, 0),
        ("max_bytes", 0, 0),
        ("idle_heartbeat", 0, 0),
        ("inactive_threshold", 0, 0),
        ("priority_timeout", 0, 0),
    ] {
        if c.int(name) < least {
            if pedantic {
                return refuse(&format!("{name} must not be negative"));
            }
            c.set(name, json!(becomes));
        }
    }
    Ok(())
}

fn backoff(c: &Config) -> Vec<i64> {
    c.get("backoff").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// The static rules.
///
/// # Errors
/// The server's own.
pub fn check(c: &Config, stream: &Config, limits: &Limits, minor: u32) -> Check {
    if minor >= 11 {
        for (field, word) in [("name", "consumer name"), ("durable_name", "consumer durable name")] {
            if !c.text(field).is_empty() && !subjects::valid_name(c.text(field)) {
                return invalid(format!("{word} can not contain '.', '*', '>', '\\', '/'"));
            }
        }
    }
    replicas(c, stream)?;
    if minor >= 12 && backoff(c).iter().any(|n| *n < 0) {
        return bad(10184, "consumer backoff needs to be positive");
    }
    if minor >= 12 && c.int("ack_wait") < 0 {
        return bad(10183, "consumer ack wait needs to be positive");
    }
    flow_control(c)?;
    let steps = backoff(c).len() as i64;
    if steps > 0 && c.int("max_deliver") != -1 && steps > c.int("max_deliver") {
        return bad(10116, "max deliver is required to be > length of backoff values");
    }
    if c.text("description").len() > 4096 {
        return bad(10107, "consumer description is too long, maximum allowed is 4096");
    }
    if c.text("deliver_subject").is_empty() {
        pull(c, stream)?
    } else {
        push(c, stream)?
    }
    ceilings(c, stream, limits)?;
    direct(c)?;
    filter_rules(c, minor)?;
    start(c)?;
    tail(c, minor)
}

fn replicas(c: &Config, stream: &Config) -> Check {
    let n = c.int("num_replicas");
    if n > 0 && n > stream.int("num_replicas") {
        return bad(10126, "consumer config replica count exceeds parent stream");
    }
    if n < 0 {
        return bad(10133, "replicas count cannot be negative");
    }
    if !stream.text("retention").is_empty() && n != 0 && n != stream.int("num_replicas") {
        return bad(10134, "consumer config replicas must match interest retention stream's replicas");
    }
    Ok(())
}

fn flow_control(c: &Config) -> Check {
    if c.text("ack_policy") != "flow_control" {
        return Ok(());
    }
    let needs = "flow control ack policy requires";
    if c.text("deliver_subject").is_empty() {
        return bad(10218, &format!("{needs} a push based consumer"));
    }
    if !c.on("flow_control") {
        return bad(10219, &format!("{needs} flow control"));
    }
    if c.int("idle_heartbeat") != SECOND {
        return invalid("flow control ack policy heartbeat needs to be 1s");
    }
    if c.int("max_ack_pending") <= 0 {
        return bad(10220, &format!("{needs} max ack pending"));
    }
    if c.int("ack_wait") != 0 || c.contains_key("backoff") {
        return bad(10221, &format!("{needs} unset ack wait"));
    }
    if c.int("max_deliver") > 0 {
        return bad(10222, &format!("{needs} unset max deliver"));
    }
    Ok(())
}

fn push(c: &Config, stream: &Config) -> Check {
    let subject = c.text("deliver_subject");
    if !subjects::literal(subject) {
        return bad(10079, "consumer deliver subject has wildcards");
    }
    if !subjects::valid(subject) {
        return bad(10112, "invalid push consumer deliver subject");
    }
    if stream.list("subjects").iter().any(|s| subjects::within(subject, s)) {
        return bad(10081, "consumer deliver subject forms a cycle");
    }
    if c.int("max_waiting") != 0 {
        return bad(10080, "consumer in push mode can not set max waiting");
    }
    if c.int("max_ack_pending") > 0 && c.text("ack_policy").is_empty() {
        return bad(10082, "consumer requires ack policy for max ack pending");
    }
    if (1..100 * MS).contains(&c.int("idle_heartbeat")) {
        return bad(10083, "consumer idle heartbeat needs to be >= 100ms");
    }
    Ok(())
}

fn pull(c: &Config, stream: &Config) -> Check {
    let expires = c.int("max_expires");
    let rules = [
        (
            c.text("ack_policy").is_empty() && stream.text("retention") == "workqueue",
            10084,
            "consumer in pull mode requires explicit ack policy on workqueue stream",
        ),
        (c.contains_key("rate_limit_bps"), 10086, "consumer in pull mode can not have rate limit set"),
        (c.int("max_waiting") < 0, 10087, "consumer max waiting needs to be positive"),
        (c.int("idle_heartbeat") > 0, 10088, "consumer idle heartbeat requires a push based consumer"),
        (c.on("flow_control"), 10089, "consumer flow control requires a push based consumer"),
        (c.int("max_batch") < 0, 10114, "consumer max request batch needs to be > 0"),
        (expires != 0 && expires < MS, 10115, "consumer max request expires needs to be >= 1ms"),
    ];
    match rules.iter().find(|(is, ..)| *is) {
        Some((_, code, text)) => bad(*code, text),
        None => Ok(()),
    }
}

fn ceilings(c: &Config, stream: &Config, limits: &Limits) -> Check {
    let own = stream.object("consumer_limits");
    for most in [limits.max_ack_pending, own.map_or(0, |l| l.int("max_ack_pending"))] {
        if most > 0 && c.int("max_ack_pending") > most {
            return bad(10121, &format!("consumer max ack pending exceeds system limit of {most}"));
        }
    }
    let most = own.map_or(0, |l| l.int("inactive_threshold"));
    if most > 0 && c.int("inactive_threshold") > most {
        return bad(10153, &format!("consumer inactive threshold exceeds system limit of {}", seconds(most)));
    }
    Ok(())
}

/// A duration in the way Go prints one, as far as tests need it.
fn seconds(ns: i64) -> String {
    let s = ns as f64 / SECOND as f64;
    if s >= 3600.0 {
        format!("{}h{}m{}s", (s / 3600.0) as i64, (s % 3600.0 / 60.0) as i64, s % 60.0)
    } else if s >= 60.0 {
        format!("{}m{}s", (s / 60.0) as i64, s % 60.0)
    } else {
        format!("{s}s")
    }
}

fn direct(c: &Config) -> Check {
    if c.on("direct") && c.text("deliver_subject").is_empty() {
        return bad(10090, "consumer direct requires a push based consumer");
    }
    if c.on("direct") && !c.text("durable_name").is_empty() {
        return bad(10091, "consumer direct requires an ephemeral consumer");
    }
    Ok(())
}

fn filter_rules(c: &Config, minor: u32) -> Check {
    let (one, many) = (c.text("filter_subject"), c.list("filter_subjects"));
    if !one.is_empty() && !many.is_empty() {
        return bad(10136, "consumer cannot have both FilterSubject and FilterSubjects specified");
    }
    if !one.is_empty() && !subjects::valid(one) {
        return invalid("invalid subject");
    }
    if many.contains(&"") {
        return bad(10139, "consumer filter in FilterSubjects cannot be empty");
    }
    for (i, a) in many.iter().enumerate() {
        if !subjects::valid(a) {
            return invalid("invalid subject");
        }
        let meets = |b: &str| if minor < 12 { subjects::collide(a, b) } else { subjects::within(a, b) };
        if many.iter().enumerate().any(|(j, b)| i != j && meets(b)) {
            return bad(10138, "consumer subject filters cannot overlap");
        }
    }
    Ok(())
}

fn start(c: &Config) -> Check {
    let policy = if c.text("deliver_policy").is_empty() { "all" } else { c.text("deliver_policy") };
    let (seq, time) = (c.contains_key("opt_start_seq"), c.contains_key("opt_start_time"));
    let spoken = policy.replace('_', " ");
    let set = |what: &str| {
        bad(10094, &format!("consumer delivery policy is deliver {spoken}, but optional {what} is also set"))
    };
    let unset = |what: &str| {
        bad(10094, &format!("consumer delivery policy is deliver {spoken}, but optional {what} is not set"))
    };
    match policy {
        "by_start_sequence" if !seq => unset("start sequence"),
        "by_start_sequence" if time => set("start time"),
        "by_start_time" if !time => unset("start time"),
        "by_start_time" if seq => set("start start sequence"),
        "by_start_sequence" | "by_start_time" => Ok(()),
        _ if seq => set("start sequence"),
        _ if time => set("start time"),
        "last_per_subject" if filters(c).is_empty() => unset("filter subject"),
        _ => Ok(()),
    }
}

fn tail(c: &Config, minor: u32) -> Check {
    let sample = c.text("sample_freq");
    if !sample.is_empty() && !sample.strip_suffix('%').unwrap_or(sample).parse::<i64>().is_ok_and(|n| n >= 0) {
        return bad(10095, "failed to parse consumer sampling configuration");
    }
    if c.on("flow_control") && c.int("idle_heartbeat") == 0 {
        return bad(10108, "consumer with flow control also needs heartbeats");
    }
    let (name, durable) = (c.text("name"), c.text("durable_name"));
    if !name.is_empty() && !durable.is_empty() && name != durable {
        return bad(10132, "Consumer Durable and Name have to be equal if both are provided");
    }
    let size: usize =
        c.object("metadata").into_iter().flatten().map(|(k, v)| k.len() + v.as_str().map_or(0, str::len)).sum();
    if size > 131_072 {
        return bad(10135, "consumer metadata exceeds maximum size of 128KB");
    }
    priorities(c, minor)
}

fn priorities(c: &Config, minor: u32) -> Check {
    let groups = c.list("priority_groups");
    if c.text("priority_policy").is_empty() {
        if !groups.is_empty() && minor >= 12 {
            return bad(10196, "consumer can not have priority groups when policy is none");
        }
        if c.int("priority_timeout") > 0 && minor >= 12 {
            return bad(10197, "PinnedTTL cannot be set when PriorityPolicy is none");
        }
        return Ok(());
    }
    if !c.text("deliver_subject").is_empty() {
        return bad(10178, "priority groups can not be used with push consumers");
    }
    if groups.is_empty() {
        return bad(10159, "Setting PriorityPolicy requires at least one PriorityGroup to be set");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_/=".contains(&b);
    for group in groups {
        if group.is_empty() {
            return bad(10161, "Group name cannot be an empty string");
        }
        if group.len() > 16 || !group.bytes().all(allowed) {
            return bad(
                10162,
                "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters",
            );
        }
    }
    Ok(())
}

/// What an update may not change.
///
/// # Errors
/// The server's own.
pub fn update(old: &Config, new: &Config, minor: u32) -> Check {
    if old.text("deliver_policy") != new.text("deliver_policy") {
        return frozen("deliver policy");
    }
    if minor >= 14 && old.on("mem_storage") != new.on("mem_storage") {
        return frozen("storage type");
    }
    for name in ["direct", "sourcing"] {
        if minor >= 14 && old.on(name) != new.on(name) {
            return frozen(name);
        }
    }
    if old.get("opt_start_seq") != new.get("opt_start_seq") {
        return frozen("start sequence");
    }
    if instant(old.text("opt_start_time")) != instant(new.text("opt_start_time")) {
        return frozen("start time");
    }
    for (name, words) in [
        ("ack_policy", "ack policy"),
        ("replay_policy", "replay policy"),
        ("idle_heartbeat", "heart beats"),
        ("flow_control", "flow control"),
    ] {
        if old.get(name) != new.get(name) {
            return frozen(words);
        }
    }
    match (old.text("deliver_subject"), new.text("deliver_subject")) {
        ("", to) if !to.is_empty() => {
            return Err(ApiError::new(500, 10012, "can not update pull consumer to push based"));
        }
        (from, "") if !from.is_empty() => {
            return Err(ApiError::new(500, 10012, "can not update push consumer to pull based"));
        }
        _ => {}
    }
    if old.int("max_waiting") != new.int("max_waiting") {
        return frozen("max waiting");
    }
    Ok(())
}

/// What a work queue asks of a new consumer.
///
/// # Errors
/// The server's own.
pub fn work_queue(name: &str, c: &Config, stream: &Stream) -> Check {
    if !["explicit", "flow_control"].contains(&c.text("ack_policy")) {
        return bad(10098, "workqueue stream requires explicit ack");
    }
    if !c.text("deliver_policy").is_empty() {
        return bad(10101, "consumer must be deliver all on workqueue stream");
    }
    if stream.consumers.is_empty() {
        return Ok(());
    }
    if filters(c).is_empty() {
        return bad(10099, "multiple non-filtered consumers not allowed on workqueue stream");
    }
    unique(name, c, stream)
}

/// No two consumers of a work queue may want the same message.
///
/// # Errors
/// 10100.
pub fn unique(name: &str, c: &Config, stream: &Stream) -> Check {
    let own = filters(c);
    let meets = |other: &Config| {
        let theirs = filters(other);
        theirs.is_empty() || own.iter().any(|a| theirs.iter().any(|b| subjects::collide(a, b)))
    };
    if stream.consumers.values().any(|o| o.name != name && meets(&o.config)) {
        return bad(10100, "filtered consumer not unique on workqueue stream");
    }
    Ok(())
}
