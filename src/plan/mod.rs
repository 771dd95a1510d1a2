//! From what is declared, what is live and what we remember to what will be done. Pure.
//!
//! [`draft`] compares object by object and says what would happen; [`judge`] weighs it: losses need their tokens, blocked
//! and unknown steps stay. [`guard`] looks at the whole; [`order`] proves that the ops can be done in some order.

mod action;
mod compare;
mod draft;
mod drift;
mod gate;
mod guard;
mod judge;
mod known;
mod order;
mod prune;
mod token;

pub use draft::draft;
#[cfg(test)]
pub(crate) use gate::unknown_to_server;
pub use guard::{Limits, guard};
pub use judge::{Judgement, judge};
pub use order::{Cycle, order};

use crate::{
    inventory::Inventory,
    model::{Address, Live, Prune, Resource, World},
};
use std::collections::{BTreeMap, BTreeSet};

/// What an unowned live object means for a document that declares it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopt {
    /// Blocked.
    Never,
    /// Adopted where its declared fields are already equal, otherwise blocked.
    #[default]
    Matching,
    /// Adopted, and changed where it differs.
    Always,
}

/// Everything a draft is made from.
pub struct Input<'a> {
    pub resources: &'a [Resource],
    pub world: &'a World,
    pub inventory: &'a Inventory,
    pub adopt: Adopt,
    pub prune: Prune,
    /// Every undeclared field means its default.
    pub strict: bool,
    /// Leave alone what somebody else changed (`drift: hold`).
    pub hold: bool,
    /// Delete what is declared and ours, instead of making it so.
    pub destroy: bool,
    /// Whether a declared object is selected.
    pub selected: &'a (dyn Fn(&Address) -> bool + Sync),
    /// Whether an object that nobody declares any more is within the selection.
    pub within: &'a (dyn Fn(&Address) -> bool + Sync),
    /// What an object that left the manifests means (`removed:`).
    pub removed: &'a (dyn Fn(&Address) -> Removed + Sync),
    /// The project and environment that an object may be taken over from (`take_from:`).
    pub take: &'a (dyn Fn(&Address) -> Option<String> + Sync),
}

/// What a project file says of an object that left the manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Removed {
    /// Nothing: `--prune` decides.
    #[default]
    Unsaid,
    /// It is left alone and no longer ours.
    Forget,
    /// It is offered to another project and environment, and ours until that one has taken it.
    Transfer { to: String },
}

/// What a draft gives.
#[derive(Default)]
pub struct Draft {
    pub steps: Vec<crate::model::Step>,
    pub prunable: Vec<Address>,
    /// Declared objects that `destroy` leaves because they are not ours.
    pub left: Vec<Address>,
}

/// Live objects by the object they live in, and what the manifests say protects them.
pub(crate) struct Inside<'a> {
    lives: BTreeMap<Address, Vec<&'a Live>>,
    protected: BTreeSet<&'a Address>,
}

impl<'a> Inside<'a> {
    fn of(world: &'a World, resources: &'a [Resource]) -> Self {
        let mut lives: BTreeMap<Address, Vec<&Live>> = BTreeMap::new();
        for live in world.objects.values().filter_map(|p| p.live()) {
            let parent =
                crate::systems::kind_by_word(&live.address.kind).and_then(|(_, kind)| kind.parent(&live.address));
            if let Some(parent) = parent {
                lives.entry(parent).or_default().push(live);
            }
        }
        let protected = resources.iter().filter(|r| r.head.lifecycle.protect == Some(true)).map(|r| &r.address);
        Self { lives, protected: protected.collect() }
    }

    fn get(&self, address: &Address) -> &[&'a Live] {
        self.lives.get(address).map_or(&[], Vec::as_slice)
    }

    fn protects(&self, address: &Address) -> bool {
        self.protected.contains(address)
    }
}
