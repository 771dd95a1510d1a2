//! What is live, and what a change of it looks like.

use super::*;

/// A file that says everything.
fn full() -> Value {
    body(
        r#"groups:
  - name: b
    interval: 90s
    limit: 10
    query_offset: 60s
    labels: {team: core, tier: "1"}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {tier: 2}
      - alert: Down
        expr: up{job="a"} == 0
        for: 60m
        keep_firing_for: 300s
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} is down"}
  - name: a
    interval: 1m
    rules: [{alert: A, expr: 1}]"#,
    )
}

#[test]
fn what_was_applied_is_what_is_live() {
    let live = applied(&Value::Null, &full());
    assert_eq!(PrometheusRule.view(&live), walk::view(PrometheusRule.shape(), &full()));
    assert_eq!(changes(&live, &full()), [""; 0]);
    assert_eq!(at_rest(&live), None);
    let down = &live["loaded"][0]["rules"][1];
    assert_eq!(down["labels"], json!({"team": "core", "tier": "1", "severity": "page"}));
    assert_eq!((&down["duration"], &down["keepFiringFor"]), (&json!(3600.0), &json!(300.0)));
    assert_eq!(live["loaded"][0]["rules"][0]["labels"], json!({"team": "core", "tier": "2"}));
    assert_eq!(live["loaded"][0]["interval"], json!(90.0));
}

#[test]
fn canonical_values_and_defaults() {
    let view = PrometheusRule.view(&applied(&Value::Null, &full()));
    let group = &view["groups"][1];
    assert_eq!(
        (&group["interval"], &group["query_offset"], &group["limit"]),
        (&json!("1m30s"), &json!("1m"), &json!(10))
    );
    assert_eq!(group["rules"][1]["for"], "1h");
    let quiet = body(
        "groups: [{name: g, interval: 0s, limit: 0, labels: {}, rules: [{alert: A, expr: up, for: 0, annotations: {}}]}]",
    );
    assert_eq!(
        PrometheusRule.view(&applied(&Value::Null, &quiet)),
        json!({"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up"}]}]})
    );
}

#[test]
fn changes_are_shown_by_group_rule_and_field() {
    let live = applied(&Value::Null, &full());
    let mut next = full();
    next["groups"][0]["rules"][1]["expr"] = json!("up{job='a'} ==\n  1");
    next["groups"][0]["rules"][1]["for"] = json!("5m");
    next["groups"][0]["rules"][1]["labels"]["severity"] = json!("info");
    next["groups"][0]["interval"] = Value::Null;
    next["groups"][0]["query_offset"] = json!("2m");
    next["groups"][1]["rules"] = json!([{"alert": "B", "expr": "up"}]);
    assert_eq!(
        changes(&live, &next),
        [
            "groups[a].rules[A]: {\"alert\":\"A\",\"expr\":\"1\"} -> null (declared)",
            "groups[a].rules[B]: null -> {\"alert\":\"B\",\"expr\":\"up\"} (declared)",
            "groups[b].interval: \"1m30s\" -> null (declared)",
            "groups[b].query_offset: \"1m\" -> \"2m\" (declared)",
            "groups[b].rules[Down].expr: \"up{job=\\\"a\\\"} == 0\" -> \"up{job=\\\"a\\\"} == 1\" (declared)",
            "groups[b].rules[Down].for: \"1h\" -> \"5m\" (declared)",
            "groups[b].rules[Down].labels[severity]: \"page\" -> \"info\" (declared)",
        ]
    );
}

#[test]
fn what_is_only_written_differently_is_no_change() {
    let live = applied(&Value::Null, &full());
    let mut next = full();
    next["groups"][0]["rules"][0]["expr"] = json!("# all of them\nsum(\n  up\n) by (job)\n");
    next["groups"][0]["rules"][1]["for"] = json!("1h");
    next["groups"][0]["rules"][1]["annotations"] = json!({"summary": "{{ $labels.job }} is down"});
    next["groups"].as_array_mut().unwrap().reverse();
    assert_eq!(changes(&live, &next), [""; 0]);
}

#[test]
fn a_rule_that_moves_has_moved_and_rules_of_one_name_are_paired_in_order() {
    let rules = |rules: &[(&str, &str)]| {
        let rules: Vec<Value> = rules.iter().map(|(n, e)| json!({"alert": n, "expr": e})).collect();
        json!({"groups": [{"name": "g", "rules": rules}]})
    };
    let live = applied(&Value::Null, &rules(&[("A", "a"), ("B", "b"), ("B", "c")]));
    assert_eq!(
        changes(&live, &rules(&[("B", "b"), ("B", "c"), ("A", "a")])),
        ["groups[g].rules: [\"A\",\"B\",\"B#2\"] -> [\"B\",\"B#2\",\"A\"] (moved)"]
    );
    assert_eq!(
        changes(&live, &rules(&[("A", "a"), ("B", "b"), ("B", "d")])),
        ["groups[g].rules[B#2].expr: \"c\" -> \"d\" (declared)"]
    );
    assert_eq!(
        changes(&live, &rules(&[("A", "a"), ("B", "b"), ("B", "c"), ("B", "x")])),
        ["groups[g].rules[B#3]: null -> {\"alert\":\"B\",\"expr\":\"x\"} (declared)"]
    );
}

#[test]
fn nothing_loaded_is_nothing_live() {
    let file = trimmed(&full());
    for loaded in [Value::Null, json!([])] {
        let config = json!({"file": file, "loaded": loaded, "interval": 60.0});
        assert_eq!(PrometheusRule.view(&config), json!({}));
        assert_eq!(at_rest(&config), Some("the file on disk is not loaded".into()));
    }
}

#[test]
fn what_a_server_does_not_show_comes_from_the_file_where_the_file_is_what_is_loaded() {
    let live = applied(&Value::Null, &full());
    // a file that somebody changed and that is not loaded
    let mut pending = live.clone();
    pending["file"]["groups"][0]["rules"][1]["for"] = json!("2h");
    assert_eq!(at_rest(&pending), Some("the file on disk is not what is loaded: `groups[b].rules[Down].for`".into()));
    let view = PrometheusRule.view(&pending);
    assert_eq!(view["groups"][1]["query_offset"], Value::Null);
    assert_eq!(view["groups"][1]["rules"][1]["for"], "1h");
    assert_eq!(view["groups"][1]["rules"][1]["labels"]["team"], "core");
    // the group that is as it is in the file
    assert_eq!(view["groups"][0]["interval"], "1m");
    assert!(!changes(&pending, &full()).is_empty());
}

#[test]
fn a_file_that_nobody_can_read_leaves_what_is_shown() {
    let mut live = applied(&Value::Null, &full());
    live.as_object_mut().unwrap().shift_remove("file");
    assert_eq!(at_rest(&live), None);
    assert_eq!(changes(&live, &full()), [""; 0]);
    let mut next = full();
    next["groups"][0]["query_offset"] = json!("5m");
    assert_eq!(changes(&live, &next), [""; 0]);
    next["groups"][0]["labels"]["team"] = json!("web");
    assert_eq!(
        changes(&live, &next),
        [
            "groups[b].rules[job:up:sum].labels[team]: \"core\" -> \"web\" (declared)",
            "groups[b].rules[Down].labels[team]: \"core\" -> \"web\" (declared)",
        ]
    );
    // the interval in force is all that is known of it
    live["interval"] = json!(90.0);
    next["groups"][0]["labels"]["team"] = json!("core");
    assert_eq!(changes(&live, &next), [""; 0]);
}

#[test]
fn a_file_that_is_gone_is_said() {
    let mut live = applied(&Value::Null, &full());
    live["file"] = Value::Null;
    assert_eq!(at_rest(&live), Some("the file is gone from the disk, and its groups are still loaded".into()));
}

/// As Prometheus 2.42 showed it, with everything beside.
#[test]
fn verbatim_answers_of_a_server_are_read() {
    let loaded: Value = serde_json::from_str(
        r#"[{"name":"g","file":"/etc/prometheus/x.yml","rules":[
          {"state":"inactive","name":"A","query":"up{job=\"a\"} == 0","duration":5400,"keepFiringFor":0,
           "labels":{"severity":"page"},"annotations":{"summary":"x"},"alerts":[],"health":"ok",
           "evaluationTime":0.0001,"lastEvaluation":"2026-11-21T10:00:00Z","type":"alerting"},
          {"name":"a:b","query":"sum(up)","health":"ok","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],
          "interval":15,"limit":0,"evaluationTime":0.0002,"lastEvaluation":"2026-11-21T10:00:00Z"}]"#,
    )
    .unwrap();
    let config = json!({"file": null, "loaded": loaded, "interval": 15});
    assert_eq!(
        PrometheusRule.view(&config),
        json!({"groups": [{"name": "g", "rules": [
            {"alert": "A", "expr": "up{job=\"a\"} == 0", "for": "1h30m", "labels": {"severity": "page"}, "annotations": {"summary": "x"}},
            {"record": "a:b", "expr": "sum(up)"},
        ]}]})
    );
}

#[test]
fn the_declared_path_is_the_whole_list() {
    let declared: Vec<String> =
        walk::declared(PrometheusRule.shape(), &full()).iter().map(ToString::to_string).collect();
    assert_eq!(declared, ["groups"]);
    let digest = |body: &Value| walk::digests(PrometheusRule.shape(), body);
    assert_eq!(digest(&alert("sum by (a) (x)")), digest(&alert("sum(x) by(a)")));
    assert_ne!(digest(&alert("sum by (a) (x)")), digest(&alert("sum by (b) (x)")));
}

#[test]
fn a_change_inside_lists_has_its_place_in_the_body() {
    let mut body = full();
    body["groups"][0]["rules"].as_array_mut().unwrap().push(json!({"alert": "Down", "expr": "up == 2"}));
    let at = |path: &str| {
        let path = Path::parse(path).unwrap();
        walk::indexed(PrometheusRule.shape(), &body, &path).map(|path| path.to_string())
    };
    assert_eq!(at("groups[a].interval"), Some("groups[1].interval".into()));
    assert_eq!(at("groups[b].rules[Down].labels[severity]"), Some("groups[0].rules[1].labels[severity]".into()));
    assert_eq!(at("groups[b].rules[Down#2]"), Some("groups[0].rules[2]".into()));
    assert_eq!(at("groups[b].rules[Up]"), None);
    assert_eq!(at("groups"), None);
}

#[test]
fn answers_of_any_form_are_read() {
    for odd in
        [json!(1), json!([1, null, [], {}]), json!({"a": 1}), json!([{"name": 1, "rules": [1, {}], "interval": "x"}])]
    {
        for file in [odd.clone(), json!({"groups": odd}), Value::Null] {
            let config = json!({"file": file, "loaded": odd, "interval": odd});
            PrometheusRule.view(&config);
            at_rest(&config);
            to_file(&file);
            applied(&config, &full());
        }
    }
}
