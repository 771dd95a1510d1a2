//! HTTP by hand: a client of twenty lines that is not natsform's, and a server that answers whatever a test wants, wrong
//! answers above all.

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

/// One request without a body: status and body of the answer; `None` where there is none.
pub fn ask(authority: &str, method: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {authority}\r\nContent-Length: 0\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// What a [`Stub`] does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Sends these bytes and hangs up.
    Bytes(Vec<u8>),
    /// Reads the request, says nothing, and keeps the connection.
    Silence,
    /// Sends these bytes and keeps the connection.
    Stall(Vec<u8>),
}

impl Answer {
    /// A whole answer.
    pub fn of(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut out = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for (name, value) in headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        Self::Bytes([out.as_bytes(), body].concat())
    }

    /// Answers the request that was read from a connection.
    pub(super) fn give(&self, stream: &mut TcpStream) {
        if let Self::Bytes(bytes) | Self::Stall(bytes) = self {
            let _ = stream.write_all(bytes);
        }
        if !matches!(self, Self::Bytes(_)) {
            // until the other side hangs up
            let _ = stream.read(&mut [0]);
        }
    }

    /// A whole answer with status 200.
    pub fn ok(kind: &str, body: &str) -> Self {
        Self::of("200 OK", &[("Content-Type", kind)], body.as_bytes())
    }
}

/// A server that gives every request the same answer, and remembers the requests' heads.
pub struct Stub {
    address: String,
    answer: Arc<Mutex<Answer>>,
    heard: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
}

impl Stub {
    /// A server that says nothing yet.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let me = Self {
            address: listener.local_addr().expect("its address").to_string(),
            answer: Arc::new(Mutex::new(Answer::Silence)),
            heard: Arc::default(),
            over: Arc::default(),
        };
        let (answer, heard, over) = (me.answer.clone(), me.heard.clone(), me.over.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (answer, heard) = (answer.clone(), heard.clone());
                thread::spawn(move || serve(stream, &answer, &heard));
            }
        });
        me
    }

    /// A server with this answer.
    pub fn with(answer: Answer) -> Self {
        let me = Self::start();
        me.answer(answer);
        me
    }

    /// Another answer from the next request on.
    pub fn answer(&self, answer: Answer) {
        *self.answer.lock().expect("no poison") = answer;
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far: head and body.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no poison").clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // wakes the listener up
        let _ = TcpStream::connect(&self.address);
    }
}

fn serve(mut stream: TcpStream, answer: &Mutex<Answer>, heard: &Mutex<Vec<String>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let Some(request) = request(&mut stream) else { return };
    heard.lock().expect("no poison").push(request);
    let answer = answer.lock().expect("no poison").clone();
    answer.give(&mut stream);
}

/// Head and body of one request.
pub(super) fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => bytes.extend_from_slice(chunk.get(..n)?),
            _ => return None,
        }
    }
}
