//! Which request a permission violation belongs to.
//!
//! The server answers a publish that is not allowed with `-ERR 'Permissions Violation for Publish to "subject"'` and
//! nothing else; async-nats hands it over as an event of the connection.

use async_nats::{Event, ServerError};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// What the server does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Sending to this subject.
    Publish(String),
    /// Subscribing to this one, or using it for replies: no reply can come.
    Inbox(String),
}

/// The violation in a server's error text.
fn parse(text: &str) -> Option<Violation> {
    let rest = text.trim().trim_matches('\'').strip_prefix("Permissions Violation for ")?;
    let (what, quoted) = rest.split_once('"')?;
    let subject = unquoted(quoted);
    match what.trim_end() {
        "Publish to" => Some(Violation::Publish(subject)),
        "Subscription to" | "Publish with Reply of" => Some(Violation::Inbox(subject)),
        _ => None,
    }
}

/// Up to the closing quote of Go's `%q`, whose escapes for printable text are `\"` and `\\`.
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => break,
            '\\' => out.extend(chars.next()),
            other => out.push(other),
        }
    }
    out
}

/// The requests under way on one link.
#[derive(Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    open: BTreeMap<u64, (String, oneshot::Sender<Violation>)>,
    inbox: Option<String>,
    last_word: Option<String>,
}

impl Waiting {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a request before it is sent; what comes out of the receiver is why it will get no answer.
    pub fn register(&self, subject: &str) -> (u64, oneshot::Receiver<Violation>) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.next += 1;
        let id = state.next;
        state.open.insert(id, (subject.to_owned(), sender));
        (id, receiver)
    }

    /// The request has ended.
    pub fn forget(&self, id: u64) {
        self.state().open.remove(&id);
    }

    /// The subject of the inbox, once the server has refused it.
    pub fn refused_inbox(&self) -> Option<String> {
        self.state().inbox.clone()
    }

    /// The last error of the server that was no violation: why it closes a connection.
    pub fn last_word(&self) -> Option<String> {
        self.state().last_word.clone()
    }

    /// Takes an event of the connection.
    pub fn hear(&self, event: Event) {
        let Event::ServerError(error) = event else { return };
        let text = match &error {
            ServerError::Other(text) => text.clone(),
            other => other.to_string(),
        };
        let mut state = self.state();
        let Some(violation) = parse(&text) else {
            state.last_word = Some(text);
            return;
        };
        if let Violation::Inbox(subject) = &violation {
            state.inbox = Some(subject.clone());
        }
        let concerned: Vec<u64> = state
            .open
            .iter()
            .filter(|(_, (subject, _))| match &violation {
                Violation::Publish(denied) => denied == subject,
                Violation::Inbox(_) => true,
            })
            .map(|(id, _)| *id)
            .collect();
        for (_, sender) in concerned.iter().filter_map(|id| state.open.remove(id)) {
            // Its waiter may have ended meanwhile.
            let _ = sender.send(violation.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_servers() {
        let publish = |subject: &str| Some(Violation::Publish(subject.into()));
        assert_eq!(parse(r#"Permissions Violation for Publish to "$JS.API.INFO""#), publish("$JS.API.INFO"));
        assert_eq!(parse(r#"'Permissions Violation for Publish to "a\"b\\c"'"#), publish(r#"a"b\c"#));
        let inbox = Some(Violation::Inbox("_INBOX.x.*".into()));
        assert_eq!(parse(r#"Permissions Violation for Subscription to "_INBOX.x.*""#), inbox);
        assert_eq!(parse(r#"Permissions Violation for Subscription to "_INBOX.x.*" using queue "q""#), inbox);
        assert_eq!(parse("Stale Connection"), None);
    }

    #[test]
    fn a_violation_finds_its_requests() {
        let waiting = Waiting::default();
        let hear = |text: &str| waiting.hear(Event::ServerError(ServerError::Other(text.into())));
        let (_, mut a) = waiting.register("a");
        let (_, mut b) = waiting.register("b");
        hear(r#"Permissions Violation for Publish to "a""#);
        assert_eq!(a.try_recv(), Ok(Violation::Publish("a".into())));
        assert!(b.try_recv().is_err());
        hear("Stale Connection");
        assert_eq!(waiting.last_word().as_deref(), Some("Stale Connection"));
        hear(r#"Permissions Violation for Subscription to "_INBOX.*""#);
        assert_eq!(b.try_recv(), Ok(Violation::Inbox("_INBOX.*".into())));
        assert_eq!(waiting.refused_inbox().as_deref(), Some("_INBOX.*"));
    }
}
