use super::*;

mod asked;
mod corpus;
mod faults;
mod fuzz;
mod gates;
mod metric_names;
mod patterns;
mod stand_ins;
mod templates;
mod times;

/// A fault in one line: offset+len "what it spans": message (help).
fn line(text: &str, fault: &Fault) -> String {
    let spanned = text.get(fault.offset..fault.offset + fault.len).unwrap_or("OUTSIDE");
    let help = fault.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}+{} {spanned:?}: {}{help}", fault.offset, fault.len, fault.message)
}

/// Numbers that are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % sides.max(1)
    }
}
