//! A client that is not natsform's: what the tests arrange with and what they look with.

use async_nats::RequestErrorKind;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Longer than any answer takes on a busy machine, shorter than a test's patience.
const WAIT: Duration = Duration::from_secs(15);

/// A connection that panics where anything does not work: in a test that is an error of the test.
#[derive(Clone)]
pub struct RawClient {
    pub nats: async_nats::Client,
}

impl RawClient {
    /// Connects without credentials.
    pub async fn connect(url: &str) -> Self {
        Self::with(url, async_nats::ConnectOptions::new()).await
    }

    /// Connects as a user.
    pub async fn connect_as(url: &str, user: &str, password: &str) -> Self {
        Self::with(url, async_nats::ConnectOptions::with_user_and_password(user.into(), password.into())).await
    }

    async fn with(url: &str, options: async_nats::ConnectOptions) -> Self {
        let nats = options
            .request_timeout(Some(WAIT))
            .connect(url.split(',').collect::<Vec<_>>())
            .await
            .unwrap_or_else(|e| panic!("cannot connect to {url}: {e}"));
        Self { nats }
    }

    /// `$JS.API.<op>` with this body (`Value::Null`: none) and its whole answer, errors included.
    pub async fn api(&self, op: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.api_bytes(op, body.as_bytes()).await
    }

    /// The same with a body that need not be JSON.
    pub async fn api_bytes(&self, op: &str, body: &[u8]) -> Value {
        // a read sent while a leader moves is never answered: it is asked again; a write never is
        let reads = [".INFO", ".LIST", ".NAMES"].iter().any(|read| format!(".{op}").contains(read));
        let mut left = if reads { 3 } else { 1 };
        let answer = loop {
            left -= 1;
            match self.nats.request(format!("$JS.API.{op}"), body.to_vec().into()).await {
                Ok(answer) => break answer,
                Err(e) => assert!(left > 0, "$JS.API.{op}: {e}"),
            }
        };
        serde_json::from_slice(&answer.payload).unwrap_or_else(|e| panic!("$JS.API.{op}: {e}: {:?}", answer.payload))
    }

    /// As [`Self::api`], but an error in the answer is an error of the test.
    pub async fn ok(&self, op: &str, body: Value) -> Value {
        let answer = self.api(op, body).await;
        assert!(answer.get("error").is_none(), "$JS.API.{op}: {answer}");
        answer
    }

    /// The configuration of a stream as the server has it; `None` where there is no such stream.
    pub async fn stream_config(&self, name: &str) -> Option<Value> {
        self.api(&format!("STREAM.INFO.{name}"), Value::Null).await.get("config").cloned()
    }

    /// The configuration of a consumer; `None` where there is none.
    pub async fn consumer_config(&self, stream: &str, name: &str) -> Option<Value> {
        self.api(&format!("CONSUMER.INFO.{stream}.{name}"), Value::Null).await.get("config").cloned()
    }

    /// How many messages a stream holds.
    pub async fn messages(&self, stream: &str) -> u64 {
        let info = self.ok(&format!("STREAM.INFO.{stream}"), Value::Null).await;
        info["state"]["messages"].as_u64().expect("a number of messages")
    }

    /// Subject and body of everything that a stream holds.
    pub async fn stored(&self, stream: &str) -> Vec<(String, String)> {
        let state = self.ok(&format!("STREAM.INFO.{stream}"), Value::Null).await["state"].clone();
        let seq = |name: &str| state[name].as_u64().expect("a sequence");
        let mut out = Vec::new();
        for seq in seq("first_seq")..=seq("last_seq") {
            let got = self.ok(&format!("STREAM.MSG.GET.{stream}"), json!({"seq": seq})).await;
            let text = |name: &str| got["message"][name].as_str().unwrap_or_default().to_owned();
            let body = String::from_utf8(base64(&text("data"))).expect("UTF-8");
            out.push((text("subject"), body));
        }
        out
    }

    /// Publishes `n` messages on a subject, each acknowledged by its stream.
    pub async fn publish(&self, subject: &str, n: u64) {
        for i in 0..n {
            self.publish_bytes(subject, format!("message {i}").as_bytes()).await;
        }
    }

    /// Publishes one message and returns its acknowledgement, which must not be an error.
    pub async fn publish_bytes(&self, subject: &str, body: &[u8]) -> Value {
        let begin = Instant::now();
        let answer = loop {
            match self.nats.request(subject.to_owned(), body.to_vec().into()).await {
                Ok(answer) => break answer,
                // in a cluster the interest of a new stream takes a moment to be known at every node
                Err(e) if e.kind() == RequestErrorKind::NoResponders && begin.elapsed() < Duration::from_secs(10) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(e) => panic!("publish on {subject}: {e}"),
            }
        };
        let ack: Value = serde_json::from_slice(&answer.payload).expect("an acknowledgement");
        assert!(ack.get("error").is_none(), "publish on {subject}: {ack}");
        ack
    }

    /// The value and revision of a key.
    pub async fn kv_get(&self, bucket: &str, key: &str) -> Option<(Vec<u8>, u64)> {
        let got = self
            .api(&format!("STREAM.MSG.GET.KV_{bucket}"), json!({"last_by_subj": format!("$KV.{bucket}.{key}")}))
            .await;
        let message = got.get("message")?;
        let header = message["hdrs"].as_str().map(base64).unwrap_or_default();
        if String::from_utf8_lossy(&header).contains("KV-Operation") {
            return None;
        }
        Some((message["data"].as_str().map(base64).unwrap_or_default(), message["seq"].as_u64()?))
    }

    /// Writes a key and returns its revision.
    pub async fn kv_put(&self, bucket: &str, key: &str, value: &[u8]) -> u64 {
        let ack = self.publish_bytes(&format!("$KV.{bucket}.{key}"), value).await;
        ack["seq"].as_u64().expect("a revision")
    }

    /// Deletes a key as every client does: with a marker.
    pub async fn kv_del(&self, bucket: &str, key: &str) {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("KV-Operation", "DEL");
        let answer = self
            .nats
            .request_with_headers(format!("$KV.{bucket}.{key}"), headers, Vec::new().into())
            .await
            .unwrap_or_else(|e| panic!("delete of {key} in {bucket}: {e}"));
        assert!(!String::from_utf8_lossy(&answer.payload).contains("\"error\""), "{:?}", answer.payload);
    }
}

/// What the server's JSON carries bytes in. The alphabet is the standard one, with padding.
fn base64(text: &str) -> Vec<u8> {
    let value =
        |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|x| *x == c);
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for six in text.bytes().filter_map(value) {
        bits = bits << 6 | six as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// Everything that is published in an account, from [`Traffic::record`] on: how a test proves that only reads were
/// sent.
pub struct Traffic {
    client: RawClient,
    subjects: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Traffic {
    /// Begins to listen; what is sent after this returns is recorded.
    pub async fn record(url: &str) -> Self {
        Self::of(RawClient::connect(url).await).await
    }

    /// The same on a connection of the account to listen to.
    pub async fn of(client: RawClient) -> Self {
        let mut all = client.nats.subscribe(">").await.expect("a subscription to everything");
        client.nats.flush().await.expect("a flush");
        let subjects = Arc::new(Mutex::new(Vec::new()));
        let seen = subjects.clone();
        let task = tokio::spawn(async move {
            while let Some(message) = all.next().await {
                seen.lock().expect("the list").push(message.subject.to_string());
            }
        });
        Self { client, subjects, task }
    }

    /// What was sent so far, inboxes left out. A message of our own, sent now, closes the list: when it has come back,
    /// so has everything before it.
    pub async fn subjects(&self) -> Vec<String> {
        let mark = self.client.nats.new_inbox();
        self.client.nats.publish(mark.clone(), Vec::new().into()).await.expect("a mark");
        self.client.nats.flush().await.expect("a flush");
        let until = tokio::time::Instant::now() + WAIT;
        while !self.subjects.lock().expect("the list").contains(&mark) {
            assert!(tokio::time::Instant::now() < until, "the mark did not come back");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let all = self.subjects.lock().expect("the list").clone();
        all.into_iter().filter(|s| !s.starts_with("_INBOX.")).collect()
    }

    /// The requests to JetStream's API so far, without the prefix: `STREAM.INFO.ORDERS`.
    pub async fn api_requests(&self) -> Vec<String> {
        let all = self.subjects().await;
        all.iter().filter_map(|s| s.strip_prefix("$JS.API.")).map(str::to_owned).collect()
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.task.abort();
    }
}
