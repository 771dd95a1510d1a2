//! The JSON of results, key by key: scripts read it by these names (docs: command line, section 4).

use super::{bed::TestBed, risky};
use serde_json::Value;

const LEVELS: [&str; 4] = ["SAFE", "NOTE", "RISK", "LOSS"];
const ACTIONS: [&str; 6] = ["create", "update", "replace", "delete", "adopt", "forget"];

/// An object has these keys, and beside them only those of `more`.
#[track_caller]
fn keys(value: &Value, all: &str, more: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    for key in all.split_whitespace() {
        assert!(object.contains_key(key), "`{key}` is missing in {value}");
    }
    let known: Vec<&str> = all.split_whitespace().chain(more.split_whitespace()).collect();
    let odd: Vec<&String> = object.keys().filter(|k| !known.contains(&k.as_str())).collect();
    assert!(odd.is_empty(), "{odd:?} in {value}");
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list in {value}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

fn version(value: &Value) {
    assert!(text(value, "format_version").starts_with("1."), "{value}");
}

fn source(value: &Value) {
    keys(value, "file line column", "");
    assert!(value["line"].as_u64() > Some(0) && value["column"].as_u64() > Some(0), "{value}");
}

fn change(value: &Value) {
    keys(value, "address action verdict reason risk fields findings", "source writes");
    let verdict = text(value, "verdict");
    assert!(["go", "needs_ack", "blocked", "unknown"].contains(&verdict), "{value}");
    assert!(if verdict == "unknown" { value["action"].is_null() } else { ACTIONS.contains(&text(value, "action")) });
    assert!(LEVELS.contains(&text(value, "risk")), "{value}");
    value.get("source").into_iter().for_each(source);
    for field in list(value, "fields") {
        keys(field, "path before after class", "");
        assert!(field["before"] != field["after"] || field["before"].is_null(), "{field}");
    }
    for finding in list(value, "findings") {
        keys(finding, "code level message exact", "messages bytes consumers ack path");
        assert!(LEVELS.contains(&text(finding, "level")), "{finding}");
        assert!(text(finding, "code").starts_with("NF2"), "{finding}");
    }
}

fn diagnostics(value: &Value) {
    for one in list(value, "diagnostics") {
        keys(one, "code severity message", "help source");
        one.get("source").into_iter().for_each(source);
    }
}

#[tokio::test]
async fn contract_of_a_plan() {
    let (_server, _raw, bed) = risky::risky().await;
    let plan = bed.run("plan --format json").exits(0).json();
    keys(
        &plan,
        "format_version complete summary changes drift prunable expectations diagnostics",
        "refusals notes ack",
    );
    version(&plan);
    keys(&plan["summary"], "create update replace delete adopt forget blocked unknown", "");
    let total: u64 = plan["summary"].as_object().expect("counts").values().filter_map(Value::as_u64).sum();
    assert_eq!(total, list(&plan, "changes").len() as u64);
    list(&plan, "changes").iter().chain(list(&plan, "drift")).for_each(change);
    assert!(!list(&plan, "drift").is_empty());
    for address in list(&plan, "drift").iter().map(|c| &c["address"]) {
        assert!(list(&plan, "changes").iter().any(|c| &c["address"] == address), "{address} is drift and no change");
    }
    list(&plan, "prunable").iter().for_each(|one| keys(one, "address", ""));
    diagnostics(&plan);
    let lowered = list(&plan, "changes").iter().find(|c| c["address"] == "stream/ORDERS").expect("a change");
    assert_eq!(
        lowered["fields"][0],
        serde_json::json!({"path": "max_msgs", "before": 100, "after": 2, "class": lowered["fields"][0]["class"]})
    );
    let (finding, token) = (&lowered["findings"][0], text(&lowered["findings"][0], "ack"));
    assert_eq!((text(finding, "code"), &finding["messages"], &finding["exact"]), ("NF2003", &3.into(), &true.into()));
    assert!(token.starts_with("NF2003:stream/ORDERS@default:") && token.ends_with("<=4"), "{token}");
    assert_eq!(bed.run("plan --format json").stdout, bed.run("plan --format json").stdout, "one input, one plan");
}

#[tokio::test]
async fn contract_of_an_apply_and_of_drift() {
    let (_server, _raw, bed) = risky::risky().await;
    let drift = bed.run("drift --format json").exits(2).json();
    keys(
        &drift,
        "format_version complete changed missing unowned held expectations coverage diagnostics",
        "unknown notes",
    );
    version(&drift);
    list(&drift, "changed").iter().for_each(change);
    assert_eq!(text(&drift["changed"][0], "address"), "stream/PAYMENTS");
    keys(&drift["coverage"], "declared total", "");
    list(&drift, "unowned").iter().chain(list(&drift, "missing")).for_each(|one| keys(one, "address", "reason"));
    let addresses: Vec<&str> = list(&drift, "unowned").iter().map(|u| text(u, "address")).collect();
    assert!(addresses.contains(&"stream/THEIRS") && addresses.contains(&"stream/OTHER"), "{addresses:?}");
    diagnostics(&drift);

    for (line, exit) in [("apply --yes", 3), ("apply --yes --allow-partial", 6)] {
        let apply = bed.run(&format!("{line} --format json")).exits(exit).json();
        keys(&apply, "format_version steps writes undo diagnostics", "interrupted errors refusals");
        version(&apply);
        diagnostics(&apply);
        for step in list(&apply, "steps") {
            keys(step, "address action outcome error notes", "");
            assert!(ACTIONS.contains(&text(step, "action")), "{step}");
            let outcome = text(step, "outcome");
            assert!(["done", "already", "rolled_back", "failed", "stale", "not_started"].contains(&outcome), "{step}");
            assert_eq!(outcome == "not_started", step["error"].is_string(), "{step}");
        }
        assert_eq!(apply["writes"].as_u64() > Some(0), exit == 6);
        assert_eq!(list(&apply, "steps").len(), 7, "every step of the plan is listed");
    }
}

#[test]
fn contract_of_validate_and_of_what_fails_early() {
    let bed = TestBed::new();
    for command in ["validate", "plan", "apply --yes", "drift", "destroy --yes", "unlock --yes"] {
        let ran = bed.run(&format!("{command} --format json")).exits(1);
        assert_eq!(ran.stderr, "", "{command}");
        let json = ran.json();
        version(&json);
        diagnostics(&json);
        assert_eq!(json["diagnostics"][0]["code"], "NF0150", "{command}");
    }
    let plan = bed.run("plan --format json").json();
    assert_eq!(plan["complete"], false, "nothing was read");
    let drift = bed.run("drift --format json").json();
    assert_eq!(drift["complete"], false, "nothing was read");
}
