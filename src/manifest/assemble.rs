//! Documents become resources: pieces, defaults and overlays put together by shape.

use super::{
    documents::{self, Meta},
    environment::Environment,
    overlay::{self, Patch},
    table::{Documents, Role, Tree, joined},
};
use crate::{
    diag::{Problem, Report, SourceId},
    model::{Address, Head, Origin, Path, Piece, Resource, Value},
    shape,
    systems::{self, Decode, Kind},
    yaml::{Node, Span},
};
use std::collections::{BTreeMap, BTreeSet};

/// A document whose envelope is read.
pub(super) struct Document {
    /// Its index in the table.
    pub index: usize,
    pub source: SourceId,
    pub node: Tree,
    pub kind: &'static dyn Kind,
    pub meta: Meta,
}

impl Document {
    /// Where the spec stands.
    pub fn spec_origin(&self) -> Origin {
        Origin { document: self.index, path: Path::root().field("spec") }
    }

    pub fn spec(&self) -> Node {
        let spec = self.node.get("spec").filter(|n| n.is_map());
        spec.cloned().unwrap_or_else(|| Node { span: self.node.head(), kind: crate::yaml::Kind::Map(Vec::new()) })
    }
}

/// What the project file says of every document of a kind.
pub(super) struct KindDefault {
    pub meta: Meta,
    pub body: Value,
    /// Where the `spec` stands.
    pub origin: Origin,
}

/// Everything that is put together.
pub(super) struct Parts<'a> {
    pub documents: Vec<Document>,
    pub overlays: Vec<Document>,
    /// By the kind's name.
    pub defaults: BTreeMap<&'static str, KindDefault>,
    pub environment: &'a Environment,
    /// Only a part of the project is loaded: an overlay may match nothing.
    pub narrowed: bool,
}

/// All that is said of one object.
#[derive(Default)]
pub(super) struct Said {
    pub plain: Vec<Piece>,
    pub patches: Vec<Patch>,
}

/// Puts resources together, by address.
pub(super) fn assemble(parts: &Parts<'_>, table: &Documents, report: &mut Report) -> Vec<Resource> {
    let mut said: BTreeMap<Address, Said> = BTreeMap::new();
    for document in &parts.documents {
        let head = head(document, parts);
        known_account(document, &head, parts.environment, report);
        let mut cx = Decode { head: &head, origin: document.spec_origin(), report: &mut *report };
        for piece in document.kind.decode(&document.spec(), &mut cx) {
            said.entry(piece.address.clone()).or_default().plain.push(piece);
        }
    }
    for entry in said.values_mut() {
        // the document of the object itself comes first, what others say of it after
        entry.plain.sort_by_key(|p| !is_whole(p));
    }
    duplicates(&mut said, table, report);
    overlay::apply(parts, &mut said, table, report);
    let mut resources: Vec<Resource> =
        said.into_iter().filter_map(|(address, said)| resource(address, said, parts, table, report)).collect();
    one_object_each(&resources, table, report);
    relations(&mut resources, report);
    resources
}

/// Whether a piece is what a whole document says of its own object.
pub(super) fn is_whole(piece: &Piece) -> bool {
    piece.origin.path.0.len() == 1
}

/// A document's head: its own metadata over the defaults.
pub(super) fn head(document: &Document, parts: &Parts<'_>) -> Head {
    let mut head = Head { name: document.meta.name.clone(), ..Head::default() };
    let default = parts.defaults.get(document.kind.name()).map(|d| &d.meta);
    let metas: Vec<&Meta> = default.into_iter().chain([&document.meta]).collect();
    if let Some((system, _)) = systems::kind_by_name(document.kind.name()) {
        head.scope = documents::scope(system, &metas, parts.environment.account());
    }
    for meta in metas {
        meta.over(&mut head.labels, &mut head.lifecycle);
    }
    head
}

fn known_account(document: &Document, head: &Head, environment: &Environment, report: &mut Report) {
    if systems::kind_by_name(document.kind.name()).is_some_and(|(system, _)| !system.has_accounts()) {
        if let Some((_, span)) = &document.meta.account {
            let message = format!("`{}` lives in no account", document.kind.name());
            let problem = Problem::error("NF0111", message).at(document.source, *span);
            report.push(problem.help("remove `account`; `target` names a connection"));
        }
        known_connection(document, head, environment, report);
        return;
    }
    let Some(nats) = &environment.nats else { return };
    // the environment's own account is checked where it is written
    if nats.accounts.is_empty() || nats.accounts.contains_key(&head.scope) || head.scope == nats.account {
        return;
    }
    let span = document.meta.account.as_ref().map_or(document.meta.name_at, |(_, span)| *span);
    let names = || nats.accounts.keys().map(String::as_str);
    let mut problem =
        Problem::error("NF0111", format!("the environment `{}` has no account `{}`", environment.name, head.scope))
            .at(document.source, span);
    for line in super::faults::did_you_mean(&head.scope, names()) {
        problem = problem.help(line);
    }
    report.push(problem.help(format!("it has {}", super::text::listed(names(), "and"))));
}

fn known_connection(document: &Document, head: &Head, environment: &Environment, report: &mut Report) {
    let key = systems::kind_by_name(document.kind.name()).and_then(|(system, _)| system.connections().first().copied());
    let Some((key, known)) = key.and_then(|key| Some((key, environment.targets.get(key)?))) else { return };
    if known.contains_key(&head.scope) {
        return;
    }
    let span = document.meta.target.as_ref().map_or(document.meta.name_at, |(_, span)| *span);
    let names = || known.keys().map(String::as_str);
    let message = format!("the environment `{}` has no connection `{key}/{}`", environment.name, head.scope);
    let mut problem = Problem::error("NF0112", message).at(document.source, span);
    for line in super::faults::did_you_mean(&head.scope, names()) {
        problem = problem.help(line);
    }
    report.push(problem.help(format!("{key} has {}", super::text::listed(names(), "and"))));
}

/// Two whole documents for one object: an error, even where they are equal.
fn duplicates(said: &mut BTreeMap<Address, Said>, table: &Documents, report: &mut Report) {
    for (address, entry) in said {
        let mut first: Option<Origin> = None;
        entry.plain.retain(|piece| {
            if !is_whole(piece) {
                return true;
            }
            let Some(known) = &first else {
                first = Some(piece.origin.clone());
                return true;
            };
            let mut problem = Problem::error("NF0131", format!("duplicate {}", address.short()));
            if let Some((source, span)) = name_place(table, &piece.origin) {
                problem = problem.at(source, span).label("declared again here");
            }
            if let Some((source, span)) = name_place(table, known) {
                problem = problem.also(source, span, "declared here first");
                if let Some(place) = table.at(source, span) {
                    problem =
                        problem.help(format!("it is declared at {}:{}:{} first", place.file, place.line, place.column));
                }
            }
            report.push(problem);
            false
        });
    }
}

/// Where the name of a piece's document stands.
pub(super) fn name_place(table: &Documents, origin: &Origin) -> Option<(SourceId, Span)> {
    if origin.path.0.len() != 1 {
        return table.key_span(origin);
    }
    table.value_span(&Origin { document: origin.document, path: Path::root().field("metadata").field("name") })
}

fn resource(
    address: Address,
    said: Said,
    parts: &Parts<'_>,
    table: &Documents,
    report: &mut Report,
) -> Option<Resource> {
    let first = said.plain.first()?;
    let (_, kind) = systems::kind_by_word(&address.kind)?;
    let head = first.head.clone();
    let mut origins: Vec<Origin> = said.plain.iter().map(|p| p.origin.clone()).collect();
    let plain = merge_plain(kind, &address, &said.plain, table, report);
    let default = parts.defaults.get(kind.name());
    let mut body = default.map_or(Value::Null, |d| d.body.clone());
    shape::merge(kind.shape(), &mut body, &plain, true, &Path::root(), &mut Vec::new());
    for patch in said.patches {
        shape::merge(kind.shape(), &mut body, &patch.piece.body, true, &Path::root(), &mut Vec::new());
        for path in &patch.removes {
            shape::remove(&mut body, path);
        }
        origins.push(patch.piece.origin);
    }
    origins.extend(default.map(|d| d.origin.clone()));
    if body.is_null() {
        body = Value::Object(crate::model::Map::new());
    }
    Some(Resource { address, body, head, needs: Vec::new(), origins })
}

fn merge_plain(
    kind: &'static dyn Kind,
    address: &Address,
    pieces: &[Piece],
    table: &Documents,
    report: &mut Report,
) -> Value {
    let mut body = Value::Null;
    for (i, piece) in pieces.iter().enumerate() {
        let mut clashes = Vec::new();
        shape::merge(kind.shape(), &mut body, &piece.body, false, &Path::root(), &mut clashes);
        for path in clashes {
            let other = pieces[..i].iter().find(|p| !shape::lookup(&p.body, &path).is_null());
            report.push(clash(address, &path, piece, other, table));
        }
    }
    body
}

fn clash(address: &Address, path: &Path, piece: &Piece, other: Option<&Piece>, table: &Documents) -> Problem {
    let origin = |p: &Piece| Origin { document: p.origin.document, path: joined(&p.origin.path, path) };
    let mut problem = Problem::error("NF0130", format!("two places disagree about `{path}` of {}", address.short()));
    if let Some((source, span)) = table.value_span(&origin(piece)) {
        problem = problem.at(source, span);
    }
    if let Some(other) = other
        && let Some((source, span)) = table.value_span(&origin(other))
    {
        problem = problem.also(source, span, "and here");
        if let Some(place) = table.at(source, span) {
            problem = problem.help(format!("the other place is {}:{}:{}", place.file, place.line, place.column));
        }
    }
    problem.help("remove one of the two, or use an overlay, which wins")
}

/// Two addresses that would be one live object.
fn one_object_each(resources: &[Resource], table: &Documents, report: &mut Report) {
    let mut taken: BTreeMap<(&'static str, String), &Resource> = BTreeMap::new();
    for resource in resources {
        let Some((system, kind)) = systems::kind_by_word(&resource.address.kind) else { continue };
        for key in kind.occupies(&resource.address) {
            let Some(other) = taken.insert((system.name(), key), resource) else { continue };
            let message = format!("{} and {} are one live object", other.address.short(), resource.address.short());
            let mut problem = Problem::error("NF0132", message);
            if let Some((source, span)) = resource.origins.first().and_then(|o| name_place(table, o)) {
                problem = problem.at(source, span);
            }
            if let Some((source, span)) = other.origins.first().and_then(|o| name_place(table, o)) {
                problem = problem.also(source, span, "the other one");
            }
            report.push(problem.help("declare it as one of the two"));
        }
    }
}

/// `needs` and the offline rules of each kind.
fn relations(resources: &mut [Resource], report: &mut Report) {
    let declared: BTreeSet<Address> = resources.iter().map(|r| r.address.clone()).collect();
    for resource in resources {
        let Some((_, kind)) = systems::kind_by_word(&resource.address.kind) else { continue };
        let mentioned = kind.mentions(resource).into_iter().filter(|m| m.needed).map(|m| m.address);
        let needs: BTreeSet<Address> = mentioned
            .chain(kind.parent(&resource.address))
            .filter(|a| *a != resource.address && declared.contains(a))
            .collect();
        resource.needs = needs.into_iter().collect();
        kind.check(resource, report);
    }
}

/// The origin that said the value at a path of a resource: an overlay before a document before the defaults.
pub(super) fn said_at(resource: &Resource, path: &Path, table: &Documents) -> Option<Origin> {
    let of = |role: Role| {
        let origins = resource.origins.iter().filter(move |o| table.role(o) == Some(role));
        origins.map(|o| Origin { document: o.document, path: joined(&o.path, path) }).filter(|o| table.says(o))
    };
    of(Role::Overlay).next_back().or_else(|| of(Role::Plain).next()).or_else(|| of(Role::Project).next())
}
