//! I1 to I8: plans that only read, applies that converge, and everybody else's objects.

use super::worlds::{Edit, Manifest, documents, edits, manifest, text};
use crate::{
    model::When,
    support::bench::{Bench, Owned, tokens, told},
};
use natsform::{
    diag::Report,
    engine::{Adopt, PlanOptions, Prune},
    model::{Applied, Exit, Planned},
    render,
};
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// So many worlds for each property: some seconds.
pub fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

pub fn block<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(work)
}

pub fn everything() -> PlanOptions {
    PlanOptions { adopt: Adopt::Always, prune: Some(Prune::Delete), max_deletes: Some(100), ..PlanOptions::default() }
}

/// A world: `before` was applied, then `edits` happened.
pub async fn world(version: (u32, u32, u32), before: &Manifest, edits: &[Edit]) -> Bench {
    let bench = Bench::new(version);
    let others = json!({"name": "OTHERS", "subjects": ["others.>"], "description": "theirs", "max_msgs": 50});
    bench.model.ok("STREAM.CREATE.OTHERS", others);
    let theirs = json!({"stream_name": "OTHERS", "config": {"durable_name": "c", "ack_policy": "explicit"}});
    bench.model.ok("CONSUMER.CREATE.OTHERS.c", theirs);
    bench.model.publish("others.a", 3);
    bench.must_apply(&text(before), &everything()).await;
    edits.iter().for_each(|edit| edit.happen(&bench));
    bench.model.clear_log();
    bench
}

/// Applies with every acknowledgement that the plan asks for.
async fn apply_all(bench: &Bench, now: &str) -> Applied {
    let mut options = everything();
    options.acks = tokens(&bench.plan(now, &options).await);
    bench.apply(now, &options).await
}

/// Both forms of a plan, as they reach standard output.
fn bytes(planned: &Planned) -> String {
    let style = render::Style { color: false, width: 80, verbose: true };
    let text = render::plan(planned, &style, &|a, p| natsform::engine::humanise(a, p));
    format!("{text}\n{}", render::json::plan(planned, Vec::new()))
}

async fn planned_files(bench: &Bench, files: &[(String, String)]) -> Planned {
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let mut run = bench.run_files(&files);
    run.plan(&everything(), &mut Report::default()).await.expect("a plan")
}

proptest! {
    #![proptest_config(config(40))]

    /// I1, I3, I7: a plan writes nothing, and is the same to the byte whatever the files are called, in whatever order
    /// their keys stand, and however often it is made.
    #[test]
    fn a_plan_reads_only_and_is_the_same_every_time(before in manifest(), edits in edits(), now in manifest()) {
        block(async {
            let bench = world((2, 12, 8), &before, &edits).await;
            let state = bench.model.snapshot(&[]);
            let files = documents(&now);
            let first = bytes(&planned_files(&bench, &files).await);
            prop_assert_eq!(&first, &bytes(&planned_files(&bench, &files).await));
            prop_assert_eq!(bench.model.writes(), 0);
            prop_assert_eq!(bench.model.snapshot(&[]), state);
            prop_assert!(!first.contains("canary"), "an environment variable that nobody declared");
            let renamed: Vec<(String, String)> = files.iter().rev().enumerate().map(|(i, (_, t))| (format!("{i}.yaml"), turned(t))).collect();
            let same = placeless(&planned_files(&bench, &files).await);
            prop_assert_eq!(placeless(&planned_files(&bench, &renamed).await).to_string(), same.to_string());
            Ok(())
        })?;
    }

    /// I2, I4, I6, I8: an apply is followed by an empty plan and a second apply without a write; what is not ours and
    /// what nobody declared stays as it was.
    #[test]
    fn an_apply_converges_and_touches_only_what_it_says(before in manifest(), edits in edits(), now in manifest()) {
        block(async {
            for version in [(2, 10, 26), (2, 15, 1)] {
                let bench = world(version, &before, &edits).await;
                let ours = touchable(&bench, &now).await;
                let others = all_but(&bench, &ours);
                let was = (bench.configs(), bench.owned().await);
                let applied = apply_all(&bench, &text(&now)).await;
                prop_assert_eq!(all_but(&bench, &ours), others, "{}", told(&applied));
                if applied.exit != Some(Exit::Ok) {
                    prop_assert_eq!(applied.exit, Some(Exit::Refused), "{}", told(&applied));
                    prop_assert_eq!(bench.model.writes(), 0, "{}", told(&applied));
                    continue;
                }
                undeclared_fields_stay(&was, &bench.configs(), &now, &told(&applied))?;
                let next = bench.plan(&text(&now), &everything()).await;
                prop_assert!(next.plan.changes().next().is_none(), "{}\n{}", told(&applied), bytes(&next));
                bench.model.clear_log();
                bench.must_apply(&text(&now), &everything()).await;
                prop_assert_eq!(bench.model.writes(), 0);
            }
            Ok(())
        })?;
    }

    /// I5: whatever is under way when the run dies, the next one ends where an undisturbed one ends.
    #[test]
    fn a_death_anywhere_changes_no_end(before in manifest(), edits in edits(), now in manifest(), at in 0..1_000_usize, after: bool) {
        block(async {
            let version = (2, 15, 1);
            let bench = world(version, &before, &edits).await;
            let mut options = everything();
            options.acks = tokens(&bench.plan(&text(&now), &options).await);
            bench.apply(&text(&now), &options).await;
            let writes = bench.model.writes();
            let wanted = (bench.configs(), bench.owned().await);
            if writes == 0 {
                return Ok(());
            }
            let broken = world(version, &before, &edits).await;
            // A token names the object's birth, and the two worlds were not born in the same microsecond.
            options.acks = tokens(&broken.plan(&text(&now), &everything()).await);
            let nth = at % writes + 1;
            broken.model.die_at_write(nth, if after { When::After } else { When::Before });
            let died = broken.apply(&text(&now), &options).await;
            broken.model.revive();
            broken.let_the_lock_expire();
            let again = broken.apply(&text(&now), &options).await;
            prop_assert_eq!(again.exit, Some(Exit::Ok), "write {} of {}: {}\n{}", nth, writes, told(&died), told(&again));
            prop_assert_eq!((broken.configs(), broken.owned().await), wanted, "write {} of {}: {}\n{}", nth, writes, told(&died), told(&again));
            Ok(())
        })?;
    }
}

/// A plan as data without the places in the manifests, which differ with the files' names.
fn placeless(planned: &Planned) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|k, _| k != "source" && k != "sources");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut out = render::json::plan(planned, Vec::new());
    strip(&mut out);
    out
}

/// The same document with all keys in the opposite order.
fn turned(text: &str) -> String {
    fn turn(value: Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(map.into_iter().rev().map(|(k, v)| (k, turn(v))).collect()),
            other => other,
        }
    }
    turn(serde_json::from_str(text).expect("JSON")).to_string()
}

/// The names of streams that are declared or ours, our bucket included: those that an apply may touch.
async fn touchable(bench: &Bench, now: &Manifest) -> Vec<String> {
    let owned = bench.owned().await;
    let may = |name: &String| {
        now.contains_key(name.as_str()) || owned.contains_key(&format!("stream/{name}")) || name == "KV_NATSFORM"
    };
    bench.model.streams().into_keys().chain(now.keys().map(ToString::to_string)).filter(may).collect()
}

fn all_but(bench: &Bench, names: &[String]) -> Value {
    bench.model.snapshot(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Fields that are declared neither now nor last time are byte-equal, a map's by key, but for what the server derives.
fn undeclared_fields_stay(
    (before, owned): &(BTreeMap<String, Value>, Owned),
    after: &BTreeMap<String, Value>,
    now: &Manifest,
    told: &str,
) -> Result<(), TestCaseError> {
    for (name, old) in before {
        let Some(new) = after.get(name) else { continue };
        let kind = if name.contains('/') { "consumer" } else { "stream" };
        let mut declared = declared_now(now, name);
        declared.extend(owned.get(&format!("{kind}/{name}")).into_iter().flat_map(|(d, _)| d.keys().cloned()));
        declared.extend(["subjects", "duplicate_window", "ack_policy"].map(String::from));
        let keys: BTreeSet<&String> =
            [old, new].into_iter().flat_map(|v| v.as_object().expect("an object").keys()).collect();
        for key in keys.into_iter().filter(|k| !declared.contains(*k) && *k != "metadata") {
            prop_assert_eq!(old[key].to_string(), new[key].to_string(), "{} of {}: {}", key, name, told);
        }
        let rest = |config: &Value| -> Vec<String> {
            let pairs = config["metadata"].as_object().into_iter().flatten();
            pairs
                .filter(|(k, _)| !declared.contains(&format!("metadata[{k}]")))
                .map(|(k, v)| format!("{k}={v}"))
                .collect()
        };
        prop_assert_eq!(rest(old), rest(new), "metadata of {}: {}", name, told);
    }
    Ok(())
}

/// The paths that a manifest declares of an object (`A`, `A/x`).
fn declared_now(now: &Manifest, name: &str) -> BTreeSet<String> {
    let fields = match name.split_once('/') {
        Some((stream, consumer)) => now.get(stream).and_then(|d| d.consumers.get(consumer)),
        None => now.get(name).map(|d| &d.fields),
    };
    let paths = |(k, v): (&&'static str, &Value)| match v {
        Value::Object(map) => map.keys().map(|inner| format!("{k}[{inner}]")).collect(),
        _ => vec![(*k).to_owned()],
    };
    fields.into_iter().flatten().flat_map(paths).collect()
}
