//! What stands behind a backslash.

use super::size::Piece;
use super::{Need, Reader, Wrong};

/// The last code point.
const LAST: u32 = 0x10_ffff;

impl Reader<'_> {
    /// A backslash outside a class.
    pub(super) fn backslash(&mut self) -> Result<(), Wrong> {
        match self.rest().chars().nth(1) {
            Some('A' | 'B' | 'z') => self.mark(Piece::nothing()),
            // an empty text has no word, so no boundary of one
            Some('b') => self.mark(Piece { empty: false, ..Piece::nothing() }),
            Some('Q') => self.quoted(),
            Some('p' | 'P') => {
                self.unicode()?;
                self.push(Piece::one());
            }
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => self.mark(Piece::one()),
            _ => {
                self.escape()?;
                self.push(Piece::one());
            }
        }
        Ok(())
    }

    fn mark(&mut self, piece: Piece) {
        self.at += 2;
        self.push(piece);
    }

    /// `\Q…\E`: all of it as it stands.
    fn quoted(&mut self) {
        let inside = self.rest().get(2..).unwrap_or_default();
        let (said, len, open) = match inside.split_once("\\E") {
            Some((said, _)) => (said.chars().count(), said.len() + 4, false),
            None => (inside.chars().count(), inside.len() + 2, true),
        };
        self.at += len;
        for _ in 0..said {
            self.push(Piece::one());
        }
        if open {
            self.need(Need::OpenQuote);
        }
    }

    /// A backslash and what it escapes: the character that it says.
    pub(super) fn escape(&mut self) -> Result<u32, Wrong> {
        let from = self.at;
        self.at += 1;
        let Some(c) = self.rest().chars().next() else {
            return Err(self.wrong(from, "nothing stands behind the last"));
        };
        self.at += c.len_utf8();
        let octal = |reader: &Self| reader.rest().starts_with(|c: char| ('0'..='7').contains(&c));
        let said = match c {
            '0' => Some(self.octal(0)),
            '1'..='7' if octal(self) => Some(self.octal(u32::from(c) - u32::from('0'))),
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            _ => None,
        };
        said.ok_or_else(|| {
            let help = match c {
                '1'..='9' => Some("Prometheus knows no references to groups (RE2)"),
                'Z' => Some("the end is `\\z`; a pattern is anchored at both ends anyway"),
                'u' | 'U' => Some("write `\\x{…}`"),
                _ => None,
            };
            Wrong { help, ..self.wrong(from, "there is no such escape in RE2:") }
        })
    }

    /// Up to three octal digits, one of which was read.
    fn octal(&mut self, first: u32) -> u32 {
        let mut value = first;
        for _ in 0..2 {
            let Some(digit) = self.rest().chars().next().and_then(|c| c.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.at += 1;
        }
        value
    }

    /// `\x41`, `\x{1f600}`; nothing where it is none of them.
    fn hexadecimal(&mut self) -> Option<u32> {
        let braces = self.rest().starts_with('{');
        let digits = if braces {
            let end = self.rest().find('}')?;
            let digits = self.rest().get(1..end)?.to_owned();
            self.at += end + 1;
            digits
        } else {
            let digits = self.rest().get(..2)?.to_owned();
            self.at += 2;
            digits
        };
        // leading zeros may be as many as anybody likes
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let short = digits.trim_start_matches('0');
        let value = if short.is_empty() { Some(0) } else { u32::from_str_radix(short, 16).ok() };
        value.filter(|value| plain && *value <= LAST)
    }
}
