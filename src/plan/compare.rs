//! What would be sent, what the server would make of it, and what that changes.

use super::gate;
use crate::{
    inventory::Record,
    model::{Change, Class, Default, Live, Path, Value},
    shape,
    systems::{Around, Kind},
};

/// An object on its way.
pub struct Target {
    /// The live configuration with the declaration put in.
    pub sent: Value,
    /// What the server will store.
    pub settled: Value,
    /// What the object says now, and what it will say.
    pub says: Value,
    pub will_say: Value,
    pub changes: Vec<Change>,
    /// Paths that were declared last time, are not any more, and cannot be taken back.
    pub released: Vec<Path>,
}

/// Three-way: what is declared, what is live, what was declared last time.
pub fn target(
    kind: &dyn Kind,
    live: &Live,
    body: &Value,
    record: Option<&Record>,
    ignore: &[Path],
    strict: bool,
    around: &Around<'_>,
) -> Target {
    let declared = shape::declared(kind.shape(), body);
    let mut resets = resets(kind, live, &declared, record, ignore, strict);
    let mut released = Vec::new();
    loop {
        let target = attempt(kind, live, body, &declared, &resets, around);
        let reset: Vec<Change> = target.changes.iter().filter(|c| c.class == Class::Reset).cloned().collect();
        let refused =
            gate::refused_in_place(kind.shape(), &reset, &live.config, &target.settled, kind, around.capabilities);
        let stuck: Vec<Path> = resets.iter().filter(|p| refused.iter().any(|r| r.path.within(p))).cloned().collect();
        if stuck.is_empty() {
            return Target { released, ..target };
        }
        resets.retain(|p| !stuck.contains(p));
        released.extend(stuck);
    }
}

fn attempt(
    kind: &dyn Kind,
    live: &Live,
    body: &Value,
    declared: &[Path],
    resets: &[Path],
    around: &Around<'_>,
) -> Target {
    let sent = kind.put(&live.address, &live.config, body, resets, around);
    let settled = kind.settle(Some(&live.config), &sent, around);
    let mut changes = Vec::new();
    let (says, will_say) = (kind.view(&live.config), kind.view(&settled));
    shape::diff(kind.shape(), &says, &will_say, &Path::root(), &mut changes);
    for change in &mut changes {
        change.class = class(change, declared, resets);
    }
    Target { sent, settled, says, will_say, changes, released: Vec::new() }
}

fn class(change: &Change, declared: &[Path], resets: &[Path]) -> Class {
    let touches = |paths: &[Path]| paths.iter().any(|p| change.path.within(p) || p.within(&change.path));
    if touches(declared) {
        change.class
    } else if touches(resets) {
        Class::Reset
    } else {
        Class::Follows
    }
}

/// The paths that go back to their defaults.
fn resets(
    kind: &dyn Kind,
    live: &Live,
    declared: &[Path],
    record: Option<&Record>,
    ignore: &[Path],
    strict: bool,
) -> Vec<Path> {
    let spoken_of =
        |p: &Path| declared.iter().any(|d| d.within(p) || p.within(d)) || ignore.iter().any(|i| p.within(i));
    let before = record.into_iter().flat_map(|r| r.declared.keys()).filter_map(|p| Path::parse(p));
    let mut out: Vec<Path> = before.filter(|p| shape::at(kind.shape(), p).is_some()).collect();
    if strict {
        let set = shape::declared(kind.shape(), &kind.view(&live.config));
        let derived = |p: &Path| shape::top_field(kind.shape(), p).is_some_and(|f| f.default == Default::Derived);
        out.extend(set.into_iter().filter(|p| !derived(p)));
    }
    out.retain(|p| !spoken_of(p));
    out.sort();
    out.dedup();
    out
}
