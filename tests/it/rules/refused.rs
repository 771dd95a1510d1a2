//! What a reload can come to (facts: prometheus.md section 2): the old rules live, the files are whole, and the culprit is
//! named.

use super::bed::{Bed, alert, on_each, rules, unfolded};
use crate::support::Prometheus;

/// Nothing is as it should not be: what was loaded is, and so are the files.
fn nothing_happened(bed: &Bed, files: &std::collections::BTreeMap<String, String>, loaded: &str) {
    assert_eq!(bed.files(), *files);
    assert_eq!(bed.loaded()["g/g"], loaded);
}

/// A project whose rules are applied, and a change that is not yet.
fn half_way(binary: &std::path::Path) -> Bed {
    let bed = Bed::start(binary);
    bed.program.manifest(&alert("g", "up == 0"));
    bed.apply(0);
    bed.program.manifest(&alert("g", "up == 1"));
    bed
}

#[test]
fn somebodys_broken_file_stops_the_plan_and_is_named() {
    on_each(|binary| {
        let bed = half_way(binary);
        bed.server.rule_file(
            "legacy.yml",
            "groups:\n- name: l\n  rules:\n  - alert: Fine\n    expr: up\n  - alert: Bad\n    expr: up ==\n",
        );
        let (files, reloads) = (bed.files(), bed.reloads());
        let refused = bed.apply(3);
        assert!(unfolded(&refused).contains("legacy.yml:7: `Bad` of group `l`"), "{}", refused.told());
        nothing_happened(&bed, &files, "up == 0");
        assert_eq!(bed.reloads(), reloads);
        bed.server.rule_file("legacy.yml", "groups: []\n");
        bed.apply(0);
        bed.is_settled();
    });
}

/// In a directory that nobody here can see: only the reload tells, and then everything goes back.
#[test]
fn a_refused_reload_is_rolled_back() {
    on_each(|binary| {
        let bed = half_way(binary);
        let elsewhere = bed.server.dir().join("elsewhere");
        std::fs::create_dir(&elsewhere).expect("a directory");
        bed.server.config(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules/*.yml, elsewhere/*.yml]\n",
        );
        assert_eq!(bed.server.reload().0, 200);
        std::fs::write(elsewhere.join("x.yml"), "groups: [{name: x, rules: [{alert: X}]}]\n").expect("a file");
        let files = bed.files();
        let applied = bed.apply(1);
        assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
        assert!(unfolded(&applied).contains("refused the reload (500)"), "{}", applied.told());
        nothing_happened(&bed, &files, "up == 0");
        // an apply tries before it writes, and says so until somebody repairs it
        let refused = bed.apply(1);
        assert!(
            unfolded(&refused).contains("the last reload of") && unfolded(&refused).contains("still does"),
            "{}",
            refused.told()
        );
        nothing_happened(&bed, &files, "up == 0");
        // and once it is, nobody has to reload first
        std::fs::remove_file(elsewhere.join("x.yml")).expect("a file to remove");
        bed.apply(0);
        bed.is_settled();
    });
}

#[test]
fn a_server_that_takes_no_reload_is_told_before_anything_is_written() {
    on_each(|binary| {
        let bed = Bed::of(Prometheus::start_with(binary, &[], &Prometheus::config_for(&[])));
        bed.program.manifest(&alert("g", "up == 0"));
        let refused = bed.apply(3);
        assert!(unfolded(&refused).contains("--web.enable-lifecycle"), "{}", refused.told());
        assert!(bed.files().is_empty());
    });
}

#[test]
fn a_directory_that_no_glob_picks_and_a_glob_that_picks_too_much_are_named() {
    on_each(|binary| {
        for (globs, says) in [
            ("[]", "no `rule_files` of"),
            ("[rules/*]", "picks temporary files, too"),
            ("[other/*.yml]", "no `rule_files` of"),
        ] {
            let config = format!("global: {{evaluation_interval: 1s}}\nrule_files: {globs}\n");
            let bed = Bed::of(Prometheus::start_with(binary, &["--web.enable-lifecycle"], &config));
            bed.program.manifest(&alert("g", "up == 0"));
            let refused = bed.apply(3);
            assert!(unfolded(&refused).contains(says), "{globs}: {}", refused.told());
            assert!(bed.files().is_empty());
        }
    });
}

/// Rules that load and that no data can make work.
#[test]
fn a_rule_that_fails_when_it_is_evaluated_is_rolled_back() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let files = bed.files();
        let series =
            "label_replace(vector(1), \"a\", \"x\", \"\", \"\") or label_replace(vector(2), \"a\", \"y\", \"\", \"\")";
        let broken = [
            (format!("- alert: g\n  expr: '({series}) * on() ({series}) > 0'\n"), "many-to-many"),
            (format!("- alert: g\n  expr: '{series}'\n"), "exceeded limit of 1"),
        ];
        for (rule, says) in broken {
            let limit = if says.contains("limit") { "- name: g\n      limit: 1" } else { "- name: g" };
            bed.program.manifest(&rules("g", &rule).replace("- name: g", limit));
            let applied = bed.apply(1);
            assert!(unfolded(&applied).contains(says), "{says}: {}", applied.told());
            nothing_happened(&bed, &files, "up == 0");
        }
    });
}

/// Rules that were unhealthy before block nothing.
#[test]
fn somebody_elses_unhealthy_rule_blocks_nothing() {
    on_each(|binary| {
        let bed = half_way(binary);
        let series =
            "label_replace(vector(1), \"a\", \"x\", \"\", \"\") or label_replace(vector(2), \"a\", \"y\", \"\", \"\")";
        bed.server.rule_file(
            "sick.yml",
            &format!("groups: [{{name: s, limit: 1, rules: [{{alert: S, expr: '{series}'}}]}}]\n"),
        );
        assert_eq!(bed.server.reload().0, 200);
        crate::support::until("an unhealthy rule", || {
            bed.server.groups().iter().any(|g| g["rules"][0]["health"] == "err").then_some(())
        });
        bed.apply(0);
        bed.is_settled();
    });
}

/// A file of ours that died half-way, or that somebody broke: the next apply writes it anew, whatever the server says of
/// its last reload; and one that is refused once more leaves files with which the server starts.
#[test]
fn a_broken_file_of_ours_is_written_anew() {
    on_each(|binary| {
        let mut bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let name = bed.files().into_keys().next().expect("a file");
        for broken in
            ["groups: [", "groups: [{name: g, rules: [{alert: A, expr: 'up{job=~\"a**\"}'}]}]\n", "\u{feff}\u{0}"]
        {
            bed.server.rule_file(&name, broken);
            assert_eq!(bed.server.reload().0, 500);
            bed.program.must(2, &["drift"]);
            bed.apply(0);
            bed.is_settled();
        }
        // a reload that fails for what nobody here can see
        let elsewhere = bed.server.dir().join("elsewhere");
        std::fs::create_dir(&elsewhere).expect("a directory");
        bed.server.config(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules/*.yml, elsewhere/*.yml]\n",
        );
        assert_eq!(bed.server.reload().0, 200);
        bed.server.rule_file(&name, "groups: [");
        std::fs::write(elsewhere.join("x.yml"), "groups: [{name: x, rules: [{alert: X}]}]\n").expect("a file");
        bed.program.manifest(&alert("g", "up == 2"));
        assert_ne!(bed.program.run(&["apply", "--yes"]).code, Some(0));
        assert_eq!(bed.loaded()["g/g"], "up == 0");
        std::fs::remove_file(elsewhere.join("x.yml")).expect("a file to remove");
        bed.server.restart();
        assert_eq!(bed.loaded()["g/g"], "up == 0");
        bed.program.manifest(&alert("g", "up == 1"));
        bed.apply(0);
        bed.is_settled();
    });
}

/// A file whose memory somebody took away is ours by its name, and what is in it is their doing.
#[test]
fn drift_is_seen_without_the_first_lines() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let name = bed.files().into_keys().next().expect("a file");
        for text in [
            "",
            "groups: [{name: evil, rules: [{alert: E, expr: up}]}]\n",
            "groups: [{name: g, rules: [{alert: g, expr: up == 8}]}]\n",
        ] {
            bed.server.rule_file(&name, text);
            assert_eq!(bed.server.reload().0, 200);
            let drifted = bed.program.must(2, &["drift"]);
            assert!(drifted.stdout.contains("Drift: 1 changed"), "{}", drifted.told());
        }
        bed.apply(0);
        bed.is_settled();
    });
}

/// A glob may name one file: what counts is whether it picks the files of this plan.
#[test]
fn each_file_of_a_plan_has_to_be_picked() {
    on_each(|binary| {
        let config = "global: {evaluation_interval: 1s}\nrule_files: [rules/natsform--shop--local--g.yml]\n";
        let bed = Bed::of(Prometheus::start_with(binary, &["--web.enable-lifecycle"], config));
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        bed.is_settled();
        bed.program.manifest(&format!("{}{}", alert("g", "up == 1"), alert("h", "up == 0")));
        let planned = bed.program.must(0, &["plan"]);
        let says = "picks `";
        assert!(unfolded(&planned).contains(says) && unfolded(&planned).contains("--h.yml`"), "{}", planned.told());
        assert!(!unfolded(&planned).contains("--g.yml`: add"), "{}", planned.told());
        // what is picked can go on alone
        bed.program.must(0, &["apply", "--yes", "-t", "rules/g"]);
        assert_eq!(bed.loaded()["g/g"], "up == 1");
    });
}

#[test]
fn a_file_that_is_a_link_is_seen_by_the_plan() {
    on_each(|binary| {
        let bed = half_way(binary);
        let file = bed.server.rules().join("natsform--shop--local--g.yml");
        let real = bed.server.dir().join("real.yml");
        std::fs::rename(&file, &real).expect("a file");
        std::os::unix::fs::symlink(&real, &file).expect("a link");
        let reloads = bed.reloads();
        for run in [bed.program.must(0, &["plan"]), bed.apply(3)] {
            let told = unfolded(&run);
            assert!(told.contains("Plan: 1 blocked") && told.contains("is a symbolic link"), "{}", run.told());
        }
        assert_eq!((bed.loaded()["g/g"].as_str(), bed.reloads()), ("up == 0", reloads));
        assert!(std::fs::symlink_metadata(&file).is_ok_and(|m| m.is_symlink()));
    });
}

#[test]
fn a_name_that_is_too_long_for_a_file_is_refused() {
    let server = |binary: &std::path::Path| {
        let bed = Bed::start(binary);
        let (offline, planned) = ("a".repeat(240), "a".repeat(230));
        bed.program.manifest(&alert(&offline, "up == 0"));
        let refused = bed.program.must(1, &["validate"]);
        assert!(refused.stderr.contains("all.yaml:3:") && refused.stderr.contains("NF0513"), "{}", refused.told());
        // what its project and environment add is known to a plan
        bed.program.manifest(&alert(&planned, "up == 0"));
        bed.program.must(0, &["validate"]);
        let refused = bed.apply(3);
        assert!(unfolded(&refused).contains("255 is the most"), "{}", refused.told());
        bed.program.manifest(&alert(&"a".repeat(220), "up == 0"));
        bed.apply(0);
        bed.is_settled();
    };
    on_each(server);
}

/// A document that was renamed leaves its old file: until that goes, its rules are there twice.
#[test]
fn a_renamed_document_tells_of_its_old_file() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let document =
            |name: &str| alert("g", "up == 0").replace("metadata: {name: g}", &format!("metadata: {{name: {name}}}"));
        bed.program.manifest(&document("old"));
        bed.apply(0);
        bed.program.manifest(&document("new"));
        let planned = bed.program.must(0, &["plan"]);
        let told = unfolded(&planned);
        assert!(told.contains("NF2204") && told.contains("`natsform--shop--local--old.yml`"), "{}", planned.told());
        // in one run with the removal there is nothing to tell
        let planned = bed.program.must(0, &["plan", "--prune", "delete"]);
        assert!(!unfolded(&planned).contains("NF2204"), "{}", planned.told());
        bed.apply(0);
        assert_eq!(bed.files().keys().collect::<Vec<_>>(), ["natsform--shop--local--new.yml"]);
    });
}

/// `-q`: the result, errors and warnings, no notes.
#[test]
fn quiet_leaves_notes_out() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&rules(
            "g",
            "- {alert: A, expr: 'process_resident_memory_bytes > 1e9'}\n- {alert: B, expr: up}\n",
        ));
        let loud = bed.program.must(0, &["plan"]);
        assert!(loud.stderr.contains("NF0609") && loud.stderr.contains("NF0603"), "{}", loud.told());
        for command in ["plan", "validate"] {
            let quiet = bed.program.must(0, &[command, "-q"]);
            assert!(quiet.stderr.contains("NF0603") && !quiet.stderr.contains("note["), "{command}: {}", quiet.told());
        }
        bed.program.manifest(&rules("g", "- {alert: A, expr: 'up =='}\n"));
        assert!(bed.program.must(1, &["validate", "-q"]).stderr.contains("all.yaml"));
    });
}
