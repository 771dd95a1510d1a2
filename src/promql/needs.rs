//! What an expression asks of the server: functions, operators and modifiers that not every version has.

use super::Expr;
use super::fault::Span;
use super::functions::{self, Entry, Version};
use super::lex::{Kind, Token};
use super::number;
use super::regex::{self, Need};
use super::tree::{MatchOp, Node, NodeKind, Selector, Window};

/// Something that not every server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// As it is written, and as `/api/v1/features` names functions and operators.
    pub name: String,
    /// What it is.
    pub kind: FeatureKind,
    /// The version that brings it: major and minor.
    pub since: Version,
    /// The version that drops it, as 3.0 drops `holt_winters`.
    pub until: Option<Version>,
    /// Whether the server has it only with a feature flag (up to [`Self::stable`]).
    pub experimental: bool,
    /// What `--enable-feature` must hold for it.
    pub flag: Option<&'static str>,
    /// The version from which it needs no flag.
    pub stable: Option<Version>,
    /// Where it stands, in bytes of the author's text.
    pub offset: usize,
    /// How many bytes it spans there.
    pub len: usize,
}

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// A function or an aggregation.
    Function,
    /// An operator between two sides.
    Operator,
    /// Anything that changes a selector, a range, an operator or a literal.
    Modifier,
}

impl Feature {
    fn new(entry: &Entry, kind: FeatureKind, span: Span) -> Self {
        Self {
            name: entry.name.to_owned(),
            kind,
            since: entry.since,
            until: entry.until,
            experimental: entry.flag.is_some(),
            flag: entry.flag,
            stable: entry.stable,
            offset: span.at,
            len: span.len,
        }
    }

    /// Whether a server of `version` with the feature flags `enabled` has it. For servers from 3.9 on ask
    /// `/api/v1/features` instead: a version says less.
    pub fn met(&self, version: Version, enabled: &[&str]) -> bool {
        let there = version >= self.since && self.until.is_none_or(|until| version < until);
        let stable = self.stable.is_some_and(|stable| version >= stable);
        there && (stable || self.flag.is_none_or(|flag| enabled.contains(&flag)))
    }
}

const fn modifier(name: &'static str, since: Version, flag: Option<&'static str>, stable: Option<Version>) -> Entry {
    Entry { name, since, flag, stable, until: None }
}

const TRIM: [Entry; 2] = [modifier("</", (3, 11), None, None), modifier(">/", (3, 11), None, None)];
const UNDERSCORES: Entry = modifier("number with underscores", (2, 54), None, None);
const HEXADECIMAL_E: Entry =
    Entry { until: Some((2, 54)), ..modifier("hexadecimal number that looks exponential", (2, 0), None, None) };
const COLON: Entry = modifier("label with a colon", (3, 0), None, None);
const NO_OFFSET: Entry = modifier("offset of nothing", (3, 4), None, None);
const NAMED_GROUP: Entry = modifier("(?<name>…)", (2, 53), None, None);
const OPEN_QUOTE: Entry = modifier("\\Q without \\E", (2, 53), None, None);
const BYTES: Entry = modifier("bytes in a regular expression", (2, 53), None, None);
const SCRIPT: Entry = modifier("script of Unicode 15", (2, 47), None, None);
const ATAN2: Entry = modifier("atan2", (2, 31), None, None);
const FILL: Entry = modifier("fill", (3, 10), Some("promql-binop-fill-modifiers"), None);
const ANCHORED: Entry = modifier("anchored", (3, 7), Some("promql-extended-range-selectors"), None);
const SMOOTHED: Entry = modifier("smoothed", (3, 7), Some("promql-extended-range-selectors"), None);
const COMPUTED: Entry = modifier("duration expression", (3, 4), Some("promql-duration-expr"), Some((3, 14)));
const COMPUTED_STEP: Entry = modifier("step() in a duration", (3, 6), Some("promql-duration-expr"), Some((3, 14)));
const COMPUTED_RANGE: Entry = modifier("range() in a duration", (3, 12), Some("promql-duration-expr"), Some((3, 14)));
const COMPUTED_OF: Entry = modifier("min_of() in a duration", (3, 13), Some("promql-duration-expr"), Some((3, 14)));
const NUMBER_AS_DURATION: Entry = modifier("number as a duration", (2, 54), None, None);
const DURATION_AS_NUMBER: Entry = modifier("duration as a number", (2, 54), None, None);
const QUOTED_NAME: Entry = modifier("quoted name", (3, 0), None, None);
const AT: Entry = modifier("@", (2, 25), Some("promql-at-modifier"), Some((2, 33)));
const AHEAD: Entry = modifier("negative offset", (2, 26), Some("promql-negative-offset"), Some((2, 33)));

/// What `expr` asks of the server, in the order of the text.
pub fn needs(expr: &Expr) -> Vec<Feature> {
    let mut out = Vec::new();
    for node in expr.root().walk() {
        match &node.kind {
            NodeKind::Call(call) => add(&mut out, functions::entry(&call.name), FeatureKind::Function, call.name_span),
            NodeKind::Aggregate(agg) => {
                add(&mut out, functions::aggregation(&agg.op), FeatureKind::Function, agg.op_span)
            }
            NodeKind::Binary(binary) => {
                let entry = TRIM.iter().chain([&ATAN2]).find(|entry| entry.name == binary.op);
                add(&mut out, entry, FeatureKind::Operator, binary.op_span);
                if let Some(span) = binary.fill {
                    add(&mut out, Some(&FILL), FeatureKind::Modifier, span);
                }
            }
            NodeKind::Number(_) => literal(&mut out, expr, node),
            NodeKind::Selector(selector) => {
                patterns(&mut out, selector);
                quoted(&mut out, expr, selector);
                times(&mut out, expr, [&selector.range, &selector.offset], selector.at);
            }
            NodeKind::Subquery(sub) => {
                let range = Some(sub.range.clone());
                times(&mut out, expr, [&range, &sub.offset], sub.at);
                times(&mut out, expr, [&sub.step, &None], None);
            }
            NodeKind::Text(_) | NodeKind::Negative(_) | NodeKind::Paren(_) => {}
        }
    }
    range_modifiers(&mut out, expr);
    grouped(&mut out, expr);
    numbers(&mut out, expr);
    out.sort_by_key(|feature| feature.offset);
    out
}

fn add(out: &mut Vec<Feature>, entry: Option<&Entry>, kind: FeatureKind, span: Span) {
    out.extend(entry.map(|entry| Feature::new(entry, kind, span)));
}

fn tokens_in(expr: &Expr, span: Span) -> impl Iterator<Item = &Token> {
    expr.tokens().iter().filter(move |token| token.span.at >= span.at && token.span.end() <= span.end())
}

/// How numbers are written: in ranges and behind `@`, too.
fn numbers(out: &mut Vec<Feature>, expr: &Expr) {
    for token in expr.tokens().iter().filter(|token| token.kind == Kind::Number) {
        let said = token.span.of(expr.text());
        let next = expr.text().get(token.span.end()..).and_then(|rest| rest.chars().next());
        if number::has_underscores(said) {
            add(out, Some(&UNDERSCORES), FeatureKind::Modifier, token.span);
        }
        if number::looks_exponential(said, next) {
            add(out, Some(&HEXADECIMAL_E), FeatureKind::Modifier, token.span);
        }
    }
}

/// `by ("a.b")`.
fn grouped(out: &mut Vec<Feature>, expr: &Expr) {
    for node in expr.root().walk() {
        let lists: Vec<Span> = match &node.kind {
            NodeKind::Aggregate(agg) => agg.grouping.iter().map(|grouping| grouping.span).collect(),
            NodeKind::Binary(binary) => {
                [&binary.matching, &binary.group].into_iter().flatten().map(|grouping| grouping.span).collect()
            }
            _ => Vec::new(),
        };
        for token in lists.into_iter().flat_map(|list| tokens_in(expr, list)) {
            let entry = match token.kind {
                Kind::Text => &QUOTED_NAME,
                Kind::Word if token.span.of(expr.text()).contains(':') => &COLON,
                _ => continue,
            };
            add(out, Some(entry), FeatureKind::Modifier, token.span);
        }
    }
}

/// What patterns ask: see [`Need`].
fn patterns(out: &mut Vec<Feature>, selector: &Selector) {
    for matcher in selector.matchers.iter().filter(|m| matches!(m.op, MatchOp::Regex | MatchOp::NotRegex)) {
        for need in regex::read(&matcher.value).map(|read| read.needs).unwrap_or_default() {
            let entry = match need {
                Need::Named => &NAMED_GROUP,
                Need::OpenQuote => &OPEN_QUOTE,
                Need::Bytes => &BYTES,
                Need::Script => &SCRIPT,
            };
            add(out, Some(entry), FeatureKind::Modifier, matcher.value_span);
        }
    }
}

/// `1h` where a number stands.
fn literal(out: &mut Vec<Feature>, expr: &Expr, node: &Node) {
    if tokens_in(expr, node.span).any(|token| token.kind == Kind::Duration) {
        add(out, Some(&DURATION_AS_NUMBER), FeatureKind::Modifier, node.span);
    }
}

/// `{"a.b"}` and `{"a.b"="c"}`.
fn quoted(out: &mut Vec<Feature>, expr: &Expr, selector: &Selector) {
    let text = |span: Span| span.of(expr.text()).starts_with(['"', '\'', '`']);
    let lone = |span: Span| text(span) && before(expr, span).is_none_or(|mark| mark != "=");
    let labels = selector.matchers.iter().map(|matcher| matcher.label_span).filter(|span| text(*span));
    let name = Some(selector.name_span).filter(|span| lone(*span));
    for span in name.into_iter().chain(labels) {
        add(out, Some(&QUOTED_NAME), FeatureKind::Modifier, span);
    }
}

/// What the token right before `span` says.
fn before(expr: &Expr, span: Span) -> Option<&str> {
    let token = expr.tokens().iter().rev().find(|token| token.span.end() <= span.at)?;
    Some(token.span.of(expr.text()))
}

fn times(out: &mut Vec<Feature>, expr: &Expr, windows: [&Option<Window>; 2], at: Option<Span>) {
    for window in windows.into_iter().flatten() {
        let words = |name: &str| {
            tokens_in(expr, window.span).any(|token| token.span.of(expr.text()).eq_ignore_ascii_case(name))
        };
        let entry = match window.ms {
            None if words("min_of") || words("max_of") => Some(&COMPUTED_OF),
            None if words("range") => Some(&COMPUTED_RANGE),
            None if words("step") || words("min") || words("max") => Some(&COMPUTED_STEP),
            None => Some(&COMPUTED),
            Some(_) => {
                tokens_in(expr, window.span).any(|token| token.kind == Kind::Number).then_some(&NUMBER_AS_DURATION)
            }
        };
        add(out, entry, FeatureKind::Modifier, window.span);
    }
    let nothing = |offset: &&Window| {
        offset.ms == Some(0) && tokens_in(expr, offset.span).any(|token| token.kind == Kind::Duration)
    };
    if let Some(offset) = windows[1].as_ref().filter(nothing) {
        add(out, Some(&NO_OFFSET), FeatureKind::Modifier, offset.span);
    }
    if let Some(offset) = windows[1].as_ref().filter(|offset| offset.ms.is_some_and(|ms| ms < 0)) {
        add(out, Some(&AHEAD), FeatureKind::Modifier, offset.span);
    }
    if let Some(span) = at {
        add(out, Some(&AT), FeatureKind::Modifier, span);
    }
}

/// `anchored` and `smoothed` leave no trace in the tree: the reader accepts them only where they are modifiers.
fn range_modifiers(out: &mut Vec<Feature>, expr: &Expr) {
    if !expr.is_exotic() {
        return;
    }
    let names = |node: &Node| match &node.kind {
        NodeKind::Aggregate(agg) => agg.grouping.iter().map(|grouping| grouping.span).collect(),
        NodeKind::Binary(binary) => [&binary.matching, &binary.group].into_iter().flatten().map(|g| g.span).collect(),
        _ => Vec::new(),
    };
    let lists: Vec<Span> = expr.root().walk().into_iter().flat_map(names).collect();
    let mut in_braces = false;
    for token in expr.tokens() {
        let said = token.span.of(expr.text()).to_ascii_lowercase();
        in_braces = (in_braces || said == "{") && said != "}";
        let listed = lists.iter().any(|list| token.span.at >= list.at && token.span.end() <= list.end());
        let entry = [&ANCHORED, &SMOOTHED].into_iter().find(|entry| entry.name == said);
        if !in_braces && !listed && token.kind == Kind::Word {
            add(out, entry, FeatureKind::Modifier, token.span);
        }
    }
}
