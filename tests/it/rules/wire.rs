//! HTTP between natsform and the real Prometheus that a test may break at any request: the server is never imitated, what
//! happens on the way is.

use crate::support::http::Answer;
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// What becomes of a request.
pub enum Deed {
    /// The server's own answer.
    Pass,
    /// The server never sees it.
    Instead(Answer),
    /// The server does it, and the answer is another.
    Despite(Answer),
    /// The server does it, and only the first half of its answer arrives.
    Half,
    /// The server does it, then this runs, and nothing is answered.
    Then(Box<dyn FnOnce() + Send>),
}

type Rule = Box<dyn FnMut(&str) -> Deed + Send>;

/// The wire: everything passes until [`Wire::set`].
pub struct Wire {
    address: String,
    rule: Arc<Mutex<Rule>>,
    over: Arc<AtomicBool>,
}

impl Wire {
    /// A wire to this `http://HOST:PORT`.
    pub fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let rule: Rule = Box::new(|_| Deed::Pass);
        let me = Self {
            address: listener.local_addr().expect("its address").to_string(),
            rule: Arc::new(Mutex::new(rule)),
            over: Arc::default(),
        };
        let authority = url.trim_start_matches("http://").to_owned();
        let (rule, over) = (me.rule.clone(), me.over.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (rule, authority) = (rule.clone(), authority.clone());
                thread::spawn(move || pass(stream, &authority, &rule));
            }
        });
        me
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What becomes of requests from here on, by their first line.
    pub fn set(&self, rule: impl FnMut(&str) -> Deed + Send + 'static) {
        *self.rule.lock().expect("no poison") = Box::new(rule);
    }

    /// The n-th request (from 1) that begins so has this fate, the others pass.
    pub fn nth(&self, n: usize, begins: &'static str, mut deed: impl FnMut() -> Deed + Send + 'static) {
        let mut seen = 0;
        self.set(move |line| {
            seen += usize::from(line.starts_with(begins));
            if seen == n && line.starts_with(begins) { deed() } else { Deed::Pass }
        });
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // wakes the listener up
        let _ = TcpStream::connect(&self.address);
    }
}

/// One connection carries one request.
fn pass(mut client: TcpStream, authority: &str, rule: &Mutex<Rule>) {
    let Some(request) = request(&mut client) else { return };
    let line = request.lines().next().unwrap_or_default().to_owned();
    let deed = (*rule.lock().expect("no poison"))(&line);
    let answer = match deed {
        Deed::Instead(answer) => return say(&mut client, answer),
        deed => (ask(authority, &request), deed),
    };
    let (Some(answer), deed) = answer else { return };
    match deed {
        Deed::Pass | Deed::Instead(_) => say(&mut client, Answer::Bytes(answer)),
        Deed::Despite(other) => say(&mut client, other),
        Deed::Half => say(&mut client, Answer::Bytes(answer.get(..answer.len() / 2).unwrap_or_default().to_vec())),
        Deed::Then(run) => run(),
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn say(client: &mut TcpStream, answer: Answer) {
    match answer {
        Answer::Bytes(bytes) => drop(client.write_all(&bytes)),
        Answer::Stall(bytes) => {
            let _ = client.write_all(&bytes);
            let _ = client.read(&mut [0]);
        }
        // until the other side hangs up
        Answer::Silence => drop(client.read(&mut [0])),
    }
}

/// The server's whole answer.
fn ask(authority: &str, request: &str) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(authority).ok()?;
    server.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    server.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// One request without a body that anybody needs, made the only one of its connection.
fn request(client: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        match client.read(&mut chunk) {
            Ok(n) if n > 0 => bytes.extend_from_slice(chunk.get(..n)?),
            _ => return None,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    Some(format!("{head}Connection: close\r\n\r\n{body}"))
}

/// Something that a test opens and others wait for.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<[bool; 2]>, Condvar)>);

impl Gate {
    fn mark(&self, which: usize) {
        self.0.0.lock().expect("no poison")[which] = true;
        self.0.1.notify_all();
    }

    /// False where it takes too long.
    fn wait(&self, which: usize) -> bool {
        let state = self.0.0.lock().expect("no poison");
        let wait = self.0.1.wait_timeout_while(state, Duration::from_secs(20), |state| !state[which]);
        !wait.expect("no poison").1.timed_out()
    }

    /// Says that somebody stands there, and waits until it opens.
    pub fn stand(&self) {
        self.mark(0);
        self.wait(1);
    }

    /// Waits until somebody stands there.
    #[must_use]
    pub fn reached(&self) -> bool {
        self.wait(0)
    }

    pub fn open(&self) {
        self.mark(1);
    }
}
