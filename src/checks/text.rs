//! Words that several checks say.

use crate::{
    promql::{Expr, Node, NodeKind, Span, likeliest, print_duration},
    units,
};

/// `5m`.
pub fn span(ms: i64) -> String {
    print_duration(ms)
}

/// `a`, `b` and `c`.
pub fn listed<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    units::listed(names, "and")
}

/// The names that are nearest to one that is not there, the likeliest first.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let score = |other: &str| strsim::normalized_damerau_levenshtein(name, other);
    likeliest(known.into_iter().filter(|other| *other != name), 0.75, score)
}

/// Whether a matcher's pattern, which speaks of the whole text, fits it. `None` where it cannot be read here.
pub fn fits(pattern: &str, text: &str) -> Option<bool> {
    regex_lite::Regex::new(&format!("^(?:{pattern})$")).ok().map(|regex| regex.is_match(text))
}

/// The texts that a pattern without wild cards stands for: `A|B`. `None` where it is another one.
pub fn alternatives(pattern: &str) -> Option<Vec<&str>> {
    let inner = pattern.strip_prefix('(').and_then(|p| p.strip_suffix(')')).unwrap_or(pattern);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '|');
    inner.chars().all(plain).then(|| inner.split('|').filter(|name| !name.is_empty()).collect())
}

/// Whether a comparison asks for more than something of what holds the part at hand: +Inf passes it, and a drop below 0
/// does not. What is subtracted has changed its sign by then.
pub fn compared_above(expr: &Expr, op: Span) -> bool {
    let holds = |node: &Node| node.span.at <= op.at && op.end() <= node.span.end();
    let flips = expr.root().walk().into_iter().filter(|node| match &node.kind {
        NodeKind::Binary(binary) => binary.op == "-" && holds(&binary.rhs),
        NodeKind::Negative(inner) => holds(inner),
        _ => false,
    });
    let flipped = flips.count() % 2 == 1;
    expr.binaries().into_iter().any(|binary| match binary.op.as_str() {
        "!=" => holds(&binary.lhs),
        ">" | ">=" => holds(if flipped { &binary.rhs } else { &binary.lhs }),
        "<" | "<=" => holds(if flipped { &binary.lhs } else { &binary.rhs }),
        _ => false,
    })
}
