//! The outside world as traits. Ports speak bytes and know no object of any system; `drivers` holds the real ones, the
//! tests hold others.
//!
//! **Planning cannot write.** Everything that only reads gets an [`Ask`]: its [`Reader`]s take a [`Query`], and a query
//! exists only for subjects on the read list. An apply gets [`Ports`], which derefs to `Ask` and never back.

pub mod api;
mod counted;
pub mod http;
mod layer;
mod lease;
mod query;
pub mod shelf;
mod target;

pub use http::{Http, HttpReader};
pub use layer::Layer;
pub use lease::{Claimant, EXPIRE_NS, Hold, Lease, Refusal, kept, release};
pub use query::Query;
pub use shelf::{Shelf, ShelfReader};
pub use target::{Outlet, Target, TargetId};

use crate::model::{Address, Failure, Value};
use async_trait::async_trait;
use counted::Counted;
use std::{
    collections::BTreeMap,
    ops::Deref,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What the server said of itself when the connection was made.
#[derive(Clone, Debug, Default)]
pub struct ServerInfo {
    pub version: String,
    /// Another one after each start of the server.
    pub id: String,
    pub name: String,
    /// The address connected to, without credentials.
    pub url: String,
    pub cluster: Option<String>,
    pub domain: Option<String>,
}

/// One NATS connection under one identity. At most 256 requests are open at a time: the implementation waits.
#[async_trait]
pub trait Nats: Send + Sync {
    /// One request and its first answer.
    ///
    /// # Errors
    /// `NotSent` where it never left; `Denied` as soon as the server reports a permission violation for `subject`;
    /// `Refused` with code `503` where nobody listens on the subject; `Unknown` after `wait`.
    async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure>;

    /// What the server said of itself.
    fn info(&self) -> ServerInfo;

    /// What JetStream API subjects begin with, without the last dot: `$JS.API`, `$JS.hub.API`.
    fn api_prefix(&self) -> &str;

    /// How long a read may take.
    fn read_timeout(&self) -> Duration;

    /// How long a write may take: a replicated stream answers after an election, up to 8 s under load (measured).
    fn write_timeout(&self) -> Duration {
        Duration::from_secs(15)
    }
}

/// The reading half of a [`Nats`] connection.
#[derive(Clone)]
pub struct Reader(Arc<dyn Nats>);

impl Reader {
    /// The reading half of a connection.
    pub fn new(nats: Arc<dyn Nats>) -> Self {
        Self(nats)
    }

    /// Asks, which changes nothing.
    ///
    /// # Errors
    /// As [`Nats::request`].
    pub async fn ask(&self, query: &Query) -> Result<Reply, Failure> {
        self.ask_within(query, self.read_timeout()).await
    }

    /// The same with another bound than [`Nats::read_timeout`].
    ///
    /// # Errors
    /// As [`Nats::request`].
    pub async fn ask_within(&self, query: &Query, wait: Duration) -> Result<Reply, Failure> {
        self.0.request(query.subject(), &[], query.body(), wait).await
    }

    /// How long a read may take.
    pub fn read_timeout(&self) -> Duration {
        self.0.read_timeout()
    }

    /// What the server said of itself.
    pub fn info(&self) -> ServerInfo {
        self.0.info()
    }

    /// What JetStream API subjects begin with.
    pub fn api_prefix(&self) -> &str {
        self.0.api_prefix()
    }
}

/// Time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Nanoseconds since 1970, of this machine.
    fn now_ns(&self) -> i128;
    /// Nanoseconds since some moment of this process: never set back or forward.
    fn monotonic_ns(&self) -> i128;
    async fn sleep(&self, duration: Duration);
}

/// Unpredictable numbers.
pub trait Random: Send + Sync {
    fn next(&self) -> u64;
}

/// Reading files. Paths are as the user wrote them, made absolute by the caller.
pub trait Files: Send + Sync {
    /// The bytes of a file; `None` where there is none.
    ///
    /// # Errors
    /// The operating system's own text.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String>;

    /// The entries of a directory with whether each is a directory itself, sorted by name; `None` where there is none.
    ///
    /// # Errors
    /// The operating system's own text.
    fn list(&self, path: &Path) -> Result<Option<Vec<(String, bool)>>, String>;
}

/// The connections of a run that only reads.
#[derive(Clone, Default)]
pub struct Ask {
    /// By account (the scope of an address).
    pub nats: BTreeMap<String, Reader>,
    /// Accounts that the run needs and that could not be connected to, and why.
    pub unreached: BTreeMap<String, String>,
    /// By system and connection.
    pub targets: BTreeMap<TargetId, Target>,
}

/// The connections of a run that writes.
pub struct Ports {
    ask: Ask,
    nats: BTreeMap<String, Arc<dyn Nats>>,
    outlets: BTreeMap<TargetId, Outlet>,
    writes: Arc<AtomicU64>,
    notes: Mutex<BTreeMap<(Address, &'static str), Value>>,
    told: Mutex<BTreeMap<(Address, String), String>>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl Ports {
    /// Ports over these connections, by account.
    pub fn new(nats: BTreeMap<String, Arc<dyn Nats>>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let readers = nats.iter().map(|(k, v)| (k.clone(), Reader::new(v.clone()))).collect();
        let ask = Ask { nats: readers, ..Ask::default() };
        let writes = Arc::new(AtomicU64::new(0));
        let counted = |inner| Arc::new(Counted { inner, writes: writes.clone() }) as Arc<dyn Nats>;
        let nats = nats.into_iter().map(|(scope, inner)| (scope, counted(inner))).collect();
        let (outlets, notes, told) = (BTreeMap::new(), Mutex::default(), Mutex::default());
        Self { ask, nats, outlets, writes, notes, told, clock, random }
    }

    /// The same with these targets beside the connections.
    #[must_use]
    pub fn with(mut self, outlets: BTreeMap<TargetId, Outlet>) -> Self {
        self.ask.targets = outlets.iter().map(|(id, outlet)| (id.clone(), outlet.target())).collect();
        self.outlets = outlets.into_iter().map(|(id, outlet)| (id, counted::outlet(outlet, &self.writes))).collect();
        self
    }

    /// The same, knowing of accounts that could not be reached.
    #[must_use]
    pub fn without(mut self, unreached: BTreeMap<String, String>) -> Self {
        self.ask.unreached = unreached;
        self
    }

    /// What one op of the run leaves for another, about an object and under a name; a later note takes the place of an
    /// earlier one.
    pub fn remember(&self, address: &Address, name: &'static str, note: Value) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert((address.clone(), name), note);
    }

    /// The note that [`Self::remember`] left.
    pub fn remembered(&self, address: &Address, name: &'static str) -> Option<Value> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).get(&(address.clone(), name)).cloned()
    }

    /// Something that people should know of how a step went. What is said later about the same thing counts; `None`
    /// takes back what was said.
    pub fn tell(&self, step: &Address, about: &str, text: Option<String>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (step.clone(), about.to_owned());
        match text {
            Some(text) => told.insert(key, text),
            None => told.remove(&key),
        };
    }

    /// What was said of a step.
    pub fn told(&self, step: &Address) -> Vec<String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().filter(|((about, _), _)| about == step).map(|(_, text)| text.clone()).collect()
    }

    /// How many writes were sent: requests that are not on a read list, and files written,
    /// removed or claimed, leases left out.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The connection of an account.
    pub fn nats(&self, scope: &str) -> Option<&Arc<dyn Nats>> {
        self.nats.get(scope)
    }

    /// The servers of a target, in the order of the project file; none where there is no such target.
    pub fn http(&self, system: &str, name: &str) -> &[Arc<dyn Http>] {
        self.outlet(system, name).map_or(&[], |o| o.https.as_slice())
    }

    /// Where a target's files of one role (`rules`) are delivered to.
    pub fn shelf(&self, system: &str, name: &str, role: &str) -> Option<&Arc<dyn Shelf>> {
        self.outlet(system, name)?.shelves.get(role)
    }

    fn outlet(&self, system: &str, name: &str) -> Option<&Outlet> {
        self.outlets.get(&(system.to_owned(), name.to_owned()))
    }
}

impl Deref for Ports {
    type Target = Ask;

    fn deref(&self) -> &Ask {
        &self.ask
    }
}
