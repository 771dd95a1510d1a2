//! What a document is, and its envelope.

use super::{
    environment::{Environment, MAIN},
    faults::{Faults, did_you_mean},
    fields::{self, Fields},
};
use crate::{
    model::{Lifecycle, Path, Seg, Shape},
    shape, systems,
    systems::{Kind as ObjectKind, System, Taken},
    yaml::{Node, Span},
};
use std::collections::BTreeMap;

/// Kinds that later versions of natsform plan.
pub(super) const LATER_KINDS: &[&str] = &[
    "KeyValue",
    "ObjectStore",
    "AccountSystem",
    "Account",
    "User",
    "ScrapeConfig",
    "AlertmanagerConfig",
    "GrafanaFolder",
    "GrafanaDatasource",
    "GrafanaDashboard",
    "GrafanaLibraryPanel",
    "GrafanaAlertRuleGroup",
    "GrafanaContactPoint",
    "GrafanaNotificationPolicy",
    "GrafanaMuteTiming",
    "Monitoring",
];

/// Documents of other tools, by what their apiVersion begins with.
const FOREIGN: &[(&str, &str)] = &[
    ("jetstream.nats.io/", "NACK"),
    ("monitoring.coreos.com/", "prometheus-operator"),
    ("grafana.integreatly.org/", "grafana-operator"),
];

/// What a document is.
pub(super) enum What {
    /// A kind that this version plans.
    Ours(&'static dyn ObjectKind),
    /// Another tool's document that says what one of ours would, and its form as one of ours.
    Taken(&'static dyn ObjectKind, Taken),
    /// A kind of a later version.
    Later(&'static str),
    /// Another tool's document: what people call it.
    Foreign(&'static str),
    /// Reported.
    Broken,
}

/// The documents of one: a list of Kubernetes (`kubectl get … -o yaml`, `kind: PrometheusRuleList`) holds several.
pub(super) fn listed(node: &Node) -> Vec<&Node> {
    let said = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let theirs = said("apiVersion") == "v1" || said("apiVersion").contains(".coreos.com/");
    match node.get("items").filter(|items| items.is_seq() && theirs && said("kind").ends_with("List")) {
        Some(items) => items.items().iter().collect(),
        None => vec![node],
    }
}

/// Tells what a document is; `natsform/v1` documents of unknown kinds, and documents that are nothing known, are
/// reported. `name` is what a document without a name of its own is called.
pub(super) fn what(node: &Node, name: &str, faults: &mut Faults<'_>) -> What {
    if !node.is_map() {
        let message = format!("expected a document, a mapping, found {}", fields::describe(node));
        faults.error("NF0012", node.head(), message, &[]);
        return What::Broken;
    }
    let version = node.get("apiVersion").filter(|n| !n.is_null());
    if let Some((kind, taken)) = systems::kinds().find_map(|(_, kind)| Some((kind, kind.take(node, name)?))) {
        return What::Taken(kind, taken);
    }
    if let Some(name) = foreign(node, version.and_then(Node::as_str)) {
        return What::Foreign(name);
    }
    match version {
        Some(n) if n.as_str() == Some(super::API_VERSION) => {}
        Some(n) => {
            let help = format!("natsform's documents say `apiVersion: {}`", super::API_VERSION);
            faults.error("NF0151", n.head(), format!("unknown apiVersion {}", fields::describe(n)), &[help]);
            return What::Broken;
        }
        None => {
            let help = [
                format!("begin the document with `apiVersion: {}`", super::API_VERSION),
                "or leave the file out: `spec.manifests` of the project file lists what is read".to_owned(),
            ];
            faults.error("NF0013", node.head(), "`apiVersion` is missing in a document", &help);
            if node.get("kind").is_none() {
                return What::Broken;
            }
        }
    }
    kind(node, faults)
}

fn kind(node: &Node, faults: &mut Faults<'_>) -> What {
    let Some(at) = node.get("kind").filter(|n| !n.is_null()) else {
        faults.error("NF0013", node.head(), "`kind` is missing in a document", &[]);
        return What::Broken;
    };
    let name = at.as_str().unwrap_or_default();
    if let Some((_, kind)) = systems::kind_by_name(name) {
        return What::Ours(kind);
    }
    if let Some(later) = LATER_KINDS.iter().find(|k| **k == name) {
        return What::Later(later);
    }
    if name == "Project" {
        faults.error("NF0155", at.head(), "a second project", &["the project is in `natsform.yaml` alone".into()]);
        return What::Broken;
    }
    let known: Vec<&str> = systems::kinds().map(|(_, k)| k.name()).chain(LATER_KINDS.iter().copied()).collect();
    let mut help = did_you_mean(name, known.iter().copied());
    if help.is_empty() {
        help.push(format!("kinds: {}", known.join(", ")));
    }
    faults.error("NF0152", at.head(), format!("unknown kind {}", fields::describe(at)), &help);
    What::Broken
}

/// What other tool a document belongs to.
fn foreign(node: &Node, version: Option<&str>) -> Option<&'static str> {
    if let Some(version) = version {
        return FOREIGN.iter().find(|(begin, _)| version.starts_with(begin)).map(|(_, name)| *name);
    }
    let has = |key: &str| node.get(key).is_some();
    if has("kind") {
        return None;
    }
    if node.get("groups").is_some_and(|g| !g.items().is_empty()) {
        return Some("Prometheus rule file");
    }
    if has("config") && (has("stream_name") || has("created") || has("state")) {
        return Some("nats CLI");
    }
    if has("panels") || (has("schemaVersion") && has("title")) {
        return Some("Grafana dashboard");
    }
    (has("num_replicas") && has("name") && has("retention")).then_some("nats CLI")
}

/// Something that an envelope may say, or take back with null.
pub(super) type Said<T> = Option<Option<T>>;

/// The `metadata` of a document, of an overlay or of the defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta {
    pub name: String,
    pub name_at: Span,
    pub account: Option<(String, Span)>,
    /// The connection's name, where the document names one.
    pub target: Option<(String, Span)>,
    /// By key; `None` takes the label away.
    pub labels: BTreeMap<String, Option<String>>,
    pub protect: Said<bool>,
    pub ignore: Said<Vec<Path>>,
    pub orphan: Said<bool>,
    pub ack: Said<Vec<String>>,
}

impl Meta {
    /// Lays what is said over labels and lifecycle.
    pub fn over(&self, labels: &mut BTreeMap<String, String>, lifecycle: &mut Lifecycle) {
        for (key, value) in &self.labels {
            match value {
                Some(value) => labels.insert(key.clone(), value.clone()),
                None => labels.remove(key),
            };
        }
        if let Some(protect) = self.protect {
            lifecycle.protect = protect;
        }
        if let Some(ignore) = &self.ignore {
            lifecycle.ignore = ignore.clone().unwrap_or_default();
        }
        if let Some(orphan) = self.orphan {
            lifecycle.orphan = orphan.unwrap_or(false);
        }
        if let Some(ack) = &self.ack {
            lifecycle.ack = ack.clone().unwrap_or_default();
        }
    }

    /// Whether anything beside the identity is said.
    pub fn says_more(&self) -> bool {
        !self.labels.is_empty()
            || self.protect.is_some()
            || self.ignore.is_some()
            || self.orphan.is_some()
            || self.ack.is_some()
    }
}

/// Reads an envelope: its metadata and its spec. Null keys say nothing, or in an overlay take back.
pub(super) fn envelope<'n>(
    node: &'n Node,
    kind: &'static dyn ObjectKind,
    faults: &mut Faults<'_>,
) -> (Option<Meta>, Option<&'n Node>) {
    let Some(mut f) = Fields::open(node, "a document", faults) else { return (None, None) };
    f.skip(&["apiVersion", "kind"]);
    let meta = f.require("metadata", faults).and_then(|n| metadata(n, Some(kind), true, faults));
    let spec = f.take("spec");
    f.close(faults);
    let spec = spec.filter(|n| {
        if !n.is_map() {
            faults.error("NF0012", n.head(), format!("expected `spec`, a mapping, found {}", fields::describe(n)), &[]);
        }
        n.is_map()
    });
    (meta, spec)
}

/// Reads `metadata`. The defaults have no `name`.
pub(super) fn metadata(
    node: &Node,
    kind: Option<&'static dyn ObjectKind>,
    named: bool,
    faults: &mut Faults<'_>,
) -> Option<Meta> {
    let mut f = Fields::open(node, "metadata", faults)?;
    let mut out = Meta { name_at: node.head(), ..Meta::default() };
    let mut fine = true;
    if named {
        let name = f.require("name", faults);
        out.name_at = name.map_or(node.head(), |n| n.span);
        match name.and_then(|n| fields::name(n, faults)) {
            Some(name) => out.name = name,
            None => fine = false,
        }
    }
    out.account = f.take("account").and_then(|n| Some((fields::name(n, faults)?, n.span)));
    if let Some(n) = f.take("target") {
        out.target = target(n, kind, faults);
    }
    if let Some(n) = f.take("labels") {
        labels(n, &mut out, faults);
    }
    if let Some(n) = f.take("lifecycle") {
        lifecycle(n, kind, &mut out, faults);
    }
    f.close(faults);
    fine.then_some(out)
}

/// The connection that a SYSTEM or SYSTEM/NAME names, for documents of a kind.
fn target(node: &Node, kind: Option<&'static dyn ObjectKind>, faults: &mut Faults<'_>) -> Option<(String, Span)> {
    let text = fields::name(node, faults)?;
    let (word, name) = text.split_once('/').unwrap_or((&text, MAIN));
    let kind = kind?;
    let (system, _) = systems::kind_by_name(kind.name())?;
    let (known, one) = (system.connections(), system.has_accounts());
    if known.contains(&word) && !name.is_empty() && !(one && name != MAIN) {
        return Some((name.to_owned(), node.span));
    }
    let mut help = if known.contains(&word) { Vec::new() } else { did_you_mean(word, known.iter().copied()) };
    let others = if one { String::new() } else { format!(" or `{}/NAME`", known[0]) };
    help.push(format!("a document of `{}` lives on `{}`{others}", kind.name(), known[0]));
    faults.error("NF0112", node.span, format!("unknown target `{text}`"), &help);
    None
}

/// The system of a later version that a document names as its target.
pub(super) fn later_target(node: &Node, kind: &'static dyn ObjectKind) -> Option<&'static str> {
    let target = node.get("metadata")?.get("target")?.as_str()?;
    let word = target.split('/').next()?;
    kind.later_targets().iter().copied().find(|later| *later == word)
}

/// Why a document of a kind is not planned in an environment.
pub(super) fn not_planned(node: &Node, kind: &'static dyn ObjectKind, environment: &Environment) -> Option<String> {
    if let Some(later) = later_target(node, kind) {
        return Some(format!("this version of natsform does not plan them for `{later}` yet"));
    }
    let (system, _) = systems::kind_by_name(kind.name())?;
    let key = system.connections().first()?;
    let configured = if system.has_accounts() {
        environment.nats.is_some()
    } else {
        environment.targets.get(*key).is_some_and(|connections| !connections.is_empty())
    };
    (!configured).then(|| format!("the environment `{}` has no {key}", environment.name))
}

/// The scope of a document: the account that it names on a connection with accounts, else the connection.
pub(super) fn scope(system: &dyn System, metas: &[&Meta], account: &str) -> String {
    let said = |of: fn(&Meta) -> Option<&(String, Span)>| metas.iter().rev().find_map(|meta| of(meta));
    let (found, or) = if system.has_accounts() {
        (said(|meta| meta.account.as_ref()), account)
    } else {
        (said(|meta| meta.target.as_ref()), MAIN)
    };
    found.map_or_else(|| or.to_owned(), |(name, _)| name.clone())
}

fn labels(node: &Node, out: &mut Meta, faults: &mut Faults<'_>) {
    if Fields::open(node, "labels", faults).is_none() {
        return;
    }
    for (key, value) in node.entries() {
        let name = key.as_str().unwrap_or_default().to_owned();
        let value = if value.is_null() { Some(None) } else { fields::text(value, faults).map(Some) };
        if let Some(value) = value {
            out.labels.insert(name, value);
        }
    }
}

fn lifecycle(node: &Node, kind: Option<&'static dyn ObjectKind>, out: &mut Meta, faults: &mut Faults<'_>) {
    let Some(mut f) = Fields::open(node, "a lifecycle", faults) else { return };
    let nulled = |key: &str| node.get(key).is_some_and(Node::is_null);
    out.protect = match f.take("protect") {
        Some(n) => fields::boolean(n, faults).map(Some),
        None => nulled("protect").then_some(None),
    };
    out.ignore = match f.take("ignore") {
        Some(n) => Some(Some(ignored(n, kind, faults))),
        None => nulled("ignore").then_some(None),
    };
    out.orphan = match f.take("on_remove") {
        Some(n) => fields::word(n, &[("delete", false), ("orphan", true)], faults).map(Some),
        None => nulled("on_remove").then_some(None),
    };
    out.ack = match f.take("ack") {
        Some(n) => Some(Some(fields::texts(n, faults).into_iter().map(|(t, _)| t).collect())),
        None => nulled("ack").then_some(None),
    };
    if let Some(n) = f.take("renamed_from") {
        fields::name(n, faults);
        let help =
            "streams and consumers cannot be renamed: the old one stays until it is removed by itself".to_owned();
        faults.warning("NF0157", n.head(), "`renamed_from` is not acted on by this version", &[help]);
    }
    f.close(faults);
}

fn ignored(node: &Node, kind: Option<&'static dyn ObjectKind>, faults: &mut Faults<'_>) -> Vec<Path> {
    let mut out = Vec::new();
    for item in fields::items(node, "a list of `{path, reason}`", faults) {
        let Some(mut f) = Fields::open(item, "an ignored field, `{path, reason}`", faults) else { continue };
        let path = f.require("path", faults);
        if let Some(n) = f.take("reason") {
            fields::text(n, faults);
        }
        f.close(faults);
        let Some((at, text)) = path.and_then(|n| Some((n, fields::name(n, faults)?))) else { continue };
        match field_path(&text, kind) {
            Ok(path) => out.push(path),
            Err(help) => faults.error("NF0113", at.span, format!("unknown field path `{text}`"), &help),
        }
    }
    out
}

/// A field path of a kind; `metadata.team` is taken for `metadata[team]`. `Err`: what could be meant.
fn field_path(text: &str, kind: Option<&'static dyn ObjectKind>) -> Result<Path, Vec<String>> {
    let path = Path::parse(text).filter(|p| !p.0.is_empty()).ok_or_else(Vec::new)?;
    let Some(kind) = kind else { return Ok(path) };
    let mut shape = shape::resolve(kind.shape());
    let mut out = Path::root();
    for seg in &path.0 {
        let (Seg::Field(name) | Seg::Key(name)) = seg;
        let next = match shape {
            Shape::Object(fields) => {
                let known = || fields.iter().map(|f| f.name);
                let field = shape::field(fields, name).ok_or_else(|| did_you_mean(name, known()))?;
                out = out.field(name);
                &field.shape
            }
            Shape::Map(item) => {
                out = out.key(name);
                item
            }
            Shape::List { .. } => return Err(vec!["a list is owned whole: ignore the whole list".into()]),
            _ => return Err(Vec::new()),
        };
        shape = shape::resolve(next);
    }
    Ok(out)
}
