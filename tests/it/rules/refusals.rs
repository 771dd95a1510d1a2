//! The rows of the reload table (facts: prometheus.md section 2) that a server refuses. After each: the old rules live, the
//! files are those of before, the culprit is named, a server that starts finds what it had, and once the cause is gone the
//! next apply converges. The rows that it takes are in `quiet`, those of newer servers in `newer`; `refused` holds what is
//! found out before anything is written, and rules that fail when they are evaluated.

use super::bed::{Bed, alert, on_each, on_each_since, on_each_version, unfolded};
use crate::support::{Exporter, Prometheus, until};
use std::{collections::BTreeMap, path::Path};

/// A project whose rule is loaded, a change of it that is not applied, and what there was.
struct HalfWay {
    bed: Bed,
    files: BTreeMap<String, String>,
    loaded: BTreeMap<String, String>,
}

const GLOBS: &str =
    "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules/*.yml, elsewhere/*.yml]\n";

impl HalfWay {
    fn of(bed: Bed) -> Self {
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        bed.program.manifest(&alert("g", "up == 1"));
        let (files, loaded) = (bed.files(), bed.loaded());
        Self { bed, files, loaded }
    }

    fn at(binary: &Path) -> Self {
        Self::of(Bed::start(binary))
    }

    /// The same where the server loads rules of another directory, too, that natsform does not know.
    fn with_elsewhere(binary: &Path) -> Self {
        let server = Prometheus::start_with(binary, &["--web.enable-lifecycle"], GLOBS);
        std::fs::create_dir(server.dir().join("elsewhere")).expect("a directory");
        Self::of(Bed::of(server))
    }

    fn elsewhere(&self, text: &str) {
        std::fs::write(self.bed.server.dir().join("elsewhere/x.yml"), text).expect("a rule file");
    }

    /// An apply that the server refuses, and that says all of this.
    fn is_rolled_back(&self, says: &[&str]) {
        let applied = self.bed.apply(1);
        assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
        for text in says {
            assert!(unfolded(&applied).contains(text), "not said: {text}\n{}", applied.told());
        }
        assert!(!unfolded(&applied).contains("look in natsform--"), "ours is not why\n{}", applied.told());
        self.bed.is_as_before(&self.files, &self.loaded);
        // as long as the cause is there, nothing is written any more
        let again = self.bed.apply(1);
        assert!(unfolded(&again).contains("and it still does"), "{}", again.told());
        self.bed.is_as_before(&self.files, &self.loaded);
    }

    /// The cause is gone: a server that starts has the old rules, and the next apply brings the new ones.
    fn converges(mut self) {
        self.bed.server.restart();
        self.bed.is_as_before(&self.files, &self.loaded);
        self.bed.apply(0);
        self.bed.is_settled();
        assert_eq!(self.bed.loaded()["g/g"], "up == 1");
        assert_eq!(self.bed.files().len(), self.files.len(), "{:?}", self.bed.files());
    }
}

/// What every server refuses of a rule file, and where natsform says that it is.
const BROKEN: &[(&str, &str, &str)] = &[
    ("bad expr", "groups:\n- name: l\n  rules:\n  - alert: Bad\n    expr: up ==\n", "bad.yml:5: `Bad` of group `l`: "),
    (
        "bad field",
        "groups:\n- name: l\n  rules:\n  - alert: Bad\n    expr: up\n    forr: 5m\n",
        "bad.yml:6: `Bad` of group `l`: unknown field `forr`",
    ),
    ("bad YAML", "groups:\n- name: l\n  rules: [\n", "bad.yml:"),
    (
        "bad template",
        "groups:\n- name: l\n  rules:\n  - alert: Bad\n    expr: up\n    labels: {a: '{{ $x }}'}\n",
        "bad.yml:6: `Bad` of group `l`: unknown variable `$x`",
    ),
    (
        "bad duration",
        "groups:\n- name: l\n  rules:\n  - alert: Bad\n    expr: up\n    for: 5\n",
        "bad.yml:6: `Bad` of group `l`: `5` has no unit",
    ),
    (
        "duplicate group in a file",
        "groups:\n- {name: l, rules: []}\n- {name: l, rules: []}\n",
        "bad.yml:3: a second group `l`",
    ),
    ("unknown top key", "groups: []\nextra: 1\n", "bad.yml:2: unknown field `extra`"),
    ("unit tests in a rule file", "groups: []\ntests: []\n", "bad.yml:2: unknown field `tests`"),
    ("no expr", "groups:\n- name: l\n  rules:\n  - alert: Bad\n", "bad.yml:4: `Bad` of group `l`: `expr` is missing"),
    (
        "alert and record",
        "groups:\n- name: l\n  rules:\n  - alert: Bad\n    record: b\n    expr: up\n",
        "bad.yml:5: `Bad` of group `l`: a rule is either",
    ),
    ("no rule file at all", "- a\n", "bad.yml:1: a rule file is a mapping"),
];

/// bad expr / field / YAML / template / duration / duplicate group / unknown top key / no expr: 500.
#[test]
fn somebodys_broken_file_of_every_sort() {
    on_each(|binary| {
        let mut it = HalfWay::at(binary);
        let broken: BTreeMap<String, String> = it.files.clone();
        for (row, text, says) in BROKEN {
            it.bed.server.rule_file("bad.yml", text);
            let reloads = it.bed.reloads();
            // found before anybody has reloaded, and after
            for reloaded in [false, true] {
                if reloaded {
                    assert_eq!(it.bed.server.reload().0, 500, "{row}");
                }
                let refused = it.bed.apply(3);
                assert!(unfolded(&refused).contains(says), "{row}: not said: {says}\n{}", refused.told());
                assert_eq!(it.bed.reloads(), reloads + u64::from(reloaded), "{row}");
            }
            std::fs::remove_file(it.bed.server.rules().join("bad.yml")).expect("a file to remove");
            it.bed.is_as_before(&broken, &it.loaded);
        }
        // start with a bad rule file: it does not; what natsform left there is not why
        it.bed.server.rule_file("bad.yml", BROKEN[0].1);
        assert!(it.bed.server.try_restart().is_err());
        let down = it.bed.apply(7);
        assert!(unfolded(&down).contains("bad.yml:5: `Bad` of group `l`: "), "{}", down.told());
        std::fs::remove_file(it.bed.server.rules().join("bad.yml")).expect("a file to remove");
        it.converges();
    });
}

/// A file that is loaded, and that somebody edited so that its rules are still equal to what is loaded.
const EDITED: &[(&str, &str, &str, &str)] = &[
    ("for without a unit", "for: 5m", "for: 300", "theirs.yml:7: `T` of group `t`: `300` has no unit"),
    ("interval without a unit", "interval: 5s", "interval: 5", "theirs.yml:3: `5` has no unit"),
    ("field of the group", "  rules:\n", "  bogus: 1\n  rules:\n", "theirs.yml:4: unknown field `bogus`"),
    ("field of the file", "groups:\n", "bogus: 1\ngroups:\n", "theirs.yml:1: unknown field `bogus`"),
    (
        "field of the rule",
        "    for: 5m\n",
        "    for: 5m\n    fro: 5m\n",
        "theirs.yml:8: `T` of group `t`: unknown field `fro`",
    ),
    (
        "annotations of a recording rule",
        "    record: t\n",
        "    record: t\n    annotations: {a: b}\n",
        "a recording rule has no `annotations`",
    ),
    ("unit tests", "groups:\n", "tests: []\ngroups:\n", "theirs.yml:1: unknown field `tests`"),
];

/// A file that is loaded, and whose groups are still those: the reload would fail all the same, so none is tried.
#[test]
fn somebodys_loaded_file_with_an_edit_that_changes_nothing() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let theirs = "groups:\n- name: t\n  interval: 5s\n  rules:\n  - alert: T\n    expr: up == 0\n    for: 5m\n    \
                      labels: {a: '{{ $value }}'}\n  - expr: up\n    record: t\n";
        bed.server.rule_file("theirs.yml", theirs);
        let it = HalfWay::of(bed);
        for (row, from, to, says) in EDITED {
            assert!(theirs.contains(from), "{row}");
            it.bed.server.rule_file("theirs.yml", &theirs.replacen(from, to, 1));
            let (files, reloads) = (it.bed.files(), it.bed.reloads());
            for (code, command) in [(2, &["plan", "--detailed-exitcode"][..]), (3, &["apply", "--yes"])] {
                let refused = it.bed.program.must(code, command);
                assert!(unfolded(&refused).contains(says), "{row}: not said: {says}\n{}", refused.told());
            }
            it.bed.is_as_before(&files, &it.loaded);
            assert_eq!(it.bed.reloads(), reloads, "{row}");
            assert_eq!(it.bed.server.reload().0, 500, "{row}: a fact has changed");
            it.bed.server.rule_file("theirs.yml", theirs);
            assert_eq!(it.bed.server.reload().0, 200, "{row}");
        }
        it.converges();
    });
}

/// What is no text at all: a file in Latin-1, and a directory that the glob picks.
#[test]
fn somebodys_entry_that_is_no_rule_file() {
    on_each(|binary| {
        let it = HalfWay::at(binary);
        let theirs = it.bed.server.rules().join("theirs.yml");
        let ours = it.bed.server.rules().join("natsform--shop--local--g.yml");
        let was = std::fs::read(&ours).expect("a file of ours");
        let refuses = |says: &str| {
            let reloads = it.bed.reloads();
            for (code, command) in [(2, &["plan", "--detailed-exitcode"][..]), (3, &["apply", "--yes"])] {
                let refused = it.bed.program.must(code, command);
                assert!(unfolded(&refused).contains(says), "not said: {says}\n{}", refused.told());
            }
            assert_eq!((std::fs::read(&ours).expect("a file"), it.bed.loaded()), (was.clone(), it.loaded.clone()));
            assert_eq!(it.bed.reloads(), reloads);
            assert_eq!(it.bed.server.reload().0, 500, "{says}: a fact has changed");
            // nor is it forgotten afterwards
            let refused = it.bed.program.must(3, &["apply", "--yes"]);
            assert!(unfolded(&refused).contains(says), "not said: {says}\n{}", refused.told());
        };
        std::fs::write(&theirs, b"groups: []\n# caf\xe9\n").expect("a file");
        refuses("theirs.yml:2: it is no UTF-8");
        std::fs::remove_file(&theirs).expect("a file");
        std::fs::create_dir(&theirs).expect("a directory");
        refuses("theirs.yml: it is a directory");
        std::fs::remove_dir(&theirs).expect("a directory");
        it.converges();
    });
}

/// The same where nobody here can read it: only the reload tells, and that it was none of ours.
#[test]
fn somebodys_broken_file_that_cannot_be_seen() {
    on_each(|binary| {
        let it = HalfWay::with_elsewhere(binary);
        it.elsewhere(BROKEN[0].1);
        it.is_rolled_back(&["refused the reload (500)", "the cause is nothing that was written here"]);
        it.elsewhere("groups: []\n");
        it.converges();
    });
}

/// bad prometheus.yml: 500, precise.
#[test]
fn a_bad_prometheus_yml() {
    on_each(|binary| {
        for (row, bad, says) in [
            ("unknown key", format!("{GLOBS}bogus: 1\n"), "bogus"),
            ("wildcard in a directory part", "rule_files: [\"rules/*/*.yml\"]\n".to_owned(), "invalid rule file path"),
            ("double wildcard", "rule_files: [\"rules/**/*.yml\"]\n".to_owned(), "invalid rule file path"),
        ] {
            let mut it = HalfWay::with_elsewhere(binary);
            it.bed.server.config(&bad);
            it.is_rolled_back(&["its configuration cannot be loaded", says, "nothing that was written here"]);
            assert!(it.bed.server.try_restart().is_err(), "{row}: a fact has changed");
            it.bed.server.config(GLOBS);
            it.converges();
        }
    });
}

/// new scrape config + bad rule file: 500; the scrape configuration is in force, the rules are not.
#[test]
fn a_scrape_configuration_that_a_refused_reload_puts_in_force() {
    on_each(|binary| {
        let it = HalfWay::with_elsewhere(binary);
        let exporter = Exporter::start("a 1");
        let job = format!("- {{job_name: fresh, static_configs: [{{targets: [\"{}\"]}}]}}", exporter.address());
        it.bed.server.config(&format!("{GLOBS}scrape_configs:\n{job}\n"));
        it.elsewhere(BROKEN[1].1);
        it.is_rolled_back(&[
            "nothing that was written here",
            "what others had changed is in force by now: `scrape_configs` of its configuration",
        ]);
        until("the new target", || {
            let targets = it.bed.server.api("/api/v1/targets");
            targets["activeTargets"].as_array()?.iter().any(|t| t["labels"]["job"] == "fresh").then_some(())
        });
        it.elsewhere("groups: []\n");
        it.converges();
    });
}

/// bad / duplicate-job / unknown-field file in scrape_config_files: 500, as imprecise as for rules.
#[test]
fn a_bad_file_of_scrape_config_files() {
    on_each_since((2, 43), |_, binary| {
        let globs = GLOBS.replace("rule_files:", "scrape_config_files: [scrape/*.yml]\nrule_files:");
        for bad in [
            "scrape_configs:\n- {job_name: a, bogus: 1}\n",
            "scrape_configs:\n- {job_name: a}\n- {job_name: a}\n",
            "bogus: 1\n",
            "scrape_configs: [\n",
        ] {
            let server = Prometheus::start_with(binary, &["--web.enable-lifecycle"], &globs);
            let scrape = server.dir().join("scrape");
            std::fs::create_dir(&scrape).expect("a directory");
            let it = HalfWay::of(Bed::of(server));
            std::fs::write(scrape.join("a.yml"), bad).expect("a file");
            it.is_rolled_back(&["nothing that was written here"]);
            std::fs::write(scrape.join("a.yml"), "").expect("a file");
            it.converges();
        }
    });
}

/// label name not [a-zA-Z_]: 500 on 2.x, 200 on 3.x. Ours is not even sent, somebody's is named.
#[test]
fn a_label_name_that_only_newer_servers_take() {
    on_each_version(|version, binary| {
        let it = HalfWay::at(binary);
        let theirs = "groups: [{name: l, rules: [{alert: A, expr: up, labels: {\"a.b\": x}}]}]\n";
        let ours = alert("g", "up == 1").replace("'up == 1'", "'up == 1', labels: {\"a.b\": x}");
        if version >= (3, 0) {
            it.bed.server.rule_file("theirs.yml", theirs);
            it.bed.program.manifest(&ours);
            it.bed.apply(0);
            it.bed.is_settled();
            assert_eq!(it.bed.loaded().len(), 2);
            return;
        }
        it.bed.program.manifest(&ours);
        let refused = it.bed.apply(3);
        assert!(unfolded(&refused).contains("it needs Prometheus 3.0"), "{}", refused.told());
        it.bed.program.manifest(&alert("g", "up == 1"));
        it.bed.server.rule_file("theirs.yml", theirs);
        let refused = it.bed.apply(3);
        assert!(
            unfolded(&refused).contains("theirs.yml:1: `A` of group `l`: the name `a.b`: it needs"),
            "{}",
            refused.told()
        );
        std::fs::remove_file(it.bed.server.rules().join("theirs.yml")).expect("a file to remove");
        it.converges();
    });
}

/// A rule of ours that fails when it is evaluated, while somebody else's change waits for the next reload: ours goes back,
/// theirs is in force, and that is said.
#[test]
fn what_others_had_changed_stays_in_force_after_a_rollback() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.server.rule_file("theirs.yml", "groups: [{name: t, rules: [{alert: T, expr: up == 0}]}]\n");
        assert_eq!(bed.server.reload().0, 200);
        let mut it = HalfWay::of(bed);
        it.bed.server.rule_file("theirs.yml", "groups: [{name: t, rules: [{alert: T, expr: up == 8}]}]\n");
        let series = "(label_replace(vector(1), \"a\", \"x\", \"\", \"\") or vector(2))";
        it.bed.program.manifest(&alert("g", &format!("{series} * on() {series} > 0")));
        let applied = it.bed.apply(1);
        assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
        let said = unfolded(&applied);
        assert!(said.contains("a reload also activates what somebody changed in `theirs.yml`"), "{}", applied.told());
        assert!(said.contains("what others had changed is in force by now: `theirs.yml`"), "{}", applied.told());
        assert_eq!((&it.bed.loaded()["g/g"][..], &it.bed.loaded()["t/T"][..]), ("up == 0", "up == 8"));
        it.bed.program.manifest(&alert("g", "up == 1"));
        (it.files, it.loaded) = (it.bed.files(), it.bed.loaded());
        it.converges();
    });
}
