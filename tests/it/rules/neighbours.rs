//! Several projects and environments on one server.

use super::bed::{Bed, alert, on_each, project, project_file};

#[test]
fn two_projects_and_two_environments_never_touch_each_others_files() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let other = project("web", &bed.server);
        let file = project_file("shop", &bed.server);
        let section = file.split("  environments:\n").nth(1).expect("environments");
        let second = section.replace("local:", "prod:").replace("default: true\n      ", "");
        bed.program.write("natsform.yaml", &format!("{file}{second}"));
        bed.program.manifest(&alert("g", "up == 0"));
        other.manifest(&alert("g", "up == 1"));
        bed.server.rule_file("byhand.yml", "groups: [{name: h, rules: [{alert: H, expr: up}]}]\n");
        assert_eq!(bed.server.reload().0, 200);
        bed.apply(0);
        bed.program.must(0, &["apply", "--yes", "-e", "prod"]);
        other.must(0, &["apply", "--yes", "--prune", "delete"]);
        let names: Vec<String> = bed.files().into_keys().collect();
        assert_eq!(
            names,
            [
                "byhand.yml",
                "natsform--shop--local--g.yml",
                "natsform--shop--prod--g.yml",
                "natsform--web--local--g.yml"
            ]
        );
        bed.is_settled();

        bed.program.must(0, &["destroy", "--yes"]);
        let names: Vec<String> = bed.files().into_keys().collect();
        assert_eq!(names, ["byhand.yml", "natsform--shop--prod--g.yml", "natsform--web--local--g.yml"]);
        assert_eq!(bed.server.groups().len(), 3);
        other.must(0, &["plan", "--detailed-exitcode"]);
        bed.program.must(0, &["plan", "--detailed-exitcode", "-e", "prod"]);
    });
}

/// The lease of the directory: whoever holds it keeps everybody out, unless their process is known to be gone.
#[test]
fn a_lease_keeps_other_projects_out() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        let lease = bed.server.rules().join(".natsform.lease");
        std::fs::write(&lease, r#"{"holder":{"host":"ci-7","pid":42,"tenant":"web/prod"},"beat":3}"#).expect("a file");
        let locked = bed.apply(5);
        assert!(locked.told().contains("is held by process 42 on ci-7, for web/prod"), "{}", locked.told());
        assert!(bed.server.groups().is_empty());
        std::fs::remove_file(&lease).expect("the lease");
        bed.apply(0);
        assert!(!lease.exists());
    });
}

/// A project whose rule files are delivered to a directory of its own, without saying where its manifests are: what was
/// delivered is a rule file, and still no second document.
#[test]
fn what_was_delivered_into_the_project_is_no_manifest() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let rules = bed.program.dir().join("run/rules.d");
        std::fs::create_dir_all(&rules).expect("a directory");
        let config = format!("global: {{evaluation_interval: 1s}}\nrule_files: [\"{}/*.yml\"]\n", rules.display());
        bed.server.config(&config);
        assert_eq!(bed.server.reload().0, 200);
        let file = project_file("shop", &bed.server);
        let other = file.replace(&bed.server.rules().display().to_string(), "run/rules.d");
        bed.program.write("natsform.yaml", &other);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        bed.is_settled();
        bed.program.manifest(&alert("h", "up == 0"));
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.loaded().into_keys().collect::<Vec<_>>(), ["h/h"]);
    });
}
