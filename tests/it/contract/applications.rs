//! An application that makes its own stream, bucket or consumer at start-up gets the same answer whatever natsform did
//! to it in between, as long as its values are what they were.

use super::{
    place::{MODELS, Place},
    project::{Project, consumer, stream},
};
use crate::support::servers;
use natsform::engine::Adopt;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000_000;

/// What an application sends, and what natsform declares of the object: a value of the application's, another one, and
/// the application's again.
struct App {
    what: &'static str,
    sends: Value,
    declared: [Value; 3],
}

fn app(what: &'static str, sends: Value, own: Value, other: Value) -> App {
    App { what, sends, declared: [own.clone(), other, own] }
}

fn age(seconds: i64) -> Value {
    json!({"max_age": seconds * SECOND})
}

/// Streams, as a raw client, nats-py's `add_stream` and its `create_key_value` ask for them.
fn streams() -> Vec<App> {
    let raw = json!({"subjects": ["app.>"], "max_age": 60 * SECOND});
    let python = json!({
        "subjects": ["app.>"], "retention": "limits", "max_consumers": -1, "max_msgs": -1, "max_bytes": -1,
        "discard": "old", "discard_new_per_subject": false, "max_age": 60 * SECOND, "max_msgs_per_subject": -1,
        "max_msg_size": -1, "storage": "file", "num_replicas": 1, "no_ack": false, "duplicate_window": 0,
        "sealed": false, "deny_delete": false, "deny_purge": false, "allow_rollup_hdrs": false, "allow_direct": false,
        "mirror_direct": false,
    });
    let bucket = json!({
        "subjects": ["$KV.app.>"], "max_msgs_per_subject": 1, "max_bytes": -1, "max_age": 60 * SECOND,
        "max_msg_size": -1, "storage": "file", "num_replicas": 1, "allow_rollup_hdrs": true, "deny_delete": true,
        "duplicate_window": 60 * SECOND, "max_msgs": -1, "max_consumers": -1, "discard": "new", "allow_direct": true,
    });
    vec![
        app("a raw stream", raw.clone(), age(60), age(30)),
        app("a raw stream, raised", raw, age(60), age(600)),
        app("nats-py's stream", python, age(60), age(30)),
        app("nats-py's bucket", bucket.clone(), age(60), age(30)),
        app("nats-py's bucket, raised", bucket, age(60), age(600)),
        app("no age", json!({"subjects": ["app.>"]}), json!({"max_age": 0}), age(30)),
    ]
}

fn consumers(minor: u32) -> Vec<App> {
    let backoff = |first: i64| json!({"backoff": [first * SECOND, 9 * SECOND]});
    let described = |text: &str| json!({"description": text});
    let python = json!({
        "ack_policy": "explicit", "deliver_policy": "all", "replay_policy": "instant", "ack_wait": 30 * SECOND,
        "max_deliver": -1, "max_waiting": 512, "max_ack_pending": 1000, "num_replicas": 0, "mem_storage": false,
        "description": "app",
    });
    let mut retried = backoff(1);
    (retried["ack_policy"], retried["max_deliver"]) = (json!("explicit"), json!(5));
    let mut out = vec![
        app("a raw consumer", json!({"description": "app"}), described("app"), described("other")),
        app(
            "an acknowledged consumer",
            json!({"ack_policy": "explicit", "ack_wait": 30 * SECOND}),
            json!({"ack_wait": 30 * SECOND}),
            json!({"ack_wait": 9 * SECOND}),
        ),
        app("nats-py's consumer", python, described("app"), described("other")),
        app("a consumer with backoff", retried, backoff(1), backoff(3)),
    ];
    if minor >= 11 {
        let policy = |word: &str| json!({"priority_policy": word, "priority_groups": ["g"]});
        let mut sends = policy("pinned_client");
        sends["ack_policy"] = json!("explicit");
        out.push(app("a pinned consumer", sends, policy("pinned_client"), policy("overflow")));
    }
    out
}

/// What an application sees of an answer.
fn seen(answer: &Value) -> Value {
    let mut config = answer["config"].clone();
    if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !key.starts_with("_nats."));
    }
    json!({"error": answer.get("error"), "config": config})
}

async fn starts_again(place: &Place, app: &App, parts: &[&str]) {
    let first = seen(&place.create(parts, &app.sends).await);
    assert!(first["error"].is_null(), "{} {}: {first}", place.name, app.what);
    let project = Project { adopt: Adopt::Always, ..Project::new() };
    for (i, spec) in app.declared.iter().enumerate() {
        project.declare(&[match parts {
            [stream_name] => stream(stream_name, spec),
            [stream_name, name] => consumer(stream_name, name, spec),
            _ => panic!("{parts:?}"),
        }]);
        project.apply(place, &[]).await;
        project.at_rest(place, app.what).await;
        let again = seen(&place.create(parts, &app.sends).await);
        // The second time natsform holds the object at another value, and the server has to refuse.
        assert_eq!(i == 1, !again["error"].is_null(), "{} {} {spec}: {again}", place.name, app.what);
        if i != 1 {
            assert_eq!(again, first, "{} {} {spec}", place.name, app.what);
        }
    }
    place.delete(parts).await;
}

async fn all_start_again(place: &Place) {
    for app in streams() {
        let name = if app.what.contains("bucket") { "KV_app" } else { "APP" };
        starts_again(place, &app, &[name]).await;
    }
    place.create(&["PARENT"], &json!({"subjects": ["parent.>"]})).await;
    for app in consumers(place.minor) {
        starts_again(place, &app, &["PARENT", "app"]).await;
    }
}

#[tokio::test]
async fn applications_start_again_on_the_model() {
    for version in MODELS {
        all_start_again(&Place::model(version)).await;
    }
}

#[tokio::test]
async fn applications_start_again_on_real_servers() {
    for (version, _) in servers() {
        all_start_again(&Place::alone(version).await).await;
    }
}
