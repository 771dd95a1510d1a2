//! One function for each command: data in, ports in, data out.
//!
//! Every command walks the same line: manifests are loaded ([`load`]), connections are opened ([`open`]), and a [`Run`]
//! reads the world and the inventory, drafts and judges a plan, and does something with it.

mod apply;
mod connect;
mod drift;
mod expect;
mod explain;
mod plan;
mod schema;
mod targets;

pub use crate::{manifest::render_documents as documents, model::Prune, plan::Adopt};
pub use schema::schema;

use crate::{
    checks,
    diag::Report,
    drivers::process,
    inventory::{Inventory, Process, State, Tenant},
    manifest::{self, Inputs, Loaded},
    model::{Address, Declared, Exit, Header, Live, Presence, World},
    ports::Ports,
    systems::{self, Scope},
};
use std::{path::PathBuf, time::Duration};

/// What the flags say about connecting.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Flags, and in quick mode the `NATS_*` variables: they win over the environment's own connection.
    pub quick: Option<QuickNats>,
    /// Bound of one connection attempt and of one request.
    pub timeout: Option<Duration>,
    /// Whether the environment's secret commands may run.
    pub allow_commands: bool,
    pub expect_cluster: Option<String>,
    pub getenv: fn(&str) -> Option<String>,
    pub home: Option<PathBuf>,
    /// Where the `nats` CLI's contexts live: `<config_home>/nats`.
    pub config_home: Option<PathBuf>,
    /// What names this run in CI, for the lock.
    pub run: Option<String>,
}

/// A connection as the `nats` CLI's flags name it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct QuickNats {
    pub url: Option<String>,
    pub context: Option<String>,
    /// A path.
    pub creds: Option<String>,
    /// A path.
    pub nkey: Option<String>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub token: Option<String>,
    pub tlsca: Option<String>,
    pub tlscert: Option<String>,
    pub tlskey: Option<String>,
    pub tlsfirst: Option<bool>,
    pub inbox_prefix: Option<String>,
    pub js_domain: Option<String>,
    pub js_api_prefix: Option<String>,
}

impl std::fmt::Debug for QuickNats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QuickNats(…)")
    }
}

/// Which objects a command is about.
#[derive(Clone, Debug, Default)]
pub struct Select {
    /// Globs over addresses.
    pub targets: Vec<String>,
    pub labels: Vec<(String, String)>,
}

/// How a plan is made.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    pub select: Select,
    pub adopt: Adopt,
    /// `None`: what the environment says.
    pub prune: Option<Prune>,
    pub max_deletes: Option<usize>,
    pub acks: Vec<String>,
    /// Delete what is declared and ours.
    pub destroy: bool,
    /// A report of differences: `drift: hold` hides none, and no new questions (probes) are asked.
    pub report_only: bool,
}

/// How an apply behaves.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    pub allow_partial: bool,
    pub lock: bool,
    pub lock_timeout: Duration,
}

/// Loaded manifests, open connections, and what was read last.
pub struct Run {
    loaded: Loaded,
    ports: Ports,
    tenant: Tenant,
    /// What names this run in CI, for the lock.
    name: Option<String>,
    /// `None` until something was read.
    inventory: Option<Inventory>,
    world: World,
}

/// Reads the manifests. `None` where they cannot be used; the report says why.
pub fn load(inputs: &Inputs<'_>, report: &mut Report) -> Option<Loaded> {
    manifest::load(inputs, report)
}

/// Checks the manifests as far as that goes without a server.
pub fn check(loaded: &Loaded, report: &mut Report) {
    let about = |address: &Address| loaded.only.as_ref().is_none_or(|only| only.contains(address));
    checks::run(&loaded.resources, None, &about, report);
}

/// Opens the connections that the loaded manifests need.
///
/// # Errors
/// `Exit::Error` where one cannot be opened; `Exit::Refused` where it is not the expected cluster. The report says why.
pub async fn open(loaded: Loaded, connect: &Connect, report: &mut Report) -> Result<Run, Exit> {
    let connect::Opened { connections: nats, unreached } = connect::open(&loaded, connect, report).await?;
    expect::cluster(&loaded, connect, &nats, report)?;
    let outlets = targets::open(&loaded.environment, connect, report).await?;
    let clock = std::sync::Arc::new(crate::drivers::SystemClock);
    let random = std::sync::Arc::new(crate::drivers::SystemRandom::default());
    let tenant = tenant(&loaded);
    let ports = Ports::new(nats, clock, random).with(outlets).without(unreached);
    Ok(Run { loaded, ports, tenant, name: connect.run.clone(), inventory: None, world: World::default() })
}

/// Who the run speaks for.
fn tenant(loaded: &Loaded) -> Tenant {
    Tenant { project: loaded.project.id.clone(), environment: loaded.environment.name.clone() }
}

impl Run {
    /// A run over ports that somebody else opened: a test's model, for example.
    pub fn over(loaded: Loaded, ports: Ports) -> Self {
        let tenant = tenant(&loaded);
        Self { loaded, ports, tenant, name: None, inventory: None, world: World::default() }
    }

    /// The ports, for tests that look at what was sent.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The account that the inventory's bucket lives in; `None` where there is to be none.
    fn inventory_scope(&self) -> Option<String> {
        match &self.loaded.environment.nats.as_ref()?.inventory {
            manifest::Inventory::Account(scope) => Some(scope.clone()),
            manifest::Inventory::Off => None,
        }
    }

    /// Reads every system and the inventory.
    async fn read(&mut self) {
        let scope = self.scope();
        let mut world = World::default();
        for system in systems::ALL {
            world.absorb(system.read(&self.ports, &scope).await);
        }
        let mut inventory = self.read_inventory().await;
        inventory.resolve(&world, digest);
        self.world = world;
        self.inventory = Some(inventory);
    }

    async fn read_inventory(&self) -> Inventory {
        let Some(scope) = self.inventory_scope() else {
            return Inventory::none(self.tenant.clone(), "", State::Off);
        };
        match self.ports.nats.get(&scope) {
            Some(reader) => Inventory::read(reader, self.tenant.clone(), &scope).await,
            None => {
                let why = format!("there is no connection to account {scope}");
                Inventory::none(self.tenant.clone(), &scope, State::Unreadable { why })
            }
        }
    }

    fn header(&self) -> Header {
        Header {
            project: self.loaded.project.name.clone(),
            environment: self.loaded.environment.name.clone(),
            places: self.world.places.values().map(|p| p.label.clone()).collect(),
            objects: self.world.objects.len(),
        }
    }

    /// Whom this run speaks for, as the systems need it.
    fn scope(&self) -> Scope {
        let Tenant { project, environment } = self.tenant.clone();
        Scope { project, environment }
    }

    /// Whether addresses need their scope to be told apart: a system has several.
    fn scoped(&self) -> bool {
        let systems: std::collections::BTreeSet<_> = self.world.places.keys().map(|(system, _)| system).collect();
        systems.len() < self.world.places.len()
    }

    fn address_text(&self, address: &Address) -> String {
        address.text(self.scoped())
    }

    /// Whether a live object is one that a project could declare and own: not the server's, not a bucket's stream, not
    /// our own.
    fn ordinary(&self, address: &Address) -> bool {
        let Some((_, kind)) = systems::kind_by_word(&address.kind) else { return false };
        let reserved = |a: &Address| match self.world.objects.get(a) {
            Some(Presence::Present(live)) => {
                systems::kind_by_word(&a.kind).is_none_or(|(_, kind)| kind.reserved(live).is_some())
            }
            _ => false,
        };
        !reserved(address) && kind.parent(address).is_none_or(|parent| !reserved(&parent))
    }
}

/// This process, as the lock names it.
fn this_process(run: Option<String>) -> Process {
    let facts = process::facts();
    Process {
        host: facts.host,
        pid: facts.pid,
        start: facts.started,
        machine: facts.boot_id.zip(facts.pid_namespace).map(|(boot, namespace)| format!("{boot} {namespace}")),
        run,
    }
}

/// Whether a process of this machine still runs, where that can be told.
fn alive(process: &Process) -> Option<bool> {
    process::alive(process.pid, process.start?)
}

/// A digest of what a live object says of what was declared, as the intents of an apply carry it.
pub fn digest(live: &Live, declared: &Declared) -> String {
    let view = systems::kind_by_word(&live.address.kind)
        .map(|(_, kind)| crate::shape::provable(kind.shape(), kind.view(&live.config), declared));
    crate::apply::digest(&view.unwrap_or_default())
}

/// The type of the value at a path of an object, so that text output writes it the way people do.
pub fn humanise(address: &Address, path: &crate::model::Path) -> Option<crate::model::Type> {
    match crate::shape::at(systems::shape_by_word(&address.kind)?, path)? {
        crate::model::Shape::Leaf(leaf) => Some(leaf.ty),
        _ => None,
    }
}
