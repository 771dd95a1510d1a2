//! Problems of one file: the report with the file already filled in.

use crate::{
    diag::{Problem, Report, SourceId},
    yaml::{Node, Span},
};

/// Where problems of one file go.
pub(super) struct Faults<'r> {
    pub report: &'r mut Report,
    pub source: SourceId,
    /// The text of the file.
    pub text: std::sync::Arc<str>,
    /// How many errors went through here.
    pub count: usize,
}

impl<'r> Faults<'r> {
    pub fn new(report: &'r mut Report, source: SourceId, text: &std::sync::Arc<str>) -> Self {
        Self { report, source, text: text.clone(), count: 0 }
    }

    /// An error at a place of the file, with lines of help.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &[String]) {
        self.count += 1;
        let problem = Problem::error(code, message).at(self.source, span);
        self.report.push(help.iter().fold(problem, |p, line| p.help(line.clone())));
    }

    /// A warning at a place of the file.
    pub fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &[String]) {
        let problem = Problem::warning(code, message).at(self.source, span);
        self.report.push(help.iter().fold(problem, |p, line| p.help(line.clone())));
    }

    /// A note at a place of the file, with lines of help.
    pub fn note(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &[String]) {
        let problem = Problem::note(code, message).at(self.source, span);
        self.report.push(help.iter().fold(problem, |p, line| p.help(line.clone())));
    }

    /// An error inside the text of a scalar.
    pub fn inside(
        &mut self,
        code: &'static str,
        node: &Node,
        (offset, len): (usize, usize),
        message: impl Into<String>,
        help: &[String],
    ) {
        let span = node.inside(&self.text, offset, len);
        self.error(code, span, message, help);
    }
}

/// `did you mean …?` as lines of help; none where nothing is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    super::text::nearest(word, known).map(|n| vec![format!("did you mean `{n}`?")]).unwrap_or_default()
}
