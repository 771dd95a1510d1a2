//! Patterns that promql-parser would refuse, replaced while it reads and prints an expression.
//!
//! It compiles every pattern with Rust's `regex`, whose dialect is another than Go's. Where it refuses one that is good
//! ([`super::regex`]), all patterns of the expression are replaced by names that sort as they do, because printed
//! matchers are sorted, and are put back into what it printed.

use super::lex::{Kind, Token};
use super::{clean, regex, string};

const NAME: &str = "natsform-pattern-";

/// The patterns of an expression and what stands for them.
#[derive(Default)]
pub(crate) struct StandIns {
    /// Each as it is quoted, with its stand-in, in the order of the former.
    known: Vec<(String, String)>,
}

impl StandIns {
    pub(crate) fn of(text: &str, tokens: &[Token]) -> Self {
        let mut patterns: Vec<String> =
            patterns(text, tokens).map(|token| string::value(token.span.of(text)).0).collect();
        patterns.sort();
        patterns.dedup();
        let known = patterns.into_iter().enumerate().map(|(i, pattern)| {
            // whether it matches nothing at all is asked of a selector
            let empty = regex::read(&pattern).is_ok_and(|read| read.empty);
            let name = format!("{NAME}{i:05}{}", if empty { "|" } else { "" });
            (string::quoted(&pattern), string::quoted(&name))
        });
        Self { known: known.collect() }
    }

    /// The expression with them.
    pub(crate) fn clean(&self, text: &str, tokens: &[Token]) -> String {
        let replaced: Vec<usize> = patterns(text, tokens).map(|token| token.span.at).collect();
        let with = |token: &Token| {
            let quoted = string::quoted(&string::value(token.span.of(text)).0);
            let found = self.known.iter().find(|(pattern, _)| *pattern == quoted);
            found.filter(|_| replaced.contains(&token.span.at)).map(|(_, name)| name.clone())
        };
        clean::clean_with(text, tokens, with).text
    }

    /// What was printed, with the patterns themselves.
    pub(crate) fn put_back(&self, printed: String) -> String {
        self.known.iter().fold(printed, |text, (pattern, name)| text.replace(name.as_str(), pattern))
    }
}

/// The tokens that are patterns.
fn patterns<'a>(text: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = &'a Token> {
    let follows = move |pair: &'a [Token]| match pair {
        [mark, token] if token.kind == Kind::Text && matches!(mark.span.of(text), "=~" | "!~") => Some(token),
        _ => None,
    };
    tokens.windows(2).filter_map(follows)
}
