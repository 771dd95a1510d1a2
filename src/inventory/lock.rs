//! One apply at a time for a project and environment.
//!
//! The lock is an entry of the bucket, written with create-only and renewed every 5 s. It has expired when the
//! *server's* clock is 30 s past the entry's own time; local clocks play no part. A holder on this very machine whose
//! process is gone is taken over at once.

use super::{
    Tenant,
    bucket::{self, Bucket, Entry},
};
use crate::{
    model::{Failure, Value, json},
    ports::{Clock, EXPIRE_NS, Hold, Lease, Nats, Reader, Refusal},
};
use async_trait::async_trait;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Who a process is, as far as the machine tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    pub host: String,
    pub pid: u32,
    /// When the process started, in the machine's own ticks: with the id it names one process.
    pub start: Option<u64>,
    /// This boot of the machine, and this PID namespace: only within both is `pid` a name.
    pub machine: Option<String>,
    /// The CI run, where there is one.
    pub run: Option<String>,
}

/// Who holds the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    pub process: Process,
    /// Since when, by the server's clock.
    pub since: String,
    /// Tells two runs of one process apart.
    pub id: String,
}

impl Process {
    /// As a lock outside the inventory carries it.
    pub fn to_json(&self, tenant: &Tenant, id: &str) -> Value {
        let mut out = holder_json(self, "", id);
        out["tenant"] = json!(tenant.to_string());
        out
    }

    /// Whether another process, as a lock carries it, is one of this machine that is gone.
    pub fn knows_dead(&self, other: &Value, alive: &(dyn Fn(&Self) -> Option<bool> + Sync)) -> bool {
        let other = holder_of(other).process;
        self.machine.is_some() && other.machine == self.machine && alive(&other) == Some(false)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process.pid, self.process.host)?;
        if let Some(run) = &self.process.run {
            write!(f, " ({run})")?;
        }
        write!(f, " since {}", self.since)
    }
}

/// How long the server at our end of a cluster may not know yet that a bucket of ours listens: it was made only now.
const SPREAD_NS: i128 = 5_000_000_000;

/// A held lock.
pub struct Guard {
    nats: Arc<dyn Nats>,
    key: String,
    value: Value,
    revision: AtomicU64,
    hold: Hold,
}

fn key(tenant: &Tenant) -> String {
    format!("{}lock", tenant.prefix())
}

/// Takes the lock where it is free. `alive` tells whether a process of this machine still runs, where that can be told.
///
/// # Errors
/// `Held` with the holder; `Failed` where the bucket could not be written.
pub async fn acquire(
    nats: &Arc<dyn Nats>,
    clock: &Arc<dyn Clock>,
    tenant: &Tenant,
    me: &Process,
    id: String,
    alive: &(dyn Fn(&Process) -> Option<bool> + Sync),
) -> Result<Guard, Refusal> {
    let bucket = Bucket::new(Reader::new(nats.clone()));
    let key = key(tenant);
    let spread = clock.monotonic_ns() + SPREAD_NS;
    loop {
        let entry = bucket.read(&key).await?;
        let now = bucket.server_time().await?;
        if let Some(entry) = entry.as_ref().filter(|e| !is_free(e, &now, me, alive)) {
            let by = holder_of(&entry.value).to_string();
            return Err(Refusal::Held { what: format!("the lock of {tenant}"), by });
        }
        let value = holder_json(me, &now, &id);
        let (revision, hold) = (AtomicU64::new(0), Hold::new(clock));
        let guard = Guard { nats: nats.clone(), key: key.clone(), value, revision, hold };
        match bucket::put(nats, &key, &guard.value, entry.map_or(0, |e| e.revision)).await {
            Ok(revision) => {
                guard.revision.store(revision, Ordering::Relaxed);
                return Ok(guard);
            }
            // the answer was lost, not the write: the entry says whose the lock is
            Err(Failure::Unknown { .. }) if guard.still_mine().await => return Ok(guard),
            Err(Failure::Stale { .. }) => {}
            // nobody listens, so nothing was written
            Err(Failure::Refused { code, .. }) if code == "503" && clock.monotonic_ns() < spread => {
                clock.sleep(Duration::from_millis(50)).await;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
}

/// Who holds the lock; `None` where nobody does.
///
/// # Errors
/// Whatever kept the answer away.
pub async fn holder(reader: &Reader, tenant: &Tenant) -> Result<Option<Holder>, Failure> {
    let entry = Bucket::new(reader.clone()).read(&key(tenant)).await?;
    Ok(entry.filter(|e| !e.value.is_null()).map(|e| holder_of(&e.value)))
}

/// Takes the lock away from whoever holds it, and says who it was.
///
/// # Errors
/// Whatever kept the write from being acknowledged.
pub async fn break_lock(nats: &Arc<dyn Nats>, tenant: &Tenant) -> Result<Option<Holder>, Failure> {
    let bucket = Bucket::new(Reader::new(nats.clone()));
    let Some(entry) = bucket.read(&key(tenant)).await?.filter(|e| !e.value.is_null()) else { return Ok(None) };
    bucket::put(nats, &key(tenant), &Value::Null, entry.revision).await?;
    Ok(Some(holder_of(&entry.value)))
}

fn is_free(entry: &Entry, now: &str, me: &Process, alive: &(dyn Fn(&Process) -> Option<bool> + Sync)) -> bool {
    if entry.value.is_null() {
        return true;
    }
    let age = crate::units::time_key(now).zip(crate::units::time_key(&entry.time)).map(|(now, then)| now - then);
    if age.is_some_and(|age| age > EXPIRE_NS) {
        return true;
    }
    me.knows_dead(&entry.value, alive)
}

fn holder_json(me: &Process, since: &str, id: &str) -> Value {
    json!({
        "id": id, "host": me.host, "pid": me.pid, "start": me.start, "machine": me.machine, "run": me.run, "since": since,
    })
}

fn holder_of(value: &Value) -> Holder {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Holder {
        process: Process {
            host: text("host").unwrap_or_else(|| "an unknown host".into()),
            pid: value["pid"].as_u64().and_then(|p| u32::try_from(p).ok()).unwrap_or(0),
            start: value["start"].as_u64(),
            machine: text("machine"),
            run: text("run"),
        },
        since: text("since").unwrap_or_default(),
        id: text("id").unwrap_or_default(),
    }
}

impl Guard {
    /// After a write that was refused: a renewal whose answer was lost leaves our own entry with another revision.
    async fn still_mine(&self) -> bool {
        let entry = Bucket::new(Reader::new(self.nats.clone())).read(&self.key).await.ok().flatten();
        let Some(entry) = entry.filter(|e| e.value == self.value) else { return false };
        self.revision.store(entry.revision, Ordering::Relaxed);
        true
    }
}

#[async_trait]
impl Lease for Guard {
    fn hold(&self) -> &Hold {
        &self.hold
    }

    async fn renew(&self) -> Result<bool, Failure> {
        match bucket::put(&self.nats, &self.key, &self.value, self.revision.load(Ordering::Relaxed)).await {
            Ok(revision) => {
                self.revision.store(revision, Ordering::Relaxed);
                Ok(true)
            }
            Err(Failure::Stale { .. }) => Ok(self.still_mine().await),
            Err(failure) => Err(failure),
        }
    }

    async fn release(&self) {
        for _ in 0..2 {
            let revision = self.revision.load(Ordering::Relaxed);
            let given = match self.is_lost() {
                true => return,
                false => bucket::put(&self.nats, &self.key, &Value::Null, revision).await,
            };
            // a renewal that nobody waited for any more has given our own entry another revision
            if !matches!(given, Err(Failure::Stale { .. })) || !self.still_mine().await {
                return;
            }
        }
    }
}
