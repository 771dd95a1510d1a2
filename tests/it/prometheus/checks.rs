//! Checks on what people really wrote: the wrong descriptions, the example systems, and a live server.

use crate::{
    cli::bed::TestBed,
    support::{Exporter, NatsServer, Prometheus, RawClient, prometheuses, until, yaml_files},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What the descriptions say at a line, and what we make of it.
enum Meaning {
    /// This code.
    Code(&'static str),
    /// Another issue brings what can tell: which.
    Waits(&'static str),
}
use Meaning::{Code, Waits};

/// How the findings beside the lines begin. The first that fits counts.
const MEANINGS: &[(&str, Meaning)] = &[
    ("NEW self-ratio", Code("NF0607")),
    ("NEW maybe-zero-divisor", Code("NF0608")),
    ("NEW unscoped", Code("NF0609")),
    ("NEW alert-name-vs-target", Code("NF0610")),
    ("metric-unknown", Code("NF0601")),
    ("metric-needs-flag", Code("NF0611")),
    ("for-interval", Code("NF0612")),
    ("annotation summary missing", Code("NF0613")),
    ("duplicate consumer/", Code("NF0131")),
    ("error ambiguous unit", Code("NF0012")),
    ("NEW matcher-covers", Waits("ScrapeConfig; with a live server it is there, see the other tests")),
    ("documented four-token form", Waits("a stream's `publishes`")),
    ("error literal secret", Waits("Account")),
    ("$SYS.> outside the system account", Waits("Account")),
    ("dev.* matches one token only", Waits("Account")),
    ("no _INBOX.>", Waits("Account")),
    ("NEW nobody-listens", Waits("Account")),
    ("NEW nobody-calls", Waits("Account")),
];

const PROJECT: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments:\n    local:\n      \
    default: true\n      nats: {url: \"nats://127.0.0.1:1\"}\n      prometheus: {url: \"http://127.0.0.1:1\"}\n";

/// A folder beside the corpus; `None` is said loudly.
fn design(folder: &str) -> Option<PathBuf> {
    let Some(corpus) = std::env::var_os("NATSFORM_CORPUS").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so {folder} is not read");
        return None;
    };
    let found = corpus.ancestors().map(|a| a.join("design").join(folder)).find(|p| p.is_dir());
    if found.is_none() {
        eprintln!("!!! SKIPPED: there is no design/{folder} above {}", corpus.display());
    }
    found
}

/// The lines of a description with what is expected there. A comment with a line of its own speaks of the next one.
fn expected(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let Some((before, said)) = line.split_once("# expect: ") else { continue };
        out.push((if before.trim().is_empty() { i + 2 } else { i + 1 }, said.to_owned()));
    }
    out
}

fn diagnostics(json: &Value) -> Vec<Value> {
    json["diagnostics"].as_array().cloned().unwrap_or_default()
}

#[test]
fn the_wrong_descriptions_give_the_findings_beside_their_lines() {
    let Some(folder) = design("as-described") else { return };
    let (mut checked, mut waiting) = (0, 0);
    for path in yaml_files(&folder) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let bed = TestBed::new();
        bed.file("natsform.yaml", PROJECT);
        bed.file("m.yaml", &text);
        let problems = diagnostics(&bed.run("validate --format json").json());
        let mut wanted = BTreeSet::new();
        for (line, said) in expected(&text) {
            let meaning = MEANINGS.iter().find(|(begins, _)| said.starts_with(begins));
            match meaning.unwrap_or_else(|| panic!("{}:{line}: what is `{said}`?", path.display())) {
                (_, Code(code)) => {
                    wanted.insert((line, (*code).to_owned()));
                    let here = |p: &&Value| p["code"] == *code && p["source"]["line"] == line;
                    let metric = said.split("-> ").nth(1).or_else(|| said.split("did you mean ").nth(1));
                    if let (Some(metric), Some(problem)) = (metric, problems.iter().find(here)) {
                        let help = problem["help"].as_str().unwrap_or_default();
                        assert!(help.contains(metric), "{}:{line}: {metric} is not in: {help}", path.display());
                    }
                    checked += 1;
                }
                (_, Waits(what)) => {
                    assert!(!what.is_empty());
                    waiting += 1;
                }
            }
        }
        let place = |p: &Value| {
            let line = p["source"]["line"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
            (line, p["code"].as_str().unwrap_or_default().to_owned())
        };
        let found: BTreeSet<(usize, String)> = problems.iter().map(place).collect();
        assert_eq!(found, wanted, "{}: {problems:#?}", path.display());
        assert_eq!(problems.len(), wanted.len(), "{}: said once each", path.display());
    }
    assert!(checked >= 15 && waiting >= 10, "{checked} checked, {waiting} waiting");
}

#[test]
fn the_rules_of_the_example_systems_are_without_errors_and_warnings() {
    let Some(folder) = design("examples") else { return };
    let mut seen = 0;
    for path in yaml_files(&folder) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let rules: Vec<&str> =
            text.split("\n---").filter(|p| p.contains("kind: PrometheusRule") && !p.contains("target: loki")).collect();
        if rules.is_empty() {
            continue;
        }
        seen += rules.len();
        let bed = TestBed::new();
        bed.file("natsform.yaml", PROJECT);
        bed.file("m.yaml", rules.join("\n---"));
        let result = bed.run("validate --format json").exits(0).json();
        assert_eq!(result["objects"], rules.len(), "{}", path.display());
        let bad: Vec<Value> = diagnostics(&result).into_iter().filter(|p| p["severity"] != "note").collect();
        assert_eq!(bad, [Value::Null; 0], "{}", path.display());
    }
    assert!(seen >= 4, "only {seen} documents");
}

const SURVEYOR: &str = "# TYPE nats_core_mem_bytes gauge\nnats_core_mem_bytes{server_name=\"a\"} 1
# TYPE nats_stream_total_messages gauge\nnats_stream_total_messages{stream=\"S\"} 1
# TYPE app_things_total counter\napp_things_total 5\n";
const EXPORTER: &str = "# TYPE nats_varz_mem gauge\nnats_varz_mem 1
# TYPE nats_stream_total_messages gauge\nnats_stream_total_messages{stream_name=\"S\"} 1\n";

/// A Prometheus that scrapes both of NATS' exporters, one of them by two jobs, and has somebody else's rules.
fn server(binary: &Path, surveyor: &Exporter, exporter: &Exporter) -> Prometheus {
    let jobs = [("surveyor", surveyor), ("exporter", exporter), ("exporter-too", exporter)];
    let server = Prometheus::start_with(binary, &["--web.enable-lifecycle"], &Prometheus::config_for(&jobs));
    server.rule_file(
        "theirs.yml",
        "groups: [{name: theirs, rules: [{alert: Theirs, expr: nats_core_mem_bytes > 5, annotations: {summary: x}}]}]\n",
    );
    assert_eq!(server.reload().0, 200);
    until("metrics of every job", || {
        let said = server.api("/api/v1/targets/metadata");
        let of = |job: &str| said.as_array().is_some_and(|all| all.iter().any(|one| one["target"]["job"] == job));
        let names = server.api("/api/v1/label/__name__/values").to_string();
        (["surveyor", "exporter", "exporter-too"].iter().all(|job| of(job)) && names.contains("nats_varz_mem"))
            .then_some(())
    });
    server
}

/// A project with one rule in each line, on this server.
fn project(bed: &TestBed, server: &Prometheus, nats: &str, rules: &[&str]) {
    let (url, directory) = (server.url(), server.rules().display().to_string());
    bed.file(
        "natsform.yaml",
        format!(
            "apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: p}}\nspec:\n  environments:\n    local:\n      \
             default: true\n{nats}      prometheus: {{url: \"{url}\", rules: {{directory: \"{directory}\"}}}}\n"
        ),
    );
    let lines: Vec<String> =
        rules.iter().map(|rule| format!("  - {{{rule}, annotations: {{summary: x}}}}\n")).collect();
    bed.file("rules.yaml", format!("groups:\n- name: g\n  rules:\n{}", lines.concat()));
}

/// `LINE severity CODE`, the lines counted from the first rule.
fn placed(json: &Value) -> Vec<String> {
    let one = |p: &Value| {
        let line = p["source"]["line"].as_u64().map_or(0, |line| line.saturating_sub(3));
        format!("{line} {} {}", p["severity"].as_str().unwrap_or_default(), p["code"].as_str().unwrap_or_default())
    };
    diagnostics(json).iter().map(one).collect()
}

#[test]
fn a_live_server_decides_what_nobody_can_tell_offline() {
    for (version, binary) in prometheuses() {
        let (surveyor, exporter) = (Exporter::start(SURVEYOR), Exporter::start(EXPORTER));
        let server = server(&binary, &surveyor, &exporter);
        let bed = TestBed::new();
        let rules = [
            "alert: Known, expr: 'app_things_total{job=\"surveyor\"} == 0'",
            "alert: Unknown, expr: app_thing > 1",
            "alert: Counter, expr: app_things_total > 10",
            "alert: Short, expr: 'rate(app_things_total[1s]) > 1'",
            "alert: Few, expr: 'rate(app_things_total[3s]) > 1'",
            "alert: Enough, expr: 'rate(app_things_total[4s]) > 1'",
            "alert: Both, expr: nats_stream_total_messages > 1",
            "alert: One, expr: 'nats_stream_total_messages{job=\"surveyor\"} > 1'",
            "alert: Theirs, expr: nats_core_mem_bytes>5",
            "alert: Some, expr: 'up{job=~\"exporter|x\"} == 0'",
            "alert: Nobody, expr: 'up{job=~\"fechatter.*\"} == 0'",
            "alert: Label, expr: 'nats_core_mem_bytes{teem=\"x\"} > 1'",
            "alert: Flag, expr: nats_connz_total > 1",
        ];
        project(&bed, &server, "", &rules);
        let offline = bed.run("validate --format json").exits(0).json();
        assert_eq!(placed(&offline), ["7 note NF0611", "13 note NF0611"], "{version}");
        let plan = bed.run("plan --format json").exits(0).json();
        let wanted = [
            "2 warning NF0601",
            "3 warning NF0604",
            "4 warning NF0605",
            "5 warning NF0605",
            "7 warning NF0615",
            "9 warning NF0606",
            "10 warning NF0617",
            "10 note NF0618",
            "11 warning NF0618",
            "12 warning NF0602",
            "13 warning NF0611",
        ];
        assert_eq!(placed(&plan), wanted, "{version}: {:#}", plan["diagnostics"]);
        assert_eq!(plan["summary"]["create"], 1);
    }
}

#[test]
fn a_metric_of_nats_that_nobody_has_stops_an_apply_until_it_is_meant() {
    for (version, binary) in prometheuses() {
        let (surveyor, exporter) = (Exporter::start(SURVEYOR), Exporter::start(EXPORTER));
        let server = server(&binary, &surveyor, &exporter);
        let bed = TestBed::new();
        let rule = "alert: A, expr: nats_core_conn_count > 1000";
        project(&bed, &server, "", &[rule]);
        assert_eq!(placed(&bed.run("validate --format json").exits(0).json()), ["1 warning NF0601"]);
        let before = std::fs::read_dir(server.rules()).expect("a directory").count();
        let refused = bed.run("apply --yes").exits(1);
        assert!(refused.stderr.contains("rules.yaml:4:22: error[NF0601]: "), "{version}: {}", refused.stderr);
        assert!(refused.stderr.contains("did you mean nats_core_connection_count?"), "{}", refused.stderr);
        assert_eq!(std::fs::read_dir(server.rules()).expect("a directory").count(), before, "nothing was written");
        let meant = bed
            .read("rules.yaml")
            .replace("  rules:\n", "  rules:\n  # natsform:ignore metric-unknown our own build has it\n");
        bed.file("rules.yaml", meant);
        assert_eq!(placed(&bed.run("validate --format json").exits(0).json()), [""; 0]);
        let applied = bed.run("apply --yes --format json").exits(0).json();
        assert_eq!(applied["diagnostics"], json!([]), "{version}");
        // our own rules are nobody else's
        let again = bed.run("plan --format json --detailed-exitcode").exits(0).json();
        assert_eq!(again["diagnostics"], json!([]), "{version}");
        let drift = bed.run("drift --format json").exits(0).json();
        assert_eq!(drift["diagnostics"], json!([]), "{version}");
    }
}

#[tokio::test]
async fn a_rule_speaks_of_streams_that_somebody_knows() {
    for (version, binary) in prometheuses() {
        let (surveyor, exporter) = (Exporter::start(SURVEYOR), Exporter::start(EXPORTER));
        let server = server(&binary, &surveyor, &exporter);
        let nats = NatsServer::start("2.12");
        let raw = RawClient::connect(nats.url()).await;
        raw.ok("STREAM.CREATE.LIVE", json!({"name": "LIVE", "subjects": ["live.>"]})).await;
        let bed = TestBed::new();
        let of = |stream: &str| {
            format!("alert: {stream}, expr: 'nats_stream_total_messages{{job=\"surveyor\", stream=\"{stream}\"}} > 1'")
        };
        let connection = format!("      nats: {{url: \"{}\"}}\n", nats.url());
        project(&bed, &server, &connection, &[&of("LIVE"), &of("DECLARED"), &of("DECLRED")]);
        bed.file(
            "streams.yaml",
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: DECLARED}\nspec: {subjects: [declared.>]}\n",
        );
        let plan = bed.run("plan --format json").exits(0).json();
        assert_eq!(placed(&plan), ["3 warning NF0616"], "{version}: {:#}", plan["diagnostics"]);
        assert_eq!(
            plan["diagnostics"][0]["help"].as_str().and_then(|h| h.lines().next()),
            Some("did you mean `DECLARED`?")
        );
    }
}

#[tokio::test]
async fn a_stream_is_there_before_its_rules_and_goes_after_them() {
    for (version, binary) in prometheuses() {
        let server = Prometheus::start(&binary);
        let nats = NatsServer::start("2.12");
        let bed = TestBed::new();
        let connection = format!("      nats: {{url: \"{}\"}}\n", nats.url());
        project(&bed, &server, &connection, &["alert: A, expr: 'nats_stream_total_messages{stream=\"S\"} > 1'"]);
        let stream = |name: &str| {
            format!(
                "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{subjects: [{name}.>]}}\n"
            )
        };
        bed.file("streams.yaml", stream("S") + &stream("KEPT"));
        // steps are told as they end; a rule file takes a reload and its proof, so by itself it ends last
        let order = |told: &str| {
            let at = |name: &str| told.find(name).unwrap_or_else(|| panic!("{version}: {name} is not in:\n{told}"));
            at("stream/S") < at("rules/rules")
        };
        let applied = bed.run("apply --yes").exits(0);
        assert!(order(&applied.stderr), "{version}: {}", applied.stderr);
        bed.file("rules.yaml", "");
        bed.file("streams.yaml", stream("KEPT"));
        let removed = bed.run("apply --yes --prune delete --max-deletes 5").exits(0);
        assert!(!order(&removed.stderr), "{version}: {}", removed.stderr);
    }
}
