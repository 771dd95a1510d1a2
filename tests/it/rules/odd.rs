//! Answers that are JSON and not what this API says: nothing may be concluded from them, least of all that there are no
//! rules.

use super::{
    bed::{Bed, alert, on_each, project_file, unfolded},
    wire::{Deed, Wire},
};
use crate::support::http::Answer;

/// What a run reads of a server, and whether it cannot go without.
const READ: &[(&str, bool)] = &[
    ("GET /api/v1/status/buildinfo", true),
    ("GET /api/v1/status/runtimeinfo", true),
    ("GET /api/v1/status/flags", true),
    ("GET /api/v1/status/config", true),
    ("GET /api/v1/rules", true),
    ("GET /api/v1/features", false),
    ("GET /api/v1/label/__name__/values", false),
    ("GET /api/v1/targets?", false),
    ("GET /api/v1/targets/metadata", false),
    ("POST /api/v1/query", false),
];

const ODD: &[&str] = &[
    "[]",
    "[[]]",
    "null",
    "7",
    "\"success\"",
    "{}",
    r#"{"status":"success"}"#,
    r#"{"status":"success","data":null}"#,
    r#"{"status":"success","data":[]}"#,
    r#"{"status":"success","data":7}"#,
    r#"{"status":"success","data":[[],{},7,null]}"#,
    r#"{"status":"success","data":{"groups":null,"activeTargets":7,"resultType":"vector","result":{"metric":[]}}}"#,
    r#"{"status":"success","data":{"groups":[{}],"activeTargets":[[]],"resultType":"vector","result":[[],{"value":7}]}}"#,
    r#"{"status":"error"}"#,
    r#"{"data":{"groups":[]}}"#,
];

/// A project that is applied, through a wire.
fn bed(binary: &std::path::Path) -> (Bed, Wire) {
    let bed = Bed::start(binary);
    bed.program.manifest(&(alert("g", "up == 0") + &alert("keep", "up == 1")));
    bed.apply(0);
    let wire = Wire::to(&bed.server.url());
    let file = project_file("shop", &bed.server).replace(&bed.server.url(), &wire.url());
    bed.program.write("natsform.yaml", &file);
    (bed, wire)
}

#[test]
fn json_that_proves_nothing_is_never_no_rules() {
    on_each(|binary| {
        let (bed, wire) = bed(binary);
        for (request, needed) in READ {
            for body in ODD {
                wire.set(move |line| match line.starts_with(request) {
                    true => Deed::Instead(Answer::ok("application/json", body)),
                    false => Deed::Pass,
                });
                let case = format!("{request} {body}");
                let plan = bed.program.run(&["plan", "--detailed-exitcode"]);
                let told = unfolded(&plan);
                assert!(!told.contains("panicked"), "{case}: {told}");
                assert!(!told.contains("create") && !told.contains("1 delete"), "{case}: {told}");
                if *needed {
                    let path = request.trim_start_matches("GET ");
                    let path = if told.contains("`/api/v1/status`") { "/api/v1/status" } else { path };
                    assert!(plan.code == Some(7) && told.contains(path), "{case}: {:?} {told}", plan.code);
                } else {
                    assert!(plan.code == Some(0) && told.contains("No changes."), "{case}: {:?} {told}", plan.code);
                }
            }
        }
    });
}

/// A preview asks the expressions themselves, and a write proves what is loaded.
#[test]
fn odd_answers_stop_no_preview_and_prove_no_write() {
    on_each(|binary| {
        let (bed, wire) = bed(binary);
        let next = alert("g", "up == 2") + &alert("keep", "up == 1") + &alert("new", "vector(1)");
        bed.program.manifest(&next);
        for body in ODD {
            wire.set(move |line| {
                match line.starts_with("POST /api/v1/query") || line.starts_with("GET /api/v1/query") {
                    true => Deed::Instead(Answer::ok("application/json", body)),
                    false => Deed::Pass,
                }
            });
            let plan = bed.program.must(0, &["plan"]);
            let told = unfolded(&plan);
            assert!(told.contains("Plan: 1 create · 1 update"), "{body}: {told}");
        }
        let before = (bed.files(), bed.loaded());
        // a proof that never comes is waited for
        for body in &ODD[6..7] {
            let mut reloaded = false;
            wire.set(move |line| {
                reloaded |= line.starts_with("POST /-/reload");
                match reloaded && line.starts_with("GET /api/v1/rules") {
                    true => Deed::Instead(Answer::ok("application/json", body)),
                    false => Deed::Pass,
                }
            });
            let applied = bed.program.run(&["apply", "--yes"]);
            let told = unfolded(&applied);
            assert!(applied.code != Some(0) && !told.contains("panicked"), "{body}: {told}");
            assert_eq!(bed.files(), before.0, "{body}: what is not proven goes back: {told}");
        }
        wire.set(|_| Deed::Pass);
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.loaded().len(), 3);
    });
}
