//! Whole numbers: as people write them, and as ceilings of an acknowledged loss.

use super::{leading_decimal, times};

/// The suffixes of [`count`], by powers of a thousand.
const SUFFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// Reads a whole number: `17`, `-1`, `1_000_000`. `None` where it is none, where an underscore does not stand between
/// digits, or where it begins with a zero: YAML 1.1 would read `017` as 15.
pub fn parse_int(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let between = digits.bytes().zip(digits.bytes().skip(1)).all(|(a, b)| a != b'_' || b != b'_');
    let shaped = digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && between
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.is_empty();
    if !shaped || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// A count rounded **up** to two significant digits: `17`, `130`, `1.3k`, `68M`. Exact below 100.
/// [`parse_count`] reads it as a number that is not smaller than `n`.
pub fn count(n: u64) -> String {
    let rounded = round_up(n);
    let mut power = 0;
    while power + 1 < SUFFIXES.len() && rounded >= 1000_u128.pow(power as u32 + 1) {
        power += 1;
    }
    let tenths = rounded / (1000_u128.pow(power as u32) / 10).max(1);
    match power {
        0 => rounded.to_string(),
        _ if tenths.is_multiple_of(10) => format!("{}{}", tenths / 10, SUFFIXES[power]),
        _ => format!("{}.{}{}", tenths / 10, tenths % 10, SUFFIXES[power]),
    }
}

/// Reads what [`count`] wrote, and plain numbers. `None` where it is no whole number. `19E`, which `count` writes for the
/// largest numbers, reads as [`u64::MAX`].
pub fn parse_count(text: &str) -> Option<u64> {
    let number = leading_decimal(text).filter(|_| text.starts_with(|c: char| c.is_ascii_digit()))?;
    let power = SUFFIXES.iter().position(|s| *s == &text[number.len..])?;
    if power == 0 && number.point {
        return None;
    }
    let value = times(&number, 1000_i128.pow(u32::try_from(power).ok()?)).ok()?;
    let largest = i128::try_from(round_up(u64::MAX)).ok()?;
    if value == largest { Some(u64::MAX) } else { u64::try_from(value).ok() }
}

/// The ceiling of an acknowledgement: what was measured and a tenth more, rounded up to two significant digits, so that
/// a system that moves a little between plan and apply does not ask again. Never above [`u64::MAX`].
pub fn ceiling(measured: u64) -> u64 {
    let more = (u128::from(measured) * 11).div_ceil(10);
    let more = u64::try_from(more).unwrap_or(u64::MAX);
    u64::try_from(round_up(more)).unwrap_or(u64::MAX)
}

/// `n` rounded up to two significant digits.
fn round_up(n: u64) -> u128 {
    let n = u128::from(n);
    let mut step = 1;
    while n / step >= 100 {
        step *= 10;
    }
    n.div_ceil(step) * step
}

/// A number in groups of three: `61,204,332`.
pub fn grouped(n: u64) -> String {
    in_groups(&n.to_string(), ',')
}

pub(super) fn in_groups(digits: &str, mark: char) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}
