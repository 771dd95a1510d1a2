//! Every code that a problem or a finding can carry, with its page.

mod checks;
mod files;
mod manifests;
mod risks;
mod rules;
mod runs;

use std::fmt::Write;

/// Code, title and explanation.
pub type Page = (&'static str, &'static str, &'static str);

/// Every code, in order.
pub fn codes() -> impl Iterator<Item = &'static Page> {
    [files::CODES, manifests::CODES, runs::CODES, rules::CODES, checks::CODES, risks::CODES].into_iter().flatten()
}

/// Whether `code` has a page.
pub(super) fn known(code: &str) -> bool {
    codes().any(|(known, ..)| *known == code)
}

/// All pages as one Markdown file, docs/errors.md.
pub fn codes_page() -> String {
    let mut out = String::from(
        "# Problems, findings and their codes\n\n<!-- written from src/diag/codes/ by `scripts/generate` -->\n",
    );
    for (code, title, text) in codes() {
        let _ = write!(out, "\n## {code}: {title}\n\n{text}\n");
    }
    out
}
