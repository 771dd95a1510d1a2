//! Reads operators with their modifiers, and lists of labels.

use super::fault::{Fault, Span, nearest_name, shown};
use super::lex::{Kind, Token};
use super::read::{MAX_DEPTH, Reader, too_deep};
use super::tree::{Binary, Grouping, Node, NodeKind};

/// How strongly an operator binds, and whether it binds to the right.
fn precedence(op: &str) -> Option<(usize, bool)> {
    Some(match op {
        "or" => (1, false),
        "and" | "unless" => (2, false),
        "==" | "!=" | "<" | "<=" | ">" | ">=" | "</" | ">/" => (3, false),
        "+" | "-" => (4, false),
        "*" | "/" | "%" | "atan2" => (5, false),
        "^" => (6, true),
        _ => return None,
    })
}

/// An operator with its modifiers.
pub(crate) struct Head {
    op: String,
    op_span: Span,
    returns_bool: bool,
    matching: Option<Grouping>,
    group: Option<Grouping>,
    fill: Option<Span>,
}

pub(crate) fn joined(head: Head, lhs: Node, rhs: Node) -> Result<Node, Fault> {
    let Head { op, op_span, returns_bool, matching, group, fill } = head;
    let span = lhs.span.to(rhs.span);
    let (lhs, rhs) = (Box::new(lhs), Box::new(rhs));
    let binary = Binary { op, op_span, returns_bool, matching, group, fill, lhs, rhs };
    let node = Node::new(NodeKind::Binary(Box::new(binary)), span);
    if node.depth > MAX_DEPTH { Err(too_deep(op_span)) } else { Ok(node) }
}

impl Reader<'_> {
    /// The operator at hand, where it binds at least as strongly as `min`, with its modifiers, and how strongly the
    /// operators of its right side must bind.
    pub(crate) fn operator(&mut self, min: usize) -> Result<Option<(usize, Head)>, Fault> {
        let op = self.word_at(self.next);
        let Some((strength, right)) = precedence(&op).filter(|(strength, _)| *strength >= min) else {
            return Ok(None);
        };
        let op_span = self.peek().map_or(self.last(), |token| token.span);
        self.next += 1;
        self.exotic |= matches!(op.as_ref(), "</" | ">/");
        let mut head =
            Head { op: op.into_owned(), op_span, returns_bool: false, matching: None, group: None, fill: None };
        self.modifiers(&mut head)?;
        Ok(Some((if right { strength } else { strength + 1 }, head)))
    }

    /// What stands between an operator and its right side.
    fn modifiers(&mut self, head: &mut Head) -> Result<(), Fault> {
        head.returns_bool = self.take("bool").is_some();
        if matches!(self.word_at(self.next).as_ref(), "on" | "ignoring") {
            head.matching = Some(self.grouping(true)?);
        }
        let word = self.word_at(self.next);
        if matches!(word.as_ref(), "group_left" | "group_right") {
            if head.matching.is_none() {
                let message = format!("`{word}` stands behind `on (…)` or `ignoring (…)`");
                return Err(Fault::new(self.peek().map_or(self.last(), |token| token.span), message));
            }
            head.group = Some(self.grouping(false)?);
        }
        while matches!(self.word_at(self.next).as_ref(), "fill" | "fill_left" | "fill_right")
            && self.word_at(self.next + 1) == "("
        {
            let begin = self.peek().map_or(self.last(), |token| token.span);
            self.next += 2;
            if self.take("-").is_none() {
                self.take("+");
            }
            self.number("a number")?;
            head.fill = Some(begin.to(self.expect(")", "behind the value")?));
        }
        Ok(())
    }

    /// `by (a, b)`, `on (a)`; without `needed` the parentheses may be missing.
    pub(crate) fn grouping(&mut self, needed: bool) -> Result<Grouping, Fault> {
        let word = self.word_at(self.next).into_owned();
        let begin = self.peek().map_or(self.last(), |token| token.span);
        self.next += 1;
        let mut labels = Vec::new();
        if !needed && !self.is("(") {
            return Ok(Grouping { word, labels, span: begin });
        }
        self.expect("(", &format!("behind `{word}`"))?;
        let end = loop {
            if let Some(end) = self.take(")") {
                break end;
            }
            if !labels.is_empty() {
                self.expect(",", "or `)` in the list of labels")?;
                if let Some(end) = self.take(")") {
                    break end;
                }
            }
            let token = self.peek().filter(|token| matches!(token.kind, Kind::Word | Kind::Text));
            let token = token.ok_or_else(|| self.expected("a label"))?;
            let label = match token.kind {
                Kind::Text => super::string::value(self.said(token)).0,
                _ => self.said(token).to_owned(),
            };
            // servers since 3.0 take one, and promql-parser does not
            self.exotic |= token.kind == Kind::Word && label.contains(':');
            labels.push((label, token.span));
            self.next += 1;
        };
        Ok(Grouping { word, labels, span: begin.to(end) })
    }

    pub(crate) fn no_operator(&self, token: Token) -> Fault {
        let said = self.said(token);
        let fault = Fault::new(token.span, format!("expected an operator, found `{}`", shown(said)));
        match said {
            "=" => fault.help("write `==` to compare"),
            "&&" => fault.help("write `and`"),
            "{" => fault.help("label matchers stand right behind a metric's name"),
            "," => fault.help("a comma stands only between arguments, labels and matchers"),
            _ if token.kind == Kind::Word => match said.to_ascii_lowercase().as_str() {
                "by" | "without" => fault.help("`by` and `without` belong to an aggregation, as `sum by (job) (…)`"),
                "on" | "ignoring" | "group_left" | "group_right" | "bool" => {
                    fault.help("this stands behind an operator")
                }
                "default" | "if" | "ifnot" | "keep_metric_names" | "limit" => {
                    fault.help("this is MetricsQL: Prometheus does not know it")
                }
                "for" => fault.help("`for` is a field of the rule, beside `expr`"),
                word => fault.maybe_help(
                    nearest_name(word, ["and", "or", "unless", "offset", "atan2"].into_iter())
                        .map(|known| format!("did you mean `{known}`?")),
                ),
            },
            _ => fault,
        }
    }
}
