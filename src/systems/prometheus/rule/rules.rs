//! What a document says, and what a server would refuse of it: everything at its place, before anything is sent.
//!
//! The shape's decoder reports unknown keys, wrong types, expressions and durations. Here is what it cannot know: which
//! fields go together, which names can be, and the templates.

use super::{super::names, shape::SHAPE, text};
use crate::{
    diag::{Label, Problem, Report},
    model::{Address, Origin, Path, Piece, Resource, Value},
    promql, shape as walk,
    systems::{Decode, Scope},
    yaml::{Kind, Node, Span},
};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The document's one piece.
pub fn decode(spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
    text::read_ahead(&expressions(spec));
    let body = walk::decode(&SHAPE, spec, &cx.origin, &["tests"], cx.report);
    refuse_wrong(spec, &body, cx);
    let mut check = Check { document: cx.origin.document, report: &mut *cx.report, templates: Vec::new() };
    if let Some(groups) = spec.get("groups") {
        check.groups(groups);
    }
    check.read_templates();
    let address = Address::new("rules", [cx.head.name.as_str()], &cx.head.scope);
    vec![Piece { address, body, origin: cx.origin.clone(), head: cx.head.clone(), overrides: false }]
}

/// The texts of all expressions.
fn expressions(spec: &Node) -> Vec<&str> {
    let groups = spec.get("groups").map_or(&[][..], Node::items);
    let rules = groups.iter().filter_map(|group| group.get("rules")).flat_map(Node::items);
    rules.filter_map(|rule| rule.get("expr")?.as_str()).collect()
}

/// Groups of which nothing could be read have had their problem: that there are none is not said of them.
fn refuse_wrong(spec: &Node, body: &Value, cx: &mut Decode<'_>) {
    let none = body["groups"].as_array().is_none_or(Vec::is_empty);
    let wrong = |groups: &&Node| !(groups.is_null() || groups.is_seq() && groups.items().is_empty());
    if let (Some(groups), Some(source)) =
        (spec.get("groups").filter(wrong).filter(|_| none), cx.report.source_id_of(cx.origin.document))
    {
        cx.report.refuse(source, groups.span);
    }
}

/// The rules of a whole resource, all its documents together.
pub fn check(resource: &Resource, report: &mut Report) {
    too_long(resource, report);
    if resource.body["groups"].as_array().is_none_or(Vec::is_empty)
        && let Some(origin) = resource.origins.first()
    {
        // a server takes such a file, and what goes with its rules is in the plan
        let problem = Problem::warning("NF0512", "the document has no groups");
        let at = Origin { document: origin.document, path: origin.path.field("groups") };
        report.at(&at, problem.help("to remove its rules from the server, remove the document"));
    }
}

/// A document's file is named after it, its project and its environment. The latter are not known here, so that what a
/// plan refuses may be a little shorter.
fn too_long(resource: &Resource, report: &mut Report) {
    let least = Scope { project: "p".into(), environment: "e".into() };
    let bytes = names::file_name(&least, resource.address.leaf()).len();
    let Some(origin) = resource.origins.first().filter(|_| bytes > names::LONGEST) else { return };
    let message = format!("the document's name makes a file name of at least {bytes} bytes");
    let help = format!(
        "at most {} bytes fit; what is no ASCII letter, digit, `_`, `.` or `-` takes three each: give it a shorter name",
        names::LONGEST
    );
    let at = Origin { document: origin.document, path: Path::root().field("metadata").field("name") };
    report.at(&at, Problem::error("NF0513", message).help(help));
}

struct Check<'a, 'n> {
    document: usize,
    report: &'a mut Report,
    /// The texts that have to be templates.
    templates: Vec<&'n Node>,
}

/// How many templates are read as one.
const AT_ONCE: usize = 40;

/// A value that says something.
fn said<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

impl<'n> Check<'_, 'n> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: Option<&str>) {
        let problem = Problem::error(code, message);
        let problem = match help {
            Some(help) => problem.help(help),
            None => problem,
        };
        self.report.at_span(self.document, span, problem);
    }

    fn groups(&mut self, groups: &'n Node) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for group in groups.items().iter().filter(|g| g.is_map()) {
            match said(group, "name") {
                None => self.error("NF0013", group.head(), "`name` is missing in a group", None),
                Some(name) => self.group_name(name, &mut seen),
            }
            self.labels(group, false);
            for rule in said(group, "rules").map_or(&[][..], Node::items) {
                if rule.is_map() {
                    self.rule(rule);
                }
            }
        }
    }

    fn group_name(&mut self, node: &Node, seen: &mut BTreeMap<String, Span>) {
        let Some(name) = node.as_str() else { return };
        if name.is_empty() {
            self.error("NF0504", node.head(), "the name of a group is empty", None);
        } else if let Some(first) = seen.insert(name.to_owned(), node.head()) {
            let mut problem = Problem::error("NF0505", format!("a second group `{name}` in one document"));
            problem = problem.help("put the rules into one group, or give it another name");
            if let Some(source) = self.report.source_id_of(self.document) {
                problem.also.push(Label { source, span: first, text: "the first one".into() });
            }
            self.report.at_span(self.document, node.head(), problem);
        }
    }

    fn rule(&mut self, rule: &'n Node) {
        let entry = |key: &str| rule.entry(key).filter(|(_, value)| !value.is_null());
        match (entry("alert"), entry("record")) {
            (Some(_), Some((key, _))) => {
                let help = "an alerting rule has `alert`, a recording rule has `record`";
                self.error("NF0506", key.span, "a rule is either an alert or a recording rule", Some(help));
            }
            (None, None) => {
                let help = "an alerting rule has `alert: NAME`, a recording rule has `record: METRIC`";
                self.error("NF0506", rule.head(), "a rule has neither `alert` nor `record`", Some(help));
            }
            (Some((_, name)), None) => {
                if name.as_str() == Some("") {
                    self.error("NF0504", name.head(), "the name of an alert is empty", None);
                }
            }
            (None, Some((_, name))) => self.recording(rule, name),
        }
        if said(rule, "expr").is_none() {
            let span = rule.entry("expr").map_or_else(|| rule.head(), |(key, _)| key.span);
            self.error("NF0013", span, "`expr` is missing in a rule", None);
        }
        let alerts = entry("alert").is_some();
        self.labels(rule, alerts);
        if alerts {
            self.texts(rule, "annotations", true);
        }
    }

    fn recording(&mut self, rule: &Node, name: &Node) {
        match name.as_str() {
            Some("") => self.error("NF0504", name.head(), "the name of a recording rule is empty", None),
            Some(metric) => {
                if let Some(at) = metric.find(['{', '}']) {
                    let span = name.inside(self.report.text_of(self.document), at, 1);
                    let help = "a recording rule names a metric; its labels go under `labels`";
                    self.error("NF0507", span, "a brace in the name of a recording rule", Some(help));
                }
            }
            None => {}
        }
        for field in ["for", "keep_firing_for", "annotations"] {
            let Some((key, value)) = rule.entry(field) else { continue };
            let nothing = match value.as_str() {
                Some(text) => value.is_null() || promql::parse_duration(text) == Ok(0),
                None => value.is_map() && value.entries().is_empty(),
            };
            if !nothing {
                let message = format!("a recording rule has no `{field}`");
                self.error("NF0508", key.span, message, Some("only alerting rules have it"));
            }
        }
    }

    fn labels(&mut self, of: &'n Node, templates: bool) {
        self.texts(of, "labels", templates);
    }

    /// Names, values and templates of a mapping of texts.
    fn texts(&mut self, of: &'n Node, field: &str, templates: bool) {
        let Some(map) = said(of, field) else { return };
        for (key, value) in map.entries() {
            let name = key.as_str().unwrap_or_default();
            if name.is_empty() {
                self.error("NF0509", key.span, format!("an empty name under `{field}`"), None);
            } else if field == "labels" && name == "__name__" {
                let help = "the name of an alert is `alert`, that of a recorded metric is `record`";
                self.error("NF0509", key.span, "`__name__` cannot be set as a label", Some(help));
            }
            if value.is_null() {
                let help = "for the empty text write \"\"";
                self.error("NF0510", value_or_key(key, value), format!("`{name}` has no value"), Some(help));
            } else if templates && value.as_str().is_some() {
                self.templates.push(value);
            }
        }
    }

    /// Reads the templates, many at once; where something is wrong with one of them, each.
    fn read_templates(&mut self) {
        let templates = std::mem::take(&mut self.templates);
        let wrong = |some: &&[&'n Node]| {
            let texts: Vec<&str> = some.iter().filter_map(|node| node.as_str()).collect();
            !promql::all_templates(&texts)
        };
        let wrong: Vec<&[&Node]> = templates.par_chunks(AT_ONCE).filter(wrong).collect();
        wrong.into_iter().flatten().for_each(|node| self.template(node));
    }

    fn template(&mut self, node: &Node) {
        if let Some(Err(fault)) = node.as_str().map(promql::template) {
            let span = node.inside(self.report.text_of(self.document), fault.offset, fault.len.max(1));
            let fault = text::fault(fault);
            self.error("NF0503", span, fault.message, fault.help.as_deref());
        }
    }
}

/// The place of a value; of nothing at all that of its key.
fn value_or_key(key: &Node, value: &Node) -> Span {
    match &value.kind {
        Kind::Scalar { text, .. } if text.is_empty() => key.span,
        _ => value.head(),
    }
}
