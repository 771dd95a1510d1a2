//! Whose a difference is: somebody's who edited the file, or the manifest's.

use super::bed::{Bed, on_each, project_file, rules};
use serde_json::Value;

fn both(a: &str, b: &str) -> String {
    rules("g", &format!("- {{alert: A, expr: {a}}}\n- {{alert: B, expr: {b}}}\n"))
}

/// The paths of a plan that revert what somebody did.
fn drifted(bed: &Bed) -> Vec<String> {
    let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
    let fields = plan["drift"].as_array().expect("drift").iter().flat_map(|c| c["fields"].as_array().expect("fields"));
    fields.map(|f: &Value| f["path"].as_str().expect("a path").to_owned()).collect()
}

#[test]
fn an_edit_by_hand_is_drift_whatever_the_manifest_says_by_now() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&both("up == 0", "up == 1"));
        bed.apply(0);
        let (name, text) = bed.files().pop_first().expect("a file");
        bed.server.rule_file(&name, &text.replace("up == 0", "up == 7"));
        assert_eq!(bed.server.reload().0, 200);
        bed.program.must(2, &["drift"]);
        assert_eq!(drifted(&bed), ["groups[g].rules[A].expr"]);

        // the manifest goes on at the other rule, and at the same one
        bed.program.manifest(&both("up == 0", "up == 2"));
        assert_eq!(drifted(&bed), ["groups[g].rules[A].expr"]);
        let told = bed.program.must(2, &["drift"]);
        assert!(told.stdout.contains("rules[A]") && !told.stdout.contains("rules[B]"), "{}", told.told());
        bed.program.manifest(&both("up == 3", "up == 1"));
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        bed.is_settled();
        bed.program.must(0, &["drift"]);

        // a change of the manifest alone is none
        bed.program.manifest(&both("up == 4", "up == 1"));
        bed.program.must(0, &["drift"]);

        // a rule that somebody added, and the order of two
        bed.apply(0);
        let (name, text) = bed.files().pop_first().expect("a file");
        bed.server.rule_file(&name, &format!("{text}      - alert: C\n        expr: up == 9\n"));
        assert_eq!(bed.server.reload().0, 200);
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        bed.is_settled();
    });
}

/// `drift: hold` leaves alone what somebody did, and never takes a group for one that nobody wants.
#[test]
fn held_drift_stays() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let project = project_file("shop", &bed.server).replace("limits:", "drift: hold\n      limits:");
        bed.program.write("natsform.yaml", &project);
        bed.program.manifest(&both("up == 0", "up == 1"));
        bed.apply(0);
        let (name, text) = bed.files().pop_first().expect("a file");
        bed.server.rule_file(&name, &text.replace("up == 0", "up == 7"));
        assert_eq!(bed.server.reload().0, 200);
        bed.is_settled();
        bed.apply(0);
        assert_eq!(bed.loaded()["g/A"], "up == 7");
        bed.program.must(2, &["drift"]);
    });
}
