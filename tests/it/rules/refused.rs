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
        // what natsform takes for an expression and this server does not
        bed.server.rule_file(&name, "groups: [");
        bed.program.manifest(&alert("g", "up{job=~\"\\\\p{Alphabetic}\"} == 0"));
        assert_ne!(bed.program.run(&["apply", "--yes"]).code, Some(0));
        assert_eq!(bed.loaded()["g/g"], "up == 0");
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
