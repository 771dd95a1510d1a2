//! One of three nodes is down: what it holds is unknown, never absent, and everything else goes on.

use crate::support::{Finished, NatsCluster, Program, RawClient};
use serde_json::{Value, json};

fn document(name: &str, more: &str) -> String {
    format!(
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{subjects: [{name}.>], {more}}}\n"
    )
}

/// A stream on one node: declared with a tag that only this node has.
fn alone(name: &str, node: usize, more: &str) -> String {
    document(name, &format!("num_replicas: 1, placement: {{tags: ['node:n{}']}}{more}", node + 1))
}

/// A deep run: how long three servers on a busy machine take to know each other's tags and to elect leaders after a death
/// is theirs to say, and a test of every day must not depend on it.
#[tokio::test]
#[ignore = "deep run: cargo test --test it -- --ignored"]
async fn a_dead_nodes_streams_are_unknown_and_the_rest_is_applied() {
    let mut cluster = NatsCluster::start("2.12", 3);
    let leader = cluster.meta_leader().expect("a leader");
    let (dead, living) = ((leader + 1) % 3, (leader + 2) % 3);
    let program = Program::at(cluster.url(leader));
    let client = RawClient::connect(cluster.url(leader)).await;
    program.manifest(
        &[alone("LOST", dead, ""), alone("HERE", living, ""), document("ALL", "num_replicas: 3")].join("---\n"),
    );
    program.must(0, &["apply", "--yes"]);
    client.publish("LOST.a", 7).await;
    cluster.kill9(dead);
    wait_until_missing(&client, "LOST").await;

    let more = ", max_msgs: 99";
    let here =
        [alone("HERE", living, more), document("ALL", "num_replicas: 3, max_msgs: 99"), alone("NEW", living, "")];
    program.manifest(&[&here[..], &[alone("LOST", dead, more)]].concat().join("---\n"));
    let planned = program.run(&["plan"]);
    assert_eq!(planned.code, Some(7), "{}", planned.told());
    assert!(planned.stdout.contains("? stream/LOST"), "{}", planned.told());
    let applied = once_remembered(&program);
    assert_eq!(applied.code, Some(7), "{}", applied.told());
    for (name, wanted) in [("HERE", json!(99)), ("ALL", json!(99)), ("NEW", json!(-1))] {
        assert_eq!(client.stream_config(name).await.expect(name)["max_msgs"], wanted, "{name}: {}", applied.told());
    }

    // Out of the manifests it is still unknown, and unknown is never deleted: nor is anything else that left them.
    program.manifest(&here[1..].join("---\n"));
    let pruned = once_remembered(&program);
    assert_eq!(pruned.code, Some(7), "{}", pruned.told());
    assert!(client.stream_config("HERE").await.is_some(), "nothing is pruned after an incomplete read");

    cluster.restart(dead);
    let client = RawClient::connect(cluster.url(leader)).await;
    assert_eq!(client.messages("LOST").await, 7);
}

/// An apply, again while the inventory's bucket has no leader after the death of a node: until it has one every write is
/// refused, because nobody knows what is whose.
fn once_remembered(program: &Program) -> Finished {
    for _ in 0..20 {
        let applied = program.run(&["apply", "--yes", "--prune", "delete"]);
        if applied.code != Some(3) || !applied.told().contains("the inventory cannot be read") {
            return applied;
        }
    }
    panic!("the bucket has no leader");
}

/// The listing says `missing` once the leader's question to the dead node has run out of time.
async fn wait_until_missing(client: &RawClient, stream: &str) {
    for _ in 0..10 {
        let list = client.api("STREAM.LIST", Value::Null).await;
        if list["missing"].as_array().is_some_and(|m| m.iter().any(|name| name == stream)) {
            return;
        }
    }
    panic!("{stream} is not missing");
}
