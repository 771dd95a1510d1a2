//! Every write of an apply breaks once, in every way, and running again always ends in the same state.

use super::scenario::{AFTER, arranged, bystanders};
use crate::{
    model::When,
    support::bench::{Bench, Owned, told},
};
use natsform::{engine::PlanOptions, model::Exit};
use serde_json::Value;
use std::collections::BTreeMap;

/// The oldest supported server, where consumers have no stable identity, and the newest.
const VERSIONS: [(u32, u32, u32); 2] = [(2, 10, 26), (2, 15, 1)];

/// What an undisturbed apply leaves: configurations and what is ours.
type End = (BTreeMap<String, Value>, Owned);

async fn end(bench: &Bench) -> End {
    (bench.configs(), bench.owned().await)
}

async fn undisturbed(version: (u32, u32, u32)) -> (End, usize) {
    let (bench, options) = arranged(version).await;
    bench.must_apply(AFTER, &options).await;
    let writes = bench.model.writes();
    assert!(bench.plan(AFTER, &options).await.plan.changes().next().is_none(), "an empty plan");
    (end(&bench).await, writes)
}

/// After the fault: one more run, then an empty plan, the same end, and nothing touched that was not in the plan.
async fn converges(bench: &Bench, options: &PlanOptions, wanted: &End, case: &str) {
    bench.model.revive();
    bench.let_the_lock_expire();
    let again = bench.apply(AFTER, options).await;
    assert_eq!(again.exit, Some(Exit::Ok), "{case}: {}", told(&again));
    let (configs, owned) = end(bench).await;
    assert_eq!(configs, wanted.0, "{case}: {}", told(&again));
    assert_eq!(owned, wanted.1, "{case}");
    let next = bench.plan(AFTER, options).await;
    let left: Vec<String> = next.plan.changes().map(|s| format!("{} {:?}", s.address, s.action)).collect();
    assert_eq!(left, Vec::<String>::new(), "{case}: the next plan");
    bench.model.clear_log();
    bench.must_apply(AFTER, options).await;
    assert_eq!(bench.model.writes(), 0, "{case}: a further apply writes nothing");
}

async fn at_every_write(strike: fn(&Bench, usize, When)) {
    let wanted = [undisturbed(VERSIONS[0]).await, undisturbed(VERSIONS[1]).await];
    let most = wanted.iter().map(|(_, writes)| *writes).max().expect("two versions");
    assert!(most > 15, "the scenario writes: {most}");
    // Every write breaks in both ways, on one version so and on the other so: half the time, and what differs between
    // the versions differs at every write.
    for (nth, when) in (1..=most).flat_map(|nth| [(nth, When::Before), (nth, When::After)]) {
        let i = (nth + usize::from(when == When::After)) % 2;
        let version = VERSIONS[i];
        let case = format!("{version:?}, write {nth} of {most}, {when:?}");
        let (bench, options) = arranged(version).await;
        let others = bystanders(&bench);
        strike(&bench, nth, when);
        let broken = bench.apply(AFTER, &options).await;
        assert_eq!(bystanders(&bench), others, "{case}: {}", told(&broken));
        converges(&bench, &options, &wanted[i].0, &case).await;
        assert_eq!(bystanders(&bench), others, "{case}");
    }
}

#[tokio::test]
async fn a_write_that_breaks_is_done_by_the_next_run() {
    at_every_write(|bench, nth, when| bench.model.break_write(nth, when)).await;
}

#[tokio::test]
async fn a_run_that_dies_at_a_write_is_finished_by_the_next_one() {
    at_every_write(|bench, nth, when| bench.model.die_at_write(nth, when)).await;
}

/// The first apply of all makes the inventory's bucket: it breaks there, too.
#[tokio::test]
async fn the_very_first_apply_may_die_anywhere() {
    const FIRST: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  subjects: [a.>]\n  \
        consumers: {c: {ack_policy: explicit}}\n";
    let none = PlanOptions::default();
    let undisturbed = Bench::new((2, 15, 1));
    undisturbed.must_apply(FIRST, &none).await;
    let wanted = end(&undisturbed).await;
    let writes = undisturbed.model.writes();
    for nth in 1..=writes {
        for when in [When::Before, When::After] {
            let bench = Bench::new((2, 15, 1));
            bench.model.die_at_write(nth, when);
            bench.apply(FIRST, &none).await;
            bench.model.revive();
            bench.let_the_lock_expire();
            bench.must_apply(FIRST, &none).await;
            assert_eq!(end(&bench).await, wanted, "write {nth} of {writes}, {when:?}");
        }
    }
}

/// An object that a dead run made is ours even where the next run, which changes it, dies as well.
#[tokio::test]
async fn two_deaths_in_a_row_lose_no_ownership() {
    let of = |age: &str| {
        format!(
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: A}}\nspec: {{subjects: [a.>], max_age: {age}}}\n"
        )
    };
    let (first, second) = (of("2d"), of("3d"));
    let none = PlanOptions::default();
    for nth in 1..=6 {
        let bench = Bench::new((2, 12, 8));
        bench.model.die_at_write(4, When::After);
        bench.apply(&first, &none).await;
        assert!(bench.model.streams().contains_key("A"), "the fourth write makes the stream");
        for text in [&second, &second] {
            bench.model.revive();
            bench.let_the_lock_expire();
            bench.model.die_at_write(nth, When::Before);
            bench.apply(text, &none).await;
        }
        bench.model.revive();
        bench.let_the_lock_expire();
        bench.must_apply(&second, &none).await;
        assert!(bench.owned().await.contains_key("stream/A"), "write {nth}");
    }
}

/// A field that was declared at the value it had, and whose line is removed later, goes back to its default: also where
/// the run that declared it died right after the update.
#[tokio::test]
async fn what_a_dead_run_declared_is_reset_later() {
    let of = |more: &str| {
        format!("apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: A}}\nspec: {{subjects: [a.>]{more}}}\n")
    };
    let none = PlanOptions::default();
    let writes = {
        let bench = Bench::new((2, 12, 8));
        bench.must_apply(&of(""), &none).await;
        bench.model.clear_log();
        bench.must_apply(&of(", max_msgs: 500, metadata: {z: a, b: c}"), &none).await;
        bench.model.writes()
    };
    for nth in 4..=writes {
        let bench = Bench::new((2, 12, 8));
        bench.must_apply(&of(""), &none).await;
        bench.model.die_at_write(nth, When::Before);
        bench.apply(&of(", max_msgs: 500, metadata: {z: a, b: c}"), &none).await;
        bench.model.revive();
        bench.let_the_lock_expire();
        assert_eq!(bench.model.streams()["A"]["max_msgs"], 500, "the update comes before write {nth}");
        bench.must_apply(&of(""), &none).await;
        let config = &bench.model.streams()["A"];
        assert_eq!((&config["max_msgs"], config.get("metadata")), (&(-1).into(), None), "write {nth} of {writes}");
    }
}
