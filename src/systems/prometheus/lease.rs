//! One writer at a time for a directory of rule files: a reload puts everybody's files in force, so everybody waits for the
//! same lease, whatever project they are and whether they have a NATS or not.
//!
//! The lease is a file that no glob picks, made only where none is, and renewed every 5 s. Nobody's clock is trusted: it
//! has expired when whoever waits has seen it unchanged for 30 s by their own monotonic clock. A holder on this machine
//! whose process is gone is found out by whoever knows about processes.

use super::names::LEASE;
use crate::{
    model::{Address, Failure, Value, json},
    ports::{Claimant, EXPIRE_NS, Hold, Lease, Ports, Refusal, Shelf},
};
use async_trait::async_trait;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A held lease.
struct Held {
    shelf: Arc<dyn Shelf>,
    holder: Value,
    beat: AtomicU64,
    hold: Hold,
}

/// Takes the lease of a target's rule files.
///
/// # Errors
/// Who holds it, or why it cannot be taken.
pub async fn take(
    ports: &Ports,
    target: &str,
    shelf: &Arc<dyn Shelf>,
    claimant: &Claimant<'_>,
) -> Result<Box<dyn Lease>, Refusal> {
    let (holder, beat) = (claimant.holder.clone(), AtomicU64::new(0));
    let mut held = Held { shelf: shelf.clone(), holder, beat, hold: Hold::new(&ports.clock) };
    // one that was just given back, or that expired, is tried again at once
    for _ in 0..3 {
        held.hold = Hold::new(&ports.clock);
        if shelf.claim(LEASE, &held.bytes()).await? {
            return Ok(Box::new(held));
        }
        let Some(bytes) = shelf.get(LEASE).await? else { continue };
        let there: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !(claimant.is_dead)(&there["holder"]) && !unchanged_for_long(ports, target, &bytes) {
            let by = name(&there["holder"]);
            return Err(Refusal::Held { what: format!("the lease of {}", shelf.place()), by });
        }
        // nobody renewed or took it since it was looked at
        if shelf.get(LEASE).await? == Some(bytes) {
            shelf.remove(LEASE).await?;
        }
    }
    Err(Refusal::Held { what: format!("the lease of {}", shelf.place()), by: "somebody else, again and again".into() })
}

/// Takes the lease away from whoever holds it, and says who it was.
///
/// # Errors
/// Why it cannot be removed.
pub async fn break_lease(shelf: &Arc<dyn Shelf>) -> Result<Option<String>, Failure> {
    let Some(bytes) = shelf.get(LEASE).await? else { return Ok(None) };
    shelf.remove(LEASE).await?;
    let there: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Some(name(&there["holder"])))
}

fn name(holder: &Value) -> String {
    let text = |key: &str| holder[key].as_str().map(str::to_owned);
    let process = holder["pid"].as_u64().map_or_else(|| "somebody".to_owned(), |pid| format!("process {pid}"));
    let host = text("host").map(|host| format!(" on {host}")).unwrap_or_default();
    let run = text("run").map(|run| format!(" ({run})")).unwrap_or_default();
    let tenant = text("tenant").map(|tenant| format!(", for {tenant}")).unwrap_or_default();
    format!("{process}{host}{run}{tenant}")
}

/// Whether this run has seen the same bytes for so long that their holder must be gone.
fn unchanged_for_long(ports: &Ports, target: &str, bytes: &[u8]) -> bool {
    let key = Address::new("lease", [target], "");
    let text = String::from_utf8_lossy(bytes).into_owned();
    let now = ports.clock.monotonic_ns();
    let seen = ports.remembered(&key, "seen").filter(|seen| seen["text"] == json!(text));
    let since = seen.as_ref().and_then(|seen| seen["since"].as_str()?.parse::<i128>().ok());
    match since {
        Some(since) => now - since > EXPIRE_NS,
        None => {
            ports.remember(&key, "seen", json!({"text": text, "since": now.to_string()}));
            false
        }
    }
}

impl Held {
    fn bytes(&self) -> Vec<u8> {
        json!({"holder": self.holder, "beat": self.beat.load(Ordering::Relaxed)}).to_string().into_bytes()
    }

    /// Whether what lies there is ours: a renewal that broke off leaves an older beat of the same run.
    async fn is_mine(&self) -> Result<bool, Failure> {
        let there = self.shelf.get(LEASE).await?;
        let there = there.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        Ok(there.is_some_and(|there| there["holder"] == self.holder))
    }
}

#[async_trait]
impl Lease for Held {
    fn hold(&self) -> &Hold {
        &self.hold
    }

    async fn renew(&self) -> Result<bool, Failure> {
        if !self.is_mine().await? {
            return Ok(false);
        }
        self.beat.fetch_add(1, Ordering::Relaxed);
        self.shelf.put(LEASE, &self.bytes()).await?;
        Ok(true)
    }

    async fn release(&self) {
        if !self.is_lost() && self.is_mine().await.unwrap_or(false) {
            // one that stays expires
            let _ = self.shelf.remove(LEASE).await;
        }
    }
}
