//! What the environment expects of the live system: compared, never written.

use super::{Connect, Run};
use crate::{
    diag::{Problem, Report},
    manifest::Loaded,
    model::{Capabilities, Exit, Expectation, Value, Version},
    ports::Nats,
    units,
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
        let Some(nats) = &self.loaded.environment.nats else { return Vec::new() };
        let expect = &nats.expect;
        let Some(place) = self.world.place("jetstream", &nats.account).or_else(|| self.world.places.values().next())
        else {
            return Vec::new();
        };
        let capabilities = &place.capabilities;
        let mut out = Vec::new();
        let mut unmet = |name: &str, wanted: String, found: String| {
            let path = format!("nats.expect.{name}");
            let source = expect.sources.get(&path).cloned();
            out.push(Expectation { path, wanted, found, source });
        };
        if let Some(wanted) = expect.version.as_ref().filter(|w| !version_fits(w, capabilities.version)) {
            unmet("version", wanted.clone(), capabilities.version.to_string());
        }
        let domain = capabilities.fact("domain").as_str();
        if let Some(wanted) = expect.domain.as_ref().filter(|w| domain != Some(w.as_str())) {
            unmet("domain", wanted.clone(), domain.unwrap_or("none").to_owned());
        }
        let limits = [("max_memory", expect.max_memory), ("max_storage", expect.max_storage)];
        for (name, wanted) in limits {
            let found = limit(capabilities, name);
            if let (Some(wanted), Some(found)) = (wanted, found)
                && wanted != found
            {
                unmet(&format!("jetstream.{name}"), units::print_size(wanted), units::print_size(found));
            }
        }
        out
    }

    /// Expectations that cannot be read with the connections of this run, as a note.
    pub(super) fn unread_expectations(&self) -> Option<String> {
        let expect = &self.loaded.environment.nats.as_ref()?.expect;
        let place = self.world.places.values().next()?;
        let mut names = Vec::new();
        if expect.servers.is_some() {
            names.push("servers");
        }
        for (name, wanted) in [("max_memory", expect.max_memory), ("max_storage", expect.max_storage)] {
            if wanted.is_some() && limit(&place.capabilities, name).is_none() {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| format!("not checked, it needs the system account: expect {}", names.join(", ")))
    }
}

/// A limit of the account; `None` where the account has none of its own, so that only the servers know.
fn limit(capabilities: &Capabilities, name: &str) -> Option<i64> {
    let limits: &Value = &capabilities.fact("account")["limits"];
    limits[name].as_i64().filter(|n| *n >= 0)
}

/// `>=2.11`, `<2.15`, `2.12` (any 2.12), several separated by commas.
fn version_fits(wanted: &str, found: Version) -> bool {
    wanted.split(',').map(str::trim).all(|one| {
        let digits = one.trim_start_matches(['>', '<', '=', ' ']);
        let Some(version) = Version::parse(digits) else { return false };
        match one.trim_end_matches(digits).trim() {
            ">=" => found >= version,
            ">" => found > version,
            "<=" => found <= version,
            "<" => found < version,
            _ => {
                let parts = digits.split('.').count();
                let cut = |v: Version| [v.0, v.1, v.2].into_iter().take(parts).collect::<Vec<_>>();
                cut(found) == cut(version)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_fit_their_ranges() {
        for (wanted, fits) in [
            (">=2.11", true),
            ("2.12", true),
            ("2.12.8", true),
            ("2.12.7", false),
            (">2.12.8", false),
            (">=2.11,<2.13", true),
            ("<2.12", false),
            ("x", false),
        ] {
            assert_eq!(version_fits(wanted, Version(2, 12, 8)), fits, "{wanted}");
        }
    }
}
