//! What fits into a comment.

/// Characters of a comment. GitHub takes 65,536; the rest is for what a recipe adds.
pub const LIMIT: usize = 60_000;
/// Kept for the line that says how much is left out.
const RESERVE: usize = 200;

/// A titled part of the details.
#[derive(Default)]
pub(super) struct Section {
    title: String,
    /// Each is shown whole or not at all, with the number of objects that it speaks of.
    items: Vec<(String, usize)>,
    /// Whether it gets its room after the others: the long part.
    last: bool,
}

impl Section {
    /// A part whose items stand for one thing each.
    pub fn list(title: &str, items: impl Iterator<Item = String>) -> Self {
        Self { title: title.to_owned(), items: items.map(|text| (text, 1)).collect(), last: false }
    }

    /// The objects themselves.
    pub fn objects(title: &str, items: Vec<(String, usize)>) -> Self {
        Self { title: title.to_owned(), items, last: true }
    }

    /// Those that hold something.
    pub fn some(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        all.into_iter().filter(|section| !section.items.is_empty()).collect()
    }

    fn heading(&self) -> String {
        if self.title.is_empty() { String::new() } else { format!("#### {}\n\n", self.title) }
    }
}

/// A comment: a head that is never cut, and parts of which as much is shown as there is room for.
pub(super) struct Page {
    head: String,
    sections: Vec<Section>,
}

impl Page {
    /// The head is asked for its short form where the whole one leaves no room at all.
    pub fn of(head: impl Fn(bool) -> String, sections: Vec<Section>) -> Self {
        let whole = head(false);
        let head = if length(&whole) + RESERVE <= LIMIT { whole } else { head(true) };
        Self { head, sections }
    }

    /// The text; `where_else` says where what is left out can be seen.
    pub fn print(self, where_else: &str) -> String {
        // each part may get an empty line more
        let parts = self.sections.len() + 1;
        let mut room = LIMIT.saturating_sub(length(&self.head) + RESERVE + parts);
        let mut shown: Vec<String> = vec![String::new(); self.sections.len()];
        let mut left = 0;
        for last in [false, true] {
            for (section, out) in self.sections.iter().zip(&mut shown).filter(|(s, _)| s.last == last) {
                left += fill(section, out, &mut room);
            }
        }
        let rest = match left {
            0 => String::new(),
            n => format!("_{} not shown, for want of room: {where_else}._\n", counted(n)),
        };
        // a list or an element ends at an empty line
        let mut out = String::new();
        for part in [self.head].into_iter().chain(shown).chain([rest]).filter(|part| !part.is_empty()) {
            out.push_str(&format!("{}\n\n", part.trim_end_matches('\n')));
        }
        out.pop();
        out
    }
}

/// Puts into `out` what there is room for, and tells how much there is not.
fn fill(section: &Section, out: &mut String, room: &mut usize) -> usize {
    let mut left = 0;
    for (text, stands_for) in &section.items {
        let heading = if out.is_empty() { section.heading() } else { String::new() };
        let needed = length(text) + length(&heading);
        if needed <= *room {
            *room -= needed;
            out.push_str(&heading);
            out.push_str(text);
        } else {
            left += stands_for;
        }
    }
    left
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn counted(n: usize) -> String {
    let number = crate::units::grouped(u64::try_from(n).unwrap_or(u64::MAX));
    format!("{number} more {}", if n == 1 { "entry is" } else { "entries are" })
}
