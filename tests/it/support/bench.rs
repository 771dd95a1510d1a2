//! natsform's engine over the in-memory model: no process, no socket, and a clock that runs a thousand times too fast.

use crate::model::ModelServer;
use async_trait::async_trait;
use natsform::{
    diag::Report,
    engine::{self, ApplyOptions, PlanOptions, Run},
    inventory::{Inventory, Tenant},
    manifest::{Inputs, Loaded},
    model::{Address, Applied, Exit, Observer, Planned, StepOutcome, Verdict},
    ports::{Clock, Files, Nats, Ports, Random, Reader},
    systems::{self, Scope},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A project with one environment that connects to the model.
pub const PROJECT: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: bench}\nspec:\n  \
    environments:\n    test: {default: true, nats: {url: 'nats://model:4222'}}\n";

/// The account that everything of [`PROJECT`] lives in.
pub const ACCOUNT: &str = natsform::manifest::DEFAULT_ACCOUNT;

/// The model with natsform's engine in front of it.
pub struct Bench {
    pub model: Arc<ModelServer>,
    numbers: Arc<AtomicU64>,
}

/// What the inventory says of one object: the declared paths with their digests, and the flags.
pub type Owned = BTreeMap<String, (BTreeMap<String, String>, [bool; 3])>;

impl Bench {
    pub fn new(version: (u32, u32, u32)) -> Self {
        Self { model: Arc::new(ModelServer::new(version, false)), numbers: Arc::default() }
    }

    /// Connections to the model.
    pub fn ports(&self) -> Ports {
        let nats = BTreeMap::from([(ACCOUNT.to_owned(), self.model.clone() as Arc<dyn Nats>)]);
        Ports::new(nats, Arc::new(Fast(Instant::now())), Arc::new(Numbers(self.numbers.clone())))
    }

    /// A fresh run over one manifest.
    pub fn run(&self, manifest: &str) -> Run {
        self.run_files(&[("all.yaml", manifest)])
    }

    /// A fresh run over several manifests, read in the order that is given.
    pub fn run_files(&self, manifests: &[(&str, &str)]) -> Run {
        Run::over(loaded(manifests), self.ports())
    }

    /// A manifest of this project, loaded.
    pub fn loaded(&self, manifest: &str) -> Loaded {
        loaded(&[("all.yaml", manifest)])
    }

    /// The plan of a manifest.
    pub async fn plan(&self, manifest: &str, options: &PlanOptions) -> Planned {
        let mut report = Report::default();
        let planned = self.run(manifest).plan(options, &mut report).await;
        planned.unwrap_or_else(|exit| panic!("no plan ({exit:?}): {report:?}"))
    }

    /// Plans and applies in one fresh run, as the program does.
    pub async fn apply(&self, manifest: &str, options: &PlanOptions) -> Applied {
        self.apply_after(manifest, options, || {}).await
    }

    /// The same with something that happens between the plan and the apply.
    pub async fn apply_after(&self, manifest: &str, options: &PlanOptions, between: impl FnOnce()) -> Applied {
        let mut run = self.run(manifest);
        let mut report = Report::default();
        let Ok(planned) = run.plan(options, &mut report).await else { panic!("no plan: {report:?}") };
        between();
        let (_stop, stopped) = watch::channel(None);
        run.apply(planned, &settings(), stopped, &Nobody).await
    }

    /// As [`Self::apply`], and everything must have worked.
    pub async fn must_apply(&self, manifest: &str, options: &PlanOptions) -> Applied {
        let applied = self.apply(manifest, options).await;
        assert_eq!(applied.exit, Some(Exit::Ok), "{}", told(&applied));
        applied
    }

    /// All that is configured, our own bucket left out: streams by name, consumers as `stream/name`.
    pub fn configs(&self) -> BTreeMap<String, serde_json::Value> {
        let streams = self.model.streams().into_iter().filter(|(name, _)| name != "KV_NATSFORM");
        let mut out = BTreeMap::new();
        for (name, config) in streams {
            let inside = self.model.consumers(&name).into_iter();
            out.extend(inside.map(|(consumer, config)| (format!("{name}/{consumer}"), config)));
            out.insert(name, config);
        }
        out
    }

    /// What the inventory says is ours *and* is live, open intents that are fulfilled included.
    pub async fn owned(&self) -> Owned {
        let ports = self.ports();
        let wanted = Scope::default();
        let world = systems::ALL[0].read(&ports, &wanted).await;
        let tenant = Tenant { project: "bench".into(), environment: "test".into() };
        let reader = Reader::new(self.model.clone() as Arc<dyn Nats>);
        let mut inventory = Inventory::read(&reader, tenant, ACCOUNT).await;
        inventory.resolve(&world, natsform::engine::digest);
        let ours = |a: &Address| match inventory.ownership(world.live(a)?) {
            natsform::inventory::Ownership::Ours(record) => Some(record.clone()),
            _ => None,
        };
        inventory
            .records()
            .filter_map(|(a, _)| Some((a.short(), ours(a)?)))
            .map(|(a, r)| (a, (r.declared, [r.protect, r.orphan, r.adopted])))
            .collect()
    }

    /// The lock that a killed run left is old enough to be taken over.
    pub fn let_the_lock_expire(&self) {
        self.model.advance(Duration::from_secs(31));
    }
}

/// An apply's settings as the command line has them by default.
pub fn settings() -> ApplyOptions {
    ApplyOptions { allow_partial: false, lock: true, lock_timeout: Duration::ZERO }
}

/// Manifests of [`PROJECT`], from memory.
fn loaded(manifests: &[(&str, &str)]) -> Loaded {
    let mut files = vec![("natsform.yaml", PROJECT)];
    files.extend(manifests);
    let tree = Tree(files.iter().map(|(p, t)| (Path::new("/p").join(p), t.as_bytes().to_vec())).collect());
    let inputs = Inputs {
        files: &tree,
        cwd: "/p".into(),
        only: Vec::new(),
        stdin: None,
        environment: None,
        project_id: None,
        environment_file: None,
        secret_dirs: Vec::new(),
        // No manifest asks for any, so none may ever be seen.
        getenv: &|_| Some("canary-of-the-environment".into()),
        all_systems: false,
        quick: false,
        connected: false,
    };
    let mut report = Report::default();
    let loaded = engine::load(&inputs, &mut report);
    loaded.unwrap_or_else(|| panic!("the manifests cannot be used: {report:?}\n{manifests:?}"))
}

/// Every token that a plan asks for.
pub fn tokens(planned: &Planned) -> Vec<String> {
    let asked = planned.plan.steps.iter().filter_map(|s| match &s.verdict {
        Verdict::NeedsAck { tokens } => Some(tokens.clone()),
        _ => None,
    });
    asked.flatten().collect()
}

/// The outcome of each step by its short address.
pub fn outcomes(applied: &Applied) -> BTreeMap<String, StepOutcome> {
    applied.steps.iter().map(|s| (s.address.short(), s.outcome.clone())).collect()
}

/// An apply in one line for each step: what a failed assertion has to show.
pub fn told(applied: &Applied) -> String {
    let steps =
        applied.steps.iter().map(|s| format!("{} {:?} {:?} {:?}", s.address.short(), s.action, s.outcome, s.error));
    let verdicts = applied.planned.plan.steps.iter().filter(|s| s.verdict != Verdict::Go);
    let verdicts = verdicts.map(|s| format!("{} {:?}", s.address.short(), s.verdict));
    let errors = applied.errors.iter().chain(&applied.planned.refusals).cloned();
    let all: Vec<String> = steps.chain(verdicts).chain(errors).collect();
    format!("{:?}\n{}", applied.exit, all.join("\n"))
}

/// An observer that hears nothing.
pub struct Nobody;
impl Observer for Nobody {}

/// Waits that take a thousandth of their time: the longest, ten seconds for a proof, costs a test ten milliseconds.
struct Fast(Instant);

const FASTER: u32 = 1_000;

#[async_trait]
impl Clock for Fast {
    fn now_ns(&self) -> i128 {
        i128::try_from(self.0.elapsed().as_nanos()).expect("a short test") * i128::from(FASTER)
    }

    fn monotonic_ns(&self) -> i128 {
        self.now_ns()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / FASTER).await;
    }
}

/// Numbers that differ and repeat from test run to test run.
struct Numbers(Arc<AtomicU64>);

impl Random for Numbers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Files in memory, by absolute path.
struct Tree(BTreeMap<PathBuf, Vec<u8>>);

impl Files for Tree {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<(String, bool)>>, String> {
        let names = self.0.keys().filter_map(|file| file.strip_prefix(path).ok());
        let first = |p: &Path| Some((p.iter().next()?.to_string_lossy().into_owned(), p.iter().count() > 1));
        let entries: BTreeMap<String, bool> = names.filter_map(first).collect();
        Ok((!entries.is_empty()).then(|| entries.into_iter().collect()))
    }
}
