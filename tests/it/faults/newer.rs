//! A server that is newer than natsform: fields that it does not know go back as they came.

use crate::{
    model::ModelServer,
    support::bench::{ACCOUNT, Bench, Nobody, settings},
};
use async_trait::async_trait;
use natsform::{
    diag::Report,
    engine::{Adopt, PlanOptions, Run},
    model::{Exit, Failure},
    ports::{Layer, Nats, Ports, Reply},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// Written as Go may write it, and as no double could say it.
const UNKNOWN: &str = r#""future_limit":1.50e+21,"future_rules":[{"b":10000000000000000000001,"a":0.10}],"#;

/// The model, as if every configuration had fields that natsform has never heard of.
struct Newer {
    model: Arc<ModelServer>,
    updates: Mutex<Vec<String>>,
}

#[async_trait]
impl Layer for Newer {
    fn below(&self) -> &dyn Nats {
        self.model.as_ref()
    }

    async fn pass(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        let text = String::from_utf8_lossy(body).into_owned();
        if subject.starts_with("$JS.API.") && (subject.contains(".UPDATE.") || text.contains(r#""action":"update""#)) {
            self.updates.lock().expect("the list").push(text.clone());
        }
        let known = without(&text);
        let reply = self.model.request(subject, headers, known.as_bytes(), wait).await?;
        let text = String::from_utf8(reply.body).expect("JSON");
        let body = text.replace(r#""config":{"#, &format!(r#""config":{{{UNKNOWN}"#)).into_bytes();
        Ok(Reply { body, ..reply })
    }
}

/// A request in the words of the server that the model is.
fn without(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(text) else { return text.to_owned() };
    for at in ["", "/config"] {
        if let Some(map) = value.pointer_mut(at).and_then(|v| v.as_object_mut()) {
            map.retain(|k, _| !k.starts_with("future_"));
        }
    }
    value.to_string()
}

#[tokio::test]
async fn unknown_fields_go_back_digit_for_digit() {
    let bench = Bench::new((2, 15, 1));
    bench.model.ok("STREAM.CREATE.A", json!({"name": "A", "subjects": ["a.>"]}));
    let consumer = json!({"stream_name": "A", "config": {"durable_name": "c", "ack_policy": "explicit"}});
    bench.model.ok("CONSUMER.CREATE.A.c", consumer);
    let newer = Arc::new(Newer { model: bench.model.clone(), updates: Mutex::default() });
    let text = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>], max_msgs: 5, consumers: {c: {ack_policy: explicit, max_deliver: 4}}}\n";
    let own = bench.ports();
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), newer.clone() as Arc<dyn Nats>)]);
    let mut run = Run::over(bench.loaded(text), Ports::new(nats, own.clock.clone(), own.random.clone()));
    let options = PlanOptions { adopt: Adopt::Always, ..PlanOptions::default() };
    let planned = run.plan(&options, &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", crate::support::bench::told(&applied));
    let updates = newer.updates.lock().expect("the list").clone();
    assert_eq!(updates.len(), 2, "{updates:?}");
    for update in updates {
        assert!(update.contains(UNKNOWN.trim_end_matches(',')), "{update}");
    }
    let next = run.plan(&options, &mut Report::default()).await.expect("a plan");
    assert!(next.plan.changes().next().is_none(), "what is unknown is no change");
}
