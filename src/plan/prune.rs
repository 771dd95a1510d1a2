//! Objects that go: those that left the manifests, and those that `destroy` is asked for.

use super::{
    Input, Inside, Prune, Removed,
    action::{block, contested, hold, unproven},
    draft::kind_of,
    known::Known,
};
use crate::{
    inventory::{Ownership, Record},
    model::{Action, Address, Live, Presence, Resource, Step, Verdict},
    systems,
};
use std::{collections::BTreeMap, sync::Arc};

/// `destroy`: an object that is declared and ours is deleted; one that is not ours is left.
pub fn destroy(known: &Known<'_>, resource: &Resource, left: &mut Vec<Address>) -> Option<Step> {
    let address = &resource.address;
    let parent = known.kind.parent(address);
    if parent.as_ref().and_then(|p| known.steps.get(p)).is_some_and(|s| s.action == Action::Delete) {
        return None;
    }
    match known.input.world.presence(known.system, address, parent.as_ref()) {
        Presence::Absent => None,
        Presence::Unknown { why } => {
            let mut step = known.blank(resource, Action::Keep);
            step.reason = Some(why.clone());
            step.verdict = Verdict::Unknown { why };
            Some(step)
        }
        Presence::Present(live) => match known.input.inventory.ownership(&live) {
            Ownership::Ours(record) => {
                let step = known.blank(resource, Action::Delete);
                Some(delete(known, step, &live, record, "destroy was asked for"))
            }
            Ownership::Contested(_, other) => {
                let mut step = known.blank(resource, Action::Delete);
                block(&mut step, vec![contested(other)]);
                Some(step)
            }
            _ => {
                left.push(address.clone());
                None
            }
        },
    }
}

/// Owned objects that nobody declares any more.
pub fn leftovers(
    input: &Input<'_>,
    inside: &Inside<'_>,
    steps: &mut BTreeMap<Address, Step>,
    prunable: &mut Vec<Address>,
) {
    let declared: std::collections::BTreeSet<&Address> = input.resources.iter().map(|r| &r.address).collect();
    for inner in [false, true] {
        for (address, record) in input.inventory.records() {
            let Some((system, kind)) = systems::kind_by_word(&address.kind) else { continue };
            if kind.parent(address).is_some() != inner || declared.contains(address) || !(input.within)(address) {
                continue;
            }
            let known = Known { input, inside, system: system.name(), kind, steps };
            if let Some(step) = leftover(&known, address, record, prunable) {
                steps.insert(address.clone(), step);
            }
        }
    }
}

fn leftover(known: &Known<'_>, address: &Address, record: &Record, prunable: &mut Vec<Address>) -> Option<Step> {
    let parent = known.kind.parent(address);
    let gone_with_parent = parent.as_ref().and_then(|p| known.steps.get(p));
    if gone_with_parent.is_some_and(|s| matches!(s.action, Action::Delete | Action::Forget)) {
        return None;
    }
    let resource = stub(address);
    let removed = (known.input.removed)(address);
    let orphan = (removed == Removed::Unsaid && record.orphan)
        .then_some("not in the manifests; `on_remove: orphan` says to leave it");
    let forgets =
        orphan.or((removed == Removed::Forget).then_some("not in the manifests; `removed` says to forget it"));
    let forget = |live: Option<&Arc<Live>>, reason: &str| {
        let mut step = known.blank(&resource, Action::Forget);
        step.before = live.cloned();
        step.records = true;
        step.reason = Some(reason.to_owned());
        Some(step)
    };
    let live = match known.input.world.presence(known.system, address, parent.as_ref()) {
        Presence::Absent => return None,
        Presence::Unknown { why } => {
            // to forget it nobody has to see it
            if let Some(reason) = forgets {
                return forget(None, reason);
            }
            if known.input.prune == Prune::Never {
                return None;
            }
            let mut step = known.blank(&resource, Action::Keep);
            step.reason = Some(format!("not in the manifests, and not readable: {why}"));
            step.verdict = Verdict::Unknown { why };
            return Some(step);
        }
        Presence::Present(live) => live,
    };
    if !record.identity.holds(&live.identity) || known.kind.reserved(&live).is_some() {
        return None;
    }
    if let Some(reason) = forgets {
        // what carries its own memory stays what it is: there is nothing to forget it in
        return if known.kind.is_whole() { None } else { forget(Some(&live), reason) };
    }
    if let Some(other) = known.input.inventory.held_by(&live) {
        return forget(Some(&live), &format!("{other} has taken it over"));
    }
    if let Removed::Transfer { to } = removed {
        if known.kind.is_whole() {
            let mut step = known.blank(&resource, Action::Adopt);
            block(&mut step, vec![format!("its name says whose it is: declare it in {to} and delete it here")]);
            return Some(step);
        }
        return offer(known, &resource, &live, record, to);
    }
    match known.input.prune {
        Prune::Never => None,
        Prune::Report => {
            prunable.push(address.clone());
            None
        }
        Prune::Delete => {
            let step = known.blank(&resource, Action::Delete);
            Some(delete(known, step, &live, record, "not in the manifests any more"))
        }
    }
}

/// Offers an object to another project; once offered there is nothing to do until that project takes it.
fn offer(known: &Known<'_>, resource: &Resource, live: &Arc<Live>, record: &Record, to: String) -> Option<Step> {
    if record.offered.as_ref() == Some(&to) {
        return None;
    }
    let mut step = known.blank(resource, Action::Adopt);
    step.reason = Some(format!("offered to {to}; ours until it is taken there"));
    step.before = Some(live.clone());
    step.declared.clone_from(&record.declared);
    step.protect = record.protect;
    step.head.lifecycle.orphan = record.orphan;
    step.offered = Some(to);
    step.records = true;
    Some(step)
}

fn delete(known: &Known<'_>, mut step: Step, live: &Arc<Live>, record: &Record, reason: &str) -> Step {
    step.before = Some(live.clone());
    step.records = known.remembers();
    let inside: Vec<&str> = known.inside.get(&live.address).iter().map(|l| l.address.leaf()).collect();
    step.reason = Some(match inside.len() {
        0 => reason.to_owned(),
        _ => format!("{reason}; with it go {}", inside.join(", ")),
    });
    step.findings = known.risks(live, None, false);
    let mut why: Vec<String> = known.kept(&live.address, record.protect || step.protect);
    why.extend(unproven(known, live));
    why.extend(still_declared(known, &live.address));
    hold(&mut step, why, known.unseen(&live.address));
    step
}

/// What is declared inside an object would go with it, and the next plan would make it again.
fn still_declared(known: &Known<'_>, address: &Address) -> Option<String> {
    let inside = |a: &Address| kind_of(a).and_then(|kind| kind.parent(a)).is_some_and(|parent| parent == *address);
    let declared = known.input.resources.iter().filter(|r| !known.input.destroy && inside(&r.address));
    let names: Vec<String> = declared.map(|r| r.address.short()).collect();
    (!names.is_empty()).then(|| format!("still declared inside it: {}", names.join(", ")))
}

/// A resource for an object that no document speaks of.
fn stub(address: &Address) -> Resource {
    let parent = kind_of(address).and_then(|kind| kind.parent(address));
    Resource {
        address: address.clone(),
        body: serde_json::json!({}),
        head: crate::model::Head::default(),
        needs: parent.into_iter().collect(),
        origins: Vec::new(),
    }
}
