//! A project from its first file to its last object.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn lifecycle_begins_in_any_directory() {
    let bed = TestBed::new();
    bed.run("init shop").exits(0);
    bed.run("-C shop validate").exits(0);
    bed.file("other/x", "");
    bed.run("-C other init").exits(0);
    bed.run("-C other init deep/er").exits(0);
    for project in ["shop", "other", "other/deep/er"] {
        assert!(bed.path().join(project).join("natsform.yaml").exists(), "{project}");
        bed.run(&format!("-C {project} validate")).exits(0);
    }
    assert!(!bed.path().join("other/other").exists());
}

#[tokio::test]
async fn lifecycle_of_a_starter_project() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::on(&server);
    assert_snapshot!(bed.run("init"), @"
    exit 0
    --- stdout
    wrote natsform.yaml
    wrote manifests/streams.yaml
    wrote natsform.schema.json
    --- stderr
    hint: look at the files, then run `natsform plan`
    ");
    assert_snapshot!(bed.run("init"), @"
    exit 1
    --- stderr
    error: nothing was written, because there is already natsform.yaml and manifests/streams.yaml and natsform.schema.json
    ");
    assert_snapshot!(bed.run("validate"), @"
    exit 0
    --- stdout
    Valid: 2 objects.
    ");
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/ORDERS                                                           manifests/streams.yaml:6
          subjects [orders.>]  storage file  num_replicas 1  max_bytes 1GiB  max_age 7d
      + consumer/ORDERS/billing                                                manifests/streams.yaml:14
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Plan: 3 create
    ");
    assert_snapshot!(bed.run("apply --yes"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/ORDERS                                                           manifests/streams.yaml:6
          subjects [orders.>]  storage file  num_replicas 1  max_bytes 1GiB  max_age 7d
      + consumer/ORDERS/billing                                                manifests/streams.yaml:14
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Plan: 3 create

    Done (3)
      + kv/NATSFORM
      + stream/ORDERS
      + consumer/ORDERS/billing

    Applied: 3 done                                                                             9 writes
    --- stderr
    [1/3] + kv/NATSFORM done
    [2/3] + stream/ORDERS done
    [3/3] + consumer/ORDERS/billing done
    ");
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

    No changes.
    ");
    assert_snapshot!(bed.run("apply --yes"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

    No changes.
    ");
    assert_snapshot!(bed.run("drift"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

    declared 2 of 2 objects, 100 %
    No drift.
    ");
    let mut config = raw.stream_config("ORDERS").await.expect("the starter's stream");
    config["max_age"] = json!(3_600_000_000_000_u64);
    raw.ok("STREAM.UPDATE.ORDERS", config).await;
    raw.ok("CONSUMER.DELETE.ORDERS.billing", json!(null)).await;
    raw.ok("STREAM.CREATE.STRAY", json!({"name": "STRAY", "subjects": ["stray"]})).await;
    assert_snapshot!(bed.run("drift"), @"
    exit 2
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

    Changed outside (1), as a plan would revert it
      ~ stream/ORDERS                 max_age  1h → 7d                          manifests/streams.yaml:6

    Missing: ours, and gone (1)
      - consumer/ORDERS/billing

    Unowned: live, and nobody's (1)
        stream/STRAY

    declared 1 of 2 objects, 50 %
    Drift: 1 changed · 1 missing
    ");
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

      + consumer/ORDERS/billing                                                manifests/streams.yaml:14
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Drift this plan reverts (1)
      ~ stream/ORDERS                 max_age  1h → 7d                          manifests/streams.yaml:6

    Plan: 1 create · 1 update
    ");
    assert_snapshot!(bed.run("apply --yes"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

      + consumer/ORDERS/billing                                                manifests/streams.yaml:14
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Drift this plan reverts (1)
      ~ stream/ORDERS                 max_age  1h → 7d                          manifests/streams.yaml:6

    Plan: 1 create · 1 update

    Done (2)
      ~ stream/ORDERS
      + consumer/ORDERS/billing

    Applied: 2 done                                                                             8 writes
    --- stderr
    [1/2] ~ stream/ORDERS done
    [2/2] + consumer/ORDERS/billing done
    ");
    assert_snapshot!(bed.run("destroy"), @"
    exit 3
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      - stream/ORDERS                                                           manifests/streams.yaml:6
          destroy was asked for; with it go billing
        NOTE NF2001  the stream is empty: only its configuration goes, with its consumer
                     consumers: billing

    Plan: 1 delete
    --- stderr
    error: refused, nothing was written: there is no terminal to ask, and no --yes
    ");
    assert_snapshot!(bed.run("destroy --yes"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      - stream/ORDERS                                                           manifests/streams.yaml:6
          destroy was asked for; with it go billing
        NOTE NF2001  the stream is empty: only its configuration goes, with its consumer
                     consumers: billing

    Plan: 1 delete

    Done (1)
      - stream/ORDERS

    Applied: 1 done                                                                             5 writes
    --- stderr
    [1/1] - stream/ORDERS done
    ");
    assert_snapshot!(bed.run("drift"), @"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

    Unowned: live, and nobody's (1)
        stream/STRAY

    declared 0 of 1 objects, 0 %
    No drift.
    ");
    assert_eq!(raw.stream_config("ORDERS").await, None);
    assert!(raw.stream_config("STRAY").await.is_some() && raw.stream_config("KV_NATSFORM").await.is_some());
}
