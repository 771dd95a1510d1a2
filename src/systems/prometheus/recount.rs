//! The alerts that a write would reset, counted again just before it: no more than was acknowledged or is allowed.

use super::{
    probe, read,
    rule::risks::{self, LIMIT},
    server::{self, Server},
};
use crate::{
    model::{Failure, Op, Value},
    ports::Target,
};
use std::collections::BTreeMap;

/// Counts what the files of an op would reset on these servers, as they are now.
///
/// # Errors
/// `Stale` where that is more than the plan's reader agreed to.
pub async fn check(op: &Op, target: &Target, servers: &[Server]) -> Result<(), Failure> {
    let Some(least) = server::least(servers) else { return Ok(()) };
    let capabilities = least.capabilities();
    let begin = tokio::time::Instant::now();
    let (mut free, mut allowed, mut names) = (0_u64, 0_u64, Vec::new());
    for file in op.body["files"].as_array().into_iter().flatten() {
        let name = file["name"].as_str().unwrap_or_default();
        let groups: Vec<(&str, Vec<Value>)> =
            servers.iter().map(|s| (s.url.as_str(), read::groups_of(&s.groups, name))).collect();
        let groups: Vec<(&str, &[Value])> = groups.iter().map(|(url, groups)| (*url, groups.as_slice())).collect();
        let settled = op.settled.get(file["address"].as_str().unwrap_or_default());
        let given = match settled {
            Some(settled) => {
                let left = probe::WHOLE.saturating_sub(begin.elapsed());
                probe::given(target, &groups, settled, &capabilities, left).await
            }
            None => BTreeMap::new(),
        };
        let Some(finding) = risks::resets(&groups, settled, &capabilities, &given) else { continue };
        match file["most_resets"].as_u64() {
            Some(most) if finding.measured() > most => return Err(stale(&finding.message, most, "acknowledged")),
            Some(_) => {}
            None => {
                free = free.saturating_add(finding.measured());
                allowed = file[LIMIT].as_u64().unwrap_or(0);
                names.push(finding.message);
            }
        }
    }
    if free > allowed { Err(stale(&names.join("; "), allowed, "allowed (`max_alert_resets`)")) } else { Ok(()) }
}

fn stale(message: &str, most: u64, word: &str) -> Failure {
    let most = crate::units::grouped(most);
    Failure::Stale { what: format!("{}: {message}: more than the {most} that are {word}", risks::RESETS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Effect, json};

    fn op(most_resets: Value, allowed: Value) -> Op {
        let file = json!({
            "name": "natsform--p--e--x.yml", "address": "rules/x@main", "most_resets": most_resets, LIMIT: allowed,
        });
        Op {
            id: 0,
            system: super::super::NAME,
            verb: "write and reload",
            effect: Effect::Removes,
            carries: Vec::new(),
            after: Vec::new(),
            behind: Vec::new(),
            lane: None,
            unit: None,
            expects: Vec::new(),
            ceilings: Vec::new(),
            body: json!({"files": [file]}),
            settled: json!({}),
        }
    }

    fn server(alerts: usize) -> Server {
        let alerts: Vec<Value> =
            (0..alerts).map(|i| json!({"state": "firing", "labels": {"i": i.to_string()}})).collect();
        let rule = json!({"type": "alerting", "name": "A", "query": "up", "labels": {}, "alerts": alerts});
        let group = json!({"file": "/x/natsform--p--e--x.yml", "name": "g", "rules": [rule]});
        Server { groups: vec![group], ..Server::default() }
    }

    #[tokio::test]
    async fn more_than_was_agreed_to_is_stale() {
        let target = Target::default();
        for (most, allowed, alerts, goes) in [
            (json!(3), json!(0), 3, true),
            (json!(3), json!(100), 4, false),
            (Value::Null, json!(3), 3, true),
            (Value::Null, json!(3), 4, false),
            (Value::Null, Value::Null, 1, false),
            (Value::Null, Value::Null, 0, true),
        ] {
            let done = check(&op(most, allowed), &target, &[server(alerts)]).await;
            assert_eq!(done.is_ok(), goes, "{done:?}");
            assert!(done.is_ok() || matches!(done, Err(Failure::Stale { .. })), "{done:?}");
        }
    }
}
