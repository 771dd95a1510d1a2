//! The files of a run and what is wrong in them.

use super::{Label, Problem, Severity, SourceId};
use crate::{
    model::{Diagnostic, Origin, Path, Seg, Source},
    yaml::{Lines, Node, Span, YamlProblem},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Files and problems, in order of discovery.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(super) sources: Vec<File>,
    pub(super) problems: Vec<Problem>,
    /// The documents that origins speak of: their file and their tree.
    documents: Vec<(SourceId, Arc<Node>)>,
    /// Values that have been refused already.
    refused: Vec<(SourceId, Span)>,
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub path: String,
    pub text: Arc<str>,
    lines: Lines,
}

impl Report {
    /// Adds a file: its path as shown to people, and the text that spans speak of.
    pub fn add_source(&mut self, path: &str, text: Arc<str>) -> SourceId {
        self.sources.push(File { path: path.to_owned(), lines: Lines::new(text.clone()), text });
        SourceId(self.sources.len() - 1)
    }

    /// Adds a document, and gives the index by which an [`Origin`] names it.
    pub fn add_document(&mut self, source: SourceId, root: Arc<Node>) -> usize {
        self.documents.push((source, root));
        self.documents.len() - 1
    }

    /// Adds a problem at the value that an origin names, or at the deepest one on the way that exists.
    pub fn at(&mut self, origin: &Origin, problem: Problem) {
        self.push(match self.documents.get(origin.document) {
            Some((source, root)) => problem.at(*source, root.at(&steps(&origin.path)).head()),
            None => problem,
        });
    }

    /// Adds a problem at the key that an origin names.
    pub fn at_key(&mut self, origin: &Origin, problem: Problem) {
        self.push(match self.documents.get(origin.document) {
            Some((source, root)) => problem.at(*source, root.key_span(&steps(&origin.path))),
            None => problem,
        });
    }

    /// Adds a problem at a span of the file that a document stands in.
    pub fn at_span(&mut self, document: usize, span: Span, problem: Problem) {
        self.push(match self.documents.get(document) {
            Some((source, _)) => problem.at(*source, span),
            None => problem,
        });
    }

    /// The file that a document stands in.
    pub fn source_id_of(&self, document: usize) -> Option<SourceId> {
        self.documents.get(document).map(|(source, _)| *source)
    }

    /// The tree of a document.
    pub fn tree_of(&self, document: usize) -> Option<Arc<Node>> {
        self.documents.get(document).map(|(_, root)| root.clone())
    }

    /// The place of the key that an origin names; `None` for an unknown document.
    pub fn label_of(&self, origin: &Origin, text: &str) -> Option<Label> {
        let (source, root) = self.documents.get(origin.document)?;
        Some(Label { source: *source, span: root.key_span(&steps(&origin.path)), text: text.to_owned() })
    }

    /// File, line and column of the key that an origin names, for people.
    pub fn source_of(&self, origin: &Origin) -> Option<Source> {
        let label = self.label_of(origin, "")?;
        Some(self.place(label.source, label.span.start))
    }

    /// The text of the file that a document stands in.
    pub fn text_of(&self, document: usize) -> &str {
        self.documents.get(document).map_or("", |(source, _)| self.text(*source))
    }

    /// Adds a problem, unless it is about a value that was refused: that only follows from what was said of it.
    pub fn push(&mut self, problem: Problem) {
        let follows = |at: &Label| {
            let inside = |span: &Span| span.start <= at.span.start && at.span.end <= span.end;
            self.refused.iter().any(|(source, span)| *source == at.source && inside(span))
        };
        if !problem.at.as_ref().is_some_and(follows) {
            self.problems.push(problem);
        }
    }

    /// Refuses a value: nothing more is said of it.
    pub fn refuse(&mut self, source: SourceId, span: Span) {
        self.refused.push((source, span));
    }

    /// Adds an error without a place.
    pub fn error(&mut self, code: &'static str, message: impl Into<String>) {
        self.push(Problem::error(code, message));
    }

    /// Adds what loading or decoding found in a file, as errors.
    pub fn yaml(&mut self, source: SourceId, problems: impl IntoIterator<Item = YamlProblem>) {
        for found in problems {
            let mut problem = Problem::error(found.code, found.message).at(source, found.span);
            problem.help = found.help;
            problem.also = found.also.into_iter().map(|(span, text)| Label { source, span, text }).collect();
            self.push(problem);
        }
    }

    /// Adds the problems of another report, whose files become files of this one.
    pub fn absorb(&mut self, other: Self) {
        let shift = self.sources.len();
        self.sources.extend(other.sources);
        self.refused.extend(other.refused.into_iter().map(|(source, span)| (SourceId(source.0 + shift), span)));
        self.documents.extend(other.documents.into_iter().map(|(source, root)| (SourceId(source.0 + shift), root)));
        for mut problem in other.problems {
            for label in problem.at.iter_mut().chain(&mut problem.also) {
                label.source.0 += shift;
            }
            self.problems.push(problem);
        }
    }

    /// Whether anything is an error.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many problems have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|p| p.severity == severity).count()
    }

    /// All problems.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The same without notes.
    #[must_use]
    pub fn without_notes(&self) -> Self {
        let mut out = self.clone();
        out.problems.retain(|problem| problem.severity != Severity::Note);
        out
    }

    /// Whether there are no problems at all.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The path of a file, as shown to people.
    pub fn path(&self, source: SourceId) -> &str {
        self.sources.get(source.0).map_or("", |file| &file.path)
    }

    /// The text of a file.
    pub fn text(&self, source: SourceId) -> &str {
        self.sources.get(source.0).map_or("", |file| &file.text)
    }

    /// File, line and column of a byte, for people. Of an unknown file: an empty path, line 1.
    pub fn place(&self, source: SourceId, offset: usize) -> Source {
        let (file, (line, column)) = match self.sources.get(source.0) {
            Some(file) => (file.path.clone(), file.lines.line_col(offset)),
            None => (String::new(), (1, 1)),
        };
        Source { file, line, column }
    }

    /// Sorts the problems by file (as they were added), place and code. Those without a place come last.
    pub fn sort(&mut self) {
        self.problems.sort_by(order);
    }

    /// The problems in the order of [`Self::sort`], in which every form of the report shows them: they are found file by
    /// file, but not from top to bottom.
    pub(super) fn in_order(&self) -> Vec<&Problem> {
        let mut all: Vec<&Problem> = self.problems.iter().collect();
        all.sort_by(|a, b| order(a, b));
        all
    }

    /// The problems as JSON objects: `code`, `severity`, `message`, and where they have one `help` and `source`
    /// (`file`, `line`, `column`).
    pub fn to_json(&self) -> Vec<Value> {
        self.in_order().into_iter().map(|p| self.problem_json(p)).collect()
    }

    /// The problems without their files, for those who only show them.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let one = |p: &Problem| Diagnostic {
            code: p.code,
            severity: p.severity,
            message: p.message.clone(),
            help: p.help.clone(),
            source: p.at.as_ref().map(|at| self.place(at.source, at.span.start)),
        };
        self.in_order().into_iter().map(one).collect()
    }

    fn problem_json(&self, problem: &Problem) -> Value {
        let mut out = json!({"code": problem.code, "severity": problem.severity.word(), "message": problem.message});
        if !problem.help.is_empty() {
            out["help"] = problem.help.join("\n").into();
        }
        if let Some(at) = &problem.at {
            let place = self.place(at.source, at.span.start);
            out["source"] = json!({"file": place.file, "line": place.line, "column": place.column});
        }
        out
    }
}

fn order(a: &Problem, b: &Problem) -> std::cmp::Ordering {
    let key = |p: &Problem| p.at.as_ref().map_or((usize::MAX, 0), |at| (at.source.0, at.span.start));
    key(a).cmp(&key(b)).then_with(|| a.code.cmp(b.code))
}

fn steps(path: &Path) -> Vec<&str> {
    path.0
        .iter()
        .map(|seg| match seg {
            Seg::Field(name) | Seg::Key(name) => name.as_str(),
        })
        .collect()
}
