//! YAML in and out: text to [`Node`]s that remember where they came from ([`load`]), nodes to typed values
//! ([`decode`], [`to_value`]), values to text ([`emit`]).
//!
//! No word of natsform lives here, and nothing here stops at the first fault: a file gives all its problems in one run,
//! and one broken document hides neither those before nor those after it. The granit parser is known to `load` only.
//!
//! Aliases are shared and never copied, so a "billion laughs" file stays as small in memory as it is on disk; what it
//! would expand to is counted, and too much is refused before anything walks it.

mod access;
mod decode;
mod emit;
mod fail;
mod lines;
mod load;
mod node;
mod place;
mod scan;
mod syntax;
mod value;

pub use decode::{Cx, decode};
pub use emit::{emit, emit_with};
pub use fail::DecodeError;
pub use lines::Lines;
pub use load::{Budgets, Loaded, load};
pub use node::{Kind, Node, Style};
pub use value::{to_value, yaml11_bool};

/// A stretch of a file's text, in bytes from its beginning (behind a byte order mark).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// From `start` up to and without `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }
}

/// Something wrong in a file, with its place. Its code is one of those in `diag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlProblem {
    /// `NF0001` to `NF0013`.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// A lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Vec<String>,
    /// A second place that explains the first: where a key stood before.
    pub also: Option<(Span, String)>,
}

impl YamlProblem {
    /// A problem at one place, without help.
    pub fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: Vec::new(), also: None }
    }

    /// With one more line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.also = Some((span, text.into()));
        self
    }
}

/// The member of `known` that `word` most likely means: few edits away, upper and lower case being equal, or the only one
/// of which `word` is a part (`replicas`: `num_replicas`).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let far = 1 + word.chars().count() / 4;
    let known: Vec<_> = known.into_iter().collect();
    let close = known
        .iter()
        .copied()
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= far && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name);
    let mut around = known.into_iter().filter(|name| name.split(['_', '-', '.']).any(|part| part == word));
    close.or_else(|| around.next().filter(|_| around.next().is_none()))
}

#[cfg(test)]
mod tests;
