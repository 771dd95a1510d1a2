//! What the project file says, as plain data: the engine reads nothing else of it.

use super::secret::SecretRef;
use crate::{
    diag::SourceId,
    model::{Prune, Source},
    yaml::Span,
};
use std::{collections::BTreeMap, path::PathBuf};

/// Who a run works for: the inventory is kept by project and environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectId {
    /// For people; may change freely.
    pub name: String,
    /// What the inventory, file names and lock are called by.
    pub id: String,
}

/// What happens to changes that somebody else made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDrift {
    #[default]
    Revert,
    Hold,
}

/// The losses that an environment takes without an acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossBudget {
    /// Messages; `None`: none are allowed for unless bytes are.
    pub max_messages: Option<u64>,
    /// Bytes.
    pub max_bytes: Option<u64>,
}

/// Thresholds that refuse a whole apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub max_deletes: Option<u64>,
    pub max_alert_resets: Option<u64>,
}

/// One environment, its defaults filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    pub prune: Prune,
    pub drift: OnDrift,
    /// Every undeclared field means its default.
    pub strict: bool,
    pub allow_data_loss: Option<LossBudget>,
    pub limits: Limits,
    /// How long a saved plan may be applied, in nanoseconds. `None`: not said.
    pub plan_expiry: Option<i64>,
    pub allow_plaintext: bool,
    /// A copy is asked for before anything is destroyed.
    pub backup: bool,
    /// `None` where the environment has no NATS: documents of NATS kinds are skipped.
    pub nats: Option<NatsConnection>,
    /// Systems that are reached over HTTP and files: by system (`prometheus`), then by the connection's name.
    pub targets: BTreeMap<String, BTreeMap<String, TargetConnection>>,
    /// Overlay directories, absolute, in the order in which they are laid over.
    pub overlays: Vec<PathBuf>,
}

impl Environment {
    /// The account of NATS kinds that name none.
    pub fn account(&self) -> &str {
        self.nats.as_ref().map_or(DEFAULT_ACCOUNT, |n| n.account.as_str())
    }
}

/// What the account is called where nobody gives it a name.
pub const DEFAULT_ACCOUNT: &str = "default";

/// How NATS is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatsConnection {
    /// Server URLs; empty where a context gives them.
    pub urls: Vec<String>,
    /// A context of the `nats` CLI.
    pub context: Option<String>,
    /// The account of kinds that name none.
    pub account: String,
    /// How to log in to each account. Empty: one connection, without credentials or with the context's.
    pub accounts: BTreeMap<String, Login>,
    pub tls: Tls,
    pub inbox_prefix: Option<String>,
    pub js_domain: Option<String>,
    pub js_api_prefix: Option<String>,
    pub inventory: Inventory,
    pub expect: Expect,
}

impl Default for NatsConnection {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            context: None,
            account: DEFAULT_ACCOUNT.into(),
            accounts: BTreeMap::new(),
            tls: Tls::default(),
            inbox_prefix: None,
            js_domain: None,
            js_api_prefix: None,
            inventory: Inventory::Account(DEFAULT_ACCOUNT.into()),
            expect: Expect::default(),
        }
    }
}

/// What a connection is called where the project file gives only one.
pub const MAIN: &str = "main";

/// How one target of a system is reached that is read over HTTP and fed with files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetConnection {
    /// Base URLs, one for each server, without a slash at the end.
    pub urls: Vec<String>,
    /// Basic authentication, together with `password`.
    pub user: Option<String>,
    pub password: Option<SecretRef>,
    /// A bearer token.
    pub token: Option<SecretRef>,
    /// Sent with every request, in the order of the file.
    pub headers: Vec<(String, SecretRef)>,
    /// `first` is NATS's and never set.
    pub tls: Tls,
    pub proxy: Option<String>,
    /// How long a request may take, in nanoseconds.
    pub timeout: Option<i64>,
    /// How many bytes an answer may have, unpacked.
    pub max_response: Option<i64>,
    /// Where files are delivered to, by what they are: `rules`, `scrape`.
    pub files: BTreeMap<String, FileTarget>,
    pub expect: TargetExpect,
    /// Where each setting is written: `url.0`, `tls.ca`, `headers.X-Scope-OrgID`, `rules`; the whole connection
    /// under an empty text.
    pub places: BTreeMap<String, (SourceId, Span)>,
}

impl TargetConnection {
    /// Where a setting is written, or the one that it belongs to.
    pub fn place(&self, field: &str) -> Option<(SourceId, Span)> {
        let own = self.places.get(field);
        let around = || field.split('.').next().and_then(|first| self.places.get(first));
        own.or_else(around).or_else(|| self.places.get("")).copied()
    }
}

/// A place that files are delivered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTarget {
    pub delivery: Delivery,
    /// What the server calls the directory, where that is something else.
    pub server_directory: Option<String>,
}

/// How files get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A directory of this machine.
    Directory(PathBuf),
    /// Programs with their arguments; `{name}` stands for the file name. They need `--allow-commands`.
    Command(FileCommands),
    /// A directory that another tool delivers from.
    Render(PathBuf),
}

/// The programs of [`Delivery::Command`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCommands {
    /// Prints the file names, one on each line.
    pub list: Vec<String>,
    /// Prints a file.
    pub get: Vec<String>,
    /// Reads a file's content.
    pub put: Vec<String>,
    pub delete: Vec<String>,
}

/// What the environment says of a target; compared and never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetExpect {
    /// Nanoseconds.
    pub scrape_interval: Option<i64>,
    /// Nanoseconds.
    pub retention: Option<i64>,
    /// `>=2.53`, `3.5`.
    pub version: Option<String>,
    /// Where each is written, by its name.
    pub sources: BTreeMap<String, Source>,
}

/// How to log in to one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    pub user: Option<String>,
    pub password: Option<SecretRef>,
    pub token: Option<SecretRef>,
    /// An nkey seed.
    pub nkey: Option<SecretRef>,
    /// The content of a `.creds` file.
    pub creds: Option<SecretRef>,
}

/// TLS files, absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// The handshake comes before the server's greeting.
    pub first: bool,
}

/// Where the bucket of the inventory lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inventory {
    Account(String),
    Off,
}

/// What the environment says of the live system; compared and never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    pub cluster: Option<String>,
    pub servers: Option<u64>,
    /// `>=2.11`, `2.12`.
    pub version: Option<String>,
    pub domain: Option<String>,
    /// Bytes, of each server.
    pub max_memory: Option<i64>,
    /// Bytes, of each server.
    pub max_storage: Option<i64>,
    /// Where each is written, by its path: `nats.expect.cluster`.
    pub sources: BTreeMap<String, Source>,
}

/// What happens to an object that a `removed:` entry picks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    Forget,
    Transfer { to: String },
}

/// One entry of `removed:`: what left the manifests and must not be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedRule {
    /// A [`Glob`](super::select::Glob) over addresses.
    pub select: String,
    pub then: Then,
    pub source: Option<Source>,
}

/// One entry of `take_from:`: what this project takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeRule {
    /// The other project, as `id/environment`.
    pub project: String,
    /// A [`Glob`](super::select::Glob) over addresses.
    pub select: String,
    pub source: Option<Source>,
}
