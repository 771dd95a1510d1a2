//! A project with rules, and a real Prometheus.

use crate::support::{Finished, Program, Prometheus, prometheuses};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// A server and a project that has its rules.
pub struct Bed {
    pub server: Prometheus,
    pub program: Program,
}

/// Runs a test on every Prometheus that there is.
pub fn on_each(test: impl Fn(&Path)) {
    for (version, binary) in prometheuses() {
        eprintln!("on Prometheus {version}");
        test(&binary);
    }
}

/// As [`on_each`], for what depends on the version.
pub fn on_each_version(test: impl Fn((u32, u32), &Path)) {
    for (version, binary) in prometheuses() {
        eprintln!("on Prometheus {version}");
        let mut numbers = version.split('.').map(|n| n.parse().unwrap_or(0));
        test((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)), &binary);
    }
}

/// As [`on_each_version`], from a version on; loudly skipped where there is no such binary.
pub fn on_each_since(least: (u32, u32), test: impl Fn((u32, u32), &Path)) {
    let ran = std::cell::Cell::new(false);
    on_each_version(|version, binary| {
        if version >= least {
            ran.set(true);
            test(version, binary);
        }
    });
    if !ran.get() {
        let (major, minor) = least;
        eprintln!("!!! SKIPPED: it needs Prometheus {major}.{minor}: name one in NATSFORM_PROMETHEUS_BINS");
    }
}

impl Bed {
    pub fn start(binary: &Path) -> Self {
        Self::of(Prometheus::start(binary))
    }

    /// A project at a server that was started otherwise.
    pub fn of(server: Prometheus) -> Self {
        let program = project("shop", &server);
        Self { server, program }
    }

    /// The number of answered reloads, the harness's own included.
    pub fn reloads(&self) -> u64 {
        let (_, metrics) = self.server.get("/metrics");
        let lines = metrics
            .lines()
            .filter(|l| l.starts_with("prometheus_http_requests_total{") && l.contains("handler=\"/-/reload\""));
        lines.filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok()).map(|n| n as u64).sum()
    }

    /// Every file of the rules' directory, with its bytes.
    pub fn files(&self) -> BTreeMap<String, String> {
        files(&self.server.rules())
    }

    /// The expressions that are loaded, by group and name.
    pub fn loaded(&self) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for group in self.server.groups() {
            for rule in group["rules"].as_array().expect("rules") {
                let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
                out.insert(format!("{}/{}", text(&group["name"]), text(&rule["name"])), text(&rule["query"]));
            }
        }
        out
    }

    /// Nothing came of it: the files are these, and what was loaded is.
    pub fn is_as_before(&self, files: &BTreeMap<String, String>, loaded: &BTreeMap<String, String>) {
        assert_eq!((&self.files(), &self.loaded()), (files, loaded));
    }

    pub fn apply(&self, code: i32) -> Finished {
        self.program.must(code, &["apply", "--yes", "--prune", "delete"])
    }

    /// The plan says that there is nothing to do.
    pub fn is_settled(&self) {
        let plan = self.program.must(0, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.ends_with("No changes.\n"), "{}", plan.told());
    }
}

pub fn files(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|e| e.expect("an entry"));
    let read = |e: std::fs::DirEntry| {
        (e.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(e.path()).expect("a file"))
    };
    entries.map(read).collect()
}

/// A project of that name at the server.
pub fn project(name: &str, server: &Prometheus) -> Program {
    let program = Program::bare();
    program.write("natsform.yaml", &project_file(name, server));
    program
}

pub fn project_file(name: &str, server: &Prometheus) -> String {
    let (url, rules) = (server.url(), server.rules());
    format!(
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: {name}}}\nspec:\n  environments:\n    local:\n      \
         default: true\n      limits: {{max_deletes: 100, max_alert_resets: 1000}}\n      prometheus: {{url: \"{url}\", \
         rules: {{directory: \"{}\"}}}}\n",
        rules.display()
    )
}

/// A document with one group of one alert.
pub fn alert(name: &str, expr: &str) -> String {
    rules(name, &format!("- {{alert: {name}, expr: '{expr}'}}\n"))
}

/// A document with one group of these rules.
pub fn rules(name: &str, rules: &str) -> String {
    let rules: String = rules.lines().map(|l| format!("        {l}\n")).collect();
    format!(
        "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: {name}}}\nspec:\n  groups:\n    - name: {name}\n      \
         rules:\n{rules}---\n"
    )
}

/// What was printed, in one line: sentences are folded at any word.
pub fn unfolded(finished: &Finished) -> String {
    finished.told().split_whitespace().collect::<Vec<_>>().join(" ")
}
