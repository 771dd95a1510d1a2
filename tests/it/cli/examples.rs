//! The examples of this repository on a real server: valid, planned, applied, planned empty.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::Value;

/// Everything that a user does with an example, as text and as JSON; gives the first plan.
async fn example(name: &str, objects: usize) -> String {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::on(&server);
    bed.copy(&format!("examples/{name}"));
    let valid = bed.run("validate --format json").exits(0).json();
    assert_eq!((&valid["valid"], &valid["objects"]), (&Value::Bool(true), &objects.into()));
    let plan = bed.run("plan -e local").exits(0);
    let json = bed.run("plan -e local --format json --detailed-exitcode").exits(2).json();
    assert_eq!(json["summary"]["create"], objects + 1, "{json}");
    let applied = bed.run("apply -e local --yes --format json").exits(0).json();
    let steps = applied["steps"].as_array().expect("steps");
    assert!(steps.len() == objects + 1 && steps.iter().all(|s| s["outcome"] == "done"), "{applied}");
    let again = bed.run("plan -e local --detailed-exitcode").exits(0);
    assert!(again.stdout.ends_with("\nNo changes.\n"), "{}", again.stdout);
    assert_eq!(bed.run("apply -e local --yes --format json").exits(0).json()["writes"], 0);
    let drift = bed.run("drift -e local --format json").exits(0).json();
    assert_eq!(drift["coverage"]["declared"], objects);
    let live = raw.ok("STREAM.NAMES", Value::Null).await;
    assert!(live["total"].as_u64().is_some_and(|n| n > 1), "{live}");
    plan.to_string()
}

#[tokio::test]
async fn examples_quickstart() {
    assert_snapshot!(example("quickstart", 3).await, @r#"
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/ORDERS                                                            manifests/orders.yaml:4
          description "everything that happens to an order"  subjects [orders.>]  storage file
          max_age 7d  max_bytes 1GiB  duplicate_window 2m
      + consumer/ORDERS/audit         ack_policy explicit  deliver_policy all   manifests/orders.yaml:18
      + consumer/ORDERS/billing                                                 manifests/orders.yaml:13
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Plan: 4 create
    --- exit 0
    "#);
}

#[tokio::test]
async fn examples_sysarmor() {
    assert_snapshot!(example("sysarmor", 9).await, @"");
}

#[tokio::test]
async fn examples_chat_platform() {
    assert_snapshot!(example("chat-platform", 9).await, @"");
}
