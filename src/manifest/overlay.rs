//! Overlays: patches of one environment, found by identity, laid over as RFC 7396 says.

use super::{
    assemble::{Document, Parts, Said, head, is_whole, name_place},
    documents::Meta,
    table::{Documents, keys},
};
use crate::{
    diag::{Problem, Report},
    model::{Address, Path, Piece},
    systems::{self, Decode},
    yaml::{Kind, Node},
};
use std::collections::BTreeMap;

/// What an overlay does to one object.
pub(super) struct Patch {
    pub piece: Piece,
    /// Paths of the body that it takes away.
    pub removes: Vec<Path>,
}

/// Lays every overlay over what is said already.
pub(super) fn apply(parts: &Parts<'_>, said: &mut BTreeMap<Address, Said>, table: &Documents, report: &mut Report) {
    for overlay in &parts.overlays {
        one(overlay, parts, said, table, report);
    }
}

fn one(
    overlay: &Document,
    parts: &Parts<'_>,
    said: &mut BTreeMap<Address, Said>,
    table: &Documents,
    report: &mut Report,
) {
    let mut nulls = Vec::new();
    let spec = without_nulls(&overlay.spec(), &mut vec!["spec".to_owned()], &mut nulls);
    let head = head(overlay, parts);
    let pieces = {
        let mut cx = Decode { head: &head, origin: overlay.spec_origin(), report: &mut *report };
        overlay.kind.decode(&spec, &mut cx)
    };
    let Some(address) = pieces.iter().find(|p| is_whole(p)).map(|p| p.address.clone()) else { return };
    if said.get(&address).is_none_or(|s| s.plain.is_empty()) {
        if !parts.narrowed {
            report.push(matches_nothing(&address, overlay, said, table));
        }
        return;
    }
    lay_meta(&overlay.meta, &address, said);
    drop_pieces(&address, &nulls, said);
    for mut piece in pieces {
        let removes = removes(&piece, &nulls);
        let entry = said.entry(piece.address.clone()).or_default();
        piece.overrides = true;
        if entry.plain.is_empty() {
            // an overlay may add what is written inside another object (a consumer of a stream)
            piece.overrides = false;
            entry.plain.push(piece);
        } else {
            entry.patches.push(Patch { piece, removes });
        }
    }
}

fn matches_nothing(
    address: &Address,
    overlay: &Document,
    said: &BTreeMap<Address, Said>,
    table: &Documents,
) -> Problem {
    let mut problem = Problem::error("NF0133", format!("the overlay matches no document: {address} is not declared"));
    if let Some((source, span)) = name_place(table, &overlay.spec_origin()) {
        problem = problem.at(source, span);
    }
    let elsewhere = said.keys().find(|a| a.kind == address.kind && a.parts == address.parts);
    if let Some(found) = elsewhere {
        let help = match systems::kind_by_word(&address.kind) {
            Some((system, _)) if !system.has_accounts() => {
                let connection = system.connections().first().copied().unwrap_or_default();
                format!("it is declared on another connection: write `target: {connection}/{}`", found.scope)
            }
            _ => format!("it is declared in another account: write `account: {}`", found.scope),
        };
        return problem.help(help);
    }
    let names: Vec<String> = said.keys().filter(|a| a.kind == address.kind).map(Address::short).collect();
    match super::text::nearest(&address.short(), names.iter().map(String::as_str)) {
        Some(name) => problem.help(format!("did you mean `{name}`?")),
        None => problem,
    }
}

/// Metadata goes over every piece of the document that declares the object.
fn lay_meta(meta: &Meta, address: &Address, said: &mut BTreeMap<Address, Said>) {
    if !meta.says_more() {
        return;
    }
    let whole = said.get(address).and_then(|s| s.plain.iter().find(|p| is_whole(p))).map(|p| p.origin.document);
    for (other, entry) in said {
        for piece in &mut entry.plain {
            if other == address || whole == Some(piece.origin.document) {
                meta.over(&mut piece.head.labels, &mut piece.head.lifecycle);
            }
        }
    }
}

/// A null where a document wrote another object inside its own takes that object away.
fn drop_pieces(address: &Address, nulls: &[Vec<String>], said: &mut BTreeMap<Address, Said>) {
    let whole = said.get(address).and_then(|s| s.plain.iter().find(|p| is_whole(p))).map(|p| p.origin.document);
    let Some(document) = whole else { return };
    for entry in said.values_mut() {
        entry.plain.retain(|piece| {
            let at = keys(&piece.origin.path);
            let gone = nulls
                .iter()
                .any(|null| null.len() > 1 && at.len() >= null.len() && null.iter().zip(&at).all(|(a, b)| a == b));
            piece.origin.document != document || is_whole(piece) || !gone
        });
    }
    said.retain(|_, entry| !entry.plain.is_empty());
}

/// The paths of a piece's body that the overlay takes away.
fn removes(piece: &Piece, nulls: &[Vec<String>]) -> Vec<Path> {
    let at = keys(&piece.origin.path);
    let inside = nulls.iter().filter(|n| n.len() > at.len() && n.iter().zip(&at).all(|(a, b)| a == b));
    inside.map(|n| n[at.len()..].iter().fold(Path::root(), |path, key| path.field(key))).collect()
}

/// The node without its nulls, and where they were.
fn without_nulls(node: &Node, at: &mut Vec<String>, nulls: &mut Vec<Vec<String>>) -> Node {
    if !node.is_map() {
        return node.clone();
    }
    let mut kept = Vec::new();
    for (key, value) in node.entries() {
        at.push(key.as_str().unwrap_or_default().to_owned());
        if value.is_null() {
            nulls.push(at.clone());
        } else {
            kept.push((key.clone(), without_nulls(value, at, nulls)));
        }
        at.pop();
    }
    Node { span: node.span, kind: Kind::Map(kept) }
}
