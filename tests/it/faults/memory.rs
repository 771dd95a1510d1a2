//! What the inventory says of an object against what another project, a restart or a broken run says.

use crate::{
    model::ModelServer,
    support::bench::{ACCOUNT, Bench, Nobody, outcomes, settings, tokens, told},
};
use async_trait::async_trait;
use natsform::{
    diag::Report,
    engine::{Adopt, PlanOptions, Prune, Run},
    model::{Action, Exit, Failure, Planned, Step, StepOutcome, Verdict},
    ports::{Layer, Nats, Ports, Reply, ServerInfo},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::watch;

const JOURNAL: &str = "$KV.NATSFORM.v1.bench.test.j.0";

fn stream(name: &str, more: &str) -> String {
    let subject = name.to_lowercase();
    format!(
        "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{subjects: [{subject}.>]{more}}}\n"
    )
}

/// Another project puts a stream into its records, whichever entry that belongs to.
fn taken_by_web(bench: &Bench, stream: &str) {
    let created = bench.model.api(&format!("STREAM.INFO.{stream}"), Value::Null)["created"].clone();
    let entry = json!({"objects": {format!("stream/{stream}@{ACCOUNT}"): {"declared": {}, "created": created}}});
    for i in 0..64 {
        bench.model.put(&format!("$KV.NATSFORM.v1.web.prod.s.{i:02x}"), entry.to_string().as_bytes());
    }
}

fn step<'a>(planned: &'a Planned, address: &str) -> &'a Step {
    planned.plan.steps.iter().find(|s| s.address.short() == address).expect("a step")
}

fn deleting(adopt: Adopt) -> PlanOptions {
    PlanOptions { prune: Some(Prune::Delete), adopt, ..PlanOptions::default() }
}

#[tokio::test]
async fn what_two_projects_own_neither_of_them_changes() {
    let bench = Bench::new((2, 15, 1));
    let (a, b) = (stream("A", ""), stream("B", ""));
    bench.must_apply(&format!("{a}{b}"), &PlanOptions::default()).await;
    taken_by_web(&bench, "A");
    let changed = format!("{}{b}", stream("A", ", max_msgs: 5"));
    let planned = bench.plan(&changed, &PlanOptions::default()).await;
    let Verdict::Blocked { why } = &step(&planned, "stream/A").verdict else { panic!("not blocked") };
    assert!(why.contains("web/prod"), "{why}");
    let all = PlanOptions { destroy: true, ..PlanOptions::default() };
    let planned = bench.plan(&format!("{a}{b}"), &all).await;
    assert!(matches!(step(&planned, "stream/A").verdict, Verdict::Blocked { .. }));
    // leaving our manifests is what ends it
    let applied = bench.must_apply(&b, &deleting(Adopt::Matching)).await;
    assert_eq!(step(&applied.planned, "stream/A").action, Action::Forget);
    assert!(bench.model.streams().contains_key("A"));
    assert!(!bench.owned().await.contains_key("stream/A"));
}

#[tokio::test]
async fn what_another_project_takes_since_the_plan_is_not_adopted() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(&stream("B", ""), &PlanOptions::default()).await;
    let both = format!("{}{}", stream("A", ""), stream("B", ""));
    bench.model.ok("STREAM.CREATE.A", json!({"name": "A", "subjects": ["a.>"]}));
    let applied = bench.apply_after(&both, &PlanOptions::default(), || taken_by_web(&bench, "A")).await;
    assert_eq!(outcomes(&applied)["stream/A"], StepOutcome::Stale, "{}", told(&applied));
    assert_eq!(applied.exit, Some(Exit::Stale), "{}", told(&applied));
    assert!(!bench.owned().await.contains_key("stream/A"));
    // the same of what was about to be created, and was found there
    let three = format!("{both}{}", stream("C", ""));
    let make = || {
        bench.model.ok("STREAM.CREATE.C", json!({"name": "C", "subjects": ["c.>"]}));
        taken_by_web(&bench, "C");
    };
    let applied = bench.apply_after(&three.replace(&stream("A", ""), ""), &PlanOptions::default(), make).await;
    assert_eq!(outcomes(&applied)["stream/C"], StepOutcome::Stale, "{}", told(&applied));
}

/// The model over a wire with another server id, or one that swallows the answers to some requests.
struct Wire {
    model: Arc<ModelServer>,
    id: &'static str,
    swallow: &'static str,
}

#[async_trait]
impl Layer for Wire {
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
        let reply = self.model.request(subject, headers, body, wait).await;
        if subject.starts_with(self.swallow) {
            return std::future::pending().await;
        }
        reply
    }

    fn shown(&self) -> ServerInfo {
        ServerInfo { id: self.id.into(), ..self.model.info() }
    }
}

fn over(bench: &Bench, id: &'static str, swallow: &'static str, manifest: &str) -> Run {
    let wire = Wire { model: bench.model.clone(), id, swallow };
    let own = bench.ports();
    let nats = BTreeMap::from([(ACCOUNT.to_owned(), Arc::new(wire) as Arc<dyn Nats>)]);
    Run::over(bench.loaded(manifest), Ports::new(nats, own.clock.clone(), own.random.clone()))
}

/// Old servers make their streams anew at a restart, as far as they say: then only people know.
#[tokio::test]
async fn after_a_restart_of_a_forgetful_server_nothing_is_deleted_unconfirmed() {
    let bench = Bench::new((2, 10, 26));
    let (a, b) = (stream("A", ""), stream("B", ""));
    let both = format!("{a}{b}");
    bench.must_apply(&both, &PlanOptions::default()).await;
    bench.model.advance(Duration::from_secs(60));
    bench.model.ok("STREAM.DELETE.A", Value::Null);
    bench.model.ok("STREAM.CREATE.A", json!({"name": "A", "subjects": ["a.>"]}));
    let plan = async |manifest: &str, options: PlanOptions| {
        let mut run = over(&bench, "N2", "nothing", manifest);
        let planned = run.plan(&options, &mut Report::default()).await.expect("a plan");
        (run, planned)
    };
    let (_, planned) = plan(&both, PlanOptions::default()).await;
    assert!(planned.plan.changes().next().is_none(), "a restart is no change");
    let (_, planned) = plan(&b, deleting(Adopt::Matching)).await;
    let Verdict::Blocked { why } = &step(&planned, "stream/A").verdict else { panic!("not blocked") };
    assert!(why.contains("--adopt always"), "{why}");
    // B kept its word over the restart, and what keeps its word is proven
    let (_, planned) = plan(&a, deleting(Adopt::Matching)).await;
    assert!(!matches!(step(&planned, "stream/B").verdict, Verdict::Blocked { .. }));
    // confirming writes what it says of itself now
    let (mut run, planned) = plan(&both, PlanOptions { adopt: Adopt::Always, ..PlanOptions::default() }).await;
    assert_eq!(step(&planned, "stream/A").action, Action::Adopt);
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
    let (_, planned) = plan(&b, deleting(Adopt::Matching)).await;
    assert_eq!(step(&planned, "stream/A").action, Action::Delete);
    assert!(!matches!(step(&planned, "stream/A").verdict, Verdict::Blocked { .. }));
}

/// A write of anything completes what the records say of objects that were found as they are declared.
#[tokio::test]
async fn the_next_write_signs_records_with_the_present_run() {
    let bench = Bench::new((2, 10, 26));
    bench.must_apply(&stream("A", ""), &PlanOptions::default()).await;
    let mut run = over(&bench, "N2", "nothing", &format!("{}{}", stream("A", ""), stream("B", "")));
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (_sender, stop) = watch::channel(None);
    let applied = run.apply(planned, &settings(), stop, &Nobody).await;
    assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
    // in the same run of the server another stream of that name is another stream
    bench.model.advance(Duration::from_secs(60));
    bench.model.ok("STREAM.DELETE.A", Value::Null);
    bench.model.ok("STREAM.CREATE.A", json!({"name": "A", "subjects": ["a.>"]}));
    let mut run = over(&bench, "N2", "nothing", &stream("B", ""));
    let planned = run.plan(&deleting(Adopt::Matching), &mut Report::default()).await.expect("a plan");
    assert!(planned.plan.steps.iter().all(|s| s.address.short() != "stream/A"), "it is not ours any more");
}

/// A write that was sent and never answered has not "not started", and what it made is ours.
#[tokio::test]
async fn a_write_that_does_not_end_after_a_signal_stays_open() {
    let bench = Bench::new((2, 15, 1));
    bench.must_apply(&stream("A", ""), &PlanOptions::default()).await;
    let both = format!("{}{}", stream("A", ""), stream("N", ""));
    let mut run = over(&bench, "N1", "$JS.API.STREAM.CREATE.N", &both);
    let planned = run.plan(&PlanOptions::default(), &mut Report::default()).await.expect("a plan");
    let (sender, stop) = watch::channel(None);
    let with = settings();
    let (applied, ()) = tokio::join!(run.apply(planned, &with, stop, &Nobody), async {
        while !bench.model.streams().contains_key("N") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        sender.send_replace(Some(Exit::Interrupted));
    });
    assert_eq!(applied.exit, Some(Exit::Interrupted), "{}", told(&applied));
    assert_eq!(outcomes(&applied)["stream/N"], StepOutcome::Failed, "{}", told(&applied));
    let owned = bench.owned().await;
    assert_eq!(owned["stream/N"].1, [false; 3], "ours, and not adopted");
    bench.must_apply(&format!("{both}{}", stream("Z", "")), &PlanOptions::default()).await;
    assert_eq!(bench.owned().await["stream/N"].1, [false; 3]);
}

/// A replace that was broken off and that nobody wants to finish any more is forgotten by the next write.
#[tokio::test]
async fn a_half_done_replace_that_nobody_declares_any_more_is_dropped() {
    let bench = Bench::new((2, 15, 1));
    let (a, b) = (stream("A", ""), stream("B", ""));
    bench.must_apply(&format!("{a}{b}"), &PlanOptions::default()).await;
    let intent = |name: &str| {
        json!({"address": format!("stream/{name}@{ACCOUNT}"), "action": "create", "target": "t", "record": {},
            "since": "2026-01-01T00:00:00Z", "again": {"name": name}})
    };
    let open = json!({"plan": "x", "intents": [intent("GONE"), intent("A"), intent("WANTED")]});
    bench.model.put(JOURNAL, open.to_string().as_bytes());
    let wanted = stream("WANTED", "");
    let select = natsform::engine::Select { targets: vec!["stream/B".into()], ..Default::default() };
    let only = PlanOptions { select, ..PlanOptions::default() };
    let changed = format!("{a}{}{wanted}", stream("B", ", max_msgs: 5"));
    bench.must_apply(&changed, &only).await;
    let names = || {
        let journal: Value = serde_json::from_slice(&bench.model.last(JOURNAL).expect("a journal").1).expect("JSON");
        let all = journal["intents"].as_array().cloned().unwrap_or_default();
        all.iter().map(|i| i["address"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    // what lives is no half of anything; what is outside the selection waits
    assert_eq!(names(), [format!("stream/GONE@{ACCOUNT}"), format!("stream/WANTED@{ACCOUNT}")]);
    bench.must_apply(&format!("{a}{wanted}"), &PlanOptions::default()).await;
    assert_eq!(names(), Vec::<String>::new());
    assert!(tokens(&bench.plan(&a, &PlanOptions::default()).await).is_empty());
}

/// What somebody else made again is somebody else's work, though we had one of that name.
#[tokio::test]
async fn what_was_made_again_and_is_taken_is_an_adoption() {
    let bench = Bench::new((2, 15, 1));
    let a = stream("A", "");
    bench.must_apply(&a, &PlanOptions::default()).await;
    assert_eq!(bench.owned().await["stream/A"].1, [false; 3]);
    bench.model.advance(Duration::from_secs(60));
    bench.model.ok("STREAM.DELETE.A", Value::Null);
    bench.model.ok("STREAM.CREATE.A", json!({"name": "A", "subjects": ["a.>"], "max_msgs": 9}));
    let always = PlanOptions { adopt: Adopt::Always, ..PlanOptions::default() };
    bench.must_apply(&stream("A", ", max_msgs: 5"), &always).await;
    assert_eq!(bench.owned().await["stream/A"].1, [false, false, true]);
}
