//! Comments that silence checks: `# natsform:ignore CHECK WHY`, and pint's `# pint disable …`.
//!
//! The loader drops comments, so they are found in the document's text: by line, and not inside a value. A comment on a
//! rule or above it speaks of the rule, one on or above a group of the group, any other one of the document.

use super::{CHECKS, Check, Rule, text};
use crate::{
    diag::{Problem, Report},
    yaml::{Kind, Node, Span, Style},
};
use std::collections::{BTreeMap, BTreeSet};

const OURS: &str = "natsform:ignore";

/// What a comment speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Rule(usize),
    /// The group of the rule with this index.
    Group(usize),
    Document,
}

/// One check that one comment silences.
#[derive(Debug)]
struct Suppression {
    document: usize,
    scope: Scope,
    span: Span,
    /// As it was written.
    name: String,
    check: Option<&'static str>,
    reason: bool,
    /// Of pint: nothing is said of it.
    foreign: bool,
    used: bool,
}

/// All comments of a run that silence checks.
#[derive(Default)]
pub struct Suppressions<'a> {
    all: Vec<Suppression>,
    /// The first rule of each document, for what is about no single rule.
    documents: BTreeMap<usize, &'a Rule<'a>>,
    /// By rule: its document, and the first rule of its group.
    groups: Vec<(Option<usize>, usize)>,
}

impl<'a> Suppressions<'a> {
    /// Reads the comments of every document that holds rules.
    pub fn of(rules: &'a [Rule<'a>], report: &Report) -> Self {
        let mut out = Self::default();
        let mut by_document: BTreeMap<usize, Vec<&Rule<'_>>> = BTreeMap::new();
        for rule in rules {
            // the rules of a group follow each other
            let before = rule.index.checked_sub(1).and_then(|i| Some((rules.get(i)?, out.groups.get(i)?.1)));
            let first = before.filter(|(other, _)| same_group(other, rule)).map_or(rule.index, |(_, first)| first);
            out.groups.push((rule.document(), first));
            if let Some(document) = rule.document() {
                by_document.entry(document).or_default().push(rule);
                out.documents.entry(document).or_insert(rule);
            }
        }
        for (document, rules) in by_document {
            let source = report.text_of(document);
            if !source.contains(OURS) && !source.contains("pint ") {
                continue;
            }
            let Some(root) = rules.first().and_then(|rule| rule.root()) else { continue };
            let page = Page { source, root, rules: &rules, groups: &out.groups };
            for (span, comment) in page.comments() {
                let scope = page.scope(span);
                out.all.extend(read(comment).into_iter().map(|said| Suppression { document, scope, span, ..said }));
            }
        }
        out
    }

    /// Whether a comment silences a check at a rule; remembers that it did.
    pub fn cover(&mut self, rule: &Rule<'_>, check: &dyn Check) -> bool {
        let Some((Some(document), group)) = self.groups.get(rule.index) else { return false };
        let fits = |s: &&mut Suppression| {
            s.check == Some(check.id())
                && s.document == *document
                && match s.scope {
                    Scope::Rule(index) => index == rule.index,
                    Scope::Group(first) => first == *group,
                    Scope::Document => true,
                }
        };
        let mut covered = false;
        for suppression in self.all.iter_mut().filter(fits) {
            suppression.used = true;
            covered = true;
        }
        covered
    }

    /// Whether a comment has silenced nothing so far of a check that finds other things without a server.
    pub fn wait_for_the_other_side(&self) -> bool {
        let asks = |id: &str| CHECKS.iter().any(|check| check.id() == id && check.asks_the_server());
        self.all.iter().any(|s| !s.used && !s.foreign && s.check.is_some_and(asks))
    }

    /// Says what is wrong with the comments themselves. What a server decides may be another thing in another environment,
    /// so that it is only a note where nothing is suppressed in this one.
    pub fn judge(&self, live: bool, about: &dyn Fn(&Rule<'_>) -> bool, report: &mut Report) {
        for one in self.all.iter().filter(|s| !s.foreign) {
            if !self.documents.get(&one.document).is_some_and(|rule| about(rule)) {
                continue;
            }
            let check = CHECKS.iter().find(|check| Some(check.id()) == one.check);
            let problem = match check {
                None => Some(unknown(&one.name)),
                Some(check) if !one.used && (live || !check.asks_the_server()) => {
                    let message = format!("`{OURS} {}` suppresses nothing", one.name);
                    Some(match check.asks_the_server() {
                        true => Problem::note("NF0691", format!("{message} here")),
                        false => Problem::warning("NF0691", message).help("remove it"),
                    })
                }
                Some(_) if !one.reason => {
                    let problem = Problem::note("NF0690", format!("`{OURS} {}` gives no reason", one.name));
                    Some(problem.help("say behind it why it is meant: the next reader will ask"))
                }
                Some(_) => None,
            };
            if let Some(problem) = problem {
                report.at_span(one.document, one.span, problem);
            }
        }
    }
}

fn unknown(name: &str) -> Problem {
    let ids = || CHECKS.iter().map(|check| check.id());
    let problem = match name {
        "" => Problem::warning("NF0692", format!("`{OURS}` names no check")),
        name => Problem::warning("NF0692", format!("there is no check `{name}`")),
    };
    match text::nearest(name, ids()).first() {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!("the checks are {}", text::listed(ids()))),
    }
}

fn same_group(a: &Rule<'_>, b: &Rule<'_>) -> bool {
    a.resource.address == b.resource.address && a.group == b.group
}

/// What a comment silences, without its scope; nothing where it is an ordinary comment.
fn read(comment: &str) -> Vec<Suppression> {
    let one = |name: &str, check, reason, foreign| Suppression {
        document: 0,
        scope: Scope::Document,
        span: Span::default(),
        name: name.to_owned(),
        check,
        reason,
        foreign,
        used: false,
    };
    if let Some(rest) = comment.strip_prefix(OURS) {
        if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
            return Vec::new();
        }
        let (names, reason) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        // many write `CHECK: WHY`
        let names = names.trim_end_matches(':');
        let known = |name: &str| CHECKS.iter().find(|c| c.id() == name || c.code() == name).map(|check| check.id());
        let reason = reason.chars().any(char::is_alphanumeric);
        return names.split(',').map(|name| one(name, known(name), reason, false)).collect();
    }
    let Some(rest) = comment.strip_prefix("pint ") else { return Vec::new() };
    let mut words = rest.split_whitespace();
    let name = match words.next() {
        Some("disable" | "file/disable") => words.next(),
        Some("snooze" | "file/snooze") => words.nth(1),
        _ => None,
    };
    let name = name.map(|name| name.split('(').next().unwrap_or(name));
    let checks = CHECKS.iter().filter(|check| name.is_some_and(|name| check.pint().contains(&name)));
    checks.map(|check| one(name.unwrap_or_default(), Some(check.id()), true, true)).collect()
}

/// The text of one document.
struct Page<'p> {
    source: &'p str,
    root: &'p Node,
    rules: &'p [&'p Rule<'p>],
    groups: &'p [(Option<usize>, usize)],
}

impl Page<'_> {
    /// The comments that may be meant for checks: where they stand, and their text.
    fn comments(&self) -> Vec<(Span, &str)> {
        let values = self.values();
        let (from, to) = self.stretch();
        let mut out = Vec::new();
        let mut at = from;
        for line in self.source.get(from..to).unwrap_or_default().split_inclusive('\n') {
            if line.contains(OURS) || line.contains("pint ") {
                let begins = |i: &usize| line[..*i].chars().next_back().is_none_or(char::is_whitespace);
                let hashes = line.match_indices('#').map(|(i, _)| i).filter(begins);
                let mut real = hashes.filter(|i| !values.iter().any(|v| v.holds(at + i, self.source)));
                if let Some(i) = real.next() {
                    let text = line[i..].trim_end();
                    out.push((Span::new(at + i, at + i + text.len()), text.trim_start_matches('#').trim()));
                }
            }
            at += line.len();
        }
        out
    }

    /// From the end of the document before to the beginning of the one behind.
    fn stretch(&self) -> (usize, usize) {
        let head = self.root.head().start.min(self.source.len());
        let marker = |text: &str| text.starts_with("---");
        let (mut from, mut to, mut at) = (0, self.source.len(), 0);
        for line in self.source.split_inclusive('\n') {
            // what stands before the first document belongs to it
            let first = || self.source[..at].lines().all(|l| l.trim().is_empty() || l.starts_with(['#', '%']));
            if marker(line) && at > head {
                to = at;
                break;
            }
            if marker(line) && !first() {
                from = at;
            }
            at += line.len();
        }
        (from, to)
    }

    fn values(&self) -> Vec<Value> {
        let expressions: BTreeSet<usize> =
            self.rules.iter().filter_map(|r| Some(r.node()?.get("expr")?.span.start)).collect();
        let mut out = Vec::new();
        let mut todo = vec![self.root];
        while let Some(node) = todo.pop() {
            match &node.kind {
                Kind::Scalar { style, .. } => {
                    let expression = expressions.contains(&node.span.start);
                    out.push(Value {
                        span: node.span,
                        block: matches!(style, Style::Literal | Style::Folded),
                        expression,
                    });
                }
                Kind::Seq(items) => todo.extend(items),
                Kind::Map(entries) => todo.extend(entries.iter().flat_map(|(key, value)| [key, value])),
                Kind::Alias(target) => todo.push(target),
            }
        }
        out
    }

    fn scope(&self, comment: Span) -> Scope {
        if let Some(rule) = self.rules.iter().find(|rule| rule.node().is_some_and(|n| self.on(n, comment))) {
            return Scope::Rule(rule.index);
        }
        let group = |rule: &Rule<'_>| self.groups.get(rule.index).map_or(rule.index, |(_, first)| *first);
        if line_at(self.source, comment.start).trim_start().starts_with('#') {
            let starts = |node: Option<&Node>| node.map(|n| n.head().start).filter(|at| self.follows(comment, *at));
            if let Some((i, rule)) = self.rules.iter().enumerate().find(|(_, rule)| starts(rule.node()).is_some()) {
                // as deep as the keys of the rule before it: that one's last line
                let deeper = comment.start - line_start(self.source, comment.start) > self.depth(rule);
                let before = i.checked_sub(1).and_then(|i| self.rules.get(i)).filter(|r| same_group(r, rule));
                return Scope::Rule(before.filter(|_| deeper).map_or(rule.index, |r| r.index));
            }
            if let Some(rule) = self.rules.iter().find(|rule| starts(rule.group_node()).is_some()) {
                return Scope::Group(group(rule));
            }
        }
        let inside = |node: &Node| self.on(node, comment);
        let found = self.rules.iter().find(|rule| rule.group_node().is_some_and(inside));
        found.map_or(Scope::Document, |rule| Scope::Group(group(rule)))
    }

    /// How deep the dash of a rule stands, or its first key.
    fn depth(&self, rule: &Rule<'_>) -> usize {
        let line = line_at(self.source, rule.node().map_or(0, |n| n.head().start));
        line.len() - line.trim_start().len()
    }

    /// Whether a comment stands on one of the lines of a value.
    fn on(&self, node: &Node, comment: Span) -> bool {
        let start = line_start(self.source, node.head().start);
        let end = end(node).max(node.head().end);
        let last = self.source.get(..end).unwrap_or(self.source).trim_end().len();
        start <= comment.start && comment.start < line_start(self.source, last) + line_at(self.source, last).len()
    }

    /// Whether nothing but comments stands between a comment and a place.
    fn follows(&self, comment: Span, at: usize) -> bool {
        let Some(between) = self.source.get(comment.end..at) else { return false };
        between.lines().all(|line| matches!(line.trim(), "" | "-") || line.trim_start().starts_with('#'))
    }
}

/// Where the line of a place begins.
fn line_start(source: &str, at: usize) -> usize {
    source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |i| i + 1)
}

/// The line of a place.
fn line_at(source: &str, at: usize) -> &str {
    source.get(line_start(source, at)..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

/// Where the last scalar of a value ends.
fn end(node: &Node) -> usize {
    match &node.kind {
        Kind::Seq(items) => items.iter().map(end).max().unwrap_or(node.span.end),
        Kind::Map(entries) => {
            entries.iter().map(|(key, value)| end(value).max(key.span.end)).max().unwrap_or(node.span.end)
        }
        Kind::Alias(target) if target.span == node.span => end(target),
        _ => node.span.end,
    }
}

/// A scalar of the document.
struct Value {
    span: Span,
    block: bool,
    expression: bool,
}

impl Value {
    /// Whether a `#` at this place belongs to the value and begins no comment.
    fn holds(&self, at: usize, source: &str) -> bool {
        if !(self.span.start..self.span.end).contains(&at) {
            return false;
        }
        if !self.block {
            return true;
        }
        let lead = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let line = line_at(source, at);
        let Some(text) = source.get(self.span.start..self.span.end) else { return true };
        let header = text.starts_with(['|', '>']);
        if header && !text.get(..at - self.span.start).unwrap_or_default().contains('\n') {
            return false; // behind the block's own sign
        }
        let first = text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
        // where the span begins with the text, the first line's indentation stands before it
        let own = if header { lead(first) } else { self.span.start - line_start(source, self.span.start) };
        let comment = line.trim_start().starts_with('#');
        // a comment of PromQL is one, too, and one that is less deep than the text is YAML's
        !(comment && (self.expression || lead(line) < own))
    }
}
