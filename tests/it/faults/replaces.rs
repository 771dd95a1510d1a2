//! Deletes and replaces of objects that hold others, and what must hold them back.

use super::scenario::set;
use crate::support::bench::{ACCOUNT, Bench, Nobody, outcomes, settings, tokens, told};
use natsform::{
    diag::Report,
    engine::{PlanOptions, Prune, Run},
    manifest::LossBudget,
    model::{Action, Address, Exit, Planned, StepOutcome, Verdict},
    ports::{Nats, Ports},
    render,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::watch;

const VERSION: (u32, u32, u32) = (2, 15, 1);

/// A stream with two consumers; `lifecycle` is that of the first one.
fn stream(name: &str, storage: &str, lifecycle: &str) -> String {
    format!(
        "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec:\n  subjects: [{}.>]\n  storage: {storage}\n  \
         consumers:\n    two: {{ack_policy: explicit}}\n---\napiVersion: natsform/v1\nkind: Consumer\nmetadata: {{name: one, \
         lifecycle: {{{lifecycle}}}}}\nspec: {{stream: {name}, ack_policy: explicit}}\n",
        name.to_lowercase()
    )
}

fn verdict<'a>(planned: &'a Planned, short: &str) -> (Action, &'a Verdict) {
    let step = planned.plan.steps.iter().find(|s| s.address.short() == short);
    step.map(|s| (s.action, &s.verdict)).unwrap_or_else(|| panic!("no step {short}: {:?}", planned.plan.steps))
}

fn blocked(planned: &Planned, short: &str, by: &str) {
    match verdict(planned, short) {
        (_, Verdict::Blocked { why }) if why.contains(by) => {}
        other => panic!("{short}: {other:?}"),
    }
}

fn prunes() -> PlanOptions {
    PlanOptions { prune: Some(Prune::Delete), ..PlanOptions::default() }
}

async fn acknowledged(bench: &Bench, manifest: &str, mut options: PlanOptions) -> PlanOptions {
    options.acks = tokens(&bench.plan(manifest, &options).await);
    options
}

#[tokio::test]
async fn a_protected_consumer_protects_its_stream() {
    let bench = Bench::new(VERSION);
    let before = [stream("A", "file", "protect: true"), stream("B", "file", "")].concat();
    bench.must_apply(&before, &PlanOptions::default()).await;
    let says = "consumer/A/one is protected";
    // replaced, without a word of it now, too: what was applied last stays in force
    for lifecycle in ["protect: true", "", "protect: false"] {
        let planned = bench.plan(&stream("A", "memory", lifecycle), &PlanOptions::default()).await;
        blocked(&planned, "stream/A", says);
    }
    let planned = bench.plan(&stream("B", "file", ""), &prunes()).await;
    blocked(&planned, "stream/A", says);
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    blocked(&bench.plan(&before, &options).await, "stream/A", says);
}

#[tokio::test]
async fn what_was_protected_is_made_again_protected() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", "protect: true"), &PlanOptions::default()).await;
    bench.model.ok("CONSUMER.DELETE.A.one", Value::Null);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    assert!(bench.owned().await["consumer/A/one"].1[0], "still protected");
}

/// Consumers are made again with what nobody declares, be they selected or not.
#[tokio::test]
async fn a_replace_takes_its_consumers_along() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    let mut config = bench.model.consumers("A")["one"].clone();
    config["description"] = json!("by hand");
    bench.model.ok("CONSUMER.CREATE.A.one", json!({"stream_name": "A", "action": "update", "config": config}));
    set(&bench, "A", "description", json!("this, too"));
    bench.model.publish("a.a", 3);
    let before = bench.model.consumers("A");
    let now = stream("A", "memory", "");
    let mut options = PlanOptions::default();
    options.select.targets = vec!["stream/A".into()];
    let style = render::Style { color: false, width: 100, verbose: false };
    let text = render::plan(&bench.plan(&now, &options).await, &style, &|a, p| natsform::engine::humanise(a, p));
    assert!(text.contains("needs 1 acknowledgement\n"), "{text}");
    let options = acknowledged(&bench, &now, options).await;
    assert_eq!(options.acks.iter().collect::<std::collections::BTreeSet<_>>().len(), 1, "{:?}", options.acks);
    let applied = bench.must_apply(&now, &options).await;
    assert_eq!(outcomes(&applied)["consumer/A/one"], StepOutcome::Done, "{}", told(&applied));
    assert_eq!(bench.model.consumers("A"), before, "{}", told(&applied));
    let stream = &bench.model.streams()["A"];
    assert_eq!((&stream["storage"], &stream["description"]), (&json!("memory"), &json!("this, too")));
    let next = bench.plan(&now, &PlanOptions::default()).await;
    assert!(next.plan.changes().next().is_none(), "{:?}", next.plan.steps);
}

/// A consumer that could not be made again keeps the stream.
#[tokio::test]
async fn a_consumer_that_may_not_be_made_again_keeps_its_stream() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    let theirs = json!({"durable_name": "theirs", "ack_policy": "explicit"});
    bench.model.ok("CONSUMER.CREATE.A.theirs", json!({"stream_name": "A", "config": theirs}));
    let more = "---\napiVersion: natsform/v1\nkind: Consumer\nmetadata: {name: theirs}\nspec: {stream: A, ack_policy: explicit, max_deliver: 5}\n";
    let planned = bench.plan(&[stream("A", "memory", "").as_str(), more].concat(), &PlanOptions::default()).await;
    blocked(&planned, "stream/A", "consumer/A/theirs cannot be made again: it exists, is not ours and differs");
    blocked(&planned, "consumer/A/theirs", "is not ours and differs");
    assert!(planned.plan.ops.is_empty(), "{:?}", planned.plan.ops);
}

/// What goes along by itself may be what the create refuses.
#[tokio::test]
async fn a_replace_that_could_not_create_is_blocked() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    set(&bench, "A", "sealed", json!(true));
    let planned = bench.plan(&stream("A", "memory", ""), &PlanOptions::default()).await;
    blocked(&planned, "stream/A", "sealed");
}

#[tokio::test]
async fn nothing_is_replaced_while_the_read_is_incomplete() {
    let bench = Bench::new(VERSION);
    let before = [stream("A", "file", ""), stream("B", "file", "")].concat();
    bench.must_apply(&before, &PlanOptions::default()).await;
    bench.model.offline("B", true);
    let planned = bench.plan(&stream("A", "memory", ""), &PlanOptions::default()).await;
    assert!(matches!(verdict(&planned, "stream/A"), (Action::Replace, Verdict::Unknown { .. })));
    assert!(planned.plan.ops.is_empty());
}

#[tokio::test]
async fn no_documents_do_not_mean_to_delete_everything() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    let options = acknowledged(&bench, "# nothing\n", PlanOptions { max_deletes: Some(100), ..prunes() }).await;
    let applied = bench.apply("# nothing\n", &options).await;
    assert_eq!(applied.exit, Some(Exit::Refused), "{}", told(&applied));
    assert!(applied.planned.refusals[0].contains("nothing is declared"), "{}", told(&applied));
    assert!(bench.model.streams().contains_key("A"));
}

/// Ten streams with ten consumers each: one stream is a tenth of what is owned, two are too many.
#[tokio::test]
async fn consumers_do_not_make_the_share_of_their_stream_small() {
    let bench = Bench::new(VERSION);
    let of = |n: usize| (0..n).map(|i| stream(&format!("S{i}"), "file", "")).collect::<String>();
    bench.must_apply(&of(10), &PlanOptions::default()).await;
    assert!(bench.plan(&of(9), &prunes()).await.refusals.is_empty());
    assert_eq!(bench.plan(&of(8), &prunes()).await.refusals.len(), 1);
}

/// One account of the server under two names: the old name's leftover is what the new name declares.
#[tokio::test]
async fn an_object_that_is_read_twice_is_not_deleted() {
    let bench = Bench::new(VERSION);
    bench.must_apply(&stream("A", "file", ""), &PlanOptions::default()).await;
    let ports = bench.ports();
    let nats: BTreeMap<String, Arc<dyn Nats>> =
        [ACCOUNT, "APP"].map(|name| (name.to_owned(), bench.model.clone() as Arc<dyn Nats>)).into();
    let ports = Ports::new(nats, ports.clock.clone(), ports.random.clone());
    let other = stream("B", "file", "");
    let mut run = Run::over(bench.loaded(&other), ports);
    let planned = run.plan(&prunes(), &mut Report::default()).await.expect("a plan");
    let address = Address::new("stream", ["A"], ACCOUNT);
    let step = planned.plan.step(&address).expect("a step");
    assert!(
        matches!(&step.verdict, Verdict::Blocked { why } if why.contains("the same object as stream/A@APP")),
        "{:?}",
        step.verdict
    );
    let (_sender, stop) = watch::channel(None);
    run.apply(planned, &settings(), stop, &Nobody).await;
    assert!(bench.model.streams().contains_key("A"));
}

/// A token in the document is void once it was used, whatever somebody does then.
#[tokio::test]
async fn a_token_in_the_document_is_used_once() {
    let bench = Bench::new(VERSION);
    let of = |max: i64, acks: &[String]| {
        let lifecycle = format!("lifecycle: {{ack: {}}}", json!(acks));
        format!(
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: A, {lifecycle}}}\nspec: {{subjects: [a.>], max_msgs: {max}}}\n"
        )
    };
    bench.must_apply(&of(100, &[]), &PlanOptions::default()).await;
    bench.model.publish("a.a", 9);
    let acks = tokens(&bench.plan(&of(2, &[]), &PlanOptions::default()).await);
    bench.must_apply(&of(2, &acks), &PlanOptions::default()).await;
    assert_eq!(bench.model.messages("A"), 2);
    set(&bench, "A", "max_msgs", json!(100));
    bench.model.publish("a.a", 7);
    let applied = bench.apply(&of(2, &acks), &PlanOptions::default()).await;
    assert_eq!(applied.exit, Some(Exit::Refused), "{}", told(&applied));
    assert_eq!(bench.model.messages("A"), 9);
}

/// What is not readable stops what needs it, and what needs that.
#[tokio::test]
async fn unknown_spreads_as_far_as_it_goes() {
    let bench = Bench::new(VERSION);
    let of = |name: &str, more: &str| {
        format!("---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{{more}}}\n")
    };
    let first = of("C", "subjects: [c.>]");
    bench.must_apply(&first, &PlanOptions::default()).await;
    bench.model.offline("C", true);
    let all = [of("A", "sources: [{name: B}]"), of("B", "sources: [{name: C}]"), first].concat();
    let planned = bench.plan(&all, &PlanOptions::default()).await;
    for name in ["stream/A", "stream/B", "stream/C"] {
        assert!(matches!(verdict(&planned, name).1, Verdict::Unknown { .. }), "{name}: {:?}", verdict(&planned, name));
    }
}

/// What is to be forgotten need not be seen.
#[tokio::test]
async fn what_cannot_be_read_can_be_forgotten() {
    let bench = Bench::new(VERSION);
    let left = stream("B", "file", "");
    let gone = "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {on_remove: orphan}}\nspec: {subjects: [a]}\n";
    bench.must_apply(&[gone, &left].concat(), &PlanOptions::default()).await;
    bench.model.offline("A", true);
    let planned = bench.plan(&left, &prunes()).await;
    assert_eq!(verdict(&planned, "stream/A"), (Action::Forget, &Verdict::Go));
    bench.apply(&left, &prunes()).await;
    bench.model.offline("A", false);
    let planned = bench.plan(&left, &prunes()).await;
    assert!(planned.plan.changes().next().is_none(), "{:?}", planned.plan.steps);
}

/// A busy stream loses more than the plan saw: what the environment allows is the limit, not what was counted.
#[tokio::test]
async fn an_allowed_loss_may_grow_up_to_the_budget() {
    let of = |max: i64| {
        format!(
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: A}}\nspec: {{subjects: [a.>], max_msgs: {max}}}\n"
        )
    };
    for (more, exit, left) in [(3, Exit::Ok, 5), (30, Exit::Stale, 39)] {
        let bench = Bench::new(VERSION);
        bench.must_apply(&of(100), &PlanOptions::default()).await;
        bench.model.publish("a.a", 9);
        let mut loaded = bench.loaded(&of(5));
        loaded.environment.allow_data_loss = Some(LossBudget { max_messages: Some(10), max_bytes: None });
        let mut run = Run::over(loaded, bench.ports());
        let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
        assert_eq!(verdict(&planned, "stream/A"), (Action::Update, &Verdict::Go));
        let style = render::Style { color: false, width: 100, verbose: false };
        let text = render::plan(&planned, &style, &|a, p| natsform::engine::humanise(a, p));
        assert!(text.contains("within what `allow_data_loss` allows") && !text.contains("acknowledged"), "{text}");
        bench.model.publish("a.a", more);
        let (_sender, stop) = watch::channel(None);
        let applied = run.apply(planned, &settings(), stop, &Nobody).await;
        assert_eq!((applied.exit, bench.model.messages("A")), (Some(exit), left), "{}", told(&applied));
    }
}
