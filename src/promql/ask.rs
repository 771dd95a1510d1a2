//! What checks ask of an expression.

use super::fault::Span;
use super::functions::{reads_growth, reads_movement};
use super::tree::{Aggregate, Binary, Call, Grouping, Node, NodeKind, Selector, Window};
use super::{Expr, Norm, norm};

/// A function over a range of time.
#[derive(Clone, Debug)]
pub struct RangeCall<'a> {
    /// The function.
    pub function: &'a str,
    /// Where its name stands.
    pub name_span: Span,
    /// The range it reads.
    pub range: &'a Window,
    /// The step, where the range is that of a subquery.
    pub step: Option<&'a Window>,
    /// The metrics in that range: one, but for a subquery.
    pub selectors: Vec<&'a Selector>,
    /// Whether the range is that of a subquery.
    pub subquery: bool,
}

impl RangeCall<'_> {
    /// Whether it reads how much a counter grew (`rate`, `irate`, `increase`, `resets`).
    pub fn reads_growth(&self) -> bool {
        reads_growth(self.function)
    }

    /// Whether it reads how a gauge moved (`delta`, `deriv`, `predict_linear`, …).
    pub fn reads_movement(&self) -> bool {
        reads_movement(self.function)
    }
}

/// A division.
#[derive(Clone, Debug)]
pub struct Division<'a> {
    /// Where the operator stands.
    pub op_span: Span,
    /// What is divided.
    pub lhs: &'a Node,
    /// What it is divided by.
    pub rhs: &'a Node,
    /// Whether the right side cannot be zero: a number, a count, or filtered by a comparison, as `(x > 0)`.
    pub guarded: bool,
    /// Whether both sides are the same series and nothing aggregates them: the quotient is always 1.
    pub of_itself: bool,
}

/// A metric that is compared with a number as it is.
#[derive(Clone, Debug)]
pub struct BareComparison<'a> {
    /// The metric.
    pub selector: &'a Selector,
    /// The comparison.
    pub op: &'a str,
    /// Where the comparison stands.
    pub op_span: Span,
}

impl Expr {
    /// All metrics with their matchers, in the order of the text.
    pub fn selectors(&self) -> Vec<&Selector> {
        selectors_in(self.root())
    }

    /// All functions, in the order of the text.
    pub fn calls(&self) -> Vec<&Call> {
        self.pick(|kind| if let NodeKind::Call(call) = kind { Some(call) } else { None })
    }

    /// All aggregations, in the order of the text.
    pub fn aggregates(&self) -> Vec<&Aggregate> {
        self.pick(|kind| if let NodeKind::Aggregate(agg) = kind { Some(agg.as_ref()) } else { None })
    }

    /// All operators between two sides, the outermost first.
    pub fn binaries(&self) -> Vec<&Binary> {
        self.pick(|kind| if let NodeKind::Binary(binary) = kind { Some(binary.as_ref()) } else { None })
    }

    fn pick<'a, T>(&'a self, of: impl Fn(&'a NodeKind) -> Option<&'a T>) -> Vec<&'a T> {
        self.root().walk().into_iter().filter_map(|node| of(&node.kind)).collect()
    }

    /// All functions over a range of time, with the range.
    pub fn range_calls(&self) -> Vec<RangeCall<'_>> {
        self.calls().into_iter().filter_map(range_call).collect()
    }

    /// All lists of labels: `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`, with the node whose
    /// series they speak of.
    pub fn groupings(&self) -> Vec<(&Grouping, &Node)> {
        let mut out = Vec::new();
        for node in self.root().walk() {
            match &node.kind {
                NodeKind::Aggregate(agg) => {
                    out.extend(agg.grouping.iter().map(|grouping| (grouping, agg.inner.as_ref())))
                }
                NodeKind::Binary(binary) => {
                    out.extend(
                        [&binary.matching, &binary.group].into_iter().flatten().map(|grouping| (grouping, node)),
                    );
                }
                _ => {}
            }
        }
        out
    }

    /// All divisions.
    pub fn divisions(&self) -> Vec<Division<'_>> {
        let divides = |binary: &&Binary| binary.op == "/";
        self.binaries().into_iter().filter(divides).map(|binary| self.division(binary)).collect()
    }

    fn division<'a>(&'a self, binary: &'a Binary) -> Division<'a> {
        let Binary { op_span, lhs, rhs, .. } = binary;
        Division { op_span: *op_span, lhs, rhs, guarded: never_zero(rhs), of_itself: self.of_itself(binary) }
    }

    /// Whether an alert with this expression can be silent: it holds a comparison that filters, `absent` or `unless` on
    /// the way to its result. Without, it fires for every series.
    pub fn has_condition(&self) -> bool {
        condition(self.root())
    }

    /// Metrics that are compared with a number as they are, or only summed up: of a counter that says nothing.
    pub fn bare_comparisons(&self) -> Vec<BareComparison<'_>> {
        let mut out = Vec::new();
        for binary in self.binaries().into_iter().filter(|binary| binary.compares()) {
            for (side, other) in [(&binary.lhs, &binary.rhs), (&binary.rhs, &binary.lhs)] {
                if is_number(other) {
                    let found = bare_selectors(side).into_iter();
                    out.extend(found.map(|selector| BareComparison {
                        selector,
                        op: &binary.op,
                        op_span: binary.op_span,
                    }));
                }
            }
        }
        out
    }

    /// Whether both sides of a division are the same series, and nothing aggregates them.
    fn of_itself(&self, division: &Binary) -> bool {
        let (lhs, rhs) = (unfiltered(&division.lhs), unfiltered(&division.rhs));
        let aggregated = |node: &Node| node.walk().iter().any(|node| matches!(node.kind, NodeKind::Aggregate(_)));
        if is_number(lhs) || aggregated(lhs) || aggregated(rhs) || selectors_in(lhs).is_empty() {
            return false;
        }
        match (norm(lhs.span.of(self.text())), norm(rhs.span.of(self.text()))) {
            (Norm::Parsed(lhs), Norm::Parsed(rhs)) => lhs == rhs,
            _ => false,
        }
    }
}

fn selectors_in(node: &Node) -> Vec<&Selector> {
    let kinds = node.walk().into_iter().map(|node| &node.kind);
    kinds
        .filter_map(|kind| if let NodeKind::Selector(selector) = kind { Some(selector.as_ref()) } else { None })
        .collect()
}

fn range_call(call: &Call) -> Option<RangeCall<'_>> {
    call.args.iter().find_map(|arg| {
        let arg = arg.bare();
        let (range, step, subquery) = match &arg.kind {
            NodeKind::Selector(selector) => (selector.range.as_ref()?, None, false),
            NodeKind::Subquery(sub) => (&sub.range, sub.step.as_ref(), true),
            _ => return None,
        };
        let (function, name_span, selectors) = (call.name.as_str(), call.name_span, selectors_in(arg));
        Some(RangeCall { function, name_span, range, step, selectors, subquery })
    })
}

/// Whether the value is a number that needs no server.
fn is_number(node: &Node) -> bool {
    match &node.bare().kind {
        NodeKind::Number(_) => true,
        NodeKind::Negative(inner) => is_number(inner),
        NodeKind::Binary(binary) => is_number(&binary.lhs) && is_number(&binary.rhs),
        _ => false,
    }
}

/// The left side of a filter, as `x` of `(x > 0)`.
fn unfiltered(node: &Node) -> &Node {
    let mut node = node.bare();
    while let NodeKind::Binary(binary) = &node.kind
        && binary.filters()
        && is_number(&binary.rhs)
    {
        node = binary.lhs.bare();
    }
    node
}

fn condition(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Number(_) | NodeKind::Text(_) => false,
        // Prometheus' own series of alerts is there only while an alert is.
        NodeKind::Selector(selector) => selector.name.as_deref().is_some_and(|name| name == "ALERTS"),
        NodeKind::Subquery(sub) => condition(&sub.inner),
        NodeKind::Call(call) => call.name.starts_with("absent") || call.args.iter().any(condition),
        NodeKind::Aggregate(agg) => condition(&agg.inner),
        NodeKind::Negative(inner) | NodeKind::Paren(inner) => condition(inner),
        NodeKind::Binary(binary) => match binary.op.as_str() {
            "unless" => true,
            "or" => condition(&binary.lhs) && condition(&binary.rhs),
            // A filter on the right of a division only keeps zero out.
            "/" => condition(&binary.lhs),
            _ => binary.filters() || condition(&binary.lhs) || condition(&binary.rhs),
        },
    }
}

/// Whether the value cannot be zero, as far as the expression says.
fn never_zero(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Number(value) => *value != 0.0,
        NodeKind::Paren(inner) | NodeKind::Negative(inner) => never_zero(inner),
        NodeKind::Aggregate(agg) => match agg.op.as_str() {
            "count" | "group" => true,
            "count_values" | "stddev" | "stdvar" => false,
            _ => never_zero(&agg.inner),
        },
        NodeKind::Call(call) => match call.name.as_str() {
            "time" | "pi" | "count_over_time" | "present_over_time" | "days_in_month" | "timestamp" => true,
            "clamp_min" => {
                call.args.get(1).is_some_and(|min| matches!(min.bare().kind, NodeKind::Number(n) if n > 0.0))
            }
            "vector" | "scalar" | "abs" | "sort" | "sort_desc" | "label_replace" | "label_join" | "max_over_time"
            | "min_over_time" | "avg_over_time" | "last_over_time" | "sum_over_time" => {
                call.args.first().is_some_and(never_zero)
            }
            _ => false,
        },
        NodeKind::Subquery(sub) => never_zero(&sub.inner),
        NodeKind::Binary(binary) => match binary.op.as_str() {
            "and" | "unless" => never_zero(&binary.lhs),
            "or" | "*" | "/" | "^" => never_zero(&binary.lhs) && never_zero(&binary.rhs),
            _ => binary.filters() && filters_zero(binary),
        },
        NodeKind::Selector(_) | NodeKind::Text(_) => false,
    }
}

/// Whether a comparison drops zero: `x > 0`, `x != 0`, `0 < x`, `x >= 1`, or one that says nothing of zero by itself.
fn filters_zero(binary: &Binary) -> bool {
    let value = |node: &Node| if let NodeKind::Number(value) = node.bare().kind { Some(value) } else { None };
    match (binary.op.as_str(), value(&binary.lhs), value(&binary.rhs)) {
        (">" | "!=", _, Some(bound)) => bound >= 0.0 && (binary.op == ">" || bound == 0.0),
        (">=" | "==", _, Some(bound)) => bound > 0.0,
        ("<", Some(bound), None) => bound >= 0.0,
        ("<=", Some(bound), None) => bound > 0.0,
        ("<", None, Some(bound)) => bound <= 0.0,
        _ => false,
    }
}

/// The selectors that reach `node` unchanged, but for sums, factors and parentheses.
fn bare_selectors(node: &Node) -> Vec<&Selector> {
    match &node.kind {
        NodeKind::Selector(selector) if selector.range.is_none() => vec![selector],
        NodeKind::Paren(inner) | NodeKind::Negative(inner) => bare_selectors(inner),
        NodeKind::Aggregate(agg)
            if matches!(agg.op.as_str(), "sum" | "max" | "min" | "avg" | "topk" | "bottomk" | "quantile") =>
        {
            bare_selectors(&agg.inner)
        }
        NodeKind::Binary(binary) if matches!(binary.op.as_str(), "*" | "/") && is_number(&binary.rhs) => {
            bare_selectors(&binary.lhs)
        }
        NodeKind::Binary(binary) if matches!(binary.op.as_str(), "and" | "unless") => bare_selectors(&binary.lhs),
        _ => Vec::new(),
    }
}
