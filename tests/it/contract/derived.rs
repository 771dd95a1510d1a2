//! Values that the server derives from others follow them: after every change they are what a new object would have.

use super::{
    meaning::equal,
    place::{MODELS, Place},
    project::{Project, consumer, stream},
};
use crate::support::servers;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000_000;

/// Changes of a stream whose `duplicate_window` nobody sets, and one where somebody does.
fn streams() -> Vec<Vec<Value>> {
    let ages = [300, 60, 600, 30, 0];
    let aged = ages.map(|age| json!({"subjects": ["d.>"], "max_age": age * SECOND}));
    let source = json!([{"name": "FAR", "external": {"api": "$JS.far.API"}}]);
    vec![
        aged.to_vec(),
        vec![
            json!({"subjects": ["d.>"], "max_age": 60 * SECOND, "duplicate_window": 10 * SECOND}),
            json!({"subjects": ["d.>"], "max_age": 30 * SECOND, "duplicate_window": 10 * SECOND}),
            json!({"subjects": ["d.>"], "max_age": 20 * SECOND}),
            json!({"subjects": ["d.>"]}),
        ],
        vec![
            json!({"subjects": ["d.>"]}),
            json!({"subjects": ["d.>"], "sources": source}),
            json!({"subjects": ["d.>"], "sources": source, "max_age": 60 * SECOND}),
            json!({"subjects": ["d.>"], "max_age": 30 * SECOND}),
        ],
    ]
}

/// Changes of a consumer whose `ack_wait`, `max_ack_pending` and `priority_timeout` nobody sets, or only for a while.
fn consumers(minor: u32) -> Vec<Vec<Value>> {
    let with = |more: Value| {
        let mut config = json!({"ack_policy": "explicit", "max_deliver": 5});
        config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        config
    };
    let mut out = vec![
        vec![
            with(json!({})),
            with(json!({"backoff": [SECOND, 2 * SECOND]})),
            with(json!({"backoff": [4 * SECOND]})),
            with(json!({})),
        ],
        vec![
            with(json!({"ack_wait": 9 * SECOND})),
            with(json!({"backoff": [2 * SECOND]})),
            with(json!({"ack_wait": 9 * SECOND})),
            with(json!({})),
        ],
        vec![with(json!({"max_ack_pending": 20})), with(json!({})), with(json!({"max_ack_pending": -1}))],
    ];
    if minor >= 11 {
        let group = |policy: &str| json!({"priority_groups": ["g"], "priority_policy": policy});
        out.push(vec![
            with(group("pinned_client")),
            with(group("overflow")),
            with(
                json!({"priority_groups": ["g"], "priority_policy": "pinned_client", "priority_timeout": 90 * SECOND}),
            ),
            with(group("pinned_client")),
            with(json!({})),
        ]);
    }
    out
}

/// Walks an object through its specs. After each it is what a new object with that spec is.
async fn walk(place: &Place, specs: &[Value], parts: &[&str]) {
    let project = Project::new();
    let parent = || stream("PARENT", &json!({"subjects": ["parent.>"]}));
    for spec in specs {
        let fresh = match parts {
            [name] => {
                project.declare(&[stream(name, spec)]);
                fresh(place, &["FRESH"], &json_text(spec, "d.>", "fresh.>")).await
            }
            [_, name] => {
                project.declare(&[parent(), consumer("PARENT", name, spec)]);
                if !place.streams().await.contains(&"PARENT".to_owned()) {
                    place.create(&["PARENT"], &json!({"subjects": ["parent.>"]})).await;
                }
                fresh(place, &["PARENT", "FRESH"], spec).await
            }
            _ => panic!("{parts:?}"),
        };
        project.apply(place, &[]).await;
        project.at_rest(place, &format!("after {spec}")).await;
        let live = place.config(parts).await.expect("the object");
        for name in ["duplicate_window", "ack_wait", "max_ack_pending", "priority_timeout", "inactive_threshold"] {
            let (new, old) = (&fresh[name], &live[name]);
            assert!(equal(new, old), "{} after {spec}: `{name}` is {old}, and {new} on a new object", place.name);
        }
    }
    place.delete(&parts[..1]).await;
}

/// What the server makes of a spec that nothing came before.
async fn fresh(place: &Place, parts: &[&str], spec: &Value) -> Value {
    let answer = place.create(parts, spec).await;
    let config = place.config(parts).await;
    let config = config.unwrap_or_else(|| panic!("{}: {spec}: {answer}", place.name));
    place.delete(parts).await;
    config
}

fn json_text(spec: &Value, from: &str, to: &str) -> Value {
    serde_json::from_str(&spec.to_string().replace(from, to)).expect("JSON")
}

async fn follow(place: &Place) {
    for (i, specs) in streams().iter().enumerate() {
        walk(place, specs, &[&format!("S{i}")]).await;
    }
    for (i, specs) in consumers(place.minor).iter().enumerate() {
        walk(place, specs, &["PARENT", &format!("C{i}")]).await;
    }
}

#[tokio::test]
async fn derived_values_follow_on_the_model() {
    for version in MODELS {
        follow(&Place::model(version)).await;
    }
}

#[tokio::test]
async fn derived_values_follow_on_real_servers() {
    for (version, _) in servers() {
        follow(&Place::alone(version).await).await;
    }
}

/// A local mirror's `mirror_direct` is its origin's `allow_direct`, whatever is sent: nobody declared it, so it is no
/// difference, neither as a proof of a write nor in a plan.
async fn local_mirror(place: &Place) {
    let project = Project::new();
    for (direct, description) in [(true, "one"), (true, "two"), (false, "three"), (true, "four")] {
        project.declare(&[
            stream("ORIGIN", &json!({"subjects": ["m.>"], "allow_direct": direct})),
            stream("MIRROR", &json!({"mirror": {"name": "ORIGIN"}, "description": description})),
        ]);
        project.apply(place, &[]).await;
        project.at_rest(place, description).await;
        let mirror = place.config(&["MIRROR"]).await.expect("the mirror");
        assert_eq!(mirror["description"], description, "{}", place.name);
    }
}

#[tokio::test]
async fn a_local_mirror_takes_its_origins_word() {
    for version in MODELS {
        local_mirror(&Place::model(version)).await;
    }
    for (version, _) in servers() {
        local_mirror(&Place::alone(version).await).await;
    }
}

/// A declared consumer that names no limits has those of its stream, also when they are others.
async fn limits(place: &Place) {
    let project = Project::new();
    let of = |pending: i64, hours: i64| json!({"consumer_limits": {"max_ack_pending": pending, "inactive_threshold": hours * 3600 * SECOND}});
    let mut specs = vec![of(50, 1), of(60, 2)];
    // Before 2.14 a server takes limits away only where no consumer is above zero.
    specs.extend((place.minor >= 14).then(|| json!({})));
    for spec in specs {
        let reads = json!({"ack_policy": "explicit"});
        project.declare(&[stream("PARENT", &spec), consumer("PARENT", "reader", &reads)]);
        project.apply(place, &[]).await;
        project.at_rest(place, &spec.to_string()).await;
        let again = place.create(&["PARENT", "reader"], &reads).await;
        assert!(again.get("error").is_none(), "{} {spec}: its own application: {again}", place.name);
    }
}

#[tokio::test]
async fn a_consumers_limits_follow_its_streams() {
    for version in MODELS {
        limits(&Place::model(version)).await;
    }
    for (version, _) in servers() {
        limits(&Place::alone(version).await).await;
    }
}
