//! Computed times, as `5m * 2` and `max_of(step(), 1m)`: whether the tokens are one.

use super::fault::Fault;
use super::lex::Kind;
use super::read::Reader;

impl Reader<'_> {
    /// Reads a computed time again, from `begin` to where the reader stands.
    ///
    /// # Errors
    /// At the token where it is none.
    pub(crate) fn computed(&mut self, begin: usize) -> Result<(), Fault> {
        let end = std::mem::replace(&mut self.next, begin);
        self.sum(end)?;
        if self.next < end {
            return Err(self.expected("an operator between two durations"));
        }
        Ok(())
    }

    /// Durations with operators between them. Brackets are bounded, so that this ends.
    fn sum(&mut self, end: usize) -> Result<(), Fault> {
        loop {
            while self.next < end && (self.is("+") || self.is("-")) {
                self.next += 1;
            }
            self.duration(end)?;
            let operator = ["+", "-", "*", "/", "%", "^"].iter().any(|op| self.is(op));
            if self.next >= end || !operator {
                return Ok(());
            }
            self.next += 1;
        }
    }

    fn duration(&mut self, end: usize) -> Result<(), Fault> {
        let token = self.peek().filter(|_| self.next < end);
        let word = self.word_at(self.next);
        match (token.map(|token| token.kind), word.as_ref()) {
            (Some(Kind::Number | Kind::Duration), _) => self.next += 1,
            (Some(Kind::Mark), "(") => {
                self.next += 1;
                self.sum(end)?;
                self.expect(")", "behind the duration")?;
            }
            (Some(Kind::Word), "step" | "range") => {
                self.next += 1;
                self.expect("(", "behind the word")?;
                self.expect(")", "behind the word")?;
            }
            (Some(Kind::Word), "min" | "max" | "min_of" | "max_of") => {
                self.next += 1;
                self.expect("(", "behind the word")?;
                self.sum(end)?;
                self.expect(",", "between the two durations")?;
                self.sum(end)?;
                self.expect(")", "behind the two durations")?;
            }
            _ => return Err(self.expected("a duration")),
        }
        Ok(())
    }
}
