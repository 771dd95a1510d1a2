//! Something that one run holds at a time.

use crate::model::{Failure, Value};
use async_trait::async_trait;
use std::time::Duration;

/// How often a lock is renewed.
pub const RENEW: Duration = Duration::from_secs(5);
/// How old the last renewal of a lock is when it has expired, in nanoseconds.
pub const EXPIRE_NS: i128 = 30_000_000_000;

/// Who takes a lock.
pub struct Claimant<'a> {
    /// What names this run in the lock.
    pub holder: &'a Value,
    /// Whether the process of another one, as a lock names it, is gone for certain.
    pub is_dead: &'a (dyn for<'v> Fn(&'v Value) -> bool + Sync),
}

/// A held lock. It is renewed while [`Self::keep`] is polled.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Renews; returns when somebody else has taken it, or when it could not be renewed for so long that it has expired.
    async fn keep(&self);
    /// Whether it is somebody else's by now: nothing more may be written.
    fn is_lost(&self) -> bool;
    /// Gives it back; a lost one is not ours to give.
    async fn release(&self);
}

/// Why a lock could not be had.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// What is locked, and by whom: `the lock of edr/prod is held by process 7 on ci-3`.
    Held {
        what: String,
        by: String,
    },
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
