//! The program dies, is interrupted or meets another one in the middle of an apply, on a real server.

use crate::support::{At, NatsServer, Program, Proxy, RawClient};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BEFORE: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: CHANGES}
spec: {subjects: [changes.>], max_age: 2d, metadata: {z: a}, consumers: {worker: {ack_policy: explicit}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: MOVES}
spec: {subjects: [moves.>], storage: file}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: GOES}
spec: {subjects: [goes.>]}
";

/// Ten objects: four creates, two consumers in them, two updates, a replace, an adoption; and a delete.
const AFTER: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: CHANGES}
spec: {subjects: [changes.>], metadata: {z: b, a: c}, consumers: {worker: {ack_policy: explicit, ack_wait: 45s}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: MOVES}
spec: {subjects: [moves.>], storage: memory}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: ADOPTED}
spec: {subjects: [adopted.>]}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW1}
spec: {subjects: [new1.>], metadata: {y: z, b: a}, consumers: {one: {ack_policy: explicit, metadata: {y: z, b: a}}, two: {}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW2}
spec: {subjects: [new2.>], storage: memory}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: NEW3}
spec: {subjects: [new3.>], storage: memory}
";

/// A server in the state before, a proxy in front of it, and a project that knows only the proxy.
pub struct Stage {
    pub server: NatsServer,
    pub proxy: Proxy,
    pub program: Program,
    pub client: RawClient,
    arguments: Vec<String>,
}

impl Stage {
    pub async fn set(version: &str) -> Self {
        let server = NatsServer::start(version);
        let proxy = Proxy::to(server.url());
        let program = Program::at(proxy.url());
        let client = RawClient::connect(server.url()).await;
        let mut me = Self { server, proxy, program, client, arguments: Vec::new() };
        me.reset().await;
        me
    }

    /// Back to the state before, on the same server.
    pub async fn reset(&mut self) {
        let names = self.client.ok("STREAM.NAMES", Value::Null).await["streams"].clone();
        for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.client.ok(&format!("STREAM.DELETE.{name}"), Value::Null).await;
        }
        self.program.manifest(BEFORE);
        self.program.must(0, &["apply", "--yes"]);
        self.client.ok("STREAM.CREATE.ADOPTED", json!({"name": "ADOPTED", "subjects": ["adopted.>"]})).await;
        let mut config = self.client.stream_config("MOVES").await.expect("a stream");
        config["description"] = json!("by hand");
        self.client.ok("STREAM.UPDATE.MOVES", config).await;
        self.client.publish("moves.a", 2).await;
        self.client.publish("goes.a", 2).await;
        self.program.manifest(AFTER);
        let tokens = self.program.run(&["plan", "--prune", "delete"]).tokens();
        assert_eq!(tokens.len(), 2, "a replace and a delete: {tokens:?}");
        let fixed = ["apply", "--yes", "--prune", "delete"].map(String::from);
        self.arguments = fixed.into_iter().chain(tokens.into_iter().flat_map(|t| ["--ack".to_owned(), t])).collect();
        self.proxy.clear();
    }

    pub fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    /// All configurations but our own bucket's, without what the server adds.
    pub async fn end(&self) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        let streams = self.client.ok("STREAM.LIST", Value::Null).await;
        for stream in streams["streams"].as_array().into_iter().flatten() {
            let name = stream["config"]["name"].as_str().expect("a name").to_owned();
            if name == "KV_NATSFORM" {
                continue;
            }
            let consumers = self.client.ok(&format!("CONSUMER.LIST.{name}"), Value::Null).await;
            for consumer in consumers["consumers"].as_array().into_iter().flatten() {
                out.insert(format!("{name}/{}", consumer["name"]), bare(&consumer["config"]));
            }
            out.insert(name, bare(&stream["config"]));
        }
        out
    }
}

fn bare(config: &Value) -> Value {
    let mut config = config.clone();
    if let Some(metadata) = config["metadata"].as_object_mut() {
        metadata.retain(|k, _| !k.starts_with("_nats."));
    }
    config
}

/// Kills at every `step`-th write, held before it reaches the server or before its answer comes back.
async fn dies_at_writes(version: &str, step: usize) {
    let mut stage = Stage::set(version).await;
    stage.program.must(0, &stage.arguments());
    let (wanted, writes) = (stage.end().await, stage.proxy.writes().len());
    assert!(writes > 12, "{writes}");
    for (nth, at) in (1..=writes).step_by(step).map(|nth| (nth, if nth % 2 == 0 { At::Before } else { At::After })) {
        let case = format!("{version}, write {nth} of {writes}, {at:?}");
        stage.reset().await;
        stage.proxy.hold(nth, at);
        let running = stage.program.start(&stage.arguments());
        assert!(stage.proxy.wait_held(|| false), "{case}");
        running.kill9();
        stage.proxy.abandon();
        // The lock of a dead process of this machine is taken over at once: no waiting here.
        let again = stage.program.run(&stage.arguments());
        assert_eq!(again.code, Some(0), "{case}: {}", again.told());
        assert_eq!(stage.end().await, wanted, "{case}: {}", again.told());
        let next = stage.program.must(0, &["plan", "--prune", "delete", "--detailed-exitcode"]);
        assert!(next.stdout.contains("No changes"), "{case}: {}", next.told());
        // What the dead run made is ours: all of it would go.
        let all = stage.program.run(&["destroy", "--yes", "--format", "json"]).json();
        let doomed = all["steps"].as_array().map_or(0, Vec::len);
        assert_eq!(doomed, 6, "{case}: {all}");
    }
}

#[tokio::test]
async fn killed_at_some_writes_on_2_10() {
    dies_at_writes("2.10", 3).await;
}

#[tokio::test]
async fn killed_at_each_write_on_2_15() {
    dies_at_writes("2.15", 1).await;
}

#[tokio::test]
async fn of_two_applies_at_once_one_works_and_the_other_names_it() {
    let stage = Stage::set("2.15").await;
    // The fourth write is past the lock, the intents and the first of the writes proper.
    stage.proxy.hold(4, At::Before);
    let first = stage.program.start(&stage.arguments());
    assert!(stage.proxy.wait_held(|| false));
    let other = stage.program.also_at(stage.server.url());
    let second = other.must(5, &stage.arguments());
    assert!(
        second.stderr.contains(&format!("process {} on ", first.id()))
            || second.stdout.contains(&format!("process {} on ", first.id())),
        "{}",
        second.told()
    );
    let unlocked = other.must(0, &["unlock", "--yes"]);
    assert!(unlocked.stdout.contains(&format!("process {} on ", first.id())), "{}", unlocked.told());
    stage.proxy.release();
    assert_eq!(first.end().code, Some(0));
    stage.program.must(0, &["plan", "--prune", "delete", "--detailed-exitcode"]);
}

#[tokio::test]
async fn a_signal_lets_running_writes_finish() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let server = NatsServer::start("2.15");
        let proxy = Proxy::to(server.url());
        let program = Program::at(proxy.url());
        let stream = |i| {
            format!(
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: S{i}}}\nspec: {{subjects: [s{i}.>], storage: memory}}\n"
            )
        };
        program.manifest(&(0..60).map(stream).collect::<Vec<_>>().join("---\n"));
        // The bucket, the lock, the intents, and then the first stream.
        proxy.hold(4, At::Before);
        let running = program.start(&["apply", "--yes"]);
        assert!(proxy.wait_held(|| false));
        running.signal(signal);
        running.wait_for("stopping");
        proxy.release();
        let ended = running.end();
        assert_eq!(ended.code, Some(code), "{}", ended.told());
        assert!(ended.stdout.contains("not started"), "{}", ended.told());
        let client = RawClient::connect(server.url()).await;
        let live = client.ok("STREAM.NAMES", Value::Null).await["total"].as_u64().unwrap_or(0);
        assert!((2..=17).contains(&live), "the bucket, and at most what ran: {live}");
        // The lock was given back and what was done is remembered: the next run does just the rest.
        let next = program.must(0, &["apply", "--yes", "--format", "json"]).json();
        assert_eq!(next["steps"].as_array().map(Vec::len), Some(61 - live as usize), "{next}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_run_at_once() {
    let stage = Stage::set("2.15").await;
    stage.proxy.hold(4, At::Before);
    let running = stage.program.start(&stage.arguments());
    assert!(stage.proxy.wait_held(|| false));
    running.signal("INT");
    running.wait_for("stopping");
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.told());
}
