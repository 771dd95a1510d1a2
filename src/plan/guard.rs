//! Guards over the whole plan.

use crate::{
    inventory::Inventory,
    model::{Action, Step, Verdict},
};

/// How much may be deleted in one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Replaces both default thresholds.
    pub max_deletes: Option<usize>,
    /// Whether the percent threshold counts (it does not for `destroy`).
    pub percent: bool,
}

const MAX_DELETES: usize = 20;
const MAX_PERCENT: usize = 10;
/// The percent threshold counts once so many objects are owned.
const PERCENT_FROM: usize = 10;

/// Why the whole apply is refused; empty where it is not.
pub fn guard(steps: &[Step], inventory: &Inventory, limits: Limits) -> Vec<String> {
    let may_go = |s: &&Step| matches!(s.verdict, Verdict::Go | Verdict::NeedsAck { .. });
    let deletes = steps.iter().filter(|s| s.action == Action::Delete).filter(may_go).count();
    let owned = inventory.records().count();
    let too_many =
        |limit: String| vec![format!("{deletes} objects would be deleted, {limit} (raise it with --max-deletes)")];
    match limits.max_deletes {
        Some(most) if deletes > most => too_many(format!("more than the {most} that are allowed")),
        Some(_) => Vec::new(),
        None if deletes > MAX_DELETES => too_many(format!("more than {MAX_DELETES}")),
        None if limits.percent && owned >= PERCENT_FROM && deletes * 100 > owned * MAX_PERCENT => {
            too_many(format!("more than {MAX_PERCENT} % of the {owned} that this project owns"))
        }
        None => Vec::new(),
    }
}
