//! What the environment expects of the live system: compared, never written.

use super::{Connect, Run};
use crate::{
    diag::{Problem, Report},
    manifest::{self, Loaded},
    model::{Exit, Expectation},
    ports::Nats,
    systems::{self, Expected},
};
use std::{collections::BTreeMap, sync::Arc};

/// A wrong cluster ends the run before anything is read.
pub fn cluster(
    loaded: &Loaded,
    connect: &Connect,
    nats: &BTreeMap<String, Arc<dyn Nats>>,
    report: &mut Report,
) -> Result<(), Exit> {
    let declared = loaded.environment.nats.as_ref().and_then(|n| n.expect.cluster.clone());
    let Some(wanted) = connect.expect_cluster.clone().or(declared) else { return Ok(()) };
    for connection in nats.values() {
        let found = connection.info().cluster;
        if found.as_deref() != Some(wanted.as_str()) {
            let found = found.map_or_else(|| "a server without a cluster".to_owned(), |c| format!("cluster `{c}`"));
            let problem = Problem::error(
                "NF0204",
                format!("expected cluster `{wanted}`, found {found} at {}", connection.info().url),
            );
            report.push(problem.help("nothing was read or written"));
            return Err(Exit::Refused);
        }
    }
    Ok(())
}

impl Run {
    /// The expectations that are not met, the cluster's aside.
    pub(super) fn expectations(&self) -> Vec<Expectation> {
        let unmet = |(expect, found): (manifest::Expected, Expected)| match found {
            Expected::Unmet { wanted, found } => {
                Some(Expectation { path: expect.path, wanted, found, source: expect.source })
            }
            _ => None,
        };
        self.expected().filter_map(unmet).collect()
    }

    /// Expectations that cannot be read with the connections of this run, as notes.
    pub(super) fn unread_expectations(&self) -> Vec<String> {
        let mut by_need: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (expect, found) in self.expected() {
            if let Expected::Unread(need) = found {
                by_need.entry(need).or_default().push(expect.name.rsplit('.').next().unwrap_or_default().to_owned());
            }
        }
        let note =
            |(need, names): (&str, Vec<String>)| format!("not checked, it needs {need}: expect {}", names.join(", "));
        by_need.into_iter().map(note).collect()
    }

    /// What the environment expects of each place that was read.
    fn expected(&self) -> impl Iterator<Item = (manifest::Expected, Expected)> {
        self.loaded.environment.expected().into_iter().filter_map(|expect| {
            let has = |(system, scope): &&(String, String)| {
                *scope == expect.scope && systems::system(system).is_some_and(|s| s.has_accounts())
            };
            let of_accounts = || Some(self.world.places.keys().find(has)?.0.clone());
            let system = expect.system.clone().or_else(of_accounts)?;
            let place = self.world.place(&system, &expect.scope).filter(|place| place.listed)?;
            let found = systems::system(&system)?.expect(place, &expect.name, &expect.wanted);
            Some((expect, found))
        })
    }
}
