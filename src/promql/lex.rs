//! The tokens of an expression, at their places in the author's text.
//!
//! promql-parser reports no places, trips over comments inside brackets, over backtick strings that hold a backslash and
//! over `1_000`. So the text is cut into tokens here, and what the crate is given is written anew from them
//! ([`super::clean`]): every fault can then point into the text as it was written.

use super::duration;
use super::fault::{Fault, Span, shown};
use super::number;

/// The longest expression that is read, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// How many brackets may be open at once.
const MAX_OPEN: usize = 100;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// `5m`, `1h30m`.
    Duration,
    /// A quoted string of any kind.
    Text,
    /// An operator or a bracket: what it is, is its text.
    Mark,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// Marks, longest first.
const MARKS: &[&str] = &[
    "==", "=~", "!=", "!~", "<=", ">=", "</", ">/", "+", "-", "*", "/", "%", "^", "=", "<", ">", "@", ",", ":", "(",
    ")", "[", "]", "{", "}",
];

/// Cuts an expression into tokens; comments and white space are dropped.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    if text.len() > MAX_TEXT {
        return Err(Fault::new(Span::new(0, 0), format!("the expression is {} bytes long", text.len()))
            .help("at most 64 KiB are read"));
    }
    let mut lexer = Lexer { text, at: 0, open: Vec::new(), out: Vec::new() };
    while lexer.skip_blank() {
        lexer.no_comment_before_a_time()?;
        lexer.token()?;
    }
    match lexer.open.first() {
        Some(&(mark, span)) => {
            // The innermost bracket that stays open is the one that was forgotten.
            let (mark, span) = lexer.open.last().copied().unwrap_or((mark, span));
            Err(Fault::new(span, format!("`{mark}` is never closed")).help(format!("it needs a `{}`", closing(mark))))
        }
        None => Ok(lexer.out),
    }
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    open: Vec<(char, Span)>,
    out: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Skips white space and comments; `false` at the end.
    fn skip_blank(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']).len();
            let comment = match rest[blank..].starts_with('#') {
                true => rest[blank..].find(['\n', '\r']).unwrap_or(rest.len() - blank),
                false => 0,
            };
            self.at += blank + comment;
            if comment == 0 {
                return !self.rest().is_empty();
            }
        }
    }

    /// Between `[` and the time Prometheus reads no comment.
    fn no_comment_before_a_time(&self) -> Result<(), Fault> {
        let Some(last) = self.out.last().filter(|last| last.span.of(self.text) == "[") else { return Ok(()) };
        let gap = self.text.get(last.span.end()..self.at).unwrap_or_default();
        let Some(at) = gap.find('#') else { return Ok(()) };
        let comment = gap.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        Err(Fault::new(Span::new(last.span.end() + at, comment.len()), "no comment stands between `[` and the time")
            .help("put it before the `[` or behind the `]`"))
    }

    fn inside(&self, mark: char) -> bool {
        self.open.last().is_some_and(|(open, _)| *open == mark)
    }

    fn push(&mut self, kind: Kind, len: usize) {
        self.out.push(Token { kind, span: Span::new(self.at, len) });
        self.at += len;
    }

    fn token(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let (first, second) = (chars.next().unwrap_or(' '), chars.next());
        let colons = !self.in_selector_or_range();
        let number = first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit()));
        if first.is_ascii_alphabetic() || first == '_' || (first == ':' && colons) {
            let more = |c: char| c.is_ascii_alphanumeric() || c == '_' || (c == ':' && colons);
            let len = rest.find(|c| !more(c)).unwrap_or(rest.len());
            self.push(Kind::Word, len);
            return Ok(());
        }
        if number {
            return self.number();
        }
        if matches!(first, '"' | '\'' | '`') {
            let len = string_len(self.text, self.at)?;
            self.push(Kind::Text, len);
            return Ok(());
        }
        match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            Some(mark) => self.mark(mark),
            None => Err(strange(self.at, first)),
        }
    }

    /// Inside braces and brackets a colon is no part of a name.
    fn in_selector_or_range(&self) -> bool {
        self.open.iter().any(|(open, _)| *open == '{') || self.open.iter().any(|(open, _)| *open == '[')
    }

    fn mark(&mut self, mark: &str) -> Result<(), Fault> {
        let span = Span::new(self.at, mark.len());
        match mark.chars().next().unwrap_or(' ') {
            open @ ('(' | '[' | '{') => {
                if self.open.len() >= MAX_OPEN {
                    return Err(Fault::new(span, format!("more than {MAX_OPEN} brackets are open at once")));
                }
                self.open.push((open, span));
            }
            close @ (')' | ']' | '}') => match self.open.pop() {
                Some((open, _)) if closing(open) == close => {}
                Some((open, place)) => {
                    let help = format!("it needs a `{}` before this `{close}`", closing(open));
                    return Err(Fault::new(place, format!("`{open}` is never closed")).help(help));
                }
                None => return Err(Fault::new(span, format!("`{close}` closes nothing"))),
            },
            _ if self.inside('{') && !matches!(mark, "=" | "!=" | "=~" | "!~" | ",") => {
                let fault = Fault::new(span, format!("unexpected `{mark}` in a label matcher"));
                return Err(if mark == "==" { fault.help("write `=` inside braces") } else { fault });
            }
            _ if matches!(mark, "=~" | "!~") && !self.inside('{') => {
                return Err(Fault::new(span, format!("`{mark}` stands only inside braces")));
            }
            _ => {}
        }
        self.push(Kind::Mark, span.len);
        Ok(())
    }

    /// A number or a duration: the whole run of letters, digits and points is one of them or a fault.
    fn number(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let mut len = run(rest);
        let hex = rest.starts_with("0x") || rest.starts_with("0X");
        if !hex && rest[..len].ends_with(['e', 'E']) && rest[len..].starts_with(['+', '-']) {
            len += 1 + run(&rest[len + 1..]);
        }
        let word = &rest[..len];
        if number::value(word).is_some() {
            self.push(Kind::Number, len);
            return Ok(());
        }
        if number::is_too_large(word) {
            let fault = Fault::new(Span::new(self.at, len), format!("`{}` is larger than any number", shown(word)));
            return Err(fault.help("numbers reach to 1.8e308; write `Inf` for infinity"));
        }
        match duration::parse_duration(word) {
            Ok(_) => self.push(Kind::Duration, len),
            Err(mut fault) => {
                if !word.starts_with(|c: char| c.is_ascii_digit()) || hex {
                    fault = Fault::new(Span::new(0, len), format!("`{}` is no number", shown(word)));
                }
                fault.offset += self.at;
                return Err(fault);
            }
        }
        Ok(())
    }
}

fn run(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(text.len())
}

fn strange(at: usize, found: char) -> Fault {
    let fault = Fault::new(Span::new(at, found.len_utf8()), format!("unexpected `{}`", found.escape_debug()));
    match found {
        '“' | '”' | '„' | '«' | '»' => fault.help("write a straight quote: `\"`"),
        '‘' | '’' => fault.help("write a straight quote: `'`"),
        '&' => fault.help("write `and`"),
        '|' => fault.help("write `or`; PromQL has no pipe"),
        '!' => fault.help("write `!=`, `!~` or `unless`"),
        '$' => fault.help("variables as `$__interval` belong to Grafana: Prometheus reads a plain expression"),
        '\u{a0}' => fault.help("this is a non-breaking space: write a plain one"),
        _ => fault,
    }
}

/// How long the string is that begins at `at`, quotes included.
fn string_len(text: &str, at: usize) -> Result<usize, Fault> {
    let rest = &text[at..];
    let quote = rest.chars().next().unwrap_or('"');
    let open = Span::new(at, 1);
    let mut chars = rest.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            c if c == quote => return Ok(i + 1),
            '\n' if quote != '`' => break,
            '\\' if quote != '`' => {
                let Some((len, _)) = super::string::escape(&rest[i..], quote) else {
                    let next = rest[i + 1..].chars().next().map_or(0, char::len_utf8);
                    let found = &rest[i..i + 1 + next];
                    return Err(Fault::new(Span::new(at + i, 1 + next), format!("unknown escape `{}`", shown(found)))
                        .help("write `\\\\` for a backslash, or put the string between backticks"));
                };
                for _ in 1..len {
                    chars.next();
                }
            }
            _ => {}
        }
    }
    Err(Fault::new(open, format!("the string is never closed: `{quote}` is missing")))
}
