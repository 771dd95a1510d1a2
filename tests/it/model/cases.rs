//! The script that `agrees` plays. Each group works on streams of its own and takes them away at its end.

use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub enum Case {
    /// An operation behind `$JS.API.` with its body.
    Api(String, String),
    /// So many messages of ten bytes; the last acknowledgement is compared.
    Publish(String, u64),
}

fn api(op: impl Into<String>, body: Value) -> Case {
    Case::Api(op.into(), if body.is_null() { String::new() } else { body.to_string() })
}

const SECOND: i64 = 1_000_000_000;

/// The whole script for a minor version.
pub fn all(minor: u32) -> Vec<Case> {
    let mut out = Vec::new();
    out.extend(stream_fields());
    out.extend(stream_rules());
    out.extend(consumer_fields());
    out.extend(consumer_rules());
    out.extend(requests(minor));
    out.extend(losses());
    if minor >= 11 {
        out.extend(pedantic());
    }
    fresh_names(out)
}

/// Each field of a stream at two values: create, create again, update to the second, update with it left out, delete.
fn stream_fields() -> Vec<Case> {
    let fields: Vec<(&str, Value, Value)> = vec![
        ("description", json!("one"), json!("two")),
        ("subjects", json!(["f.a"]), json!(["f.b", "f.c.>"])),
        ("retention", json!("interest"), json!("limits")),
        ("retention", json!("workqueue"), json!("limits")),
        ("max_consumers", json!(3), json!(5)),
        ("max_msgs", json!(10), json!(-5)),
        ("max_bytes", json!(1000), json!(2000)),
        ("max_age", json!(3600 * SECOND), json!(60 * SECOND)),
        ("max_msgs_per_subject", json!(5), json!(1)),
        ("max_msg_size", json!(1000), json!(0)),
        ("discard", json!("new"), json!("old")),
        ("storage", json!("memory"), json!("file")),
        ("num_replicas", json!(1), json!(3)),
        ("no_ack", json!(true), json!(false)),
        ("duplicate_window", json!(30 * SECOND), json!(60 * SECOND)),
        ("placement", json!({}), json!({"tags": ["x"], "cluster": "c"})),
        ("mirror", json!({"name": "NOWHERE"}), json!({"name": "ELSEWHERE"})),
        (
            "sources",
            json!([{"name": "NOWHERE"}]),
            json!([{"name": "NOWHERE", "filter_subject": "x.>"}, {"name": "TWO"}]),
        ),
        ("compression", json!("s2"), json!("none")),
        ("first_seq", json!(100), json!(5000)),
        ("subject_transform", json!({"src": "F", "dest": "g"}), json!({"src": "", "dest": "h.>"})),
        ("republish", json!({"dest": "re.>"}), json!({"src": "F", "dest": "re2", "headers_only": true})),
        ("allow_direct", json!(true), json!(false)),
        ("mirror_direct", json!(true), json!(false)),
        ("sealed", json!(true), json!(false)),
        ("deny_delete", json!(true), json!(false)),
        ("deny_purge", json!(true), json!(false)),
        ("allow_rollup_hdrs", json!(true), json!(false)),
        (
            "consumer_limits",
            json!({"inactive_threshold": 60 * SECOND, "max_ack_pending": 10}),
            json!({"max_ack_pending": 5}),
        ),
        ("allow_msg_ttl", json!(true), json!(false)),
        ("subject_delete_marker_ttl", json!(60 * SECOND), json!(2 * SECOND)),
        ("allow_msg_counter", json!(true), json!(false)),
        ("allow_atomic", json!(true), json!(false)),
        ("allow_msg_schedules", json!(true), json!(false)),
        ("persist_mode", json!("async"), json!("default")),
        ("allow_batched", json!(true), json!(false)),
        ("metadata", json!({"a": "b"}), json!({"c": "d", "_nats.x": "y", "_nats.ver": "9"})),
        ("template_owner", json!("t"), json!("")),
        ("no_such_field", json!(1), json!(2)),
    ];
    let mut out = vec![
        api("STREAM.CREATE.F", json!({"name": "F"})),
        api("STREAM.INFO.F", Value::Null),
        api("STREAM.DELETE.F", Value::Null),
    ];
    for (field, one, two) in fields {
        let with = |v: &Value| json!({"name": "F", field: v});
        out.push(api("STREAM.CREATE.F", with(&one)));
        out.push(api("STREAM.CREATE.F", with(&one)));
        out.push(api("STREAM.UPDATE.F", with(&one)));
        out.push(api("STREAM.UPDATE.F", with(&two)));
        out.push(api("STREAM.UPDATE.F", json!({"name": "F"})));
        out.push(api("STREAM.LIST", Value::Null));
        out.push(api("STREAM.DELETE.F", Value::Null));
        // The other way round: from the default, and the second value from the beginning.
        out.push(api("STREAM.CREATE.F", json!({"name": "F"})));
        out.push(api("STREAM.UPDATE.F", with(&one)));
        out.push(api("STREAM.INFO.F", Value::Null));
        out.push(api("STREAM.DELETE.F", Value::Null));
        out.push(api("STREAM.CREATE.F", with(&two)));
        out.push(api("STREAM.DELETE.F", Value::Null));
    }
    out
}

/// Combinations that are refused or adjusted, each as a create and as an update of a plain stream.
fn stream_rules() -> Vec<Case> {
    let bodies = vec![
        json!({"subjects": ["x.a", "x.a"]}),
        json!({"subjects": ["x.*", "x.y"]}),
        json!({"subjects": [">"]}),
        json!({"subjects": [">"], "no_ack": true}),
        json!({"subjects": ["$JS.API.x"]}),
        json!({"subjects": ["*.y.x"]}),
        json!({"subjects": ["$JS.EVENT.NOTHING.>"]}),
        json!({"subjects": ["$SYS.x"]}),
        json!({"subjects": ["$SYS.ACCOUNT.x"]}),
        json!({"subjects": ["a..b"]}),
        json!({"subjects": ["a b"]}),
        json!({"subjects": ["taken.x"]}),
        json!({"max_age": 1}),
        json!({"max_age": -1}),
        json!({"max_age": 5 * SECOND, "duplicate_window": 10 * SECOND}),
        json!({"max_age": 5 * SECOND}),
        json!({"duplicate_window": 5}),
        json!({"duplicate_window": -5}),
        json!({"num_replicas": 9}),
        json!({"num_replicas": -1}),
        json!({"num_replicas": 3}),
        json!({"deny_purge": true, "allow_rollup_hdrs": true}),
        json!({"discard_new_per_subject": true}),
        json!({"discard_new_per_subject": true, "discard": "new"}),
        json!({"discard_new_per_subject": true, "discard": "new", "max_msgs_per_subject": 3}),
        json!({"subject_delete_marker_ttl": 5}),
        json!({"subject_delete_marker_ttl": -5}),
        json!({"subject_delete_marker_ttl": SECOND, "deny_purge": true}),
        json!({"allow_msg_schedules": true, "deny_purge": true}),
        json!({"allow_msg_schedules": true, "discard": "new"}),
        json!({"allow_msg_counter": true, "discard": "new"}),
        json!({"allow_msg_counter": true, "allow_msg_ttl": true}),
        json!({"allow_msg_counter": true, "retention": "interest"}),
        json!({"allow_msg_counter": true, "allow_msg_schedules": true}),
        json!({"persist_mode": "async", "storage": "memory"}),
        json!({"persist_mode": "async", "allow_atomic": true}),
        json!({"persist_mode": ""}),
        json!({"persist_mode": "no"}),
        json!({"mirror": {"name": "O"}, "subjects": ["m"]}),
        json!({"mirror": {"name": "O"}, "sources": [{"name": "O"}]}),
        json!({"mirror": {"name": "O"}, "first_seq": 5}),
        json!({"mirror": {"name": "O"}, "allow_atomic": true}),
        json!({"mirror": {"name": "O"}, "allow_msg_counter": true}),
        json!({"mirror": {"name": "O"}, "allow_msg_schedules": true}),
        json!({"mirror": {"name": "O"}, "allow_batched": true}),
        json!({"mirror": {"name": "O"}, "subject_delete_marker_ttl": SECOND}),
        json!({"mirror": {"name": "O"}, "max_msg_size": 10}),
        json!({"mirror": {"name": "O"}}),
        json!({"mirror": {"name": "O", "opt_start_seq": 5, "filter_subject": "taken.a"}}),
        json!({"mirror": {"name": "O", "opt_start_time": "2026-01-01T00:00:00.100Z"}}),
        json!({"mirror": {"name": "R"}}),
        json!({"mirror": {"name": "a.b"}}),
        json!({"mirror": {"name": ""}}),
        json!({"mirror": {"name": "O", "filter_subject": "a", "subject_transforms": [{"src": "a", "dest": "b"}]}}),
        json!({"mirror": {"name": "O", "subject_transforms": [{"src": "a.*", "dest": "b"}, {"src": "a.b", "dest": "b"}]}}),
        json!({"mirror": {"name": "O", "subject_transforms": [{"src": "a.*", "dest": "b.$2"}]}}),
        json!({"mirror": {"name": "O", "subject_transforms": [{"src": "a..", "dest": "b"}]}}),
        json!({"mirror": {"name": "O", "external": {"api": "$JS.hub.API", "deliver": ""}}}),
        json!({"mirror": {"name": "O", "external": {"api": "$JS.API", "deliver": ""}}}),
        json!({"mirror": {"name": "O", "external": {"api": "$JS.*.API", "deliver": ""}}}),
        json!({"mirror": {"name": "O", "external": {"api": "$JS.hub.API", "deliver": "d.*"}}}),
        json!({"mirror": {"name": "O", "consumer": {"name": "c"}}}),
        json!({"sources": []}),
        json!({"sources": [{"name": "O"}, {"name": "O"}]}),
        json!({"sources": [{"name": "O"}, {"name": "O", "filter_subject": "taken.a"}]}),
        json!({"sources": [{"name": "a.b"}]}),
        json!({"sources": [{"name": "R", "filter_subject": "R"}]}),
        json!({"sources": [{"name": "O", "filter_subject": "a", "subject_transforms": [{"src": "a", "dest": "b"}]}]}),
        json!({"sources": [{"name": "O", "subject_transforms": [{"src": "a.*", "dest": "b"}, {"src": "a.b", "dest": "b"}]}]}),
        json!({"sources": [{"name": "O", "subject_transforms": [{"src": "a.*", "dest": "b.{{wildcard(2)}}"}]}]}),
        json!({"sources": [{"name": "O", "subject_transforms": [{"src": "a.*", "dest": "b.{{wildcard(1)}}"}]}]}),
        json!({"sources": [{"name": "O"}], "allow_msg_schedules": true}),
        json!({"sources": [{"name": "O"}], "max_msg_size": 10}),
        json!({"sources": [{"name": "O"}], "subjects": ["own"]}),
        json!({"sources": [{"name": "O", "consumer": {"name": "c", "deliver_subject": "d"}, "filter_subject": "x"}]}),
        json!({"subject_transform": {"src": "a.*", "dest": "b.$2"}}),
        json!({"subject_transform": {"src": "a..", "dest": "b"}}),
        json!({"subject_transform": {"src": "a.>", "dest": "b"}}),
        json!({"subject_transform": {"src": "R", "dest": "b.{{nofunction(1)}}"}}),
        json!({"republish": {"src": "R", "dest": "R"}}),
        json!({"republish": {"src": ">", "dest": "b"}}),
        json!({"republish": {"src": "R", "dest": "b.$1"}}),
        json!({"republish": {"src": ">", "dest": ">"}, "subject_transform": {"src": "R", "dest": "tr"}}),
        json!({"placement": {"preferred": "n1"}}),
        json!({"placement": {"cluster": "c"}}),
        json!({"mirror_direct": true}),
        json!({"sealed": true}),
        json!({"description": "x".repeat(5000)}),
        json!({"metadata": {"a": "x".repeat(140_000)}}),
        json!({"metadata": {"_nats.req.level": "9", "_nats.own": "x"}}),
        json!({"retention": "never"}),
        json!({"max_msgs": "ten"}),
        json!({"max_msgs": 1.5}),
        json!({"max_msg_size": 99_999_999_999_i64}),
        json!({"subjects": "x"}),
        json!({"MAX_MSGS": 7}),
        json!({"max_msgs": null}),
        json!({"storage": ""}),
        json!({"compression": "zip"}),
        json!({"consumer_limits": {}}),
        json!({"consumer_limits": {"no_such": 1}}),
        json!({"name": "other"}),
        json!({"name": "bad name"}),
        json!({"max_msgs": -5, "max_bytes": -5, "max_msgs_per_subject": -5, "max_consumers": -5, "max_msg_size": -5}),
    ];
    let mut out = vec![api(
        "STREAM.CREATE.O",
        json!({"name": "O", "subjects": ["taken.>"], "max_msg_size": 100, "allow_direct": true}),
    )];
    for body in bodies {
        let mut whole = Map::from_iter([("name".to_owned(), json!("R"))]);
        whole.extend(body.as_object().cloned().expect("an object"));
        let whole = Value::Object(whole);
        out.push(api("STREAM.CREATE.R", whole.clone()));
        out.push(api("STREAM.CREATE.R", whole.clone()));
        out.push(api("STREAM.DELETE.R", Value::Null));
        out.push(api("STREAM.CREATE.R", json!({"name": "R"})));
        out.push(api("STREAM.UPDATE.R", whole.clone()));
        out.push(api("STREAM.DELETE.R", Value::Null));
        out.push(api("STREAM.UPDATE.R", whole));
    }
    out.push(api("STREAM.DELETE.O", Value::Null));
    // Cycles need two.
    out.push(api("STREAM.CREATE.A", json!({"name": "A", "sources": [{"name": "B"}]})));
    out.push(api("STREAM.CREATE.B", json!({"name": "B", "sources": [{"name": "A"}]})));
    out.push(api("STREAM.CREATE.B", json!({"name": "B", "mirror": {"name": "A"}})));
    out.push(api("STREAM.DELETE.A", Value::Null));
    for name in ["a/b", "a\\b", "a b", ""] {
        out.push(api("STREAM.CREATE.x", json!({"name": name})));
        out.push(api(format!("STREAM.CREATE.{}", name.replace(' ', "_")), json!({"name": name.replace(' ', "_")})));
    }
    out.retain(|c| !matches!(c, Case::Api(op, _) if op == "STREAM.CREATE."));
    out
}

fn consumer(stream: &str, name: &str, config: &Value, action: &str) -> Case {
    let mut whole = Map::from_iter([("durable_name".to_owned(), json!(name))]);
    whole.extend(config.as_object().cloned().expect("an object"));
    let mut body = json!({"stream_name": stream, "config": whole});
    if !action.is_empty() {
        body["action"] = json!(action);
    }
    api(format!("CONSUMER.CREATE.{stream}.{name}"), body)
}

/// Each field of a consumer at two values, on a pull and on a push consumer.
fn consumer_fields() -> Vec<Case> {
    let fields: Vec<(&str, Value, Value)> = vec![
        ("description", json!("one"), json!("two")),
        ("deliver_policy", json!("new"), json!("all")),
        ("deliver_policy", json!("last"), json!("undefined")),
        ("opt_start_seq", json!(5), json!(6)),
        ("ack_policy", json!("all"), json!("none")),
        ("ack_policy", json!("flow_control"), json!("explicit")),
        ("ack_wait", json!(60 * SECOND), json!(-1)),
        ("max_deliver", json!(5), json!(-7)),
        ("backoff", json!([SECOND, 2 * SECOND]), json!([3 * SECOND])),
        ("filter_subject", json!("C.a"), json!("C.b")),
        ("filter_subjects", json!(["C.a", "C.b"]), json!(["C.c"])),
        ("replay_policy", json!("original"), json!("instant")),
        ("rate_limit_bps", json!(1000), json!(2000)),
        ("sample_freq", json!("50"), json!("50%")),
        ("max_waiting", json!(100), json!(200)),
        ("max_ack_pending", json!(5), json!(-1)),
        ("flow_control", json!(true), json!(false)),
        ("headers_only", json!(true), json!(false)),
        ("max_batch", json!(5), json!(-5)),
        ("max_expires", json!(SECOND), json!(5)),
        ("max_bytes", json!(1000), json!(2000)),
        ("deliver_subject", json!("to.me"), json!("to.you")),
        ("deliver_group", json!("g"), json!("h")),
        ("idle_heartbeat", json!(SECOND), json!(2 * SECOND)),
        ("inactive_threshold", json!(60 * SECOND), json!(30 * SECOND)),
        ("num_replicas", json!(1), json!(3)),
        ("mem_storage", json!(true), json!(false)),
        ("direct", json!(true), json!(false)),
        ("metadata", json!({"a": "b"}), json!({"c": "d"})),
        ("pause_until", json!("2099-01-01T00:00:00Z"), json!("2098-01-01T00:00:00Z")),
        ("priority_groups", json!(["a"]), json!(["b"])),
        ("priority_policy", json!("overflow"), json!("prioritized")),
        ("priority_timeout", json!(SECOND), json!(2 * SECOND)),
        ("no_such_field", json!(1), json!(2)),
    ];
    let bases = [
        json!({}),
        json!({"ack_policy": "explicit"}),
        json!({"deliver_subject": "to.base", "ack_policy": "explicit"}),
        json!({"deliver_subject": "to.base", "ack_policy": "explicit", "idle_heartbeat": SECOND, "flow_control": true}),
        json!({"ack_policy": "explicit", "priority_groups": ["g"], "priority_policy": "pinned_client"}),
        json!({"ack_policy": "explicit", "deliver_policy": "by_start_sequence", "opt_start_seq": 3}),
    ];
    let mut out = vec![
        api("STREAM.CREATE.C", json!({"name": "C", "subjects": ["C.>"]})),
        Case::Publish("C.a".into(), 7),
        Case::Publish("C.b".into(), 3),
    ];
    for base in &bases {
        for (field, one, two) in &fields {
            let with = |v: &Value| {
                let mut c = base.clone();
                c[*field] = v.clone();
                c
            };
            out.push(consumer("C", "c", &with(one), "create"));
            out.push(consumer("C", "c", &with(one), "create"));
            out.push(consumer("C", "c", &with(two), "create"));
            out.push(consumer("C", "c", &with(two), "update"));
            out.push(consumer("C", "c", base, "update"));
            out.push(api("CONSUMER.LIST.C", Value::Null));
            out.push(api("CONSUMER.DELETE.C.c", Value::Null));
            out.push(consumer("C", "c", base, ""));
            out.push(consumer("C", "c", &with(one), ""));
            out.push(api("CONSUMER.INFO.C.c", Value::Null));
            out.push(api("CONSUMER.DELETE.C.c", Value::Null));
        }
    }
    out.push(api("STREAM.DELETE.C", Value::Null));
    out
}

fn consumer_rules() -> Vec<Case> {
    let explicit = json!({"ack_policy": "explicit"});
    let mut out = vec![
        api("STREAM.CREATE.W", json!({"name": "W", "subjects": ["W.>"], "retention": "workqueue"})),
        consumer("W", "a", &json!({}), ""),
        consumer("W", "a", &json!({"ack_policy": "all"}), ""),
        consumer("W", "a", &json!({"ack_policy": "explicit", "deliver_policy": "new"}), ""),
        consumer("W", "a", &explicit, ""),
        consumer("W", "a", &explicit, ""),
        consumer("W", "b", &explicit, ""),
        consumer("W", "b", &json!({"ack_policy": "explicit", "filter_subject": "W.x"}), ""),
        consumer("W", "a", &json!({"ack_policy": "explicit", "filter_subject": "W.y.*"}), ""),
        consumer("W", "b", &json!({"ack_policy": "explicit", "filter_subject": "W.*.z"}), ""),
        consumer("W", "b", &json!({"ack_policy": "explicit", "filter_subject": "W.x"}), ""),
        consumer("W", "b", &json!({"ack_policy": "explicit", "filter_subject": "W.>"}), ""),
        consumer("W", "b", &json!({"ack_policy": "explicit"}), ""),
        consumer("W", "d", &json!({"ack_policy": "explicit", "num_replicas": 3}), ""),
        api("STREAM.DELETE.W", Value::Null),
        api(
            "STREAM.CREATE.L",
            json!({"name": "L", "subjects": ["L.>"], "max_consumers": 2, "consumer_limits": {"max_ack_pending": 10, "inactive_threshold": 60 * SECOND}}),
        ),
        consumer("L", "a", &json!({}), ""),
        consumer("L", "a", &json!({"max_ack_pending": 10, "inactive_threshold": 60 * SECOND}), "create"),
        consumer("L", "b", &json!({"ack_policy": "explicit", "max_ack_pending": 11}), ""),
        consumer("L", "b", &json!({"ack_policy": "explicit", "inactive_threshold": 61 * SECOND}), ""),
        consumer("L", "b", &json!({"ack_policy": "explicit", "max_ack_pending": -1}), ""),
        consumer("L", "c", &explicit, ""),
        consumer("L", "c", &explicit, "update"),
        api(
            "STREAM.UPDATE.L",
            json!({"name": "L", "subjects": ["L.>"], "max_consumers": 2, "consumer_limits": {"max_ack_pending": 5}}),
        ),
        api("STREAM.UPDATE.L", json!({"name": "L", "subjects": ["L.>"], "max_consumers": 2})),
        api("STREAM.DELETE.L", Value::Null),
        api("STREAM.CREATE.K", json!({"name": "K", "subjects": ["K.>"]})),
    ];
    let bodies = vec![
        json!({"filter_subject": "K.a", "filter_subjects": ["K.b"]}),
        json!({"filter_subjects": ["K.a", "K.*"]}),
        json!({"filter_subjects": ["K.*.a", "K.b.*"]}),
        json!({"filter_subjects": [""]}),
        json!({"filter_subjects": []}),
        json!({"filter_subject": "K..a"}),
        json!({"filter_subject": "elsewhere"}),
        json!({"deliver_policy": "last_per_subject"}),
        json!({"deliver_policy": "last_per_subject", "filter_subject": "K.>"}),
        json!({"deliver_policy": "by_start_sequence"}),
        json!({"deliver_policy": "by_start_time"}),
        json!({"deliver_policy": "by_start_time", "opt_start_time": "2026-01-01T01:00:00.500+01:00"}),
        json!({"deliver_policy": "by_start_time", "opt_start_time": "2026-01-01T00:00:00Z", "opt_start_seq": 4}),
        json!({"deliver_policy": "new", "opt_start_seq": 4}),
        json!({"deliver_policy": "sometime"}),
        json!({"backoff": [SECOND, SECOND], "max_deliver": 1, "ack_policy": "explicit"}),
        json!({"backoff": [-SECOND], "ack_policy": "explicit"}),
        json!({"sample_freq": "x"}),
        json!({"sample_freq": "150"}),
        json!({"deliver_subject": "a.*"}),
        json!({"deliver_subject": "K.a"}),
        json!({"deliver_subject": "to.me", "max_waiting": 5}),
        json!({"deliver_subject": "to.me", "max_ack_pending": 5}),
        json!({"deliver_subject": "to.me", "idle_heartbeat": 5}),
        json!({"deliver_subject": "to.me", "flow_control": true}),
        json!({"deliver_subject": "to.me", "ack_policy": "flow_control"}),
        json!({"deliver_subject": "to.me", "ack_policy": "flow_control", "ack_wait": SECOND}),
        json!({"deliver_subject": "to.me", "ack_policy": "flow_control", "max_deliver": 3}),
        json!({"deliver_subject": "to.me", "direct": true}),
        json!({"max_expires": 5}),
        json!({"num_replicas": -1}),
        json!({"num_replicas": 2}),
        json!({"name": "other"}),
        json!({"durable_name": "other"}),
        json!({"durable_name": ""}),
        json!({"description": "x".repeat(5000)}),
        json!({"metadata": {"a": "x".repeat(140_000)}}),
        json!({"priority_policy": "overflow"}),
        json!({"priority_policy": "overflow", "priority_groups": [""]}),
        json!({"priority_policy": "overflow", "priority_groups": ["a name with blanks"]}),
        json!({"priority_policy": "overflow", "priority_groups": ["g"], "deliver_subject": "to.me"}),
        json!({"priority_groups": ["g"]}),
        json!({"priority_policy": "no"}),
        json!({"max_deliver": -5, "max_waiting": -5, "max_ack_pending": -5, "max_batch": -5, "inactive_threshold": -5}),
        json!({"max_deliver": "x"}),
    ];
    for body in bodies {
        out.push(consumer("K", "k", &body, ""));
        out.push(consumer("K", "k", &body, "create"));
        out.push(api("CONSUMER.DELETE.K.k", Value::Null));
        out.push(consumer("K", "k", &json!({}), ""));
        out.push(consumer("K", "k", &body, "update"));
        out.push(api("CONSUMER.DELETE.K.k", Value::Null));
    }
    out.extend([
        api(
            "CONSUMER.CREATE.K.k.K.a",
            json!({"stream_name": "K", "config": {"durable_name": "k", "filter_subject": "K.a"}}),
        ),
        api(
            "CONSUMER.CREATE.K.k.K.b",
            json!({"stream_name": "K", "config": {"durable_name": "k", "filter_subject": "K.a"}}),
        ),
        api(
            "CONSUMER.CREATE.K.k.K.b",
            json!({"stream_name": "K", "config": {"durable_name": "k", "filter_subjects": ["K.a"]}}),
        ),
        api("CONSUMER.CREATE.K.k", json!({"stream_name": "X", "config": {"durable_name": "k"}})),
        api("CONSUMER.CREATE.X.k", json!({"stream_name": "X", "config": {"durable_name": "k"}})),
        api("CONSUMER.CREATE.K.k", json!({"stream_name": "K", "config": {"durable_name": "k"}, "action": "maybe"})),
        api("CONSUMER.CREATE.K.k", json!({"stream_name": "K", "config": {"durable_name": "k"}, "what": 1})),
        api("CONSUMER.CREATE.K", json!({"stream_name": "K", "config": {"durable_name": "k"}})),
        api(
            "CONSUMER.CREATE.K.e",
            json!({"stream_name": "K", "config": {"name": "e", "inactive_threshold": 60 * SECOND}}),
        ),
        api(
            "CONSUMER.CREATE.K.e",
            json!({"stream_name": "K", "config": {"name": "e", "inactive_threshold": 60 * SECOND}, "action": "create"}),
        ),
        api("CONSUMER.DURABLE.CREATE.K.d", json!({"stream_name": "K", "config": {"durable_name": "d"}})),
        api("CONSUMER.DURABLE.CREATE.K.d", json!({"stream_name": "K", "config": {}})),
        api("CONSUMER.NAMES.K", Value::Null),
        api("CONSUMER.NAMES.K", json!({"offset": 1})),
        api("CONSUMER.LIST.K", json!({"offset": 99})),
        api("CONSUMER.INFO.K.none", Value::Null),
        api("CONSUMER.DELETE.K.none", Value::Null),
        api("CONSUMER.INFO.none.none", Value::Null),
        api("CONSUMER.LIST.none", Value::Null),
        api("CONSUMER.NAMES.none", Value::Null),
        api("STREAM.DELETE.K", Value::Null),
    ]);
    out
}

/// The shapes of requests and answers: paging, filters, messages, errors.
fn requests(minor: u32) -> Vec<Case> {
    let mut out = vec![
        api("STREAM.INFO.none", Value::Null),
        api("STREAM.DELETE.none", Value::Null),
        api("STREAM.UPDATE.none", json!({"name": "none"})),
        api("STREAM.MSG.GET.none", json!({"seq": 1})),
        Case::Api("STREAM.CREATE.x".into(), "not json".into()),
        Case::Api("STREAM.CREATE.x".into(), String::new()),
        Case::Api("STREAM.CREATE.x".into(), "[]".into()),
        Case::Api("STREAM.CREATE.x".into(), "{}".into()),
        Case::Api("STREAM.LIST".into(), "{bad".into()),
        api("STREAM.CREATE.M", json!({"name": "M", "subjects": ["M.>"], "max_msgs_per_subject": 3})),
        Case::Publish("M.a".into(), 5),
        Case::Publish("M.b".into(), 2),
        api("STREAM.INFO.M", json!({"subjects_filter": ">"})),
        api("STREAM.INFO.M", json!({"subjects_filter": "M.a"})),
        api("STREAM.INFO.M", json!({"subjects_filter": "none"})),
        api("STREAM.MSG.GET.M", json!({"last_by_subj": "M.none"})),
        api("STREAM.MSG.GET.M", json!({"seq": 99})),
        api("STREAM.MSG.GET.M", json!({"seq": 1, "last_by_subj": "M.a"})),
        api("STREAM.MSG.GET.M", json!({})),
        api("STREAM.MSG.GET.M", Value::Null),
        api("STREAM.PURGE.M", json!({"filter": "M.a", "keep": 1})),
        api("STREAM.INFO.M", Value::Null),
        api("STREAM.DELETE.M", json!({"x": 1})),
        api("STREAM.DELETE.M", Value::Null),
        Case::Publish("nobody.listens".into(), 1),
    ];
    for i in 0..260 {
        out.push(api(
            format!("STREAM.CREATE.P{i:03}"),
            json!({"name": format!("P{i:03}"), "storage": "memory", "subjects": [format!("p.{}.{i}", i % 2)]}),
        ));
    }
    out.extend([
        api("STREAM.LIST", Value::Null),
        api("STREAM.LIST", json!({"offset": 256})),
        api("STREAM.LIST", json!({"offset": 999})),
        api("STREAM.LIST", json!({"subject": "p.1.*"})),
        api("STREAM.NAMES", Value::Null),
        api("STREAM.NAMES", json!({"offset": 250})),
        api("STREAM.NAMES", json!({"subject": "p.0.2"})),
        api("STREAM.NAMES", json!({"subject": "none"})),
    ]);
    // 2.10 and 2.11 die of it.
    if minor >= 12 {
        out.push(api("STREAM.LIST", json!({"offset": -5})));
    }
    out.extend((0..260).map(|i| api(format!("STREAM.DELETE.P{i:03}"), Value::Null)));
    out
}

/// The streams that the script deletes and creates again.
const AGAIN: [&str; 3] = ["F", "R", "D"];

/// Gives these streams another name after each deletion. A file stream whose name is used again at once can come back
/// with the messages of the deleted one: servers of all versions answer a DELETE before its files are gone.
fn fresh_names(cases: Vec<Case>) -> Vec<Case> {
    let mut lives = [0; AGAIN.len()];
    let mut out = Vec::with_capacity(cases.len());
    for mut case in cases {
        for (name, life) in AGAIN.iter().zip(&mut lives) {
            let (dot, new) = (format!("{name}."), format!("{name}{life}"));
            case = match case {
                Case::Publish(subject, n) => match subject.strip_prefix(&dot) {
                    Some(rest) => Case::Publish(format!("{new}.{rest}"), n),
                    None => Case::Publish(subject, n),
                },
                Case::Api(op, body) => {
                    let whole = format!("{op}.").replace(&format!(".{dot}"), &format!(".{new}."));
                    *life += usize::from(op == format!("STREAM.DELETE.{name}"));
                    let body = body.replace(&format!("\"{name}\""), &format!("\"{new}\""));
                    let body = body.replace(&format!("\"{dot}"), &format!("\"{new}."));
                    Case::Api(whole.trim_end_matches('.').to_owned(), body)
                }
            };
        }
        out.push(case);
    }
    out
}

/// What updates do to messages.
fn losses() -> Vec<Case> {
    let mut out = Vec::new();
    for storage in ["file", "memory"] {
        let base = json!({"name": "D", "subjects": ["D.>"], "storage": storage});
        let with = |more: &Value| {
            let mut c = base.clone();
            c.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            c
        };
        for more in [
            json!({"max_msgs": 10}),
            json!({"max_msgs": 10, "discard": "new"}),
            json!({"max_bytes": 500}),
            json!({"max_bytes": 500, "discard": "new"}),
            json!({"max_msgs_per_subject": 3}),
            json!({"max_msgs_per_subject": 3, "discard": "new"}),
            json!({"retention": "interest"}),
        ] {
            out.push(api("STREAM.CREATE.D", base.clone()));
            out.push(Case::Publish("D.a".into(), 20));
            out.push(Case::Publish("D.b".into(), 20));
            out.push(api("STREAM.UPDATE.D", with(&more)));
            out.push(api("STREAM.INFO.D", json!({"subjects_filter": ">"})));
            out.push(Case::Publish("D.a".into(), 1));
            out.push(api("STREAM.INFO.D", json!({"subjects_filter": ">"})));
            out.push(api("STREAM.UPDATE.D", base.clone()));
            out.push(api("STREAM.DELETE.D", Value::Null));
        }
        out.extend([
            api("STREAM.CREATE.D", with(&json!({"max_msgs_per_subject": 9, "discard": "new"}))),
            Case::Publish("D.a".into(), 20),
            api("STREAM.UPDATE.D", with(&json!({"max_msgs_per_subject": 2, "discard": "new"}))),
            api("STREAM.INFO.D", Value::Null),
            api("STREAM.DELETE.D", Value::Null),
            api("STREAM.CREATE.D", with(&json!({"max_msgs": 5, "discard": "new"}))),
            Case::Publish("D.a".into(), 6),
            api("STREAM.UPDATE.D", with(&json!({"max_msgs": 5}))),
            Case::Publish("D.a".into(), 6),
            api("STREAM.INFO.D", Value::Null),
            api("STREAM.DELETE.D", Value::Null),
            api("STREAM.CREATE.D", with(&json!({"retention": "interest"}))),
            Case::Publish("D.a".into(), 5),
            api("STREAM.INFO.D", Value::Null),
            consumer("D", "c", &json!({"ack_policy": "explicit", "filter_subject": "D.a"}), ""),
            Case::Publish("D.a".into(), 5),
            Case::Publish("D.b".into(), 5),
            api("STREAM.INFO.D", Value::Null),
            consumer("D", "g", &json!({"ack_policy": "explicit"}), ""),
            api("CONSUMER.DELETE.D.c", Value::Null),
            api("STREAM.INFO.D", Value::Null),
            api("CONSUMER.DELETE.D.g", Value::Null),
            api("STREAM.INFO.D", Value::Null),
            api("STREAM.DELETE.D", Value::Null),
            api("STREAM.CREATE.D", with(&json!({"deny_delete": true, "deny_purge": true}))),
            Case::Publish("D.a".into(), 5),
            api("STREAM.PURGE.D", Value::Null),
            api("STREAM.UPDATE.D", with(&json!({"sealed": true, "max_age": 60 * SECOND, "duplicate_window": SECOND}))),
            Case::Publish("D.a".into(), 1),
            api("STREAM.UPDATE.D", with(&json!({"sealed": true, "deny_delete": true, "deny_purge": true, "discard": "new", "description": "x"}))),
            api("STREAM.DELETE.D", Value::Null),
            api("STREAM.CREATE.D", with(&json!({"first_seq": 50}))),
            api("STREAM.INFO.D", Value::Null),
            Case::Publish("D.a".into(), 1),
            api("STREAM.INFO.D", Value::Null),
            consumer("D", "n", &json!({"deliver_policy": "new"}), ""),
            consumer("D", "l", &json!({"deliver_policy": "last"}), ""),
            consumer("D", "s", &json!({"deliver_policy": "by_start_sequence", "opt_start_seq": 51}), ""),
            consumer("D", "a", &json!({}), ""),
            api("STREAM.DELETE.D", Value::Null),
        ]);
    }
    out
}

/// Pedantic mode refuses what is otherwise adjusted.
fn pedantic() -> Vec<Case> {
    let mut out = Vec::new();
    for more in [
        json!({"max_msgs": -5}),
        json!({"max_age": 5 * SECOND}),
        json!({"subject_delete_marker_ttl": SECOND}),
        json!({"allow_msg_schedules": true}),
        json!({"republish": {"dest": "x.>"}}),
        json!({}),
    ] {
        let mut body = json!({"name": "Q", "pedantic": true});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        out.push(api("STREAM.CREATE.Q", body.clone()));
        out.push(api("STREAM.UPDATE.Q", body));
        out.push(api("STREAM.DELETE.Q", Value::Null));
    }
    out.push(api("STREAM.CREATE.Q", json!({"name": "Q", "consumer_limits": {"max_ack_pending": 5}})));
    for more in [
        json!({}),
        json!({"max_deliver": -5, "max_ack_pending": 5}),
        json!({"backoff": [SECOND], "max_ack_pending": 5}),
        json!({"max_ack_pending": 5}),
    ] {
        let mut config = json!({"durable_name": "q"});
        config.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        out.push(api("CONSUMER.CREATE.Q.q", json!({"stream_name": "Q", "config": config, "pedantic": true})));
        out.push(api("CONSUMER.DELETE.Q.q", Value::Null));
    }
    out.push(api("STREAM.DELETE.Q", Value::Null));
    out
}
