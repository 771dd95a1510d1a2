//! kill -9 at every write and at every reload, exactly: the old or the new rules are live, every file is whole, the server
//! starts again, the next apply converges, and after it there is nothing to do.

use super::{
    bed::{Bed, alert, on_each, project_file},
    wire::{Deed, Wire},
};
use crate::support::{Finished, Prometheus};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Writes by a program that kills who called it, at the n-th write, before it is done or after.
const SHIM: &str = r#"#!/bin/sh
cd "$1" || exit 1
state=$2 op=$3 name=$4
deadly() {
  n=$(( $(cat "$state/count") + 1 ))
  echo "$n" > "$state/count"
  [ "$n" = "$(cat "$state/at")" ] && [ "$1" = "$(cat "$state/when")" ]
}
undone() { echo $(( $(cat "$state/count") - 1 )) > "$state/count"; }
case $op in
  list) ls -A ;;
  get) cat "$name" ;;
  put|delete)
    deadly before && kill -9 "$PPID" && exit 0
    undone
    if [ "$op" = put ]; then cat > "$state/new" && mv "$state/new" "$name"; else rm "$name"; fi
    deadly after && kill -9 "$PPID"
    exit 0 ;;
esac
"#;

/// A project whose files are carried by [`SHIM`].
fn by_command(server: &Prometheus) -> String {
    let (rules, state) = (server.rules().display().to_string(), server.dir().join("shim").display().to_string());
    let call = |op: &str, more: &str| format!("{op}: [sh, \"{state}/shim.sh\", \"{rules}\", \"{state}\", {op}{more}]");
    let calls =
        [call("list", ""), call("get", ", \"{name}\""), call("put", ", \"{name}\""), call("delete", ", \"{name}\"")];
    let command = format!("{{command: {{{}}}, server_directory: \"{rules}\"}}", calls.join(", "));
    project_file("shop", server).replace(&format!("{{directory: \"{rules}\"}}"), &command)
}

/// Sets at which write, and at which side of it, the next run dies.
fn dies(server: &Prometheus, at: usize, when: &str) {
    let state = server.dir().join("shim");
    std::fs::create_dir_all(&state).expect("a directory");
    for (name, text) in [("shim.sh", SHIM), ("count", "0"), ("at", &at.to_string()), ("when", when)] {
        std::fs::write(state.join(name), text).expect("a file");
    }
}

const APPLY: [&str; 5] = ["apply", "--yes", "--prune", "delete", "--allow-commands"];

/// Three documents with this expression and one that is there only at even turns, so that something always comes or goes.
fn manifests(turn: usize) -> String {
    let mut all: String = (0..3).map(|i| alert(&format!("A{i}"), &format!("up == {turn}"))).collect();
    if turn.is_multiple_of(2) {
        all.push_str(&alert("Even", &format!("up == {turn}")));
    }
    all
}

/// All loaded rules are of one turn, and every file is whole.
fn old_or_new(bed: &Bed, turn: usize, ran: &Finished) {
    let loaded: Vec<String> = bed.loaded().into_values().collect();
    let (new, old) = (format!("up == {turn}"), format!("up == {}", turn - 1));
    let one = loaded.iter().all(|e| *e == new) || loaded.iter().all(|e| *e == old);
    assert!(one && loaded.len() >= 3, "turn {turn}: {loaded:?}: {}", ran.told());
    for (name, text) in bed.files().into_iter().filter(|(name, _)| name.ends_with(".yml")) {
        assert!(text.ends_with('\n') && text.contains("expr: up == "), "{name} is torn: {text:?}");
    }
}

/// The server starts again with what lies there, and the next apply makes everything right. The lease of a dead run stays
/// where there is nothing left to write, and is in nobody's way.
fn converges(bed: &mut Bed, turn: usize, arguments: &[&str]) {
    // a start reads every file: one that is torn or wrong would end it
    if turn.is_multiple_of(3) {
        bed.server.restart();
    }
    bed.program.must(0, arguments);
    let plan = [&["plan", "--detailed-exitcode"], arguments.get(4..).unwrap_or_default()].concat();
    bed.program.must(0, &plan);
    let count = if turn.is_multiple_of(2) { 4 } else { 3 };
    let expected = format!("up == {turn}");
    let loaded = bed.loaded();
    assert!(loaded.len() == count && loaded.values().all(|e| *e == expected), "turn {turn}: {loaded:?}");
}

/// A server that has the first manifests, delivered by a command that kills nobody yet.
fn arranged(binary: &Path) -> Bed {
    let bed = Bed::start(binary);
    bed.program.write("natsform.yaml", &by_command(&bed.server));
    dies(&bed.server, 0, "never");
    bed.program.manifest(&manifests(0));
    bed.program.must(0, &APPLY);
    bed
}

#[test]
fn killed_before_and_after_every_write() {
    on_each(|binary| {
        let mut bed = arranged(binary);
        let (mut turn, mut killed) = (0, 0);
        for when in ["before", "after"] {
            for at in 1.. {
                turn += 1;
                bed.program.manifest(&manifests(turn));
                dies(&bed.server, at, when);
                let ran = bed.program.run(&APPLY);
                if ran.code.is_some() {
                    assert_eq!(ran.code, Some(0), "{}", ran.told());
                    break;
                }
                killed += 1;
                old_or_new(&bed, turn, &ran);
                dies(&bed.server, 0, "never");
                converges(&mut bed, turn, &APPLY);
            }
        }
        // the lease, three or four files, the lease again: on either side of each
        assert!(killed >= 2 * 5, "only {killed} runs died");
    });
}

/// Waits until the program has its number, and kills it.
fn kill(pid: &AtomicU32) {
    let id = crate::support::until("the number of a process", || Some(pid.load(Ordering::SeqCst)).filter(|id| *id > 0));
    let killed = std::process::Command::new("kill").args(["-9", &id.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
}

#[test]
fn killed_before_and_after_every_reload() {
    on_each(|binary| {
        let mut bed = Bed::start(binary);
        let wire = Wire::to(&bed.server.url());
        bed.program.manifest(&manifests(0));
        bed.program.write("natsform.yaml", &project_file("shop", &bed.server).replace(&bed.server.url(), &wire.url()));
        let apply = &APPLY[..4];
        bed.program.must(0, apply);
        let mut turn = 0;
        // the reload itself, and each look around it
        for (begins, most) in [("POST /-/reload", 1), ("GET /api/v1/rules", 3)] {
            for at in 1..=most {
                for after in [false, true] {
                    turn += 1;
                    bed.program.manifest(&manifests(turn));
                    let pid = Arc::new(AtomicU32::new(0));
                    let theirs = pid.clone();
                    wire.nth(at, begins, move || {
                        let pid = theirs.clone();
                        if after {
                            return Deed::Then(Box::new(move || kill(&pid)));
                        }
                        kill(&pid);
                        Deed::Instead(crate::support::http::Answer::Bytes(Vec::new()))
                    });
                    let running = bed.program.start(apply);
                    pid.store(running.id(), Ordering::SeqCst);
                    let ran = running.end();
                    assert_eq!(ran.code, None, "{begins} {at}: {}", ran.told());
                    old_or_new(&bed, turn, &ran);
                    wire.set(|_| Deed::Pass);
                    converges(&mut bed, turn, apply);
                }
            }
        }
    });
}

/// In the middle of a rollback: the reload was refused, and the run dies while the old files come back.
#[test]
fn killed_while_it_rolls_back() {
    on_each(|binary| {
        let mut bed = arranged(binary);
        // nobody here can see this directory: only the reload tells
        let elsewhere = bed.server.dir().join("elsewhere");
        std::fs::create_dir(&elsewhere).expect("a directory");
        bed.server.config(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules/*.yml, elsewhere/*.yml]\n",
        );
        assert_eq!(bed.server.reload().0, 200);
        // the lease, four files, and then the second of those that come back
        for (turn, at, when) in [(1, 6, "before"), (1, 6, "after"), (1, 7, "after"), (1, 9, "after")] {
            bed.program.manifest(&manifests(turn));
            std::fs::write(elsewhere.join("x.yml"), "groups: [{name: x, rules: [{alert: X}]}]\n").expect("a file");
            dies(&bed.server, at, when);
            let ran = bed.program.run(&APPLY);
            assert_eq!(ran.code, None, "{}", ran.told());
            old_or_new(&bed, turn, &ran);
            std::fs::remove_file(elsewhere.join("x.yml")).expect("a file to remove");
            dies(&bed.server, 0, "never");
            // the server still says that its last reload failed; whoever repaired it reloads
            assert_eq!(bed.server.reload().0, 200);
            converges(&mut bed, turn, &APPLY);
            bed.program.manifest(&manifests(0));
            bed.program.must(0, &APPLY);
        }
    });
}

/// What the shim does when nobody is to die: it is a delivery like any other.
#[test]
fn a_delivery_by_command_needs_the_users_word() {
    on_each(|binary: &Path| {
        let bed = Bed::start(binary);
        bed.program.write("natsform.yaml", &by_command(&bed.server));
        dies(&bed.server, 0, "never");
        bed.program.manifest(&manifests(1));
        let refused = bed.program.must(7, &["apply", "--yes"]);
        assert!(refused.told().contains("--allow-commands"), "{}", refused.told());
        assert!(bed.files().is_empty());
        bed.program.must(0, &APPLY);
        assert_eq!(bed.loaded().len(), 3);
    });
}
