//! Guards over the whole plan.

use super::draft::kind_of;
use crate::{
    inventory::Inventory,
    model::{Action, Address, Level, Step, Verdict},
};

/// How much may be deleted in one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Replaces both default thresholds.
    pub max_deletes: Option<usize>,
    /// Whether the percent threshold counts (it does not for `destroy`).
    pub percent: bool,
    /// No document declares anything, and nobody asked to destroy.
    pub nothing_declared: bool,
    /// A backup is asked for before anything is destroyed, and none can be made.
    pub backup: bool,
}

const MAX_DELETES: usize = 20;
const MAX_PERCENT: usize = 10;
/// The percent threshold counts once so many objects are owned.
const PERCENT_FROM: usize = 10;

/// Why the whole apply is refused; empty where it is not.
pub fn guard(steps: &[Step], inventory: &Inventory, limits: Limits) -> Vec<String> {
    let mut out = deletes(steps, inventory, limits);
    if limits.backup && steps.iter().any(destroys) {
        out.push("a backup is asked for before anything is destroyed (`backup`), and this version makes none: make it yourself, then remove the setting".into());
    }
    out
}

fn destroys(step: &Step) -> bool {
    matches!(step.verdict, Verdict::Go | Verdict::NeedsAck { .. })
        && (matches!(step.action, Action::Delete | Action::Replace) || step.risk() == Level::Loss)
}

fn deletes(steps: &[Step], inventory: &Inventory, limits: Limits) -> Vec<String> {
    let may_go = |s: &&Step| matches!(s.verdict, Verdict::Go | Verdict::NeedsAck { .. });
    let going: Vec<&Address> =
        steps.iter().filter(|s| s.action == Action::Delete).filter(may_go).map(|s| &s.address).collect();
    let deletes = going.len();
    let objects = if deletes == 1 { "object" } else { "objects" };
    if limits.nothing_declared && deletes > 0 {
        let what = format!("nothing is declared, and {deletes} {objects} would be deleted");
        return vec![format!("{what}: no manifests never means to delete everything (`natsform destroy` does)")];
    }
    let too_many =
        |limit: String| vec![format!("{deletes} {objects} would be deleted, {limit} (raise it with --max-deletes)")];
    match limits.max_deletes {
        Some(most) if deletes > most => too_many(format!("more than the {most} that are allowed")),
        Some(_) => Vec::new(),
        None if deletes > MAX_DELETES => too_many(format!("more than {MAX_DELETES}")),
        None if limits.percent => {
            // what lives in another object of ours goes with it: it must not make that one's share look small
            let outer = |a: &Address| parent(a).is_none_or(|p| inventory.record(&p).is_none());
            let owned: Vec<&Address> = inventory.records().map(|(address, _)| address).collect();
            let whole = (deletes, owned.len());
            let outermost = (going.iter().filter(|a| outer(a)).count(), owned.iter().filter(|a| outer(a)).count());
            let over = |(n, of): &(usize, usize)| *of >= PERCENT_FROM && n * 100 > of * MAX_PERCENT;
            let over = [whole, outermost].into_iter().find(over);
            over.map_or_else(Vec::new, |(_, owned)| {
                too_many(format!("more than {MAX_PERCENT} % of the {owned} that this project owns"))
            })
        }
        None => Vec::new(),
    }
}

fn parent(address: &Address) -> Option<Address> {
    kind_of(address).and_then(|kind| kind.parent(address))
}
