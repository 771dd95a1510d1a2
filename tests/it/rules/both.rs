//! Streams and rules in one run: one lock, one counts line, and one system that is down leaves the other's part intact.

use super::bed::{alert, on_each, project_file, unfolded};
use crate::support::{NatsServer, Program, Prometheus, RawClient};
use serde_json::json;

struct Both {
    nats: NatsServer,
    prometheus: Prometheus,
    program: Program,
}

fn stream(max_age: &str) -> String {
    format!(
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: ORDERS}}\nspec:\n  subjects: [\"orders.>\"]\n  max_age: {max_age}\n\
         \x20 consumers:\n    billing: {{ack_policy: explicit}}\n---\n"
    )
}

impl Both {
    fn start(binary: &std::path::Path) -> Self {
        let (nats, prometheus) = (NatsServer::start("2.15"), Prometheus::start(binary));
        let file = project_file("shop", &prometheus);
        let both = format!("      nats: {{url: \"{}\"}}\n      prometheus: ", nats.url());
        let program = Program::bare();
        program.write("natsform.yaml", &file.replace("      prometheus: ", &both));
        Self { nats, prometheus, program }
    }

    fn declare(&self, max_age: &str, expr: &str) {
        self.program.manifest(&format!("{}{}", stream(max_age), alert("g", expr)));
    }

    fn loaded(&self) -> Vec<String> {
        let groups = self.prometheus.groups();
        groups.iter().map(|g| g["rules"][0]["query"].as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn max_age_s(&self) -> Option<i64> {
        let raw = RawClient::connect(self.nats.url()).await;
        let info = raw.ok("STREAM.INFO.ORDERS", json!({})).await;
        info["config"]["max_age"].as_i64().map(|ns| ns / 1_000_000_000)
    }
}

fn each(test: impl AsyncFn(Both)) {
    on_each(|binary| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(test(Both::start(binary)));
    });
}

#[test]
fn both_are_one_run() {
    each(async |both| {
        both.declare("1h", "up == 0");
        let planned = both.program.must(2, &["plan", "--detailed-exitcode"]);
        assert!(planned.stdout.contains("Plan: 4 create"), "{}", planned.told());
        let applied = both.program.must(0, &["apply", "--yes"]);
        assert!(applied.stdout.contains("Applied: 4 done"), "{}", applied.told());
        let again = both.program.must(0, &["plan", "--detailed-exitcode"]);
        assert!(again.stdout.ends_with("No changes.\n"), "{}", again.told());

        // drift of either kind
        let raw = RawClient::connect(both.nats.url()).await;
        raw.ok(
            "STREAM.UPDATE.ORDERS",
            json!({"name": "ORDERS", "subjects": ["orders.>"], "max_age": 60_000_000_000_i64}),
        )
        .await;
        let file = both.prometheus.rules().join("natsform--shop--local--g.yml");
        let text = std::fs::read_to_string(&file).expect("a rule file").replace("up == 0", "up == 5");
        std::fs::write(&file, text).expect("a rule file to write");
        assert_eq!(both.prometheus.reload().0, 200);
        let drifted = both.program.must(2, &["drift"]);
        assert!(drifted.stdout.contains("stream/ORDERS") && drifted.stdout.contains("rules/g"), "{}", drifted.told());
        assert!(drifted.stdout.contains("Drift: 2 changed"), "{}", drifted.told());
        both.program.must(0, &["apply", "--yes"]);
        assert_eq!((both.loaded(), both.max_age_s().await), (vec!["up == 0".to_owned()], Some(3600)));

        // everything at once, too
        let json = both.program.must(0, &["destroy", "--yes", "--format", "json"]).json();
        assert!(json["steps"].as_array().is_some_and(|s| s.len() == 2), "{json}");
        assert!(both.loaded().is_empty());
    });
}

#[test]
fn prometheus_is_down() {
    each(async |mut both| {
        both.declare("1h", "up == 0");
        both.program.must(0, &["apply", "--yes"]);
        let url = both.prometheus.url();
        both.prometheus.kill9();
        both.declare("2h", "up == 1");
        let planned = both.program.must(7, &["plan"]);
        assert!(planned.stdout.contains("~ stream/ORDERS"), "{}", planned.told());
        assert!(planned.stdout.contains("? rules/g"), "{}", planned.told());
        assert!(unfolded(&planned).contains(&url), "what was not read is named: {}", planned.told());
        both.program.must(7, &["drift"]);
        let applied = both.program.must(7, &["apply", "--yes"]);
        assert!(unfolded(&applied).contains(&url), "{}", applied.told());
        assert_eq!(both.max_age_s().await, Some(7200), "{}", applied.told());
        both.prometheus.restart();
        assert_eq!(both.loaded(), ["up == 0"]);
        both.program.must(0, &["apply", "--yes"]);
        assert_eq!(both.loaded(), ["up == 1"]);
        both.program.must(0, &["plan", "--detailed-exitcode"]);
    });
}

#[test]
fn nats_is_down() {
    each(async |mut both| {
        both.declare("1h", "up == 0");
        both.program.must(0, &["apply", "--yes"]);
        let url = both.nats.url().trim_start_matches("nats://").to_owned();
        both.nats.kill9();
        both.declare("2h", "up == 1");
        let planned = both.program.must(7, &["plan"]);
        assert!(planned.stdout.contains("? stream/ORDERS"), "{}", planned.told());
        assert!(planned.stdout.contains("~ rules/g"), "{}", planned.told());
        assert!(unfolded(&planned).contains(&url), "what was not read is named: {}", planned.told());
        both.program.must(7, &["drift"]);
        let applied = both.program.must(7, &["apply", "--yes"]);
        assert_eq!(both.loaded(), ["up == 1"], "{}", applied.told());
        both.nats.restart();
        assert_eq!(both.max_age_s().await, Some(3600));
        both.program.must(0, &["apply", "--yes"]);
        assert_eq!(both.max_age_s().await, Some(7200));
        both.program.must(0, &["plan", "--detailed-exitcode"]);
    });
}

#[test]
fn a_project_without_nats() {
    on_each(|binary| {
        let bed = super::bed::Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.program.must(2, &["plan", "--detailed-exitcode"]);
        bed.apply(0);
        bed.is_settled();
        bed.program.must(0, &["drift"]);
        bed.program.must(0, &["unlock", "--yes"]);
        let destroyed = bed.program.must(0, &["destroy", "--yes"]);
        assert!(destroyed.stdout.contains("1 done") || destroyed.stdout.contains("rules/g"), "{}", destroyed.told());
        assert!(bed.files().is_empty() && bed.server.groups().is_empty());
    });
}
