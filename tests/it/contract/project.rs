//! A project directory and the engine over it: what a person does, without the terminal.

use super::place::Place;
use natsform::{
    diag::Report,
    drivers::{LocalFiles, SystemClock, SystemRandom},
    engine::{self, Adopt, ApplyOptions, PlanOptions, Run},
    manifest::Inputs,
    model::{Applied, Exit, Observer, Planned, Step, Verdict},
    ports::{Clock, Nats, Ports},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

/// What the tests' project says beside its documents. Nothing connects to the address: the ports are the test's.
const PROJECT: &str = "apiVersion: natsform/v1
kind: Project
metadata: {name: contract}
spec:
  manifests: [manifests.yaml]
  environments:
    test: {default: true, nats: {url: 'nats://127.0.0.1:1'}}
";

/// A directory with manifests.
pub struct Project {
    pub directory: tempfile::TempDir,
    pub adopt: Adopt,
    /// Whether natsform is to die in between. The test's process lives on and would keep the lock, so none is taken; and
    /// nobody waits long for the answers of the dead.
    pub mortal: bool,
}

struct Quiet;

impl Observer for Quiet {}

/// A clock a hundred times as fast as the world's.
struct Hasty;

#[async_trait::async_trait]
impl Clock for Hasty {
    fn now_ns(&self) -> i128 {
        SystemClock.now_ns() * 100
    }
    fn monotonic_ns(&self) -> i128 {
        SystemClock.monotonic_ns() * 100
    }

    async fn sleep(&self, wait: Duration) {
        SystemClock.sleep(wait / 100).await;
    }
}

impl Project {
    /// A project that declares nothing yet.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("natsform.yaml"), PROJECT).expect("a project file");
        Self { directory, adopt: Adopt::Matching, mortal: false }
    }

    /// Replaces what is declared.
    pub fn declare(&self, documents: &[Value]) {
        let text: String = documents.iter().map(|d| format!("---\n{d}\n")).collect();
        fs::write(self.directory.path().join("manifests.yaml"), text).expect("manifests");
    }

    /// Opens a run as every command does.
    async fn open(&self, place: &Place) -> Run {
        let mut report = Report::default();
        let inputs = Inputs {
            files: &LocalFiles,
            cwd: self.directory.path().to_path_buf(),
            only: Vec::new(),
            stdin: None,
            environment: None,
            project_id: None,
            environment_file: None,
            secret_dirs: Vec::new(),
            getenv: &|_| None,
            all_systems: false,
            quick: false,
            connected: false,
        };
        let loaded = engine::load(&inputs, &mut report);
        let loaded = loaded.unwrap_or_else(|| panic!("{}: {:#?}", place.name, report.problems()));
        let account = loaded.environment.account().to_owned();
        let nats: BTreeMap<String, Arc<dyn Nats>> = BTreeMap::from([(account, place.connect().await)]);
        let clock: Arc<dyn Clock> = if self.mortal { Arc::new(Hasty) } else { Arc::new(SystemClock) };
        Run::over(loaded, Ports::new(nats, clock, Arc::new(SystemRandom::default())))
    }

    async fn run(&self, place: &Place, acks: &[String]) -> (Run, Planned) {
        let mut run = self.open(place).await;
        let options = PlanOptions { adopt: self.adopt, acks: acks.to_vec(), ..PlanOptions::default() };
        let mut report = Report::default();
        let planned = run.plan(&options, &mut report).await;
        let planned = planned.unwrap_or_else(|exit| panic!("{}: {exit:?} {:#?}", place.name, report.problems()));
        (run, planned)
    }

    /// What would happen.
    pub async fn plan(&self, place: &Place) -> Planned {
        self.run(place, &[]).await.1
    }

    /// Plans and applies with these acknowledgements, however it ends.
    pub async fn try_apply(&self, place: &Place, acks: &[String]) -> Applied {
        let (mut run, planned) = self.run(place, acks).await;
        let options = ApplyOptions { allow_partial: false, lock: !self.mortal, lock_timeout: Duration::from_secs(5) };
        let (_stop, stopped) = tokio::sync::watch::channel(None);
        run.apply(planned, &options, stopped, &Quiet).await
    }

    /// Applies, which must succeed.
    pub async fn apply(&self, place: &Place, acks: &[String]) -> Applied {
        let applied = self.try_apply(place, acks).await;
        let failed: Vec<String> =
            applied.steps.iter().filter(|s| s.error.is_some()).map(|s| format!("{s:?}")).collect();
        let fine = applied.exit == Some(Exit::Ok) && failed.is_empty();
        assert!(fine, "{}: {:?} {:?}\n{}", place.name, applied.exit, applied.errors, failed.join("\n"));
        applied
    }

    /// What was left to do; where that is nothing, nothing was sent either.
    pub async fn left(&self, place: &Place) -> Vec<String> {
        let applied = self.try_apply(place, &[]).await;
        let plan = &applied.planned.plan;
        let mut left: Vec<String> = plan.changes().map(told).collect();
        left.extend(plan.ops.iter().map(|op| format!("{} {:?}", op.verb, op.carries)));
        left.extend((applied.writes > 0).then(|| format!("{} writes", applied.writes)));
        left
    }

    /// Nothing is left to do.
    pub async fn at_rest(&self, place: &Place, when: &str) {
        let left = self.left(place).await;
        assert!(left.is_empty(), "{} {when}:\n{}", place.name, left.join("\n"));
    }
}

/// A stream's document.
pub fn stream(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "natsform/v1", "kind": "Stream", "metadata": {"name": name}, "spec": spec})
}

/// A consumer's document.
pub fn consumer(stream: &str, name: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["stream"] = json!(stream);
    json!({"apiVersion": "natsform/v1", "kind": "Consumer", "metadata": {"name": name}, "spec": spec})
}

/// The step of an object, by its address without the account: `stream/ORDERS`.
pub fn step<'a>(planned: &'a Planned, short: &str) -> &'a Step {
    let found = planned.plan.steps.iter().find(|s| s.address.short() == short);
    found.unwrap_or_else(|| panic!("no step {short}"))
}

/// The tokens that a plan asks for.
pub fn tokens(planned: &Planned) -> Vec<String> {
    let asked = planned.plan.steps.iter().filter_map(|s| match &s.verdict {
        Verdict::NeedsAck { tokens } => Some(tokens.clone()),
        _ => None,
    });
    asked.flatten().collect()
}

/// A step for a failure's message.
pub fn told(step: &Step) -> String {
    let changes: Vec<String> =
        step.changes.iter().map(|c| format!("{} {} -> {} ({:?})", c.path, c.before, c.after, c.class)).collect();
    format!("{} {} {:?} {:?} {}", step.action.word(), step.address, step.verdict, step.reason, changes.join("; "))
}
