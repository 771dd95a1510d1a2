//! What people and programs read: a plan, an apply or a drift report as text, JSON, Markdown or annotations. Pure: data
//! in, text out.
//!
//! Text is laid out as plain [`line::Line`]s first and coloured last, so that colour can only ever add escape codes.
//! Symbols carry the meaning. Values are printed the way manifests write them (`30d`, `10GiB`); JSON keeps the API's own.

mod apply_text;
mod changes;
mod drift_text;
pub mod github;
mod groups;
pub mod json;
mod line;
pub mod markdown;
mod step;
mod text;
mod values;

pub use apply_text::apply;
pub use drift_text::drift;
pub use text::plan;
pub use values::print;

use crate::model::{Address, Path, Type};

/// How text output looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns to use; only what cannot be broken goes beyond.
    pub width: usize,
    /// Shows unchanged objects and takes groups apart.
    pub verbose: bool,
}

/// The type of the value at a path of an object, where it is known: durations and sizes print the way people write them.
pub type Humanise<'a> = dyn Fn(&Address, &Path) -> Option<Type> + 'a;

/// What every part of a text output needs.
#[derive(Clone, Copy)]
struct Context<'a> {
    style: &'a Style,
    humanise: &'a Humanise<'a>,
    /// Whether addresses carry their scope.
    scoped: bool,
}

/// `1 change`, `2 changes`.
fn plural(n: usize, one: &str) -> String {
    let n64 = u64::try_from(n).unwrap_or(u64::MAX);
    format!("{} {one}{}", crate::units::grouped(n64), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
