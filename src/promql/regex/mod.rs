//! Regular expressions as Prometheus reads them: those of Go's `regexp/syntax` with Perl's flags (RE2).
//!
//! promql-parser asks Rust's `regex`, which knows another dialect: it takes `a**`, `(?x)` and `\u{e4}`, and refuses
//! `\Q…\E` and `\012`. One rule that the server refuses fails the reload of all of them, so this is Go's own grammar
//! (go1.26 `parse.go`, held to the real servers by a differential test). Nothing is compiled and nothing matched: only
//! whether the pattern is one, whether it matches the empty text, and what not every server has.

mod class;
mod escape;
mod group;
mod size;

use super::fault::{Fault, Span, shown};
use super::string;
use super::tree::{MatchOp, Matcher, Node, NodeKind};
use group::Frame;
use size::Piece;

/// How often a piece may be repeated, nested repetitions multiplied.
const MAX_REPEAT: u64 = 1000;

/// Something that a pattern asks of the server. What reads patterns is a copy of Go's grammar in Prometheus
/// (grafana/regexp), so that its version counts and not that of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// `(?<name>…)`: 2.53. `(?P<name>…)` is as old as Go.
    Named,
    /// `\Q` without `\E`: it swallows the parenthesis that servers before 2.53 put around a pattern.
    OpenQuote,
    /// Bytes that are no text, in words with bars between them, which are no pattern to servers from 2.53 on.
    Bytes,
    /// `\p{Kawi}`: a script of Unicode 15, in programs that were built with go1.21.
    Script,
}

/// A pattern that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Whether it matches the empty text.
    pub(crate) empty: bool,
    pub(crate) needs: Vec<Need>,
}

/// Why a text is no pattern, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) span: Span,
    pub(crate) why: &'static str,
    pub(crate) help: Option<&'static str>,
}

/// Reads a pattern.
pub(crate) fn read(text: &str) -> Result<Pattern, Wrong> {
    let mut reader = Reader { text, at: 0, frames: vec![Frame::default()], needs: Vec::new(), nodes: 0, product: 1 };
    if text.contains(char::REPLACEMENT_CHARACTER) && is_words(text) {
        reader.need(Need::Bytes);
    }
    let mut repeated = None;
    while reader.at < text.len() {
        repeated = reader.piece(repeated)?;
    }
    reader.end()
}

/// The patterns of an expression.
pub(crate) fn matchers(root: &Node) -> impl Iterator<Item = &Matcher> {
    root.walk().into_iter().flat_map(|node| match &node.kind {
        NodeKind::Selector(selector) => {
            selector.matchers.iter().filter(|m| matches!(m.op, MatchOp::Regex | MatchOp::NotRegex)).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    })
}

/// Reads every pattern of an expression.
///
/// # Errors
/// The first that is none, at its place inside the string where that can be told.
pub(crate) fn check(text: &str, root: &Node) -> Result<(), Fault> {
    matchers(root).try_for_each(|matcher| {
        let written = matcher.value_span.of(text);
        if string::value(written).1 && !is_words(&matcher.value) {
            let fault = Fault::new(matcher.value_span, "a regular expression holds bytes that are no text");
            return Err(fault.help("write characters, or `\\x{…}` between backticks"));
        }
        read(&matcher.value).map(drop).map_err(|wrong| placed(matcher, written, &wrong))
    })
}

/// Whether a pattern is words with bars between them, which nothing reads as a pattern.
fn is_words(pattern: &str) -> bool {
    !pattern.contains(['\\', '.', '+', '*', '?', '(', ')', '[', ']', '{', '}', '^', '$'])
}

/// A fault of a pattern as a fault of the expression that holds it.
fn placed(matcher: &Matcher, written: &str, wrong: &Wrong) -> Fault {
    let value = matcher.value.as_str();
    // without escapes of its own the string says what it holds, byte for byte
    let same = written.get(1..written.len().saturating_sub(1)) == Some(value);
    let span =
        if same { Span::new(matcher.value_span.at + 1 + wrong.span.at, wrong.span.len) } else { matcher.value_span };
    let part = shown(wrong.span.of(value));
    let fault = Fault::new(span, format!("`{}` is no regular expression: {} `{part}`", shown(value), wrong.why));
    fault.maybe_help(wrong.help.map(str::to_owned))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The open groups, the whole pattern first.
    frames: Vec<Frame>,
    needs: Vec<Need>,
    /// How many pieces there are, and what their repetitions multiply to: see [`size`].
    nodes: u64,
    product: u64,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, from: usize, why: &'static str) -> Wrong {
        Wrong { span: Span::new(from, self.at.saturating_sub(from)), why, help: None }
    }

    fn need(&mut self, need: Need) {
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }

    fn push(&mut self, piece: Piece) {
        self.nodes += 1;
        if let Some(frame) = self.frames.last_mut() {
            frame.push(piece);
        }
    }

    /// Reads one piece or one operator; where the operator before it began, if it was a repetition.
    fn piece(&mut self, repeated: Option<usize>) -> Result<Option<usize>, Wrong> {
        let from = self.at;
        let first = self.rest().chars().next().unwrap_or_default();
        match first {
            '(' => self.open()?,
            ')' => self.close()?,
            '|' => {
                self.at += 1;
                if let Some(frame) = self.frames.last_mut() {
                    frame.bar();
                }
            }
            '[' => {
                self.class()?;
                self.push(Piece::one());
            }
            '\\' => self.backslash()?,
            '*' | '+' | '?' => {
                self.at += 1;
                let (min, max) = match first {
                    '*' => (0, None),
                    '+' => (1, None),
                    _ => (0, Some(1)),
                };
                return self.repeat(from, min, max, false, repeated);
            }
            '{' => match self.counts()? {
                Some((min, max)) => return self.repeat(from, min, max, true, repeated),
                None => self.literal(1),
            },
            '^' | '$' => {
                self.at += 1;
                self.push(Piece::nothing());
            }
            c => self.literal(c.len_utf8()),
        }
        Ok(None)
    }

    fn literal(&mut self, len: usize) {
        self.at += len;
        self.push(Piece::one());
    }

    /// `{2}`, `{2,}`, `{2,5}`; what is none of them is read as it stands.
    fn counts(&mut self) -> Result<Option<(u64, Option<u64>)>, Wrong> {
        let from = self.at;
        let Some((inside, _)) = self.rest().get(1..).and_then(|rest| rest.split_once('}')) else { return Ok(None) };
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let leads = text.len() > 1 && text.starts_with('0');
            (plain && !leads).then(|| text.parse::<u64>().unwrap_or(u64::MAX))
        };
        let counts = match inside.split_once(',') {
            None => number(inside).map(|n| (n, Some(n))),
            Some((min, "")) => number(min).map(|n| (n, None)),
            Some((min, max)) => number(min).zip(number(max)).map(|(min, max)| (min, Some(max))),
        };
        let Some((min, max)) = counts else { return Ok(None) };
        self.at += inside.len() + 2;
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT) {
            let help = Some("a piece is repeated at most 1000 times");
            return Err(Wrong { help, ..self.wrong(from, "the count is too large in") });
        }
        if max.is_some_and(|max| min > max) {
            return Err(self.wrong(from, "the larger count stands first in"));
        }
        Ok(Some((min, max)))
    }

    fn repeat(
        &mut self,
        from: usize,
        min: u64,
        max: Option<u64>,
        counted: bool,
        repeated: Option<usize>,
    ) -> Result<Option<usize>, Wrong> {
        if self.rest().starts_with('?') {
            self.at += 1;
        }
        if let Some(before) = repeated {
            let help = Some("write one of them, or put the first into parentheses: `(?:a*)*`");
            return Err(Wrong { help, ..self.wrong(before, "a repetition is repeated in") });
        }
        let missing = self.wrong(from, "nothing stands before");
        let last = self.frames.last_mut().and_then(Frame::last).ok_or(missing)?;
        *last = last.repeated(min, max, counted);
        let deep = counted && (min >= 2 || max.is_some_and(|max| max >= 2)) && last.repeats > MAX_REPEAT;
        let high = last.height > size::MAX_HEIGHT;
        if counted {
            self.product = self.product.saturating_mul(max.unwrap_or(min).max(1));
        }
        self.nodes += 1;
        if deep {
            let help = Some("counts inside counts are multiplied: at most 1000");
            return Err(Wrong { help, ..self.wrong(from, "the count is too large in") });
        }
        if high { Err(self.wrong(from, "groups nest too deeply in")) } else { Ok(Some(from)) }
    }

    /// The end of the pattern: no group is open, and it is not too large.
    fn end(mut self) -> Result<Pattern, Wrong> {
        let Some(whole) = self.frames.pop() else { return Ok(Pattern::default()) };
        if !self.frames.is_empty() {
            let span = Span::new(whole.open, 1);
            return Err(Wrong { span, why: "a group is never closed:", help: None });
        }
        let piece = whole.done();
        if size::too_large(piece.size, self.nodes, self.product) {
            return Err(Wrong { span: Span::new(0, self.text.len()), why: "it is too large:", help: None });
        }
        Ok(Pattern { empty: piece.empty, needs: self.needs })
    }
}
