//! How results look and where they go: colour, pipes, quiet and verbose, files, terminals that are none.

use super::bed::TestBed;
use crate::support::NatsServer;
use insta::assert_snapshot;

const STREAMS: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: A}
spec: {subjects: [a], max_age: 1h}
---
apiVersion: natsform/v1
kind: Stream
metadata: {name: B}
spec: {subjects: [b], consumers: {c: {ack_policy: explicit}}}
";

/// The text without what makes colour.
fn stripped(text: &str) -> String {
    regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").expect("a rule").replace_all(text, "").into_owned()
}

#[test]
fn output_in_colour_is_the_plain_text_with_colour() {
    let server = NatsServer::start("2.15");
    let mut bed = TestBed::project(&server, STREAMS);
    for line in ["plan", "validate", "drift", "plan -f nope", "apply", "plan --help"] {
        let plain = bed.run(line);
        let colour = bed.run(&format!("{line} --color always"));
        assert_eq!((stripped(&colour.stdout), stripped(&colour.stderr)), (plain.stdout, plain.stderr), "{line}");
        assert_eq!(colour.exit, plain.exit);
    }
    assert!(bed.run("plan --color always").stdout.contains('\u{1b}'));
    bed.env("CLICOLOR_FORCE", "1");
    assert!(!bed.run("plan").stdout.contains('\u{1b}'), "NO_COLOR wins");
    bed.env("CLICOLOR_FORCE", "").env("TERM", "dumb");
    assert!(!bed.run("plan").stdout.contains('\u{1b}'));
}

#[test]
fn output_into_a_closed_pipe_ends_quietly() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAMS);
    let ran = bed.shell("\"$natsform\" plan -v | head -1; \"$natsform\" schema | head -1; \"$natsform\" man | true");
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    let full = bed.shell("\"$natsform\" plan > /dev/full");
    assert_eq!(full.exit, Some(1), "{}", full.stderr);
    assert!(full.stderr.contains("standard output could not be written"), "{}", full.stderr);
}

#[test]
fn output_quiet_verbose_and_to_a_file() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAMS);
    assert_snapshot!(bed.run("apply --yes -q"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A                      subjects [a]  max_age 1h                                  m.yaml:4
      + stream/B                      subjects [b]                                              m.yaml:9
      + consumer/B/c                  ack_policy explicit                                      m.yaml:10

    Plan: 4 create

    Done (4)
      + stream/A
      + stream/B
      + consumer/B/c
      + kv/NATSFORM

    Applied: 4 done                                                                            11 writes
    ");
    assert_snapshot!(bed.run("plan -v"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      = stream/A                                                                                m.yaml:4
      = stream/B                                                                                m.yaml:9
      = consumer/B/c                                                                           m.yaml:10

    No changes.
    ");
    assert_snapshot!(bed.run("plan -q"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

    No changes.
    ");
    assert_snapshot!(bed.run("validate -q"), @"exit 0");
    bed.run("plan --json-out .plan.json").exits(0);
    assert_eq!(bed.read(".plan.json"), bed.run("plan --format json").stdout);
    bed.run("drift --json-out .drift.json --format json").exits(0);
    assert_eq!(bed.read(".drift.json"), bed.run("drift --format json").stdout);
    assert_snapshot!(bed.run("plan --json-out no/such/plan.json"), @"
    exit 1
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

    No changes.
    --- stderr
    error: no/such/plan.json could not be written: No such file or directory (os error 2)
    ");
}

#[test]
fn output_of_an_apply_that_nobody_confirms() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAMS);
    let ran = bed.fed("apply", "yes\n").exits(3);
    assert!(ran.stderr.contains("there is no terminal to ask, and no --yes"), "{}", ran.stderr);
    let json = bed.run("apply --format json").exits(3).json();
    assert_eq!(json["writes"], 0);
    assert_eq!(json["steps"].as_array().map(Vec::len), Some(4));
    assert_eq!(bed.run("plan --format json").json()["summary"]["create"], 4);
    bed.run("apply --auto-approve").exits(0);
}

#[test]
fn output_of_wrong_arguments() {
    let bed = TestBed::new();
    assert_snapshot!(bed.run("plan --nope"), @"
    exit 1
    --- stderr
    error: unexpected argument '--nope' found

      tip: a similar argument exists: '--inbox-prefix'

    Usage: natsform plan --inbox-prefix <PREFIX>

    For more information, try '--help'.
    ");
    assert_snapshot!(bed.run("plon"), @"
    exit 1
    --- stderr
    error: unrecognized subcommand 'plon'

      tip: a similar subcommand exists: 'plan'

    Usage: natsform [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(bed.run("plan --format xml"), @"
    exit 1
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: text, json, markdown, github]

    For more information, try '--help'.
    ");
    assert_snapshot!(bed.run("apply --lock-timeout 5"), @"
    exit 1
    --- stderr
    error: invalid value '5' for '--lock-timeout <DURATION>': `5` has no unit (units are ns, us, ms, s, m, h, d, w and y: write `5s` for seconds)

    For more information, try '--help'.
    ");
    assert_snapshot!(bed.run("plan --nope --format json"), @r#"
    exit 1
    --- stdout
    {
      "format_version": "1.0",
      "complete": false,
      "diagnostics": [
        {
          "code": "NF0000",
          "severity": "error",
          "message": "unexpected argument '--nope' found"
        }
      ]
    }
    --- stderr
    error: unexpected argument '--nope' found

      tip: a similar argument exists: '--inbox-prefix'

    Usage: natsform plan --inbox-prefix <PREFIX>

    For more information, try '--help'.
    "#);
    assert_snapshot!(bed.run("-C nowhere plan"), @"
    exit 1
    --- stderr
    error: cannot change to nowhere: No such file or directory (os error 2)
    ");
    assert_eq!(bed.run("").exit, Some(1));
    assert_eq!(bed.run("--version").exit, Some(0));
}

#[test]
fn output_of_a_terminal_shows_excerpts_without_secrets() {
    if !std::path::Path::new("/usr/bin/script").exists() {
        return;
    }
    let bed = TestBed::new();
    let project = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments:\n    e: {nats: {url: 'nats://u:CANARY@h', accounts: {A: CANARY, B: {user: u, passwrd: CANARY}, C: {user: u, password: CANARY}}}}\n";
    bed.file("natsform.yaml", project);
    bed.file("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n");
    let ran = bed.shell("script -qec \"$natsform validate\" /dev/null");
    assert!(ran.stdout.contains("natsform.yaml:6:") && ran.stdout.contains("max_msg: 1"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("CANARY"), "{}", ran.stdout);
}
