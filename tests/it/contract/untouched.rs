//! What no manifest speaks of goes back to the server as it came, digit for digit.

use super::{
    place::{MODELS, Place},
    project::{Project, consumer, stream},
};
use crate::support::servers;
use natsform::engine::Adopt;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000_000;

/// A version of tomorrow: it has a field that natsform does not know.
const TOMORROW: (u32, u32) = (99, 0);

/// A number that no floating point holds, and one that a parser could shorten.
const FUTURE: &str = r#"{"big": 10000000000000000001, "exact": 1.50, "small": 1e-7, "deep": [{"a": null}]}"#;

fn future() -> Value {
    serde_json::from_str(FUTURE).expect("JSON")
}

/// A stream with a value of its own in every field that can stand beside the others.
fn full_stream(minor: u32) -> Value {
    let mut config = json!({
        "subjects": ["full.>"], "description": "of an application", "retention": "interest", "max_consumers": 7,
        "max_msgs": 1001, "max_bytes": 1_000_003, "max_age": 3600 * SECOND + 1, "max_msgs_per_subject": 11,
        "max_msg_size": 4097, "discard": "new", "discard_new_per_subject": true, "duplicate_window": 31 * SECOND,
        "compression": "s2", "allow_direct": true, "allow_rollup_hdrs": true, "deny_delete": true, "first_seq": 9,
        "placement": {"cluster": "C1", "tags": ["z", "a"]}, "republish": {"src": "full.a", "dest": "again.a"},
        "subject_transform": {"src": "full.b", "dest": "full.c"}, "metadata": {"team": "a", "Ünïcode": "ä\u{1F600}"},
        "consumer_limits": {"inactive_threshold": 7200 * SECOND, "max_ack_pending": 70},
        "sources": [{"name": "B", "filter_subject": "b.>"},
                    {"name": "A", "opt_start_time": "2024-01-01T02:00:00.5+02:00"}],
    });
    if minor >= 11 {
        config["allow_msg_ttl"] = json!(true);
        config["subject_delete_marker_ttl"] = json!(5 * SECOND);
    }
    if minor >= 12 {
        config["allow_atomic"] = json!(true);
    }
    if minor == TOMORROW.0 {
        config["future"] = future();
        config["sources"][1]["future"] = future();
    }
    config
}

fn full_consumer(minor: u32) -> Value {
    let mut config = json!({
        "description": "of an application", "deliver_policy": "by_start_time",
        "opt_start_time": "2024-01-01T02:00:00.5+02:00", "ack_policy": "explicit", "ack_wait": 7 * SECOND,
        "max_deliver": 5, "filter_subjects": ["full.z", "full.a"], "sample_freq": "50%", "max_waiting": 100,
        "max_ack_pending": 60, "max_batch": 10, "max_expires": 9 * SECOND, "max_bytes": 1025, "headers_only": true,
        "inactive_threshold": 3600 * SECOND, "num_replicas": 1, "metadata": {"team": "a"},
    });
    if minor >= 11 {
        config["priority_groups"] = json!(["g"]);
        config["priority_policy"] = json!("overflow");
    }
    if minor == TOMORROW.0 {
        config["future"] = future();
    }
    config
}

/// Adopts both objects by changing one field of each, and compares everything else byte by byte.
async fn only_one_field_changes(place: &Place) {
    let made = place.create(&["FULL"], &full_stream(place.minor)).await;
    assert!(made.get("error").is_none(), "{}: {made}", place.name);
    let made = place.create(&["FULL", "app"], &full_consumer(place.minor)).await;
    assert!(made.get("error").is_none(), "{}: {made}", place.name);
    let project = Project { adopt: Adopt::Always, ..Project::new() };
    for (stream_says, consumer_says) in [
        (json!({"max_msgs": 1000}), json!({"max_batch": 11})),
        (json!({"max_msgs": 1000, "metadata": {"owner": "me"}}), json!({"max_batch": 11, "metadata": {"owner": "me"}})),
        (json!({"metadata": {"owner": "me"}}), json!({"metadata": {"owner": "me"}})),
    ] {
        let before = [place.config(&["FULL"]).await, place.config(&["FULL", "app"]).await];
        project.declare(&[stream("FULL", &stream_says), consumer("FULL", "app", &consumer_says)]);
        project.apply(place, &[]).await;
        project.at_rest(place, "after an adoption").await;
        let after = [place.config(&["FULL"]).await, place.config(&["FULL", "app"]).await];
        for (before, after) in before.iter().zip(&after) {
            let changed = changed(before.as_ref().expect("a configuration"), after.as_ref().expect("a configuration"));
            let allowed = |path: &String| ["max_msgs", "max_batch", "metadata.owner"].contains(&path.as_str());
            let [one] = &changed[..] else { panic!("{}: {changed:?}", place.name) };
            assert!(allowed(one), "{}: {changed:?}", place.name);
        }
    }
}

/// The paths at which two configurations are not the same text.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let none = serde_json::Map::new();
    let (a, b) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort();
    names.dedup();
    // the text, and not the value: a number keeps every digit and an object its order
    let text = |value: &Value| value.to_string();
    let differing = names.into_iter().filter(|n| text(&before[*n]) != text(&after[*n]));
    differing
        .flat_map(|name| match name.as_str() {
            "metadata" => changed(&before[name], &after[name]).iter().map(|k| format!("metadata.{k}")).collect(),
            _ => vec![name.clone()],
        })
        .collect()
}

#[tokio::test]
async fn never_declared_fields_of_a_model_stay() {
    for version in MODELS.into_iter().chain([TOMORROW]) {
        only_one_field_changes(&Place::model(version)).await;
    }
}

#[tokio::test]
async fn never_declared_fields_of_real_servers_stay() {
    for (version, _) in servers() {
        only_one_field_changes(&Place::alone(version).await).await;
    }
}
