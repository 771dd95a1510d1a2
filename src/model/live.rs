//! What the live systems said.

use super::{Address, Capabilities, Declared, Value};
use std::{collections::BTreeMap, sync::Arc};

/// What makes a live object *this* object, so that one that was deleted and made again is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// What the object's owner says of itself (a consumer's stream: its `created`).
    pub parent: Option<String>,
    /// What the object says of itself (`created`); `None` where the server does not keep it stable.
    pub own: Option<String>,
    /// Which run of its server said so, where another run may say something else of the same object.
    pub run: Option<String>,
}

impl Identity {
    /// Whether a recorded identity (`self`) still names the `live` object. A part that either side lacks proves nothing,
    /// and neither does a difference across a restart of a server that does not keep its word over one.
    pub fn holds(&self, live: &Self) -> bool {
        let restarted = self.run.is_some() && self.run != live.run;
        restarted || self.is_proven_by(live)
    }

    /// Whether a recorded identity holds for what it says, and not only because its server has forgotten what it said.
    pub fn is_proven_by(&self, live: &Self) -> bool {
        let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        agree(&self.parent, &live.parent) && agree(&self.own, &live.own)
    }

    /// Whether the `live` identity says what the recorded one (`self`) does not, and nothing less.
    pub fn is_outdone_by(&self, live: &Self) -> bool {
        let keeps = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_some();
        self != live && keeps(&self.parent, &live.parent) && keeps(&self.own, &live.own)
    }
}

/// One live object, as the server said it.
#[derive(Clone, Debug)]
pub struct Live {
    pub address: Address,
    /// The configuration, number for number and field for field as it came.
    pub config: Value,
    /// Counters and other things that are not configuration.
    pub state: Value,
    pub identity: Identity,
    /// A digest of the configuration without what the server owns; equal exactly while nobody changed it.
    pub fingerprint: String,
    /// What the object itself remembers of its last apply, where it can carry that; then the inventory has no record.
    pub memory: Option<Memory>,
}

/// What an object carries of its own last apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What was declared.
    pub declared: Declared,
    pub protect: bool,
    pub orphan: bool,
    /// The keys of the document's acknowledgements that were used.
    pub acks: Vec<String>,
    /// What was applied waits for somebody to put it in force: that it is not is nobody's doing.
    pub waits: bool,
    /// Somebody took the memory away: every difference is their doing.
    pub lost: bool,
}

/// Whether an object is there. Unknown is never folded into absent.
#[derive(Clone, Debug)]
pub enum Presence {
    Present(Arc<Live>),
    Absent,
    Unknown { why: String },
}

impl Presence {
    /// The live object, where there is one.
    pub fn live(&self) -> Option<&Live> {
        match self {
            Self::Present(live) => Some(live),
            _ => None,
        }
    }
}

/// One scope of one system, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub capabilities: Capabilities,
    /// One line for the plan's head: where this is and what runs there.
    pub label: String,
    /// Why the read is not complete; empty where it is. An incomplete place is never pruned.
    pub gaps: Vec<String>,
    /// What people should know of it; nothing that makes the read incomplete.
    pub notes: Vec<String>,
    /// Why nothing can be written there now, whatever it is.
    pub obstacles: Vec<String>,
    /// Whether existence is known for every object of the place, so that what was not listed is absent.
    pub listed: bool,
}

/// Everything that was read, over all systems and scopes.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By system name and scope.
    pub places: BTreeMap<(String, String), Place>,
    pub objects: BTreeMap<Address, Presence>,
    /// Live objects whose insides (a stream's consumers) could not be listed, and why.
    pub blind: BTreeMap<Address, String>,
}

impl World {
    /// What is known of an object in a place of `system`; `parent` is the object that it lives in.
    pub fn presence(&self, system: &str, address: &Address, parent: Option<&Address>) -> Presence {
        if let Some(presence) = self.objects.get(address) {
            return presence.clone();
        }
        if let Some(why) = parent.and_then(|p| self.blind.get(p)) {
            return Presence::Unknown { why: why.clone() };
        }
        if let Some(Presence::Unknown { why }) = parent.and_then(|p| self.objects.get(p)) {
            return Presence::Unknown { why: why.clone() };
        }
        match self.place(system, &address.scope) {
            Some(place) if place.listed => Presence::Absent,
            Some(place) => Presence::Unknown { why: place.gaps.first().cloned().unwrap_or_else(|| "not read".into()) },
            None => Presence::Unknown { why: "its account was not read".into() },
        }
    }

    /// The live object at an address, where there is one.
    pub fn live(&self, address: &Address) -> Option<&Live> {
        self.objects.get(address).and_then(Presence::live)
    }

    /// The same, to be kept.
    pub fn shared(&self, address: &Address) -> Option<&Arc<Live>> {
        match self.objects.get(address) {
            Some(Presence::Present(live)) => Some(live),
            _ => None,
        }
    }

    /// Adds what was read elsewhere.
    pub fn absorb(&mut self, other: Self) {
        self.places.extend(other.places);
        self.objects.extend(other.objects);
        self.blind.extend(other.blind);
    }

    /// One scope of one system.
    pub fn place(&self, system: &str, scope: &str) -> Option<&Place> {
        self.places.get(&(system.to_owned(), scope.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_identity_holds_until_a_part_that_both_know_differs() {
        let of = |parent: Option<&str>, own: Option<&str>| Identity {
            parent: parent.map(Into::into),
            own: own.map(Into::into),
            run: None,
        };
        assert!(of(Some("s1"), None).holds(&of(Some("s1"), Some("c1"))));
        assert!(of(Some("s1"), Some("c1")).holds(&of(Some("s1"), None)));
        assert!(!of(Some("s1"), Some("c1")).holds(&of(Some("s1"), Some("c2"))));
        assert!(!of(Some("s1"), None).holds(&of(Some("s2"), None)));
    }

    #[test]
    fn a_difference_across_a_restart_of_a_forgetful_server_proves_nothing() {
        let of =
            |own: &str, run: Option<&str>| Identity { parent: None, own: Some(own.into()), run: run.map(Into::into) };
        assert!(!of("s1", Some("r1")).holds(&of("s2", Some("r1"))));
        assert!(of("s1", Some("r1")).holds(&of("s2", Some("r2"))));
        assert!(!of("s1", Some("r1")).is_proven_by(&of("s2", Some("r2"))));
        assert!(of("s1", Some("r1")).is_proven_by(&of("s1", Some("r2"))), "it kept its word");
        assert!(of("s1", Some("r1")).holds(&of("s2", None)), "an upgrade is a restart");
        assert!(!of("s1", None).holds(&of("s2", Some("r2"))));
    }
}
