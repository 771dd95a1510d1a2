//! What can happen between natsform and a real Prometheus while it applies: whatever is lost or lied about on the way, either
//! the new rules are live and proven, or the old ones are, and the files say the same.

use super::{
    bed::{Bed, alert, on_each, project, project_file, unfolded},
    wire::{Deed, Wire},
};
use crate::support::{Finished, Prometheus, http::Answer};
use std::path::Path;

/// A project whose rules are applied and a change that is not yet, seen through a wire.
fn half_way(binary: &Path) -> (Bed, Wire) {
    let bed = Bed::start(binary);
    bed.program.manifest(&alert("g", "up == 0"));
    bed.apply(0);
    bed.program.manifest(&alert("g", "up == 1"));
    let wire = Wire::to(&bed.server.url());
    let file = project_file("shop", &bed.server).replace(&bed.server.url(), &wire.url());
    bed.program.write("natsform.yaml", &file);
    (bed, wire)
}

/// The apply through the broken wire went well or was rolled back; either way the next one converges.
fn whole(bed: &Bed, wire: &Wire, applied: &Finished) {
    let live = bed.loaded()["g/g"].clone();
    let files = bed.files();
    let now = if applied.code == Some(0) { "up == 1" } else { "up == 0" };
    assert_eq!(live, now, "{}", applied.told());
    assert_eq!(files.keys().collect::<Vec<_>>(), ["natsform--shop--local--g.yml"], "{}", applied.told());
    assert!(files.values().all(|text| text.contains(now)), "{files:?}: {}", applied.told());
    wire.set(|_| Deed::Pass);
    bed.apply(0);
    bed.is_settled();
    assert_eq!(bed.loaded()["g/g"], "up == 1");
}

fn run(bed: &Bed) -> Finished {
    bed.program.run(&["apply", "--yes"])
}

fn error(status: &str) -> Answer {
    Answer::of(status, &[("Content-Type", "text/plain")], b"something is wrong")
}

/// An error for a reload that happened.
#[test]
fn an_error_for_a_reload_that_happened() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        wire.nth(1, "POST /-/reload", move || Deed::Despite(error("500 Internal Server Error")));
        let applied = run(&bed);
        // what is said was refused goes back, with a reload that is answered
        assert_eq!(applied.code, Some(1), "{}", applied.told());
        assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
        whole(&bed, &wire, &applied);
    });
}

/// A proxy that gives up before the server does: what is loaded tells, so nothing is repeated and nothing goes back.
#[test]
fn a_gateway_that_does_not_wait_for_a_reload() {
    on_each(|binary| {
        for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
            let (bed, wire) = half_way(binary);
            let reloads = bed.reloads();
            wire.nth(1, "POST /-/reload", move || Deed::Despite(error(status)));
            let applied = run(&bed);
            assert_eq!((applied.code, bed.reloads() - reloads), (Some(0), 1), "{}", applied.told());
            whole(&bed, &wire, &applied);
        }
    });
}

/// One that never came: nothing was loaded, and what was written goes back.
#[test]
fn an_error_for_a_reload_that_never_happened() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        wire.set(|line| if line.starts_with("POST /-/reload") { Deed::Instead(error("502 Bad")) } else { Deed::Pass });
        let applied = run(&bed);
        assert_eq!(applied.code, Some(1), "{}", applied.told());
        let told = unfolded(&applied);
        assert!(told.contains("is 502, which a proxy before it gives") && told.contains("was looked up"), "{told}");
        whole(&bed, &wire, &applied);
    });
}

/// Whoever does not let natsform reload is told apart, with what to do; what was written goes back.
#[test]
fn a_proxy_that_lets_nobody_reload() {
    on_each(|binary| {
        let cases = [
            ("401 Unauthorized", "credentials"),
            ("403 Forbidden", "--web.enable-lifecycle"),
            ("404 Not Found", "have the proxy pass it"),
            ("405 Method Not Allowed", "takes no POST"),
        ];
        for (status, says) in cases {
            let (bed, wire) = half_way(binary);
            let reloads = bed.reloads();
            wire.set(move |line| match line.starts_with("POST /-/reload") {
                true => Deed::Instead(error(status)),
                false => Deed::Pass,
            });
            let applied = run(&bed);
            assert_eq!((applied.code, bed.reloads()), (Some(1), reloads), "{}", applied.told());
            assert!(unfolded(&applied).contains(says), "{status}: {}", applied.told());
            whole(&bed, &wire, &applied);
        }
    });
}

/// The answer is lost, and the reload is not: what is loaded tells, so nothing is repeated and nothing goes back.
#[test]
fn no_answer_to_a_reload_that_happened() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        let reloads = bed.reloads();
        wire.nth(1, "POST /-/reload", || Deed::Then(Box::new(|| ())));
        let applied = run(&bed);
        assert_eq!((applied.code, bed.reloads() - reloads), (Some(0), 1), "{}", applied.told());
        whole(&bed, &wire, &applied);
    });
}

/// The request is lost: nothing is ever loaded, and that is found out.
#[test]
fn no_answer_to_a_reload_that_never_happened() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        wire.nth(1, "POST /-/reload", || Deed::Instead(Answer::Bytes(Vec::new())));
        let applied = run(&bed);
        assert_eq!(applied.code, Some(1), "{}", applied.told());
        whole(&bed, &wire, &applied);
    });
}

/// A look at the rules that fails once is repeated; the first one is the plan's, the second the look before writing.
#[test]
fn half_an_answer_about_the_rules() {
    on_each(|binary| {
        for n in 1..=4 {
            let (bed, wire) = half_way(binary);
            let files = bed.files();
            wire.nth(n, "GET /api/v1/rules", || Deed::Half);
            let applied = run(&bed);
            match n {
                1 => assert_eq!(applied.code, Some(7), "{}", applied.told()),
                2 => assert_ne!(applied.code, Some(0), "{}", applied.told()),
                _ => assert_eq!(applied.code, Some(0), "{n}: {}", applied.told()),
            }
            if n <= 2 {
                assert_eq!(bed.files(), files);
            }
            whole(&bed, &wire, &applied);
        }
    });
}

/// Prometheus cannot be reached at all: what was not read is named, and nothing is touched.
#[test]
fn a_server_behind_a_broken_proxy_is_not_read() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        let files = bed.files();
        wire.set(|_| Deed::Instead(error("503 Service Unavailable")));
        for command in [&["plan", "--detailed-exitcode"][..], &["apply", "--yes"], &["drift"]] {
            let ran = bed.program.must(7, command);
            assert!(unfolded(&ran).contains(&wire.url()), "{}", ran.told());
        }
        assert_eq!(bed.files(), files);
        let applied = run(&bed);
        whole(&bed, &wire, &applied);
    });
}

/// A directory of 64 KiB under the rules, as far as this machine lets anybody mount one.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(at).stderr(std::process::Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        eprintln!("!!! SKIPPED: nothing can be mounted here");
        None
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_rules() {
    on_each(|binary| {
        let server = Prometheus::start(binary);
        let rules = server.rules();
        let Some(_small) = Small::mount(&rules) else { return };
        let bed = Bed { program: project("shop", &server), server };
        let all = |expr: &str, padding: usize| -> String {
            let one = |i| alert(&format!("A{i}"), &format!("{expr} # {}", "x".repeat(padding)));
            (0..4).map(one).collect()
        };
        bed.program.manifest(&all("up == 0", 10));
        bed.apply(0);
        let (files, reloads) = (bed.files(), bed.reloads());
        bed.program.manifest(&all("up == 1", 30_000));
        let applied = bed.program.must(1, &["apply", "--yes"]);
        assert!(unfolded(&applied).contains("no space is left on the device"), "{}", applied.told());
        assert_eq!((bed.files(), bed.reloads()), (files, reloads), "{}", applied.told());
        bed.program.manifest(&all("up == 1", 10));
        bed.apply(0);
        bed.is_settled();
    });
}

/// Somebody breaks a file of theirs while we apply: the server's answer names nothing, so the file and the line are looked
/// for among those that it loads.
#[test]
fn a_file_that_breaks_the_reload_is_named_with_its_line() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        let broken = "groups:\n- name: l\n  rules:\n  - alert: Fine\n    expr: up\n  - alert: Bad\n    expr: up ==\n";
        let rules = bed.server.rules();
        // no glob picks this one, so it breaks nothing
        std::fs::write(rules.join("notes.rules"), broken.replace("Bad", "Elsewhere")).expect("a file");
        let file = rules.join("legacy.yml");
        let own = file.clone();
        wire.nth(1, "POST /-/reload", move || {
            std::fs::write(&own, broken).expect("a file");
            Deed::Pass
        });
        let applied = run(&bed);
        let told = unfolded(&applied);
        assert_eq!(applied.code, Some(1), "{told}");
        assert!(told.contains("refused the reload (500): legacy.yml:7: `Bad` of group `l`: "), "{told}");
        assert!(!told.contains("notes.rules"), "{told}");
        assert_eq!(bed.loaded()["g/g"], "up == 0", "what is loaded is what was: {told}");
        assert!(bed.files()["natsform--shop--local--g.yml"].contains("up == 0"), "{told}");
        std::fs::remove_file(file).expect("it is there");
        bed.apply(0);
        bed.is_settled();
        assert_eq!(bed.loaded()["g/g"], "up == 1");
    });
}

/// A group that is evaluated once an hour is loaded and proven equal; that it works is known only later, and said so.
#[test]
fn a_group_of_a_long_interval_is_told_as_not_evaluated_yet() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let slow = alert("slow", "up == 0").replace("- name: slow", "- name: slow\n      interval: 1h");
        bed.program.manifest(&(slow + &alert("g", "up == 0")));
        let told = unfolded(&bed.apply(0));
        assert!(told.contains("not evaluated yet, their interval is long: slow"), "{told}");
        assert_eq!(bed.loaded().len(), 2);
        bed.is_settled();
    });
}

/// No rule is known that natsform takes and a server does not. Should there be one, the files that were written are named.
#[test]
fn a_refusal_that_nobody_can_explain_names_what_was_written() {
    on_each(|binary| {
        let (mut bed, wire) = half_way(binary);
        wire.nth(1, "POST /-/reload", || Deed::Instead(error("500 Internal Server Error")));
        let applied = run(&bed);
        let told = unfolded(&applied);
        assert_eq!(applied.code, Some(1), "{told}");
        assert!(told.contains("the server's log names the rule: look in natsform--shop--local--g.yml first"), "{told}");
        assert!(!told.contains("nothing that was written here"), "{told}");
        assert_eq!(bed.loaded()["g/g"], "up == 0", "{told}");
        assert!(bed.files()["natsform--shop--local--g.yml"].contains("up == 0"), "{told}");
        bed.server.restart();
        bed.apply(0);
        bed.is_settled();
    });
}

/// Nobody answers what is loaded after a rollback: the old files lie there, and just that is said.
#[test]
fn a_rollback_that_nobody_can_prove() {
    on_each(|binary| {
        let (bed, wire) = half_way(binary);
        let before = bed.files();
        let mut reloads = 0;
        wire.set(move |line| {
            reloads += usize::from(line.starts_with("POST /-/reload"));
            match (reloads, line.starts_with("POST /-/reload")) {
                (1, true) => Deed::Despite(error("500 Internal Server Error")),
                (1.., false) => Deed::Instead(error("503 Service Unavailable")),
                _ => Deed::Pass,
            }
        });
        let applied = run(&bed);
        let told = unfolded(&applied);
        assert_eq!(applied.code, Some(6), "{told}");
        let says = format!("the files are again as they were, only the proof is missing that {}", wire.url());
        assert!(told.contains(&says) && told.contains("503"), "{told}");
        assert_eq!((bed.files(), &bed.loaded()["g/g"][..]), (before, "up == 0"), "{told}");
        wire.set(|_| Deed::Pass);
        bed.apply(0);
        bed.is_settled();
    });
}
