//! The documents of a run: an [`Origin`] becomes a place in a file.

use crate::{
    diag::SourceId,
    model::{Origin, Path, Seg, Source},
    yaml::{Lines, Node, Span},
};
use std::{collections::BTreeMap, sync::Arc};

/// A document, shared with the report.
pub(super) type Tree = Arc<Node>;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    Overlay,
    /// The project file: an origin in it is a default.
    Project,
}

#[derive(Debug)]
struct Entry {
    source: SourceId,
    node: Tree,
    role: Role,
}

/// Every document of a run by its index, which is also its index in the report.
#[derive(Debug, Default)]
pub struct Documents {
    entries: BTreeMap<usize, Entry>,
    files: BTreeMap<SourceId, (String, Lines)>,
}

/// The steps of a path as keys of a node.
pub(super) fn keys(path: &Path) -> Vec<&str> {
    path.0
        .iter()
        .map(|seg| match seg {
            Seg::Field(name) | Seg::Key(name) => name.as_str(),
        })
        .collect()
}

/// A path inside a document, `inner` being a path inside the value at `outer`.
pub(super) fn joined(outer: &Path, inner: &Path) -> Path {
    Path(outer.0.iter().chain(&inner.0).cloned().collect())
}

impl Documents {
    pub(super) fn add_file(&mut self, source: SourceId, shown: &str, text: &Arc<str>) {
        self.files.insert(source, (shown.to_owned(), Lines::new(text.clone())));
    }

    pub(super) fn add(&mut self, index: usize, source: SourceId, node: &Tree, role: Role) {
        self.entries.insert(index, Entry { source, node: node.clone(), role });
    }

    pub(super) fn role(&self, origin: &Origin) -> Option<Role> {
        self.entries.get(&origin.document).map(|e| e.role)
    }

    /// The file and the stretch of it that an origin names: its value, or the deepest value on the way that exists.
    pub fn value_span(&self, origin: &Origin) -> Option<(SourceId, Span)> {
        let entry = self.entries.get(&origin.document)?;
        Some((entry.source, entry.node.at(&keys(&origin.path)).head()))
    }

    /// As [`Documents::value_span`], but the last key of the path instead of its value.
    pub fn key_span(&self, origin: &Origin) -> Option<(SourceId, Span)> {
        let entry = self.entries.get(&origin.document)?;
        Some((entry.source, entry.node.key_span(&keys(&origin.path))))
    }

    /// Whether the document says something at exactly this path.
    pub(super) fn says(&self, origin: &Origin) -> bool {
        let found = self.entries.get(&origin.document).and_then(|e| e.node.find(&keys(&origin.path)));
        found.is_some_and(|n| !n.is_null())
    }

    /// The place of an origin, for people: that of the key where the path ends in one.
    pub fn source(&self, origin: &Origin) -> Option<Source> {
        let (source, span) = self.key_span(origin)?;
        self.at(source, span)
    }

    pub(super) fn at(&self, source: SourceId, span: Span) -> Option<Source> {
        let (file, lines) = self.files.get(&source)?;
        let (line, column) = lines.line_col(span.start);
        Some(Source { file: file.clone(), line, column })
    }
}
