//! What is looked at before the parser sees a file: its encoding, its size and characters that no YAML holds.

use super::{Budgets, Span, YamlProblem};
use std::borrow::Cow;

/// The text of a file, and what is wrong with it as text.
pub(super) struct Scanned<'a> {
    /// Without a byte order mark; bad bytes are replaced (U+FFFD).
    pub text: Cow<'a, str>,
    pub problems: Vec<YamlProblem>,
    /// Whether there is any use in parsing it.
    pub readable: bool,
}

pub(super) fn scan<'a>(bytes: &'a [u8], budgets: &Budgets) -> Scanned<'a> {
    let refuse = |problem| Scanned { text: Cow::Borrowed(""), problems: vec![problem], readable: false };
    if bytes.len() > budgets.bytes {
        let message = format!("the file has {}, more than {}", size(bytes.len()), size(budgets.bytes));
        return refuse(YamlProblem::new("NF0007", Span::default(), message).help("split it into several files"));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return refuse(
            YamlProblem::new("NF0003", Span::default(), "the file is UTF-16 and not UTF-8").help("save it as UTF-8"),
        );
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut problems = Vec::new();
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        let message = format!("byte 0x{byte:02X} is no UTF-8");
        problems.push(
            YamlProblem::new("NF0003", Span::new(at, at + '\u{FFFD}'.len_utf8()), message).help("save it as UTF-8"),
        );
    }
    problems.extend(control_characters(&text));
    let long = long_line(&text, budgets.line);
    let readable = long.is_none();
    problems.extend(long);
    Scanned { text, problems, readable }
}

fn size(bytes: usize) -> String {
    crate::units::about_size(u64::try_from(bytes).unwrap_or(u64::MAX))
}

fn long_line(text: &str, limit: usize) -> Option<YamlProblem> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > limit {
            let message = format!("a line of more than {}", size(limit));
            return Some(YamlProblem::new("NF0007", Span::new(start, start + 1), message).help("break it into lines"));
        }
        start += line.len();
    }
    None
}

/// Whether YAML forbids the character in a file.
pub(super) fn forbidden(c: char) -> bool {
    let allowed = matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    (c.is_control() && !allowed) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// The first forbidden character of every line, a few hundred at most: a file full of them is no text.
fn control_characters(text: &str) -> Vec<YamlProblem> {
    let mut out: Vec<YamlProblem> = Vec::new();
    let mut line_done = false;
    for (i, c) in text.char_indices() {
        if c == '\n' {
            line_done = false;
        } else if !line_done && forbidden(c) {
            line_done = true;
            let message = format!("the control character U+{:04X} stands here", u32::from(c));
            let help = format!("inside double quotes it is written as `{}`", escape(c));
            out.push(YamlProblem::new("NF0008", Span::new(i, i + c.len_utf8()), message).help(help));
            if out.len() == 200 {
                break;
            }
        }
    }
    out
}

fn escape(c: char) -> String {
    let n = u32::from(c);
    if n < 0x100 { format!("\\x{n:02X}") } else { format!("\\u{n:04X}") }
}

/// The text with every forbidden character replaced by a harmless one of the same length, so that what follows it is
/// still parsed and offsets stay.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(forbidden) {
        return Cow::Borrowed(text);
    }
    let stand_in = |c: char| match c.len_utf8() {
        _ if !forbidden(c) => c,
        1 => 'x',
        2 => 'é',
        _ => '\u{FFFD}',
    };
    Cow::Owned(text.chars().map(stand_in).collect())
}
