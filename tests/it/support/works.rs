//! That the support itself works: a broken recorder would make every test on top of it green.

use super::{NatsCluster, NatsServer, RawClient, Traffic, servers};
use serde_json::{Value, json};

#[tokio::test]
async fn a_restart_keeps_store_and_address() {
    for (version, _) in servers() {
        let mut server = NatsServer::start(version);
        let url = server.url().to_owned();
        let client = RawClient::connect(&url).await;
        client.ok("STREAM.CREATE.A", json!({"name": "A"})).await;
        client.publish("A", 3).await;
        server.restart();
        assert_eq!(server.url(), url);
        let client = RawClient::connect(&url).await;
        assert_eq!(client.messages("A").await, 3, "{version}");
        assert!(server.monitor("/varz").is_some_and(|v| v["version"].as_str().is_some_and(|v| v.starts_with(version))));
    }
}

#[tokio::test]
async fn the_recorder_hears_everything_and_keys_work() {
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let traffic = Traffic::record(server.url()).await;
        let client = RawClient::connect(server.url()).await;
        client
            .ok("STREAM.CREATE.KV_b", json!({"name": "KV_b", "subjects": ["$KV.b.>"], "allow_rollup_hdrs": true}))
            .await;
        let revision = client.kv_put("b", "k", b"\x00v\xff").await;
        assert_eq!(client.kv_get("b", "k").await, Some((b"\x00v\xff".to_vec(), revision)));
        client.kv_del("b", "k").await;
        assert_eq!(client.kv_get("b", "k").await, None);
        assert_eq!(
            traffic.api_requests().await,
            ["STREAM.CREATE.KV_b", "STREAM.MSG.GET.KV_b", "STREAM.MSG.GET.KV_b"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_cluster_is_ready_and_survives_a_node() {
    let Some((version, _)) = servers().pop() else { return };
    let mut cluster = NatsCluster::start(version, 3);
    let client = RawClient::connect(cluster.url(0)).await;
    let made = client.ok("STREAM.CREATE.A", json!({"name": "A", "num_replicas": 3})).await;
    assert_eq!(made["cluster"]["replicas"].as_array().map(Vec::len), Some(2));
    let leader = cluster.meta_leader().expect("a leader");
    cluster.kill9(leader);
    cluster.restart(leader);
    let client = RawClient::connect(cluster.url(leader)).await;
    assert!(client.api("STREAM.NAMES", Value::Null).await["streams"][0] == "A");
}
