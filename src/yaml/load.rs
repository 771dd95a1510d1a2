//! Text to nodes: granit's events become trees.
//!
//! A document with a fault of its form (syntax, nesting, an alias without an anchor) is dropped and counted; one with a
//! fault in its content (a key twice, a tag) is kept, so that its other problems come up in the same run.

use super::{
    Kind, Node, Span, Style, YamlProblem, nearest,
    scan::{harmless, scan},
    syntax,
};
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// What a file may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    /// Bytes of a file.
    pub bytes: usize,
    /// Bytes of a line.
    pub line: usize,
    /// Values of a document, each alias counted as all it stands for.
    pub values: u64,
    /// Collections inside each other, through aliases.
    pub depth: usize,
    /// Aliases of a document.
    pub aliases: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { bytes: 16 << 20, line: 1 << 20, values: 1_000_000, depth: 100, aliases: 10_000 }
    }
}

/// A file as read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The text that all spans speak of: without a byte order mark.
    pub text: Arc<str>,
    /// The documents that hold anything, in order.
    pub documents: Vec<Node>,
    /// Everything wrong in the file, in order of the text.
    pub problems: Vec<YamlProblem>,
    /// How many documents could not be read at all: what they would have declared is unknown, and not absent.
    pub dropped: usize,
}

/// Reads a YAML or JSON file. Never fails as a whole: what cannot be read is a problem, and what can is there.
pub fn load(bytes: &[u8], budgets: &Budgets) -> Loaded {
    let scanned = scan(bytes, budgets);
    let text: Arc<str> = scanned.text.as_ref().into();
    let mut builder = Builder { problems: scanned.problems, ..Builder::new(budgets, &text) };
    if scanned.readable {
        builder.run(&harmless(&text));
    } else {
        builder.dropped = 1;
    }
    let Builder { documents, mut problems, dropped, .. } = builder;
    problems.sort_by_key(|p| (p.span.start, p.code));
    Loaded { text: text.clone(), documents, problems, dropped }
}

/// What an anchor stands for.
struct Anchor {
    node: Arc<Node>,
    values: u64,
    height: usize,
}

/// A collection that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    flow: bool,
    values: u64,
    height: usize,
    body: Body,
}

enum Body {
    Seq(Vec<Node>),
    Map { entries: Vec<(Node, Node)>, key: Option<Node>, seen: HashMap<Box<str>, Span> },
}

/// A finished node on its way into its parent.
struct Done {
    node: Node,
    anchor: usize,
    values: u64,
    height: usize,
}

struct Builder<'a> {
    budgets: &'a Budgets,
    text: &'a str,
    documents: Vec<Node>,
    problems: Vec<YamlProblem>,
    dropped: usize,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    /// The anchors of this document by name, and those of the documents before.
    names: BTreeMap<String, Span>,
    earlier: BTreeMap<String, Span>,
    /// Aliases without an anchor so far.
    unresolved: Vec<(String, Span)>,
    aliases: usize,
    root: Option<Node>,
    values: u64,
    broken: bool,
}

impl<'a> Builder<'a> {
    fn new(budgets: &'a Budgets, text: &'a str) -> Self {
        Self {
            budgets,
            text,
            documents: Vec::new(),
            problems: Vec::new(),
            dropped: 0,
            stack: Vec::new(),
            anchors: HashMap::new(),
            names: BTreeMap::new(),
            earlier: BTreeMap::new(),
            unresolved: Vec::new(),
            aliases: 0,
            root: None,
            values: 0,
            broken: false,
        }
    }

    fn run(&mut self, text: &str) {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: self.budgets.depth,
            block_nesting_limit: self.budgets.depth,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        while let Some(next) = parser.next_event() {
            let skip = match next {
                Ok((event, span)) => self.event(event, &span).is_err(),
                Err(error) => {
                    self.problems.push(syntax::explain(&error, self.text, self.open_flow()));
                    true
                }
            };
            if skip {
                self.broken = true;
                self.end_document();
                match parser.proceed_next_document() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        self.problems.push(syntax::explain(&error, self.text, None));
                        break;
                    }
                }
            }
        }
    }

    /// The innermost flow collection that is still open.
    fn open_flow(&self) -> Option<Span> {
        self.stack.last().filter(|open| open.flow).map(|open| open.span)
    }

    /// Takes one event in. `Err`: the rest of the document is of no use.
    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<(), ()> {
        if let Some(tag) = span.tag_span() {
            let tag = place(&tag);
            let shown = self.text.get(tag.start..tag.end).unwrap_or("!").to_owned();
            self.problems.push(syntax::tag(tag, &shown));
        }
        let span = place(span);
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                self.broken = true;
                let node = Node { span, kind: Kind::Scalar { text: format!("*{name}").into(), style: Style::Double } };
                self.unresolved.push((name.into_owned(), span));
                self.put(Done { node, anchor: 0, values: 1, height: 0 })
            }
            Event::Anchor(_, name) => {
                self.names.insert(name.into_owned(), span);
                Ok(())
            }
            Event::SequenceStart(style, anchor, _) => self.open(span, anchor, style, Body::Seq(Vec::new())),
            Event::MappingStart(style, anchor, _) => {
                self.open(span, anchor, style, Body::Map { entries: Vec::new(), key: None, seen: HashMap::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::DocumentEnd => {
                self.end_document();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) -> Result<(), ()> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if text.is_empty() && matches!(style, Style::Literal | Style::Folded) {
            self.problems.push(syntax::empty_block(self.text, span, style));
        }
        let span = if matches!(style, Style::Literal | Style::Folded) { self.trimmed(span) } else { span };
        // the parser gives `~` for a value that is not there
        let text = if style == Style::Plain && span.start == span.end { "" } else { text };
        let node = Node { span, kind: Kind::Scalar { text: text.into(), style } };
        self.put(Done { node, anchor, values: 1, height: 0 })
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), ()> {
        self.aliases += 1;
        if self.aliases == self.budgets.aliases + 1 {
            let message = format!("more than {} aliases in one document", self.budgets.aliases);
            self.problems.push(YamlProblem::new("NF0007", span, message));
            return Err(());
        }
        let Some(anchor) = self.anchors.get(&id) else {
            let message = format!("alias `{}` stands inside its own anchor", self.slice(span));
            self.problems.push(YamlProblem::new("NF0005", span, message).help("a value cannot hold itself"));
            return Err(());
        };
        let (values, height) = (anchor.values, anchor.height);
        let node = Node { span, kind: Kind::Alias(anchor.node.clone()) };
        if self.stack.len() + height > self.budgets.depth {
            return self.too_deep(span);
        }
        self.put(Done { node, anchor: 0, values, height })
    }

    fn open(&mut self, span: Span, anchor: usize, style: StructureStyle, body: Body) -> Result<(), ()> {
        if self.stack.len() >= self.budgets.depth {
            return self.too_deep(span);
        }
        self.stack.push(Open { span, anchor, flow: style == StructureStyle::Flow, values: 1, height: 1, body });
        Ok(())
    }

    fn too_deep(&mut self, span: Span) -> Result<(), ()> {
        let message = format!("more than {} collections inside each other", self.budgets.depth);
        self.problems.push(YamlProblem::new("NF0007", span, message));
        Err(())
    }

    fn close(&mut self, end: Span) -> Result<(), ()> {
        let Some(mut open) = self.stack.pop() else { return Ok(()) };
        if open.flow {
            self.problems.extend(syntax::flow_traps(&mut open.body_view()));
        }
        let Open { span, anchor, flow, values, height, body } = open;
        let (kind, last) = match body {
            Body::Seq(items) => {
                let last = items.last().map(|n| n.span.end);
                (Kind::Seq(items), last)
            }
            Body::Map { entries, .. } => {
                let last = entries.last().map(|(k, v)| v.span.end.max(k.span.end));
                (Kind::Map(entries), last)
            }
        };
        let end = if flow { end.end } else { last.unwrap_or(span.end) };
        let node = Node { span: Span::new(span.start, end), kind };
        self.put(Done { node, anchor, values, height })
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, done: Done) -> Result<(), ()> {
        let Done { mut node, anchor, values, height } = done;
        if anchor != 0 {
            let shared = Arc::new(node);
            node = Node { span: shared.span, kind: Kind::Alias(shared.clone()) };
            self.anchors.insert(anchor, Anchor { node: shared, values, height });
        }
        let Some(parent) = self.stack.last_mut() else {
            self.values = values;
            self.root = Some(node);
            return Ok(());
        };
        parent.values = parent.values.saturating_add(values);
        parent.height = parent.height.max(height + 1);
        match &mut parent.body {
            Body::Seq(items) => items.push(node),
            Body::Map { entries, key, seen } => match key.take() {
                None => *key = Some(node),
                Some(name) => self.problems.extend(syntax::entry(entries, seen, name, node)),
            },
        }
        Ok(())
    }

    fn end_document(&mut self) {
        for (name, span) in std::mem::take(&mut self.unresolved) {
            let near = nearest(&name, self.names.keys().map(String::as_str));
            let problem = syntax::unresolved(&name, span, self.names.get(&name), self.earlier.get(&name), near);
            self.problems.push(problem);
        }
        let root = self.root.take();
        if let Some(node) = &root
            && !self.broken
            && self.values > self.budgets.values
        {
            self.problems.push(syntax::too_many_values(node, self.values, self.budgets.values));
            self.broken = true;
        }
        match root {
            _ if self.broken => self.dropped += 1,
            Some(node) if !node.is_null() => self.documents.push(node),
            _ => {}
        }
        self.stack.clear();
        self.anchors.clear();
        self.earlier.append(&mut self.names);
        self.aliases = 0;
        self.values = 0;
        self.broken = false;
    }

    /// A block of text without the empty lines behind it.
    fn trimmed(&self, span: Span) -> Span {
        Span::new(span.start, span.start + self.slice(span).trim_end().len())
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }
}

impl Open {
    fn body_view(&mut self) -> syntax::Flow<'_> {
        match &mut self.body {
            Body::Seq(items) => syntax::Flow::Seq(items),
            Body::Map { entries, .. } => syntax::Flow::Map(entries),
        }
    }
}

fn place(span: &granit_parser::Span) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
