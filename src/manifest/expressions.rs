//! `${{ … }}` in the scalars of a tree.
//!
//! There is no text templating: an expression stands inside a scalar, so a value can never become structure.

use super::{
    faults::{Faults, did_you_mean},
    fields::scalar,
    variables::{Scope, Ty, is_name},
};
use crate::yaml::{Kind, Node, Style};
use std::{collections::HashMap, sync::Arc};

/// A stretch of a scalar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// `name` and where it stands in the text: offset and length.
    Expression {
        name: String,
        at: (usize, usize),
    },
}

/// Splits a text at its expressions. `Err`: where one is not closed.
pub(super) fn parse(text: &str) -> Result<Vec<Part>, (usize, usize)> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${{") {
        let begin = at + found;
        plain.push_str(&text[at..begin]);
        if plain.ends_with('$') && text[..begin].ends_with('$') {
            // `$${{` is the literal `${{`
            plain.pop();
            plain.push_str("${{");
            at = begin + 3;
            continue;
        }
        let Some(end) = text[begin..].find("}}") else { return Err((begin, text.len() - begin)) };
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        let inner = &text[begin + 3..begin + end];
        let name = inner.trim();
        let offset = begin + 3 + (inner.len() - inner.trim_start().len());
        parts.push(Part::Expression { name: name.to_owned(), at: (offset, name.len().max(1)) });
        at = begin + end + 2;
    }
    plain.push_str(&text[at..]);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Replaces the expressions of a tree.
pub(super) struct Substitution<'s> {
    pub scope: &'s Scope,
    /// Leave scalars that are only a sensitive variable as they are: a secret field reads them.
    pub secrets: bool,
    memo: HashMap<*const Node, Arc<Node>>,
}

impl<'s> Substitution<'s> {
    /// Over the values of `scope`.
    pub fn new(scope: &'s Scope, secrets: bool) -> Self {
        Self { scope, secrets, memo: HashMap::new() }
    }

    /// The tree with its expressions replaced. What cannot be replaced is a problem and stays.
    pub fn run(&mut self, node: &Node, faults: &mut Faults<'_>) -> Node {
        let kind = match &node.kind {
            Kind::Scalar { text, .. } if text.contains("${{") => {
                let before = faults.count;
                let out = self.scalar(node, text, faults);
                if faults.count > before {
                    faults.report.refuse(faults.source, node.span);
                }
                return out;
            }
            Kind::Scalar { .. } => node.kind.clone(),
            Kind::Seq(items) => Kind::Seq(items.iter().map(|n| self.run(n, faults)).collect()),
            Kind::Map(entries) => {
                Kind::Map(entries.iter().map(|(k, v)| (Self::key(k, faults), self.run(v, faults))).collect())
            }
            Kind::Alias(target) => {
                let known = self.memo.get(&Arc::as_ptr(target)).cloned();
                Kind::Alias(known.unwrap_or_else(|| {
                    let new = Arc::new(self.run(target, faults));
                    self.memo.insert(Arc::as_ptr(target), new.clone());
                    new
                }))
            }
        };
        Node { span: node.span, kind }
    }

    fn key(key: &Node, faults: &mut Faults<'_>) -> Node {
        if key.as_str().is_some_and(|t| t.contains("${{") && !t.contains("$${{")) {
            faults.error("NF0141", key.span, "expressions are read in values, not in keys", &[]);
        }
        key.clone()
    }

    fn scalar(&self, node: &Node, text: &str, faults: &mut Faults<'_>) -> Node {
        let parts = match parse(text) {
            Ok(parts) => parts,
            Err(at) => {
                faults.inside(
                    "NF0141",
                    node,
                    at,
                    "an expression without its end `}}`",
                    &["write `$${{` for a literal `${{`".into()],
                );
                return node.clone();
            }
        };
        if let [Part::Expression { name, at }] = parts.as_slice() {
            if self.secrets && self.scope.sensitive(node).is_some() {
                return node.clone();
            }
            return match self.value(node, name, *at, faults) {
                Some((value, Ty::String)) => scalar(node, &value, Style::Double),
                Some((value, _)) => scalar(node, &value, Style::Plain),
                None => node.clone(),
            };
        }
        let mut out = String::new();
        let mut style = Style::Double;
        if let Kind::Scalar { style: Style::Literal | Style::Folded, .. } = node.kind {
            style = Style::Folded;
        }
        for part in &parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expression { name, at } => match self.value(node, name, *at, faults) {
                    Some((value, _)) => out.push_str(&value),
                    None => return node.clone(),
                },
            }
        }
        scalar(node, &out, style)
    }

    fn value(&self, node: &Node, name: &str, at: (usize, usize), faults: &mut Faults<'_>) -> Option<(String, Ty)> {
        let scope = self.scope;
        match name {
            "project.name" => return Some((scope.project.clone(), Ty::String)),
            "environment" => return Some((scope.environment.clone(), Ty::String)),
            _ => {}
        }
        let variable = name.strip_prefix("var.").and_then(|n| Some((n, scope.variables.get(n)?)));
        let Some((short, variable)) = variable else {
            self.unknown(node, name, at, faults);
            return None;
        };
        if variable.sensitive {
            faults.inside(
                "NF0144",
                node,
                at,
                format!("the sensitive variable `{short}` can only be a secret"),
                &["a sensitive variable stands alone in a secret field such as `password`".into()],
            );
            return None;
        }
        let first = scope.used.borrow_mut().insert(short.to_owned());
        match &variable.value {
            Some(value) => return Some((value.clone(), variable.ty)),
            None if first => {
                let help = variable.from_env.as_ref().map_or_else(
                    || {
                        format!(
                            "give it a `default`, or `values: {{{short}: …}}` in the environment `{}`",
                            scope.environment
                        )
                    },
                    |env| format!("set the environment variable `{env}`, or give it a `default`"),
                );
                faults.inside("NF0142", node, at, format!("variable `{short}` has no value"), &[help]);
            }
            None => {}
        }
        None
    }

    fn unknown(&self, node: &Node, name: &str, at: (usize, usize), faults: &mut Faults<'_>) {
        let names: Vec<String> = self.scope.variables.keys().map(|n| format!("var.{n}")).collect();
        let known = names.iter().map(String::as_str).chain(["project.name", "environment"]);
        if let Some(variable) = name.strip_prefix("var.").filter(|n| is_name(n)) {
            let help = did_you_mean(name, known);
            faults.inside("NF0140", node, at, format!("no variable is called `{variable}`"), &help);
            return;
        }
        let mut help = did_you_mean(name, known);
        if self.scope.variables.contains_key(name) {
            help = vec![format!("did you mean `var.{name}`?")];
        }
        help.push("an expression is `var.NAME`, `project.name` or `environment`; there are no functions".into());
        faults.inside("NF0141", node, at, format!("`{name}` is no expression"), &help);
    }
}
