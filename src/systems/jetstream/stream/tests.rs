use super::*;
use crate::model::{Capabilities, Default, Field, Identity, Level, Turn, Version};
use proptest::prelude::*;

fn caps(minor: u32) -> Capabilities {
    Capabilities { product: "nats-server", version: Version(2, minor, 0), ..Capabilities::default() }
}

fn address() -> Address {
    Address::new("stream", ["S"], "APP")
}

/// What a server of that version stores for a create of `declared`, as a view.
fn created(minor: u32, declared: &Value) -> Value {
    let caps = caps(minor);
    let around = Around { capabilities: &caps, parent: None, parent_now: None };
    let sent = Stream.put(&address(), &Value::Null, declared, &[], &around);
    Stream.view(&Stream.settle(None, &sent, &around))
}

/// What is sent for an update of `live`.
fn put(minor: u32, live: &Value, declared: &Value, reset: &[&str]) -> Value {
    let caps = caps(minor);
    let reset: Vec<Path> = reset.iter().filter_map(|p| Path::parse(p)).collect();
    Stream.put(&address(), live, declared, &reset, &Around { capabilities: &caps, parent: None, parent_now: None })
}

const S: i64 = 1_000_000_000;
/// A stream with only a name, as 2.12 and later store it.
fn bare() -> Value {
    serde_json::from_str(
        r#"{"name":"S","subjects":["S"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,
        "max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old","storage":"file","num_replicas":1,
        "duplicate_window":120000000000,"compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,
        "deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,"consumer_limits":{},"allow_msg_ttl":false,
        "metadata":{"_nats.req.level":"0"},"zz_new":10000000000000000001}"#,
    )
    .expect("valid JSON")
}

#[test]
fn a_bare_stream_is_predicted_as_servers_store_it() {
    for minor in [10, 11, 12, 14, 15] {
        assert_eq!(created(minor, &json!({})), Stream.view(&bare()), "2.{minor}");
    }
}

#[test]
fn what_servers_make_of_a_create() {
    let rows: &[(u32, Value, Value)] = &[
        (10, json!({"max_age": 30 * S}), json!({"duplicate_window": 30 * S})),
        (15, json!({"max_age": 300 * S}), json!({"duplicate_window": 120 * S})),
        (12, json!({"sources": [{"name": "A"}]}), json!({"duplicate_window": 120 * S, "subjects": null})),
        (14, json!({"sources": [{"name": "A"}]}), json!({"duplicate_window": null, "subjects": null})),
        (12, json!({"mirror": {"name": "A"}}), json!({"duplicate_window": null, "subjects": null})),
        (
            12,
            json!({"subject_delete_marker_ttl": S, "deny_purge": true}),
            json!({"allow_msg_ttl": true, "allow_rollup_hdrs": true, "deny_purge": null}),
        ),
        (15, json!({"allow_msg_schedules": true}), json!({"allow_rollup_hdrs": true, "allow_msg_ttl": null})),
        (15, json!({"republish": {"src": "", "dest": "r.>"}}), json!({"republish": {"dest": "r.>"}})),
        (
            15,
            json!({"max_msgs": 0, "max_bytes": -1, "persist_mode": "default", "num_replicas": 1}),
            json!({"max_msgs": null}),
        ),
    ];
    for (minor, declared, wanted) in rows {
        let view = created(*minor, declared);
        for (name, value) in object(wanted) {
            assert_eq!(view[&name], value, "2.{minor} {declared} {name}");
        }
    }
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn sealing_takes_the_window_from_the_age_before() {
    let mut live = bare();
    live["max_age"] = json!(30 * S);
    live["duplicate_window"] = json!(30 * S);
    let caps = caps(12);
    let around = Around { capabilities: &caps, parent: None, parent_now: None };
    let sent = put(12, &live, &json!({"sealed": true}), &[]);
    assert!(sent.get("duplicate_window").is_none());
    let view = Stream.view(&Stream.settle(Some(&live), &sent, &around));
    assert_eq!(view["duplicate_window"], json!(30 * S));
    assert_eq!(view["max_age"], Value::Null);
    for name in ["deny_delete", "deny_purge", "sealed"] {
        assert_eq!(view[name], json!(true), "{name}");
    }
    assert_eq!(view["discard"], json!("new"));
}

#[test]
fn a_derived_window_follows_and_one_that_was_set_stays() {
    let sent = put(12, &bare(), &json!({"max_age": 60 * S}), &[]);
    assert!(sent.get("duplicate_window").is_none(), "two minutes would be refused beside an age of one");
    let mut live = bare();
    live["duplicate_window"] = json!(10 * S);
    assert_eq!(put(12, &live, &json!({"max_age": 60 * S}), &[])["duplicate_window"], json!(10 * S));
    assert_eq!(put(12, &live, &json!({"duplicate_window": 10 * S}), &[])["duplicate_window"], json!(10 * S));
    assert!(put(12, &live, &json!({}), &["duplicate_window"]).get("duplicate_window").is_none());
}

#[test]
fn a_promoted_mirror_becomes_an_ordinary_stream() {
    let live = json!({"name": "S", "mirror": {"name": "A"}, "mirror_direct": true, "max_age": 0});
    let caps = caps(12);
    let around = Around { capabilities: &caps, parent: None, parent_now: None };
    let sent = put(12, &live, &json!({}), &["mirror"]);
    assert_eq!(sent, json!({"name": "S", "max_age": 0}));
    let view = Stream.view(&Stream.settle(Some(&live), &sent, &around));
    assert_eq!(view, json!({"subjects": ["S"], "duplicate_window": 120 * S}));
}

#[test]
fn a_mirror_that_leaves_field_by_field_leaves_whole() {
    let live = json!({"name": "S", "mirror": {"name": "A", "external": {"api": "$JS.x.API", "deliver": ""}}});
    assert_eq!(put(12, &live, &json!({}), &["mirror.name", "mirror.external.api"]), json!({"name": "S"}));
    let kept = put(12, &live, &json!({"mirror": {"name": "A"}}), &["mirror.external.api"]);
    assert_eq!(kept, json!({"name": "S", "mirror": {"name": "A"}}));
    let republish = json!({"name": "S", "republish": {"src": ">", "dest": "r.>", "headers_only": true}});
    assert_eq!(put(12, &republish, &json!({}), &["republish.dest"]), json!({"name": "S"}));
}

#[test]
fn server_metadata_and_unknown_fields_go_back_as_they_came() {
    let sent = put(12, &bare(), &json!({"metadata": {"team": "a"}, "max_msgs": 5}), &[]);
    assert_eq!(sent["metadata"], json!({"_nats.req.level": "0", "team": "a"}));
    assert_eq!(sent["zz_new"].to_string(), "10000000000000000001");
    assert_eq!(Stream.view(&sent)["metadata"], json!({"team": "a"}));
}

fn gate(name: &str, minor: u32, before: Value, after: Value) -> Result<(), String> {
    let Shape::Object(fields) = Stream.shape() else { panic!("an object") };
    let f: &Field = walk::field(fields, name).expect("a field");
    let mut caps = caps(minor);
    caps.facts.insert("clustered", json!(false));
    (f.update)(&Turn {
        before: &before,
        after: &after,
        object_before: &bare(),
        object_after: &bare(),
        capabilities: &caps,
    })
}

#[test]
fn gates_know_what_each_version_takes_in_place() {
    let mirror = json!({"name": "A"});
    let rows: &[(&str, u32, Value, Value, bool)] = &[
        ("retention", 15, json!("limits"), json!("interest"), true),
        ("retention", 15, json!("limits"), json!("workqueue"), false),
        ("retention", 15, json!("workqueue"), Value::Null, false),
        ("storage", 15, json!("file"), json!("memory"), false),
        ("max_consumers", 11, json!(-1), json!(5), false),
        ("max_consumers", 12, json!(-1), json!(5), true),
        ("mirror", 12, mirror.clone(), Value::Null, true),
        ("mirror", 11, mirror.clone(), Value::Null, false),
        ("mirror", 15, Value::Null, mirror.clone(), false),
        ("mirror", 15, mirror, json!({"name": "B"}), false),
        ("sealed", 15, json!(false), json!(true), true),
        ("sealed", 15, json!(true), Value::Null, false),
        ("deny_purge", 15, json!(true), json!(false), false),
        ("allow_msg_ttl", 15, json!(true), Value::Null, false),
        ("allow_msg_schedules", 15, Value::Null, json!(true), true),
        ("allow_msg_counter", 15, Value::Null, json!(true), false),
        ("persist_mode", 15, Value::Null, json!("async"), false),
        ("first_seq", 15, Value::Null, json!(5), false),
        ("num_replicas", 12, json!(1), json!(3), false),
        ("num_replicas", 12, json!(3), Value::Null, true),
        ("max_age", 10, json!(1), json!(2), true),
    ];
    for (name, minor, before, after, taken) in rows {
        assert_eq!(
            gate(name, *minor, before.clone(), after.clone()).is_ok(),
            *taken,
            "{name} 2.{minor} {before} {after}"
        );
    }
}

#[test]
fn every_field_has_a_sentence_and_no_name_is_declarable() {
    let Shape::Object(fields) = Stream.shape() else { panic!("an object") };
    assert_eq!(fields.len(), 37, "the 38 of the server without `name`");
    for f in *fields {
        assert!(f.doc.len() > 10 && f.doc.ends_with('.'), "{}", f.name);
        assert!(!decode::NAMES.contains(&f.name));
    }
}

// ---- risks -----------------------------------------------------------------------------------------------------------

fn live(config: Value, messages: u64, bytes: u64, subjects: u64) -> Live {
    Live {
        address: address(),
        config,
        state: json!({"messages": messages, "bytes": bytes, "num_subjects": subjects}),
        identity: Identity::default(),
        fingerprint: String::new(),
        memory: None,
    }
}

fn risks(before: &Live, change: &Value, minor: u32) -> Vec<(&'static str, Level, Option<u64>, bool)> {
    let caps = caps(minor);
    let around = Around { capabilities: &caps, parent: None, parent_now: None };
    let settled = Stream.settle(Some(&before.config), &put(minor, &before.config, change, &[]), &around);
    let turning = Turning {
        address: &before.address,
        live: before,
        settled: Some(&settled),
        replace: false,
        capabilities: &caps,
        inside: &[],
        parent: None,
    };
    Stream.risks(&turning).into_iter().map(|f| (f.code, f.level, f.messages, f.exact)).collect()
}

#[test]
fn what_goes_is_counted_or_bounded() {
    let held = live(bare(), 100, 4100, 10);
    let with = |change: Value| {
        let mut config = bare();
        for (k, v) in object(&change) {
            config[k] = v;
        }
        live(config, 100, 4100, 10)
    };
    let full = with(json!({"discard": "new", "max_msgs": 90, "max_bytes": -1}));
    assert_eq!(risks(&held, &json!({"max_msgs": 40}), 12), [("NF2003", Level::Loss, Some(60), true)]);
    assert_eq!(risks(&held, &json!({"max_msgs": 100}), 12), []);
    assert_eq!(risks(&held, &json!({"max_msgs": 40, "discard": "new"}), 12), [("NF2003", Level::Risk, None, true)]);
    assert_eq!(risks(&held, &json!({"max_bytes": 4000}), 12), [("NF2003", Level::Loss, Some(100), false)]);
    assert_eq!(risks(&held, &json!({"max_bytes": 5000}), 12), []);
    assert_eq!(risks(&held, &json!({"max_age": S, "discard": "new"}), 12), [("NF2003", Level::Loss, Some(100), false)]);
    assert_eq!(risks(&held, &json!({"max_msgs_per_subject": 2}), 12), [("NF2003", Level::Loss, Some(90), false)]);
    assert_eq!(risks(&held, &json!({"max_msgs_per_subject": 60}), 12), [("NF2003", Level::Loss, Some(40), false)]);
    let five = with(json!({"max_msgs_per_subject": 12}));
    assert_eq!(risks(&five, &json!({"max_msgs_per_subject": 11}), 12), [("NF2003", Level::Loss, Some(10), false)]);
    assert_eq!(risks(&held, &json!({"retention": "interest"}), 15), [("NF2004", Level::Loss, Some(100), false)]);
    assert_eq!(risks(&full, &json!({"discard": "old"}), 12), [("NF2005", Level::Loss, Some(10), true)]);
    assert_eq!(risks(&live(bare(), 0, 0, 0), &json!({"max_age": S}), 12), [("NF2003", Level::Note, None, true)]);
    let sourced = with(json!({"sources": [{"name": "A", "filter_subject": "a"}]}));
    let refiltered = json!({"sources": [{"name": "A", "filter_subject": "b"}]});
    assert_eq!(risks(&sourced, &refiltered, 12), [("NF2006", Level::Risk, None, true)]);
    assert_eq!(risks(&sourced, &json!({"sources": [{"name": "A", "filter_subject": "a"}, {"name": "B"}]}), 12), []);
    assert_eq!(risks(&held, &json!({"deny_delete": true}), 12), [("NF2007", Level::Note, None, true)]);
    assert_eq!(risks(&held, &json!({"sealed": true}), 12), [("NF2007", Level::Risk, None, true)]);
    assert_eq!(risks(&held, &json!({"subjects": ["t.>"]}), 12), [("NF2008", Level::Risk, None, true)]);
    assert_eq!(risks(&held, &json!({"subjects": ["S", "t.>"]}), 12), []);
}

#[test]
fn a_threshold_for_all_counts_only_consumers_that_it_concerns() {
    let caps = caps(12);
    let consumer = |name: &str, own: i64| Live {
        address: Address::new("consumer", ["S", name], "APP"),
        config: json!({"inactive_threshold": own}),
        state: json!({"num_pending": 10}),
        ..live(Value::Null, 0, 0, 0)
    };
    let (none, sooner, same, later) =
        (consumer("none", 0), consumer("sooner", 5 * S), consumer("same", 60 * S), consumer("later", 61 * S));
    let before = live(bare(), 100, 4100, 10);
    let mut after = bare();
    after["consumer_limits"] = json!({"inactive_threshold": 60 * S});
    let found = |inside: &[&Live]| {
        let turning = Turning {
            address: &before.address,
            live: &before,
            settled: Some(&after),
            replace: false,
            capabilities: &caps,
            inside,
            parent: None,
        };
        let found = Stream.risks(&turning);
        assert_eq!((found.len(), found[0].code), (1, "NF2011"), "{found:?}");
        (found[0].level, found[0].messages, found[0].details.iter().map(|d| d.value.clone()).collect::<Vec<_>>())
    };
    assert_eq!(
        found(&[&none, &sooner, &same, &later]),
        (Level::Loss, Some(20), vec![json!(["none", "later"])]),
        "those that go sooner are as they were"
    );
    assert_eq!(found(&[&sooner, &same]), (Level::Risk, None, vec![]));
}

#[test]
fn a_delete_counts_everything_and_nothing_is_no_loss() {
    let caps = caps(12);
    for (messages, replace, code, level) in [
        (5, false, "NF2001", Level::Loss),
        (5, true, "NF2002", Level::Loss),
        (0, false, "NF2001", Level::Note),
        (0, true, "NF2002", Level::Note),
    ] {
        let before = live(bare(), messages, 300, 1);
        let turning = Turning {
            address: &before.address,
            live: &before,
            settled: None,
            replace,
            capabilities: &caps,
            inside: &[],
            parent: None,
        };
        let found = Stream.risks(&turning);
        assert_eq!(found.iter().map(|f| (f.code, f.level)).collect::<Vec<_>>(), [(code, level)]);
        assert_eq!(found[0].messages, (messages > 0).then_some(messages));
    }
}

// ---- the laws of the lens --------------------------------------------------------------------------------------------

fn subject() -> impl Strategy<Value = Value> {
    prop_oneof![Just("a.>"), Just("b.*"), Just("c"), Just(">"), Just("")].prop_map(|s| json!(s))
}

fn source() -> impl Strategy<Value = Value> {
    let transform = (subject(), subject()).prop_map(|(s, d)| json!({"src": s, "dest": d}));
    (
        prop_oneof![Just("A"), Just("B")],
        proptest::option::of(subject()),
        proptest::collection::vec(transform, 0..3),
        any::<bool>(),
    )
        .prop_map(|(name, filter, transforms, external)| {
            let mut out = json!({"name": name});
            if let Some(filter) = filter {
                out["filter_subject"] = filter;
            }
            if !transforms.is_empty() {
                out["subject_transforms"] = json!(transforms);
            }
            if external {
                out["external"] = json!({"api": "$JS.x.API", "deliver": ""});
            }
            out["opt_start_time"] = json!("2024-01-01T02:00:00.500+02:00");
            out
        })
}

/// Any body: some of the fields, at values of their types.
fn body() -> impl Strategy<Value = Value> {
    let limits = proptest::collection::btree_map(
        prop_oneof![
            Just("max_msgs"),
            Just("max_bytes"),
            Just("max_age"),
            Just("max_msgs_per_subject"),
            Just("max_msg_size"),
            Just("max_consumers"),
            Just("duplicate_window"),
            Just("first_seq"),
            Just("subject_delete_marker_ttl"),
            Just("num_replicas"),
        ],
        -2i64..1000 * S,
        0..6,
    );
    let switches = proptest::collection::btree_map(
        prop_oneof![
            Just("sealed"),
            Just("deny_delete"),
            Just("deny_purge"),
            Just("allow_rollup_hdrs"),
            Just("allow_direct"),
            Just("mirror_direct"),
            Just("no_ack"),
            Just("allow_msg_ttl"),
            Just("allow_msg_schedules"),
            Just("allow_atomic"),
        ],
        any::<bool>(),
        0..5,
    );
    let words = prop_oneof![
        Just(json!({})),
        Just(json!({"retention": "limits", "discard": "new"})),
        Just(json!({"storage": "memory", "compression": "s2", "persist_mode": "default", "description": ""})),
        Just(
            json!({"placement": {}, "consumer_limits": {"max_ack_pending": 5}, "metadata": {"a": "", "_nats.ver": "x"}})
        ),
        Just(
            json!({"placement": {"tags": ["b", "a"]}, "republish": {"src": "", "dest": "r.>", "headers_only": false}})
        ),
        Just(json!({"metadata": {"b": "1", "a": "2"}, "subject_transform": {"src": ">", "dest": "t.>"}, "zz": 1.50})),
    ];
    (
        limits,
        switches,
        words,
        proptest::collection::vec(subject(), 0..3),
        proptest::collection::vec(source(), 0..3),
        any::<bool>(),
    )
        .prop_map(|(limits, switches, words, subjects, sources, mirror)| {
            let mut out = object(&words);
            out.extend(limits.into_iter().map(|(k, v)| (k.to_owned(), json!(v))));
            out.extend(switches.into_iter().map(|(k, v)| (k.to_owned(), json!(v))));
            if !subjects.is_empty() {
                out.insert("subjects".into(), json!(subjects));
            }
            match (mirror, sources.first()) {
                (true, Some(first)) => drop(out.insert("mirror".into(), first.clone())),
                (false, Some(_)) => drop(out.insert("sources".into(), json!(sources))),
                _ => {}
            }
            Value::Object(out)
        })
}

/// A live configuration: any body with its name.
fn wire() -> impl Strategy<Value = Value> {
    body().prop_map(|body| {
        let mut out = object(&json!({"name": "S"}));
        out.extend(object(&body));
        Value::Object(out)
    })
}

/// What a manifest may say: no metadata of the server's, nothing that the shape does not know.
fn declaration() -> impl Strategy<Value = Value> {
    body().prop_map(|mut body| {
        let map = body.as_object_mut().expect("an object");
        map.shift_remove("zz");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("_nats.ver");
        }
        body
    })
}

/// Whether a live view says everything that a declaration says.
fn contains(view: &Value, declared: &Value) -> Result<(), String> {
    let Shape::Object(fields) = Stream.shape() else { return Err("no object".into()) };
    for (name, value) in object(declared) {
        let f = walk::field(fields, &name).ok_or_else(|| name.clone())?;
        let default = if f.default == Default::Derived { Default::Absent } else { f.default };
        let keyed = matches!(
            name.as_str(),
            "metadata" | "placement" | "consumer_limits" | "republish" | "subject_transform" | "mirror"
        );
        let same = match (&value, keyed) {
            (Value::Object(map), true) => {
                let Shape::Object(inner) = walk::resolve(&f.shape) else {
                    return map.iter().all(|(k, v)| view[&name][k] == *v).then_some(()).ok_or_else(|| name.clone());
                };
                map.iter().all(|(k, v)| {
                    walk::field(inner, k).is_some_and(|i| walk::same(&i.shape, i.default, &view[&name][k], v))
                })
            }
            _ => walk::same(&f.shape, default, &view[&name], &value),
        };
        if !same {
            return Err(format!("{name}: {} does not say {value}", view[&name]));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn putting_what_is_there_changes_no_byte(wire in wire(), minor in 10u32..16) {
        prop_assert_eq!(put(minor, &wire, &Stream.view(&wire), &[]).to_string(), wire.to_string());
    }

    #[test]
    fn what_is_put_is_there(wire in wire(), declared in declaration()) {
        let view = Stream.view(&put(12, &wire, &declared, &[]));
        prop_assert_eq!(contains(&view, &declared), Ok(()));
    }

    #[test]
    fn a_view_of_a_view_is_the_view(wire in wire()) {
        let view = Stream.view(&wire);
        prop_assert_eq!(Stream.view(&view), view);
    }

    #[test]
    fn settling_twice_settles_nothing_more(wire in wire(), minor in 10u32..16) {
        let caps = caps(minor);
        let around = Around { capabilities: &caps, parent: None, parent_now: None };
        let once = Stream.settle(None, &wire, &around);
        prop_assert_eq!(Stream.settle(None, &once, &around), once);
    }

    #[test]
    fn nothing_declared_changes_nothing(wire in wire(), minor in 10u32..16) {
        let caps = caps(minor);
        let around = Around { capabilities: &caps, parent: None, parent_now: None };
        let stored = Stream.settle(None, &wire, &around);
        let again = Stream.settle(Some(&stored), &put(minor, &stored, &json!({}), &[]), &around);
        // Sealing keeps a window that the age before it gave; every other derived value is derived again to the same.
        prop_assert_eq!(Stream.view(&again), Stream.view(&stored));
    }
}
