//! The rules of a run: their expressions, parsed once, and where they stand.

use super::Place;
use crate::{
    diag::Report,
    model::{Expression, Path, Resource, Seg},
    promql::{self, Expr, Selector},
    systems,
    yaml::{Node, Span},
};
use rayon::prelude::*;
use std::{ops::Deref, sync::Arc};

/// One alerting or recording rule. Derefs to what the resource says of it.
#[derive(Clone, Debug)]
pub struct Rule<'a> {
    /// Its place in the list of all rules.
    pub index: usize,
    pub resource: &'a Resource,
    pub said: Expression,
    pub expr: Arc<Expr>,
    /// The document that says it, and the way to it from the document's root.
    place: Option<(usize, Arc<Node>, Vec<String>)>,
}

impl Deref for Rule<'_> {
    type Target = Expression;

    fn deref(&self) -> &Expression {
        &self.said
    }
}

/// All rules of the resources. Those whose expression cannot be read had their problem already.
pub fn collect<'a>(resources: &'a [Resource], report: &Report) -> Vec<Rule<'a>> {
    let mut all: Vec<Rule<'a>> = resources.par_iter().flat_map_iter(|resource| of(resource, report)).collect();
    all.iter_mut().enumerate().for_each(|(i, rule)| rule.index = i);
    all
}

fn of<'a>(resource: &'a Resource, report: &Report) -> Vec<Rule<'a>> {
    let Some((_, kind)) = systems::kind_by_word(&resource.address.kind) else { return Vec::new() };
    let rule = |said: Expression| {
        let expr = promql::parse_again(&said.text).ok()?;
        let place = place(resource, &said, report);
        Some(Rule { index: 0, resource, said, expr, place })
    };
    kind.expressions(resource).into_iter().filter_map(rule).collect()
}

fn steps(path: &Path) -> Vec<String> {
    let text = |seg: &Seg| match seg {
        Seg::Field(name) | Seg::Key(name) => name.clone(),
    };
    path.0.iter().map(text).collect()
}

/// The document that says a rule. An overlay puts its whole list into the place of another, so the last one that has the
/// same expression at this path said it.
fn place(resource: &Resource, said: &Expression, report: &Report) -> Option<(usize, Arc<Node>, Vec<String>)> {
    resource.origins.iter().rev().find_map(|origin| {
        let root = report.tree_of(origin.document)?;
        let mut way = steps(&origin.path);
        way.extend(steps(&said.at));
        let rule = root.find(&way)?;
        (rule.get("expr")?.as_str()? == said.text).then(|| (origin.document, root.clone(), way))
    })
}

impl Rule<'_> {
    /// The document that says it.
    pub fn document(&self) -> Option<usize> {
        self.place.as_ref().map(|(document, ..)| *document)
    }

    /// The root of its document.
    pub fn root(&self) -> Option<&Node> {
        self.place.as_ref().map(|(_, root, _)| &**root)
    }

    /// Its node.
    pub fn node(&self) -> Option<&Node> {
        self.place.as_ref().and_then(|(_, root, way)| root.find(way))
    }

    /// The node of its group.
    pub fn group_node(&self) -> Option<&Node> {
        self.place.as_ref().and_then(|(_, root, way)| root.find(way.get(..way.len().checked_sub(2)?)?))
    }

    /// A place in it as a place in the file.
    pub fn span(&self, place: Place, report: &Report) -> Option<Span> {
        let node = self.node()?;
        let name = || node.get(if self.alerts { "alert" } else { "record" }).map_or_else(|| node.head(), Node::head);
        Some(match place {
            Place::Expr(span) => node.get("expr")?.inside(report.text_of(self.document()?), span.at, span.len.max(1)),
            Place::Field(field) => node.get(field).map_or_else(name, Node::head),
            Place::Name => name(),
        })
    }

    /// Its selectors that have a name.
    pub fn metrics(&self) -> impl Iterator<Item = (&str, &Selector)> {
        self.expr.selectors().into_iter().filter_map(|selector| Some((selector.name.as_deref()?, selector)))
    }

    /// `alert NAME` or `recording rule NAME`.
    pub fn title(&self) -> String {
        format!("{} `{}`", if self.alerts { "alert" } else { "recording rule" }, self.name)
    }

    /// The place of a metric's name.
    pub fn name_of(selector: &Selector) -> Place {
        Place::Expr(selector.name_span)
    }
}
