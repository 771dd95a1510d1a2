//! The lock: who holds it, when it may be taken over, and by which clock.

use crate::{
    model::When,
    support::bench::{Bench, Nobody, settings, told},
};
use natsform::{
    diag::Report,
    engine::{ApplyOptions, PlanOptions},
    model::{Applied, Exit},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;

const FIRST: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>]}\n";
const SECOND: &str =
    "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a.>], max_msgs: 5}\n";
const KEY: &str = "$KV.NATSFORM.v1.bench.test.lock";

/// A bench whose lock somebody on another machine holds.
async fn held() -> Bench {
    let bench = Bench::new((2, 10, 26));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let holder = json!({"id": "1", "host": "far", "pid": 77, "start": 1, "machine": "other boot", "run": "job 9", "since": "2026-01-01T00:00:00Z"});
    bench.model.put(KEY, holder.to_string().as_bytes());
    bench
}

async fn apply(bench: &Bench, options: ApplyOptions, stopped: Option<Exit>) -> Applied {
    let mut run = bench.run(SECOND);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(stopped);
    run.apply(planned, &options, stop, &Nobody).await
}

#[tokio::test]
async fn a_held_lock_ends_the_run_and_names_the_holder() {
    let bench = held().await;
    bench.model.clear_log();
    let applied = apply(&bench, settings(), None).await;
    assert_eq!(applied.exit, Some(Exit::Locked), "{}", told(&applied));
    assert!(applied.errors[0].contains("process 77 on far (job 9)"), "{:?}", applied.errors);
    assert_eq!(bench.model.writes(), 0, "nothing is written without the lock");
    let waited = ApplyOptions { lock_timeout: Duration::from_secs(3), ..settings() };
    assert_eq!(apply(&bench, waited, None).await.exit, Some(Exit::Locked));
    let without = ApplyOptions { lock: false, ..settings() };
    assert_eq!(apply(&bench, without, None).await.exit, Some(Exit::Ok));
}

#[tokio::test]
async fn only_the_servers_clock_makes_a_lock_old() {
    let bench = held().await;
    bench.model.advance(Duration::from_secs(29));
    assert_eq!(apply(&bench, settings(), None).await.exit, Some(Exit::Locked));
    bench.model.advance(Duration::from_secs(2));
    let applied = apply(&bench, settings(), None).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
    assert_eq!(bench.model.streams()["A"]["max_msgs"], 5);
}

#[tokio::test]
async fn a_waiting_run_takes_a_lock_that_is_given_back() {
    let bench = held().await;
    let options = ApplyOptions { lock_timeout: Duration::from_secs(3_600), ..settings() };
    let (applied, ()) = tokio::join!(apply(&bench, options, None), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(
            bench.run(FIRST).unlock(&mut Report::default()).await.is_ok_and(|h| h.is_some_and(|h| h.contains("far")))
        );
    });
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
}

/// Ctrl-C while somebody else holds the lock ends the waiting, not only the lock's time-out.
#[tokio::test]
async fn a_signal_ends_the_waiting() {
    let bench = held().await;
    let options = ApplyOptions { lock_timeout: Duration::from_secs(36_000), ..settings() };
    let waiting = apply(&bench, options, Some(Exit::Interrupted));
    let applied = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("an end");
    assert_eq!(applied.exit, Some(Exit::Interrupted), "{}", told(&applied));
    assert_eq!(bench.model.streams()["A"]["max_msgs"], -1);
}

/// The answer to our own taking of the lock is lost: it is ours all the same, and given back at the end.
#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_still_ours() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    bench.model.break_write(1, When::After);
    let applied = apply(&bench, settings(), None).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
    let (_, lock) = bench.model.last(KEY).expect("an entry");
    assert_eq!(lock, Vec::<u8>::new(), "it was given back");
}

/// Whoever lost the lock starts nothing more.
#[tokio::test]
async fn a_lost_lock_stops_the_run() {
    let bench = Bench::new((2, 15, 1));
    let many: Vec<String> =
        (0..40).map(|i| FIRST.replace("name: A", &format!("name: A{i}")).replace("a.>", &format!("a{i}.>"))).collect();
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    // The renewals are refused: somebody else has written the entry.
    bench.model.intrude("$JS.API.STREAM.CREATE.A3", 1, "STREAM.PURGE.KV_NATSFORM", json!({"filter": KEY}));
    let all = format!("{FIRST}---\n{}", many.join("---\n"));
    let mut run = bench.run(&all);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    // A purge of the lock's entry makes the next renewal fail; a run that is over before that is not disturbed.
    assert!(matches!(applied.exit, Some(Exit::Ok | Exit::Partial)), "{}", told(&applied));
}

#[tokio::test]
async fn unlock_names_the_holder_once() {
    let bench = held().await;
    let mut run = bench.run(FIRST);
    let holder = run.unlock(&mut Report::default()).await.expect("an answer").expect("a holder");
    assert!(holder.contains("process 77 on far"), "{holder}");
    assert_eq!(run.unlock(&mut Report::default()).await, Ok(None));
    assert_eq!(bench.model.api("STREAM.INFO.A", Value::Null)["config"]["max_msgs"], -1);
}
