//! A proxy in front of a real HTTP server that loses, refuses or replaces what a test wants to see lost.

use super::http::{Answer, request};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing: it goes through.
    Pass,
    /// The connection ends before the server hears of it.
    Refuse,
    /// The server does it, and its answer is lost.
    Lose,
    /// Something else answers, and the server does not hear of it.
    Answer(Answer),
}

type Rule = Arc<dyn Fn(usize, &str) -> Fault + Send + Sync>;

/// The proxy; gone when dropped.
pub struct HttpProxy {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    server: String,
    rule: Mutex<Rule>,
    /// `METHOD PATH` of each request, with its query.
    heard: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl HttpProxy {
    /// A proxy in front of `server` (`http://127.0.0.1:PORT`) through which everything goes.
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let shared = Arc::new(Shared {
            server: server.trim_start_matches("http://").to_owned(),
            rule: Mutex::new(Arc::new(|_, _| Fault::Pass)),
            heard: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let ours = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ours.over.load(Ordering::Relaxed) {
                    return;
                }
                let ours = ours.clone();
                thread::spawn(move || ours.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// What happens from here on, by the number of the request (from 0, counted from here) and its `METHOD PATH`.
    pub fn rule(&self, rule: impl Fn(usize, &str) -> Fault + Send + Sync + 'static) {
        self.shared.heard.lock().expect("no poison").clear();
        *self.shared.rule.lock().expect("no poison") = Arc::new(rule);
    }

    /// The requests since the last rule.
    pub fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().expect("no poison").clone()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for HttpProxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // wakes the listener up
        let _ = TcpStream::connect(&self.address);
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) {
        let _ = client.set_read_timeout(Some(Duration::from_secs(20)));
        let Some(request) = request(&mut client) else { return };
        let line: Vec<&str> = request.split_whitespace().take(2).collect();
        let what = line.join(" ");
        let (rule, number) = {
            let mut heard = self.heard.lock().expect("no poison");
            heard.push(what.clone());
            (self.rule.lock().expect("no poison").clone(), heard.len() - 1)
        };
        match rule(number, &what) {
            Fault::Refuse => {}
            Fault::Answer(answer) => answer.give(&mut client),
            fault @ (Fault::Pass | Fault::Lose) => {
                let answer = self.forward(&request).unwrap_or_default();
                if matches!(fault, Fault::Pass) {
                    let _ = client.write_all(&answer);
                }
            }
        }
    }

    /// The server's whole answer; under HTTP/1.0 it hangs up behind it.
    fn forward(&self, request: &str) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(&self.server).ok()?;
        server.write_all(request.replacen(" HTTP/1.1\r\n", " HTTP/1.0\r\n", 1).as_bytes()).ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).ok()?;
        Some(answer)
    }
}
