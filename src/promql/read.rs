//! Reads an expression into a tree, with a place for every fault of syntax.
//!
//! The grammar is that of Prometheus 3.15, all experimental syntax included, so that a rule for a newer server is no
//! fault here; what the live server lacks is the feature gate's matter ([`super::needs`]). Types are not checked here:
//! promql-parser does that.

use std::borrow::Cow;

use super::fault::{Fault, Span, nearest_name, shown};
use super::functions;
use super::lex::{Kind, Token};
use super::number;
use super::read_operator::joined;
use super::tree::{Aggregate, Call, Grouping, Node, NodeKind};

/// How deep an expression may nest, operators included: deeper ones would cost more stack than a thread has.
pub(crate) const MAX_DEPTH: usize = 300;

const AGGREGATES: &[&str] = &[
    "sum",
    "avg",
    "count",
    "min",
    "max",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "count_values",
    "quantile",
    "limitk",
    "limit_ratio",
];

/// Keywords that cannot be a metric's name.
const RESERVED: &[&str] = &["on", "ignoring", "bool", "group_left", "group_right", "atan2", "smoothed", "anchored"];

pub(crate) struct Reader<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) next: usize,
    /// Set where there is syntax that promql-parser does not know.
    pub(crate) exotic: bool,
    level: usize,
}

/// Reads the whole of `tokens`: the tree, and whether it holds syntax that promql-parser does not know.
pub(crate) fn read(text: &str, tokens: &[Token]) -> Result<(Node, bool), Fault> {
    let mut reader = Reader { text, tokens, next: 0, exotic: false, level: 0 };
    if tokens.is_empty() {
        return Err(Fault::new(Span::new(0, text.len()), "the expression is empty"));
    }
    let node = reader.expr(0)?;
    match reader.tokens.get(reader.next) {
        None => Ok((node, reader.exotic)),
        Some(token) => Err(reader.no_operator(*token)),
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).copied()
    }

    pub(crate) fn said(&self, token: Token) -> &'a str {
        token.span.of(self.text)
    }

    /// The token's keyword or mark, in lower case; empty where it is neither.
    pub(crate) fn word_at(&self, index: usize) -> Cow<'a, str> {
        match self.tokens.get(index) {
            Some(token) if matches!(token.kind, Kind::Word | Kind::Mark) => {
                let said = self.said(*token);
                let upper = said.bytes().any(|b| b.is_ascii_uppercase());
                if upper { said.to_ascii_lowercase().into() } else { said.into() }
            }
            _ => Cow::Borrowed(""),
        }
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.word_at(self.next) == word
    }

    /// Takes the next token where it says `word`.
    pub(crate) fn take(&mut self, word: &str) -> Option<Span> {
        let span = self.peek().filter(|_| self.is(word))?.span;
        self.next += 1;
        Some(span)
    }

    pub(crate) fn expect(&mut self, mark: &str, after: &str) -> Result<Span, Fault> {
        self.take(mark).ok_or_else(|| self.expected(&format!("`{mark}` {after}")))
    }

    /// Where the last token ended.
    pub(crate) fn last(&self) -> Span {
        self.next.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(Span::new(0, 0), |token| token.span)
    }

    /// "expected …, found …" at the next token, or at the end.
    pub(crate) fn expected(&self, what: &str) -> Fault {
        match self.peek() {
            Some(token) => Fault::new(token.span, format!("expected {what}, found `{}`", shown(self.said(token)))),
            None => Fault::new(Span::new(self.last().end(), 0), format!("expected {what}, found the end")),
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.level >= MAX_DEPTH {
            let span = self.peek().map_or(self.last(), |token| token.span);
            return Err(too_deep(span));
        }
        self.level += 1;
        let result = inner(self);
        self.level -= 1;
        result
    }

    /// An expression whose operators bind at least as strongly as `min`. Nesting passes through here, so that the frame
    /// is kept small: what builds a node has its own.
    fn expr(&mut self, min: usize) -> Result<Node, Fault> {
        let mut lhs = self.deeper(Self::operand)?;
        while let Some((floor, head)) = self.operator(min)? {
            let rhs = self.deeper(|reader| reader.expr(floor))?;
            lhs = joined(head, lhs, rhs)?;
        }
        Ok(lhs)
    }

    /// A finite or infinite number.
    pub(crate) fn number(&mut self, what: &str) -> Result<f64, Fault> {
        let value = self.peek().and_then(|token| match token.kind {
            Kind::Number | Kind::Word => number::value(self.said(token)),
            _ => None,
        });
        let value = value.ok_or_else(|| self.expected(what))?;
        self.next += 1;
        Ok(value)
    }

    /// A sign and what it stands before, or an atom with its ranges and offsets.
    fn operand(&mut self) -> Result<Node, Fault> {
        if self.is("-") || self.is("+") {
            return self.signed();
        }
        let atom = self.atom()?;
        self.suffixes(atom)
    }

    fn signed(&mut self) -> Result<Node, Fault> {
        let (negative, sign) = (self.is("-"), self.peek().map_or(self.last(), |token| token.span));
        self.next += 1;
        let mut inner = self.expr(6)?;
        let span = sign.to(inner.span);
        let moved = match &inner.bare().kind {
            NodeKind::Text(_) => Some("a string"),
            NodeKind::Subquery(_) => Some("a range vector"),
            NodeKind::Selector(selector) if selector.range.is_some() => Some("a range vector"),
            _ => None,
        };
        if let Some(what) = moved {
            let words = format!("a sign stands before numbers and instant vectors, not before {what}");
            return Err(Fault::new(sign, words));
        }
        if negative {
            return Ok(Node::new(NodeKind::Negative(Box::new(inner)), span));
        }
        inner.span = span;
        Ok(inner)
    }

    fn atom(&mut self) -> Result<Node, Fault> {
        match self.peek().map(|token| token.kind) {
            Some(Kind::Number | Kind::Duration | Kind::Text) => self.literal(),
            Some(Kind::Word) => self.word(),
            Some(Kind::Mark) if self.is("(") => self.paren(),
            Some(Kind::Mark) if self.is("{") => self.selector(None),
            Some(Kind::Mark) | None => Err(self.no_operand()),
        }
    }

    fn literal(&mut self) -> Result<Node, Fault> {
        let Some(token) = self.peek() else { return Err(self.no_operand()) };
        let said = self.said(token);
        // promql-parser takes no duration of nothing, not as a number either
        self.exotic |= token.kind == Kind::Duration && super::duration::parse_duration(said) == Ok(0);
        let kind = match token.kind {
            Kind::Text => NodeKind::Text(super::string::value(said).0),
            Kind::Duration => {
                NodeKind::Number(super::duration::parse_duration(said).map_or(f64::NAN, |ms| ms as f64 / 1000.0))
            }
            _ => NodeKind::Number(number::value(said).unwrap_or(f64::NAN)),
        };
        self.next += 1;
        Ok(Node::new(kind, token.span))
    }

    fn paren(&mut self) -> Result<Node, Fault> {
        let open = self.expect("(", "")?;
        if self.is(")") {
            return Err(self.expected("an expression between the parentheses"));
        }
        let inner = self.expr(0)?;
        let end = self.expect(")", "or an operator")?;
        Ok(Node::new(NodeKind::Paren(Box::new(inner)), open.to(end)))
    }

    fn no_operand(&self) -> Fault {
        let before = self.next.checked_sub(1).and_then(|i| self.tokens.get(i)).map(|token| self.said(*token));
        match before {
            Some(before) => self.expected(&format!("an expression behind `{}`", shown(before))),
            None => self.expected("an expression"),
        }
    }

    /// A number word, an aggregation, a call or a metric.
    fn word(&mut self) -> Result<Node, Fault> {
        let Some(token) = self.peek() else { return Err(self.no_operand()) };
        let lower = self.word_at(self.next);
        let then = self.word_at(self.next + 1);
        if matches!(lower.as_ref(), "inf" | "nan") {
            return self.literal();
        }
        if AGGREGATES.contains(&lower.as_ref()) && matches!(then.as_ref(), "(" | "by" | "without") {
            return self.aggregate(token, lower.into_owned());
        }
        if then == "(" && !RESERVED.contains(&lower.as_ref()) {
            return self.call(token);
        }
        if RESERVED.contains(&lower.as_ref()) {
            return Err(self.no_operand());
        }
        self.selector(Some(token))
    }

    fn aggregate(&mut self, token: Token, op: String) -> Result<Node, Fault> {
        self.next += 1;
        let before = self.labels()?;
        let (args, mut end) = self.args(&op)?;
        let behind = if before.is_none() { self.labels()? } else { None };
        end = behind.as_ref().map_or(end, |grouping| grouping.span);
        aggregation(token.span, op, before.or(behind), args, end)
    }

    /// `by (…)` or `without (…)`, where there is one.
    fn labels(&mut self) -> Result<Option<Grouping>, Fault> {
        if self.is("by") || self.is("without") { self.grouping(true).map(Some) } else { Ok(None) }
    }

    fn call(&mut self, token: Token) -> Result<Node, Fault> {
        let name = self.said(token).to_owned();
        if !functions::known(&name) {
            return Err(unknown(&name, token.span));
        }
        self.next += 1;
        let (args, end) = self.args(&name)?;
        Ok(Node::new(NodeKind::Call(Call { name, name_span: token.span, args }), token.span.to(end)))
    }

    /// `(a, b)`: what stands between, and the closing parenthesis.
    fn args(&mut self, name: &str) -> Result<(Vec<Node>, Span), Fault> {
        self.expect("(", &format!("behind `{name}`"))?;
        let mut args = Vec::new();
        loop {
            if let Some(end) = self.take(")") {
                return Ok((args, end));
            }
            if !args.is_empty() {
                let comma = self.expect(",", "or `)` between the arguments")?;
                if self.is(")") {
                    return Err(Fault::new(comma, format!("no comma stands behind the last argument of `{name}`")));
                }
            }
            args.push(self.expr(0)?);
        }
    }
}

fn aggregation(
    span: Span,
    op: String,
    grouping: Option<Grouping>,
    mut args: Vec<Node>,
    end: Span,
) -> Result<Node, Fault> {
    let wanted = if functions::takes_parameter(&op) { 2 } else { 1 };
    let found = args.len();
    match (args.pop(), args.pop()) {
        (Some(inner), param) if found == wanted => {
            let (inner, param) = (Box::new(inner), param.map(Box::new));
            let aggregate = Aggregate { op, op_span: span, grouping, param, inner };
            Ok(Node::new(NodeKind::Aggregate(Box::new(aggregate)), span.to(end)))
        }
        _ => {
            let plural = if wanted == 1 { "" } else { "s" };
            Err(Fault::new(span, format!("`{op}` takes {wanted} argument{plural}, found {found}"))
                .maybe_help(functions::parameter_help(&op)))
        }
    }
}

fn unknown(name: &str, span: Span) -> Fault {
    let known = functions::names().chain(AGGREGATES.iter().copied());
    let help = match functions::foreign(name) {
        Some(help) => Some(help.to_owned()),
        None => nearest_name(name, known).map(|known| format!("did you mean `{known}`?")),
    };
    Fault::new(span, format!("unknown function `{}`", shown(name))).maybe_help(help)
}

pub(crate) fn too_deep(span: Span) -> Fault {
    Fault::new(span, format!("the expression nests deeper than {MAX_DEPTH} operators"))
        .help("split it with a recording rule")
}
