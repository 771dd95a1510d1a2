//! What a change of a live consumer would do, one file for each finding.

mod delete;
mod filter;
mod idle;
mod interest;
mod replace;

use crate::{
    model::{Finding, Level, Value},
    systems::{Turning, jetstream::fields::word_of},
    units::grouped,
};
use std::collections::BTreeSet;

pub(crate) use idle::{threshold, tightens};

/// How many messages a consumer has not handled yet.
pub(crate) fn open_messages(state: &Value) -> u64 {
    Position::of(state).open()
}

/// Every finding of a turn.
pub fn all(turning: &Turning<'_>) -> Vec<Finding> {
    if turning.replace {
        return replace::find(turning);
    }
    let Some(after) = turning.settled else { return delete::find(turning) };
    let mut out = filter::find(turning, after);
    out.extend(interest::find(turning, after));
    out.extend(idle::find(turning, after));
    out
}

/// Where a consumer stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Position {
    pub pending: u64,
    pub unacked: u64,
    /// The stream sequence up to which messages were delivered.
    pub delivered: u64,
}

impl Position {
    /// From what CONSUMER.INFO and CONSUMER.LIST show beside the configuration.
    pub fn of(state: &Value) -> Self {
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        Self {
            pending: number(&state["num_pending"]),
            unacked: number(&state["num_ack_pending"]),
            delivered: number(&state["delivered"]["stream_seq"]),
        }
    }

    /// Messages that are not handled yet.
    pub fn open(self) -> u64 {
        self.pending.saturating_add(self.unacked)
    }

    /// `3 pending, 12 unacknowledged messages`.
    pub fn text(self) -> String {
        format!("{} pending, {} unacknowledged messages", grouped(self.pending), grouped(self.unacked))
    }
}

/// The consumer as it is goes, and its position with it.
pub(super) fn gone(turning: &Turning<'_>, code: &'static str) -> Vec<Finding> {
    let at = Position::of(&turning.live.state);
    if at.open() == 0 {
        let message = if at.delivered == 0 {
            "nothing is pending and nothing was delivered yet".to_owned()
        } else if turning.replace {
            let policy = turning.settled.map_or("", |after| word_of(after, "deliver_policy"));
            let policy = if policy.is_empty() { "all" } else { policy };
            format!("nothing is pending; the new one begins at deliver_policy {policy}, not where the old one stood")
        } else {
            "nothing is pending; its position is lost".to_owned()
        };
        let level = if turning.replace && at.delivered > 0 { Level::Risk } else { Level::Note };
        return vec![Finding::new(code, level, message)];
    }
    let what = match retention(turning) {
        "interest" => "lose their position, and those that no other consumer wants are deleted from the stream",
        "workqueue" if turning.replace => "are delivered again from the start; nobody takes them in between",
        "workqueue" => "stay in the stream, and nobody takes them",
        _ => "lose their position",
    };
    vec![Finding { messages: Some(at.open()), ..Finding::new(code, Level::Loss, format!("{} {what}", at.text())) }]
}

/// The retention of the stream; empty where it is not known.
pub(super) fn retention<'a>(turning: &'a Turning<'_>) -> &'a str {
    turning.parent.map_or("", |stream| word_of(&stream.config, "retention"))
}

/// What a consumer takes: its filters, or everything.
pub(super) fn filters(config: &Value) -> BTreeSet<&str> {
    let many = config["filter_subjects"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut out: BTreeSet<&str> = many.chain([word_of(config, "filter_subject")]).filter(|f| !f.is_empty()).collect();
    if out.is_empty() {
        out.insert(">");
    }
    out
}

/// The field that holds a consumer's filters.
pub(super) fn filter_field(before: &Value, after: &Value) -> &'static str {
    let many = |config: &Value| config["filter_subjects"].as_array().is_some_and(|list| !list.is_empty());
    if many(after) || (many(before) && word_of(after, "filter_subject").is_empty()) {
        "filter_subjects"
    } else {
        "filter_subject"
    }
}
