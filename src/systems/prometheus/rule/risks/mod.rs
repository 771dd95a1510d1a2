//! What a change of a rule file would do to the alerts that are live.

pub mod fate;
mod words;

use crate::{
    model::{Capabilities, Counted, Detail, Finding, Level, Live, Value, json},
    systems::Turning,
};
use fate::{Given, Reset};
use std::collections::BTreeMap;

/// The finding about alerts that lose their state.
pub const RESETS: &str = "NF2201";
/// The finding about rules that an old file of ours has, too.
pub const TWICE: &str = "NF2204";
/// What the environment calls the most that a plan may have of it.
pub const LIMIT: &str = "max_alert_resets";

/// Every finding of a turn, from what was read alone.
pub fn all(turning: &Turning<'_>) -> Vec<Finding> {
    let servers: Vec<_> = servers(turning.live).collect();
    resets(&servers, turning.settled, turning.capabilities, &BTreeMap::new()).into_iter().collect()
}

/// The groups that a configuration has loaded.
pub fn loaded(config: Option<&Value>) -> &[Value] {
    config.and_then(|config| config["loaded"].as_array()).map_or(&[], Vec::as_slice)
}

/// The groups of the file that each server has loaded, by the server's URL, with their alerts.
pub fn servers(live: &Live) -> impl Iterator<Item = (&str, &[Value])> {
    let servers = live.state["servers"].as_object().into_iter().flatten();
    servers.map(|(url, groups)| (url.as_str(), groups.as_array().map_or(&[][..], Vec::as_slice)))
}

/// What the alerts of a document lose; `None` where that is nothing. `given` is what is known of new expressions, by
/// server.
pub fn resets(
    servers: &[(&str, &[Value])],
    settled: Option<&Value>,
    capabilities: &Capabilities,
    given: &BTreeMap<String, Given>,
) -> Option<Finding> {
    let (new, nothing) = (loaded(settled), Given::new());
    // servers of one target give the same alerts: each of them counts once
    let mut lost: BTreeMap<(&str, &str, String), Reset<'_>> = BTreeMap::new();
    for (url, old) in servers {
        let given = given.get(*url).unwrap_or(&nothing);
        for reset in fate::resets(old, new, settled.is_none(), capabilities, given) {
            let key = (reset.group, reset.rule, fate::key(reset.labels));
            let worse = lost.get(&key).is_none_or(|known| !known.firing && reset.firing);
            if worse {
                lost.insert(key, reset);
            }
        }
    }
    let lost: Vec<Reset<'_>> = lost.into_values().collect();
    if lost.is_empty() {
        return None;
    }
    let n = lost.len() as u64;
    let list: Vec<Value> = lost.iter().map(words::data).collect();
    let defined = |groups: &[Value]| super::view_of_groups(groups, 0.0);
    let before = servers.first().map(|(_, groups)| defined(groups)).unwrap_or_default();
    Some(Finding {
        exact: lost.iter().all(|reset| reset.certain),
        counted: Some(Counted { limit: LIMIT, n }),
        details: vec![
            Detail { key: "alerts_reset", value: json!(n), line: None },
            Detail { key: "resets", value: Value::Array(list), line: words::reasons(&lost) },
        ],
        turn: (before, defined(new)),
        ..Finding::new(RESETS, Level::Risk, words::message(&lost, resolved_after(servers, capabilities)))
    })
}

/// How many seconds after the last notification Alertmanager takes an alert for resolved: Prometheus gives each one an
/// end, four times as far away as the next one is due.
fn resolved_after(servers: &[(&str, &[Value])], capabilities: &Capabilities) -> f64 {
    let flag = capabilities.fact("flags")["rules.alert.resend-delay"].as_str().unwrap_or("1m");
    let delay = crate::promql::parse_seconds(flag).unwrap_or(60.0);
    let intervals = servers.iter().flat_map(|(_, groups)| *groups).filter_map(|group| group["interval"].as_f64());
    4.0 * intervals.fold(delay, f64::max)
}
