//! Interrupts. The first one during an apply asks it to stop; the second one, and any at another time, ends the run.
//!
//! Nothing here kills the process: the work is dropped at its next pause and the exit code says why.

use super::Cx;
use crate::model::Exit;
use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// What tells an apply to stop.
pub struct Stop {
    sender: watch::Sender<Option<Exit>>,
    /// Whether something runs that can stop in an orderly way.
    orderly: AtomicBool,
}

impl Stop {
    /// Nobody asked for a stop.
    pub fn new() -> Self {
        Self { sender: watch::Sender::new(None), orderly: AtomicBool::new(false) }
    }

    /// For the work that wants to stop in an orderly way from here on.
    pub fn listen(&self) -> watch::Receiver<Option<Exit>> {
        self.orderly.store(true, Ordering::Relaxed);
        self.sender.subscribe()
    }

    /// The work that wanted to stop in an orderly way is over.
    pub fn over(&self) {
        self.orderly.store(false, Ordering::Relaxed);
    }

    /// Whether the signal was taken by work that stops on its own; otherwise the run ends now.
    fn take(&self, exit: Exit) -> bool {
        self.orderly.load(Ordering::Relaxed) && self.sender.borrow().is_none() && {
            self.sender.send_replace(Some(exit));
            true
        }
    }
}

/// Does the work, and ends it when a signal says so.
pub async fn guarded(work: impl Future<Output = Exit>, cx: &Cx) -> Exit {
    let mut work = pin!(work);
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            cx.terminal.say(&format!("warning: signals are not handled: {error}"));
            return work.await;
        }
    };
    loop {
        let exit = tokio::select! {
            biased;
            exit = signals.next() => exit,
            exit = &mut work => return exit,
        };
        if !cx.stop.take(exit) {
            return exit;
        }
        cx.terminal.talk("stopping: running writes are finished, nothing new is started; once more to stop at once\n");
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Exit {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Exit::Interrupted,
            Some(()) = self.terminate.recv() => Exit::Terminated,
            else => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "it has the type of its Unix twin")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Exit {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Exit::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_of_an_apply_is_taken_and_no_other() {
        let stop = Stop::new();
        assert!(!stop.take(Exit::Interrupted));
        let heard = stop.listen();
        assert!(stop.take(Exit::Interrupted));
        assert_eq!(*heard.borrow(), Some(Exit::Interrupted));
        assert!(!stop.take(Exit::Terminated));
        let stop = Stop::new();
        stop.listen();
        stop.over();
        assert!(!stop.take(Exit::Terminated));
    }
}
