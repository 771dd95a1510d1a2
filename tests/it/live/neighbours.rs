//! An application that creates its own stream, bucket or consumer at start-up never notices natsform.

use crate::support::{NatsServer, Program, RawClient, servers};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Command};

/// What applications send at start-up: nats.go's `CreateStream`, `CreateOrUpdateConsumer`, `CreateKeyValue` and
/// nats-py's `add_stream`, word for word.
fn requests() -> Vec<(&'static str, Value)> {
    vec![
        (
            "STREAM.CREATE.EVENTS",
            json!({"name": "EVENTS", "subjects": ["events.>"], "retention": "limits", "max_consumers": 0, "max_msgs": 0,
                "max_bytes": 0, "discard": "old", "max_age": 0, "max_msgs_per_subject": 0, "storage": "memory",
                "num_replicas": 1, "allow_direct": false, "mirror_direct": false}),
        ),
        (
            "STREAM.CREATE.KV_conf",
            json!({"name": "KV_conf", "subjects": ["$KV.conf.>"], "retention": "limits", "max_consumers": 0,
                "max_msgs": -1, "max_bytes": -1, "discard": "new", "max_age": 0, "max_msgs_per_subject": 1,
                "max_msg_size": -1, "storage": "file", "num_replicas": 1, "duplicate_window": 120_000_000_000_u64,
                "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true, "mirror_direct": false}),
        ),
        (
            "STREAM.CREATE.pylike",
            json!({"name": "pylike", "subjects": ["pylike.>"], "max_consumers": null, "num_replicas": 1, "no_ack": false}),
        ),
        (
            "CONSUMER.CREATE.EVENTS.worker",
            json!({"stream_name": "EVENTS", "action": "", "config": {"durable_name": "worker", "name": "worker",
                "deliver_policy": "all", "ack_policy": "explicit", "replay_policy": "instant", "num_replicas": 0}}),
        ),
        (
            "CONSUMER.CREATE.EVENTS.worker",
            json!({"stream_name": "EVENTS", "action": "create", "config": {"durable_name": "worker", "name": "worker",
                "deliver_policy": "all", "ack_policy": "explicit", "replay_policy": "instant", "num_replicas": 0}}),
        ),
        (
            "CONSUMER.DURABLE.CREATE.EVENTS.old",
            json!({"stream_name": "EVENTS", "config": {"durable_name": "old", "deliver_policy": "new",
                "ack_policy": "explicit", "ack_wait": 30_000_000_000_u64, "max_deliver": 7, "replay_policy": "instant"}}),
        ),
        // Not what is there: refused, before and after with the same words.
        ("STREAM.CREATE.EVENTS", json!({"name": "EVENTS", "subjects": ["events.>", "more.>"], "storage": "memory"})),
    ]
}

/// Adopts everything.
const EQUAL: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: EVENTS}
spec: {subjects: [events.>], storage: memory, consumers: {worker: {ack_policy: explicit}, old: {deliver_policy: new, ack_policy: explicit}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: pylike}
spec: {subjects: [pylike.>]}
";

/// Declares more of it, at the values it has.
const MORE: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: EVENTS}
spec:
  subjects: [events.>]
  storage: memory
  max_msgs: -1
  num_replicas: 1
  discard: old
  duplicate_window: 2m
  consumers:
    worker: {ack_policy: explicit, ack_wait: 30s, max_ack_pending: 1000, replay_policy: instant}
    old: {deliver_policy: new, ack_policy: explicit, max_deliver: 7}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: pylike}
spec: {subjects: [pylike.>], retention: limits, storage: file, max_age: 0}
";

/// The answers without the time of day.
async fn answers(client: &RawClient) -> Vec<String> {
    let mut out = Vec::new();
    for (operation, body) in requests() {
        let mut answer = client.api(operation, body).await;
        answer.as_object_mut().expect("an object").shift_remove("ts");
        out.push(format!("{operation} {answer}"));
    }
    out
}

#[tokio::test]
async fn an_applications_own_create_answers_as_before() {
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let client = RawClient::connect(server.url()).await;
        answers(&client).await;
        let before = answers(&client).await;
        let program = Program::at(server.url());
        program.manifest(EQUAL);
        let adopted = program.must(0, &["apply", "--yes", "--format", "json"]).json();
        let actions: Vec<&Value> = adopted["steps"].as_array().expect("steps").iter().map(|s| &s["action"]).collect();
        assert!(actions.iter().all(|a| *a == "adopt" || *a == "create"), "{version}: {adopted}");
        assert_eq!(answers(&client).await, before, "{version}: after adoption");
        program.manifest(MORE);
        program.must(0, &["apply", "--yes"]);
        assert_eq!(answers(&client).await, before, "{version}: after an apply that changes no value");
        program.must(0, &["plan", "--detailed-exitcode"]);
        // Left alone by the manifests: still nothing for the application to notice.
        program.manifest(&EQUAL.replace("name: pylike", "name: other").replace("pylike.>", "other.>"));
        program.must(0, &["apply", "--yes"]);
        assert_eq!(answers(&client).await, before, "{version}: after the manifests let go");
    }
}

const SCRIPT: &str = r#"
import asyncio, sys, nats
from nats.js.api import *
async def main():
    nc = await nats.connect(sys.argv[1])
    js = nc.jetstream()
    async def attempt(name, action):
        try:
            result = await action
            print(name, "ok", getattr(result, "config", ""))
        except Exception as e:
            print(name, type(e).__name__, e)
    await attempt("stream", js.add_stream(name="EVENTS", subjects=["events.>"], max_msgs=50))
    await attempt("bucket", js.create_key_value(bucket="conf", history=3))
    await attempt("consumer", js.add_consumer("EVENTS", ConsumerConfig(durable_name="worker", ack_policy=AckPolicy.EXPLICIT)))
    await attempt("subscription", js.pull_subscribe("events.a", "puller"))
    await attempt("other", js.add_stream(name="EVENTS", subjects=["events.>", "x"]))
    await nc.close()
asyncio.run(main())
"#;

/// nats-py, which `pip` puts beside the servers; `None`, loudly, where there is no Python or no network.
fn nats_py() -> Option<PathBuf> {
    let home = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let at = home.join("natsform/nats-py-2.11.0");
    if !at.join("nats").is_dir() {
        let staged = tempfile::tempdir_in(home.join("natsform")).ok()?;
        let target = staged.path().display().to_string();
        let done = Command::new("python3")
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--target",
                &target,
                "nats-py==2.11.0",
            ])
            .status();
        if done.is_ok_and(|s| s.success()) {
            // Another test process may have been first.
            let _ = std::fs::rename(staged.keep(), &at);
        }
    }
    if at.join("nats").is_dir() {
        return Some(at);
    }
    assert!(
        std::env::var_os("NATSFORM_REQUIRE_SERVERS").is_none_or(|v| v != "1"),
        "no nats-py, and NATSFORM_REQUIRE_SERVERS=1"
    );
    eprintln!("!!! SKIPPED: pip cannot install nats-py");
    None
}

#[tokio::test]
async fn nats_py_starts_as_before() {
    let Some(library) = nats_py() else { return };
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let run = || {
            let out = Command::new("python3")
                .args(["-c", SCRIPT, server.url()])
                .env("PYTHONPATH", &library)
                .output()
                .expect("python3");
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).expect("UTF-8")
        };
        run();
        let before = run();
        assert!(
            before.contains("stream ok") && before.contains("consumer ok") && before.contains("other BadRequestError"),
            "{before}"
        );
        let program = Program::at(server.url());
        let text = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: EVENTS}\nspec: {subjects: [events.>], max_msgs: 50, consumers: {worker: {ack_policy: explicit}, puller: {filter_subject: events.a}}}\n";
        program.manifest(text);
        program.must(0, &["apply", "--yes", "--adopt", "always"]);
        assert_eq!(run(), before, "{version}");
        program.manifest(&text.replace("max_msgs: 50", "max_msgs: 50, max_age: 0, duplicate_window: 2m"));
        program.must(0, &["apply", "--yes"]);
        assert_eq!(run(), before, "{version}");
    }
}
