//! `explain`, `render` and `unlock`, and input from standard input.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

const PROJECT: &str = "
apiVersion: natsform/v1
kind: Project
metadata: {name: shop}
spec:
  manifests: [manifests]
  variables:
    age: {type: duration, default: 1h}
  defaults:
    Stream: {metadata: {labels: {team: shop}}, spec: {storage: file}}
  environments:
    local: {default: true, nats: {}}
    prod: {values: {age: 7d}, overlays: [prod], nats: {}}
";
const MANIFEST: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS, lifecycle: {protect: true}}
spec:
  subjects: [orders.>]
  max_age: ${{ var.age }}
  max_bytes: 1GiB
  description: \"on: ${{ environment }}, 'quoted' # no comment\"
  consumers:
    billing: {ack_policy: explicit, backoff: [1s, 1m30s], metadata: {a b: \"yes\", n: \"007\"}}
";
const OVERLAY: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS, labels: {tier: gold}}
spec: {max_bytes: null, num_replicas: 1}
";

fn shop(server: &NatsServer) -> TestBed {
    let bed = TestBed::on(server);
    for (name, text) in [("natsform.yaml", PROJECT), ("manifests/orders.yaml", MANIFEST), ("prod/orders.yaml", OVERLAY)]
    {
        bed.file(name, text);
    }
    bed
}

#[tokio::test]
async fn tools_explain_where_values_come_from() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = shop(&server);
    assert_snapshot!(bed.run("explain stream/ORDERS"), @r#"
    exit 0
    --- stdout
    stream/ORDERS@default (Stream)
      declared  manifests/orders.yaml:4
      live      no
      owner     -
      apply     would create it

      description
        What the stream is for.
        declared  "on: local, 'quoted' # no comment"  manifests/orders.yaml:9
        default   none

      subjects
        The subjects that the stream captures. Left out: the stream's own name; a mirror and a stream that only reads from sources capture none.
        declared  [orders.>]  manifests/orders.yaml:6
        default   derived by the server

      storage
        Where messages are kept.
        declared  file  natsform.yaml:10
        default   file

      max_bytes
        The most bytes, headers and overhead included.
        declared  1GiB  manifests/orders.yaml:8
        default   -1

      max_age
        The oldest age of a message; 0 keeps messages for ever. Enforced whatever `discard` says.
        declared  1h  manifests/orders.yaml:7
        default   none
    "#);
    bed.run("apply --yes").exits(0);
    let mut config = raw.stream_config("ORDERS").await.expect("applied");
    config["max_bytes"] = json!(5);
    raw.ok("STREAM.UPDATE.ORDERS", config).await;
    assert_snapshot!(bed.run("explain stream/ORDERS -e local"), @r#"
    exit 0
    --- stdout
    stream/ORDERS@default (Stream)
      declared  manifests/orders.yaml:4
      live      since [instant]
      owner     shop/local
      apply     would update it

      description
        What the stream is for.
        declared  "on: local, 'quoted' # no comment"  manifests/orders.yaml:9
        live      "on: local, 'quoted' # no comment"
        default   none

      subjects
        The subjects that the stream captures. Left out: the stream's own name; a mirror and a stream that only reads from sources capture none.
        declared  [orders.>]  manifests/orders.yaml:6
        live      [orders.>]
        default   derived by the server

      storage
        Where messages are kept.
        declared  file  natsform.yaml:10
        live      the default
        default   file

      max_bytes
        The most bytes, headers and overhead included.
        declared  1GiB  manifests/orders.yaml:8
        live      5
        default   -1

      max_age
        The oldest age of a message; 0 keeps messages for ever. Enforced whatever `discard` says.
        declared  1h  manifests/orders.yaml:7
        live      1h
        default   none

      duplicate_window
        How long message ids are remembered. Left out: two minutes, or max_age where that is shorter.
        live      2m
        default   derived by the server
    "#);
    assert_snapshot!(bed.run("explain consumer/ORDERS/billing"), @r#"
    exit 0
    --- stdout
    consumer/ORDERS/billing@default (Consumer)
      declared  manifests/orders.yaml:11
      live      since [instant]
      owner     shop/local
      apply     would keep it

      ack_policy
        How messages are acknowledged. Left out, the server takes `none`; most clients make `explicit` of it.
        declared  explicit  manifests/orders.yaml:11
        live      explicit
        default   none

      ack_wait
        How long to wait for an acknowledgement before a message is delivered again. Left out: 30 s where messages are acknowledged. `backoff` overrides it with its first step.
        live      1s
        default   derived by the server

      backoff
        The waits before each further delivery; max_deliver must be at least their number.
        declared  [1s, 1m30s]  manifests/orders.yaml:11
        live      [1s, 1m30s]
        default   none

      max_ack_pending
        The most unacknowledged messages. Left out: 1000 where messages are acknowledged, or the limit of the stream, the account or the server.
        live      1000
        default   derived by the server

      max_waiting
        The most waiting pull requests. Left out: 512; pull consumers only.
        live      512
        default   derived by the server

      metadata
        Free keys and values. Keys beginning with `_nats.` are the server's.
        declared  {"a b": yes, n: "007"}  manifests/orders.yaml:11
        live      {"a b": yes, n: "007"}
        default   none
    "#);
    assert_snapshot!(bed.run("explain stream/NOPE"), @"
    exit 1
    --- stderr
    error[NF0207]: stream/NOPE is neither declared nor live
    1 error
    ");
    assert_snapshot!(bed.run("explain ORDERS"), @"
    exit 1
    --- stderr
    error[NF0207]: `ORDERS` is no address: write KIND/NAME
      help: kinds: stream/…, consumer/…, rules/…
    1 error
    ");
    assert_snapshot!(bed.run("explain table/ORDERS"), @"
    exit 1
    --- stderr
    error[NF0207]: `table` is no kind; kinds: stream, consumer, rules
    1 error
    ");
}

#[test]
fn tools_render_documents_that_load_again_to_the_same() {
    let server = NatsServer::start("2.15");
    let bed = shop(&server);
    assert_snapshot!(bed.run("render -e prod"), @r#"
    exit 0
    --- stdout
    apiVersion: natsform/v1
    kind: Consumer
    metadata:
      name: billing  # manifests/orders.yaml:11:5
      account: default
      labels:
        team: shop
        tier: gold
      lifecycle:
        protect: true
    spec:
      stream: ORDERS
      ack_policy: explicit  # manifests/orders.yaml:11:15
      backoff:  # manifests/orders.yaml:11:37
        - 1s
        - 1m30s
      metadata:
        a b: "yes"  # manifests/orders.yaml:11:70
        "n": "007"  # manifests/orders.yaml:11:82
    ---
    apiVersion: natsform/v1
    kind: Stream
    metadata:
      name: ORDERS  # manifests/orders.yaml:4:18
      account: default
      labels:
        team: shop
        tier: gold
      lifecycle:
        protect: true
    spec:
      storage: file  # natsform.yaml:10:55
      subjects:  # manifests/orders.yaml:6:3
        - orders.>
      max_age: 7d  # manifests/orders.yaml:7:3
      description: "on: prod, 'quoted' # no comment"  # manifests/orders.yaml:9:3
      num_replicas: 1  # prod/orders.yaml:5:25
    "#);
    bed.run("apply --yes -e prod").exits(0);
    let rendered = bed.run("render -e prod").exits(0).stdout;
    let bed = TestBed::on(&server);
    bed.file(
        "natsform.yaml",
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: shop}\nspec: {environments: {prod: {nats: {}}}}\n",
    );
    bed.file("m.yaml", &rendered);
    let plan = bed.run("plan --detailed-exitcode");
    assert_eq!(plan.exit, Some(0), "{plan}\n{rendered}");
    let origins = regex_lite::Regex::new(r"(?m)  # \S+$").expect("a rule");
    let again = bed.run("render").exits(0).stdout;
    assert_eq!(origins.replace_all(&again, ""), origins.replace_all(&rendered, ""));
}

#[test]
fn tools_take_standard_input() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::on(&server);
    let stream = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n";
    assert_snapshot!(bed.fed("plan -f -", stream), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A                      subjects [a]                                             <stdin>:3

    Plan: 2 create
    ");
    assert_snapshot!(bed.fed("validate -f -", &stream.replace("subjects", "subject")), @"
    exit 1
    --- stderr
    <stdin>:4:8: error[NF0011]: unknown field `subject`
      help: did you mean `subjects`?
    1 error
    ");
    assert_snapshot!(bed.fed("validate -f -", ""), @"
    exit 1
    --- stderr
    error[NF0154]: standard input holds no document
    1 error
    ");
}

#[tokio::test]
async fn tools_unlock_names_the_holder() {
    let server = NatsServer::start("2.15");
    let bed = shop(&server);
    bed.run("apply --yes").exits(0);
    assert_snapshot!(bed.run("unlock --yes"), @"
    exit 0
    --- stdout
    Nobody holds the lock.
    ");
    assert_snapshot!(bed.run("unlock"), @"
    exit 3
    --- stderr
    error: refused, nothing was written: there is no terminal to ask, and no --yes
    ");
    let raw = RawClient::connect(server.url()).await;
    let held = json!({"id": "1", "host": "ci-7", "pid": 42, "run": "https://ci/7", "since": "2026-11-21T10:00:00Z"});
    raw.kv_put("NATSFORM", "v1.shop.local.lock", held.to_string().as_bytes()).await;
    bed.file("manifests/orders.yaml", MANIFEST.replace("1GiB", "2GiB"));
    assert_snapshot!(bed.run("apply --yes -q -t stream/ORDERS --format json"), @r#"
    exit 5
    --- stdout
    {
      "format_version": "1.0",
      "steps": [
        {
          "address": "stream/ORDERS",
          "action": "update",
          "outcome": "not_started",
          "error": null,
          "notes": []
        }
      ],
      "writes": 0,
      "undo": null,
      "interrupted": false,
      "errors": [
        "the lock of shop/local is held by process 42 on ci-7 (https://ci/7) since [instant]"
      ],
      "refusals": [],
      "diagnostics": []
    }
    "#);
    let applied = bed.run("apply --yes").exits(5);
    assert!(applied.stdout.contains("process 42 on ci-7 (https://ci/7)"), "{}", applied.stdout);
    bed.run("plan").exits(0);
    assert_snapshot!(bed.run("unlock --yes"), @"
    exit 0
    --- stdout
    Unlocked: process 42 on ci-7 (https://ci/7) since [instant] held the lock.
    ");
    bed.run("apply --yes").exits(0);
    let json = bed.run("unlock --yes --format json").exits(0).json();
    assert_eq!(json["holder"], json!(null));
}
