//! Each check on rules that it is for, and on rules that it is not for.

use super::*;
use crate::{
    diag::codes,
    model::{Capabilities, Value, json},
    systems::{self, Decode},
    yaml,
};
use std::{collections::BTreeSet, sync::Arc};

/// Documents of ours and bare rule files, as a run reads them.
fn load(text: &str) -> (Vec<Resource>, Report) {
    let (resources, report) = read(text);
    assert!(report.is_empty(), "{}", report.render_lines());
    (resources, report)
}

/// The same for a text with problems.
fn read(text: &str) -> (Vec<Resource>, Report) {
    let mut report = Report::default();
    let source = report.add_source("rules.yaml", text.into());
    let mut resources = Vec::new();
    for node in yaml::load(text.as_bytes(), &yaml::Budgets::default()).documents {
        let name = node.get("kind").and_then(yaml::Node::as_str).unwrap_or("PrometheusRule");
        let Some((_, kind)) = systems::kind_by_name(name) else { continue };
        let node = Arc::new(kind.take(&node, "test").map_or(node, |taken| taken.node));
        let document = report.add_document(source, node.clone());
        let name = node.find(&["metadata", "name"]).and_then(yaml::Node::as_str).unwrap_or_default();
        let head = crate::model::Head { name: name.into(), scope: "main".into(), ..Default::default() };
        let origin = crate::model::Origin { document, path: crate::model::Path::root().field("spec") };
        let mut cx = Decode { head: &head, origin, report: &mut report };
        let Some(spec) = node.get("spec") else { continue };
        for piece in kind.decode(spec, &mut cx) {
            resources.push(Resource {
                address: piece.address,
                body: piece.body,
                head: piece.head,
                needs: Vec::new(),
                origins: vec![piece.origin],
            });
        }
    }
    (resources, report)
}

/// A live world with one Prometheus of these facts.
fn world(facts: &Value) -> World {
    let mut place = crate::model::Place { listed: true, ..Default::default() };
    let mut capabilities = Capabilities::default();
    for name in ["config", "groups", "metric_names", "jobs"] {
        capabilities.facts.insert(name, facts[name].clone());
    }
    place.capabilities = capabilities;
    let mut world = World::default();
    world.places.insert(("prometheus".into(), "main".into()), place);
    world
}

fn lines(report: &Report) -> Vec<String> {
    let shown = |problem: &Problem| {
        let id = CHECKS.iter().find(|check| check.code() == problem.code).map_or(problem.code, |check| check.id());
        let at = problem.at.as_ref().map_or("", |at| &report.text(at.source)[at.span.start..at.span.end]);
        format!("{} {id} at {at}", problem.severity.word())
    };
    report.problems().iter().map(shown).collect()
}

/// What is found in a whole text.
fn found(text: &str, world: Option<&World>) -> Vec<String> {
    let (resources, mut report) = load(text);
    run(&resources, world, &|_| true, &mut report);
    report.sort();
    lines(&report)
}

/// An alert with this expression, otherwise as it should be.
fn alert(expr: &str) -> String {
    format!("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {expr}\n    annotations: {{summary: x}}\n")
}

fn offline(expr: &str) -> Vec<String> {
    found(&alert(expr), None)
}

fn live(expr: &str, facts: &Value) -> Vec<String> {
    found(&alert(expr), Some(&world(facts)))
}

fn none(found: Vec<String>) {
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_check_has_a_page_and_a_name_of_its_own() {
    let ids: BTreeSet<&str> = CHECKS.iter().map(|check| check.id()).collect();
    assert_eq!(ids.len(), CHECKS.len());
    for check in CHECKS {
        let page = codes().find(|(code, ..)| *code == check.code()).expect("a page");
        assert!(page.1.starts_with(&format!("{}: ", check.id())), "{}", page.1);
    }
}

/// What the pages call bad is found, and what they call good is not.
#[test]
fn the_examples_of_the_pages_are_true() {
    let quoted = |page: &str, word: &str| {
        let rest = page.split(&format!("{word}: `")).nth(1).unwrap_or_default();
        rest.split('`').next().unwrap_or_default().to_owned()
    };
    let mut tried = Vec::new();
    for check in CHECKS {
        let page = codes().find(|(code, ..)| *code == check.code()).expect("a page");
        let (bad, good) = (quoted(page.2, "Bad"), quoted(page.2, "Good"));
        let hits = |expr: &str| {
            offline(&format!("'{}'", expr.replace('\'', "''"))).iter().any(|found| found.contains(check.id()))
        };
        if promql::parse(&bad).is_ok() && check.id() != "metric-needs-flag" && hits(&bad) {
            assert!(!hits(&good), "{}: {good}", check.id());
            tried.push(check.id());
        }
    }
    // the others speak of rules, or of a server
    let expressions = ["metric-unknown", "label-unknown", "no-comparison", "counter-misuse", "self-ratio"];
    for id in expressions.iter().chain(&["maybe-zero-divisor", "unscoped", "replicas"]) {
        assert!(tried.contains(id), "{id}: its bad example is not found");
    }
}

#[test]
fn metric_unknown() {
    assert_eq!(offline("nats_core_conn_count > 1")[..1], ["warning metric-unknown at nats_core_conn_count"]);
    none(offline("nats_core_connection_count > 1"));
    none(offline("chat_things > 1"));
    let recorded =
        "groups:\n- {name: g, rules: [{record: nats_mine, expr: vector(1)}, {record: b, expr: nats_mine}]}\n";
    none(found(recorded, None));
    let facts = json!({"metric_names": ["chat_thing", "nats_own"], "groups": [{"rules": [{"type": "recording", "name": "a:b"}]}]});
    assert_eq!(live("chat_things > 1", &facts), ["warning metric-unknown at chat_things"]);
    assert_eq!(live("nats_owned > 1", &facts), ["error metric-unknown at nats_owned"]);
    none(live("chat_things > 1", &json!({"metric_names": []})));
    for known in ["chat_thing > 1", "nats_own > 1", "a:b > 1", "up{job=\"x\"} == 0", "nats_core_connection_count > 1"] {
        none(live(known, &facts));
    }
}

#[test]
fn metric_unknown_says_what_was_probably_meant() {
    let (resources, mut report) = load(&alert("nats_core_conn_count > nats_core_mem_byte"));
    run(&resources, None, &|_| true, &mut report);
    let text = report.render_lines();
    assert!(text.contains("did you mean nats_core_connection_count?"), "{text}");
    assert!(text.contains("did you mean `nats_core_mem_bytes`"), "{text}");
    assert!(
        text.contains("rules.yaml:5:11: warning[NF0601]: no NATS exporter has a metric `nats_core_conn_count`"),
        "{text}"
    );
}

#[test]
fn label_unknown() {
    let wrong = "max by (team) (gnatsd_varz_mem{servr_id=\"n\"}) > 1";
    let only = |found: Vec<String>| found.into_iter().filter(|f| f.contains("label")).collect::<Vec<_>>();
    assert_eq!(only(offline(wrong)), ["warning label-unknown at servr_id"]);
    assert_eq!(only(offline("max by (strem) (nats_stream_total_messages) > 1")), ["warning label-unknown at strem"]);
    none(only(offline("gnatsd_varz_mem{server_id=\"n\", job=\"x\", team=\"a\"} > 1")));
    let facts =
        json!({"metric_names": ["nats_core_mem_bytes"], "jobs": {"s": {"labels": ["job", "team"], "urls": []}}});
    assert_eq!(live("nats_core_mem_bytes{teem=\"n\"} > 1", &facts), ["warning label-unknown at teem"]);
    none(live("nats_core_mem_bytes{team=\"n\"} > 1", &facts));
    // an absent label is a question that can be asked
    none(live("nats_core_mem_bytes{teem=\"\"} > 1", &facts));
}

#[test]
fn no_comparison() {
    assert_eq!(offline("rate(x[5m])"), ["warning no-comparison at rate(x[5m])"]);
    assert_eq!(offline("x > bool 1"), ["warning no-comparison at x > bool 1"]);
    for good in ["rate(x[5m]) > 1", "absent(x)", "vector(1)", "x unless y"] {
        none(offline(good));
    }
    none(found("groups: [{name: g, rules: [{record: a, expr: rate(x[5m])}]}]", None));
}

#[test]
fn counter_misuse() {
    let counters = "gnatsd_varz_in_msgs > 10";
    assert!(
        offline(counters).contains(&"warning counter-misuse at gnatsd_varz_in_msgs".into()),
        "{:?}",
        offline(counters)
    );
    assert_eq!(offline("rate(nats_core_mem_bytes[5m]) > 1"), ["warning counter-misuse at rate"]);
    assert_eq!(offline("deriv(nats_core_recv_msgs_count[5m]) > 1"), ["warning counter-misuse at deriv"]);
    assert_eq!(offline("delta(nats_core_recv_msgs_count[5m]) < 1"), ["warning counter-misuse at delta"]);
    for good in [
        "rate(nats_core_recv_msgs_count[5m]) > 1",
        "deriv(nats_core_mem_bytes[5m]) > 1",
        "nats_core_recv_msgs_count == 0",
        "delta(nats_varz_slow_consumers[5m]) > 0",
    ] {
        none(offline(good).into_iter().filter(|f| f.contains("counter-misuse")).collect());
    }
    let facts = json!({"jobs": {"j": {"metrics": {"x_total": "counter", "x": "gauge"}, "interval": "15s"}}});
    assert_eq!(live("x_total > 1", &facts), ["warning counter-misuse at x_total"]);
    assert_eq!(live("rate(x[5m]) > 1", &facts), ["warning counter-misuse at rate"]);
    none(live("rate(x_total[5m]) > 1 and x > 1", &facts));
}

#[test]
fn window() {
    let facts = json!({
        "config": {"global": {"scrape_interval": "1m"}},
        "jobs": {"fast": {"metrics": {"a": "counter"}, "interval": "15s"}, "slow": {"metrics": {"a": "counter", "b": "counter"}, "interval": "1m"}},
    });
    assert_eq!(live("rate(b[1m]) > 1", &facts), ["warning window at 1m"]);
    assert_eq!(live("rate(b[3m]) > 1", &facts), ["warning window at 3m"]);
    assert_eq!(live("rate(a[1m]) > 1", &facts), ["warning window at 1m"], "the slowest job");
    for good in ["rate(b[4m]) > 1", "rate(a{job=\"fast\"}[1m]) > 1", "max_over_time(b[1m]) > 1"] {
        none(live(good, &facts));
    }
    let group = |window: &str| {
        format!("groups: [{{name: g, interval: 2m, rules: [{{record: a, expr: \"rate(x[{window}])\"}}]}}]")
    };
    assert_eq!(found(&group("1m"), None), ["warning window at 1m"]);
    none(found(&group("2m"), None));
}

#[test]
fn duplicate() {
    let rule = |name: &str, expr: &str| format!("{{alert: {name}, expr: {expr}, annotations: {{summary: x}}}}");
    let two = |a: &str, b: &str| format!("groups: [{{name: g, rules: [{a}, {b}]}}]");
    assert_eq!(found(&two(&rule("A", "x > 1"), &rule("A", "y > 1")), None), ["warning duplicate at A"]);
    none(found(&two(&rule("A", "x > 1"), &rule("B", "x > 1")), None));
    let groups = |a: &str, b: &str| format!("groups: [{{name: g, rules: [{a}]}}, {{name: h, rules: [{b}]}}]");
    assert_eq!(found(&groups(&rule("A", "x > 1"), &rule("A", "x>1")), None), ["warning duplicate at A"]);
    none(found(&groups(&rule("A", "x > 1"), &rule("A", "x > 2")), None));
    let foreign = |query: &str| json!({"groups": [{"name": "o", "file": "/etc/other.yml", "rules": [{"type": "alerting", "name": "A", "query": query, "labels": {}}]}]});
    assert_eq!(live("x>1", &foreign("x > 1")), ["warning duplicate at A"]);
    none(live("x>1", &foreign("x > 2")));
}

#[test]
fn self_ratio() {
    for bad in [
        "rate(http_requests_total{status=~\"5..\"}[5m]) / rate(http_requests_total[5m]) > 0.05",
        "x / x > 1",
        "a{b=\"c\"} / a > 0.5",
        "rate(x{type=\"bad\"}[5m]) / rate(x{type=\"good\"}[5m]) > 1",
    ] {
        assert_eq!(offline(bad), ["warning self-ratio at /"], "{bad}");
    }
    for good in [
        "sum(rate(x{s=\"5\"}[5m])) / sum(rate(x[5m])) > 0.05",
        "rate(x{s=\"5\"}[5m]) / ignoring(s) rate(x[5m]) > 0.05",
        "rate(x[5m]) / rate(x[5m] offset 1d) > 2",
        "rate(x[5m]) / rate(x[1h]) > 2",
        "x / y < 1",
    ] {
        none(offline(good).into_iter().filter(|f| f.contains("self-ratio")).collect());
    }
}

#[test]
fn maybe_zero_divisor() {
    for (bad, divisor) in [
        ("used / max > 0.8", "max"),
        ("redis_memory_used_bytes / redis_memory_max_bytes * 100 > 90", "redis_memory_max_bytes"),
        (
            "sum by (a) (s) / sum by (a) (haproxy_backend_limit_sessions) > 80",
            "sum by (a) (haproxy_backend_limit_sessions)",
        ),
        ("nats_varz_mem / nats_varz_cpu > 2", "nats_varz_cpu"),
        ("waiting / rate(tried[5m]) > 3", "rate(tried[5m])"),
    ] {
        let found: Vec<String> = offline(bad).into_iter().filter(|f| f.contains("maybe-zero")).collect();
        assert_eq!(found, [format!("warning maybe-zero-divisor at {divisor}")], "{bad}");
    }
    for good in [
        "used / (max > 0) > 0.8",
        "used / max < 0.1",
        "used / max > 0.8 and max > 0",
        "1 - free / max > 0.8",
        "rate(failed[5m]) / rate(tried[5m]) > 0.1",
        "x / 1024 > 2",
        "sum(rate(a{c=\"5\"}[5m])) / sum(rate(a[5m])) > 0.1",
        "rate(x_sum[5m]) / rate(x_count[5m]) > 1",
        // totals, and limits that are always set
        "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.9",
        "node_filefd_allocated / node_filefd_maximum > 0.9",
        "node_nf_conntrack_entries / node_nf_conntrack_entries_limit > 0.75",
        "memcached_current_connections / memcached_max_connections > 0.8",
        "busy / workers > 0.8",
    ] {
        none(offline(good));
    }
    none(found("groups: [{name: g, rules: [{record: a, expr: x / y}]}]", None));
}

#[test]
fn unscoped() {
    assert_eq!(offline("process_resident_memory_bytes > 1e9"), ["note unscoped at process_resident_memory_bytes"]);
    for bad in ["sum(up) < 3", "count by (instance) (up == 0) > 1", "sum without (job) (up) < 1"] {
        assert_eq!(offline(bad), ["note unscoped at up"], "{bad}");
    }
    for good in [
        "up{job=\"a\"} == 0",
        "absent(up)",
        "process_resident_memory_bytes{app=\"a\"} > 1",
        // each job by itself
        "up == 0",
        "sum by (job) (up) == 0",
        "count without (instance) (up == 0) > 1",
        "up == 0 unless on (job) (sum by (job) (up) == 0)",
        // a share of what each process has of its own
        "process_open_fds / process_max_fds > 0.85 and process_max_fds > 0",
        "process_open_fds{job=\"a\"} / process_max_fds > 0.8",
    ] {
        none(offline(good));
    }
}

#[test]
fn alert_name_vs_target() {
    let named = |name: &str, expr: &str| found(&alert(expr).replace("alert: A", &format!("alert: {name}")), None);
    assert_eq!(named("NATSNodeDown", "up{job=\"nats-surveyor\"} == 0"), ["note alert-name-vs-target at up"]);
    none(named("NATSSurveyorDown", "up{job=\"nats-surveyor\"} == 0"));
    none(named(
        "NATSNodeDown",
        "nats_survey_surveyed_count < nats_survey_expected_count or up{job=\"nats-exporter\"} == 0",
    ));
    none(named("ApiDown", "up{job=\"api\"} == 0"));
}

#[test]
fn metric_needs_flag() {
    assert_eq!(offline("nats_connz_total > 1000"), ["note metric-needs-flag at nats_connz_total"]);
    assert_eq!(offline("nats_connz_total > 1000 or nats_connz_total < 1").len(), 1, "once");
    none(offline("nats_core_mem_bytes > 1"));
    let facts = json!({"metric_names": ["other"]});
    assert_eq!(live("nats_connz_total > 1000", &facts), ["warning metric-needs-flag at nats_connz_total"]);
    none(live("nats_connz_total > 1000", &json!({"metric_names": ["nats_connz_total"]})));
}

#[test]
fn for_interval() {
    let rule = |interval: &str, time: &str| {
        format!(
            "groups:\n- name: g\n  interval: {interval}\n  rules:\n  - {{alert: A, expr: x > 1, for: {time}, annotations: {{summary: x}}}}\n"
        )
    };
    assert_eq!(found(&rule("1m", "30s"), None), ["warning for-interval at 30s"]);
    assert_eq!(found(&rule("1m", "90s"), None), ["warning for-interval at 90s"]);
    assert_eq!(found(&rule("10m", "10m"), None), ["warning for-interval at A"], "above the lookback");
    none(found(&rule("30s", "90s"), None));
    let unsaid = rule("1m", "30s").replace("  interval: 1m\n", "");
    assert_eq!(found(&unsaid, None), ["note for-interval at 30s"]);
    none(found(&unsaid, Some(&world(&json!({"config": {"global": {"evaluation_interval": "15s"}}})))));
}

#[test]
fn summary() {
    let group = |rules: &str| format!("groups:\n- name: g\n  rules:\n{rules}");
    let bare = "  - {alert: A, expr: x > 1, labels: {severity: page}}\n  - {alert: B, expr: x > 2, labels: {severity: page}}\n";
    assert_eq!(found(&group(bare), None), ["note summary at severity"], "once for a group");
    none(found(&group(&bare.replace("}}\n", "}, annotations: {summary: x}}\n")), None));
    none(found(&group("  - {alert: A, expr: x > 1}\n"), None));
}

#[test]
fn replicas() {
    let stream = |n: u32| {
        format!(
            "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: S}}\nspec: {{subjects: [a], num_replicas: {n}}}\n"
        )
    };
    let sum = "sum(nats_stream_total_messages) > 1";
    let only = |found: Vec<String>| found.into_iter().filter(|f| f.contains("replicas")).collect::<Vec<_>>();
    assert_eq!(only(found(&format!("{}{}", alert(sum), stream(3)), None)), ["warning replicas at sum"]);
    assert_eq!(only(offline(sum)), ["note replicas at sum"]);
    none(only(found(&format!("{}{}", alert(sum), stream(1)), None)));
    for good in [
        "sum(max by (stream) (nats_stream_total_messages)) > 1",
        "sum(nats_stream_total_messages{is_stream_leader=\"true\"}) > 1",
        "sum by (server_name) (nats_stream_total_messages) > 1",
        "max(nats_stream_total_messages) > 1",
        "sum(nats_core_mem_bytes) > 1",
        "sum(increase(nats_jetstream_delivery_exceeded_count[10m])) > 0",
    ] {
        none(only(offline(good)));
    }
}

#[test]
fn both_exporters() {
    let facts = |exporter: &str| {
        json!({"metric_names": ["nats_stream_total_messages"], "jobs": {
            "surveyor": {"metrics": {"nats_core_mem_bytes": "gauge", "nats_stream_total_messages": "gauge"}},
            "exporter": {"metrics": {"nats_varz_mem": "gauge", exporter: "gauge"}},
        }})
    };
    let both = facts("nats_stream_total_messages");
    assert_eq!(live("nats_stream_total_messages > 1", &both), ["warning both-exporters at nats_stream_total_messages"]);
    none(live("nats_stream_total_messages > 1", &facts("jetstream_stream_total_messages")));
    none(live("nats_stream_total_messages{job=\"surveyor\"} > 1", &both));
    none(live("nats_stream_total_messages{stream_name=\"S\"} > 1", &both));
}

#[test]
fn cross_resource() {
    let mut world = world(&json!({"metric_names": ["nats_consumer_num_pending"]}));
    let place = crate::model::Place { listed: true, ..Default::default() };
    world.places.insert(("jetstream".into(), "ORDERS_APP".into()), place.clone());
    for address in ["stream/ORDERS", "consumer/ORDERS/billing", "kv/BUCKET", "stream/BLIND"] {
        there(&mut world, address);
    }
    let live = |matchers: &str| found(&alert(&format!("nats_consumer_num_pending{{{matchers}}} > 1")), Some(&world));
    assert_eq!(live("stream=\"ODRERS\""), ["warning cross-resource at \"ODRERS\""]);
    assert_eq!(live("stream=~\"ORDERS|PAID\""), ["warning cross-resource at \"ORDERS|PAID\""]);
    assert_eq!(live("stream=\"ORDERS\", consumer_name=\"bilin\""), ["warning cross-resource at \"bilin\""]);
    assert_eq!(live("account_name=\"ORDERS_AP\""), ["note cross-resource at \"ORDERS_AP\""]);
    for good in [
        "stream=\"ORDERS\"",
        "stream=\"ORDERS\", consumer_name=\"billing\"",
        "stream=~\".*\"",
        "stream=\"KV_BUCKET\"",
        "account_name=\"elsewhere\", stream=\"THEIRS\"",
    ] {
        none(live(good));
    }
    let advisory = "increase(nats_jetstream_delivery_exceeded_count{account=\"file\", stream=\"ODRERS\"}[5m]) > 0";
    let of_stream = found(&alert(advisory), Some(&world));
    assert!(of_stream.contains(&"warning cross-resource at \"ODRERS\"".into()), "{of_stream:?}");
    let declared = "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: NEW}\nspec: {subjects: [a]}\n";
    none(found(&format!("{}{declared}", alert("nats_consumer_num_pending{stream=\"NEW\"} > 1")), Some(&world)));
    // what is listed is known, although something of it could not be read: that has no consumers that anybody knows
    let of = |consumer: &str| alert(&format!("nats_consumer_num_pending{{{consumer}}} > 1"));
    let down = Address::parse("stream/DOWN", "ORDERS_APP").expect("an address");
    world.objects.insert(down, crate::model::Presence::Unknown { why: "its leader is offline".into() });
    let blind = Address::parse("stream/BLIND", "ORDERS_APP").expect("an address");
    world.blind.insert(blind, "no answer".into());
    let key = ("jetstream".to_owned(), "ORDERS_APP".to_owned());
    world.places.entry(key.clone()).or_default().gaps.push("not readable in account ORDERS_APP: stream/DOWN".into());
    for unsure in ["stream=\"DOWN\"", "stream=\"DOWN\", consumer_name=\"x\"", "stream=\"BLIND\", consumer_name=\"x\""] {
        none(found(&of(unsure), Some(&world)));
    }
    let sure = found(&of("stream=\"ORDERS\", consumer_name=\"bilin\""), Some(&world));
    assert_eq!(sure, ["warning cross-resource at \"bilin\""]);
    assert_eq!(found(&of("stream=\"ODRERS\""), Some(&world)), ["warning cross-resource at \"ODRERS\""]);
    world.places.entry(key).or_default().listed = false;
    none(found(&of("stream=\"ODRERS\""), Some(&world)));
}

/// An object that was read.
fn there(world: &mut World, address: &str) {
    let address = Address::parse(address, "ORDERS_APP").expect("an address");
    let live = crate::model::Live {
        address: address.clone(),
        config: Value::Null,
        state: Value::Null,
        identity: crate::model::Identity::default(),
        fingerprint: String::new(),
        memory: None,
    };
    world.objects.insert(address, crate::model::Presence::Present(live.into()));
}

#[test]
fn same_port() {
    let facts = |second: &str| json!({"jobs": {"analytics": {"urls": ["http://h:7778/metrics"]}, "nats": {"urls": [second]}, "other": {"urls": []}}});
    let expr = "up{job=\"analytics\"} == 0";
    assert_eq!(live(expr, &facts("http://h:7778/metrics")), ["warning same-port at up{job=\"analytics\"}"]);
    none(live(expr, &facts("http://h:7777/metrics")));
    none(live("up{job=\"other\"} == 0", &facts("http://h:7778/metrics")));
}

#[test]
fn matcher_covers() {
    let facts = json!({"config": {"scrape_configs": [{"job_name": "chat_server"}, {"job_name": "bot_server"}, {"job_name": "db"}]}});
    assert_eq!(live("up{job=~\"chat.*\"} == 0", &facts), ["note matcher-covers at \"chat.*\""]);
    assert_eq!(live("up{job=~\"fechatter.*\"} == 0", &facts), ["warning matcher-covers at \"fechatter.*\""]);
    none(live("up{job=~\"chat.*\"} == 0 or up{job!~\"chat.*\"} == 0", &facts));
    none(live("up{job=~\"(chat|bot)_server|db\"} == 0", &facts));
    none(live("up{job=\"db\"} == 0", &facts));
}

mod comments;
mod corpus;
