//! Two applies on one Prometheus exclude each other, whoever they are: a reload puts everybody's files in force.

use super::{
    bed::{Bed, alert, files, on_each, project_file, unfolded},
    wire::{Deed, Gate, Wire},
};
use crate::support::{NatsServer, Program, Prometheus};

/// A project at the server, with a NATS or without.
fn project(name: &str, server: &Prometheus, url: &str, nats: Option<&NatsServer>) -> Program {
    let mut file = project_file(name, server).replace(&server.url(), url);
    if let Some(nats) = nats {
        file =
            file.replace("      prometheus: ", &format!("      nats: {{url: \"{}\"}}\n      prometheus: ", nats.url()));
    }
    let program = Program::bare();
    program.write("natsform.yaml", &file);
    program
}

/// The first apply is held in the middle of its reload. The second is kept out, and one that waits goes on when the first
/// has ended.
fn exclude(first: &Program, second: &Program, wire: &Wire, expr: &str) {
    let gate = Gate::default();
    let stand = gate.clone();
    wire.nth(1, "POST /-/reload", move || {
        stand.stand();
        Deed::Pass
    });
    first.manifest(&alert("g", expr));
    second.manifest(&alert("g", expr));
    let running = first.start(&["apply", "--yes"]);
    if !gate.reached() {
        panic!("it has not come to its reload: {}", running.end().told());
    }
    let kept_out = second.must(5, &["apply", "--yes"]);
    let says = unfolded(&kept_out);
    assert!(says.contains("held by") || says.contains("locked by"), "{}", kept_out.told());
    assert!(says.contains(&running.id().to_string()), "{}", kept_out.told());
    let waiting = second.start(&["apply", "--yes", "--lock-timeout", "30s", "-v"]);
    // the first one is let go while the second waits; whether it has begun to, changes nothing
    gate.open();
    let ended = running.end();
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let ended = waiting.end();
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    for program in [first, second] {
        program.must(0, &["plan", "--detailed-exitcode"]);
    }
}

#[test]
fn two_projects_without_nats() {
    on_each(|binary| {
        let server = Prometheus::start(binary);
        let wire = Wire::to(&server.url());
        let first = project("shop", &server, &wire.url(), None);
        let second = project("web", &server, &server.url(), None);
        exclude(&first, &second, &wire, "up == 1");
        assert_eq!(files(&server.rules()).len(), 2);
        assert_eq!(server.groups().len(), 2);
    });
}

/// The same project from two machines.
#[test]
fn one_project_twice_without_nats() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let wire = Wire::to(&bed.server.url());
        let first = project("shop", &bed.server, &wire.url(), None);
        exclude(&first, &bed.program, &wire, "up == 1");
        assert_eq!(bed.files().len(), 1);
    });
}

/// Each has a NATS of its own, so nothing in NATS could keep them apart.
#[test]
fn two_projects_with_a_nats_each_and_one_with_and_one_without() {
    on_each(|binary| {
        let server = Prometheus::start(binary);
        let wire = Wire::to(&server.url());
        let nats = [NatsServer::start("2.15"), NatsServer::start("2.15")];
        let first = project("shop", &server, &wire.url(), Some(&nats[0]));
        exclude(&first, &project("web", &server, &server.url(), Some(&nats[1])), &wire, "up == 1");
        exclude(&first, &project("api", &server, &server.url(), None), &wire, "up == 2");
        assert_eq!(files(&server.rules()).len(), 3);
    });
}

/// One project, one NATS: its own lock is met first, and is the same for streams and rules.
#[test]
fn one_project_twice_with_nats() {
    on_each(|binary| {
        let server = Prometheus::start(binary);
        let wire = Wire::to(&server.url());
        let nats = NatsServer::start("2.15");
        let first = project("shop", &server, &wire.url(), Some(&nats));
        let second = project("shop", &server, &server.url(), Some(&nats));
        exclude(&first, &second, &wire, "up == 1");
    });
}

/// `unlock` takes a lease away that nobody gives back.
#[test]
fn unlock_without_nats() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        let lease = bed.server.rules().join(".natsform.lease");
        std::fs::write(&lease, r#"{"holder":{"host":"ci-7","pid":42,"tenant":"web/prod"},"beat":3}"#).expect("a file");
        bed.apply(5);
        let unlocked = bed.program.must(0, &["unlock", "--yes"]);
        assert!(unfolded(&unlocked).contains("process 42 on ci-7"), "{}", unlocked.told());
        assert!(!lease.exists());
        bed.apply(0);
        bed.is_settled();
    });
}
