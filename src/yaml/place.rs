//! Where in a file the characters of a scalar's text stand.
//!
//! The parser gives a scalar's text and its span. Here the text is read again from the file, with the offset of every
//! byte; as far as both texts agree, from the beginning or from the end, the offsets are exact. (They differ where an
//! expression in the file was replaced by a value.)

use super::{Span, Style};

/// A text with the offset in the file of each of its bytes.
#[derive(Default)]
struct Traced {
    text: String,
    at: Vec<usize>,
}

impl Traced {
    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.at.extend(std::iter::repeat_n(at, c.len_utf8()));
    }

    /// Text that stands in the file as it is.
    fn push_str(&mut self, text: &str, at: usize) {
        self.text.push_str(text);
        self.at.extend(at..at + text.len());
    }

    /// Takes blanks away from the end, down to the length `keep`.
    fn trim_end(&mut self, keep: usize) {
        while self.text.len() > keep && self.text.ends_with([' ', '\t']) {
            self.text.pop();
            self.at.pop();
        }
    }
}

/// Where a stretch of a scalar's `text` stands in `source`, `whole` being the scalar's span. `None` where nothing exact
/// can be said.
pub(super) fn inside(source: &str, whole: Span, style: Style, text: &str, offset: usize, len: usize) -> Option<Span> {
    let raw = source.get(whole.start..whole.end)?;
    let traced = match style {
        Style::Plain => flow(raw, whole.start, style),
        Style::Single | Style::Double => {
            let quote = if style == Style::Single { '\'' } else { '"' };
            let inner = raw.strip_prefix(quote)?;
            flow(inner.strip_suffix(quote).unwrap_or(inner), whole.start + 1, style)
        }
        Style::Literal | Style::Folded => block(source, whole, style, text)?,
    };
    place(&traced, text, offset, len).map(|span| Span::new(span.start.min(whole.end), span.end.min(whole.end)))
}

fn place(traced: &Traced, text: &str, offset: usize, len: usize) -> Option<Span> {
    let (mine, theirs) = (traced.text.as_bytes(), text.as_bytes());
    // what is missing at the end is said to be one character long
    let (offset, len) = (offset.min(theirs.len()), len.min(theirs.len().saturating_sub(offset)));
    let common = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let shift = if offset + len <= common {
        0
    } else {
        let tail = mine.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
        if offset < theirs.len() - tail.min(theirs.len()) {
            return None;
        }
        isize::try_from(mine.len()).ok()? - isize::try_from(theirs.len()).ok()?
    };
    let index = |i: usize| i.checked_add_signed(shift);
    let end_of_text = traced.at.last().map(|at| at + 1);
    let start = traced.at.get(index(offset)?).copied().or(end_of_text)?;
    if len == 0 {
        return Some(Span::new(start, start));
    }
    // the byte behind the last one: of an escape and of a folded line break, too
    let last = traced.at.get(index(offset + len - 1)?).copied()?;
    let end = traced.at.get(index(offset + len)?).copied().filter(|next| *next > last).unwrap_or(last + 1);
    let folded = end - last > 12;
    Some(Span::new(start, if folded { last + 1 } else { end }))
}

/// How many bytes of `text` are one line break; 0 where it begins with none.
fn line_break(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    }
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// A scalar without quotes, or what stands between its quotes: lines are folded.
fn flow(raw: &str, base: usize, style: Style) -> Traced {
    let mut out = Traced::default();
    let (mut i, mut keep) = (0, 0);
    while let Some(c) = raw[i..].chars().next() {
        let rest = &raw[i..];
        if line_break(rest) > 0 {
            out.trim_end(keep);
            i = fold(raw, i, base, false, &mut out);
        } else if style == Style::Single && rest.starts_with("''") {
            out.push('\'', base + i);
            i += 2;
        } else if style == Style::Double && c == '\\' && line_break(&rest[1..]) > 0 {
            i = fold(raw, i + 1, base, true, &mut out);
            keep = out.text.len();
        } else if style == Style::Double && c == '\\' {
            let (meant, len) = escape(&rest[1..]);
            out.push(meant, base + i);
            i += 1 + len;
            keep = out.text.len();
        } else {
            out.push_str(&rest[..c.len_utf8()], base + i);
            i += c.len_utf8();
        }
    }
    out
}

/// Line breaks and the blanks around them; one break alone is a space, or nothing where it is escaped.
fn fold(raw: &str, from: usize, base: usize, escaped: bool, out: &mut Traced) -> usize {
    let (mut i, mut breaks) = (from, Vec::new());
    loop {
        let len = line_break(&raw[i..]);
        if len == 0 {
            break;
        }
        breaks.push(base + i);
        i += len;
        i += blanks(&raw[i..]);
    }
    if let ([only], false) = (&breaks[..], escaped) {
        out.push(' ', *only);
    }
    for at in breaks.iter().skip(1) {
        out.push('\n', *at);
    }
    i
}

/// The character that an escape means, and the length of the escape behind its backslash.
fn escape(rest: &str) -> (char, usize) {
    let Some(c) = rest.chars().next() else { return ('\\', 0) };
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = rest.get(1..=digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        return (code.and_then(char::from_u32).unwrap_or('\u{FFFD}'), 1 + digits.min(rest.len() - 1));
    }
    let meant = match c {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{B}',
        'f' => '\u{C}',
        'r' => '\r',
        'e' => '\u{1B}',
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    (meant, c.len_utf8())
}

/// A block of text behind `|` or `>`.
fn block(source: &str, whole: Span, style: Style, text: &str) -> Option<Traced> {
    let before = source.get(..whole.start)?;
    let line = before.rfind('\n').map_or(0, |i| i + 1);
    let raw = source.get(whole.start..whole.end)?;
    let header = raw.starts_with(['|', '>']);
    // a span that begins with the text itself leaves out the indentation of its first line, and empty lines before it
    let blank = before[line..].trim().is_empty();
    let start = if header || !blank { whole.start } else { first_blank_line(before, line) };
    let mut lines = Vec::new();
    let mut at = start;
    for (i, line) in source.get(start..whole.end)?.split_inclusive('\n').enumerate() {
        if !(header && i == 0) {
            lines.push((line.trim_end_matches(['\n', '\r']), at));
        }
        at += line.len();
    }
    let lead = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let written = lines.iter().find(|(line, _)| !line.trim().is_empty()).map(|(line, _)| lead(line))?;
    let meant = text.lines().find(|line| !line.trim().is_empty()).map(lead)?;
    let indent = written.checked_sub(meant)?;
    let lines: Vec<(&str, usize)> =
        lines.into_iter().map(|(line, at)| (line.get(indent..).unwrap_or(""), at + indent.min(line.len()))).collect();
    Some(if style == Style::Literal { literal(&lines) } else { folded(&lines) })
}

/// The first of the blank lines right before the line at `at`, or that line.
fn first_blank_line(text: &str, mut at: usize) -> usize {
    while at > 0 {
        let line = text[..at - 1].rfind('\n').map_or(0, |i| i + 1);
        if !text[line..at].trim().is_empty() {
            break;
        }
        at = line;
    }
    at
}

fn literal(lines: &[(&str, usize)]) -> Traced {
    let mut out = Traced::default();
    for (line, at) in lines {
        out.push_str(line, *at);
        out.push('\n', at + line.len());
    }
    out
}

/// Lines of one paragraph become one line; those that are indented further stay as they are.
fn folded(lines: &[(&str, usize)]) -> Traced {
    let mut out = Traced::default();
    let mut empty: Vec<usize> = Vec::new();
    // where the line before ended, and whether it was indented further
    let mut before: Option<(usize, bool)> = None;
    for (line, at) in lines {
        if line.is_empty() {
            empty.push(*at);
            continue;
        }
        let further = line.starts_with([' ', '\t']);
        match before {
            Some((end, was)) if was || further => out.push('\n', end),
            Some((end, _)) if empty.is_empty() => out.push(' ', end),
            _ => {}
        }
        for at in empty.drain(..) {
            out.push('\n', at);
        }
        out.push_str(line, *at);
        before = Some((at + line.len(), further));
    }
    for at in before.map(|(end, _)| end).into_iter().chain(empty) {
        out.push('\n', at);
    }
    out
}
