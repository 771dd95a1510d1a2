//! What the live server lacks, said at plan time.

use super::*;
use crate::plan::unknown_to_server;

fn lacks(body: &Value, caps: &Capabilities) -> Vec<String> {
    unknown_to_server(PrometheusRule.shape(), body, caps)
}

fn with(mut caps: Capabilities, fact: &'static str, value: Value) -> Capabilities {
    caps.facts.insert(fact, value);
    caps
}

#[test]
fn fields_need_the_version_that_brings_them() {
    let body = body(
        "groups: [{name: g, limit: 5, query_offset: 1m, labels: {a: b}, rules: [{alert: A, expr: up, keep_firing_for: 1m}]}]",
    );
    let said = |major, minor| lacks(&body, &prometheus(major, minor));
    let at = "groups[g]";
    assert_eq!(
        said(2, 30),
        [
            format!("`{at}.limit`: it needs Prometheus 2.31, this is 2.30.0"),
            format!("`{at}.query_offset`: it needs Prometheus 2.53, this is 2.30.0"),
            format!("`{at}.labels`: it needs Prometheus 3.0, this is 2.30.0"),
            format!("`{at}.rules[A].keep_firing_for`: it needs Prometheus 2.42, this is 2.30.0"),
        ]
    );
    assert_eq!(said(2, 42).len(), 2);
    assert_eq!(said(2, 53).len(), 1);
    assert_eq!(said(3, 0), [""; 0]);
    // what means the default is not written into the file
    let quiet =
        super::body("groups: [{name: g, labels: {}, limit: 0, rules: [{alert: A, expr: up, keep_firing_for: 0s}]}]");
    assert_eq!(lacks(&quiet, &prometheus(2, 30)), [""; 0]);
    assert_eq!(to_file(&quiet), "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n");
    // a server that says no version and lists its features is a new one
    let unknown = with(prometheus(0, 0), "features", json!({"rules": {}}));
    assert_eq!(lacks(&body, &unknown), [""; 0]);
}

#[test]
fn names_of_any_characters_need_the_third_version() {
    let body = body(
        "groups: [{name: g, rules: [{alert: A, expr: up, labels: {a.b: x}, annotations: {c-d: x}}, {record: e.f, expr: up}]}]",
    );
    let old = "it needs Prometheus 3.0, this is 2.53.0";
    assert_eq!(
        lacks(&body, &prometheus(2, 53)),
        [
            format!("`groups[g].rules[A].labels`: the name `a.b`: {old}"),
            format!("`groups[g].rules[A].annotations`: the name `c-d`: {old}"),
            format!("`groups[g].rules[e.f].record`: the name `e.f`: {old}"),
        ]
    );
    assert_eq!(lacks(&body, &prometheus(3, 5)), [""; 0]);
}

#[test]
fn expressions_need_what_they_are_made_of() {
    let said = |expr: &str, caps: &Capabilities| {
        lacks(&alert(expr), caps).into_iter().map(|l| l.replace("`groups[g].rules[A].expr`: ", "")).collect::<Vec<_>>()
    };
    let flag = "promql-experimental-functions";
    let off = format!("`limitk` is off on this server: it needs `--enable-feature={flag}`");
    assert_eq!(said("limitk(3, up) > 0", &prometheus(3, 5)), [off.as_str()]);
    let on = with(prometheus(3, 5), "flags", json!({"enable-feature": format!("native-histograms,{flag}")}));
    assert_eq!(said("limitk(3, up) > 0", &on), [""; 0]);
    assert_eq!(
        said("up atan2 limitk(3, up) > 0", &prometheus(2, 30)),
        [format!(
            "`atan2` is not known to this server: it needs Prometheus 2.31, this is 2.30.0; `limitk` is not known to this \
             server: it needs Prometheus 2.54 with `--enable-feature={flag}`, this is 2.30.0"
        )]
    );
    assert_eq!(
        said("holt_winters(up[5m], 0.5, 0.5) > 0", &prometheus(3, 0)),
        ["`holt_winters` is gone since Prometheus 3.0"]
    );
    assert_eq!(said("holt_winters(up[5m], 0.5, 0.5) > 0", &prometheus(2, 53)), [""; 0]);
    assert_eq!(said("{\"a.b\"} > 1", &prometheus(2, 53)).len(), 1);
}

/// As `/api/v1/features` of a new server without flags says it.
#[test]
fn a_servers_own_list_is_asked_before_its_version() {
    let features = json!({
        "promql": {"anchored": false, "smoothed": false, "duration_expr": true, "fill": false, "at_modifier": true},
        "promql_functions": {"rate": true, "info": false, "mad_over_time": true},
        "promql_operators": {"limitk": false, "sum": true, "</": true, ">": true},
    });
    let caps = with(prometheus(3, 15), "features", features);
    let ok = |expr: &str| lacks(&alert(expr), &caps).is_empty();
    assert!(ok("sum(rate(up[5m])) > 0"));
    assert!(ok("mad_over_time(up[5m]) > 0"));
    assert!(ok("up[5m * 2] offset 1m > 0") || ok("rate(up[5m * 2]) > 0"));
    assert!(!ok("limitk(1, up) > 0"));
    assert!(lacks(&alert("holt_winters(up[5m], 0.5, 0.5) > 0"), &caps)[0].contains("gone since Prometheus 3.0"));
    assert!(!ok("info(up) > 0"));
    assert!(!ok("rate(up[5m] anchored) > 0"));
    assert_eq!(
        lacks(&alert("double_exponential_smoothing(up[5m], 0.1, 0.1) > 0"), &caps),
        ["`groups[g].rules[A].expr`: `double_exponential_smoothing` is off on this server: it needs \
          `--enable-feature=promql-experimental-functions`"]
    );
}
