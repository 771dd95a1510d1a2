//! Durations as Prometheus writes them: `1y2w3d4h5m6s7ms`.

use super::fault::{Fault, Span, shown};

/// The units, largest first, in milliseconds. They stand in this order, each at most once.
const UNITS: &[(&str, i64)] = &[
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest duration, in milliseconds: Prometheus counts nanoseconds in 63 bits.
const LONGEST: i64 = i64::MAX / 1_000_000;

/// Reads a duration of Prometheus in milliseconds: whole numbers with the units y, w, d, h, m, s and ms, in this order,
/// or `0`. A year has 365 days.
///
/// # Errors
/// Where a unit is missing, unknown, repeated or out of order, where a number is no whole one, and where the duration
/// is longer than 2^63 nanoseconds (292 years).
pub fn parse_duration(text: &str) -> Result<i64, Fault> {
    if text.is_empty() {
        return Err(Fault::new(Span::new(0, 0), "a duration is missing").help("write it as `30s`, `5m` or `1h30m`"));
    }
    if text == "0" {
        return Ok(0);
    }
    let (mut total, mut at, mut next) = (0_i64, 0, 0);
    while at < text.len() {
        let (value, index, len) = part(text, at)?;
        if index < next {
            return Err(out_of_order(text, at, len));
        }
        let product = value.checked_mul(UNITS[index].1).and_then(|ms| total.checked_add(ms));
        total = product.filter(|ms| *ms <= LONGEST).ok_or_else(|| too_long(text))?;
        (at, next) = (at + len, index + 1);
    }
    Ok(total)
}

/// One number with its unit: the number, the unit's index and how many bytes they take.
fn part(text: &str, at: usize) -> Result<(i64, usize, usize), Fault> {
    let rest = &text[at..];
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if digits == 0 {
        return Err(no_number(text, at));
    }
    let unit_len = rest[digits..].find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len() - digits);
    let unit = &rest[digits..digits + unit_len];
    let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) else {
        return Err(bad_unit(rest, at, digits, unit));
    };
    let value = rest[..digits].parse().map_err(|_| too_long(text))?;
    Ok((value, index, digits + unit_len))
}

fn no_number(text: &str, at: usize) -> Fault {
    let found = text[at..].chars().next().unwrap_or(' ');
    let fault = Fault::new(
        Span::new(at, found.len_utf8()),
        format!("expected a number, found `{}`", shown(&found.to_string())),
    );
    match found {
        ' ' | '\t' | '\n' => fault.help("a duration holds no spaces"),
        '-' => fault.help("a duration is not negative"),
        _ => fault.help("write a duration as `30s`, `5m` or `1h30m`"),
    }
}

fn bad_unit(rest: &str, at: usize, digits: usize, unit: &str) -> Fault {
    const KNOWN: &str = "units are y, w, d, h, m, s and ms";
    let number = &rest[..digits];
    let found = rest[digits..].chars().next();
    if unit.is_empty() {
        let Some(found) = found else {
            return Fault::new(Span::new(at, digits), format!("`{number}` has no unit"))
                .help(format!("write `{number}s` for seconds"));
        };
        let fault = Fault::new(
            Span::new(at + digits, found.len_utf8()),
            format!("expected a unit, found `{}`", shown(&found.to_string())),
        );
        return match found {
            '.' | ',' => fault.help("numbers in a duration are whole: write `1h30m` for one and a half hours"),
            ' ' => fault.help("a duration holds no spaces"),
            _ => fault.help(KNOWN),
        };
    }
    let fault = Fault::new(Span::new(at + digits, unit.len()), format!("unknown unit `{}`", shown(unit)));
    let lower = unit.to_lowercase();
    let meant = match lower.as_str() {
        "sec" | "secs" | "second" | "seconds" | "s" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" | "h" => "h",
        "day" | "days" | "d" => "d",
        "week" | "weeks" | "w" => "w",
        "year" | "years" | "y" => "y",
        "msec" | "millis" | "ms" => "ms",
        "m" | "mo" | "month" | "months" => return fault.help("a month has no fixed length: write days, as `30d`"),
        _ => return fault.help(KNOWN),
    };
    fault.help(format!("write `{number}{meant}`"))
}

fn out_of_order(text: &str, at: usize, len: usize) -> Fault {
    Fault::new(Span::new(at, len), format!("`{}` is out of order", shown(&text[at..at + len])))
        .help("units stand once each, the largest first: y, w, d, h, m, s, ms")
}

fn too_long(text: &str) -> Fault {
    Fault::new(Span::new(0, text.len()), "the duration is longer than 292 years")
}

/// A duration of `ms` milliseconds as Prometheus prints it: `1d`, `1h30m`, `0s`; years and weeks only where they are
/// whole. [`parse_duration`] reads it back as the same number, unless it is negative: that is printed with a minus.
pub fn print_duration(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut out = String::from(if ms < 0 { "-" } else { "" });
    let mut rest = ms.unsigned_abs();
    for (unit, size) in UNITS {
        let size = size.unsigned_abs();
        let whole = matches!(*unit, "y" | "w");
        if rest >= size && (!whole || rest.is_multiple_of(size)) {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    out
}

/// The same as servers show it: in seconds.
///
/// # Errors
/// As [`parse_duration`].
pub fn parse_seconds(text: &str) -> Result<f64, Fault> {
    #[expect(clippy::cast_precision_loss, reason = "a server shows it as the same floating-point number")]
    parse_duration(text).map(|ms| ms as f64 / 1000.0)
}

/// Seconds of a server as a duration; what is no time at all is `0s`.
pub fn print_seconds(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, at more than any server takes")]
    let ms = (seconds * 1000.0).round() as i64;
    print_duration(ms.max(0))
}
