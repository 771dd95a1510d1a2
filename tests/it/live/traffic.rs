//! What natsform sends, as a subscriber on `>` and a wire in between see it.

use crate::support::{NatsServer, Program, Proxy, RawClient, Traffic, is_write, servers};
use serde_json::{Value, json};

fn streams(n: usize, extra: &str) -> String {
    let one = |i| {
        format!(
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: S{i}}}\nspec: {{subjects: [s{i}.>], storage: memory{extra}}}\n"
        )
    };
    (0..n).map(one).collect::<Vec<_>>().join("---\n")
}

/// The requests of a subscriber's recording, keys included: what is neither an inbox nor a JetStream event.
async fn requests(traffic: &Traffic) -> Vec<String> {
    traffic.subjects().await.into_iter().filter(|s| s.starts_with("$JS.API.") || s.starts_with("$KV.")).collect()
}

#[tokio::test]
async fn reading_commands_send_reads_and_a_second_apply_no_write() {
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let program = Program::at(server.url());
        program.manifest(&streams(3, ", consumers: {c: {ack_policy: explicit}}"));
        for arguments in [&["plan"][..], &["drift"], &["plan", "--format", "json"]] {
            let traffic = Traffic::record(server.url()).await;
            program.must(0, arguments);
            let sent = requests(&traffic).await;
            assert!(!sent.is_empty() && !sent.iter().any(|s| is_write(s)), "{version} {arguments:?}: {sent:?}");
        }
        program.must(0, &["apply", "--yes"]);
        let traffic = Traffic::record(server.url()).await;
        let second = program.must(0, &["apply", "--yes"]);
        assert!(second.stdout.contains("No changes"), "{}", second.told());
        program.must(0, &["drift"]);
        let sent = requests(&traffic).await;
        assert!(!sent.is_empty() && !sent.iter().any(|s| is_write(s)), "{version}: {sent:?}");
    }
}

#[tokio::test]
async fn creates_are_so_many_writes_and_the_inventorys_few() {
    const N: usize = 400;
    let server = NatsServer::start("2.15");
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    program.manifest(&streams(N, ""));
    program.must(0, &["apply", "--yes"]);
    let writes = proxy.writes();
    let of = |prefix: &str| writes.iter().filter(|s| s.starts_with(prefix)).count();
    assert_eq!(of("$JS.API.STREAM.CREATE.S"), N);
    assert_eq!(of("$JS.API.STREAM.CREATE.KV_NATSFORM"), 1);
    // The lock (with renewals, where the machine is slow), the intents and their end, and at most 64 entries.
    let keys = of("$KV.NATSFORM.");
    assert!((64..=72).contains(&keys), "{keys}");
    assert_eq!(writes.len(), N + 1 + keys, "and nothing else: {writes:?}");
    assert!((8..=256).contains(&proxy.most_open()), "{}", proxy.most_open());
}

/// A number that no float holds, and the metadata of others, on their way through read, change and write. (A field that
/// natsform does not know: `faults::newer`, because no server has one yet.)
#[tokio::test]
async fn what_natsform_does_not_know_goes_back_digit_for_digit() {
    let server = NatsServer::start("2.15");
    let client = RawClient::connect(server.url()).await;
    // 2^53 + 1 is no double.
    client
        .ok(
            "STREAM.CREATE.A",
            json!({"name": "A", "subjects": ["a.>"], "max_age": 9_007_199_254_740_993_u64,
                "metadata": {"theirs": "1.000"}, "description": "ü \u{1F600} \"q\""}),
        )
        .await;
    let before = client.stream_config("A").await.expect("a stream");
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    program
        .manifest("apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>], max_msgs: 5}\n");
    program.must(0, &["apply", "--yes", "--adopt", "always"]);
    let update = proxy.sent().into_iter().find(|s| s.subject == "$JS.API.STREAM.UPDATE.A").expect("an update");
    let text = String::from_utf8(update.body).expect("UTF-8");
    assert_eq!(text.matches("9007199254740993").count(), 1, "{text}");
    let mut after = client.stream_config("A").await.expect("a stream");
    assert_eq!(after["max_msgs"], 5);
    after["max_msgs"] = json!(-1);
    assert_eq!(Value::to_string(&after), Value::to_string(&before));
}
