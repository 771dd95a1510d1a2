//! What was declared last time is remembered: taken out of the manifest it goes back, whoever had set it first.

use super::{
    place::{MODELS, Place},
    project::{Project, step, stream, told},
};
use crate::support::servers;
use natsform::model::Action;
use serde_json::{Value, json};

const ADDRESS: &str = "stream/ORDERS";

async fn max_msgs(place: &Place) -> Value {
    place.config(&["ORDERS"]).await.expect("the stream")["max_msgs"].clone()
}

/// The action that a plan has for the stream.
async fn planned(project: &Project, place: &Place) -> (Action, String) {
    let planned = project.plan(place).await;
    let step = step(&planned, ADDRESS);
    (step.action, told(step))
}

fn declare(project: &Project, spec: &Value) {
    project.declare(&[stream("ORDERS", spec)]);
}

/// A field is declared at the value that it already has, and then it is not declared any more.
async fn recorded_then_reset(place: &Place) {
    let made = place.create(&["ORDERS"], &json!({"subjects": ["o.>"], "max_msgs": 5, "max_bytes": 1000})).await;
    assert!(made.get("error").is_none(), "{made}");
    let project = Project::new();
    for (spec, what) in [
        (json!({"max_bytes": 1000}), "an adoption"),
        (json!({"max_bytes": 1000, "max_msgs": 5}), "a field declared at its value"),
    ] {
        declare(&project, &spec);
        let (action, told) = planned(&project, place).await;
        assert_eq!(action, Action::Adopt, "{} {what}: {told}", place.name);
        let before = place.config(&["ORDERS"]).await;
        project.apply(place, &[]).await;
        assert_eq!(place.config(&["ORDERS"]).await, before, "{} {what} writes the stream", place.name);
        project.at_rest(place, what).await;
    }
    declare(&project, &json!({"max_bytes": 1000}));
    let (action, told) = planned(&project, place).await;
    assert_eq!(action, Action::Update, "{}: {told}", place.name);
    project.apply(place, &[]).await;
    assert_eq!(max_msgs(place).await, json!(-1), "{}", place.name);
    project.at_rest(place, "a reset").await;
}

#[tokio::test]
async fn a_field_declared_at_its_value_is_recorded_and_then_reset() {
    for version in MODELS {
        recorded_then_reset(&Place::model(version)).await;
    }
    for (version, _) in servers() {
        recorded_then_reset(&Place::alone(version).await).await;
    }
}

/// The same where natsform dies right after one of its writes: the update, the record, or the intent before them. The
/// intent that the live object fulfils is the record.
async fn dies_after_write(version: (u32, u32), nth: usize) {
    let place = Place::model(version);
    let project = Project { mortal: true, ..Project::new() };
    declare(&project, &json!({"subjects": ["o.>"]}));
    project.apply(&place, &[]).await;
    declare(&project, &json!({"subjects": ["o.>"], "max_msgs": 5}));
    place.die_after_write(nth);
    project.try_apply(&place, &[]).await;
    place.revive();
    let when = format!("{} dies after write {nth}", place.name);
    let written = max_msgs(&place).await == json!(5);
    declare(&project, &json!({"subjects": ["o.>"]}));
    let (action, told) = planned(&project, &place).await;
    assert_eq!(action, if written { Action::Update } else { Action::Keep }, "{when}: {told}");
    project.apply(&place, &[]).await;
    assert_eq!(max_msgs(&place).await, json!(-1), "{when}");
    project.at_rest(&place, &when).await;
}

#[tokio::test]
async fn a_crash_right_after_an_update_forgets_nothing() {
    for version in MODELS {
        // the intent, the update, the record
        for nth in 1..=3 {
            dies_after_write(version, nth).await;
        }
    }
}

/// The new declaration is planned again after the crash: there is nothing to do, and still it is reset later.
#[tokio::test]
async fn an_open_intent_that_is_fulfilled_is_a_record() {
    for version in MODELS {
        let place = Place::model(version);
        let project = Project { mortal: true, ..Project::new() };
        declare(&project, &json!({"subjects": ["o.>"]}));
        project.apply(&place, &[]).await;
        declare(&project, &json!({"subjects": ["o.>"], "max_msgs": 5}));
        place.die_after_write(2);
        project.try_apply(&place, &[]).await;
        place.revive();
        assert_eq!(max_msgs(&place).await, json!(5), "{}: the second write is not the update", place.name);
        project.at_rest(&place, "after a crash").await;
        declare(&project, &json!({"subjects": ["o.>"]}));
        project.apply(&place, &[]).await;
        assert_eq!(max_msgs(&place).await, json!(-1), "{}", place.name);
    }
}
