//! One step for each object.

use super::{Draft, Input, Inside, action, known::Known, prune};
use crate::{
    model::{Action, Address, Presence, Resource, Step, Verdict},
    systems::{self, Kind},
};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Drafts a step for every selected resource, and for every owned object that left the manifests.
pub fn draft(input: &Input<'_>) -> Draft {
    let inside = Inside::of(input.world, input.resources);
    let mut steps: BTreeMap<Address, Step> = BTreeMap::new();
    let mut left = Vec::new();
    let selected: Vec<_> = input.resources.iter().filter(|r| (input.selected)(&r.address)).filter_map(kinded).collect();
    for inner in [false, true] {
        let of_turn = selected.iter().filter(|(resource, _, kind)| kind.parent(&resource.address).is_some() == inner);
        let known = |system, kind| Known { input, inside: &inside, system, kind, steps: &steps };
        let drafted: Vec<Step> = if input.destroy {
            of_turn.filter_map(|(r, system, kind)| prune::destroy(&known(system, *kind), r, &mut left)).collect()
        } else {
            let all: Vec<_> = of_turn.collect();
            all.par_iter().map(|(resource, system, kind)| declared(&known(system, *kind), resource)).collect()
        };
        steps.extend(drafted.into_iter().map(|step| (step.address.clone(), step)));
    }
    let mut prunable = Vec::new();
    if !input.destroy {
        prune::leftovers(input, &inside, &mut steps, &mut prunable);
        replace_inside(input, &inside, &mut steps);
    }
    let mut steps: Vec<Step> = steps.into_values().collect();
    steps.iter_mut().for_each(|step| obstruct(step, input));
    spread_unknown(&mut steps);
    Draft { steps, prunable, left }
}

/// A resource with its system's name and its kind.
fn kinded(resource: &Resource) -> Option<(&Resource, &'static str, &'static dyn Kind)> {
    systems::kind_by_word(&resource.address.kind).map(|(system, kind)| (resource, system.name(), kind))
}

fn declared(known: &Known<'_>, resource: &Resource) -> Step {
    let parent = known.kind.parent(&resource.address);
    match known.input.world.presence(known.system, &resource.address, parent.as_ref()) {
        Presence::Unknown { why } => {
            let mut step = known.blank(resource, Action::Keep);
            step.reason = Some(why.clone());
            step.verdict = Verdict::Unknown { why };
            step
        }
        Presence::Absent => action::create(known, resource),
        Presence::Present(live) => action::change(known, resource, &live),
    }
}

/// What lives inside an object that is replaced goes with it. What is declared of it is made again, selected or not; where
/// that cannot be done the object around it stays.
fn replace_inside(input: &Input<'_>, inside: &Inside<'_>, steps: &mut BTreeMap<Address, Step>) {
    let declared: BTreeMap<&Address, &Resource> = input.resources.iter().map(|r| (&r.address, r)).collect();
    let replaced: Vec<(Address, bool)> = steps
        .values()
        .filter(|s| s.action == Action::Replace && !inside.get(&s.address).is_empty())
        .map(|s| (s.address.clone(), s.verdict == Verdict::Go))
        .collect();
    for (parent, goes) in replaced {
        let mut held = Vec::new();
        for live in inside.get(&parent) {
            let Some(resource) = declared.get(&live.address) else { continue };
            let Some((system, kind)) = systems::kind_by_word(&live.address.kind) else { continue };
            let known = Known { input, inside, system: system.name(), kind, steps };
            let step = match steps.get(&live.address) {
                Some(step) if goes || step.action != Action::Keep => step.clone(),
                Some(_) => continue,
                None if goes => match input.world.shared(&live.address) {
                    Some(live) => action::change(&known, resource, live),
                    None => continue,
                },
                None => continue,
            };
            let step = action::go_along(&known, step, resource, &parent);
            if let Some(why) = step.verdict.why() {
                held.push(format!("{} cannot be made again: {why}", live.address.short()));
            }
            steps.insert(step.address.clone(), step);
        }
        if let Some(step) = steps.get_mut(&parent).filter(|_| goes) {
            action::block(step, held);
        }
    }
}

/// Blocks what a place would not take just now, whatever it is.
fn obstruct(step: &mut Step, input: &Input<'_>) {
    if step.verdict == Verdict::Go && step.action != Action::Keep {
        let place = input.world.place(step.system, &step.address.scope);
        action::block(step, place.map(|place| place.obstacles.clone()).unwrap_or_default());
    }
}

/// What could not be read stops what depends on it; what may not be made stops what lives in it. So on, until nothing
/// more stops.
fn spread_unknown(steps: &mut [Step]) {
    let stops = |s: &Step| match s.verdict {
        Verdict::Unknown { .. } => true,
        Verdict::Blocked { .. } => s.action == Action::Create,
        _ => false,
    };
    let mut news: BTreeMap<Address, bool> =
        steps.iter().filter(|s| stops(s)).map(|s| (s.address.clone(), unknown(s))).collect();
    while !news.is_empty() {
        let mut next = BTreeMap::new();
        for step in steps.iter_mut().filter(|s| s.verdict == Verdict::Go && s.action != Action::Keep) {
            let Some((need, unread)) = step.needs.iter().find_map(|need| news.get_key_value(need)) else { continue };
            let what = if *unread { "could not be read" } else { "is blocked" };
            let why = format!("depends on {}, which {what}", need.short());
            step.reason = Some(why.clone());
            step.verdict = if *unread { Verdict::Unknown { why } } else { Verdict::Blocked { why } };
            if stops(step) {
                next.insert(step.address.clone(), unknown(step));
            }
        }
        news = next;
    }
}

fn unknown(step: &Step) -> bool {
    matches!(step.verdict, Verdict::Unknown { .. })
}

/// The kind, for those who have only an address.
pub(super) fn kind_of(address: &Address) -> Option<&'static dyn Kind> {
    systems::kind_by_word(&address.kind).map(|(_, kind)| kind)
}
