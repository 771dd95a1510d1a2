//! Numbers as Prometheus reads them: decimal, hexadecimal (`0x1f`) or octal (`0755`).
//!
//! Go reads a number as a whole one first and as one with a fraction then, so that an octal number that is too large is a
//! decimal one, and a hexadecimal one that is too large is none. Prometheus 2.54 brought underscores, and a scanner that
//! takes an `e` in a hexadecimal number for an exponent.

/// The value of a number; `None` where the text is none.
pub(crate) fn value(word: &str) -> Option<f64> {
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "nan") {
        return lower.parse().ok();
    }
    decimal(&lower).filter(|value| value.is_finite())
}

/// Whether it would be a number if it were smaller.
pub(crate) fn is_too_large(word: &str) -> bool {
    decimal(&word.to_ascii_lowercase()).is_some_and(f64::is_infinite)
}

fn decimal(lower: &str) -> Option<f64> {
    let bytes = lower.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    let hex = lower.starts_with("0x");
    let loose = |(i, b): (usize, &u8)| *b == b'_' && !((i > 0 && digit(i - 1) || hex && i == 2) && digit(i + 1));
    if bytes.iter().enumerate().any(loose) || !bytes.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.') {
        return None;
    }
    let plain = lower.replace('_', "");
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['+', '-'])).map(|n| n as f64);
    }
    // an underscore stands between digits, and the `e` of an exponent is none
    if lower.contains("_e") || lower.contains("e_") {
        return None;
    }
    let octal = plain.len() > 1 && plain.starts_with('0') && plain.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let octal = octal.then(|| i64::from_str_radix(&plain, 8).ok()).flatten().map(|n| n as f64);
    octal.or_else(|| plain.parse().ok())
}

/// Whether only the scanner of 2.54 and later reads it as a number.
pub(crate) fn has_underscores(word: &str) -> bool {
    word.contains('_')
}

/// Whether the scanner of 2.54 and later does not read it as a number: hexadecimal, and an `e` in it looks like an
/// exponent. `next` is what stands behind it.
pub(crate) fn looks_exponential(word: &str, next: Option<char>) -> bool {
    let Some(digits) = word.get(2..).filter(|_| word.starts_with("0x") || word.starts_with("0X")) else { return false };
    // the first digit is read before anything else, and a run of digits is read as one
    let mut behind = digits.trim_start_matches('_').chars().skip(1);
    let exponential = behind.next().is_some_and(|c| matches!(c, 'e' | 'E'));
    exponential && behind.next().or(next).is_none_or(|c| "+-._eE".contains(c))
}
