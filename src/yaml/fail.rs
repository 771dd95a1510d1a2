//! Why a node is not what was wanted, in plain words: serde's "invalid type: string \"three\", expected u8" becomes
//! "expected a whole number from 0 to 255, found the text `three`".

use super::{Span, nearest};
use crate::units::listed;
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// A node that does not fit the type that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Where: the value, or the key that misses something.
    pub span: Span,
    /// A lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Vec<String>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

/// A [`DecodeError`] on its way up, while its place is still open.
#[derive(Debug, Default)]
pub(super) struct Fail {
    pub span: Option<Span>,
    pub message: String,
    pub help: Vec<String>,
    /// The field that is missing: its place is the key of the mapping that misses it.
    pub missing: Option<&'static str>,
    /// Too few members.
    pub short: bool,
    /// The address of the innermost value that can be left out, so that decoding may go on without it.
    pub culprit: Option<usize>,
    /// Only what was left out is missed: not worth a word of its own.
    pub follows: bool,
}

impl Fail {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With a place, unless it has one.
    pub(super) fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fail {}

impl de::Error for Fail {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {}", expected(&wanted.to_string()), self::found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn invalid_length(len: usize, wanted: &dyn Expected) -> Self {
        let message = format!("expected {}, found {len}", expected(&wanted.to_string()));
        Self { short: true, ..Self::new(message) }
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let fail = Self::new(format!("`{variant}` is none of {}", listed(known, "or")));
        match nearest(variant, known.iter().copied()) {
            Some(near) => fail.help(format!("did you mean `{near}`?")),
            None => fail,
        }
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let fail = Self::new(format!("unknown field `{field}`"));
        fail.help(field_help(field, known))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new(format!("field `{field}` is missing")) }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("field `{field}` appears twice"))
    }
}

/// What to write instead of an unknown field.
pub(super) fn field_help(field: &str, known: &[&str]) -> String {
    match nearest(field, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "no fields are allowed here".to_owned(),
        None => format!("allowed here: {}", known.join(", ")),
    }
}

/// serde's word for what it wanted, in ours.
fn expected(word: &str) -> String {
    let plain = match word {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number from 0 up",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "`true` or `false`",
        "a string" | "string" | "a borrowed string" | "str" | "path string" => "text",
        "a character" => "one character",
        "a sequence" | "an array" => "a list",
        "a map" => "a mapping",
        "unit" => "nothing",
        "any valid JSON value" => "any value",
        _ if word.starts_with("struct ") => "a mapping",
        _ if word.starts_with("enum ") => "a name",
        _ if word.starts_with("tuple of") || word.starts_with("a tuple") => "a list",
        _ if word.starts_with("a nonzero ") => "a whole number from 1 up",
        _ => return word.to_owned(),
    };
    plain.to_owned()
}

/// What is there instead.
fn found(what: Unexpected<'_>) -> String {
    match what {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("`{n}`"),
        Unexpected::Signed(n) => format!("`{n}`"),
        Unexpected::Float(n) => format!("`{n}`"),
        Unexpected::Char(c) => text(&c.to_string()),
        Unexpected::Str(s) => text(s),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// A text between backticks, shortened to one line.
pub(super) fn text(text: &str) -> String {
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    if text.is_empty() { "an empty text".to_owned() } else { format!("the text `{short}`") }
}
