//! Applying a plan, and giving a lock back.

use super::{ApplyOptions, Run, alive, this_process};
use crate::{
    apply,
    diag::Report,
    inventory::{self, Inventory, State},
    model::{Applied, Exit, Failure, Observer, Planned},
    systems,
};
use tokio::sync::watch;

impl Run {
    /// Does what a plan of this run says.
    pub async fn apply(
        &mut self,
        planned: Planned,
        options: &ApplyOptions,
        stop: watch::Receiver<Option<Exit>>,
        observer: &dyn Observer,
    ) -> Applied {
        let none = Inventory::none(self.tenant.clone(), "", State::Off);
        let mut inventory = self.inventory.take().unwrap_or(none);
        let options = apply::Options {
            allow_partial: options.allow_partial,
            lock: options.lock,
            lock_timeout: options.lock_timeout,
            process: this_process(self.name.clone()),
            alive: &alive,
        };
        let applied = apply::apply(&self.ports, planned, &mut inventory, options, stop, observer).await;
        self.inventory = Some(inventory);
        applied
    }

    /// Takes the locks away from whoever holds them, and says who they were.
    ///
    /// # Errors
    /// `Exit::Error` with a report.
    pub async fn unlock(&mut self, report: &mut Report) -> Result<Vec<String>, Exit> {
        let mut holders = Vec::new();
        let failed = |report: &mut Report, failure: Failure| {
            report.error("NF0206", format!("the lock could not be taken away: {failure}"));
        };
        match self.inventory_scope() {
            Some(scope) => match self.ports.nats(&scope) {
                Some(nats) => match inventory::break_lock(nats, &self.tenant).await {
                    Ok(holder) => holders.extend(holder.map(|h| h.to_string())),
                    Err(failure) => failed(report, failure),
                },
                None => {
                    report.error("NF0206", format!("there is no connection to account {scope}, where the lock lives"));
                }
            },
            None if self.ports.targets.is_empty() => {
                report.error("NF0206", "this environment has no inventory, so it has no lock");
            }
            None => {}
        }
        for system in systems::ALL {
            match system.unlock(&self.ports).await {
                Ok(more) => holders.extend(more),
                Err(failure) => failed(report, failure),
            }
        }
        if report.has_errors() { Err(Exit::Error) } else { Ok(holders) }
    }

    /// Who holds the lock of this run's project and environment, where anybody does.
    pub(super) async fn lock_holder(&self) -> Option<String> {
        let scope = self.inventory_scope()?;
        let reader = self.ports.nats.get(&scope)?;
        let inventory = self.inventory.as_ref()?;
        if inventory.state != State::On {
            return None;
        }
        inventory::holder(reader, &self.tenant).await.ok().flatten().map(|h| h.to_string())
    }
}
