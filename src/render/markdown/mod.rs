//! A plan or a drift report as a comment on a pull request.
//!
//! First the marker by which a later run finds its comment again, then the verdict, then what needs a person, then the
//! counts; everything else is details, folded up, and goes first where the room is short.
//!
//! **What is promised of the length.** A comment takes at most [`LIMIT`] characters. Details are left out whole objects
//! at a time until it fits, and a line says how many. The marker, the verdict, every finding of level RISK and LOSS,
//! every step that is blocked or unknown, every refusal, every acknowledgement that is asked for and the counts are never
//! left out: where they alone are longer, they are written in their shortest form (a finding keeps its first line, which
//! holds the figures), and where that is longer still, the output is longer than [`LIMIT`].

mod details;
mod drift;
mod escape;
mod page;
mod risks;
mod verdict;

pub use drift::drift;
pub use page::LIMIT;

use super::{Context, Humanise, Style, text};
use crate::model::{Diagnostic, Header, Planned, Severity};
use escape::{attribute, code, prose};
use page::{Page, Section};

/// A plan as Markdown. It ends with a newline.
pub fn plan(planned: &Planned, diagnostics: &[Diagnostic], verbose: bool, humanise: &Humanise<'_>) -> String {
    let style = Style { color: false, width: 100, verbose };
    let cx = Context { style: &style, humanise, scoped: planned.scoped };
    let head = |short: bool| {
        let verdict = verdict::plan(planned, diagnostics);
        let mut out = opening("plan", &planned.header, &verdict);
        out.push_str(&risks::plan(&cx, planned, short));
        out.push_str(&format!("**{}**\n", prose(&text::summary(planned))));
        out + &places(&planned.header)
    };
    let sections = [
        problems(diagnostics),
        details::expectations(&planned.expectations),
        details::changes(&cx, planned),
        details::drift(&cx, planned),
        details::addresses("Prunable: owned, not in the manifests, kept", &planned.plan.prunable, &cx),
        details::notes(&planned.notes),
    ];
    Page::of(head, Section::some(sections)).print("`natsform plan` shows all of them")
}

/// What is said where a run came to no plan or report: the comment of an earlier run must not stay as if it still held.
pub fn failed(what: &str, header: &Header, diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let verdict = match errors {
        0 => "🔴 it came to no result".to_owned(),
        n => format!("🔴 it came to no result: {}", super::plural(n, "error")),
    };
    let head = |_: bool| opening(what, header, &verdict);
    Page::of(head, Section::some([problems(diagnostics)])).print("the log of the run shows all of them")
}

/// The marker and the verdict.
fn opening(what: &str, header: &Header, verdict: &str) -> String {
    let (project, environment) = (attribute(&header.project), attribute(&header.environment));
    let marker = format!("<!-- natsform:{what} project={project} environment={environment} -->\n");
    let whose = [&header.project, &header.environment].map(|t| prose(t)).into_iter().filter(|t| !t.is_empty());
    let title: Vec<String> = [format!("natsform {what}")].into_iter().chain(whose).collect();
    format!("{marker}### {} · {verdict}\n\n", title.join(" · "))
}

/// Where this is.
fn places(header: &Header) -> String {
    if header.places.is_empty() {
        return String::new();
    }
    let places: Vec<String> = header.places.iter().map(|place| code(place)).collect();
    format!("\n{} · {}\n", places.join("<br>"), super::plural(header.objects, "object"))
}

/// What is wrong or worth a look in the manifests, errors first.
fn problems(diagnostics: &[Diagnostic]) -> Section {
    let mut all: Vec<&Diagnostic> = diagnostics.iter().collect();
    all.sort_by_key(|d| d.severity);
    let one = |d: &&Diagnostic| {
        let place = d.source.as_ref().map(|s| format!(" {}", code(&super::changes::place(s)))).unwrap_or_default();
        let help: String = d.help.iter().map(|h| format!("<br>help: {}", prose(h))).collect();
        format!("- **{}** {}{place}: {}{help}\n", d.severity.word(), d.code, prose(&d.message))
    };
    Section::list("Problems", all.iter().map(one))
}

#[cfg(test)]
pub(super) mod tests;
