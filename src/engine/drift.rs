//! What somebody else changed: the same reader and the same comparison as a plan's, seen from the live side.

use super::{Adopt, PlanOptions, Prune, Run, Select, plan::Selected};
use crate::{
    diag::Report,
    inventory::Ownership,
    model::{Action, Address, Drifted, Exit, Presence, Step, Verdict},
    systems,
};
use std::collections::BTreeSet;

impl Run {
    /// Reads the world and tells what drifted.
    ///
    /// # Errors
    /// `Exit::Error` with a report.
    pub async fn drift(&mut self, select: &Select, report: &mut Report) -> Result<Drifted, Exit> {
        let options = PlanOptions {
            select: select.clone(),
            adopt: Adopt::Always,
            prune: Some(Prune::Never),
            report_only: true,
            ..PlanOptions::default()
        };
        let selected = self.select(select, report)?;
        let planned = self.outlook(&options, report).await?;
        let mut drifted = Drifted {
            header: planned.header,
            scoped: planned.scoped,
            complete: planned.plan.complete,
            expectations: planned.expectations,
            notes: planned.notes,
            ..Drifted::default()
        };
        if let Some(holder) = self.lock_holder().await {
            drifted.notes.push(format!("an apply is running, this may be half-done work: {holder}"));
        }
        self.changed(planned.plan.steps, &mut drifted);
        self.missing(&selected, &mut drifted);
        self.coverage(&mut drifted);
        Ok(drifted)
    }

    /// Objects of ours whose declared fields somebody changed. Without a memory every difference counts.
    fn changed(&self, steps: Vec<Step>, drifted: &mut Drifted) {
        let remembers = self.inventory.as_ref().is_some_and(crate::inventory::Inventory::remembers);
        for mut step in steps {
            if let Verdict::Unknown { why } = &step.verdict {
                drifted.unknown.push((step.address.clone(), why.clone()));
                continue;
            }
            if !matches!(step.action, Action::Update | Action::Replace) {
                continue;
            }
            let remembers = remembers || super::plan::is_whole(&step.address);
            // an object can be out of rest although nothing that it says differs
            let restless = step.drift && step.changes.is_empty();
            step.changes.retain(|c| c.drift || !remembers);
            if restless || !step.changes.is_empty() {
                drifted.changed.push(step);
            }
        }
    }

    fn missing(&self, selected: &Selected, drifted: &mut Drifted) {
        let Some(inventory) = &self.inventory else { return };
        for resource in self.loaded.resources.iter().filter(|r| selected.addresses.contains(&r.address)) {
            let address = &resource.address;
            let Some((system, kind)) = systems::kind_by_word(&address.kind) else { continue };
            let ours = inventory.record(address).is_some() || !inventory.remembers() || kind.is_whole();
            match self.world.presence(system.name(), address, kind.parent(address).as_ref()) {
                Presence::Absent if ours => drifted.missing.push((address.clone(), None)),
                Presence::Present(live) if matches!(inventory.ownership(&live), Ownership::Recreated(_)) => {
                    drifted.missing.push((address.clone(), Some("somebody deleted it and made it again".into())));
                }
                _ => {}
            }
        }
    }

    /// What is live and nobody's, and how much of what is live is declared.
    fn coverage(&self, drifted: &mut Drifted) {
        let Some(inventory) = &self.inventory else { return };
        let declared: BTreeSet<&Address> = self.loaded.resources.iter().map(|r| &r.address).collect();
        for (address, presence) in self.world.objects.iter().filter(|(address, _)| self.ordinary(address)) {
            drifted.total += 1;
            drifted.declared += usize::from(declared.contains(address));
            let Presence::Present(live) = presence else { continue };
            let owned = match inventory.ownership(live) {
                Ownership::Ours(_) | Ownership::Others(..) | Ownership::Contested(..) => true,
                Ownership::Recreated(_) | Ownership::Nobodys => !inventory.remembers() && declared.contains(address),
            };
            if !owned {
                drifted.unowned.push(address.clone());
            }
        }
    }
}
