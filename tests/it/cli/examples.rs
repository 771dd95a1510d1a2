//! The examples of this repository on a real server: valid, planned, applied, planned empty.

use super::bed::TestBed;
use crate::support::{NatsServer, Prometheus, RawClient, prometheuses};
use insta::assert_snapshot;
use serde_json::Value;

/// An example, and how it is run.
struct Example {
    name: &'static str,
    environment: &'static str,
    /// How many it declares.
    objects: usize,
    has_nats: bool,
}

/// A Prometheus for the rules of an example, where it names one, with what the example expects of it.
fn prometheus(bed: &mut TestBed) -> Option<Prometheus> {
    let project = bed.read("natsform.yaml");
    let urls = ["http://127.0.0.1:9095", "http://127.0.0.1:9090"];
    let there = urls.into_iter().find(|url| project.contains(url))?;
    let (_, binary) = prometheuses().into_iter().next()?;
    let rules = bed.path().join("run/prometheus/rules.d");
    std::fs::create_dir_all(&rules).expect("a directory");
    let config = format!(
        "global: {{scrape_interval: 30s, evaluation_interval: 1s}}\nrule_files: [\"{}/*.yml\"]\n",
        rules.display()
    );
    let arguments = ["--web.enable-lifecycle", "--storage.tsdb.retention.time=30d"];
    let server = Prometheus::start_with(&binary, &arguments, &config);
    // it runs here and not in a container
    let project = project.replace(there, &server.url()).replace(", server_directory: /etc/prometheus/rules.d", "");
    bed.file("natsform.yaml", project);
    bed.name(server.url().trim_start_matches("http://"), "[prometheus]");
    Some(server)
}

/// What sysarmor reserves is more than the 10 GiB that a test server has; nats-cluster has accounts.
const NATS: &str = "jetstream { store_dir: \"@DIR@/store\", max_mem: 1G, max_file: 1T }
accounts {
  ADMIN { jetstream: enabled, users: [{user: admin, password: a}] }
  SYS { users: [{user: natsform, password: s}] }
}
system_account: SYS
no_auth_user: admin
";

/// Everything that a user does with an example, as text and as JSON; gives the first plan.
async fn example(example: Example) -> String {
    let Example { name, environment, objects, has_nats } = example;
    let server = NatsServer::start_with("2.15", NATS);
    let raw = RawClient::connect(server.url()).await;
    let mut bed = if has_nats { TestBed::on(&server) } else { TestBed::new() };
    bed.env("NATS_ADMIN_PASSWORD", "a").env("NATS_NATSFORM_PASSWORD", "s");
    bed.copy(&format!("examples/{name}"));
    // the servers that the example's own environment names, as far as it has any
    let _prometheus = prometheus(&mut bed);
    let valid = bed.run("validate --format json").exits(0).json();
    assert_eq!((&valid["valid"], &valid["objects"]), (&Value::Bool(true), &objects.into()));
    let ran = |line: &str, code: i32| bed.run(&format!("{line} -e {environment}")).exits(code);
    let plan = ran("plan", 0);
    let json = ran("plan --format json --detailed-exitcode", 2).json();
    let steps_in_all = objects + usize::from(has_nats);
    assert_eq!(json["summary"]["create"], steps_in_all, "{json}");
    let applied = ran("apply --yes --format json", 0).json();
    let steps = applied["steps"].as_array().expect("steps");
    assert!(steps.len() == steps_in_all && steps.iter().all(|s| s["outcome"] == "done"), "{applied}");
    let again = ran("plan --detailed-exitcode", 0);
    assert!(again.stdout.ends_with("\nNo changes.\n"), "{}", again.stdout);
    assert_eq!(ran("apply --yes --format json", 0).json()["writes"], 0);
    let drift = ran("drift --format json", 0).json();
    assert_eq!(drift["coverage"]["declared"], objects);
    let live = raw.ok("STREAM.NAMES", Value::Null).await;
    assert!(!has_nats || live["total"].as_u64().is_some_and(|n| n > 1), "{live}");
    plan.to_string()
}

/// Which objects a plan is about, without what becomes of them.
fn heads(plan: &str) -> String {
    plan.lines().filter(|line| !line.starts_with("      ")).map(|line| format!("{line}\n")).collect()
}

fn local(name: &'static str, objects: usize) -> Example {
    Example { name, environment: "local", objects, has_nats: true }
}

/// Each file says which schema an editor checks it with.
#[test]
fn examples_name_their_schemas() {
    fn walk(directory: &std::path::Path, depth: usize) {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, depth + 1);
            } else if path.extension().is_some_and(|e| e == "yaml") {
                let first =
                    format!("# yaml-language-server: $schema={}schemas/natsform.schema.json\n", "../".repeat(depth));
                let text = std::fs::read_to_string(&path).expect("a file");
                assert!(text.starts_with(&first), "{}", path.display());
            }
        }
    }
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), 1);
}

#[tokio::test]
async fn examples_api_platform() {
    let api = Example { name: "api-platform", environment: "local", objects: 1, has_nats: false };
    assert_snapshot!(heads(&example(api).await), @r#"
    exit 0
    --- stdout
    local · http://[prometheus] · Prometheus 2.42.0 · 0 objects

      + rules/api-platform                                                        manifests/rules.yaml:4
        NOTE NF2202  Watchdog fires for 1 series now

    Plan: 1 create
    --- stderr
    natsform.yaml:18:18: note[NF0157]: `scrape` is not acted on by this version
      help: nothing is written there
    "#);
}

#[tokio::test]
async fn examples_nats_cluster() {
    let cluster = Example { name: "nats-cluster", environment: "ci", objects: 6, has_nats: true };
    assert_snapshot!(heads(&example(cluster).await), @r#"
    exit 0
    --- stdout
    ci · 0 objects
      nats://127.0.0.1:[port] · account ADMIN · nats-server [version]
      http://[prometheus] · Prometheus 2.42.0

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
      + stream/events                                                          manifests/streams.yaml:31
      + stream/orders                                                           manifests/streams.yaml:5
      + consumer/orders/order-processor                                        manifests/streams.yaml:17
      + consumer/orders/order-puller                                           manifests/streams.yaml:24
      + stream/test-stream                                                     manifests/streams.yaml:42
      + rules/nats                                                                manifests/rules.yaml:4
        NOTE NF2202  JetStreamNoMetaLeader holds for 1 series now, and fires if it does for 1m

    Plan: 7 create
    --- stderr
    natsform.yaml:38:18: note[NF0157]: `scrape` is not acted on by this version
      help: nothing is written there
    manifests/rules.yaml:50:59: note[NF0611]: `nats_consumer_num_pending` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    "#);
}

#[tokio::test]
async fn examples_quickstart() {
    assert_snapshot!(example(local("quickstart", 3)).await, @r#"
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
    assert_snapshot!(example(local("sysarmor", 10)).await, @r#"
    exit 0
    --- stdout
    local · 0 objects
      nats://127.0.0.1:[port] · account default · nats-server [version]
      http://[prometheus] · Prometheus 2.42.0

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
      + rules/sysarmor-streams                                                    manifests/rules.yaml:5
          groups[sysarmor.streams].interval 30s
          groups[sysarmor.streams].rules[SysdigProcessorBacklog] {alert: SysdigProcessorBacklog, expr:
          "max by (stream, consumer_name) (nats_consumer_num_pending{stream=\"SYSDIG_EVENTS\",
          consumer_name=\"sysdig-processor\"}) > 100000", for: 10m, labels: {severity: warning, team:
          edr}, annotations: {summary: "{{ $labels.consumer_name }} is {{ $value | humanize }} events
          behind"}}
          groups[sysarmor.streams].rules[SysdigProcessorStuck] {alert: SysdigProcessorStuck, expr: "max
          by (stream, consumer_name) (nats_consumer_num_pending{stream=\"SYSDIG_EVENTS\"}) > 0 and max
          by (stream, consumer_name)
          (changes(nats_consumer_ack_floor_stream_seq{stream=\"SYSDIG_EVENTS\"}[10m])) == 0", for: 10m,
          labels: {severity: critical, team: edr}, annotations: {summary: "{{ $labels.consumer_name }}
          acknowledges nothing while events wait"}}
          groups[sysarmor.streams].rules[EventsGivenUp] {alert: EventsGivenUp, expr: "sum by (stream,
          consumer) (increase(nats_jetstream_delivery_exceeded_count{stream=\"SYSDIG_EVENTS\"}[10m])) >
          0", labels: {severity: warning, team: edr}, annotations: {summary: "{{ $value }} events of {{
          $labels.stream }} exceeded max_deliver of {{ $labels.consumer }}"}}
          groups[sysarmor.streams].rules[StreamNearMessageLimit] {alert: StreamNearMessageLimit, expr:
          "max by (stream) (nats_stream_total_messages{stream=\"SYSDIG_EVENTS\"}) > 0.9 * 1000000", for:
          5m, labels: {severity: warning, team: edr}, annotations: {summary: "{{ $labels.stream }} holds
          {{ $value | humanize }} messages and will discard the oldest"}}
          groups[sysarmor.streams].rules[NoEvents] {alert: NoEvents, expr: "max by (stream)
          (rate(nats_stream_last_seq{stream=~\"SYSDIG_EVENTS|OSQUERY_EVENTS\"}[15m])) == 0", for: 15m,
          labels: {severity: warning, team: edr}, annotations: {summary: "no collector has written to {{
          $labels.stream }} for 15 minutes"}}

    Plan: 11 create
    --- stderr
    natsform.yaml:29:105: note[NF0157]: `scrape` is not acted on by this version
      help: nothing is written there
    manifests/rules.yaml:12:49: note[NF0611]: `nats_consumer_num_pending` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    manifests/rules.yaml:19:57: note[NF0611]: `nats_consumer_ack_floor_stream_seq` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    manifests/rules.yaml:24:53: note[NF0611]: `nats_jetstream_delivery_exceeded_count` is there only with a flag of its exporter
      help: nats-surveyor with `--jetstream`
    manifests/rules.yaml:28:34: note[NF0611]: `nats_stream_total_messages` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    manifests/rules.yaml:33:39: note[NF0611]: `nats_stream_last_seq` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    "#);
}

#[tokio::test]
async fn examples_chat_platform() {
    assert_snapshot!(example(local("chat-platform", 11)).await, @r#"
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
    natsform.yaml:15:104: note[NF0157]: `scrape` is not acted on by this version
      help: nothing is written there
    manifests/rules.yaml:62:49: note[NF0611]: `nats_consumer_num_pending` is there only with a flag of its exporter
      help: nats-surveyor with `--jsz`; or prometheus-nats-exporter with `-jsz`, and with `-prefix nats`
    "#);
}
