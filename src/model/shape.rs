//! The one description of a kind's body. Decoding, JSON Schema, documentation, `explain`, comparison, patching, merging
//! and the contract steps of the tests all walk it.

use super::{Capabilities, Value, json};
use crate::units::UnitError;

/// The form of a body or of a part of it.
pub enum Shape {
    Leaf(Leaf),
    Object(&'static [Field]),
    /// Free keys, each owned on its own: metadata, labels.
    Map(&'static Shape),
    /// Owned whole: what is written is the whole membership.
    List {
        order: Order,
        /// What pairs elements for display; without one, elements are paired by value (or by place where order matters).
        key: Option<fn(&Value) -> String>,
        members: Members,
        item: &'static Shape,
    },
    /// Recursion: routes in routes, panels in rows.
    Lazy(fn() -> &'static Shape),
}

/// Whether the order of a list's elements has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Free,
    Matters,
}

/// Which elements of a live list are ours.
#[derive(Clone, Copy)]
pub enum Members {
    All,
    /// Shared with others: elements for which this is false are kept as they are.
    Marked(fn(&Value) -> bool),
}

/// A single value.
pub struct Leaf {
    pub ty: Type,
    /// Brings a value to the form that is equal exactly when the server would treat the values as equal.
    pub canon: fn(&Value) -> Value,
}

/// How a value is written, in JSON values of the API.
#[derive(Clone, Copy)]
pub enum Type {
    Bool,
    /// A whole number. `unlimited`: `-1` means no limit.
    Int {
        min: i64,
        max: i64,
    },
    /// A whole number up to 2^64 - 1.
    Uint,
    /// Bytes: a plain number or `10GiB`.
    Size {
        min: i64,
        max: i64,
    },
    /// Nanoseconds on the wire; written `24h`.
    Duration,
    /// An instant, RFC 3339.
    Time,
    /// Text of at most so many bytes.
    Text {
        max: usize,
    },
    /// One of a list of words.
    Enum(&'static [Choice]),
    /// Text with a grammar of its own: an expression, a duration as another system writes it.
    Syntax(&'static Syntax),
}

/// The grammar of a [`Type::Syntax`].
pub struct Syntax {
    /// What it is, in plain words: `a PromQL expression`.
    pub what: &'static str,
    /// The code of the problem where a text is none.
    pub code: &'static str,
    /// The JSON Schemas of the ways to write it.
    pub schema: fn() -> Vec<Value>,
    /// Reads a text: the text that the body keeps, or what is wrong with it and where in it.
    pub read: fn(&str) -> Result<String, UnitError>,
}

/// One word of a [`Type::Enum`].
pub struct Choice {
    pub value: &'static str,
    pub doc: &'static str,
    /// The first server version, major and minor, that knows the word.
    pub since: (u32, u32),
}

/// One field of an object.
pub struct Field {
    /// The API's own name.
    pub name: &'static str,
    /// One or two sentences for `explain`, the schema and the docs.
    pub doc: &'static str,
    pub shape: Shape,
    /// The first server version, major and minor, that knows the field.
    pub since: (u32, u32),
    /// Whether the server takes this value in a create.
    pub create: Gate,
    /// Whether the server takes this change of a live object in place. A reset is a change to the default.
    pub update: Gate,
    /// What the server means by leaving the field out.
    pub default: Default,
    pub seen: Seen,
}

/// What the server means by a field that is not there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// Nothing: there is no value.
    Absent,
    Bool(bool),
    Int(i64),
    Text(&'static str),
    /// Derived from other fields or from the server's own settings; `put` and `settle` of the kind know how.
    Derived,
}

impl Default {
    /// The default as a value; null where there is none.
    pub fn value(self) -> Value {
        match self {
            Self::Absent | Self::Derived => Value::Null,
            Self::Bool(b) => json!(b),
            Self::Int(i) => json!(i),
            Self::Text(t) => json!(t),
        }
    }
}

/// Whether the live system shows a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Always,
    Never,
    Secret,
}

/// One field on its way from one value to another.
pub struct Turn<'a> {
    /// The field's live value; null where there is none.
    pub before: &'a Value,
    /// The field's wanted value; null where it is to be left out.
    pub after: &'a Value,
    /// The whole object before; null for a create.
    pub object_before: &'a Value,
    /// The whole object after.
    pub object_after: &'a Value,
    pub capabilities: &'a Capabilities,
}

/// `Err` says why the live server would not take it: a lowercase fragment without the server's name.
pub type Gate = fn(&Turn<'_>) -> Result<(), String>;

/// The gate of what every server takes.
pub fn always(_: &Turn<'_>) -> Result<(), String> {
    Ok(())
}

/// The gate of what no server changes in place.
pub fn frozen(turn: &Turn<'_>) -> Result<(), String> {
    Err(format!("{} refuses this in place", turn.capabilities))
}
