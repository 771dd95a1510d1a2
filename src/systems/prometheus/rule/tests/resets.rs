//! What becomes of live alerts: what no server at hand can show, and the words.

use super::*;
use crate::{
    model::{Finding, Level},
    systems::Turning,
};

/// A live document, with these alerts at each rule: state and the labels beside the alert's name.
fn live(body: &Value, alerts: &[(&str, &[(&str, Value)])]) -> Live {
    let config = applied(&Value::Null, body);
    let mut groups = config["loaded"].clone();
    for group in groups.as_array_mut().unwrap() {
        for rule in group["rules"].as_array_mut().unwrap() {
            let name = rule["name"].as_str().unwrap().to_owned();
            let own = alerts.iter().find(|(n, _)| *n == name).map_or(&[][..], |(_, list)| list);
            rule["lastEvaluation"] = json!("2026-01-01T00:10:00Z");
            rule["alerts"] = own
                .iter()
                .map(|(state, labels)| json!({"state": state, "labels": labels, "activeAt": "2026-01-01T00:05:00Z"}))
                .collect();
        }
    }
    Live {
        address: Address::new("rules", ["x"], "main"),
        state: json!({"servers": {"http://a": groups, "http://b": groups}, "unrest": null}),
        config,
        identity: crate::model::Identity::default(),
        fingerprint: String::new(),
        memory: None,
    }
}

fn found(live: &Live, next: Option<&Value>, caps: &Capabilities) -> Option<Finding> {
    let settled = next.map(|next| applied(&live.config, next));
    let turning = Turning {
        address: &live.address,
        live,
        settled: settled.as_ref(),
        replace: false,
        capabilities: caps,
        inside: &[],
        parent: None,
    };
    PrometheusRule.risks(&turning).pop()
}

fn rule(more: &str) -> Value {
    body(&format!("groups: [{{name: g, rules: [{{alert: High, expr: up, {more}}}]}}]"))
}

#[test]
fn the_sentence_says_how_many_what_becomes_of_them_and_when() {
    let labels = |i: u32| json!({"alertname": "High", "i": i.to_string()});
    let one =
        live(&rule("for: 5m"), &[("High", &[("firing", labels(1)), ("firing", labels(2)), ("firing", labels(3))])]);
    let caps = prometheus(2, 42);
    let next = rule("for: 5m, labels: {severity: page}");
    let finding = found(&one, Some(&next), &caps).expect("a finding");
    assert_eq!(
        finding.message,
        "3 firing alerts (High) will drop to pending for 5m; Alertmanager resolves the old ones after about 4m and notifies \
         again"
    );
    assert_eq!(
        (finding.level, finding.exact, finding.measured()),
        (Level::Risk, true, 3),
        "two servers, each alert once"
    );
    let line = finding.details[1].line.clone().expect("a line");
    assert_eq!(line, "High (3): its label `severity` changes: to the server it is another alert");
    let finding = found(&one, None, &caps).expect("a finding");
    assert_eq!(finding.message, "3 firing alerts (High) will end; Alertmanager resolves the old ones after about 4m");
    let next = body("groups: [{name: g, rules: [{alert: High, expr: down, for: 5m}]}]");
    let finding = found(&one, Some(&next), &caps).expect("a finding");
    assert!(
        !finding.exact && finding.message.contains("unless the new expression still gives them"),
        "{}",
        finding.message
    );
    let pending = live(&rule("for: 5m"), &[("High", &[("pending", labels(1))])]);
    let finding = found(&pending, Some(&rule("for: 5m, labels: {a: b}")), &caps).expect("a finding");
    assert_eq!(finding.message, "1 pending alert (High) will be pending for 5m anew");
    for same in [rule("for: 1m"), rule("for: 5m, annotations: {summary: s}"), rule("for: 1h")] {
        assert_eq!(found(&one, Some(&same), &caps).map(|f| f.message), None);
    }
}

/// Servers from 3.11 on make alerts pending again that have not been active for the new `for`.
#[test]
fn a_longer_for_demotes_on_younger_servers() {
    let one = live(
        &rule("for: 1m"),
        &[("High", &[("firing", json!({"alertname": "High"})), ("pending", json!({"alertname": "High", "i": "1"}))])],
    );
    let resets = |wait: &str, minor| {
        found(&one, Some(&rule(&format!("for: {wait}"))), &prometheus(3, minor)).map_or(0, |f| f.measured())
    };
    assert_eq!((resets("10m", 10), resets("10m", 11), resets("4m", 11), resets("10s", 11)), (0, 1, 0, 0));
    // the next evaluation decides, a minute on
    assert_eq!((resets("5m59s", 11), resets("6m1s", 11)), (0, 1));
}

/// Labels of the group are labels of the rule: what says the same in another place resets nothing.
#[test]
fn labels_of_the_group_count_as_the_rules_own() {
    let of = |group: &str, own: &str| {
        body(&format!(
            "groups: [{{name: g, labels: {{{group}}}, rules: [{{alert: High, expr: up, labels: {{{own}}}}}]}}]"
        ))
    };
    let one = live(&of("a: b", "c: d"), &[("High", &[("firing", json!({"alertname": "High"}))])]);
    let caps = prometheus(3, 5);
    for (next, n) in
        [(of("", "a: b, c: d"), 0), (of("a: x, c: d", "a: b"), 0), (of("a: x", "c: d"), 1), (of("", "c: d"), 1)]
    {
        assert_eq!(found(&one, Some(&next), &caps).map_or(0, |f| f.measured()), n, "{next}");
    }
}

#[test]
fn a_limit_below_what_is_active_clears_it() {
    let labels = |i: u32| json!({"alertname": "High", "i": i.to_string()});
    let of = |limit: u32| body(&format!("groups: [{{name: g, limit: {limit}, rules: [{{alert: High, expr: up}}]}}]"));
    let one = live(&of(0), &[("High", &[("firing", labels(1)), ("firing", labels(2))])]);
    let resets = |limit| found(&one, Some(&of(limit)), &prometheus(2, 42)).map_or(0, |f| f.measured());
    assert_eq!((resets(1), resets(2), resets(0)), (2, 0, 0));
}
