//! Something that one run holds at a time.

use super::Clock;
use crate::model::{Failure, Value};
use async_trait::async_trait;
use futures_util::future::join_all;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

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

/// What every held lock knows of itself: when it was written last, and whether it is somebody else's by now.
pub struct Hold {
    clock: Arc<dyn Clock>,
    /// By the monotonic clock and by the other one.
    written: Mutex<(i128, i128)>,
    lost: AtomicBool,
}

impl Hold {
    /// Of a lock that is written after this.
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        let written = Mutex::new((clock.monotonic_ns(), clock.now_ns()));
        Self { clock: clock.clone(), written, lost: AtomicBool::new(false) }
    }

    fn written(&self) {
        let now = (self.clock.monotonic_ns(), self.clock.now_ns());
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Nanoseconds since it was written. A clock that was set back must not make it shorter, and a machine that slept,
    /// whose monotonic clock slept with it, neither.
    fn age(&self) -> i128 {
        let then = *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        (self.clock.monotonic_ns() - then.0).max(self.clock.now_ns() - then.1)
    }

    /// Whether somebody else has it, or it may have expired.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A held lock. It is renewed while [`Self::keep`] is polled.
#[async_trait]
pub trait Lease: Send + Sync {
    /// What is known of it.
    fn hold(&self) -> &Hold;

    /// Writes it again; `false`: it is somebody else's.
    ///
    /// # Errors
    /// Whatever kept the answer away.
    async fn renew(&self) -> Result<bool, Failure>;

    /// Gives it back; a lost one is not ours to give.
    async fn release(&self);

    /// Renews; returns when somebody else has taken it, or when it could not be renewed for so long that it has expired.
    /// The first time is counted from its taking, however long ago that was.
    async fn keep(&self) {
        let hold = self.hold();
        let mut wait = RENEW.saturating_sub(Duration::from_nanos(u64::try_from(hold.age()).unwrap_or_default()));
        loop {
            hold.clock.sleep(wait).await;
            wait = RENEW;
            match self.renew().await {
                Ok(true) => hold.written(),
                Ok(false) => break,
                Err(_) if hold.age() > EXPIRE_NS - 5_000_000_000 => break,
                Err(_) => {}
            }
        }
        hold.lost.store(true, Ordering::Relaxed);
    }

    /// Whether it is somebody else's by now: nothing more may be written.
    fn is_lost(&self) -> bool {
        self.hold().is_lost()
    }
}

/// Does something while these locks are held: they are renewed until it is done. When all are lost it is not stopped: what
/// it does sees that with the first one, and comes to its end under what is left.
pub async fn kept<T>(leases: &[Box<dyn Lease>], work: impl Future<Output = T>) -> T {
    if leases.is_empty() {
        return work.await;
    }
    let keep = join_all(leases.iter().map(|lease| lease.keep()));
    let mut work = std::pin::pin!(work);
    tokio::select! {
        out = &mut work => out,
        _ = keep => work.await,
    }
}

/// Gives locks back, the last one first.
pub async fn release(leases: &[Box<dyn Lease>]) {
    for lease in leases.iter().rev() {
        lease.release().await;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicUsize};

    /// Time that passes only while somebody sleeps, and at once.
    #[derive(Default)]
    struct Steps(AtomicI64);

    #[async_trait]
    impl Clock for Steps {
        fn now_ns(&self) -> i128 {
            self.monotonic_ns()
        }
        fn monotonic_ns(&self) -> i128 {
            self.0.load(Ordering::Relaxed).into()
        }
        async fn sleep(&self, duration: Duration) {
            self.0.fetch_add(i64::try_from(duration.as_nanos()).unwrap(), Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }

    /// A lock whose renewals answer one after the other, and then never.
    struct Told {
        hold: Hold,
        answers: Vec<Result<bool, ()>>,
        renewed: Mutex<Vec<i128>>,
        next: AtomicUsize,
    }

    #[async_trait]
    impl Lease for Told {
        fn hold(&self) -> &Hold {
            &self.hold
        }
        async fn renew(&self) -> Result<bool, Failure> {
            self.renewed.lock().unwrap().push(self.hold.clock.monotonic_ns() / 1_000_000_000);
            match self.answers.get(self.next.fetch_add(1, Ordering::Relaxed)) {
                Some(answer) => answer.map_err(|()| Failure::Unknown { why: "no answer".into() }),
                None => std::future::pending().await,
            }
        }
        async fn release(&self) {}
    }

    /// When a lock was renewed, in seconds, whose work first sleeps so long unwatched and then under it.
    async fn renewals(unwatched: u64, answers: Vec<Result<bool, ()>>) -> (Vec<i128>, bool) {
        let clock: Arc<dyn Clock> = Arc::new(Steps::default());
        let told =
            Arc::new(Told { hold: Hold::new(&clock), answers, renewed: Mutex::default(), next: AtomicUsize::new(0) });
        clock.sleep(Duration::from_secs(unwatched)).await;
        let _ = tokio::time::timeout(Duration::from_millis(50), told.keep()).await;
        let renewed = told.renewed.lock().unwrap().clone();
        (renewed, told.is_lost())
    }

    #[tokio::test]
    async fn a_lock_is_renewed_from_its_taking() {
        assert_eq!(renewals(0, vec![Ok(true), Ok(true)]).await, (vec![5, 10, 15], false));
        assert_eq!(renewals(3, vec![Ok(true)]).await, (vec![5, 10], false), "what others took was a part of the wait");
        assert_eq!(renewals(12, vec![Ok(true)]).await, (vec![12, 17], false), "late: at once");
        assert_eq!(renewals(12, vec![Ok(true), Ok(false)]).await, (vec![12, 17], true));
        assert_eq!(renewals(0, vec![Err(()); 9]).await, (vec![5, 10, 15, 20, 25, 30], true), "it may have expired");
        assert_eq!(
            renewals(12, vec![Err(()); 9]).await,
            (vec![12, 17, 22, 27], true),
            "nor is it tried without a pause"
        );
    }

    #[tokio::test]
    async fn what_is_taken_first_is_kept_while_others_are_taken() {
        let clock: Arc<dyn Clock> = Arc::new(Steps::default());
        let answers = vec![Ok(true); 3];
        let told = Told { hold: Hold::new(&clock), answers, renewed: Mutex::default(), next: AtomicUsize::new(0) };
        let held: Vec<Box<dyn Lease>> = vec![Box::new(told)];
        let until = async {
            while clock.monotonic_ns() < 16_000_000_000 {
                tokio::task::yield_now().await;
            }
            "taken"
        };
        assert_eq!(kept(&held, until).await, "taken");
        assert_eq!(kept(&[], async { 7 }).await, 7);
    }
}
