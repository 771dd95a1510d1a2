//! Variables: their definitions and their values.

use super::{
    expressions::{Part, parse},
    faults::{Faults, did_you_mean},
    fields::{self, Fields},
};
use crate::{
    units,
    yaml::{Node, Span},
};
use regex_lite::Regex;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// Looks up an environment variable.
pub(super) type GetEnv<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    String,
    Integer,
    Number,
    Boolean,
    Duration,
    Size,
}

const TYPES: &[(&str, Ty)] = &[
    ("string", Ty::String),
    ("integer", Ty::Integer),
    ("number", Ty::Number),
    ("boolean", Ty::Boolean),
    ("duration", Ty::Duration),
    ("size", Ty::Size),
];

/// A variable as the project file defines it.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub name: String,
    pub ty: Ty,
    /// Where the name stands.
    pub span: Span,
    pub default: Option<Node>,
    pattern: Option<Regex>,
    min: Option<(f64, String)>,
    max: Option<(f64, String)>,
    one_of: Vec<String>,
    pub from_env: Option<String>,
    pub sensitive: bool,
}

/// A variable with its value.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub ty: Ty,
    pub sensitive: bool,
    pub from_env: Option<String>,
    pub value: Option<String>,
    from: &'static str,
}

/// A value that went into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueUsed {
    /// The value; `None` where it is sensitive.
    pub value: Option<String>,
    /// `default`, `environment` or `env` (an environment variable).
    pub from: &'static str,
    /// The environment variable that it came from.
    pub env: Option<String>,
}

/// Reads `spec.variables`.
pub(super) fn definitions(node: &Node, faults: &mut Faults<'_>) -> Vec<Definition> {
    if Fields::open(node, "the variables", faults).is_none() {
        return Vec::new();
    }
    node.entries().into_iter().filter_map(|(key, value)| definition(key, value, faults)).collect()
}

fn definition(key: &Node, node: &Node, faults: &mut Faults<'_>) -> Option<Definition> {
    let name = key.as_str().unwrap_or_default().to_owned();
    if !is_name(&name) {
        faults.error(
            "NF0145",
            key.span,
            format!("`{name}` cannot be a variable's name"),
            &["use letters, digits, `_` and `-`, a letter first".into()],
        );
    }
    let mut f = Fields::open(node, "a variable", faults)?;
    let ty = f.take("type").map_or(Some(Ty::String), |n| fields::word(n, TYPES, faults))?;
    let mut out = Definition {
        name,
        ty,
        span: key.span,
        default: f.take("default").cloned(),
        pattern: None,
        min: None,
        max: None,
        one_of: Vec::new(),
        from_env: None,
        sensitive: false,
    };
    if let Some(n) = f.take("pattern") {
        out.pattern = pattern(n, ty, faults);
    }
    out.min = f.take("min").and_then(|n| bound(n, ty, faults));
    out.max = f.take("max").and_then(|n| bound(n, ty, faults));
    out.one_of = f.take("enum").map_or_else(Vec::new, |n| {
        fields::items(n, "a list of values", faults).iter().filter_map(|n| fields::text(n, faults)).collect()
    });
    out.from_env = f.take("from_env").and_then(|n| fields::name(n, faults));
    out.sensitive = f.take("sensitive").and_then(|n| fields::boolean(n, faults)).unwrap_or(false);
    f.skip(&["description"]);
    f.close(faults);
    if let Some(default) = &out.default {
        if out.sensitive {
            faults.error(
                "NF0120",
                default.span,
                format!("the sensitive variable `{}` has its value in the file", out.name),
                &["give it with `from_env: NAME` and remove `default`".into()],
            );
        } else {
            out.check(default, faults);
        }
    }
    Some(out)
}

fn pattern(node: &Node, ty: Ty, faults: &mut Faults<'_>) -> Option<Regex> {
    let text = fields::text(node, faults)?;
    if ty != Ty::String {
        faults.error("NF0145", node.span, "only a variable of type `string` has a `pattern`", &[]);
    }
    match Regex::new(&text) {
        Ok(regex) => Some(regex),
        Err(e) => {
            faults.error("NF0145", node.span, format!("not a regular expression: {e}"), &[]);
            None
        }
    }
}

fn bound(node: &Node, ty: Ty, faults: &mut Faults<'_>) -> Option<(f64, String)> {
    if matches!(ty, Ty::String | Ty::Boolean) {
        faults.error("NF0145", node.span, "`min` and `max` are for numbers, durations and sizes", &[]);
        return None;
    }
    let text = fields::text(node, faults)?;
    match magnitude(ty, &text) {
        Ok(n) => Some((n?, text)),
        Err(e) => {
            faults.error("NF0145", node.span, e, &[]);
            None
        }
    }
}

/// The size of a value that has one; `Err` where the text is no such value.
fn magnitude(ty: Ty, text: &str) -> Result<Option<f64>, String> {
    let no = || format!("expected {}, found `{text}`", wanted(ty));
    #[expect(clippy::cast_precision_loss, reason = "bounds are compared, not computed with")]
    match ty {
        Ty::String => Ok(None),
        Ty::Boolean => matches!(text, "true" | "false").then_some(None).ok_or_else(no),
        Ty::Integer => units::parse_int(text).map(|n| Some(n as f64)).ok_or_else(no),
        Ty::Number => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Some).ok_or_else(no),
        Ty::Duration => units::parse_duration(text).map(|n| Some(n as f64)).map_err(|e| e.message),
        Ty::Size => units::parse_size(text).map(|n| Some(n as f64)).map_err(|e| e.message),
    }
}

/// What a value of this type looks like.
fn wanted(ty: Ty) -> &'static str {
    match ty {
        Ty::String => "a text",
        Ty::Boolean => "`true` or `false`",
        Ty::Integer => "a whole number",
        Ty::Number => "a number",
        Ty::Duration => "a duration such as `30s`",
        Ty::Size => "a size such as `10GiB`",
    }
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

impl Definition {
    /// The text of a value that this variable may have; problems go to the value's place.
    pub fn check(&self, node: &Node, faults: &mut Faults<'_>) -> Option<String> {
        let text = fields::text(node, faults)?;
        match self.allowed(&text, self.sensitive) {
            Ok(()) => Some(self.plain(text)),
            Err(e) => {
                faults.error("NF0143", node.span, format!("variable `{}`: {e}", self.name), &[]);
                None
            }
        }
    }

    /// Whether the variable may have this value. Why not is told without the value where it is `hidden`.
    fn allowed(&self, text: &str, hidden: bool) -> Result<(), String> {
        let magnitude =
            magnitude(self.ty, text).map_err(|e| if hidden { format!("expected {}", wanted(self.ty)) } else { e })?;
        let shown = if hidden { "the value".to_owned() } else { format!("`{text}`") };
        if let (Some(n), Some((min, least))) = (magnitude, &self.min)
            && n < *min
        {
            return Err(format!("{shown} is less than the least value `{least}`"));
        }
        if let (Some(n), Some((max, most))) = (magnitude, &self.max)
            && n > *max
        {
            return Err(format!("{shown} is more than the greatest value `{most}`"));
        }
        if let Some(regex) = self.pattern.as_ref().filter(|r| !r.is_match(text)) {
            return Err(format!("{shown} does not match `{}`", regex.as_str()));
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|v| v == text) {
            let list = super::text::listed(self.one_of.iter().map(String::as_str), "and");
            return Err(format!("{shown} is none of {list}"));
        }
        Ok(())
    }

    fn plain(&self, text: String) -> String {
        match self.ty {
            Ty::Integer => units::parse_int(&text).map_or(text, |n| n.to_string()),
            _ => text,
        }
    }
}

/// What expressions can speak of.
pub(super) struct Scope {
    pub variables: BTreeMap<String, Variable>,
    pub project: String,
    pub environment: String,
    pub used: RefCell<BTreeSet<String>>,
}

impl Scope {
    /// The values of one environment: its own (`values`), else the environment variable, else the default.
    pub fn new(
        definitions: &[Definition],
        values: Option<&Node>,
        getenv: Option<GetEnv<'_>>,
        (project, environment): (&str, &str),
        faults: &mut Faults<'_>,
    ) -> Self {
        let entries = values.map(Node::entries).unwrap_or_default();
        for (key, _) in &entries {
            let name = key.as_str().unwrap_or_default();
            if !definitions.iter().any(|d| d.name == name) {
                let help = did_you_mean(name, definitions.iter().map(|d| d.name.as_str()));
                faults.error("NF0140", key.span, format!("no variable is called `{name}`"), &help);
            }
        }
        let one = |d: &Definition| {
            let written = entries.iter().find(|(k, _)| k.as_str() == Some(d.name.as_str())).map(|(_, v)| *v);
            (d.name.clone(), value_of(d, written, getenv, faults))
        };
        Self {
            variables: definitions.iter().map(one).collect(),
            project: project.to_owned(),
            environment: environment.to_owned(),
            used: RefCell::default(),
        }
    }

    /// The values that expressions asked for.
    pub fn used(&self) -> BTreeMap<String, ValueUsed> {
        let used = self.used.borrow();
        let of = |name: &String| {
            let v = self.variables.get(name)?;
            let value = v.value.clone().filter(|_| !v.sensitive);
            let env = v.from_env.clone().filter(|_| v.from == "env");
            Some((name.clone(), ValueUsed { value, from: v.from, env }))
        };
        used.iter().filter_map(of).collect()
    }

    /// The environment variable behind a scalar that is only a sensitive variable.
    pub fn sensitive(&self, node: &Node) -> Option<&str> {
        let parts = parse(node.as_str()?).ok()?;
        let [Part::Expression { name, .. }] = parts.as_slice() else { return None };
        let variable = self.variables.get(name.strip_prefix("var.")?).filter(|v| v.sensitive)?;
        variable.from_env.as_deref()
    }
}

fn value_of(d: &Definition, written: Option<&Node>, getenv: Option<GetEnv<'_>>, faults: &mut Faults<'_>) -> Variable {
    let mut out =
        Variable { ty: d.ty, sensitive: d.sensitive, from_env: d.from_env.clone(), value: None, from: "default" };
    if let Some(node) = written.filter(|n| !n.is_null()) {
        out.from = "environment";
        if d.sensitive {
            faults.error(
                "NF0120",
                node.span,
                format!("the sensitive variable `{}` has its value in the file", d.name),
                &["give it with `from_env: NAME` and remove it here".into()],
            );
        } else {
            out.value = d.check(node, faults);
        }
    } else if let Some((name, text)) = d.from_env.as_ref().zip(getenv).and_then(|(n, get)| Some((n, get(n)?))) {
        out.from = "env";
        // Whoever set it did not do so for people to read, and the report may end up in a public log.
        match d.allowed(&text, true) {
            Ok(()) => out.value = Some(d.plain(text)),
            Err(e) => faults.error(
                "NF0143",
                d.span,
                format!("variable `{}`, from the environment variable `{name}`: {e}", d.name),
                &[],
            ),
        }
    } else if let Some(node) = d.default.as_ref().filter(|_| !d.sensitive) {
        out.value = node.as_str().filter(|t| d.allowed(t, false).is_ok()).map(|t| d.plain(t.to_owned()));
    }
    out
}
