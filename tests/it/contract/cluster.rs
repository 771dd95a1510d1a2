//! What only several servers can show: replicas and places.

use super::{
    place::Place,
    project::{Project, consumer, step, stream, told},
};
use crate::support::servers;
use natsform::model::Verdict;
use serde_json::{Value, json};

/// Specs of one stream, one after the other; what they do not say has been reset.
fn walk() -> Vec<Value> {
    vec![
        json!({"num_replicas": 1, "placement": {"tags": ["node:n1"]}}),
        json!({"num_replicas": 1, "placement": {"tags": ["node:n2"]}}),
        json!({"num_replicas": 1, "placement": {"cluster": "test"}}),
        json!({"num_replicas": 1}),
        json!({"num_replicas": 3}),
        json!({}),
        json!({"num_replicas": 3}),
    ]
}

fn declare(project: &Project, spec: &Value, replicas: Option<u32>) {
    let mut spec = spec.clone();
    spec["subjects"] = json!(["r.>"]);
    let reader = replicas.map_or(json!({}), |n| json!({"num_replicas": n}));
    project.declare(&[stream("ORDERS", &spec), consumer("ORDERS", "reader", &reader)]);
}

async fn replicas_and_places(place: &Place) {
    let project = Project::new();
    for spec in walk() {
        declare(&project, &spec, None);
        project.apply(place, &[]).await;
        project.at_rest(place, &spec.to_string()).await;
        let live = place.config(&["ORDERS"]).await.expect("the stream");
        assert_eq!(live["num_replicas"], spec.get("num_replicas").cloned().unwrap_or(json!(1)), "{}", place.name);
        for (name, value) in spec["placement"].as_object().into_iter().flatten() {
            assert_eq!(&live["placement"][name], value, "{}", place.name);
        }
        assert_eq!(spec.get("placement").is_some(), live.get("placement").is_some(), "{}: {live}", place.name);
    }
    for replicas in [Some(1), Some(3), None] {
        declare(&project, &json!({"num_replicas": 3}), replicas);
        project.apply(place, &[]).await;
        project.at_rest(place, &format!("consumer {replicas:?}")).await;
        let live = place.config(&["ORDERS", "reader"]).await.expect("the consumer");
        assert_eq!(live["num_replicas"], json!(replicas.unwrap_or(0)), "{}", place.name);
    }
    move_and_scale(place, &project).await;
}

/// A move and a change of the number of replicas are two updates (10123): the plan says so, and sends nothing.
async fn move_and_scale(place: &Place, project: &Project) {
    declare(project, &json!({"num_replicas": 1, "placement": {"tags": ["node:n3"]}}), None);
    let planned = project.plan(place).await;
    let step = step(&planned, "stream/ORDERS");
    assert!(matches!(step.verdict, Verdict::Blocked { .. }), "{}: {}", place.name, told(step));
    let mut config = place.config(&["ORDERS"]).await.expect("the stream");
    (config["num_replicas"], config["placement"]) = (json!(1), json!({"tags": ["node:n3"]}));
    let answer = place.update(&["ORDERS"], &config).await;
    assert_eq!(answer["error"]["err_code"], 10123, "{}: {answer}", place.name);
    assert_eq!(project.try_apply(place, &[]).await.writes, 0, "{}", place.name);
}

async fn on_a_cluster_of(version: &str) {
    if servers().iter().any(|(there, _)| *there == version) {
        replicas_and_places(&Place::cluster(version).await).await;
    }
}

#[tokio::test]
async fn replicas_and_places_on_2_12() {
    on_a_cluster_of("2.12").await;
}

#[tokio::test]
async fn replicas_and_places_on_2_15() {
    on_a_cluster_of("2.15").await;
}
