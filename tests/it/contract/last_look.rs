//! What natsform looks at just before it writes again.

use crate::{
    model::When,
    support::bench::{Bench, outcomes, tokens, told},
};
use natsform::{
    engine::PlanOptions,
    model::{Exit, StepOutcome},
};
use serde_json::{Value, json};

fn orders(more: &str) -> String {
    format!("apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: ORDERS}}\nspec: {{subjects: [orders.>]{more}}}\n")
}

/// A stream with five messages, and the options of a replace.
async fn arranged() -> (Bench, PlanOptions) {
    let bench = Bench::new((2, 12, 8));
    bench.must_apply(&orders(""), &PlanOptions::default()).await;
    bench.model.publish("orders.a", 5);
    let mut options = PlanOptions::default();
    options.acks = tokens(&bench.plan(&orders(", storage: memory"), &options).await);
    bench.model.clear_log();
    (bench, options)
}

fn sent(bench: &Bench, operation: &str) -> usize {
    bench.model.write_log().iter().filter(|s| **s == format!("$JS.API.STREAM.{operation}.ORDERS")).count()
}

#[tokio::test]
async fn old_messages_that_come_back_go_again() {
    for (times, exit, messages) in [(0, Exit::Ok, 0), (1, Exit::Ok, 0), (3, Exit::Ok, 0), (9, Exit::Partial, 5)] {
        let (bench, options) = arranged().await;
        bench.model.haunt("ORDERS", times, None);
        let applied = bench.apply(&orders(", storage: memory"), &options).await;
        assert_eq!(applied.exit, Some(exit), "{times}: {}", told(&applied));
        assert_eq!(bench.model.messages("ORDERS"), messages, "{times}");
        assert_eq!(sent(&bench, "DELETE"), 1 + times.min(3), "{times}");
    }
}

#[tokio::test]
async fn a_message_that_is_not_old_keeps_its_stream() {
    let (bench, options) = arranged().await;
    bench.model.haunt("ORDERS", 9, Some("orders.new"));
    let applied = bench.apply(&orders(", storage: memory"), &options).await;
    let error = applied.steps.iter().find_map(|s| s.error.clone());
    assert!(error.is_some_and(|e| format!("{e:?}").contains("came back")), "{}", told(&applied));
    assert_eq!((bench.model.messages("ORDERS"), sent(&bench, "DELETE")), (6, 1));
}

/// The first request did certainly nothing, and before the second try an application makes its stream again.
#[tokio::test]
async fn a_second_try_looks_again() {
    let (bench, options) = arranged().await;
    let dry = {
        let (bench, options) = arranged().await;
        bench.apply(&orders(", storage: memory"), &options).await;
        bench.model.write_log().iter().position(|s| s == "$JS.API.STREAM.DELETE.ORDERS").expect("the delete")
    };
    bench.model.break_write(dry + 1, When::NotSent);
    let theirs = json!({"name": "ORDERS", "subjects": ["orders.>"], "description": "theirs"});
    // They come between the first look and the second one.
    bench.model.intrude("$JS.API.STREAM.DELETE.ORDERS", 1, "STREAM.DELETE.ORDERS", Value::Null);
    bench.model.intrude("$JS.API.STREAM.DELETE.ORDERS", 1, "STREAM.CREATE.ORDERS", theirs);
    let applied = bench.apply(&orders(", storage: memory"), &options).await;
    assert_eq!(outcomes(&applied)["stream/ORDERS"], StepOutcome::Stale, "{}", told(&applied));
    assert_eq!(bench.model.streams()["ORDERS"]["description"], "theirs");
    assert_eq!(sent(&bench, "DELETE"), 1);
}
