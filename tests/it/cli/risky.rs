//! A plan with everything in it that needs a person.

use super::bed::{Ran, TestBed};
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

/// Two users of one account: `few` may not look at the consumers of `CLICKS`.
const USERS: &str = r#"
    authorization { users: [
        { user: all, password: all },
        { user: few, password: few, permissions: { publish: { deny: ["$JS.API.CONSUMER.*.CLICKS.>", "$JS.API.CONSUMER.*.CLICKS"] } } },
    ] }
"#;

const BEFORE: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS}
spec: {subjects: [orders.>], max_msgs: 100, consumers: {audit: {ack_policy: explicit}, old: {ack_policy: explicit}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: PAYMENTS}
spec: {subjects: [payments.>], max_msgs_per_subject: 1}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: QUEUE}
spec: {subjects: [queue.>], retention: limits}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: CLICKS}
spec: {subjects: [clicks.>]}
";

/// A lowered limit, a consumer that must be replaced, a stream that must be, an adoption, one that does not match, a
/// consumer that left, one that cannot be read; somebody else changed PAYMENTS.
const AFTER: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS}
spec: {subjects: [orders.>], max_msgs: 2, consumers: {audit: {ack_policy: explicit, deliver_policy: new}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: PAYMENTS}
spec: {subjects: [payments.>], max_msgs_per_subject: 1}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: QUEUE}
spec: {subjects: [queue.>], retention: workqueue}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: CLICKS}
spec: {subjects: [clicks.>], consumers: {report: {ack_policy: explicit}}}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: THEIRS}
spec: {subjects: [theirs]}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: OTHER}
spec: {subjects: [other], max_msgs: 7}
";

/// A server in which [`BEFORE`] was applied and used, and the bed of [`AFTER`].
async fn risky() -> (NatsServer, RawClient, TestBed) {
    let server = NatsServer::start_with("2.15", USERS);
    let raw = RawClient::connect_as(server.url(), "all", "all").await;
    let mut bed = TestBed::project(&server, BEFORE);
    bed.env("NATSFORM_USER", "all").env("NATSFORM_PASSWORD", "all");
    bed.run("apply --yes").exits(0);
    for subject in ["orders.new", "queue.a"] {
        raw.publish(subject, 5).await;
    }
    for name in ["THEIRS", "OTHER"] {
        let subject = name.to_lowercase();
        raw.ok(&format!("STREAM.CREATE.{name}"), json!({"name": name, "subjects": [subject]})).await;
    }
    let mut config = raw.stream_config("PAYMENTS").await.expect("applied");
    config["max_msgs_per_subject"] = json!(5);
    raw.ok("STREAM.UPDATE.PAYMENTS", config).await;
    bed.file("m.yaml", AFTER);
    (server, raw, bed)
}

fn tokens(plan: &Ran) -> Vec<String> {
    let plan = plan.json();
    let findings = plan["changes"].as_array().expect("changes").iter().flat_map(|c| c["findings"].as_array().cloned());
    findings.flatten().filter_map(|f| f["ack"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn risky_plan_says_what_needs_a_person() {
    let (_server, raw, mut bed) = risky().await;
    assert_snapshot!(bed.run("plan"), @"");
    for (flags, exit) in
        [("", 0), ("--detailed-exitcode", 2), ("--fail-on loss", 3), ("--fail-on risk", 3), ("--fail-on policy", 3)]
    {
        bed.run(&format!("plan {flags}")).exits(exit);
    }
    bed.run("plan -t stream/PAYMENTS --fail-on loss --detailed-exitcode").exits(2);
    assert_snapshot!(bed.run("apply --yes"), @"");
    assert_eq!(raw.messages("ORDERS").await, 5);
    bed.env("NATSFORM_USER", "few").env("NATSFORM_PASSWORD", "few");
    assert_snapshot!(bed.run("plan -t stream/CLICKS -t consumer/CLICKS/*"), @"");
    bed.run("plan --detailed-exitcode --fail-on loss").exits(3);
    bed.run("plan -t stream/PAYMENTS").exits(7);
}

#[tokio::test]
async fn risky_apply_does_what_was_acknowledged() {
    let (_server, raw, bed) = risky().await;
    let tokens = tokens(&bed.run("plan --format json"));
    assert!(tokens.len() >= 3, "{tokens:?}");
    let mut line: Vec<&str> = vec!["apply", "--yes", "--adopt", "always", "--allow-partial"];
    line.extend(tokens.iter().flat_map(|t| ["--ack", t.as_str()]));
    assert_snapshot!(bed.args(&line), @"");
    assert_eq!(raw.messages("ORDERS").await, 2);
    assert_eq!(raw.messages("QUEUE").await, 0);
    assert_snapshot!(bed.args(&line), @"");
}
