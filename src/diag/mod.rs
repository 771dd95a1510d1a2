//! What is wrong, where, and how it is shown. The only place that knows miette.
//!
//! A [`Problem`] has a code of [`CODES`], a severity, a lowercase message and places; a [`Report`] holds the files they
//! speak of and the problems in order of discovery. Nothing here stops a run: that is for those who read the report.

mod codes;
mod render;
mod report;

pub use codes::{Page, codes, codes_page};
pub use report::Report;

pub use crate::model::Severity;
use crate::yaml::Span;

/// A file of a [`Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub usize);

/// A place in a file, with a word about it (or none: an empty text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub source: SourceId,
    /// Where in its text.
    pub span: Span,
    /// What is said about the place; may be empty.
    pub text: String,
}

/// One thing that is wrong or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Problem {
    /// One of [`CODES`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A lowercase fragment, values in backticks, no full stop.
    pub message: String,
    /// What to do about it, a line each.
    pub help: Vec<String>,
    /// Where, if it has a place in a file.
    pub at: Option<Label>,
    /// Other places that explain it.
    pub also: Vec<Label>,
}

impl Problem {
    /// A problem without a place.
    pub fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        debug_assert!(codes::known(code), "{code} is not in CODES");
        Self { code, severity, message: message.into(), help: Vec::new(), at: None, also: Vec::new() }
    }

    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// A note.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// With its place.
    pub fn at(mut self, source: SourceId, span: Span) -> Self {
        self.at = Some(Label { source, span, text: String::new() });
        self
    }

    /// With a word about its place. Without a place there is nothing to label, and the word is dropped.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(at) = &mut self.at {
            at.text = text.into();
        }
        self
    }

    /// With one more line of help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With one more place.
    pub fn also(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Self {
        self.also.push(Label { source, span, text: text.into() });
        self
    }
}

#[cfg(test)]
mod tests;
