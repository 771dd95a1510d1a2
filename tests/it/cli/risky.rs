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
spec: {subjects: [clicks.>], consumers: {known: {ack_policy: explicit}}}
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
spec: {subjects: [clicks.>], consumers: {known: {ack_policy: explicit}, report: {ack_policy: explicit}}}
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
pub async fn risky() -> (NatsServer, RawClient, TestBed) {
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
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 10 objects
    LOSS  3 changes destroy data or position and are not applied unless acknowledged
    BLOCKED  1 change cannot be applied
      all of them at once: --ack 'LOSS:3:[hash]<=18'

      ~ stream/ORDERS                                                                           m.yaml:4
          max_msgs  100 → 2                                                                     m.yaml:5
        LOSS NF2003  3 messages beyond the newest 2 go at once
                     --ack 'NF2003:stream/ORDERS@default:[hash]<=4'
      ± consumer/ORDERS/audit                                                                   m.yaml:5
          deliver_policy  all → new                                                             m.yaml:5
          (`deliver_policy`: nats-server [version] refuses this in place)
        LOSS NF2101  5 pending, 0 unacknowledged messages lose their position
                     --ack 'NF2101:consumer/ORDERS/audit@default:[hash]<=6'
      ± stream/QUEUE                                                                           m.yaml:14
          retention  limits → workqueue                                                        m.yaml:15
          (`retention`: retention cannot change to or from workqueue in place)
        LOSS NF2002  5 messages (230 B) are deleted with the old stream
                     --ack 'NF2002:stream/QUEUE@default:[hash]<=6'
      + consumer/CLICKS/report        ack_policy explicit                                      m.yaml:20
      ^ stream/THEIRS                 it exists and is as declared                             m.yaml:24
      ! stream/OTHER                                                                           m.yaml:29
          update blocked: it exists, is not ours and differs: adopt and change it with --adopt always,
          or make the manifest equal
          max_msgs  -1 → 7                                                                     m.yaml:30

    Drift this plan reverts (1)
      ~ stream/PAYMENTS               max_msgs_per_subject  5 → 1                               m.yaml:9

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (1)
        consumer/ORDERS/old

    Plan: 1 create · 2 update · 2 replace · 1 adopt · 1 blocked                 needs 3 acknowledgements
    ");
    for (flags, exit) in
        [("", 0), ("--detailed-exitcode", 2), ("--fail-on loss", 3), ("--fail-on risk", 3), ("--fail-on policy", 3)]
    {
        bed.run(&format!("plan {flags}")).exits(exit);
    }
    bed.run("plan -t stream/PAYMENTS --fail-on loss --detailed-exitcode").exits(2);
    assert_snapshot!(bed.run("apply --yes"), @"
    exit 3
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 10 objects
    LOSS  3 changes destroy data or position and are not applied unless acknowledged
    BLOCKED  1 change cannot be applied
      all of them at once: --ack 'LOSS:3:[hash]<=18'

      ~ stream/ORDERS                                                                           m.yaml:4
          max_msgs  100 → 2                                                                     m.yaml:5
        LOSS NF2003  3 messages beyond the newest 2 go at once
                     --ack 'NF2003:stream/ORDERS@default:[hash]<=4'
      ± consumer/ORDERS/audit                                                                   m.yaml:5
          deliver_policy  all → new                                                             m.yaml:5
          (`deliver_policy`: nats-server [version] refuses this in place)
        LOSS NF2101  5 pending, 0 unacknowledged messages lose their position
                     --ack 'NF2101:consumer/ORDERS/audit@default:[hash]<=6'
      ± stream/QUEUE                                                                           m.yaml:14
          retention  limits → workqueue                                                        m.yaml:15
          (`retention`: retention cannot change to or from workqueue in place)
        LOSS NF2002  5 messages (230 B) are deleted with the old stream
                     --ack 'NF2002:stream/QUEUE@default:[hash]<=6'
      + consumer/CLICKS/report        ack_policy explicit                                      m.yaml:20
      ^ stream/THEIRS                 it exists and is as declared                             m.yaml:24
      ! stream/OTHER                                                                           m.yaml:29
          update blocked: it exists, is not ours and differs: adopt and change it with --adopt always,
          or make the manifest equal
          max_msgs  -1 → 7                                                                     m.yaml:30

    Drift this plan reverts (1)
      ~ stream/PAYMENTS               max_msgs_per_subject  5 → 1                               m.yaml:9

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (1)
        consumer/ORDERS/old

    Plan: 1 create · 2 update · 2 replace · 1 adopt · 1 blocked                 needs 3 acknowledgements
    --- stderr
    error: refused, nothing was written: 3 changes need an acknowledgement (--ack TOKEN); 1 change is blocked
    hint: --allow-partial does the rest
    ");
    assert_eq!(raw.messages("ORDERS").await, 5);
    bed.env("NATSFORM_USER", "few").env("NATSFORM_PASSWORD", "few");
    assert_snapshot!(bed.run("plan -t stream/CLICKS -t consumer/CLICKS/*"), @"
    exit 7
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 9 objects
    UNKNOWN  2 objects could not be read

      ? consumer/CLICKS/known                                                                  m.yaml:20
          not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
      ? consumer/CLICKS/report                                                                 m.yaml:20
          not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`

    note: consumers of stream/CLICKS in account default: permission denied for
          `$JS.API.CONSUMER.LIST.CLICKS`

    Plan: 2 unknown
    ");
    bed.run("plan --detailed-exitcode --fail-on loss").exits(3);
    bed.run("plan").exits(7);
    bed.run("plan -t stream/PAYMENTS").exits(0);
}

#[tokio::test]
async fn risky_apply_does_what_was_acknowledged() {
    let (_server, raw, bed) = risky().await;
    let tokens = tokens(&bed.run("plan --format json"));
    assert!(tokens.len() >= 3, "{tokens:?}");
    let mut line: Vec<&str> = vec!["apply", "-q", "--yes", "--adopt", "always", "--allow-partial"];
    line.extend(tokens.iter().flat_map(|t| ["--ack", t.as_str()]));
    assert_snapshot!(bed.args(&line), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 10 objects
    LOSS  3 changes destroy data or position, as acknowledged

      ~ stream/ORDERS                                                                           m.yaml:4
          max_msgs  100 → 2                                                                     m.yaml:5
        LOSS NF2003  3 messages beyond the newest 2 go at once
                     acknowledged
      ± consumer/ORDERS/audit                                                                   m.yaml:5
          deliver_policy  all → new                                                             m.yaml:5
          (`deliver_policy`: nats-server [version] refuses this in place)
        LOSS NF2101  5 pending, 0 unacknowledged messages lose their position
                     acknowledged
      ± stream/QUEUE                                                                           m.yaml:14
          retention  limits → workqueue                                                        m.yaml:15
          (`retention`: retention cannot change to or from workqueue in place)
        LOSS NF2002  5 messages (230 B) are deleted with the old stream
                     acknowledged
      + consumer/CLICKS/report        ack_policy explicit                                      m.yaml:20
      ~ stream/OTHER                                                                           m.yaml:29
          max_msgs  -1 → 7                                                                     m.yaml:30
          (it is not ours yet: this adopts it)
        NOTE NF2009  natsform did not create it: an application that creates it at start-up with the old
                     settings may be refused
      ^ stream/THEIRS                 it exists and is as declared                             m.yaml:24

    Drift this plan reverts (1)
      ~ stream/PAYMENTS               max_msgs_per_subject  5 → 1                               m.yaml:9

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (1)
        consumer/ORDERS/old

    Plan: 1 create · 3 update · 2 replace · 1 adopt

    Done (7)
      + consumer/CLICKS/report
      ~ stream/ORDERS
      ± consumer/ORDERS/audit
      ~ stream/OTHER
      ~ stream/PAYMENTS
      ± stream/QUEUE
      ^ stream/THEIRS

    Applied: 7 done                                                                            18 writes
    ");
    assert_eq!(raw.messages("ORDERS").await, 2);
    assert_eq!(raw.messages("QUEUE").await, 0);
    assert_snapshot!(bed.args(&line), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 11 objects

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (1)
        consumer/ORDERS/old

    No changes.
    --- stderr
    warning[NF0302]: the acknowledgement `NF2101:consumer/ORDERS/audit@default:[hash]<=6` does not fit: nothing in this plan asks for it
    warning[NF0302]: the acknowledgement `NF2003:stream/ORDERS@default:[hash]<=4` does not fit: nothing in this plan asks for it
    warning[NF0302]: the acknowledgement `NF2002:stream/QUEUE@default:[hash]<=6` does not fit: nothing in this plan asks for it
    ");
}
