//! What natsform costs beside the bare wire, in the same run on the same server: `cargo bench`. It prints ratios, because
//! times say more about the machine.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

#[path = "../tests/it/support/raw.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod raw;
#[path = "../tests/it/support/server.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod server;

use futures_util::{StreamExt, stream};
use raw::RawClient;
use serde_json::{Value, json};
use server::NatsServer;
use std::{
    fmt::Write,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const STREAMS: usize = 2_000;
const WIDTH: usize = 16;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let (bare, ours) = (NatsServer::start("2.15"), NatsServer::start("2.15"));
    let manifests = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    for i in 0..STREAMS {
        let _ = writeln!(
            text,
            "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: S{i}}}\nspec: {{subjects: [\"s.{i}.>\"], max_age: 1h, storage: memory}}"
        );
    }
    fs::write(manifests.path().join("streams.yaml"), text).expect("a file");
    let natsform = |words: &[&str]| {
        let begin = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_natsform"));
        command.args(words).args(["--project", "bench", "--server", ours.url(), "-f"]).arg(manifests.path());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("natsform runs");
        assert!(status.success(), "{words:?}: {status}");
        begin.elapsed()
    };
    let client = RawClient::connect(bare.url()).await;
    report("create", create(&client).await, natsform(&["apply", "--yes"]));
    report("read and compare", read(&client).await, natsform(&["plan"]));
    report("apply nothing", read(&client).await, natsform(&["apply", "--yes"]));
}

fn report(what: &str, bare: Duration, ours: Duration) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64().max(f64::EPSILON);
    println!("{what:<18} {STREAMS} streams  bare {bare:>10.1?}  natsform {ours:>10.1?}  ratio {ratio:.1}");
}

async fn create(client: &RawClient) -> Duration {
    let begin = Instant::now();
    let creates = (0..STREAMS).map(|i| async move {
        let config = json!({"name": format!("S{i}"), "subjects": [format!("s.{i}.>")], "max_age": 3_600_000_000_000_i64, "storage": "memory"});
        client.ok(&format!("STREAM.CREATE.S{i}"), config).await
    });
    stream::iter(creates).buffer_unordered(WIDTH).collect::<Vec<Value>>().await;
    begin.elapsed()
}

async fn read(client: &RawClient) -> Duration {
    let begin = Instant::now();
    let pages = (0..STREAMS.div_ceil(256)).map(|page| client.ok("STREAM.LIST", json!({"offset": page * 256})));
    let pages: Vec<Value> = stream::iter(pages).buffer_unordered(WIDTH).collect().await;
    let read: usize = pages.iter().map(|p| p["streams"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(read, STREAMS);
    begin.elapsed()
}
