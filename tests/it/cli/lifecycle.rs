//! A project from its first file to its last object.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn lifecycle_of_a_starter_project() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::on(&server);
    assert_snapshot!(bed.run("init"), @"");
    assert_snapshot!(bed.run("init"), @"");
    assert_snapshot!(bed.run("validate"), @"");
    assert_snapshot!(bed.run("plan"), @"");
    assert_snapshot!(bed.run("apply --yes"), @"");
    assert_snapshot!(bed.run("plan"), @"");
    assert_snapshot!(bed.run("apply --yes"), @"");
    assert_snapshot!(bed.run("drift"), @"");
    let mut config = raw.stream_config("ORDERS").await.expect("the starter's stream");
    config["max_age"] = json!(3_600_000_000_000_u64);
    raw.ok("STREAM.UPDATE.ORDERS", config).await;
    raw.ok("CONSUMER.DELETE.ORDERS.billing", json!(null)).await;
    raw.ok("STREAM.CREATE.STRAY", json!({"name": "STRAY", "subjects": ["stray"]})).await;
    assert_snapshot!(bed.run("drift"), @"");
    assert_snapshot!(bed.run("plan"), @"");
    assert_snapshot!(bed.run("apply --yes"), @"");
    assert_snapshot!(bed.run("destroy"), @"");
    assert_snapshot!(bed.run("destroy --yes"), @"");
    assert_snapshot!(bed.run("drift"), @"");
    assert_eq!(raw.stream_config("ORDERS").await, None);
    assert!(raw.stream_config("STRAY").await.is_some() && raw.stream_config("KV_NATSFORM").await.is_some());
}
