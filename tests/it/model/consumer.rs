//! A consumer: how far it has come. Tests deliver and acknowledge by hand.

use super::{
    schema::{Config, Fields, instant},
    store::Stream,
    subjects,
};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Consumer {
    pub name: String,
    pub config: Config,
    pub created: i128,
    /// The last delivery: its own count, the stream's sequence.
    pub delivered: (u64, u64),
    /// All below are acknowledged: its own count, the stream's sequence.
    pub floor: (u64, u64),
    /// Delivered and not acknowledged: stream sequence to own count.
    pub pending: BTreeMap<u64, u64>,
}

impl Consumer {
    pub fn new(name: &str, config: Config, created: i128, stream: &Stream, minor: u32) -> Self {
        let before = start(&config, stream).saturating_sub(1);
        // Before 2.14 the floor stayed at 0 until the first acknowledgement.
        let floor = if minor < 14 { 0 } else { before };
        Self { name: name.into(), config, created, delivered: (0, before), floor: (0, floor), pending: BTreeMap::new() }
    }

    pub fn matches(&self, subject: &str) -> bool {
        matches(&self.config, subject)
    }

    /// Whether it still has a use for a message.
    pub fn wants(&self, seq: u64, subject: &str) -> bool {
        self.matches(subject) && (seq > self.delivered.1 || self.pending.contains_key(&seq))
    }

    /// What it has still to get.
    pub fn to_come(&self, stream: &Stream) -> Vec<u64> {
        let after = stream.messages.range(self.delivered.1 + 1..);
        after.filter(|(_, m)| self.matches(&m.subject)).map(|(seq, _)| *seq).collect()
    }

    pub fn deliver(&mut self, seqs: &[u64]) {
        for seq in seqs {
            self.delivered = (self.delivered.0 + 1, *seq);
            if self.config.text("ack_policy").is_empty() {
                self.floor = self.delivered;
            } else {
                self.pending.insert(*seq, self.delivered.0);
            }
        }
    }

    /// Acknowledges one message; the floor rises to below the first that is open.
    pub fn ack(&mut self, seq: u64) {
        self.pending.remove(&seq);
        self.floor = match self.pending.iter().next() {
            Some((seq, own)) => (own - 1, seq - 1),
            None => self.delivered,
        };
    }
}

pub fn filters(config: &Config) -> Vec<&str> {
    let one = config.text("filter_subject");
    if one.is_empty() { config.list("filter_subjects") } else { vec![one] }
}

fn matches(config: &Config, subject: &str) -> bool {
    let filters = filters(config);
    filters.is_empty() || filters.iter().any(|f| subjects::within(subject, f))
}

/// The first sequence that it looks at.
fn start(config: &Config, stream: &Stream) -> u64 {
    let mut matching = stream.messages.iter().filter(|(_, m)| matches(config, &m.subject));
    match config.text("deliver_policy") {
        "new" => stream.last_seq + 1,
        "last" => matching.next_back().map_or(stream.last_seq + 1, |(seq, _)| *seq),
        "last_per_subject" => {
            let last: BTreeMap<&str, u64> = matching.map(|(seq, m)| (m.subject.as_str(), *seq)).collect();
            last.values().min().copied().unwrap_or(stream.last_seq + 1)
        }
        "by_start_sequence" => config.get("opt_start_seq").and_then(serde_json::Value::as_u64).unwrap_or(1),
        "by_start_time" => {
            let from = instant(config.text("opt_start_time")).unwrap_or(0);
            matching.find(|(_, m)| m.time >= from).map_or(stream.last_seq + 1, |(seq, _)| *seq)
        }
        _ => stream.first_seq().max(1),
    }
}
