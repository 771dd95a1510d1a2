//! PromQL: expressions and templates of alert rules, without a server.
//!
//! An expression is compared by its normal form: Prometheus stores and shows it reprinted (spaces, quotes, order of
//! matchers, `60m` as `1h`), so that its text says nothing about a difference. promql-parser prints as Prometheus does;
//! both sides are printed by it and compared (facts/prometheus.md section 5: no false difference in 10,272
//! comparisons). What it lacks is done here: places for faults, syntax newer than it, the tree that checks ask.
//!
//! Two parsers read every expression. Ours ([`read`]) knows all of today's syntax and where each piece stands; theirs
//! checks types and prints. Where ours met syntax that theirs does not know, theirs is not asked, and the normal form is
//! the text with its white space collapsed ([`Norm::Collapsed`]): a server can be asked to format such a text.
//!
//! Nothing here panics: the text is bounded (64 KiB, 100 open brackets, 300 operators deep) before anything recursive
//! sees it, and durations, which the crate converts with a panic, are checked before.

mod ask;
mod check;
mod clean;
mod duration;
mod fault;
mod functions;
mod lex;
mod memory;
mod metrics;
mod needs;
mod norm;
mod number;
mod read;
mod read_operator;
mod read_selector;
mod read_time;
mod regex;
mod render;
mod stand_in;
mod string;
mod template;
mod tree;

pub use ask::{BareComparison, Division, RangeCall};
pub use duration::{parse_duration, parse_seconds, print_duration, print_seconds};
pub use fault::{Fault, Span};
pub use functions::{Version, reads_growth, reads_movement};
pub use memory::keep;
pub use metrics::{Metric, Semantic, Tool, Type, aliases, catalogue, likeliest, lookup, nearest};
pub use needs::{Feature, FeatureKind, needs};
pub use norm::{Norm, Same, norm, same};
pub use render::{About, render};
pub use template::{Template, all_templates, template};
pub use tree::{Aggregate, Binary, Call, Grouping, MatchOp, Matcher, Node, NodeKind, Selector, Subquery, Window};

use lex::Token;
use std::sync::Arc;

/// An expression that was read.
#[derive(Clone, Debug)]
pub struct Expr {
    text: String,
    root: Node,
    tokens: Vec<Token>,
    printed: Option<String>,
    exotic: bool,
    /// Whether it was not even tried to print it: see [`parse_again`].
    unprinted: bool,
}

impl Expr {
    /// The text as its author wrote it: every place of this expression points into it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The expression as a tree.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Its normal form.
    pub fn norm(&self) -> Norm {
        match &self.printed {
            Some(printed) => Norm::Parsed(printed.clone()),
            None if self.unprinted => norm(&self.text),
            None => Norm::Collapsed(norm::collapse(&self.text)),
        }
    }

    /// Whether it holds syntax that promql-parser does not know, so that its types were not checked.
    pub fn is_exotic(&self) -> bool {
        self.exotic
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }
}

/// Reads an expression.
///
/// # Errors
/// Where it is no expression: the fault's place points into `text` as it was given, comments, line breaks and all. What
/// only an older server refuses is no fault: see [`needs`].
pub fn parse(text: &str) -> Result<Expr, Fault> {
    let tokens = lex::tokens(text)?;
    let (root, exotic) = read::read(text, &tokens)?;
    regex::check(text, &root)?;
    let printed = if exotic { None } else { check::check(text, &tokens, &root)? };
    Ok(Expr { text: text.to_owned(), root, tokens, printed, exotic, unprinted: false })
}

/// The same for a text that [`parse`] has taken already: its types are not checked again, and its normal form is made when
/// somebody asks for it.
///
/// # Errors
/// As [`parse`], as far as the syntax goes.
pub fn parse_again(text: &str) -> Result<Arc<Expr>, Fault> {
    if let Some(known) = memory::read(text) {
        return Ok(known);
    }
    let tokens = lex::tokens(text)?;
    let (root, exotic) = read::read(text, &tokens)?;
    Ok(Expr { text: text.to_owned(), root, tokens, printed: None, exotic, unprinted: true }.into())
}

#[cfg(test)]
mod tests;
