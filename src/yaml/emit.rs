//! Values to text: block style, key order kept, and every text quoted that YAML 1.1 or 1.2 would read as something else.

use serde_json::Value;
use std::fmt::Write;

/// Writes a value as one YAML document, with a line break at its end. [`load`](super::load) and any YAML 1.1 or 1.2
/// reader give the same value back.
pub fn emit(value: &Value) -> String {
    emit_with(value, &mut |_| None)
}

/// As [`emit`], with a comment behind the line where the value at a path (keys, and indices of lists as text) begins.
/// The comment is given without `#`.
pub fn emit_with(value: &Value, comment: &mut dyn FnMut(&[String]) -> Option<String>) -> String {
    let mut out = Out { text: String::new(), path: Vec::new(), comment };
    match value {
        Value::Array(items) if !items.is_empty() => out.seq(items, 0),
        Value::Object(map) if !map.is_empty() => out.map(map, 0),
        scalar => {
            let note = out.note();
            out.scalar(scalar, 0, false, &note);
        }
    }
    out.text
}

struct Out<'a> {
    text: String,
    path: Vec<String>,
    comment: &'a mut dyn FnMut(&[String]) -> Option<String>,
}

impl Out<'_> {
    /// The comment of the current path, ready to stand behind a line.
    fn note(&mut self) -> String {
        let comment = (self.comment)(&self.path);
        comment.map_or_else(String::new, |text| {
            let line: String = text.chars().map(|c| if printable(c) { c } else { ' ' }).collect();
            format!("  # {}", line.trim())
        })
    }

    fn map(&mut self, map: &serde_json::Map<String, Value>, indent: usize) {
        for (i, (key, value)) in map.iter().enumerate() {
            // the first key of a mapping in a list stands behind the dash
            if i > 0 || self.text.is_empty() || self.text.ends_with('\n') {
                self.pad(indent);
            }
            let shown = key_text(key);
            // a longer key is no simple key any more, for any reader
            let _ = if shown.chars().count() > 1000 {
                writeln!(self.text, "? {shown}").map(|()| self.pad(indent)).and_then(|()| write!(self.text, ":"))
            } else {
                write!(self.text, "{shown}:")
            };
            self.path.push(key.clone());
            self.value(value, indent);
            self.path.pop();
        }
    }

    /// The value of a key, behind its colon.
    fn value(&mut self, value: &Value, indent: usize) {
        let note = self.note();
        match value {
            Value::Array(items) if !items.is_empty() => {
                let _ = writeln!(self.text, "{note}");
                self.seq(items, indent + 2);
            }
            Value::Object(map) if !map.is_empty() => {
                let _ = writeln!(self.text, "{note}");
                self.map(map, indent + 2);
            }
            scalar => {
                self.text.push(' ');
                self.scalar(scalar, indent + 2, true, &note);
            }
        }
    }

    fn seq(&mut self, items: &[Value], indent: usize) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 || self.text.is_empty() || self.text.ends_with('\n') {
                self.pad(indent);
            }
            self.text.push('-');
            self.path.push(i.to_string());
            let note = self.note();
            match item {
                Value::Array(_) | Value::Object(_) if !note.is_empty() && !empty(item) => {
                    let _ = writeln!(self.text, "{note}");
                    self.nested(item, indent + 2);
                }
                Value::Array(_) | Value::Object(_) if !empty(item) => {
                    self.text.push(' ');
                    self.nested(item, indent + 2);
                }
                scalar => {
                    self.text.push(' ');
                    self.scalar(scalar, indent + 2, true, &note);
                }
            }
            self.path.pop();
        }
    }

    fn nested(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Array(items) => self.seq(items, indent),
            Value::Object(map) => self.map(map, indent),
            _ => {}
        }
    }

    /// A scalar or an empty collection, to the end of its line. `indent` is that of a block of text.
    fn scalar(&mut self, value: &Value, indent: usize, block: bool, note: &str) {
        let _ = match value {
            Value::Array(_) => writeln!(self.text, "[]{note}"),
            Value::Object(_) => writeln!(self.text, "{{}}{note}"),
            Value::String(text) if block && fits_block(text) => {
                self.block(text, indent, note);
                Ok(())
            }
            Value::String(text) => writeln!(self.text, "{}{note}", key_text(text)),
            other => writeln!(self.text, "{other}{note}"),
        };
    }

    /// A text of several lines behind `|`.
    fn block(&mut self, text: &str, indent: usize, note: &str) {
        let body = text.trim_end_matches('\n');
        let chomp = match text.len() - body.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        let _ = writeln!(self.text, "|{chomp}{note}");
        for line in body.split('\n') {
            if !line.is_empty() {
                self.pad(indent);
            }
            let _ = writeln!(self.text, "{line}");
        }
        for _ in 1..text.len() - body.len() {
            self.text.push('\n');
        }
    }

    fn pad(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Whether a character may stand in a file as it is, for every reader.
fn printable(c: char) -> bool {
    let line_break = matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    !c.is_control() && !line_break && !super::scan::forbidden(c)
}

/// Whether a text is best written as a block: several lines, and nothing in them that a block would lose.
fn fits_block(text: &str) -> bool {
    let Some(first) = text.lines().next() else { return false };
    text.contains('\n')
        && !first.trim().is_empty()
        && !first.starts_with([' ', '\t'])
        && text.split('\n').all(|line| !line.starts_with('\t') && line.chars().all(|c| printable(c) || c == '\t'))
        // a last line of blanks only would be taken for the end of the block
        && !text.trim_end_matches('\n').ends_with([' ', '\t'])
}

/// A text on one line: as it is, or in quotes.
fn key_text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if text.chars().all(printable) {
        let easy = !text.contains(['"', '\\']);
        return if easy { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "''")) };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        let _ = match c {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\t' => write!(out, "\\t"),
            '\r' => write!(out, "\\r"),
            c if printable(c) => write!(out, "{c}"),
            c if u32::from(c) < 0x100 => write!(out, "\\x{:02X}", u32::from(c)),
            c if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04X}", u32::from(c)),
            c => write!(out, "\\U{:08X}", u32::from(c)),
        };
    }
    out.push('"');
    out
}

/// Whether every reader takes the text, without quotes, for the same text.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];
    let Some(first) = text.chars().next() else { return false };
    let begins = first.is_alphabetic() || matches!(first, '_' | '$' | '/' | '(' | '^') || is_quantity(text);
    begins
        && text.chars().all(printable)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// `24h`, `10GiB`, `1h30m`: begins with a digit and is no number, date or time to anyone.
fn is_quantity(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
        && text.ends_with(['s', 'm', 'h', 'd', 'w', 'y', 'B'])
        && !text[1..].starts_with(['x', 'X', 'b', 'B', 'o', 'O'])
}
