//! Durations: Go's units and, above them, days, weeks and years.

use super::{UnitError, leading_decimal, times};

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The units that are read, in nanoseconds.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, the Greek letter: Go accepts both
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", DAY),
    ("w", 7 * DAY),
    ("y", 365 * DAY),
];

/// The units that are written, largest first.
const PRINTED: &[(&str, u64)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Words that people write for a unit.
const WORDS: &[(&str, &str)] = &[
    ("nanosecond", "ns"),
    ("microsecond", "us"),
    ("millisecond", "ms"),
    ("msec", "ms"),
    ("sec", "s"),
    ("second", "s"),
    ("min", "m"),
    ("minute", "m"),
    ("hr", "h"),
    ("hour", "h"),
    ("day", "d"),
    ("wk", "w"),
    ("week", "w"),
    ("yr", "y"),
    ("year", "y"),
];

/// Reads a duration in nanoseconds: `90s`, `1h30m`, `1.5h`, `7d`, `-1s`, `0`. A day has 24 hours, a year 365 days.
///
/// # Errors
/// Where a unit is missing or unknown, where the duration is no whole number of nanoseconds, or where it is longer than
/// 2^63 nanoseconds (292 years).
pub fn parse_duration(text: &str) -> Result<i64, UnitError> {
    let (negative, begin) = match text.as_bytes().first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let mut rest = &text[begin..];
    if rest.is_empty() {
        return Err(UnitError::new(begin, 0, "a duration is missing").help("write it as `30s`, `1h30m` or `7d`"));
    }
    if rest == "0" {
        return Ok(0);
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let (value, len) = part(text, text.len() - rest.len())?;
        total = total.checked_add(value).ok_or_else(|| too_long(text))?;
        rest = &rest[len..];
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| too_long(text))
}

/// One number with its unit, from `at` on: nanoseconds and the bytes it takes.
fn part(text: &str, at: usize) -> Result<(i128, usize), UnitError> {
    let rest = &text[at..];
    if rest.starts_with(char::is_whitespace) {
        let len = rest.len() - rest.trim_start().len();
        let joined: String = text.split_whitespace().collect();
        let error = UnitError::new(at, len, "a duration holds no spaces");
        return Err(if parse_duration(&joined).is_ok() { error.help(format!("write `{joined}`")) } else { error });
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '_').len();
    let Some(number) = leading_decimal(rest) else {
        return Err(if rest.starts_with(|c: char| c.is_ascii_digit()) {
            too_long(text)
        } else {
            let len = rest.chars().next().map_or(0, char::len_utf8);
            UnitError::new(at, len, format!("expected a number, found `{}`", shown(&rest[..len])))
                .help("write a duration as `30s`, `1h30m` or `7d`")
        });
    };
    if number.len != digits {
        return Err(UnitError::new(at, digits, format!("`{}` is no number", &rest[..digits])));
    }
    let begin = at + number.len;
    let unit_len = text[begin..].find(|c: char| !c.is_alphabetic()).unwrap_or(text.len() - begin);
    let unit = &text[begin..begin + unit_len];
    let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(bad_unit(&rest[..number.len], unit, begin, &text[begin..]));
    };
    match times(&number, *size) {
        Ok(value) => Ok((value, number.len + unit_len)),
        Err(false) => Err(too_long(text)),
        Err(true) => Err(UnitError::new(
            at,
            number.len + unit_len,
            format!("`{}` is no whole number of nanoseconds", &rest[..number.len + unit_len]),
        )),
    }
}

fn bad_unit(number: &str, unit: &str, at: usize, rest: &str) -> UnitError {
    if unit.is_empty() {
        let Some(c) = rest.chars().next() else {
            return UnitError::new(at, 0, format!("`{number}` has no unit"))
                .help(format!("units are ns, us, ms, s, m, h, d, w and y: write `{number}s` for seconds"));
        };
        return UnitError::new(at, c.len_utf8(), format!("expected a unit, found `{}`", shown(&c.to_string())))
            .help("units are ns, us, ms, s, m, h, d, w and y");
    }
    let error = UnitError::new(at, unit.len(), format!("unknown unit `{unit}`"));
    let lower = unit.to_lowercase();
    if unit == "M" || lower.starts_with("mo") {
        return error.help("a month has no fixed length; write days, as `30d` (`m` is minutes)");
    }
    let short = |word: &str| {
        let known = UNITS.iter().map(|u| (u.0, u.0)).chain(WORDS.iter().copied());
        known.into_iter().find(|(name, _)| *name == word).map(|(_, unit)| unit)
    };
    match short(&lower).or_else(|| short(lower.trim_end_matches('s'))) {
        Some(known) => error.help(format!("write `{number}{known}`")),
        None => error.help("units are ns, us, ms, s, m, h, d, w (7 days) and y (365 days)"),
    }
}

fn too_long(text: &str) -> UnitError {
    UnitError::new(0, text.len(), "the duration is longer than 2^63 nanoseconds (292 years)")
}

/// A character as it can stand between backticks.
fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}

/// A duration of `ns` nanoseconds in the largest units that say it exactly: `7d`, `1h30m`, `1s500ms`, `0s`.
/// [`parse_duration`] reads it back as the same number.
pub fn print_duration(ns: i64) -> String {
    if ns == 0 {
        return "0s".to_owned();
    }
    let mut out = String::from(if ns < 0 { "-" } else { "" });
    let mut rest = ns.unsigned_abs();
    for (unit, size) in PRINTED {
        if rest >= *size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    out
}
