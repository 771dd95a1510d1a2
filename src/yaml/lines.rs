//! Offsets to lines and columns.

use std::sync::Arc;

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Lines {
    /// Counts the lines of `text`; LF, CRLF and a lone CR end one.
    pub fn new(text: Arc<str>) -> Self {
        let bytes = text.as_bytes();
        let ends = |i: usize| bytes[i] == b'\n' || (bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain((0..bytes.len()).filter(|i| ends(*i)).map(|i| i + 1)).collect();
        Self { text, starts }
    }

    /// The line and column, both from 1, of the byte at `offset`; the column is counted in characters. An offset behind
    /// the text is its end, one inside a character is that character.
    pub fn line_col(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        // counted by the bytes that begin a character, so that no offset can fall between
        let inside = &self.text.as_bytes()[start..offset];
        let begun = inside.iter().filter(|b| (**b & 0xC0) != 0x80).count();
        let broken = !self.text.is_char_boundary(offset);
        (line, begun + usize::from(!broken))
    }
}
