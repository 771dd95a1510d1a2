//! The model against real servers: the same requests, and the same answers. Where they differ the model is wrong.

use super::{
    cases,
    server::{ModelServer, strip},
};
use crate::support::{NatsServer, RawClient, servers};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// How long a server may take to be ready for a create, and to answer on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nobody answers where the model says that nobody does.
const SILENCE: Duration = Duration::from_secs(3);

/// What of an answer must be the same: the outcome and the whole configuration, or the numbers of the error.
fn essence(answer: &Value) -> Value {
    if answer.is_null() {
        return Value::Null;
    }
    if let Some(error) = answer.get("error") {
        return json!({"code": error["code"], "err_code": error["err_code"], "type": answer["type"]});
    }
    let mut out = Map::new();
    for key in [
        "type",
        "config",
        "did_create",
        "success",
        "total",
        "limit",
        "offset",
        "streams",
        "consumers",
        "missing",
        "name",
        "stream_name",
        "num_pending",
        "delivered",
        "ack_floor",
        "num_ack_pending",
        "paused",
        "pause_until",
        "stream",
        "seq",
    ] {
        let Some(value) = answer.get(key) else { continue };
        let value = match (key, value) {
            ("config", config) => strip(config.clone()),
            ("streams" | "consumers", Value::Array(list)) => {
                list.iter().map(|v| if v.is_object() { essence(v) } else { v.clone() }).collect()
            }
            // last_active is a time, which no two servers share.
            ("delivered" | "ack_floor", at) => json!([at["consumer_seq"], at["stream_seq"]]),
            (_, other) => other.clone(),
        };
        out.insert(key.into(), value);
    }
    if let Some(state) = answer.get("state") {
        for key in
            ["messages", "bytes", "first_seq", "last_seq", "num_subjects", "subjects", "num_deleted", "consumer_count"]
        {
            out.insert(format!("state.{key}"), state.get(key).cloned().unwrap_or_default());
        }
    }
    Value::Object(out)
}

/// Keeps the order of keys too: what is written back must come back as it came.
fn text(value: &Value) -> String {
    value.to_string()
}

/// The server's answer, with more patience where the model has one.
///
/// A server answers a DELETE before its files are gone, and cleans up after it: a CREATE at that time can be refused
/// (500, 10049) by the same server that takes it a moment later. So a create that is refused so, and only by the server,
/// is sent until it is taken; a server that goes on refusing it differs.
async fn answer(real: &RawClient, op: &str, body: &str, ours: &Value) -> Value {
    let refused = |v: &Value| v["error"]["err_code"] == 10049;
    let until = Instant::now() + PATIENCE;
    loop {
        let theirs = ask(real, op, body, if ours.is_null() { SILENCE } else { PATIENCE }).await;
        let early = op.starts_with("STREAM.CREATE.") && refused(&theirs) && !refused(ours);
        if !early || Instant::now() > until {
            return theirs;
        }
        eprintln!("not ready: {op}: {}", theirs["error"]);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Null where nobody answers: that too must be the same.
async fn ask(real: &RawClient, op: &str, body: &str, wait: Duration) -> Value {
    let request = async_nats::Request::new().payload(body.to_owned().into()).timeout(Some(wait));
    let answer = real.nats.send_request(format!("$JS.API.{op}"), request).await;
    if let Err(e) = &answer {
        eprintln!("no answer: {op} {body:.200}: {e}");
    }
    answer.ok().and_then(|m| serde_json::from_slice(&m.payload).ok()).unwrap_or_default()
}

async fn compare(version: &str, model: &ModelServer, real: &RawClient, cases: &[cases::Case]) -> Vec<String> {
    let mut differ = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        let (theirs, ours) = match case {
            cases::Case::Api(op, body) => {
                let ours = model.api_bytes(op, body.as_bytes());
                (answer(real, op, body, &ours).await, ours)
            }
            cases::Case::Publish(subject, n) => {
                let (mut theirs, mut ours) = (Value::Null, Value::Null);
                for _ in 0..*n {
                    let answer = real.nats.request(subject.clone(), "0123456789".into()).await;
                    theirs = answer.ok().and_then(|m| serde_json::from_slice(&m.payload).ok()).unwrap_or_default();
                    ours = model.put(subject, b"0123456789");
                }
                (theirs, ours)
            }
        };
        let (theirs, ours) = (essence(&theirs), essence(&ours));
        if text(&theirs) != text(&ours) {
            differ.push(format!("{version} #{n} {case:?}\n  server {theirs}\n  model  {ours}"));
        }
    }
    differ
}

#[tokio::test]
async fn the_model_answers_as_the_servers_do() {
    let mut differ = Vec::new();
    let mut requests = 0;
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let real = RawClient::connect(server.url()).await;
        let exact = server.monitor("/varz").expect("varz")["version"].as_str().expect("a version").to_owned();
        let numbers: Vec<u32> = exact.split('.').filter_map(|n| n.parse().ok()).collect();
        let model = ModelServer::new((numbers[0], numbers[1], numbers[2]), false);
        let cases = cases::all(numbers[1]);
        requests += cases.len();
        differ.extend(compare(&exact, &model, &real, &cases).await);
    }
    eprintln!("{requests} requests compared, {} differ", differ.len());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
