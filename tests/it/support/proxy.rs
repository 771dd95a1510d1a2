//! A wire between a client and a real server that sees every request and can hold one.
//!
//! It reads just enough of the protocol: `PUB` and `HPUB` from the client, `MSG` and `HMSG` from the server, and the
//! length of what follows each. Everything else goes through as it came.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

/// Where the client is held at a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The server never sees it, until the hold is released.
    Before,
    /// The server has done it, and the client is not told.
    After,
}

/// One request as the client sent it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub subject: String,
    pub body: Vec<u8>,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    /// Replies that have not come, and the most there ever were.
    open: BTreeSet<String>,
    most_open: usize,
    writes: usize,
    hold: Option<(usize, At)>,
    /// The reply subject of the held write, where the hold is for its answer.
    awaited: Option<String>,
    reached: bool,
    released: bool,
    /// What was held is dropped, and its connection with it.
    abandoned: bool,
}

/// What both directions of all connections share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the proxy's state")
    }

    /// The hold is reached: nothing goes on before its release; false where what was held is to be dropped.
    fn park(&self, mut state: MutexGuard<'_, State>) -> bool {
        state.reached = true;
        self.changed.notify_all();
        while !state.released {
            state = self.changed.wait(state).expect("the proxy's state");
        }
        !state.abandoned
    }
}

/// A proxy in front of one server, for any number of connections.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy in front of the server at `nats://host:port`.
    pub fn to(url: &str) -> Self {
        let server = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("nats://{}", listener.local_addr().expect("its address"));
        let shared = Arc::new(Shared::default());
        let of_all = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                join(client, server, &of_all);
            }
        });
        Self { url, shared }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Holds the n-th write from now on (from 1).
    pub fn hold(&self, nth: usize, at: At) {
        let mut state = self.shared.state();
        (state.hold, state.writes) = (Some((nth, at)), 0);
        (state.reached, state.released, state.abandoned) = (false, false, false);
    }

    /// Waits until a write is held; false where `over` says that none will be.
    pub fn wait_held(&self, mut over: impl FnMut() -> bool) -> bool {
        let mut state = self.shared.state();
        while !state.reached {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(10));
            state = waited.expect("the proxy's state").0;
            if !state.reached && over() {
                return false;
            }
        }
        true
    }

    /// Lets what is held go on.
    pub fn release(&self) {
        let mut state = self.shared.state();
        (state.hold, state.released) = (None, true);
        self.shared.changed.notify_all();
    }

    /// Drops what is held: its client is dead, and a dead client sends nothing more.
    pub fn abandon(&self) {
        self.shared.state().abandoned = true;
        self.release();
    }

    /// Forgets what was sent.
    pub fn clear(&self) {
        let mut state = self.shared.state();
        (state.writes, state.most_open) = (0, 0);
        state.sent.clear();
        state.open.clear();
    }

    /// Every request so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.shared.state().sent.clone()
    }

    /// The subjects of those that are no reads.
    pub fn writes(&self) -> Vec<String> {
        self.sent().into_iter().map(|s| s.subject).filter(|s| is_write(s)).collect()
    }

    /// The most requests that were open at one time.
    pub fn most_open(&self) -> usize {
        self.shared.state().most_open
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.release();
    }
}

/// Whether a request could change something: all but the reads of JetStream's API.
pub fn is_write(subject: &str) -> bool {
    const READS: [&str; 4] = ["INFO", "LIST", "NAMES", "GET"];
    let verb = subject.strip_prefix("$JS.API.").map(|op| match op.split('.').collect::<Vec<_>>()[..] {
        ["INFO"] => "INFO",
        ["STREAM", "MSG", verb, ..] | [_, verb, ..] => verb,
        _ => "",
    });
    !verb.is_some_and(|verb| READS.contains(&verb))
}

fn join(client: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("a socket");
    }
    let copy = |socket: &TcpStream| socket.try_clone().expect("a socket");
    let (from, to, of_up) = (copy(&client), copy(&server), shared.clone());
    std::thread::spawn(move || pump(&from, &to, "PUB", |frame| up(&of_up, frame)));
    let of_down = shared.clone();
    std::thread::spawn(move || pump(&server, &client, "MSG", |frame| down(&of_down, frame)));
}

/// One message of the protocol, whole; `words` are those of its first line.
struct Frame<'a> {
    words: &'a [&'a str],
    body: &'a [u8],
    /// Where it goes.
    to: &'a TcpStream,
    bytes: &'a [u8],
}

impl Frame<'_> {
    fn forward(&self) -> bool {
        let mut to = self.to;
        to.write_all(self.bytes).is_ok()
    }
}

/// Reads message by message until either side is gone, and ends the other one then.
fn pump(from: &TcpStream, to: &TcpStream, verb: &str, pass: impl Fn(Frame<'_>) -> bool) {
    let mut reader = BufReader::new(from);
    loop {
        let mut bytes = Vec::new();
        if reader.read_until(b'\n', &mut bytes).unwrap_or(0) == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        let carries = words.first().is_some_and(|w| *w == verb || w.strip_prefix('H') == Some(verb));
        let head = bytes.len();
        if carries {
            let length: usize = words.last().and_then(|w| w.parse().ok()).unwrap_or(0);
            bytes.resize(head + length + 2, 0);
            if reader.read_exact(&mut bytes[head..]).is_err() {
                break;
            }
        }
        let body = if carries { &bytes[head..bytes.len() - 2] } else { &[] };
        let words = if carries { words.as_slice() } else { &[] };
        if !pass(Frame { words, body, to, bytes: &bytes }) {
            break;
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// `PUB subject [reply] size`, `HPUB subject [reply] headers size`.
fn up(shared: &Shared, frame: Frame<'_>) -> bool {
    let Some((subject, reply)) = (match *frame.words {
        ["PUB", subject, reply, _] | ["HPUB", subject, reply, _, _] => Some((subject, reply)),
        _ => None,
    }) else {
        return frame.forward();
    };
    let mut state = shared.state();
    state.sent.push(Sent { subject: subject.into(), body: frame.body.to_vec() });
    state.open.insert(reply.into());
    state.most_open = state.most_open.max(state.open.len());
    state.writes += usize::from(is_write(subject));
    let held = state.hold.filter(|(nth, _)| is_write(subject) && state.writes == *nth);
    match held {
        Some((_, At::Before)) => return shared.park(state) && frame.forward(),
        Some((_, At::After)) => state.awaited = Some(reply.into()),
        None => {}
    }
    drop(state);
    frame.forward()
}

/// `MSG subject sid [reply] size`, `HMSG subject sid [reply] headers size`.
fn down(shared: &Shared, frame: Frame<'_>) -> bool {
    if let Some(subject) = frame.words.get(1) {
        let mut state = shared.state();
        state.open.remove(*subject);
        if state.awaited.as_deref() == Some(*subject) {
            state.awaited = None;
            return shared.park(state) && frame.forward();
        }
    }
    frame.forward()
}
