//! An expression as promql-parser reads it: no comments, no backticks, no underscores in numbers.

use super::lex::{Kind, Token};
use super::string;

/// What promql-parser is given.
pub(crate) struct Clean {
    pub(crate) text: String,
    /// Whether a string holds bytes that are no characters: the crate reads `"\xff"` and `"ÿ"` as the same.
    pub(crate) bytes: bool,
}

/// Writes the tokens anew, one space between each two.
pub(crate) fn clean(text: &str, tokens: &[Token]) -> Clean {
    clean_but(text, tokens, &|_| None)
}

/// As [`clean`], with other words for some of the tokens, by their index.
pub(crate) fn clean_but<'w>(text: &str, tokens: &[Token], other: &dyn Fn(usize) -> Option<&'w str>) -> Clean {
    let mut out = Clean { text: String::with_capacity(text.len()), bytes: false };
    for (i, token) in tokens.iter().enumerate() {
        if !out.text.is_empty() {
            out.text.push(' ');
        }
        if let Some(words) = other(i) {
            out.text.push_str(words);
            continue;
        }
        let said = token.span.of(text);
        match token.kind {
            Kind::Text => {
                let (value, bytes) = string::value(said);
                out.bytes |= bytes;
                if bytes {
                    out.text.push_str(said);
                } else {
                    out.text.push_str(&string::quoted(&value));
                }
            }
            Kind::Number => out.text.push_str(&number(said)),
            Kind::Word | Kind::Duration | Kind::Mark => out.text.push_str(said),
        }
    }
    out
}

/// A number without underscores. `0e5` is read as octal by the crate and refused: a point makes it decimal.
fn number(said: &str) -> String {
    let plain = said.replace('_', "");
    let octal = plain.len() > 1 && plain.starts_with('0') && !plain.contains(['.', 'x', 'X']);
    // what is no octal number, or too large for one, is a decimal one
    if octal && plain.bytes().all(|b| b.is_ascii_digit()) && i64::from_str_radix(&plain, 8).is_err() {
        return format!("{}.", plain.trim_start_matches('0'));
    }
    match plain.find(['e', 'E']) {
        Some(at) if octal => format!("{}.{}", &plain[..at], &plain[at..]),
        _ => plain,
    }
}
