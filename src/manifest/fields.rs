//! Reading mappings and scalars of the project file and the envelope, every problem at its place.
//!
//! Not serde: a project file has all its problems reported in one run, values that may be written in several forms, and
//! places that are asked for later. Whatever [`Fields`] was asked for is a known key; the others are problems.

use super::faults::{Faults, did_you_mean};
use crate::{
    units,
    yaml::{Kind, Node, Style, nearest, yaml11_bool},
};

/// One mapping, read key by key.
pub(super) struct Fields<'n> {
    node: &'n Node,
    what: &'static str,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Begins to read a mapping; `what` it is, for messages (`an environment`). Null is an empty mapping.
    pub fn open(node: &'n Node, what: &'static str, faults: &mut Faults<'_>) -> Option<Self> {
        if !node.is_map() && !node.is_null() {
            faults.error("NF0012", node.head(), format!("expected {what}, a mapping, found {}", describe(node)), &[]);
            return None;
        }
        Some(Self { node, what, known: Vec::new() })
    }

    /// The value of a key; `None` where it is not there or null.
    pub fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.node.get(key).filter(|v| !v.is_null())
    }

    /// The value of a key that has to be there.
    pub fn require(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<&'n Node> {
        let found = self.take(key);
        if found.is_none() {
            let span = self.node.entry(key).map_or_else(|| self.node.head(), |(k, _)| k.span);
            faults.error("NF0013", span, format!("`{key}` is missing in {}", self.what), &[]);
        }
        found
    }

    /// Marks keys as known without reading them.
    pub fn skip(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// Reports every key that nobody asked for.
    pub fn close(self, faults: &mut Faults<'_>) {
        for (key, _) in self.node.entries() {
            let name = key.as_str().unwrap_or_default();
            if self.known.contains(&name) {
                continue;
            }
            let mut help = did_you_mean(name, self.known.iter().copied());
            if help.is_empty() {
                help.push(format!("known keys: {}", self.known.join(", ")));
            }
            faults.error("NF0011", key.span, format!("unknown key `{name}` in {}", self.what), &help);
        }
    }
}

/// What a node is, for `found …`.
pub(super) fn describe(node: &Node) -> String {
    match &node.resolve().kind {
        Kind::Seq(_) => "a list".into(),
        Kind::Map(_) => "a mapping".into(),
        _ if node.is_null() => "nothing".into(),
        Kind::Scalar { text, .. } if text.len() <= 60 => format!("`{text}`"),
        _ => "a long text".into(),
    }
}

fn wrong(node: &Node, wanted: &str, help: &[String], faults: &mut Faults<'_>) {
    faults.error("NF0012", node.head(), format!("expected {wanted}, found {}", describe(node)), help);
}

/// A text. Numbers and booleans without quotes are taken as they are written.
pub(super) fn text(node: &Node, faults: &mut Faults<'_>) -> Option<String> {
    let found = node.as_str().filter(|_| !node.is_null()).map(str::to_owned);
    if found.is_none() {
        wrong(node, "a text", &[], faults);
    }
    found
}

/// A text that is not empty.
pub(super) fn name(node: &Node, faults: &mut Faults<'_>) -> Option<String> {
    let found = text(node, faults)?;
    if found.trim().is_empty() {
        faults.error("NF0012", node.span, "expected a name, found an empty text", &[]);
        return None;
    }
    Some(found)
}

/// A list of texts; one text alone is a list of one.
pub(super) fn texts<'n>(node: &'n Node, faults: &mut Faults<'_>) -> Vec<(String, &'n Node)> {
    match &node.resolve().kind {
        Kind::Seq(items) => items.iter().filter_map(|n| name(n, faults).map(|t| (t, n))).collect(),
        _ => name(node, faults).map(|t| (t, node)).into_iter().collect(),
    }
}

/// The members of a list.
pub(super) fn items<'n>(node: &'n Node, what: &str, faults: &mut Faults<'_>) -> &'n [Node] {
    if !matches!(node.resolve().kind, Kind::Seq(_)) {
        wrong(node, what, &[], faults);
    }
    node.items()
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node, faults: &mut Faults<'_>) -> Option<bool> {
    let found = match node.as_str() {
        Some("true") if node.is_plain() => Some(true),
        Some("false") if node.is_plain() => Some(false),
        _ => None,
    };
    if found.is_none() {
        let meant = node.as_str().and_then(yaml11_bool).filter(|_| node.is_plain());
        let quoted = matches!(node.as_str(), Some("true" | "false"));
        let help = meant.map(|b| format!("write `{b}`")).or_else(|| quoted.then(|| "remove the quotes".into()));
        let help: Vec<String> = help.into_iter().collect();
        wrong(node, "`true` or `false`", &help, faults);
    }
    found
}

/// A whole number that is not negative.
pub(super) fn whole(node: &Node, faults: &mut Faults<'_>) -> Option<u64> {
    let number = node.as_str().filter(|_| node.is_plain()).and_then(units::parse_int);
    let found = number.and_then(|n| u64::try_from(n).ok());
    if found.is_none() {
        wrong(node, "a whole number from 0", &[], faults);
    }
    found
}

/// A duration in nanoseconds.
pub(super) fn duration(node: &Node, faults: &mut Faults<'_>) -> Option<i64> {
    unit(node, units::parse_duration, "a duration such as `24h`", faults)
}

/// A size in bytes: `10GiB` or a plain number.
pub(super) fn size(node: &Node, faults: &mut Faults<'_>) -> Option<i64> {
    unit(node, units::parse_size, "a size such as `10GiB`", faults)
}

fn unit(
    node: &Node,
    parse: fn(&str) -> Result<i64, units::UnitError>,
    wanted: &str,
    faults: &mut Faults<'_>,
) -> Option<i64> {
    let Some(text) = node.as_str().filter(|_| !node.is_null()) else {
        wrong(node, wanted, &[], faults);
        return None;
    };
    match parse(text) {
        Ok(n) if n >= 0 => Some(n),
        Ok(_) => {
            wrong(node, wanted, &[], faults);
            None
        }
        Err(e) => {
            let help: Vec<String> = e.help.into_iter().collect();
            faults.inside("NF0012", node, (e.offset, e.len), e.message, &help);
            None
        }
    }
}

/// One of a few words.
pub(super) fn word<T: Copy>(node: &Node, words: &[(&str, T)], faults: &mut Faults<'_>) -> Option<T> {
    let found = node.as_str().and_then(|t| words.iter().find(|(w, _)| *w == t)).map(|(_, v)| *v);
    if found.is_none() {
        let wanted = super::text::listed(words.iter().map(|(w, _)| *w), "or");
        let near = node.as_str().and_then(|t| nearest(t, words.iter().map(|(w, _)| *w)));
        let help: Vec<String> = near.map(|n| format!("did you mean `{n}`?")).into_iter().collect();
        wrong(node, &wanted, &help, faults);
    }
    found
}

/// A copy of a scalar with another text.
pub(super) fn scalar(node: &Node, text: &str, style: Style) -> Node {
    Node { span: node.span, kind: Kind::Scalar { text: text.into(), style } }
}
