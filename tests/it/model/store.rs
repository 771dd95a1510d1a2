//! The messages of a stream, and what its limits do to them.

use super::{
    consumer::Consumer,
    error::{ApiError, Check, bad},
    schema::{Config, Fields},
    subjects,
};
use std::collections::{BTreeMap, BTreeSet};

pub type Headers = Vec<(String, String)>;

#[derive(Clone, Debug)]
pub struct Message {
    pub subject: String,
    pub time: i128,
    pub headers: Headers,
    pub data: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Stream {
    pub config: Config,
    pub created: i128,
    pub messages: BTreeMap<u64, Message>,
    pub last_seq: u64,
    pub last_time: Option<i128>,
    pub consumers: BTreeMap<String, Consumer>,
    /// Whether no replica answers.
    pub offline: bool,
    ids: BTreeMap<String, (u64, i128)>,
}

fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

/// The headers as they travel and are stored.
pub fn wire(headers: &Headers) -> String {
    let lines: String = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n")).collect();
    if headers.is_empty() { String::new() } else { format!("NATS/1.0\r\n{lines}\r\n") }
}

impl Stream {
    pub fn new(config: Config, created: i128) -> Self {
        let first = config.get("first_seq").and_then(serde_json::Value::as_u64).unwrap_or(0);
        Self {
            config,
            created,
            messages: BTreeMap::new(),
            last_seq: first.saturating_sub(1),
            last_time: None,
            consumers: BTreeMap::new(),
            offline: false,
            ids: BTreeMap::new(),
        }
    }

    pub fn name(&self) -> &str {
        self.config.text("name")
    }

    pub fn retention(&self) -> &str {
        self.config.text("retention")
    }

    pub fn captures(&self, subject: &str) -> bool {
        self.config.list("subjects").iter().any(|s| subjects::within(subject, s))
    }

    /// What the store counts for a message: its parts and a record's own header and checksum (22 + 8 bytes in a file).
    pub fn size(&self, m: &Message) -> i64 {
        let headers = wire(&m.headers).len();
        let body = (m.subject.len() + headers + m.data.len()) as i64;
        match self.config.text("storage") {
            "memory" => body + 16,
            _ => body + 30 + if headers > 0 { 4 } else { 0 },
        }
    }

    pub fn bytes(&self) -> i64 {
        self.messages.values().map(|m| self.size(m)).sum()
    }

    pub fn first_seq(&self) -> u64 {
        match self.messages.keys().next() {
            Some(seq) => *seq,
            None if self.last_seq == 0 => 0,
            None => self.last_seq + 1,
        }
    }

    /// How many messages each subject within `filter` has.
    pub fn subjects(&self, filter: &str) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for m in self.messages.values().filter(|m| subjects::within(&m.subject, filter)) {
            *counts.entry(m.subject.as_str()).or_default() += 1;
        }
        counts
    }

    pub fn last_on(&self, subject: &str) -> Option<u64> {
        self.messages.iter().rev().find(|(_, m)| subjects::within(&m.subject, subject)).map(|(seq, _)| *seq)
    }

    /// Takes a message in, or says why not.
    ///
    /// # Errors
    /// The server's own.
    pub fn publish(&mut self, message: Message, minor: u32) -> Check<(u64, bool)> {
        let now = message.time;
        self.expire(now);
        if let Some(seq) = self.duplicate(&message, now) {
            return Ok((seq, true));
        }
        self.admits(&message)?;
        self.last_seq += 1;
        self.last_time = Some(now);
        let seq = self.last_seq;
        if let Some(id) = header(&message.headers, "Nats-Msg-Id") {
            self.ids.insert(id.to_owned(), (seq, now));
        }
        match header(&message.headers, "Nats-Rollup") {
            Some("all") => self.messages.clear(),
            Some("sub") => self.messages.retain(|_, m| m.subject != message.subject),
            _ => {}
        }
        let subject = message.subject.clone();
        if self.retention() == "interest" && !self.consumers.values().any(|c| c.matches(&subject)) {
            return Ok((seq, false));
        }
        self.messages.insert(seq, message);
        self.trim_subject(&subject);
        self.trim(minor);
        Ok((seq, false))
    }

    fn duplicate(&mut self, message: &Message, now: i128) -> Option<u64> {
        let window = i128::from(self.config.int("duplicate_window"));
        self.ids.retain(|_, (_, at)| now - *at < window);
        self.ids.get(header(&message.headers, "Nats-Msg-Id")?).map(|(seq, _)| *seq)
    }

    fn admits(&self, m: &Message) -> Check {
        let c = &self.config;
        let full = |what: &str| Err(ApiError::new(503, 10077, what));
        if c.on("sealed") {
            return bad(10109, "invalid operation on sealed stream");
        }
        if c.int("max_msg_size") >= 0 && (m.data.len() + wire(&m.headers).len()) as i64 > c.int("max_msg_size") {
            return bad(10054, "message size exceeds maximum allowed");
        }
        let wrong = |seq: u64| bad(10071, &format!("wrong last sequence: {seq}"));
        if let Some(want) = header(&m.headers, "Nats-Expected-Last-Subject-Sequence") {
            let on = header(&m.headers, "Nats-Expected-Last-Subject-Sequence-Subject").unwrap_or(&m.subject);
            let last = self.last_on(on).unwrap_or(0);
            if want.parse() != Ok(last) {
                return wrong(last);
            }
        }
        if header(&m.headers, "Nats-Expected-Last-Sequence").is_some_and(|want| want.parse() != Ok(self.last_seq)) {
            return wrong(self.last_seq);
        }
        if header(&m.headers, "Nats-Rollup").is_some() && !c.on("allow_rollup_hdrs") {
            return Err(ApiError::new(500, 10111, "rollup not permitted"));
        }
        if c.text("discard") != "new" || header(&m.headers, "Nats-Rollup").is_some() {
            return Ok(());
        }
        if c.on("discard_new_per_subject")
            && self.subjects(&m.subject).values().any(|n| *n as i64 >= c.int("max_msgs_per_subject"))
        {
            return full("maximum messages per subject exceeded");
        }
        // A message that pushes out another of its subject does not make the stream fuller.
        let replaces = c.int("max_msgs_per_subject") > 0
            && self.subjects(&m.subject).values().any(|n| *n as i64 >= c.int("max_msgs_per_subject"));
        if c.int("max_msgs") > 0 && self.messages.len() as i64 >= c.int("max_msgs") && !replaces {
            return full("maximum messages exceeded");
        }
        if c.int("max_bytes") > 0 && self.bytes() + self.size(m) > c.int("max_bytes") && !replaces {
            return full("maximum bytes exceeded");
        }
        Ok(())
    }

    pub fn expire(&mut self, now: i128) {
        let age = i128::from(self.config.int("max_age"));
        if age > 0 {
            self.messages.retain(|_, m| m.time > now - age);
        }
    }

    /// Enforces the limits on the whole; with discard new nothing goes.
    fn trim(&mut self, _minor: u32) {
        if self.config.text("discard") == "new" {
            return;
        }
        let (most, bytes) = (self.config.int("max_msgs"), self.config.int("max_bytes"));
        while most > 0 && self.messages.len() as i64 > most {
            self.messages.pop_first();
        }
        let mut held = self.bytes();
        while bytes > 0 && held > bytes {
            let Some((_, m)) = self.messages.pop_first() else { break };
            held -= self.size(&m);
        }
    }

    fn trim_subject(&mut self, subject: &str) {
        let most = self.config.int("max_msgs_per_subject");
        if most <= 0 {
            return;
        }
        let on: Vec<u64> = self.messages.iter().filter(|(_, m)| m.subject == subject).map(|(seq, _)| *seq).collect();
        for seq in on.iter().take(on.len().saturating_sub(most as usize)) {
            self.messages.remove(seq);
        }
    }

    /// What a changed configuration does to the messages. `old` is the one before.
    pub fn after_update(&mut self, old: &Config, now: i128, minor: u32) {
        self.expire(now);
        let (was, is) = (old.int("max_msgs_per_subject"), self.config.int("max_msgs_per_subject"));
        // Before 2.14 a limit where there was none waits for the next message of each subject.
        if is > 0 && (was > is || (was <= 0 && minor >= 14)) {
            let all: BTreeSet<String> = self.messages.values().map(|m| m.subject.clone()).collect();
            all.iter().for_each(|s| self.trim_subject(s));
        }
        self.trim(minor);
        if self.retention() == "interest" && old.text("retention") != "interest" {
            if self.consumers.is_empty() {
                if minor >= 15 {
                    self.messages.clear();
                }
            } else {
                let floor = self.consumers.values().map(|c| c.floor.1).max().unwrap_or(0);
                self.drop_unwanted(floor);
            }
        }
    }

    /// On a stream that keeps by interest: removes what nobody waits for, up to a sequence.
    pub fn drop_unwanted(&mut self, to: u64) {
        if self.retention() != "interest" {
            return;
        }
        let consumers = &self.consumers;
        self.messages.retain(|seq, m| *seq > to || consumers.values().any(|c| c.wants(*seq, &m.subject)));
    }
}
