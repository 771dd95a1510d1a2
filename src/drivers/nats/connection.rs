//! The port: links, one after the other, and the bound on open requests.

use super::{
    ConnectError, Settings,
    link::Link,
    urls::{Target, targets},
};
use crate::{
    model::Failure,
    ports::{Nats, Reply, ServerInfo},
};
use async_trait::async_trait;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, sleep},
};

/// Requests open at a time. The port allows 256; async-nats keeps 128 events and drops further ones, and a permission
/// violation that is dropped would be a request that waits for its time (256 lose some: see the test of a burst).
const OPEN: usize = 120;

/// Between two tries to replace a lost link.
const PAUSE: Duration = Duration::from_millis(100);

/// For so long a failed try stands for those that waited for it.
const FRESH: Duration = Duration::from_millis(500);

/// Connects, within `connect_timeout` over all URLs.
///
/// # Errors
/// [`ConnectError`]; a server that refuses who we are ends the search, an unreachable one does not.
pub async fn connect(settings: &Settings) -> Result<Arc<dyn Nats>, ConnectError> {
    let targets = targets(&settings.urls)?;
    if let Some(prefix) = &settings.inbox_prefix {
        check_prefix(prefix)?;
    }
    let link = open_any(settings, &targets, Instant::now() + settings.connect_timeout).await?;
    Ok(Arc::new(Connection {
        settings: settings.clone(),
        targets,
        link: RwLock::new(Arc::new(link)),
        replacing: Mutex::new(None),
        open: Semaphore::new(OPEN),
    }))
}

struct Connection {
    settings: Settings,
    targets: Vec<Target>,
    link: RwLock<Arc<Link>>,
    /// Held while a lost link is replaced; the last failure to do so.
    replacing: Mutex<Option<(Instant, String)>>,
    open: Semaphore,
}

impl Connection {
    fn current(&self) -> Arc<Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A link that is up: a lost one is replaced. The first time that is tried for as long as connecting may take (a
    /// server restarts in a second or two), after that once per request.
    async fn link(&self) -> Result<Arc<Link>, Failure> {
        let link = self.current();
        if link.is_up() {
            return Ok(link);
        }
        let mut failed = self.replacing.lock().await;
        let link = self.current();
        if link.is_up() {
            return Ok(link);
        }
        let not_sent = |why: &str| Failure::NotSent { why: format!("{}; {why}", link.lost()) };
        if let Some((at, why)) = &*failed
            && at.elapsed() < FRESH
        {
            return Err(not_sent(why));
        }
        let deadline = Instant::now() + self.settings.connect_timeout;
        loop {
            match open_any(&self.settings, &self.targets, deadline).await {
                Ok(new) => {
                    let new = Arc::new(new);
                    *self.link.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
                    *failed = None;
                    return Ok(new);
                }
                Err(error) if error.may_pass() && failed.is_none() && Instant::now() + PAUSE < deadline => {
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    let why = error.to_string();
                    let failure = not_sent(&why);
                    *failed = Some((Instant::now(), why));
                    return Err(failure);
                }
            }
        }
    }
}

#[async_trait]
impl Nats for Connection {
    async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        // The semaphore is never closed.
        let _permit = self.open.acquire().await.ok();
        self.link().await?.request(subject, headers, body, wait).await
    }

    fn info(&self) -> ServerInfo {
        self.current().info.clone()
    }

    fn api_prefix(&self) -> &str {
        &self.settings.api_prefix
    }

    fn read_timeout(&self) -> Duration {
        self.settings.read_timeout
    }

    fn write_timeout(&self) -> Duration {
        self.settings.write_timeout
    }
}

/// Tries each server once, each with its share of the time that is left.
async fn open_any(settings: &Settings, targets: &[Target], deadline: Instant) -> Result<Link, ConnectError> {
    let mut tried = Vec::new();
    let mut other = None;
    for (index, target) in targets.iter().enumerate() {
        let left = u32::try_from(targets.len() - index).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match Link::open(settings, target, share).await {
            Ok(link) => return Ok(link),
            Err(ConnectError::Unreachable { tried: one }) => tried.extend(one),
            Err(error @ ConnectError::Tls { .. }) => {
                other.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(other.unwrap_or(ConnectError::Unreachable { tried }))
}

fn check_prefix(prefix: &str) -> Result<(), ConnectError> {
    let bad = |why: &str| Err(ConnectError::BadPrefix { prefix: prefix.into(), why: why.into() });
    if prefix.split('.').any(str::is_empty) {
        bad("an empty token")
    } else if prefix.contains(|c: char| c == '*' || c == '>' || c.is_whitespace() || c.is_control()) {
        bad("a wildcard or white space")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    /// A server that denies `OPEN` publishes in one write, as one behind a slow network seems to.
    fn denies_in_one_write() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"INFO {\"version\":\"2.15.0\",\"max_payload\":1024,\"headers\":true}\r\n").unwrap();
            let mut denied = Vec::new();
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let line = line.unwrap_or_default();
                let mut words = line.split(' ');
                match (words.next(), words.next()) {
                    (Some("PING"), _) => stream.write_all(b"PONG\r\n").unwrap(),
                    (Some("PUB"), Some(subject)) => {
                        denied.push(format!("-ERR 'Permissions Violation for Publish to \"{subject}\"'\r\n"));
                        // The first is the probe of the new link.
                        if denied.len() == 1 || denied.len() == OPEN + 1 {
                            stream.write_all(denied[usize::from(denied.len() > 1)..].concat().as_bytes()).unwrap();
                        }
                    }
                    _ => {}
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn no_violation_of_a_burst_is_lost() {
        let urls = vec![format!("127.0.0.1:{}", denies_in_one_write())];
        let nats = connect(&Settings { urls, ..Settings::default() }).await.unwrap();
        let subjects: Vec<String> = (0..OPEN).map(|i| format!("s{i}")).collect();
        let wait = Duration::from_secs(2);
        for (subject, answer) in
            subjects.iter().zip(join_all(subjects.iter().map(|s| nats.request(s, &[], &[], wait))).await)
        {
            assert_eq!(answer.err(), Some(Failure::Denied { what: subject.clone() }));
        }
    }

    #[test]
    fn inbox_prefixes() {
        assert!(check_prefix("_INBOX.ops").is_ok());
        for bad in ["", "a.", ".a", "a..b", "a.*", ">", "a b"] {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }
}
