//! What natsform does where it may not do everything.

use crate::support::{NatsServer, Program, RawClient};
use serde_json::json;
use std::time::{Duration, Instant};

/// `all` may do everything, `reader` only read, and `blind` read everything but the list of streams.
const USERS: &str = r#"
    authorization { users: [
        { user: all, password: "all" },
        { user: reader, password: "reader", permissions: {
            publish: ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*",
                "$JS.API.STREAM.MSG.GET.*", "$JS.API.CONSUMER.NAMES.*", "$JS.API.CONSUMER.LIST.*", "$JS.API.CONSUMER.INFO.*.*"],
            subscribe: ["_INBOX.>"] } },
        { user: blind, password: "blind", permissions: {
            publish: { deny: ["$JS.API.STREAM.LIST"] } } },
    ] }
"#;

const MANIFEST: &str =
    "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>], max_msgs: 9}\n";

fn program(server: &NatsServer, user: &str) -> Program {
    let program = Program::at(server.url()).with("NATSFORM_USER", user).with("NATSFORM_PASSWORD", user);
    program.manifest(MANIFEST);
    program
}

#[tokio::test]
async fn a_user_who_may_not_list_is_told_at_once_what_is_missing() {
    let server = NatsServer::start_with("2.15", USERS);
    let blind = program(&server, "blind");
    for arguments in [&["plan"][..], &["apply", "--yes"], &["drift"]] {
        let begin = Instant::now();
        let ended = blind.run(arguments);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}: {}", begin.elapsed(), ended.told());
        assert_eq!(ended.code, Some(7), "{arguments:?}: {}", ended.told());
        assert!(ended.told().contains("$JS.API.STREAM.LIST"), "{arguments:?}: {}", ended.told());
    }
    let client = RawClient::connect_as(server.url(), "all", "all").await;
    assert_eq!(client.ok("STREAM.NAMES", json!({})).await["total"], 0, "what cannot be listed is not created");
}

#[tokio::test]
async fn a_user_who_may_only_read_can_plan_and_is_told_why_not_apply() {
    let server = NatsServer::start_with("2.10", USERS);
    let all = program(&server, "all");
    let reader = program(&server, "reader");
    let planned = reader.must(2, &["plan", "--detailed-exitcode"]);
    assert!(planned.stdout.contains("stream/A"), "{}", planned.told());
    all.must(0, &["apply", "--yes"]);
    assert!(reader.must(0, &["plan"]).stdout.contains("No changes"));
    reader.must(0, &["drift"]);
    reader.manifest(&MANIFEST.replace("max_msgs: 9", "max_msgs: 8"));
    let begin = Instant::now();
    let refused = reader.must(1, &["apply", "--yes"]);
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    assert!(refused.told().contains("$KV.NATSFORM."), "{}", refused.told());
}
