//! Why a text is no expression, template or duration, and where in it.

/// A fault in a text, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the fault begins, in bytes from the beginning of the text as its author wrote it.
    pub offset: usize,
    /// How many bytes the fault spans; 0 where something is missing.
    pub len: usize,
    /// A lowercase fragment: what is wrong.
    pub message: String,
    /// What to write instead, where that is clear.
    pub help: Option<String>,
}

impl Fault {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { offset: span.at, len: span.len, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// A piece of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub at: usize,
    /// How long it is.
    pub len: usize,
}

impl Span {
    pub(crate) const fn new(at: usize, len: usize) -> Self {
        Self { at, len }
    }

    /// Where it ends: the first byte after it.
    pub fn end(self) -> usize {
        self.at + self.len
    }

    /// From the beginning of this one to the end of `other`.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { at: self.at, len: other.end().saturating_sub(self.at) }
    }

    /// The piece of `text` that it spans; empty where it does not fit.
    pub fn of(self, text: &str) -> &str {
        text.get(self.at..self.end()).unwrap_or_default()
    }
}

/// The entry of `known` that `written` was probably meant to be.
pub(crate) fn nearest_name<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&lower, name);
    let best = known.max_by(|a, b| score(a).total_cmp(&score(b)).then_with(|| b.cmp(a)))?;
    let edits = strsim::damerau_levenshtein(&lower, best);
    (edits <= 2 + best.len() / 8 && edits < best.len()).then_some(best)
}

/// A piece of a text as it can stand between backticks.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 {
        out.push('…');
    }
    out.replace("\\\"", "\"").replace("\\'", "'")
}
