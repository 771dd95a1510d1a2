//! Big accounts are read whole.

use crate::support::{NatsServer, Program, Proxy, RawClient};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

const STREAMS: usize = 2_600;
const CONSUMERS: usize = 700;

/// Sends all of them, 64 at a time.
async fn all(client: &RawClient, requests: impl Iterator<Item = (String, Value)>) {
    let sent = requests.map(|(operation, body)| async move { client.ok(&operation, body).await });
    stream::iter(sent).buffer_unordered(64).for_each(|_| std::future::ready(())).await;
}

#[tokio::test]
async fn thousands_of_streams_and_hundreds_of_consumers_are_read_whole() {
    let server = NatsServer::start("2.15");
    let client = RawClient::connect(server.url()).await;
    let stream = |i| {
        (
            format!("STREAM.CREATE.S{i}"),
            json!({"name": format!("S{i}"), "subjects": [format!("s.{i}")], "storage": "memory"}),
        )
    };
    all(&client, (0..STREAMS).map(stream)).await;
    let consumer = |i| {
        let config = json!({"durable_name": format!("c{i}"), "ack_policy": "explicit"});
        (format!("CONSUMER.CREATE.S7.c{i}"), json!({"stream_name": "S7", "config": config}))
    };
    all(&client, (0..CONSUMERS).map(consumer)).await;
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    let last = STREAMS - 1;
    program.manifest(&format!(
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: S{last}}}\nspec: {{subjects: [s.{last}]}}\n---\n\
         apiVersion: natsform/v1\nkind: Consumer\nmetadata: {{name: c699}}\nspec: {{stream: S7, ack_policy: explicit}}\n"
    ));
    let drift = program.run(&["drift", "--format", "json"]).json();
    let unowned = drift["unowned"].as_array().map_or(0, Vec::len);
    assert_eq!(unowned, STREAMS + CONSUMERS, "{}", &drift.to_string()[..500]);
    let plan = program.run(&["plan", "--format", "json"]).json();
    let actions: Vec<&Value> = plan["changes"].as_array().into_iter().flatten().map(|s| &s["action"]).collect();
    assert_eq!(actions.iter().filter(|a| **a == "adopt").count(), 2, "{actions:?}");
    assert!(proxy.most_open() <= 256, "{}", proxy.most_open());
}
