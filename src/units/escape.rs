//! Any text in a place that takes only some characters: what it does not take stands as a mark and two hexadecimal digits.

/// Escapes the bytes that `keeps` does not keep; it is given what stands before, and the bytes from this one on.
pub fn escape(text: &str, mark: char, keeps: impl Fn(&str, &[u8]) -> bool) -> String {
    let (bytes, mut out) = (text.as_bytes(), String::with_capacity(text.len()));
    for (i, b) in bytes.iter().enumerate() {
        match bytes.get(i..) {
            Some(left) if b.is_ascii() && keeps(&out, left) => out.push(char::from(*b)),
            _ => out.push_str(&format!("{mark}{b:02X}")),
        }
    }
    out
}

/// The text that was escaped with this mark; `None` where none was. Characters that are not ASCII stand for themselves.
pub fn unescape(text: &str, mark: char) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        if char::from(b) == mark {
            let hex = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

/// As [`escape`], and the empty text as the mark alone, where a part must not be empty.
pub fn escape_part(text: &str, mark: char, keeps: impl Fn(&str, &[u8]) -> bool) -> String {
    if text.is_empty() { mark.to_string() } else { escape(text, mark, keeps) }
}

/// The part that [`escape_part`] wrote.
pub fn unescape_part(text: &str, mark: char) -> Option<String> {
    if text.chars().eq([mark]) { Some(String::new()) } else { unescape(text, mark) }
}
