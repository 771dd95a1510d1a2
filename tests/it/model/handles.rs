//! That the handles do what their names say: a fault that never strikes would make every test on top of it green.

use super::{ModelServer, When};
use natsform::{
    model::Failure,
    ports::{Nats, Reply},
};
use serde_json::{Value, json};
use std::time::Duration;

async fn send(model: &ModelServer, op: &str, body: Value) -> Result<Value, Failure> {
    let reply: Reply =
        model.request(&format!("$JS.API.{op}"), &[], body.to_string().as_bytes(), Duration::ZERO).await?;
    Ok(serde_json::from_slice(&reply.body).expect("JSON"))
}

#[tokio::test]
async fn writes_break_before_and_after() {
    let model = ModelServer::new((2, 12, 8), false);
    model.break_write(2, When::Before);
    assert!(send(&model, "STREAM.CREATE.A", json!({"name": "A"})).await.is_ok());
    assert!(send(&model, "STREAM.LIST", json!({})).await.is_ok());
    assert!(matches!(send(&model, "STREAM.CREATE.B", json!({"name": "B"})).await, Err(Failure::Unknown { .. })));
    assert!(!model.streams().contains_key("B"));
    model.die_at_write(1, When::After);
    assert!(matches!(send(&model, "STREAM.CREATE.B", json!({"name": "B"})).await, Err(Failure::Unknown { .. })));
    assert!(model.streams().contains_key("B"));
    assert!(matches!(send(&model, "STREAM.LIST", json!({})).await, Err(Failure::NotSent { .. })));
    model.revive();
    assert!(send(&model, "STREAM.LIST", json!({})).await.is_ok());
    assert_eq!(model.write_log().len(), 3);
    assert_eq!(model.log().len(), 5);
}

#[tokio::test]
async fn denials_intrusions_and_silence() {
    let model = ModelServer::new((2, 15, 1), true);
    model.ok("STREAM.CREATE.A", json!({"name": "A", "num_replicas": 3}));
    model.deny("$JS.API.STREAM.DELETE.*");
    assert!(matches!(send(&model, "STREAM.DELETE.A", json!({})).await, Err(Failure::Denied { .. })));
    model.revive();
    model.intrude("$JS.API.STREAM.INFO.A", 2, "STREAM.CREATE.B", json!({"name": "B"}));
    for there in [false, true] {
        send(&model, "STREAM.INFO.A", json!({})).await.expect("an answer");
        assert_eq!(model.streams().contains_key("B"), there);
    }
    model.offline("A", true);
    let list = send(&model, "STREAM.LIST", json!({})).await.expect("a list");
    assert_eq!((&list["total"], &list["missing"]), (&json!(2), &json!(["A"])));
    assert!(matches!(send(&model, "STREAM.INFO.A", json!({})).await, Err(Failure::Unknown { .. })));
    let created = send(&model, "STREAM.CREATE.A", json!({"name": "A"})).await.expect("an answer");
    assert_eq!(created["error"]["err_code"], 10058);
}

#[tokio::test]
async fn keys_are_compared_and_set() {
    let model = ModelServer::new((2, 10, 26), false);
    model.ok(
        "STREAM.CREATE.KV_b",
        json!({"name": "KV_b", "subjects": ["$KV.b.>"], "max_msgs_per_subject": 1, "allow_rollup_hdrs": true}),
    );
    let put = async |revision: &str| -> Value {
        let headers = [("Nats-Expected-Last-Subject-Sequence".to_owned(), revision.to_owned())];
        let reply = model.request("$KV.b.k", &headers, b"v", Duration::ZERO).await.expect("an acknowledgement");
        serde_json::from_slice(&reply.body).expect("JSON")
    };
    assert_eq!(put("0").await, json!({"stream": "KV_b", "seq": 1}));
    assert_eq!(put("0").await["error"]["err_code"], 10071);
    assert_eq!(put("1").await["seq"], 2);
    let got = send(&model, "STREAM.MSG.GET.KV_b", json!({"last_by_subj": "$KV.b.k"})).await.expect("an answer");
    assert_eq!((&got["message"]["data"], &got["message"]["seq"]), (&json!("dg=="), &json!(2)));
    let nobody = model.request("$KV.none.k", &[], b"v", Duration::ZERO).await;
    assert!(matches!(nobody, Err(Failure::Refused { code, .. }) if code == "503"));
}

#[tokio::test]
async fn clock_and_acknowledgements() {
    let model = ModelServer::new((2, 15, 1), false);
    model.ok("STREAM.CREATE.I", json!({"name": "I", "subjects": ["i.>"], "retention": "interest"}));
    model.ok(
        "CONSUMER.CREATE.I.c",
        json!({"stream_name": "I", "config": {"durable_name": "c", "ack_policy": "explicit"}}),
    );
    model.publish("i.a", 5);
    model.deliver("I", "c", 3);
    model.ack("I", "c", 2);
    let info = model.ok("CONSUMER.INFO.I.c", Value::Null);
    assert_eq!(
        (&info["num_pending"], &info["num_ack_pending"], &info["ack_floor"]["stream_seq"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert_eq!(model.messages("I"), 3);
    model.ok("STREAM.CREATE.T", json!({"name": "T", "max_age": 60_000_000_000_u64}));
    model.publish("T", 5);
    model.advance(Duration::from_secs(61));
    assert_eq!(model.ok("STREAM.INFO.T", Value::Null)["state"]["messages"], 0);
}
