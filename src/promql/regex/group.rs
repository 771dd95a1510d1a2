//! Groups: `(…)`, `(?:…)`, `(?i)`, `(?P<name>…)`.

use super::size::Piece;
use super::{Need, Reader, Wrong};

/// A group while it is open.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Where its parenthesis stands.
    pub(super) open: usize,
    /// Whether it takes what it matches.
    captures: bool,
    /// The alternatives before the last bar.
    before: Option<Piece>,
    /// What of the alternative at hand no repetition can reach any more.
    fixed: Option<Piece>,
    last: Option<Piece>,
}

impl Frame {
    pub(super) fn push(&mut self, piece: Piece) {
        self.fix();
        self.last = Some(piece);
    }

    fn fix(&mut self) {
        if let Some(last) = self.last.take() {
            self.fixed = Some(self.fixed.map_or(last, |fixed| fixed.then(last)));
        }
    }

    /// The piece that a repetition would repeat.
    pub(super) fn last(&mut self) -> Option<&mut Piece> {
        self.last.as_mut()
    }

    /// A `|`.
    pub(super) fn bar(&mut self) {
        self.fix();
        let piece = self.fixed.take().unwrap_or(Piece::nothing());
        self.before = Some(self.before.map_or(piece, |before| before.or(piece)));
    }

    /// All of it as one piece.
    pub(super) fn done(mut self) -> Piece {
        self.bar();
        let mut piece = self.before.unwrap_or(Piece::nothing());
        if self.captures {
            piece.size = piece.size.saturating_add(2);
            piece.height += 1;
        }
        piece
    }
}

impl Reader<'_> {
    /// An opening parenthesis with what belongs to it.
    pub(super) fn open(&mut self) -> Result<(), Wrong> {
        let from = self.at;
        if !self.rest().starts_with("(?") {
            self.at += 1;
            self.group(from, true);
            return Ok(());
        }
        let rest = self.rest();
        if (rest.len() > 4 && rest.starts_with("(?P<")) || (rest.len() > 3 && rest.starts_with("(?<")) {
            return self.named();
        }
        self.flags()
    }

    fn group(&mut self, open: usize, captures: bool) {
        self.nodes += 1;
        self.frames.push(Frame { open, captures, ..Frame::default() });
    }

    fn named(&mut self) -> Result<(), Wrong> {
        let from = self.at;
        let short = self.rest().starts_with("(?<");
        let begin = if short { 3 } else { 4 };
        let name = self.rest().get(begin..).and_then(|rest| rest.split_once('>')).map(|(name, _)| name);
        let valid = |name: &&str| !name.is_empty() && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        let Some(name) = name.filter(valid) else {
            self.at = (from + begin + name.map_or(0, |name| name.len() + 1)).min(self.text.len());
            if short && self.rest_after(from, 3).starts_with(['=', '!']) {
                self.at = from + 4;
                return Err(self.unknown(from));
            }
            return Err(self.wrong(from, "a name is made of letters, digits and `_`, not as in"));
        };
        self.at += begin + name.len() + 1;
        if short {
            self.need(Need::Named);
        }
        self.group(from, true);
        Ok(())
    }

    fn rest_after(&self, from: usize, skip: usize) -> &str {
        self.text.get(from + skip..).unwrap_or_default()
    }

    /// `(?:`, `(?i)`, `(?i-s:`.
    fn flags(&mut self) -> Result<(), Wrong> {
        let from = self.at;
        self.at += 2;
        let (mut negative, mut seen) = (false, false);
        while let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            match c {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negative => (negative, seen) = (true, false),
                ':' | ')' if !negative || seen => {
                    if c == ':' {
                        self.group(from, false);
                    }
                    return Ok(());
                }
                _ => return Err(self.unknown(from)),
            }
        }
        Err(self.unknown(from))
    }

    fn unknown(&self, from: usize) -> Wrong {
        let rest = self.rest_after(from, 0);
        let ahead = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|open| rest.starts_with(open));
        let help = if ahead {
            "Prometheus knows no look-ahead and no look-behind (RE2)"
        } else {
            "groups are `(…)`, `(?:…)`, `(?P<name>…)`, and flags `(?i)`, `(?m)`, `(?s)`, `(?U)`"
        };
        Wrong { help: Some(help), ..self.wrong(from, "there is no such group in RE2:") }
    }

    /// A closing parenthesis.
    pub(super) fn close(&mut self) -> Result<(), Wrong> {
        let from = self.at;
        self.at += 1;
        if self.frames.len() < 2 {
            return Err(self.wrong(from, "nothing is closed by"));
        }
        if let Some(frame) = self.frames.pop() {
            let piece = frame.done();
            if piece.height > super::size::MAX_HEIGHT {
                return Err(self.wrong(from, "groups nest too deeply at"));
            }
            self.push(piece);
        }
        Ok(())
    }
}
