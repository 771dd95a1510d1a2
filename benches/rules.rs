//! What a plan of 10,000 rules in 50 files costs beside the server's own answer: `cargo bench --bench rules`. At most a
//! second beyond it is the promise.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

#[path = "../tests/it/support/http.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod http;
#[path = "../tests/it/support/prometheus.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod prometheus;
#[path = "../tests/it/support/server.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod server;

use prometheus::{Prometheus, prometheuses};
use std::{
    fmt::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const FILES: usize = 50;
const GROUPS: usize = 10;
const RULES: usize = 20;
const TIMES: usize = 5;

fn main() {
    for (version, binary) in prometheuses() {
        println!("Prometheus {version}, {} rules in {FILES} files", FILES * GROUPS * RULES);
        let config = "global: {evaluation_interval: 5m}\nrule_files: [rules/*.yml]\n";
        let server = Prometheus::start_with(&binary, &["--web.enable-lifecycle"], config);
        let project = project(&server);
        natsform(project.path(), &["apply", "--yes"]);
        let bare = median(|| assert_eq!(server.get("/api/v1/rules").0, 200));
        report("plan, no change", bare, median(|| natsform(project.path(), &["plan"])));
        manifests(project.path(), 1);
        report("plan, all changed", bare, median(|| natsform(project.path(), &["plan"])));
    }
}

fn report(what: &str, bare: Duration, ours: Duration) {
    let (ratio, more) = (ours.as_secs_f64() / bare.as_secs_f64(), ours.saturating_sub(bare));
    println!("{what:<18} bare {bare:>10.1?}  natsform {ours:>10.1?}  ratio {ratio:.1}, {more:.1?} beyond it");
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    times.sort();
    times[TIMES / 2]
}

fn natsform(directory: &Path, words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_natsform"));
    command.args(words).current_dir(directory);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("natsform runs");
    assert!(status.success(), "{words:?}: {status}");
}

fn project(server: &Prometheus) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let project = format!(
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: bench}}\nspec: {{environments: {{local: {{default: true, \
         prometheus: {{url: \"{}\", rules: {{directory: \"{}\"}}}}}}}}}}\n",
        server.url(),
        server.rules().display()
    );
    std::fs::write(directory.path().join("natsform.yaml"), project).expect("a project file");
    manifests(directory.path(), 0);
    directory
}

/// All documents, each in a file; every threshold depends on `turn`.
fn manifests(directory: &Path, turn: usize) {
    for document in 0..FILES {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: d{document}}}\nspec:\n  groups:"
        );
        for group in 0..GROUPS {
            let _ = writeln!(out, "  - name: d{document}g{group}\n    rules:");
            for rule in 0..RULES {
                let n = (document * GROUPS + group) * RULES + rule;
                let of =
                    |more: &str| format!("sum by(job,route) (rate(http_requests_total{{job=\"s{n}\"{more}}}[300s]))");
                let _ = writeln!(
                    out,
                    "    - alert: A{n}\n      expr: {} / {} > 0.{}\n      for: 10m\n      labels: {{severity: warning}}\n      \
                     annotations: {{summary: \"{{{{ $labels.route }}}} of {n}: {{{{ $value | humanizePercentage }}}}\"}}",
                    of(",code=~\"5..\""),
                    of(""),
                    n % 9 + 1 + turn
                );
            }
        }
        std::fs::write(directory.join(format!("d{document}.yaml")), out).expect("a manifest");
    }
}
