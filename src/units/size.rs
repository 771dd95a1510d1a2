//! Sizes in bytes: plain numbers and binary units.

use super::{UnitError, leading_decimal, times};

/// The units that are read and written, largest first.
const UNITS: &[(&str, i64)] = &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Reads a size in bytes: `1_000_000`, `10GiB`, `1.5MiB`; `-1` for unlimited.
///
/// `10GB` and `10G` are refused: nats and nats-server read them as powers of 1024, everyone else as powers of 1000, and
/// guessing wrong would plan a loss of 7 %.
///
/// # Errors
/// Where the text is no such size, is no whole number of bytes, or is 2^63 bytes or more.
pub fn parse_size(text: &str) -> Result<i64, UnitError> {
    if text == "-1" {
        return Ok(-1);
    }
    if text.starts_with('-') {
        return Err(UnitError::new(0, text.len(), "a size is not negative").help("`-1` stands for unlimited"));
    }
    if text.is_empty() {
        return Err(UnitError::new(0, 0, "a size is missing").help("write it as `1_000_000` or `10GiB`"));
    }
    let Some(number) = leading_decimal(text) else {
        return Err(if text.starts_with(|c: char| c.is_ascii_digit()) {
            too_large(text)
        } else {
            UnitError::new(0, text.len(), format!("`{}` is no size", text.escape_debug()))
                .help("write it as `1_000_000` or `10GiB`")
        });
    };
    let unit = &text[number.len..];
    let size = if unit.is_empty() {
        1
    } else {
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        known.map(|(_, size)| *size).ok_or_else(|| bad_unit(text, number.len, &number))?
    };
    match times(&number, i128::from(size)) {
        Ok(_) if unit.is_empty() && number.point => {
            Err(UnitError::new(0, text.len(), format!("`{text}` is no whole number of bytes")))
        }
        Ok(bytes) => i64::try_from(bytes).map_err(|_| too_large(text)),
        Err(false) => Err(too_large(text)),
        Err(true) => Err(UnitError::new(0, text.len(), format!("`{text}` is no whole number of bytes"))),
    }
}

fn too_large(text: &str) -> UnitError {
    UnitError::new(0, text.len(), "the size is 2^63 bytes (8 EiB) or more")
}

fn bad_unit(text: &str, at: usize, value: &super::Decimal) -> UnitError {
    let (number, unit) = (&text[..at], &text[at..]);
    let trimmed = unit.trim();
    let error = UnitError::new(at, unit.len(), format!("unknown unit `{}`", unit.escape_debug()));
    if trimmed.is_empty() || trimmed.eq_ignore_ascii_case("b") || trimmed.eq_ignore_ascii_case("bytes") {
        return error.help(format!("write plain bytes as `{number}`"));
    }
    let first = trimmed.chars().next().map_or(' ', |c| c.to_ascii_uppercase());
    let Some(power) = "KMGT".find(first).and_then(|i| u32::try_from(i + 1).ok()) else {
        return error.help("units are KiB, MiB, GiB and TiB; without one it is bytes");
    };
    let tail = trimmed[1..].to_ascii_lowercase();
    let (binary, decimal) = (times(value, 1024_i128.pow(power)), times(value, 1000_i128.pow(power)));
    match (tail.as_str(), binary, decimal) {
        ("ib" | "i", ..) => error.help(format!("write `{number}{first}iB`")),
        ("" | "b", Ok(binary), Ok(decimal)) => {
            UnitError::new(at, unit.len(), format!("`{text}` can be read in two ways")).help(format!(
                "`{number}{trimmed}` is {binary} to nats and nats-server, {decimal} in SI; write `{number}{first}iB` or `{}`",
                underscored(&decimal.to_string())
            ))
        }
        _ => error.help("units are KiB, MiB, GiB and TiB; without one it is bytes"),
    }
}

/// Digits in groups of three: `10_000_000_000`.
fn underscored(digits: &str) -> String {
    super::count::in_groups(digits, '_')
}

/// A size of `bytes`, exactly: `10GiB` where a unit divides it, else the plain number. Only whole units are written.
/// [`parse_size`] reads it back as the same number, for every size that it can read.
pub fn print_size(bytes: i64) -> String {
    let unit = UNITS.iter().find(|(_, size)| bytes >= *size && bytes % size == 0);
    unit.map_or_else(|| bytes.to_string(), |(name, size)| format!("{}{name}", bytes / size))
}

/// A size of `bytes` for prose, rounded: `212 GiB`, `1.5 MiB`, `512 B`.
pub fn about_size(bytes: u64) -> String {
    const NAMES: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut power = 0;
    // from 1023.5 of a unit on, rounding would show 1024 of it
    while power + 1 < NAMES.len() && u128::from(bytes) * 2 >= 2047_u128 << (10 * power) {
        power += 1;
    }
    let unit = 1_u128 << (10 * power);
    let tenths = (u128::from(bytes) * 10 + unit / 2) / unit;
    if power > 0 && tenths < 100 && !tenths.is_multiple_of(10) {
        return format!("{}.{} {}", tenths / 10, tenths % 10, NAMES[power]);
    }
    format!("{} {}", (u128::from(bytes) + unit / 2) / unit, NAMES[power])
}
