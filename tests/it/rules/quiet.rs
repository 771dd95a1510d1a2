//! The rows of the reload table (facts: prometheus.md section 2) that a server answers with 200, whatever became of the
//! rules: what natsform makes of each.

use super::bed::{Bed, alert, on_each, rules, unfolded};
use crate::support::{Finished, Prometheus, until};
use std::path::Path;

const OURS: &str = "natsform--shop--local--g.yml";

/// A project whose rule is loaded.
fn loaded(binary: &Path) -> Bed {
    let bed = Bed::start(binary);
    bed.program.manifest(&alert("g", "up == 0"));
    bed.apply(0);
    bed
}

/// Puts a file there, and reloads.
fn activated(bed: &Bed, name: &str, text: &str) {
    bed.server.rule_file(name, text);
    assert_eq!(bed.server.reload().0, 200);
}

fn says(finished: &Finished, text: &str) {
    assert!(unfolded(finished).contains(text), "not said: {text}\n{}", finished.told());
}

/// What somebody did to our file is seen, and taken back.
fn is_taken_back(bed: &mut Bed) {
    bed.program.must(2, &["drift"]);
    bed.apply(0);
    bed.is_settled();
    assert_eq!(bed.loaded()["g/g"], "up == 0");
    bed.server.restart();
    assert_eq!(bed.loaded()["g/g"], "up == 0");
}

/// empty rule file: 200, its groups are gone.
#[test]
fn an_empty_rule_file() {
    on_each(|binary| {
        let mut bed = loaded(binary);
        for empty in ["", "# nothing\n", "groups: []\n", "groups:\n", "---\n"] {
            bed.server.rule_file(OURS, empty);
            says(&bed.program.must(2, &["plan", "--detailed-exitcode"]), "the file on disk is not what is loaded");
            assert_eq!(bed.server.reload().0, 200);
            assert!(bed.server.groups().is_empty());
            bed.program.must(2, &["plan", "--detailed-exitcode"]);
            bed.apply(0);
            assert_eq!(bed.loaded()["g/g"], "up == 0");
        }
        activated(&bed, OURS, "");
        is_taken_back(&mut bed);

        // somebody's: nobody's business but theirs, and told before it happens
        activated(&bed, "theirs.yml", "groups: [{name: t, rules: [{alert: T, expr: up}]}]\n");
        bed.server.rule_file("theirs.yml", "");
        bed.program.manifest(&alert("g", "up == 1"));
        let applied = bed.apply(0);
        says(&applied, "a reload also activates what somebody changed in `theirs.yml`");
        bed.is_settled();
        assert_eq!(bed.loaded().len(), 1);
    });
}

/// two YAML documents: 200, only the first is loaded.
#[test]
fn two_yaml_documents() {
    on_each(|binary| {
        let mut bed = loaded(binary);
        let text = bed.files()[OURS].clone();
        for second in ["groups: [{name: h, rules: [{alert: H, expr: up}]}]\n", "groups: [\n"] {
            activated(&bed, OURS, &format!("{text}---\n{second}"));
            assert_eq!(bed.loaded().len(), 1);
            let planned = bed.program.must(2, &["plan", "--detailed-exitcode"]);
            says(&planned, "only the first document of the file is loaded, and it has more");
            is_taken_back(&mut bed);
            assert_eq!(bed.files()[OURS], text);
        }
        // somebody's is as good as its first document, whatever comes behind
        let theirs = "groups: [{name: t, rules: [{alert: T, expr: up}]}]\n---\ngroups: [\n";
        bed.server.rule_file("theirs.yml", theirs);
        bed.program.manifest(&alert("g", "up == 1"));
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.loaded().len(), 2);
    });
}

/// two identical rules in a group: 200, accepted.
#[test]
fn two_identical_rules() {
    on_each(|binary| {
        for one in ["- {alert: A, expr: vector(1)}\n", "- {record: 'a:b', expr: vector(1)}\n"] {
            let mut bed = Bed::start(binary);
            bed.program.manifest(&rules("g", &one.repeat(2)));
            bed.apply(0);
            bed.is_settled();
            until("two evaluated rules", || {
                let groups = bed.server.groups();
                let both = groups[0]["rules"].as_array()?;
                (both.len() == 2 && both.iter().all(|r| r["health"] == "ok")).then_some(())
            });
            // one of them goes, and nothing else
            bed.program.manifest(&rules("g", one));
            bed.apply(0);
            bed.is_settled();
            bed.server.restart();
            bed.is_settled();
        }
    });
}

/// same name + labels with different values: the second one is unhealthy, and that never heals.
#[test]
fn two_rules_of_one_series_and_different_values() {
    on_each(|binary| {
        let bed = loaded(binary);
        let (files, before) = (bed.files(), bed.loaded());
        bed.program.manifest(&rules("g", "- {record: 'a:b', expr: vector(1)}\n- {record: 'a:b', expr: vector(2)}\n"));
        says(&bed.apply(1), "duplicate sample for timestamp");
        bed.is_as_before(&files, &before);
        bed.program.manifest(&rules("g", "- {record: 'a:b', expr: vector(1)}\n"));
        bed.apply(0);
        bed.is_settled();
    });
}

/// A rule takes over the state of another of its name and labels, and gives the other's series once more: newer servers call
/// that an error for one evaluation, and nothing goes back for it.
#[test]
fn a_rule_that_takes_over_another_ones_state() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let one = |i: &str| format!("- {{alert: A, expr: 'label_replace(vector(1), \"i\", \"{i}\", \"\", \"\")'}}\n");
        bed.program.manifest(&rules("g", &one("a")));
        bed.apply(0);
        until("a firing alert", || bed.server.alerts().iter().find(|a| a["state"] == "firing").cloned());
        bed.program.manifest(&rules("g", &(one("b") + &one("a"))));
        bed.apply(0);
        bed.is_settled();
        until("healthy rules", || {
            let groups = bed.server.groups();
            groups[0]["rules"].as_array()?.iter().all(|r| r["health"] == "ok").then_some(())
        });
    });
}

/// `rules/**.yml` is `*.yml`, `{a,b}` is literal; a glob that matches nothing and a literal file that is not there give 200.
#[test]
fn globs_that_mean_something_else() {
    on_each(|binary| {
        for (globs, picked) in [
            ("\"rules/**.yml\"", true),
            ("rules/missing.yml, rules/*.yml", true),
            ("other/*.yml, rules/natsform--*.yml", true),
            ("\"rules/{natsform,x}--shop--local--g.yml\"", false),
            ("rules/missing.yml", false),
        ] {
            let config = format!("global: {{evaluation_interval: 1s}}\nrule_files: [{globs}]\n");
            let bed = Bed::of(Prometheus::start_with(binary, &["--web.enable-lifecycle"], &config));
            bed.program.manifest(&alert("g", "up == 0"));
            if picked {
                bed.apply(0);
                bed.is_settled();
                assert_eq!(bed.loaded().len(), 1, "{globs}");
            } else {
                // put there by hand, it would be loaded by nobody, and nobody would say so
                activated(&bed, OURS, "groups: [{name: g, rules: [{alert: g, expr: up}]}]\n");
                assert!(bed.server.groups().is_empty(), "{globs}: a fact has changed");
                std::fs::remove_file(bed.server.rules().join(OURS)).expect("a file to remove");
                says(&bed.apply(3), "no `rule_files` of");
                assert!(bed.files().is_empty());
            }
        }
    });
}

/// same group name in two files: both live, the key is (file; group).
#[test]
fn one_group_name_in_two_files() {
    on_each(|binary| {
        let bed = loaded(binary);
        activated(&bed, "theirs.yml", "groups: [{name: g, rules: [{alert: T, expr: up == 9}]}]\n");
        let second = alert("h", "up == 5").replace("- name: h", "- name: g");
        bed.program.manifest(&format!("{}{second}", alert("g", "up == 1")));
        bed.apply(0);
        bed.is_settled();
        let now: Vec<String> = bed.loaded().into_iter().map(|(name, expr)| format!("{name} {expr}")).collect();
        assert_eq!(now, ["g/T up == 9", "g/g up == 1", "g/h up == 5"]);
        let files = bed.files();
        bed.program.manifest(&second);
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.loaded().into_keys().collect::<Vec<_>>(), ["g/T", "g/h"]);
        assert_eq!(bed.files()["theirs.yml"], files["theirs.yml"]);
    });
}

/// whitespace/comment-only edit: the group is untouched; annotation edit: it begins anew and keeps its state.
#[test]
fn edits_that_keep_a_firing_alert() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let of = |expr: &str, more: &str| rules("g", &format!("- {{alert: A, expr: '{expr}'{more}}}\n"));
        bed.program.manifest(&of("vector(1) > 0", ""));
        bed.apply(0);
        let firing = || {
            let alerts = bed.server.alerts();
            alerts.iter().find(|a| a["state"] == "firing").map(|a| a["activeAt"].clone())
        };
        let since = until("a firing alert", firing);
        let health = || bed.server.groups()[0]["rules"][0]["health"].as_str().unwrap_or_default().to_owned();
        // by hand, in the file: whoever reloads next changes nothing
        let text = bed.files()[OURS].replace("vector(1) > 0", "vector(1)   >  0 # sure");
        activated(&bed, OURS, &text);
        assert_eq!(health(), "ok", "a fact has changed: the group was touched");
        bed.program.must(0, &["plan", "--detailed-exitcode"]);

        bed.program.manifest(&of("vector(1) > 0", ", annotations: {summary: other}"));
        bed.apply(0);
        bed.is_settled();
        assert_eq!(firing(), Some(since));
    });
}

/// reload during a long evaluation: a changed group waits for the running iteration to end, and so does natsform.
#[test]
fn a_reload_during_a_long_evaluation() {
    on_each(|binary| {
        let mut bed = Bed::start(binary);
        let slow = |than: u32| format!("sum(sum_over_time(vector(1)[3000000s:1s])) > {than}");
        bed.program.manifest(&rules("g", &format!("- {{alert: g, expr: '{}'}}\n", slow(1))));
        bed.apply(0);
        let took = bed.server.groups()[0]["evaluationTime"].as_f64().expect("a time");
        assert!(took > 0.2, "an evaluation takes only {took} s: it is not long");
        for than in 2..5 {
            bed.program.manifest(&rules("g", &format!("- {{alert: g, expr: '{}'}}\n", slow(than))));
            let reloads = bed.reloads();
            bed.apply(0);
            assert_eq!(bed.reloads() - reloads, 1);
            bed.is_settled();
        }
        bed.server.restart();
        bed.is_settled();
    });
}
