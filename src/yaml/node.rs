//! The tree of a document.

use super::Span;
use std::sync::Arc;

/// One value of a document and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Of a scalar: with its quotes. Of a collection: from its first to the end of its last member.
    pub span: Span,
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar. What it means (a number, a boolean, text) is for the reader to say.
    Scalar {
        text: Box<str>,
        style: Style,
    },
    Seq(Vec<Node>),
    /// Keys are scalars, or aliases of scalars, and unique.
    Map(Vec<(Node, Node)>),
    /// `*name`, and what it stands for. A node with an anchor is kept so too, with its own span.
    Alias(Arc<Node>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    /// Single quotes.
    Single,
    /// Double quotes.
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

impl Node {
    /// A scalar that no file holds, for tests and for values that are made up.
    pub fn text(text: &str) -> Self {
        Self { span: Span::default(), kind: Kind::Scalar { text: text.into(), style: Style::Double } }
    }

    /// The node itself, or what the alias stands for.
    pub fn resolve(&self) -> &Self {
        let mut node = self;
        while let Kind::Alias(target) = &node.kind {
            node = target;
        }
        node
    }

    /// The text of a scalar, through aliases.
    pub fn as_str(&self) -> Option<&str> {
        match &self.resolve().kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether the node is a scalar without quotes, which may be a number, a boolean or null.
    pub fn is_plain(&self) -> bool {
        matches!(&self.resolve().kind, Kind::Scalar { style: Style::Plain, .. })
    }

    /// Whether the node is `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        match &self.resolve().kind {
            Kind::Scalar { text, style: Style::Plain } => matches!(&**text, "" | "~" | "null" | "Null" | "NULL"),
            _ => false,
        }
    }

    /// Whether the node is a mapping, through aliases.
    pub fn is_map(&self) -> bool {
        matches!(self.resolve().kind, Kind::Map(_))
    }

    /// Whether the node is a list, through aliases.
    pub fn is_seq(&self) -> bool {
        matches!(self.resolve().kind, Kind::Seq(_))
    }

    /// `true` or `false` without quotes. See [`yaml11_bool`](super::yaml11_bool) for what people write instead.
    pub fn as_bool(&self) -> Option<bool> {
        self.as_str().filter(|_| self.is_plain()).and_then(super::value::boolean)
    }

    /// What stands here, as a message says it behind "found": "the text `three`", "`5`", "a list", "nothing".
    pub fn describe(&self) -> String {
        match &self.resolve().kind {
            Kind::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, style: Style::Plain }
                if super::value::is_number(text) || super::value::boolean(text).is_some() =>
            {
                format!("`{text}`")
            }
            Kind::Scalar { text, .. } => super::fail::text(text),
            Kind::Seq(_) => "a list".to_owned(),
            Kind::Map(_) | Kind::Alias(_) => "a mapping".to_owned(),
        }
    }

    /// The members of a list; none where the node is no list.
    pub fn items(&self) -> &[Self] {
        match &self.resolve().kind {
            Kind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping with its merge keys (`<<`) applied: the mapping's own entries in order, then the merged
    /// ones that it does not have itself. None where the node is no mapping.
    pub fn entries(&self) -> Vec<(&Self, &Self)> {
        let Kind::Map(own) = &self.resolve().kind else { return Vec::new() };
        let mut out: Vec<_> = own.iter().filter(|(k, _)| !k.is_merge()).map(|(k, v)| (k, v)).collect();
        if out.len() == own.len() {
            return out;
        }
        let mut seen: std::collections::HashSet<_> = out.iter().filter_map(|(k, _)| k.as_str()).collect();
        for (_, from) in own.iter().filter(|(k, _)| k.is_merge()) {
            let sources = match &from.resolve().kind {
                Kind::Seq(many) => many.iter().collect(),
                _ => vec![from],
            };
            for (key, value) in sources.into_iter().flat_map(Self::entries) {
                if key.as_str().is_some_and(|k| seen.insert(k)) {
                    out.push((key, value));
                }
            }
        }
        out
    }

    /// The entry of a mapping called `key`, with the key's own node.
    pub fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        let Kind::Map(own) = &self.resolve().kind else { return None };
        let found = own.iter().find(|(k, _)| !k.is_merge() && k.as_str() == Some(key)).map(|(k, v)| (k, v));
        found.or_else(|| {
            let merged = own.iter().any(|(k, _)| k.is_merge());
            merged.then(|| self.entries().into_iter().find(|(k, _)| k.as_str() == Some(key)))?
        })
    }

    /// The value of a mapping's `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The node at `path` (keys, and indices of lists as text). `None` where there is none.
    pub fn find<S: AsRef<str>>(&self, path: &[S]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| node.step(step.as_ref()))
    }

    /// The node at `path`, or the deepest one on the way that exists: a place to point at.
    pub fn at<S: AsRef<str>>(&self, path: &[S]) -> &Self {
        let mut node = self;
        for step in path {
            let Some(next) = node.step(step.as_ref()) else { break };
            node = next;
        }
        node
    }

    /// The place of the key that the last step of `path` names, or as [`Node::at`].
    pub fn key_span<S: AsRef<str>>(&self, path: &[S]) -> Span {
        let mut span = self.head();
        let mut node = self;
        for step in path {
            let Some(next) = node.step(step.as_ref()) else { break };
            span = node.entry(step.as_ref()).map_or_else(|| next.head(), |(key, _)| key.span);
            node = next;
        }
        span
    }

    /// A short place for the whole node: of a mapping its first key, of a list its first member, else its span.
    pub fn head(&self) -> Span {
        match &self.kind {
            // an anchored node is kept as an alias of itself
            Kind::Alias(target) if target.span == self.span => target.head(),
            Kind::Map(entries) => entries.first().map_or(self.span, |(key, _)| key.span),
            Kind::Seq(items) => items.first().map_or(self.span, Self::head),
            _ => self.span,
        }
    }

    fn step(&self, step: &str) -> Option<&Self> {
        match &self.resolve().kind {
            Kind::Seq(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
            _ => self.get(step),
        }
    }

    /// What stands at this place in the file: the node's own kind, or that of the anchor that is defined here.
    fn anchored(&self) -> &Kind {
        match &self.kind {
            Kind::Alias(target) if target.span == self.span => target.anchored(),
            kind => kind,
        }
    }

    fn is_merge(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, style: Style::Plain } if &**text == "<<")
    }

    /// Where in the file a stretch of this scalar's text stands: `offset` and `len` in bytes of the text. Exact for every
    /// style, escapes and folded lines included; where that cannot be told (an alias, a text that a value was put into),
    /// the whole scalar.
    pub fn inside(&self, source: &str, offset: usize, len: usize) -> Span {
        let Kind::Scalar { text, style } = self.anchored() else { return self.span };
        super::place::inside(source, self.span, *style, text, offset, len).unwrap_or(self.span)
    }
}
