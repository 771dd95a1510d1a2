//! The normal form of an expression, and whether two say the same.

use super::clean::clean;
use super::{lex, parse};

/// The normal form of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Norm {
    /// As Prometheus prints it: two expressions are the same where this is.
    Parsed(String),
    /// The text without what surely says nothing (white space, comments, the kind of quotes): where it differs, the
    /// expressions may still be the same.
    Collapsed(String),
}

impl Norm {
    /// The text of either.
    pub fn text(&self) -> &str {
        match self {
            Self::Parsed(text) | Self::Collapsed(text) => text,
        }
    }
}

/// Whether two expressions say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// Byte for byte.
    Equal,
    /// They are written differently and mean the same.
    Cosmetic,
    /// They do not.
    Different,
    /// One of them cannot be read here and their texts differ: a server that can read both decides.
    CannotTell,
}

/// The normal form of a text, expression or not.
pub fn norm(text: &str) -> Norm {
    match parse(text) {
        Ok(expr) => expr.norm(),
        Err(_) => Norm::Collapsed(collapse(text)),
    }
}

/// Whether two texts say the same.
pub fn same(a: &str, b: &str) -> Same {
    if a == b {
        return Same::Equal;
    }
    match (norm(a), norm(b)) {
        (a, b) if a.text() == b.text() => Same::Cosmetic,
        (Norm::Parsed(_), Norm::Parsed(_)) => Same::Different,
        _ => Same::CannotTell,
    }
}

/// The tokens with one space between each two; of a text that has no such tokens (LogQL, say), the text with every run
/// of white space outside strings and comments as one space.
pub(crate) fn collapse(text: &str) -> String {
    if text.len() > lex::MAX_TEXT {
        return text.to_owned();
    }
    match lex::tokens(text) {
        Ok(tokens) => clean(text, &tokens).text,
        Err(_) => collapse_text(text),
    }
}

/// What the characters at hand belong to.
enum Inside {
    Nothing,
    Comment,
    /// The quote that opened it, and whether a backslash stands before.
    Text(char, bool),
}

fn collapse_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut blank) = (Inside::Nothing, None);
    for c in text.chars() {
        match inside {
            Inside::Text(quote, escaped) => {
                out.push(c);
                let ends = !escaped && c == quote;
                let escapes = c == '\\' && !escaped && quote != '`';
                inside = if ends { Inside::Nothing } else { Inside::Text(quote, escapes) };
            }
            // A comment ends with its line: without the line break it would swallow what follows.
            Inside::Comment if c == '\n' => (inside, blank) = (Inside::Nothing, Some('\n')),
            Inside::Comment => out.push(c),
            Inside::Nothing if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c') => blank = blank.or(Some(' ')),
            Inside::Nothing => {
                out.extend(blank.take().filter(|_| !out.is_empty()));
                out.push(c);
                inside = match c {
                    '"' | '\'' | '`' => Inside::Text(c, false),
                    '#' => Inside::Comment,
                    _ => Inside::Nothing,
                };
            }
        }
    }
    out
}
