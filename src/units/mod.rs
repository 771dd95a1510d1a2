//! Durations, sizes, counts and lists of names as people write them, and texts in places that take only some characters.
//!
//! Everything is integer arithmetic: a duration is a number of nanoseconds, a size a number of bytes, and what cannot be
//! said exactly is an error and never rounded. No foreign crate reads them as natsform must: `humantime` has a year of
//! 365.25 days, `jiff` refuses `1d`, `bytesize` reads `10G` as a power of ten where nats-server reads a power of two.
//! Errors carry an offset *inside* the text, so that a report can point at the character.

mod count;
mod digest;
mod duration;
mod escape;
mod size;
mod words;

pub use count::{ceiling, count, grouped, parse_count, parse_int};
pub use digest::digest;
pub use duration::{parse_duration, print_duration};
pub use escape::{escape, escape_part, unescape, unescape_part};
pub use size::{about_size, parse_size, print_size};
pub use words::listed;

/// Why a text is no duration or size, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// Where the fault begins, in bytes from the beginning of the text.
    pub offset: usize,
    /// How many bytes the fault spans; 0 where something is missing.
    pub len: usize,
    /// A lowercase fragment: what is wrong.
    pub message: String,
    /// What to write instead, where that is clear.
    pub help: Option<String>,
}

impl UnitError {
    fn new(offset: usize, len: usize, message: impl Into<String>) -> Self {
        Self { offset, len, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UnitError {}

/// The instant that an RFC 3339 text names, in nanoseconds since 1970, so that the same instant written in two zones
/// compares equal. `None` where the text is no such instant.
pub fn time_key(text: &str) -> Option<i128> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond)
}

/// A decimal number at the beginning of a text: `12`, `1_000`, `1.5`.
struct Decimal {
    /// All digits, the fraction's too, as one number.
    digits: i128,
    /// How many of them stand behind the point.
    scale: u32,
    /// How many bytes the number takes.
    len: usize,
    /// Whether there are underscores or a point, which some units refuse.
    point: bool,
}

/// Reads the number that `text` begins with. `None` where there is none, where an underscore does not stand between
/// digits, or where it has more digits than any unit could use.
fn leading_decimal(text: &str) -> Option<Decimal> {
    let bytes = text.as_bytes();
    let (mut digits, mut scale, mut point, mut i) = (0_i128, 0_u32, false, 0);
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    while let Some(&b) = bytes.get(i) {
        match b {
            b'0'..=b'9' => {
                digits = digits.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
                scale += u32::from(point);
            }
            b'_' if digit(i.checked_sub(1)) && digit(Some(i + 1)) => {}
            b'.' if !point => point = true,
            _ => break,
        }
        i += 1;
    }
    let any = bytes[..i].iter().any(u8::is_ascii_digit);
    while scale > 0 && digits % 10 == 0 {
        (digits, scale) = (digits / 10, scale - 1);
    }
    any.then_some(Decimal { digits, scale, len: i, point })
}

/// `number × unit`, where that is a whole number. `Err(true)`: not whole, `Err(false)`: too large.
fn times(number: &Decimal, unit: i128) -> Result<i128, bool> {
    let product = number.digits.checked_mul(unit).ok_or(false)?;
    let divisor = 10_i128.checked_pow(number.scale).ok_or(true)?;
    if product % divisor == 0 { Ok(product / divisor) } else { Err(true) }
}

#[cfg(test)]
mod tests;
