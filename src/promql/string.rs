//! Strings as Prometheus writes them.

/// What an escape says: a character, or a byte that is none by itself (`\xff`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    Char(char),
    Byte(u8),
}

/// Reads the escape that `text` begins with: how many bytes it takes and what it says. All of them are ASCII. `None`
/// where Prometheus knows no such escape.
pub(crate) fn escape(text: &str, quote: char) -> Option<(usize, Escape)> {
    let number = |from: usize, len: usize, radix: u32| {
        let digits = text.get(from..from + len)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, radix).ok().filter(|_| plain)
    };
    let byte = |value: u32| match u8::try_from(value).ok()? {
        low @ 0..=0x7f => Some(Escape::Char(char::from(low))),
        high => Some(Escape::Byte(high)),
    };
    let simple = |c: char| Some((2, Escape::Char(c)));
    match text.chars().nth(1)? {
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\x0b'),
        '\\' => simple('\\'),
        c if c == quote => simple(c),
        'x' => Some((4, byte(number(2, 2, 16)?)?)),
        'u' => Some((6, Escape::Char(char::from_u32(number(2, 4, 16)?)?))),
        'U' => Some((10, Escape::Char(char::from_u32(number(2, 8, 16)?)?))),
        '0'..='7' => Some((4, byte(number(1, 3, 8)?)?)),
        _ => None,
    }
}

/// What a quoted string says, and whether it holds bytes that are no characters: those come out as U+FFFD, so that two
/// strings with such bytes must not be compared by their values.
pub(crate) fn value(quoted: &str) -> (String, bool) {
    let quote = quoted.chars().next().unwrap_or('"');
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if quote == '`' {
        return (inner.to_owned(), false);
    }
    let (mut out, mut rest) = (Vec::with_capacity(inner.len()), inner);
    while let Some(c) = rest.chars().next() {
        let (len, said) = match c {
            '\\' => escape(rest, quote).unwrap_or((1, Escape::Char('\\'))),
            c => (c.len_utf8(), Escape::Char(c)),
        };
        match said {
            Escape::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            // several of them may be a character: `\xc3\xa4` is `ä`
            Escape::Byte(byte) => out.push(byte),
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    match String::from_utf8(out) {
        Ok(text) => (text, false),
        Err(odd) => (String::from_utf8_lossy(odd.as_bytes()).into_owned(), true),
    }
}

/// A string between double quotes, as Prometheus reads it back.
pub(crate) fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
