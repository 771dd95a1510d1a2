//! What is known while one object is drafted.

use super::{Input, Inside};
use crate::{
    inventory::Ownership,
    model::{Action, Address, Capabilities, Finding, Live, Resource, Step, Value},
    systems::{Kind, Turning},
};
use std::collections::BTreeMap;

/// What is known while one object is drafted.
pub struct Known<'a> {
    pub input: &'a Input<'a>,
    pub inside: &'a Inside<'a>,
    pub system: &'static str,
    pub kind: &'static dyn Kind,
    /// Steps drafted before: those of the objects that others live in.
    pub steps: &'a BTreeMap<Address, Step>,
}

impl Known<'_> {
    /// A step that changes nothing yet.
    pub fn blank(&self, resource: &Resource, action: Action) -> Step {
        Step {
            origin: resource.origins.first().cloned(),
            head: resource.head.clone(),
            protect: self.protects(resource),
            needs: resource.needs.clone(),
            spent: self.input.inventory.record(&resource.address).map(|r| r.acks.clone()).unwrap_or_default(),
            ..Step::new(resource.address.clone(), self.system, action)
        }
    }

    /// Whether the inventory remembers objects of this kind.
    pub fn remembers(&self) -> bool {
        self.input.inventory.remembers() && !self.kind.is_whole()
    }

    /// Whether an object is to be protected: what the document says, or what was applied last where it says nothing.
    fn protects(&self, resource: &Resource) -> bool {
        let last = || self.input.inventory.record(&resource.address).is_some_and(|r| r.protect);
        resource.head.lifecycle.protect.unwrap_or_else(last)
    }

    /// Why the object may not be deleted, be it for good or to be made again: it is protected, or something that lives in
    /// it and would go along is protected or another project's.
    pub fn kept(&self, address: &Address, protect: bool) -> Vec<String> {
        const FIRST: &str = "is protected: apply `protect: false` first";
        let own = protect.then(|| format!("it {FIRST}"));
        let inside = self.inside.get(address).iter().filter_map(|live| {
            let name = live.address.short();
            match self.input.inventory.ownership(live) {
                Ownership::Ours(record) if record.protect => Some(format!("{name} {FIRST}")),
                Ownership::Others(tenant, _) | Ownership::Contested(_, tenant) => {
                    Some(format!("{name} would go along and belongs to project {tenant}"))
                }
                _ => self.inside.protects(&live.address).then(|| format!("{name} {FIRST}")),
            }
        });
        own.into_iter().chain(self.twin(address)).chain(inside).collect()
    }

    /// The same live object under another scope: two accounts of the environment are one of the server, and what is left
    /// over in one of them is declared in the other.
    fn twin(&self, address: &Address) -> Option<String> {
        let live = self.input.world.live(address)?;
        let named = live.identity.own.is_some() || live.identity.parent.is_some();
        let scopes =
            self.input.world.places.keys().filter(|(s, scope)| named && s == self.system && *scope != address.scope);
        let others = scopes.map(|(_, scope)| Address { scope: scope.clone(), ..address.clone() });
        let same = |a: &Address| self.input.world.live(a).is_some_and(|other| other.identity == live.identity);
        let twin = others.into_iter().find(same)?;
        Some(format!("it is the same object as {twin}: two accounts of this environment are one account of the server"))
    }

    /// Why nobody can say what would go with the object: the read of its place, or of what lives in it, has gaps.
    pub fn unseen(&self, address: &Address) -> Option<String> {
        let place = self.input.world.place(self.system, &address.scope);
        let gap = self.input.world.blind.get(address).or_else(|| place.and_then(|p| p.gaps.first()))?;
        Some(format!("nothing is deleted while the read is incomplete: {gap}"))
    }

    /// What the system there can do.
    pub fn capabilities(&self, address: &Address) -> &Capabilities {
        static NONE: Capabilities =
            Capabilities { product: "", version: crate::model::Version(0, 0, 0), facts: BTreeMap::new() };
        self.input.world.place(self.system, &address.scope).map_or(&NONE, |p| &p.capabilities)
    }

    /// The configuration of the object around this one, as it will be by then.
    pub fn parent_config(&self, address: &Address) -> Option<Value> {
        let parent = self.kind.parent(address)?;
        let planned = self.steps.get(&parent).map(|s| s.settled.clone()).filter(|s| !s.is_null());
        planned.or_else(|| self.input.world.live(&parent).map(|live| live.config.clone()))
    }

    /// The same as it is now.
    pub fn parent_now(&self, address: &Address) -> Option<&Value> {
        self.kind.parent(address).and_then(|parent| self.input.world.live(&parent)).map(|live| &live.config)
    }

    /// What a change of this object would do.
    pub fn risks(&self, live: &Live, settled: Option<&Value>, replace: bool) -> Vec<Finding> {
        let capabilities = self.capabilities(&live.address);
        let parent = self.kind.parent(&live.address);
        self.kind.risks(&Turning {
            address: &live.address,
            live,
            settled,
            replace,
            capabilities,
            inside: self.inside.get(&live.address),
            parent: parent.and_then(|p| self.input.world.live(&p)),
        })
    }
}
