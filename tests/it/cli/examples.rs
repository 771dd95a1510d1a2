//! The examples of this repository on a real server: valid, planned, applied, planned empty.

use super::bed::TestBed;
use crate::support::{NatsServer, Prometheus, RawClient, prometheuses};
use insta::assert_snapshot;
use serde_json::Value;

/// A Prometheus for the rules of an example's `local` environment, where it names one.
fn prometheus(bed: &mut TestBed) -> Option<Prometheus> {
    const THERE: &str = "http://127.0.0.1:9095";
    let project = bed.read("natsform.yaml");
    let (_, binary) = prometheuses().into_iter().next().filter(|_| project.contains(THERE))?;
    let rules = bed.path().join("run/prometheus/rules.d");
    std::fs::create_dir_all(&rules).expect("a directory");
    let config = format!("global: {{evaluation_interval: 1s}}\nrule_files: [\"{}/*.yml\"]\n", rules.display());
    let server = Prometheus::start_with(&binary, &["--web.enable-lifecycle"], &config);
    bed.file("natsform.yaml", project.replace(THERE, &server.url()));
    bed.name(server.url().trim_start_matches("http://"), "[prometheus]");
    Some(server)
}

/// Everything that a user does with an example, as text and as JSON; gives the first plan.
async fn example(name: &str, objects: usize) -> String {
    // sysarmor reserves more than the 10 GiB that a test server has
    let server = NatsServer::start_with("2.15", "jetstream { store_dir: \"@DIR@/store\", max_mem: 1G, max_file: 1T }");
    let raw = RawClient::connect(server.url()).await;
    let mut bed = TestBed::on(&server);
    bed.copy(&format!("examples/{name}"));
    // the servers that the example's own environment names, as far as it has any
    let _prometheus = prometheus(&mut bed);
    let valid = bed.run("validate --format json").exits(0).json();
    assert_eq!((&valid["valid"], &valid["objects"]), (&Value::Bool(true), &objects.into()));
    let plan = bed.run("plan -e local").exits(0);
    let json = bed.run("plan -e local --format json --detailed-exitcode").exits(2).json();
    assert_eq!(json["summary"]["create"], objects + 1, "{json}");
    let applied = bed.run("apply -e local --yes --format json").exits(0).json();
    let steps = applied["steps"].as_array().expect("steps");
    assert!(steps.len() == objects + 1 && steps.iter().all(|s| s["outcome"] == "done"), "{applied}");
    let again = bed.run("plan -e local --detailed-exitcode").exits(0);
    assert!(again.stdout.ends_with("\nNo changes.\n"), "{}", again.stdout);
    assert_eq!(bed.run("apply -e local --yes --format json").exits(0).json()["writes"], 0);
    let drift = bed.run("drift -e local --format json").exits(0).json();
    assert_eq!(drift["coverage"]["declared"], objects);
    let live = raw.ok("STREAM.NAMES", Value::Null).await;
    assert!(live["total"].as_u64().is_some_and(|n| n > 1), "{live}");
    plan.to_string()
}

#[tokio::test]
async fn examples_quickstart() {
    assert_snapshot!(example("quickstart", 3).await, @r#"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/ORDERS                                                            manifests/orders.yaml:4
          description "everything that happens to an order"  subjects [orders.>]  storage file
          max_bytes 1GiB  max_age 7d  duplicate_window 2m
      + consumer/ORDERS/audit         deliver_policy all  ack_policy explicit   manifests/orders.yaml:18
      + consumer/ORDERS/billing                                                 manifests/orders.yaml:13
          filter_subject orders.created  ack_policy explicit  ack_wait 30s  max_deliver 5

    Plan: 4 create
    "#);
}

#[tokio::test]
async fn examples_sysarmor() {
    assert_snapshot!(example("sysarmor", 9).await, @r#"
    exit 0
    --- stdout
    local · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/HIGH_PERF_STREAM                                                manifests/streams.yaml:15
          subjects [events.high.*]  retention limits  storage file  num_replicas 1  max_msgs 5000000
          max_bytes 50GiB  max_age 12h  max_msg_size 1MiB  discard old
      + stream/MY_STREAM                                                        manifests/streams.yaml:4
          subjects [events.custom.*]  retention limits  storage file  num_replicas 1  max_msgs 2000000
          max_age 2d
      + stream/OSQUERY_EVENTS                                                  manifests/streams.yaml:30
          subjects [events.osquery.*]  retention limits  storage file  num_replicas 1  max_bytes 5GiB
          max_age 1d
      + stream/SYSDIG_EVENTS                                              manifests/sysdig-events.yaml:5
          description "sysdig events of all collectors"  subjects [events.sysdig.*]  retention limits
          storage file  num_replicas 1  max_msgs 1000000  max_bytes 10GiB  max_age 1d  discard old
          duplicate_window 2m
      + consumer/SYSDIG_EVENTS/processor-group-1                         manifests/sysdig-events.yaml:29
          filter_subject events.sysdig.*  deliver_policy all  ack_policy explicit  ack_wait 30s
          max_deliver 5
      + consumer/SYSDIG_EVENTS/replay-from-sequence                             manifests/replay.yaml:15
          deliver_policy by_start_sequence  opt_start_seq 1000  ack_policy explicit
          replay_policy instant
      + consumer/SYSDIG_EVENTS/replay-from-time                                  manifests/replay.yaml:5
          deliver_policy by_start_time  opt_start_time [instant]  ack_policy explicit
          replay_policy instant
      + consumer/SYSDIG_EVENTS/sysdig-processor                          manifests/sysdig-events.yaml:22
          filter_subject events.sysdig.*  deliver_policy all  ack_policy explicit  ack_wait 30s
          max_deliver 3  replay_policy instant
      + stream/SYSTEM_EVENTS                                                   manifests/streams.yaml:41
          subjects [events.system.*]  retention limits  storage file  num_replicas 1  max_bytes 5GiB
          max_age 1d

    Plan: 10 create
    "#);
}

#[tokio::test]
async fn examples_chat_platform() {
    assert_snapshot!(example("chat-platform", 11).await, @r#"
    exit 0
    --- stdout
    local · 0 objects
      nats://127.0.0.1:[port] · account default · nats-server [version]
      http://[prometheus] · Prometheus 2.42.0

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/ANALYTICS_EVENTS                                                manifests/streams.yaml:44
          description "client events on their way to ClickHouse"  subjects [analytics.event.>]
          retention workqueue  storage file  num_replicas 1  max_bytes 20GiB  max_age 2d
      + consumer/ANALYTICS_EVENTS/clickhouse-writer                            manifests/streams.yaml:54
          ack_policy explicit  ack_wait 1m  max_ack_pending 5000  max_batch 1000
      + stream/CHAT_EVENTS                                                      manifests/streams.yaml:4
          description "messages, chats, memberships and files"
          subjects [chat.message.>, chat.room.>, chat.member.>, chat.file.>]  storage file
          num_replicas 1  max_bytes 20GiB  max_age 7d  duplicate_window 2m
      + consumer/CHAT_EVENTS/analytics                                         manifests/streams.yaml:36
          filter_subject chat.>  deliver_policy all  ack_policy explicit  ack_wait 30s
      + consumer/CHAT_EVENTS/bot                                               manifests/streams.yaml:21
          description "embeddings and AI answers"  filter_subject chat.message.>  deliver_policy all
          ack_policy explicit  ack_wait 2m  max_deliver 5  backoff [2m, 5m, 15m]  max_ack_pending 64
      + consumer/CHAT_EVENTS/notify                                            manifests/streams.yaml:14
          description "fans messages out to SSE connections"
          filter_subjects [chat.message.>, chat.room.>, chat.member.>]  deliver_policy new
          ack_policy explicit  ack_wait 10s  max_deliver 3
      + consumer/CHAT_EVENTS/search-indexer                                    manifests/streams.yaml:30
          filter_subjects [chat.message.>, chat.file.>]  deliver_policy all  ack_policy explicit
          ack_wait 1m  max_deliver 10
      + stream/PRESENCE                                                        manifests/streams.yaml:64
          description "users coming and going"  subjects [chat.presence.>]  retention interest
          storage memory  num_replicas 1  max_age 1h  max_msgs_per_subject 1
      + consumer/PRESENCE/roster                                               manifests/streams.yaml:74
          description "keeps the list of who is online"  ack_policy explicit  ack_wait 10s
      + rules/chat-critical                                                       manifests/rules.yaml:4
          groups[chat_critical].rules[ServiceDown] {alert: ServiceDown, expr:
          "up{job=~\"(chat|notify|bot|analytics)_server\"} == 0", for: 1m, labels: {severity: critical},
          annotations: {summary: "{{ $labels.job }} is down", runbook_url:
          https://runbooks.example.com/chat/service-down}}
          groups[chat_critical].rules[HealthCheckFailing] {alert: HealthCheckFailing, expr:
          "probe_success{job=\"health_probes\"} == 0", for: 2m, labels: {severity: critical},
          annotations: {summary: "{{ $labels.instance }} fails"}}
          groups[chat_critical].rules[HighErrorRate] {alert: HighErrorRate, expr: "sum by (route)
          (rate(chat_http_errors_total[5m])) > 0.1", for: 2m, labels: {severity: warning}, annotations:
          {summary: "{{ $labels.route }} answers {{ $value | humanize }} errors per second"}}
          groups[chat_critical].rules[DatabaseConnectionPoolExhausted] {alert:
          DatabaseConnectionPoolExhausted, expr: "chat_db_connections_active > 90", for: 1m, labels:
          {severity: critical}, annotations: {summary: "{{ $value }} database connections in use"}}
          groups[chat_critical].rules[NATSSubscriptionDown] {alert: NATSSubscriptionDown, expr:
          "notify_nats_subscription_active == 0", for: 30s, labels: {severity: critical}, annotations:
          {summary: "notify has lost its NATS subscription"}}
          groups[chat_critical].rules[HighMemoryUsage] {alert: HighMemoryUsage, expr:
          "process_resident_memory_bytes{job=~\"(chat|notify|bot|analytics)_server\"} > 1e9", for: 5m,
          labels: {severity: warning}, annotations: {summary: "{{ $labels.job }} uses {{ $value |
          humanize1024 }}B"}}
          groups[chat_recording].rules[service:http_requests:rate5m] {record:
          service:http_requests:rate5m, expr: "sum by (service)
          (rate(http_requests_total{job=~\"(chat|notify|bot|analytics)_server\"}[5m]))"}
          groups[chat_recording].rules[service_status:http_errors:rate5m] {record:
          service_status:http_errors:rate5m, expr: "sum by (service, status)
          (rate(http_errors_total{job=~\"(chat|notify|bot|analytics)_server\"}[5m]))"}
          groups[chat_recording].rules[service:http_request_duration_seconds:p95] {record:
          service:http_request_duration_seconds:p95, expr: "histogram_quantile(0.95, sum by (service,
          le)
          (rate(http_request_duration_seconds_bucket{job=~\"(chat|notify|bot|analytics)_server\"}[5m])))"}
          one write with 1 other: write and reload
      + rules/chat-streams                                                       manifests/rules.yaml:56
          groups[chat_streams].rules[ConsumerBehind] {alert: ConsumerBehind, expr: "max by (stream,
          consumer_name) (nats_consumer_num_pending{stream=~\"CHAT_EVENTS|ANALYTICS_EVENTS\"}) > 10000",
          for: 5m, labels: {severity: warning}, annotations: {summary: "{{ $labels.stream }}/{{
          $labels.consumer_name }} is {{ $value | humanize }} behind"}}
          one write with 1 other: write and reload

    Plan: 12 create
    --- stderr
    manifests/rules.yaml:62:49: note[NF0611]: `nats_consumer_num_pending` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    "#);
}
