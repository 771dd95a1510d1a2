use super::*;
use crate::model::{Capabilities, Field, Identity, Level, Turn, Version};
use proptest::prelude::*;

const S: i64 = 1_000_000_000;

fn caps(minor: u32) -> Capabilities {
    Capabilities { product: "nats-server", version: Version(2, minor, 0), ..Capabilities::default() }
}

fn address() -> Address {
    Address::new("consumer", ["S", "C"], "APP")
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn put(minor: u32, live: &Value, declared: &Value, reset: &[&str], parent: Option<&Value>) -> Value {
    let caps = caps(minor);
    let reset: Vec<Path> = reset.iter().filter_map(|p| Path::parse(p)).collect();
    Consumer.put(&address(), live, declared, &reset, &Around { capabilities: &caps, parent, parent_now: parent })
}

fn settle(minor: u32, sent: &Value, parent: Option<&Value>) -> Value {
    let caps = caps(minor);
    Consumer.settle(None, sent, &Around { capabilities: &caps, parent, parent_now: parent })
}

fn created(minor: u32, declared: &Value, parent: Option<&Value>) -> Value {
    Consumer.view(&settle(minor, &put(minor, &Value::Null, declared, &[], parent), parent))
}

/// Every row was read from a server: 2.10.26, 2.12.8 and 2.15.1.
#[test]
fn what_servers_make_of_a_create() {
    let limits = json!({"consumer_limits": {"inactive_threshold": 3600 * S, "max_ack_pending": 50}});
    let rows: &[(u32, Value, Option<&Value>, Value)] = &[
        (10, json!({}), None, json!({"max_waiting": 512})),
        (
            15,
            json!({}),
            Some(&limits),
            json!({"max_waiting": 512, "max_ack_pending": 50, "inactive_threshold": 3600 * S}),
        ),
        (
            15,
            json!({"ack_policy": "explicit"}),
            None,
            json!({"ack_policy": "explicit", "ack_wait": 30 * S, "max_ack_pending": 1000, "max_waiting": 512}),
        ),
        (
            12,
            json!({"ack_policy": "all", "max_ack_pending": -1}),
            Some(&limits),
            json!({"ack_policy": "all", "ack_wait": 30 * S, "max_ack_pending": -1, "inactive_threshold": 3600 * S, "max_waiting": 512}),
        ),
        (
            12,
            json!({"backoff": [S, 2 * S], "ack_wait": 7 * S, "ack_policy": "explicit", "max_deliver": 5}),
            None,
            json!({"ack_policy": "explicit", "ack_wait": S, "max_deliver": 5, "backoff": [S, 2 * S], "max_ack_pending": 1000, "max_waiting": 512}),
        ),
        (12, json!({"backoff": [S]}), None, json!({"ack_wait": S, "backoff": [S], "max_waiting": 512})),
        (12, json!({"ack_wait": 5 * S}), None, json!({"ack_wait": 5 * S, "max_waiting": 512})),
        (10, json!({"deliver_subject": "x.y"}), None, json!({"deliver_subject": "x.y"})),
        (
            15,
            json!({"deliver_subject": "x.y", "ack_policy": "flow_control"}),
            None,
            json!({"ack_policy": "flow_control", "max_ack_pending": 1000, "deliver_subject": "x.y", "idle_heartbeat": S, "flow_control": true}),
        ),
        (
            12,
            json!({"priority_policy": "pinned_client", "priority_groups": ["g"]}),
            None,
            json!({"max_waiting": 512, "priority_groups": ["g"], "priority_policy": "pinned_client", "priority_timeout": 120 * S}),
        ),
        (12, json!({"sample_freq": "50%"}), None, json!({"sample_freq": "50", "max_waiting": 512})),
    ];
    for (minor, declared, parent, wanted) in rows {
        let view = created(*minor, declared, *parent);
        let sorted = |v: &Value| object(v).into_iter().collect::<std::collections::BTreeMap<_, _>>();
        assert_eq!(sorted(&view), sorted(wanted), "2.{minor} {declared}");
    }
}

#[test]
fn a_create_is_durable_and_names_itself() {
    let sent = put(12, &Value::Null, &json!({"ack_policy": "explicit"}), &[], None);
    assert_eq!(sent, json!({"name": "C", "durable_name": "C", "ack_policy": "explicit"}));
}

#[test]
fn derived_values_follow_and_set_ones_stay() {
    let live = json!({"name": "C", "durable_name": "C", "ack_policy": "explicit", "ack_wait": S, "backoff": [S, 2 * S], "max_waiting": 100});
    let sent = put(12, &live, &json!({}), &["backoff"], None);
    assert!(sent.get("ack_wait").is_none() && sent.get("backoff").is_none());
    assert_eq!(sent["max_waiting"], json!(100));
    assert_eq!(sent["durable_name"], json!("C"));
    assert_eq!(settle(12, &sent, None)["ack_wait"], json!(30 * S));

    let mut own = live;
    own["backoff"] = Value::Null;
    assert_eq!(put(12, &own, &json!({"max_deliver": 3}), &[], None)["ack_wait"], json!(S), "no backoff gave it");

    let pinned =
        json!({"name": "C", "priority_policy": "pinned_client", "priority_groups": ["g"], "priority_timeout": 120 * S});
    let sent = put(12, &pinned, &json!({}), &["priority_policy", "priority_groups"], None);
    assert_eq!(sent, json!({"name": "C"}));

    let limits = json!({"consumer_limits": {"max_ack_pending": 50, "inactive_threshold": 60 * S}});
    let under = json!({"name": "C", "ack_policy": "explicit", "max_ack_pending": 50, "inactive_threshold": 30 * S});
    let sent = put(12, &under, &json!({}), &[], Some(&limits));
    assert_eq!(sent, json!({"name": "C", "ack_policy": "explicit", "inactive_threshold": 30 * S}));
    assert_eq!(settle(12, &sent, Some(&limits))["max_ack_pending"], json!(50));
}

#[test]
fn an_account_lowers_what_is_derived() {
    let mut caps = caps(12);
    caps.facts.insert("account", json!({"limits": {"max_ack_pending": 500}}));
    let around = Around { capabilities: &caps, parent: None, parent_now: None };
    assert_eq!(Consumer.settle(None, &json!({"ack_policy": "all"}), &around)["max_ack_pending"], json!(500));
}

#[test]
fn a_pause_is_an_instant() {
    let view = |text: &str| Consumer.view(&json!({"pause_until": text}))["pause_until"].clone();
    assert_eq!(view("2100-01-01T01:00:00+01:00"), json!("2100-01-01T00:00:00Z"));
    assert_eq!(view("0001-01-01T00:00:00Z"), Value::Null);
    assert_eq!(
        settle(12, &json!({"pause_until": "2100-01-01T00:00:00Z"}), None)["pause_until"],
        json!("2100-01-01T00:00:00Z")
    );
}

#[test]
fn gates_know_what_each_version_takes_in_place() {
    let Shape::Object(fields) = Consumer.shape() else { panic!("an object") };
    let rows: &[(&str, u32, Value, Value, bool)] = &[
        ("deliver_policy", 15, json!("all"), json!("new"), false),
        ("opt_start_seq", 15, json!(1), json!(2), false),
        ("opt_start_time", 15, Value::Null, json!("2024-01-01T00:00:00Z"), false),
        ("ack_policy", 15, json!("none"), json!("explicit"), false),
        ("replay_policy", 15, json!("instant"), json!("original"), false),
        ("idle_heartbeat", 15, Value::Null, json!(S), false),
        ("flow_control", 15, json!(true), Value::Null, false),
        ("max_waiting", 15, json!(512), json!(100), false),
        ("deliver_subject", 15, Value::Null, json!("x"), false),
        ("deliver_subject", 15, json!("x"), Value::Null, false),
        ("deliver_subject", 15, json!("x"), json!("y"), true),
        ("mem_storage", 12, json!(false), json!(true), false),
        ("mem_storage", 14, json!(false), json!(true), false),
        ("num_replicas", 12, json!(0), json!(3), false),
        ("num_replicas", 12, json!(0), json!(1), true),
        ("filter_subject", 10, json!("a"), json!("b"), true),
    ];
    let mut caps = caps(15);
    caps.facts.insert("clustered", json!(false));
    for (name, minor, before, after, taken) in rows {
        caps.version = Version(2, *minor, 0);
        let f: &Field = walk::field(fields, name).expect("a field");
        let turn = Turn { before, after, object_before: &Value::Null, object_after: &Value::Null, capabilities: &caps };
        assert_eq!((f.update)(&turn).is_ok(), *taken, "{name} 2.{minor} {before} {after}");
    }
}

#[test]
fn every_field_has_a_sentence_and_no_name_is_declarable() {
    let Shape::Object(fields) = Consumer.shape() else { panic!("an object") };
    assert_eq!(fields.len(), 31, "the 35 of the server without name, durable_name, direct and sourcing");
    for f in *fields {
        assert!(f.doc.len() > 10 && f.doc.ends_with('.'), "{}", f.name);
        assert!(!["name", "durable_name", "direct", "sourcing"].contains(&f.name));
    }
}

// ---- risks -----------------------------------------------------------------------------------------------------------

fn live(address: Address, config: Value, state: Value) -> Live {
    Live { address, config, state, identity: Identity::default(), fingerprint: String::new(), memory: None }
}

fn risks(
    retention: &str,
    state: Value,
    change: Option<Value>,
    replace: bool,
) -> Vec<(&'static str, Level, Option<u64>)> {
    let caps = caps(12);
    let stream = live(Address::new("stream", ["S"], "APP"), json!({"retention": retention}), Value::Null);
    let before = live(address(), json!({"name": "C", "durable_name": "C", "filter_subject": "a.*"}), state);
    let settled = change.map(|change| settle(12, &put(12, &before.config, &change, &[], None), None));
    let turning = Turning {
        address: &before.address,
        live: &before,
        settled: settled.as_ref(),
        replace,
        capabilities: &caps,
        inside: &[],
        parent: Some(&stream),
    };
    Consumer.risks(&turning).into_iter().map(|f| (f.code, f.level, f.messages)).collect()
}

#[test]
fn a_consumer_that_goes_loses_what_it_has_not_handled() {
    let busy = json!({"num_pending": 3, "num_ack_pending": 12, "delivered": {"stream_seq": 40}});
    let idle = json!({"num_pending": 0, "num_ack_pending": 0, "delivered": {"stream_seq": 40}});
    assert_eq!(risks("limits", busy.clone(), None, false), [("NF2102", Level::Loss, Some(15))]);
    assert_eq!(
        risks("limits", busy.clone(), Some(json!({"deliver_policy": "new"})), true),
        [("NF2101", Level::Loss, Some(15))]
    );
    assert_eq!(risks("limits", idle.clone(), None, false), [("NF2102", Level::Note, None)]);
    assert_eq!(risks("limits", idle.clone(), Some(json!({})), true), [("NF2101", Level::Risk, None)]);
    assert_eq!(risks("limits", json!({}), Some(json!({})), true), [("NF2101", Level::Note, None)]);
    let narrow = Some(json!({"filter_subject": "a.b"}));
    assert_eq!(risks("limits", busy.clone(), narrow.clone(), false), [("NF2103", Level::Risk, None)]);
    assert_eq!(
        risks("interest", busy, narrow.clone(), false),
        [("NF2103", Level::Risk, None), ("NF2104", Level::Loss, Some(15))]
    );
    assert_eq!(
        risks("interest", idle.clone(), narrow, false),
        [("NF2103", Level::Risk, None), ("NF2104", Level::Note, None)]
    );
    assert_eq!(risks("interest", idle, Some(json!({"filter_subject": "a.>"})), false), [("NF2103", Level::Risk, None)]);
}

// ---- the laws of the lens --------------------------------------------------------------------------------------------

fn body() -> impl Strategy<Value = Value> {
    let numbers = proptest::collection::btree_map(
        prop_oneof![
            Just("ack_wait"),
            Just("max_deliver"),
            Just("max_ack_pending"),
            Just("max_waiting"),
            Just("max_batch"),
            Just("max_bytes"),
            Just("max_expires"),
            Just("inactive_threshold"),
            Just("num_replicas"),
            Just("rate_limit_bps"),
            Just("priority_timeout"),
            Just("opt_start_seq"),
            Just("idle_heartbeat"),
        ],
        -2i64..300 * S,
        0..7,
    );
    let words = prop_oneof![
        Just(json!({})),
        Just(json!({"ack_policy": "explicit", "backoff": [S, 2 * S], "ack_wait": S})),
        Just(json!({"ack_policy": "all", "sample_freq": "50%", "headers_only": false, "zz": 1.50})),
        Just(json!({"ack_policy": "flow_control", "deliver_subject": "x", "deliver_group": ""})),
        Just(json!({"priority_policy": "pinned_client", "priority_groups": ["b", "a"], "priority_timeout": 120 * S})),
        Just(
            json!({"filter_subjects": ["b", "a"], "metadata": {"b": "", "_nats.ver": "x"}, "pause_until": "2100-01-01T01:00:00+01:00"})
        ),
    ];
    (numbers, words).prop_map(|(numbers, words)| {
        let mut out = object(&words);
        for (k, v) in numbers {
            out.entry(k).or_insert(json!(v));
        }
        Value::Object(out)
    })
}

fn wire() -> impl Strategy<Value = Value> {
    body().prop_map(|body| {
        let mut out = object(&json!({"name": "C", "durable_name": "C"}));
        out.extend(object(&body));
        Value::Object(out)
    })
}

fn parent() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(json!({}))),
        Just(Some(json!({"consumer_limits": {"max_ack_pending": 50, "inactive_threshold": 60 * S}}))),
    ]
}

proptest! {
    #[test]
    fn putting_what_is_there_changes_no_byte(wire in wire(), parent in parent()) {
        prop_assert_eq!(put(12, &wire, &Consumer.view(&wire), &[], parent.as_ref()).to_string(), wire.to_string());
    }

    #[test]
    fn what_is_put_is_there(wire in wire(), mut declared in body()) {
        let map = declared.as_object_mut().expect("an object");
        map.shift_remove("zz");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("_nats.ver");
        }
        let Shape::Object(fields) = Consumer.shape() else { panic!("an object") };
        let view = Consumer.view(&put(12, &wire, &declared, &[], None));
        for (name, value) in object(&declared) {
            let f = walk::field(fields, &name).expect("a field");
            let same = if name == "metadata" {
                object(&value).iter().all(|(k, v)| view["metadata"][k] == *v)
            } else {
                walk::same(&f.shape, f.default, &view[&name], &value)
            };
            prop_assert!(same, "{}: {} does not say {}", name, view[&name], value);
        }
    }

    #[test]
    fn settling_twice_settles_nothing_more(wire in wire(), parent in parent(), minor in 10u32..16) {
        let once = settle(minor, &wire, parent.as_ref());
        prop_assert_eq!(settle(minor, &once, parent.as_ref()), once);
    }

    #[test]
    fn nothing_declared_changes_nothing(wire in wire(), parent in parent(), minor in 10u32..16) {
        let stored = settle(minor, &wire, parent.as_ref());
        let again = settle(minor, &put(minor, &stored, &json!({}), &[], parent.as_ref()), parent.as_ref());
        prop_assert_eq!(Consumer.view(&again), Consumer.view(&stored));
    }
}
