//! What a server silently makes of a stream's configuration, and which live values it had only derived.
//!
//! Measured on 2.10.26, 2.12.8 and 2.15.1 (facts, section 4.3). Only what a view shows is predicted: a field that is left
//! out and a field at its default are one thing there.

use crate::{
    model::{Path, Value, json},
    systems::{
        Around,
        jetstream::fields::{number, object, on, says, word_of},
    },
};

/// How long message ids are remembered where nothing else is said: two minutes.
const DUPLICATE_WINDOW: i64 = 120_000_000_000;

/// What the server will store of `sent`.
pub fn settle(sent: &Value, around: &Around<'_>) -> Value {
    let mut out = object(sent);
    let mirror = says(&sent["mirror"]);
    if !mirror && !says(&sent["sources"]) && !says(&sent["subjects"]) {
        out.insert("subjects".into(), json!([word_of(sent, "name")]));
    }
    if number(sent, "duplicate_window") == 0 {
        // From the age as it is sent: sealing sets it to zero only afterwards.
        match duplicate_window(sent, around) {
            Some(window) => out.insert("duplicate_window".into(), json!(window)),
            None => out.shift_remove("duplicate_window"),
        };
    }
    let marker = number(sent, "subject_delete_marker_ttl") > 0;
    if marker {
        out.insert("allow_msg_ttl".into(), json!(true));
    }
    if (marker || on(sent, "allow_msg_schedules")) && !on(sent, "allow_rollup_hdrs") && !on(sent, "sealed") {
        out.insert("allow_rollup_hdrs".into(), json!(true));
        out.insert("deny_purge".into(), json!(false));
    }
    if on(sent, "sealed") {
        for (name, value) in [
            ("max_age", json!(0)),
            ("discard", json!("new")),
            ("deny_delete", json!(true)),
            ("deny_purge", json!(true)),
            ("allow_rollup_hdrs", json!(false)),
        ] {
            out.insert(name.into(), value);
        }
    }
    Value::Object(out)
}

/// The window that the server derives where none is set; `None` where it sets none.
pub fn duplicate_window(config: &Value, around: &Around<'_>) -> Option<i64> {
    let sources = says(&config["sources"]);
    if says(&config["mirror"]) || (sources && around.capabilities.since(2, 14)) {
        return None;
    }
    let age = Some(number(config, "max_age")).filter(|age| *age > 0);
    let bound = around.capabilities.fact("duplicate_window").as_i64().filter(|limit| *limit > 0);
    [age, bound].into_iter().flatten().fold(DUPLICATE_WINDOW, i64::min).into()
}

/// Takes out of `sent` what the server had only derived from the live configuration, so that it derives it again.
/// Sent back, an old window outlives a shorter max_age (10052), and a mirror's switch outlives the mirror.
pub fn take_derived(live: &Value, declared: &Value, sent: &mut Value, around: &Around<'_>) {
    let Some(out) = sent.as_object_mut() else { return };
    let window = number(live, "duplicate_window");
    if declared["duplicate_window"].is_null() && window > 0 && duplicate_window(live, around) == Some(window) {
        out.shift_remove("duplicate_window");
    }
    let promoted = says(&live["mirror"]) && !out.get("mirror").is_some_and(says);
    if promoted && declared["mirror_direct"].is_null() {
        out.shift_remove("mirror_direct");
    }
}

/// Objects that mean nothing without one of their fields, and which one it is.
const HEADS: [(&str, &str); 3] = [("mirror", "name"), ("republish", "dest"), ("subject_transform", "dest")];

/// Removes what is left of an object whose head went back to its default.
pub fn drop_headless(sent: &mut Value, reset: &[Path]) {
    for (object, head) in HEADS {
        let path = Path::root().field(object);
        if reset.contains(&path.field(head)) {
            crate::shape::remove(sent, &path);
        }
    }
}
