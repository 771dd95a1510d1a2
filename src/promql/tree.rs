//! An expression as a tree in which every node knows its place in the author's text.

use super::fault::Span;

/// A node of an expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands, in bytes of the author's text.
    pub span: Span,
    /// How many nodes lie below it, at the deepest.
    pub(crate) depth: usize,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A number, or a duration that stands for its seconds.
    Number(f64),
    /// A string.
    Text(String),
    /// A metric with its matchers, range and offset.
    Selector(Box<Selector>),
    /// `inner[range:step]`.
    Subquery(Box<Subquery>),
    /// A function with its arguments.
    Call(Call),
    /// `sum by (…) (…)`.
    Aggregate(Box<Aggregate>),
    /// Two sides and an operator.
    Binary(Box<Binary>),
    /// `-x`.
    Negative(Box<Node>),
    /// `(x)`.
    Paren(Box<Node>),
}

/// A metric with its matchers, range and offset.
#[derive(Clone, Debug)]
pub struct Selector {
    /// The metric's name: before the braces, as `{"name"}`, or as a matcher `__name__="name"`.
    pub name: Option<String>,
    /// Where the name stands; the whole selector where it has none.
    pub name_span: Span,
    /// All matchers but the one that gives the name.
    pub matchers: Vec<Matcher>,
    /// `[5m]`.
    pub range: Option<Window>,
    /// `offset 5m`, negative where it looks ahead.
    pub offset: Option<Window>,
    /// `@ end()`, `@ 1700000000`.
    pub at: Option<Span>,
    /// The whole selector, range and offset included.
    pub span: Span,
}

/// A label matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// Where the label stands.
    pub label_span: Span,
    /// How it is compared.
    pub op: MatchOp,
    /// What it is compared with.
    pub value: String,
    /// Where the value stands, quotes included.
    pub value_span: Span,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// A span of time in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Milliseconds; `None` where it is computed (`[5m * 2]`).
    pub ms: Option<i64>,
    /// Where it stands, without the brackets.
    pub span: Span,
}

/// `inner[range:step]`.
#[derive(Clone, Debug)]
pub struct Subquery {
    /// What is evaluated.
    pub inner: Box<Node>,
    /// How far back.
    pub range: Window,
    /// How often; the global evaluation interval where it is not said.
    pub step: Option<Window>,
    /// `offset 5m`.
    pub offset: Option<Window>,
    /// `@ end()`.
    pub at: Option<Span>,
}

/// A function with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub name: String,
    /// Where its name stands.
    pub name_span: Span,
    /// What it is given.
    pub args: Vec<Node>,
}

/// An aggregation.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// `sum`, `topk`, …, in lower case.
    pub op: String,
    /// Where the operator stands.
    pub op_span: Span,
    /// `by (…)` or `without (…)`.
    pub grouping: Option<Grouping>,
    /// `k` of `topk`, the label of `count_values`, ….
    pub param: Option<Box<Node>>,
    /// What is aggregated.
    pub inner: Box<Node>,
}

/// A list of labels behind `by`, `without`, `on` or `ignoring`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// The word, in lower case.
    pub word: String,
    /// The labels and their places.
    pub labels: Vec<(String, Span)>,
    /// From the word to the closing parenthesis.
    pub span: Span,
}

/// Two sides and an operator.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The operator, in lower case.
    pub op: String,
    /// Where it stands.
    pub op_span: Span,
    /// Whether `bool` makes it answer 0 or 1.
    pub returns_bool: bool,
    /// `on (…)` or `ignoring (…)`.
    pub matching: Option<Grouping>,
    /// `group_left (…)` or `group_right (…)`.
    pub group: Option<Grouping>,
    /// Where a `fill` modifier stands.
    pub fill: Option<Span>,
    /// The left side.
    pub lhs: Box<Node>,
    /// The right side.
    pub rhs: Box<Node>,
}

impl Binary {
    /// Whether the operator compares.
    pub fn compares(&self) -> bool {
        matches!(self.op.as_str(), "==" | "!=" | "<" | "<=" | ">" | ">=")
    }

    /// Whether it compares and drops what does not hold.
    pub fn filters(&self) -> bool {
        self.compares() && !self.returns_bool
    }
}

impl Node {
    pub(crate) fn new(kind: NodeKind, span: Span) -> Self {
        let mut node = Self { kind, span, depth: 0 };
        let mut depth = 0;
        node.each_child(&mut |child| depth = depth.max(child.depth + 1));
        node.depth = depth;
        node
    }

    /// Shows the nodes right below, in the order of the text.
    fn each_child<'n>(&'n self, see: &mut dyn FnMut(&'n Node)) {
        match &self.kind {
            NodeKind::Number(_) | NodeKind::Text(_) | NodeKind::Selector(_) => {}
            NodeKind::Subquery(sub) => see(&sub.inner),
            NodeKind::Call(call) => call.args.iter().for_each(see),
            NodeKind::Aggregate(agg) => agg.param.iter().chain([&agg.inner]).for_each(|node| see(node)),
            NodeKind::Binary(binary) => {
                see(&binary.lhs);
                see(&binary.rhs);
            }
            NodeKind::Negative(inner) | NodeKind::Paren(inner) => see(inner),
        }
    }

    /// The nodes right below, in the order of the text.
    pub fn children(&self) -> Vec<&Node> {
        let mut out = Vec::new();
        self.each_child(&mut |child| out.push(child));
        out
    }

    /// This node and all below it, each before its children, in the order of the text.
    pub fn walk(&self) -> Vec<&Node> {
        fn add<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
            out.push(node);
            node.each_child(&mut |child| add(child, out));
        }
        let mut out = Vec::with_capacity(8);
        add(self, &mut out);
        out
    }

    /// The node without the parentheses around it.
    pub fn bare(&self) -> &Node {
        let mut node = self;
        while let NodeKind::Paren(inner) = &node.kind {
            node = inner;
        }
        node
    }
}
