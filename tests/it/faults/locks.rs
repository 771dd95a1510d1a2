//! The lock: who holds it, when it may be taken over, and by which clock.

use crate::{
    model::{ModelServer, When},
    support::bench::{ACCOUNT, Bench, Nobody, outcomes, settings, told},
};
use async_trait::async_trait;
use natsform::{
    diag::Report,
    engine::{ApplyOptions, PlanOptions, Run},
    model::{Applied, Exit, Failure, StepOutcome},
    ports::{Layer, Nats, Ports, Reply},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
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
            bench.run(FIRST).unlock(&mut Report::default()).await.is_ok_and(|h| h.iter().any(|h| h.contains("far")))
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

/// The model behind a slow wire; as the first stream is created, somebody takes the lock.
struct Thief(Arc<ModelServer>);

#[async_trait]
impl Layer for Thief {
    fn below(&self) -> &dyn Nats {
        self.0.as_ref()
    }

    async fn pass(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        if subject.starts_with("$JS.API.STREAM.CREATE.") {
            let taken = self.0.last(KEY).is_some_and(|(_, value)| value == THIEF);
            if !taken {
                self.0.put(KEY, THIEF);
            }
            // Longer than the fast clock's five seconds between two renewals.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.0.request(subject, headers, body, wait).await
    }
}

const THIEF: &[u8] = br#"{"id": "2", "host": "thief", "pid": 1}"#;

/// Whoever lost the lock starts nothing more, says so, and leaves the lock to whoever has it.
#[tokio::test]
async fn a_lost_lock_stops_the_run() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let stream = |i: usize| FIRST.replace("name: A", &format!("name: A{i}")).replace("a.>", &format!("a{i}.>"));
    let all: Vec<String> = std::iter::once(FIRST.to_owned()).chain((0..40).map(stream)).collect();
    let own = bench.ports();
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), Arc::new(Thief(bench.model.clone())) as Arc<dyn Nats>)]);
    let ports = Ports::new(nats, own.clock.clone(), own.random.clone());
    let mut run = Run::over(bench.loaded(&all.join("---\n")), ports);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Partial), "{}", told(&applied));
    assert!(applied.errors.iter().any(|e| e.contains("the lock was taken")), "{}", told(&applied));
    let made = bench.model.streams().len();
    assert!((3..=18).contains(&made), "what was under way is finished, and no more: {made}");
    assert_eq!(bench.model.last(KEY).expect("an entry").1, THIEF);
    // What was done is remembered all the same.
    assert_eq!(bench.owned().await.len(), made - 1);
}

#[tokio::test]
async fn unlock_names_the_holder_once() {
    let bench = held().await;
    let mut run = bench.run(FIRST);
    let holder = run.unlock(&mut Report::default()).await.expect("an answer").concat();
    assert!(holder.contains("process 77 on far"), "{holder}");
    assert_eq!(run.unlock(&mut Report::default()).await, Ok(Vec::new()));
    assert_eq!(bench.model.api("STREAM.INFO.A", Value::Null)["config"]["max_msgs"], -1);
}

/// A run that waited for the lock planned before somebody else's apply: what it knows is old.
#[tokio::test]
async fn a_plan_older_than_another_apply_is_stale() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let mut run = bench.run(SECOND);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let other = FIRST.replace("name: A", "name: B").replace("a.>", "b.>");
    bench.must_apply(&format!("{FIRST}---\n{other}"), &PlanOptions::default()).await;
    let revision = bench.model.last("$KV.NATSFORM.v1.bench.test.j.0").expect("a journal").0;
    bench.model.clear_log();
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Stale), "{}", told(&applied));
    assert!(applied.errors[0].contains("run again"), "{:?}", applied.errors);
    assert_eq!(bench.model.writes(), 2, "the lock, taken and given back");
    assert_eq!(bench.model.streams()["A"]["max_msgs"], -1);
    assert_eq!(bench.model.last("$KV.NATSFORM.v1.bench.test.j.0").expect("a journal").0, revision);
}

/// A thief who applies, too: the journal is theirs from then on, and what was done here is remembered all the same.
#[tokio::test]
async fn whoever_lost_the_lock_leaves_the_journal_alone() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let theirs = br#"{"plan":"theirs","intents":[{"address":"stream/THEIRS@default"}]}"#;
    let journal = "$KV.NATSFORM.v1.bench.test.j.0";
    let adopted = "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: OLD}\nspec: {subjects: [old.>]}\n";
    bench.model.ok("STREAM.CREATE.OLD", json!({"name": "OLD", "subjects": ["old.>"]}));
    let new = FIRST.replace("name: A", "name: N").replace("a.>", "n.>");
    let manifest = format!("{FIRST}{adopted}---\n{new}");
    let own = bench.ports();
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), Arc::new(Thief(bench.model.clone())) as Arc<dyn Nats>)]);
    let ports = Ports::new(nats, own.clock.clone(), own.random.clone());
    let mut run = Run::over(bench.loaded(&manifest), ports);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let model = bench.model.clone();
    let with = settings();
    let (applied, ()) = tokio::join!(run.apply(planned, &with, stop, &Nobody), async {
        while model.last(KEY).is_none_or(|(_, value)| value != THIEF) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        model.put(journal, theirs);
    });
    let outcomes = outcomes(&applied);
    assert_eq!(outcomes["stream/N"], StepOutcome::Done, "{}", told(&applied));
    assert_eq!(outcomes["stream/OLD"], StepOutcome::NotStarted, "{}", told(&applied));
    assert_eq!(bench.model.last(journal).expect("a journal").1, theirs);
    assert!(bench.owned().await.contains_key("stream/N"));
}

/// What one process cannot see of another: the journal is written by nobody but its own apply.
#[tokio::test]
async fn a_journal_that_somebody_else_writes_meanwhile_is_not_overwritten() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let journal = "$KV.NATSFORM.v1.bench.test.j.0";
    let theirs = br#"{"plan":"theirs","intents":[]}"#;
    let own = bench.ports();
    let slow = Meddler { model: bench.model.clone(), before: "$JS.API.STREAM.UPDATE.", key: journal, value: theirs };
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), Arc::new(slow) as Arc<dyn Nats>)]);
    let mut run = Run::over(bench.loaded(SECOND), Ports::new(nats, own.clock.clone(), own.random.clone()));
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert!(applied.errors[0].contains("another apply has written"), "{}", told(&applied));
    assert_eq!(bench.model.last(journal).expect("a journal").1, theirs);
}

/// The model, and somebody who writes an entry just before a certain request.
struct Meddler {
    model: Arc<ModelServer>,
    before: &'static str,
    key: &'static str,
    value: &'static [u8],
}

#[async_trait]
impl Layer for Meddler {
    fn below(&self) -> &dyn Nats {
        self.model.as_ref()
    }

    async fn pass(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        if subject.starts_with(self.before) {
            self.model.put(self.key, self.value);
        }
        self.model.request(subject, headers, body, wait).await
    }
}

/// An adoption stands in the inventory or nowhere: where that cannot be written, nothing was adopted.
#[tokio::test]
async fn an_adoption_that_could_not_be_written_has_failed() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    bench.model.ok("STREAM.CREATE.OLD", json!({"name": "OLD", "subjects": ["old.>"]}));
    let manifest = format!("{FIRST}---\n{}", FIRST.replace("name: A", "name: OLD").replace("a.>", "old.>"));
    bench.model.deny("$KV.NATSFORM.v1.bench.test.s.*");
    let applied = bench.apply(&manifest, &PlanOptions::default()).await;
    assert_eq!(outcomes(&applied)["stream/OLD"], StepOutcome::Failed, "{}", told(&applied));
    assert_eq!(applied.exit, Some(Exit::Error), "{}", told(&applied));
}

/// Where the inventory cannot be read nothing is written: nobody knows whose the objects are.
#[tokio::test]
async fn an_inventory_that_cannot_be_read_is_not_no_inventory() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    bench.model.put("$KV.NATSFORM.x", b"hello");
    bench.model.put("$KV.NATSFORM.v1.web.prod.s.00", b"hello");
    bench.must_apply(SECOND, &PlanOptions::default()).await;
    bench.model.put("$KV.NATSFORM.v1.bench.test.j.0", b"hello");
    bench.model.clear_log();
    let applied = bench.apply(&SECOND.replace("max_msgs: 5", "max_msgs: 9"), &PlanOptions::default()).await;
    assert_eq!(applied.exit, Some(Exit::Refused), "{}", told(&applied));
    assert!(applied.planned.refusals[0].contains("the inventory cannot be read"), "{}", told(&applied));
    assert_eq!(bench.model.writes(), 0);
}

/// The model behind a wire that loses the answer to the first renewal of the lock and is slow with updates.
struct HalfRenewed(Arc<ModelServer>, AtomicUsize);

#[async_trait]
impl Layer for HalfRenewed {
    fn below(&self) -> &dyn Nats {
        self.0.as_ref()
    }

    async fn pass(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        let reply = self.0.request(subject, headers, body, wait).await;
        if subject == KEY && self.1.fetch_add(1, Ordering::Relaxed) == 1 {
            return std::future::pending().await;
        }
        if subject.starts_with("$JS.API.STREAM.UPDATE.") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        reply
    }
}

/// The work ends while a renewal is under way: the lock is given back all the same.
#[tokio::test]
async fn a_lock_is_given_back_in_the_middle_of_its_renewal() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(FIRST, &PlanOptions::default()).await;
    let own = bench.ports();
    let wire = Arc::new(HalfRenewed(bench.model.clone(), AtomicUsize::new(0)));
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), wire.clone() as Arc<dyn Nats>)]);
    let mut run = Run::over(bench.loaded(SECOND), Ports::new(nats, own.clock.clone(), own.random.clone()));
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
    assert!(wire.1.load(Ordering::Relaxed) > 2, "taken, renewed, given back");
    assert_eq!(bench.model.last(KEY).expect("an entry").1, Vec::<u8>::new());
}

/// The bucket is made before the lock that lives in it can be held: the report says that it was made.
#[tokio::test]
async fn a_bucket_that_was_made_before_the_lock_was_refused_is_reported() {
    let bench = Bench::new((2, 15, 1));
    let own = bench.ports();
    let slow =
        Meddler { model: bench.model.clone(), before: "$JS.API.STREAM.MSG.GET.KV_NATSFORM", key: KEY, value: THIEF };
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), Arc::new(slow) as Arc<dyn Nats>)]);
    let mut run = Run::over(bench.loaded(FIRST), Ports::new(nats, own.clock.clone(), own.random.clone()));
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Locked), "{}", told(&applied));
    assert_eq!(outcomes(&applied)["kv/NATSFORM"], StepOutcome::Done, "{}", told(&applied));
    assert_eq!(outcomes(&applied)["stream/A"], StepOutcome::NotStarted, "{}", told(&applied));
}

/// Two first applies race for the bucket: whoever finds it there goes on.
#[tokio::test]
async fn a_bucket_that_somebody_else_just_made_is_good_enough() {
    let bench = Bench::new((2, 15, 1));
    let theirs = json!({"name": "KV_NATSFORM", "subjects": ["$KV.NATSFORM.>"], "max_msgs_per_subject": 1, "description": "theirs"});
    bench.model.intrude("$JS.API.STREAM.CREATE.KV_NATSFORM", 1, "STREAM.CREATE.KV_NATSFORM", theirs);
    let applied = bench.must_apply(FIRST, &PlanOptions::default()).await;
    assert_eq!(outcomes(&applied)["kv/NATSFORM"], StepOutcome::Already, "{}", told(&applied));
}

#[test]
#[should_panic(expected = "holds natsform's inventory")]
fn our_own_bucket_is_no_document_s() {
    Bench::new((2, 15, 1)).loaded(&FIRST.replace("name: A", "name: KV_NATSFORM"));
}
