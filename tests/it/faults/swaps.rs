//! Two streams swap their subjects, and everything goes wrong in between.

use super::scenario::set;
use crate::{
    model::When,
    support::bench::{Bench, outcomes, told},
};
use natsform::{
    engine::PlanOptions,
    model::{Applied, Exit, StepOutcome},
};
use serde_json::json;

const VERSIONS: [(u32, u32, u32); 2] = [(2, 10, 26), (2, 15, 1)];

fn streams(a: &str, b: &str) -> String {
    format!(
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: A}}\nspec:\n  subjects: [{a}]\n  consumers:\n    \
         reader: {{ack_policy: explicit, filter_subject: {a}}}\n---\n\
         apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: B}}\nspec: {{subjects: [{b}], max_age: 2d}}\n"
    )
}

/// The streams before, with messages; and what is wanted.
async fn arranged(version: (u32, u32, u32)) -> (Bench, String) {
    let bench = Bench::new(version);
    bench.must_apply(&streams("x.a", "y.a"), &PlanOptions::default()).await;
    bench.model.publish("x.a", 3);
    bench.model.publish("y.a", 2);
    bench.model.clear_log();
    (bench, streams("y.a", "x.a"))
}

fn stream_writes(bench: &Bench) -> Vec<String> {
    let all = bench.model.write_log();
    all.iter().filter_map(|s| s.strip_prefix("$JS.API.STREAM.")).map(str::to_owned).collect()
}

/// What an apply says beside its outcomes.
fn notes(applied: &Applied) -> Vec<String> {
    applied.steps.iter().flat_map(|s| s.notes.iter().map(|note| format!("{}: {note}", s.address.short()))).collect()
}

async fn is_swapped(bench: &Bench, wanted: &str, case: &str) {
    let none = PlanOptions::default();
    let configs = bench.configs();
    assert_eq!(configs["A"]["subjects"], json!(["y.a"]), "{case}");
    assert_eq!(configs["B"]["subjects"], json!(["x.a"]), "{case}");
    assert_eq!((bench.model.messages("A"), bench.model.messages("B")), (3, 2), "{case}: what is stored stays");
    assert_eq!(bench.owned().await.len(), 3, "{case}");
    assert!(bench.plan(wanted, &none).await.plan.changes().next().is_none(), "{case}");
}

#[tokio::test]
async fn a_swap_that_breaks_or_dies_at_any_write_is_finished_by_the_next_run() {
    let (bench, wanted) = arranged(VERSIONS[0]).await;
    bench.must_apply(&wanted, &PlanOptions::default()).await;
    assert_eq!(stream_writes(&bench), ["UPDATE.A", "UPDATE.B", "UPDATE.A"]);
    let writes = bench.model.writes();
    assert!(writes > 5, "{writes}");
    for (nth, when) in (1..=writes).flat_map(|n| [(n, When::Before), (n, When::After), (n, When::NotSent)]) {
        for (version, dies) in [(VERSIONS[nth % 2], true), (VERSIONS[(nth + 1) % 2], false)] {
            let case = format!("{version:?}, write {nth} of {writes}, {when:?}, dies: {dies}");
            let (bench, wanted) = arranged(version).await;
            if dies {
                bench.model.die_at_write(nth, when);
            } else {
                bench.model.break_write(nth, when);
            }
            let broken = bench.apply(&wanted, &PlanOptions::default()).await;
            bench.model.revive();
            bench.let_the_lock_expire();
            let again = bench.apply(&wanted, &PlanOptions::default()).await;
            assert_eq!(again.exit, Some(Exit::Ok), "{case}: {}\n{}", told(&broken), told(&again));
            is_swapped(&bench, &wanted, &case).await;
        }
    }
}

#[tokio::test]
async fn nothing_is_given_up_for_a_stream_that_somebody_changed() {
    let (bench, wanted) = arranged(VERSIONS[1]).await;
    let change = || set(&bench, "B", "description", json!("by hand"));
    let applied = bench.apply_after(&wanted, &PlanOptions::default(), change).await;
    assert_eq!(stream_writes(&bench), Vec::<String>::new(), "{}", told(&applied));
    assert_eq!(outcomes(&applied)["stream/A"], StepOutcome::Stale, "{}", told(&applied));
    assert_eq!(outcomes(&applied)["stream/B"], StepOutcome::NotStarted, "{}", told(&applied));
    assert_eq!(notes(&applied), Vec::<String>::new());
    bench.must_apply(&wanted, &PlanOptions::default()).await;
    is_swapped(&bench, &wanted, "the next one").await;
}

#[tokio::test]
async fn a_subject_that_nobody_takes_in_the_end_is_told() {
    let (bench, wanted) = arranged(VERSIONS[1]).await;
    bench.model.deny("$JS.API.STREAM.UPDATE.B");
    let applied = bench.apply(&wanted, &PlanOptions::default()).await;
    assert_eq!(outcomes(&applied)["stream/B"], StepOutcome::Failed, "{}", told(&applied));
    assert_eq!(applied.exit, Some(Exit::Partial), "the release was done: {}", told(&applied));
    assert_eq!(notes(&applied), ["stream/B: no stream takes `x.a` since stream/A gave it up"]);
    assert_eq!(bench.configs()["A"]["subjects"], json!(["_NATSFORM.A"]));
    // turned round again, the streams are as they were
    bench.model.revive();
    bench.must_apply(&streams("x.a", "y.a"), &PlanOptions::default()).await;
    assert_eq!(bench.configs()["A"]["subjects"], json!(["x.a"]));
}

#[tokio::test]
async fn a_gap_is_told_with_the_stream_that_ended_it() {
    let (bench, wanted) = arranged(VERSIONS[1]).await;
    let applied = bench.must_apply(&wanted, &PlanOptions::default()).await;
    let notes = notes(&applied);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("stream/A: no stream took `y.a` for at most "), "{notes:?}");
    assert!(notes[1].starts_with("stream/B: no stream took `x.a` for at most "), "{notes:?}");
    let text = natsform::render::apply(&applied, &natsform::render::Style { color: false, width: 100, verbose: false });
    assert!(text.contains("note: no stream took `y.a`"), "{text}");
}
