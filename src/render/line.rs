//! Lines of text with tones: laid out as plain text, coloured last.

use anstyle::{AnsiColor, Style as Ansi};

/// What a piece of text is; the only thing that colour depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Careful,
    Bad,
    Hint,
}

impl Tone {
    fn ansi(self) -> Option<Ansi> {
        let of = |color: AnsiColor| Some(color.on_default());
        match self {
            Self::Plain => None,
            Self::Strong => Some(Ansi::new().bold()),
            Self::Faint => Some(Ansi::new().dimmed()),
            Self::Good => of(AnsiColor::Green),
            Self::Careful => of(AnsiColor::Yellow),
            Self::Bad => Some(AnsiColor::Red.on_default().bold()),
            Self::Hint => of(AnsiColor::Cyan),
        }
    }
}

/// One line, in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Vec<(Tone, String)>);

impl Line {
    /// A line that begins with so many spaces.
    pub(super) fn indent(n: usize) -> Self {
        Self::default().plain(" ".repeat(n))
    }

    /// Adds text. Control characters (a server's or a file's words may hold them) become spaces.
    #[must_use]
    pub(super) fn add(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        let text: String = text.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if !text.is_empty() {
            self.0.push((tone, text));
        }
        self
    }

    #[must_use]
    pub(super) fn plain(self, text: impl AsRef<str>) -> Self {
        self.add(Tone::Plain, text)
    }

    /// Columns used so far.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, t)| t.chars().count()).sum()
    }

    /// Fills up with spaces to a column.
    #[must_use]
    pub(super) fn pad(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        self.plain(" ".repeat(missing))
    }

    /// Whether so many more columns fit.
    pub(super) fn fits(&self, more: usize, width: usize) -> bool {
        self.width() + more <= width
    }

    /// Adds text that ends at the right edge; where there is no room, it follows after two spaces.
    #[must_use]
    pub(super) fn right(self, tone: Tone, text: &str, width: usize) -> Self {
        if text.is_empty() {
            return self;
        }
        let column = width.saturating_sub(text.chars().count()).max(self.width() + 2);
        self.pad(column).add(tone, text)
    }

    fn print(&self, color: bool, out: &mut String) {
        let plain: String = self.0.iter().map(|(_, t)| t.as_str()).collect();
        let used = plain.trim_end().len();
        let mut at = 0;
        for (tone, text) in &self.0 {
            let shown = &text[..text.len().min(used.saturating_sub(at))];
            at += text.len();
            match tone.ansi().filter(|_| color && !shown.is_empty()) {
                Some(ansi) => out.push_str(&format!("{ansi}{shown}{ansi:#}")),
                None => out.push_str(shown),
            }
        }
        out.push('\n');
    }
}

/// Lines as text, trailing spaces gone, each ended by a newline.
pub(super) fn print(lines: &[Line], color: bool) -> String {
    let mut out = String::new();
    for line in lines {
        line.print(color, &mut out);
    }
    out
}

/// Breaks text at spaces into lines of at most `width` columns; a longer word stands alone. Never empty.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|w| !w.is_empty()) {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Text behind a first line's beginning, continued below its own column.
pub(super) fn hang(first: Line, tone: Tone, text: &str, width: usize) -> Vec<Line> {
    let column = first.width();
    let mut first = Some(first);
    wrap(text, width.saturating_sub(column).max(20))
        .into_iter()
        .map(|part| first.take().unwrap_or_else(|| Line::indent(column)).add(tone, part))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_only_adds_codes_and_trailing_space_goes() {
        let line = Line::indent(2).add(Tone::Bad, "LOSS ").plain("x").add(Tone::Hint, "  ").pad(20);
        let lines = [line];
        assert_eq!(print(&lines, false), "  LOSS x\n");
        assert_eq!(print(&lines, true), "  \u{1b}[1m\u{1b}[31mLOSS \u{1b}[0mx\n");
    }

    #[test]
    fn text_is_wrapped_at_spaces_and_hangs() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("unbreakable-word a", 4), ["unbreakable-word", "a"]);
        assert_eq!(wrap("", 4), [""]);
        let lines = hang(Line::indent(2).plain("NOTE  "), Tone::Plain, "one two three four five six", 28);
        assert_eq!(print(&lines, false), "  NOTE  one two three four\n        five six\n");
    }

    #[test]
    fn control_characters_never_reach_a_terminal() {
        assert_eq!(print(&[Line::default().plain("a\u{1b}[2Jb\nc")], false), "a [2Jb c\n");
    }
}
