//! I14, I16, I17: what is not seen is not deleted, what is only removed is not written, and applications do not notice.

use super::{
    always::{block, config, everything, world},
    worlds::{Declared, Manifest, created, edits, manifest, text, thinned},
};
use crate::support::bench::{Bench, tokens, told};
use natsform::engine::{Adopt, PlanOptions, Prune};
use proptest::prelude::*;
use serde_json::{Value, json};

proptest! {
    #![proptest_config(config(30))]

    /// I14: streams that stopped answering are neither deleted nor made again, and nothing else is deleted meanwhile.
    #[test]
    fn what_is_not_seen_is_not_deleted(before in manifest(), edits in edits(), now in manifest(), which in 0..4_usize) {
        block(async {
            let bench = world((2, 12, 8), &before, &edits).await;
            let names: Vec<String> = bench.model.streams().into_keys().filter(|n| n != "KV_NATSFORM").collect();
            let silent = names[which % names.len()].clone();
            let was = bench.configs();
            bench.model.offline(&silent, true);
            let mut options = everything();
            options.acks = tokens(&bench.plan(&text(&now), &options).await);
            let applied = bench.apply(&text(&now), &options).await;
            let written = bench.model.write_log();
            bench.model.offline(&silent, false);
            // The delete of a replace has its own acknowledgement and is followed by a create.
            let deletes = written.iter().filter_map(|s| s.strip_prefix("$JS.API.STREAM.DELETE."));
            for deleted in deletes {
                prop_assert!(written.contains(&format!("$JS.API.STREAM.CREATE.{deleted}")), "{}: {}", deleted, told(&applied));
            }
            let is = bench.configs();
            prop_assert_eq!(is.get(&silent), was.get(&silent), "{}", told(&applied));
            let ours = written.iter().filter(|s| s.split('.').any(|token| token == silent)).count();
            prop_assert_eq!(ours, 0, "{:?}", written);
            Ok(())
        })?;
    }

    /// I16: removing documents or nested consumers writes nothing while pruning is `report`.
    #[test]
    fn removing_writes_nothing(before in manifest(), thinned in thinned()) {
        let mut now = before.clone();
        for (name, keep) in before.keys().zip(&thinned) {
            match keep {
                Some(n) if *n < 2 && now.len() > 1 => drop(now.remove(name)),
                Some(_) => now.entry(name).or_default().consumers.clear(),
                None => {}
            }
        }
        block(async {
            let bench = world((2, 15, 1), &before, &[]).await;
            let state = bench.model.snapshot(&[]);
            let options = PlanOptions { prune: Some(Prune::Report), ..PlanOptions::default() };
            bench.must_apply(&text(&now), &options).await;
            prop_assert_eq!(bench.model.writes(), 0);
            prop_assert_eq!(bench.model.snapshot(&[]), state);
            Ok(())
        })?;
    }

    /// I17: what an application sends at start-up is answered as before, after an adoption and after an apply that
    /// changes no value.
    #[test]
    fn an_applications_create_answers_as_before(theirs in manifest(), lines in 0..256_usize) {
        block(async {
            for version in [(2, 10, 26), (2, 12, 8), (2, 15, 1)] {
                let bench = Bench::new(version);
                starts(&bench, &theirs);
                let before = starts(&bench, &theirs);
                let options = PlanOptions { adopt: Adopt::Matching, ..PlanOptions::default() };
                for lines in [lines, 0] {
                    let applied = bench.must_apply(&text(&some_of(&theirs, lines)), &options).await;
                    prop_assert_eq!(&starts(&bench, &theirs), &before, "{:?}: {}", version, told(&applied));
                }
            }
            Ok(())
        })?;
    }
}

/// A field that is declared at the value it has is recorded without a write to the object, and its line, when it goes,
/// takes the value back to the default.
#[test]
fn what_is_declared_as_it_is_is_reset_later() {
    block(async {
        let of = |more: Value| {
            text(&Manifest::from([("A", Declared { fields: [("max_msgs", more)].into(), ..Declared::default() })]))
        };
        let bare = text(&Manifest::from([("A", Declared::default())]));
        let bench = Bench::new((2, 10, 26));
        bench.must_apply(&bare, &PlanOptions::default()).await;
        bench.model.ok("STREAM.UPDATE.A", created("A", &[("max_msgs", json!(500))].into()));
        bench.model.clear_log();
        bench.must_apply(&of(json!(500)), &PlanOptions::default()).await;
        assert!(!bench.model.write_log().iter().any(|s| s.contains(".UPDATE.")), "{:?}", bench.model.write_log());
        assert!(bench.owned().await["stream/A"].0.contains_key("max_msgs"));
        bench.must_apply(&bare, &PlanOptions::default()).await;
        assert_eq!(bench.model.streams()["A"]["max_msgs"], -1);
    });
}

/// An application starts: it creates its streams and consumers, and hears this.
fn starts(bench: &Bench, theirs: &Manifest) -> Vec<Value> {
    let mut heard = Vec::new();
    for (name, Declared { fields, consumers }) in theirs {
        heard.push(bench.model.api(&format!("STREAM.CREATE.{name}"), created(name, fields)));
        for (consumer, fields) in consumers {
            let mut config = json!({"durable_name": consumer, "name": consumer, "ack_policy": "explicit"});
            fields.iter().for_each(|(field, value)| config[*field] = value.clone());
            let body = json!({"stream_name": name, "action": "create", "config": config});
            heard.push(bench.model.api(&format!("CONSUMER.CREATE.{name}.{consumer}"), body));
        }
    }
    for answer in &mut heard {
        if let Some(answer) = answer.as_object_mut() {
            answer.retain(|k, _| k != "ts" && k != "did_create");
        }
    }
    heard
}

/// A manifest that says only some of what the application says: a line for each bit that is not set.
fn some_of(theirs: &Manifest, lines: usize) -> Manifest {
    let mut out = theirs.clone();
    let mut bit = 0;
    for declared in out.values_mut() {
        for fields in std::iter::once(&mut declared.fields).chain(declared.consumers.values_mut()) {
            fields.retain(|_, _| {
                bit = (bit + 1) % 8;
                lines & (1 << bit) == 0
            });
        }
    }
    out
}
