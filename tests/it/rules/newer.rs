//! What needs a newer server than Debian's: it runs where `NATSFORM_PROMETHEUS_BINS` names one.

use super::bed::{Bed, alert, on_each_since, rules, unfolded};
use crate::support::Prometheus;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// A server that takes no reload and looks for changes every second.
fn looks_by_itself(version: (u32, u32), binary: &Path, more: &[&str]) -> Bed {
    let flag = if version >= (3, 12) { "--config.auto-reload" } else { "--enable-feature=auto-reload-config" };
    let arguments = [&[flag, "--config.auto-reload-interval=1s"], more].concat();
    let config = "global: {evaluation_interval: 1s}\nrule_files: [rules/*.yml, elsewhere/*.yml]\n";
    let server = Prometheus::start_with(binary, &arguments, config);
    std::fs::create_dir(server.dir().join("elsewhere")).expect("a directory");
    Bed::of(server)
}

/// auto-reload on: live without a POST; a bad file keeps the old rules, and the server says so only in its status.
#[test]
fn a_server_that_reloads_by_itself() {
    on_each_since((2, 55), |version, binary| {
        for more in [&[][..], &["--web.enable-lifecycle"]] {
            let bed = looks_by_itself(version, binary, more);
            bed.program.manifest(&format!("{}{}", alert("g", "up == 0"), alert("h", "up == 0")));
            bed.apply(0);
            bed.is_settled();
            bed.program.manifest(&alert("g", "up == 1"));
            bed.apply(0);
            bed.is_settled();
            assert_eq!(bed.loaded().len(), 1);
            // it looks whenever it likes, and has never seen half a file
            let log = bed.server.log();
            assert!(!log.contains("Error reloading config") && !log.contains("loading groups failed"), "{log}");
            let (files, loaded) = (bed.files(), bed.loaded());

            // somebody's file that nobody here can see
            let theirs = bed.server.dir().join("elsewhere/x.yml");
            std::fs::write(&theirs, "groups: [{name: x, rules: [{alert: X}]}]\n").expect("a file");
            bed.program.manifest(&alert("g", "up == 3"));
            let begin = Instant::now();
            let applied = bed.apply(1);
            assert!(unfolded(&applied).contains("Rolled back"), "{}", applied.told());
            assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?}", begin.elapsed());
            bed.is_as_before(&files, &loaded);
            std::fs::remove_file(&theirs).expect("a file to remove");
            bed.apply(0);
            bed.is_settled();
            assert_eq!(bed.loaded()["g/g"], "up == 3");
        }
    });
}

/// A rule that loads and fails when it is evaluated goes back on such a server, too.
#[test]
fn a_rollback_without_a_reload() {
    on_each_since((2, 55), |version, binary| {
        let bed = looks_by_itself(version, binary, &[]);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let (files, loaded) = (bed.files(), bed.loaded());
        let series = "(label_replace(vector(1), \"a\", \"x\", \"\", \"\") or vector(2))";
        bed.program.manifest(&alert("g", &format!("{series} * on() {series} > 0")));
        let applied = bed.apply(1);
        assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
        bed.is_as_before(&files, &loaded);
    });
}

/// setting query_offset on a running group: transient errors that roll nothing back, and a field that no server shows.
#[test]
fn a_query_offset_on_a_running_group() {
    on_each_since((2, 53), |_, binary| {
        let mut bed = Bed::start(binary);
        let of = |offset: &str| {
            rules("g", "- {record: 'a:b', expr: vector(1)}\n").replace("- name: g", &format!("- name: g\n{offset}"))
        };
        bed.program.manifest(&of(""));
        bed.apply(0);
        for offset in ["      query_offset: 20s", "      query_offset: 1m", ""] {
            bed.program.manifest(&of(offset));
            bed.program.must(2, &["plan", "--detailed-exitcode"]);
            let applied = bed.apply(0);
            // the second time it is known already
            if offset.ends_with("20s") {
                assert!(unfolded(&applied).contains("out of order"), "{}", applied.told());
            }
            bed.is_settled();
        }
        // by hand, and not reloaded or reloaded: only the file tells
        let (name, text) = bed.files().pop_first().expect("a file");
        bed.server.rule_file(&name, &text.replace("- name: g", "- name: g\n    query_offset: 5s"));
        assert_eq!(bed.server.reload().0, 200);
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        bed.is_settled();
        bed.server.restart();
    });
}

/// Labels of a group, merged into the rules' by the server.
#[test]
fn labels_of_a_group() {
    on_each_since((3, 0), |_, binary| {
        let bed = Bed::start(binary);
        let rule = "- {alert: A, expr: up == 0, labels: {own: b}}\n- {record: 'a:b', expr: vector(1)}\n";
        let of = |labels: &str| rules("g", rule).replace("- name: g", &format!("- name: g\n{labels}"));
        for labels in ["", "      labels: {team: a, own: c}", "      labels: {team: b}", ""] {
            bed.program.manifest(&of(labels));
            bed.apply(0);
            bed.is_settled();
        }
    });
}

/// `/api/v1/features` says what this server has, whatever its version: blocked before anything is written.
#[test]
fn what_a_server_says_it_lacks_is_not_sent() {
    on_each_since((3, 9), |_, binary| {
        for (flags, takes) in [(&[][..], false), (&["--enable-feature=promql-experimental-functions"], true)] {
            let arguments = [&["--web.enable-lifecycle"], flags].concat();
            let bed = Bed::of(Prometheus::start_with(binary, &arguments, &Prometheus::config_for(&[])));
            bed.program.manifest(&alert("g", "limitk(1, up) == 0"));
            if takes {
                bed.apply(0);
                bed.is_settled();
            } else {
                let refused = bed.apply(3);
                assert!(unfolded(&refused).contains("`limitk` is off on this server"), "{}", refused.told());
                assert!(bed.files().is_empty());
            }
        }
    });
}
