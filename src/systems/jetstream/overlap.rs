//! Subjects that a stream of the plan takes and that another one has, which the plan does not change: no server lets two
//! streams capture one subject (10065). What the manifests declare is compared when they are read; this is about streams
//! that nobody declares, and about those outside a selection (`-t`), which stay as they are.

use super::{
    NAME, moves,
    subjects::{Patterns, captured, meet},
};
use crate::model::{Action, Address, Live, Presence, Step, Verdict, World};
use std::collections::BTreeMap;

/// Blocks the steps that a server would refuse for that.
pub fn block(steps: &mut [Step], world: &World) {
    let found: Vec<(usize, String)> = {
        let changed: BTreeMap<&Address, &Step> = steps.iter().map(|step| (&step.address, step)).collect();
        let lives: Vec<&Live> = world.objects.values().filter_map(Presence::live).collect();
        let mut held: BTreeMap<&str, Patterns<(usize, &str)>> = BTreeMap::new();
        for (i, live) in lives.iter().enumerate() {
            let step = changed.get(&live.address).filter(|step| may(step));
            for subject in after(live, step.copied()) {
                held.entry(&live.address.scope).or_default().insert(subject, (i, subject));
            }
        }
        let refused = |step: &Step| -> Option<String> {
            let held = held.get(step.address.scope.as_str())?;
            moves::taken(step).into_iter().find_map(|wanted| {
                let others = held.colliding(wanted).into_iter().map(|(i, subject)| (lives.get(i), subject));
                let mut others = others.filter_map(|(live, subject)| Some((*live?, subject)));
                let (other, subject) = others.find(|(live, _)| live.address != step.address)?;
                Some(why(&other.address, &meet(subject, wanted)))
            })
        };
        let ours = steps.iter().enumerate().filter(|(_, step)| step.system == NAME && may(step));
        ours.filter_map(|(i, step)| Some((i, refused(step)?))).collect()
    };
    for (i, why) in found {
        if let Some(step) = steps.get_mut(i) {
            step.reason = Some(why.clone());
            step.verdict = Verdict::Blocked { why };
        }
    }
}

fn why(other: &Address, subject: &str) -> String {
    format!(
        "`{subject}` belongs to {}, which this plan leaves as it is: no server lets two streams capture one subject (10065)",
        other.short()
    )
}

fn may(step: &Step) -> bool {
    step.action != Action::Keep && matches!(step.verdict, Verdict::Go | Verdict::NeedsAck { .. })
}

/// The subjects of a live stream once its step is done, where it has one.
fn after<'a>(live: &'a Live, step: Option<&'a Step>) -> Vec<&'a str> {
    match step.map(|step| (step.action, step)) {
        Some((Action::Delete, _)) => Vec::new(),
        Some((Action::Update | Action::Replace, step)) => captured(&step.settled).collect(),
        _ => captured(&live.config).collect(),
    }
}
