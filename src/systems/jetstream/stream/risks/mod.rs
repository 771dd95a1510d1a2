//! What a change of a live stream would do, one file for each finding. Figures are upper bounds where they are not exact.

mod delete;
mod discard;
mod idle;
mod irreversible;
mod limits;
mod replace;
mod retention;
mod sources;
mod subjects;

pub(crate) use subjects::now_captured;

use crate::{
    model::{Detail, Finding, Level, Path, Value, json},
    systems::Turning,
    units::{about_size, grouped},
};

/// Every finding of a turn.
pub fn all(turning: &Turning<'_>) -> Vec<Finding> {
    if turning.replace {
        return replace::find(turning);
    }
    let Some(after) = turning.settled else { return delete::find(turning) };
    let turn = Update { before: &turning.live.config, after, held: Held::of(&turning.live.state), turning };
    [limits::find, retention::find, discard::find, sources::find, irreversible::find, subjects::find, idle::find]
        .into_iter()
        .flat_map(|find| find(&turn))
        .collect()
}

/// A stream that changes in place.
pub(super) struct Update<'a> {
    pub before: &'a Value,
    pub after: &'a Value,
    pub held: Held,
    pub turning: &'a Turning<'a>,
}

impl Update<'_> {
    /// A finding about one field, from its value to its next one.
    pub fn field(&self, code: &'static str, level: Level, name: &str, message: impl Into<String>) -> Finding {
        let view = |config: &Value| crate::shape::view(&super::shape::SHAPE, config)[name].clone();
        Finding {
            path: Some(Path::root().field(name)),
            turn: (view(self.before), view(self.after)),
            ..Finding::new(code, level, message)
        }
    }

    /// A finding about one field that may cost at most so many messages. None lost is no loss.
    pub fn loss(&self, code: &'static str, name: &str, most: u64, exact: bool, what: &str) -> Finding {
        if most == 0 {
            return self.field(code, Level::Note, name, "the stream is empty: nothing is lost now");
        }
        let all = most == self.held.messages;
        let size = if all { format!(" ({})", about_size(self.held.bytes)) } else { String::new() };
        let bound = if exact { "" } else { "at most " };
        Finding {
            messages: Some(most),
            bytes: all.then_some(self.held.bytes),
            exact,
            ..self.field(code, Level::Loss, name, format!("{bound}{}{size} {what}", messages(most)))
        }
    }
}

/// What a stream holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Held {
    pub messages: u64,
    pub bytes: u64,
    pub subjects: u64,
}

impl Held {
    /// From the state that STREAM.INFO and STREAM.LIST show.
    pub fn of(state: &Value) -> Self {
        let number = |name: &str| state[name].as_u64().unwrap_or(0);
        Self { messages: number("messages"), bytes: number("bytes"), subjects: number("num_subjects") }
    }
}

/// `1 message`, `1,204 messages`.
pub(super) fn messages(n: u64) -> String {
    format!("{} message{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// The stream as a whole goes: its messages, and the place of every consumer.
pub(super) fn whole(turning: &Turning<'_>, code: &'static str, what: &str, empty: &str) -> Vec<Finding> {
    let held = Held::of(&turning.live.state);
    let consumers: Vec<String> = turning.inside.iter().map(|live| live.address.leaf().to_owned()).collect();
    let with = match consumers.len() {
        0 => String::new(),
        1 => ", with its consumer".into(),
        n => format!(", with its {n} consumers"),
    };
    let finding = if held.messages == 0 {
        Finding::new(code, Level::Note, format!("{empty}{with}"))
    } else {
        let message = format!("{} ({}) {what}{with}", messages(held.messages), about_size(held.bytes));
        Finding { messages: Some(held.messages), bytes: Some(held.bytes), ..Finding::new(code, Level::Loss, message) }
    };
    let line = (!consumers.is_empty()).then(|| format!("consumers: {}", consumers.join(", ")));
    let details = detail(consumers, line);
    vec![Finding { details, ..finding }]
}

/// The consumers that a finding concerns; `line` where its message does not name them.
pub(super) fn detail(consumers: Vec<String>, line: Option<String>) -> Vec<Detail> {
    let some = !consumers.is_empty();
    some.then(|| Detail { key: "consumers", value: json!(consumers), line }).into_iter().collect()
}
