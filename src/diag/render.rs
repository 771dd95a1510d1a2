//! A report for people: one line per problem, or with excerpts.

use super::{Label, Problem, Report, Severity};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan};
use std::{
    fmt::{self, Write},
    sync::Arc,
};

impl Report {
    /// One line per problem, `PATH:LINE:COLUMN: error[NF0102]: text`, each followed by its lines of help.
    pub fn render_lines(&self) -> String {
        let mut out = String::new();
        for problem in self.in_order() {
            if let Some(at) = &problem.at {
                let place = self.place(at.source, at.span.start);
                let _ = write!(out, "{}:{}:{}: ", place.file, place.line, place.column);
            }
            let _ = writeln!(out, "{}", headline(problem));
            for help in &problem.help {
                let _ = writeln!(out, "  help: {}", help.replace('\n', "\n        "));
            }
        }
        out
    }

    /// Every problem with an excerpt of its file, `width` columns wide, in colour or without. Places in other files than
    /// the problem's own follow as lines.
    pub fn render_fancy(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width.max(40)).with_context_lines(1);
        let mut out = String::new();
        for problem in self.in_order() {
            if handler.render_report(&mut out, &self.shown(problem)).is_err() {
                let _ = writeln!(out, "{}", headline(problem));
            }
            out.push('\n');
        }
        out
    }

    fn shown(&self, problem: &Problem) -> Shown {
        let file = problem.at.as_ref().and_then(|at| self.sources.get(at.source.0).map(|file| (at.source, file)));
        let mut help = problem.help.clone();
        let mut labels = Vec::new();
        for (i, label) in problem.at.iter().chain(&problem.also).enumerate() {
            match file {
                Some((source, file)) if source == label.source => labels.push(labeled(label, i == 0, &file.text)),
                _ => {
                    let place = self.place(label.source, label.span.start);
                    help.push(format!("{}:{}:{}: {}", place.file, place.line, place.column, label.text));
                }
            }
        }
        Shown {
            headline: headline(problem),
            severity: problem.severity,
            help: (!help.is_empty()).then(|| help.join("\n")),
            source: file.map(|(_, file)| Named { path: file.path.clone(), text: file.text.clone() }),
            labels,
        }
    }
}

/// `error[NF0102]: text`.
fn headline(problem: &Problem) -> String {
    format!("{}[{}]: {}", problem.severity.word(), problem.code, problem.message)
}

/// A label that miette can draw: inside the text, on character boundaries, and not longer than its first line.
fn labeled(label: &Label, primary: bool, text: &str) -> LabeledSpan {
    let clamp = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (clamp(label.span.start), clamp(label.span.end.max(label.span.start)));
    let len = text[start..end].find(['\n', '\r']).unwrap_or(end - start);
    let word = (!label.text.is_empty()).then(|| label.text.clone());
    let span = SourceSpan::from((start, len));
    if primary { LabeledSpan::new_primary_with_span(word, span) } else { LabeledSpan::new_with_span(word, span) }
}

/// A problem as miette wants it.
#[derive(Debug)]
struct Shown {
    headline: String,
    severity: Severity,
    help: Option<String>,
    source: Option<Named>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}

/// A file's text that is shared and not copied into every problem.
#[derive(Debug)]
struct Named {
    path: String,
    text: Arc<str>,
}

impl SourceCode for Named {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_bytes().read_span(span, before, after)?;
        // miette counts bytes; people count characters
        let start = inner.span().offset();
        let column = self.text.get(start - inner.column()..start).map_or(0, |before| before.chars().count());
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.path.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            column,
            inner.line_count(),
        )))
    }
}
