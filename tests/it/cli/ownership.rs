//! Whose objects are touched, and whose are not: adoption, pruning, protection, selections.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

const HEAD: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n";

/// Streams of these names, one subject each; a name may carry `|metadata` and `|spec` in the compact form.
fn streams(all: &[&str]) -> String {
    let one = |text: &&str| {
        let mut parts = text.split('|');
        let name = parts.next().unwrap_or_default();
        let (meta, spec) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        format!(
            "---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}, {meta}}}\nspec: {{subjects: [{}], {spec}}}\n",
            name.to_lowercase()
        )
    };
    all.iter().map(one).collect()
}

async fn names(raw: &RawClient) -> String {
    let all = raw.ok("STREAM.NAMES", json!(null)).await;
    let all = all["streams"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = all.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect();
    names.retain(|n| n != "KV_NATSFORM");
    names.sort();
    names.join(" ")
}

#[tokio::test]
async fn ownership_by_adoption_has_three_modes() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    for (name, max) in [("SAME", 5), ("OTHER", 9)] {
        let config = json!({"name": name, "subjects": [name.to_lowercase()], "max_msgs": max});
        raw.ok(&format!("STREAM.CREATE.{name}"), config).await;
    }
    let bed = TestBed::project(&server, &streams(&["SAME||max_msgs: 5", "OTHER||max_msgs: 5"]));
    assert_snapshot!(bed.run("plan --adopt never"), @r#"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects
    BLOCKED  2 changes cannot be applied

      ! stream/OTHER                                                                            m.yaml:9
          update blocked: it exists, is not ours and differs: adopt and change it with --adopt always,
          or make the manifest equal
          max_msgs  9 → 5                                                                      m.yaml:10
      ! stream/SAME                   adopt blocked: it exists and is not ours (--adopt never)  m.yaml:4

    Plan: 2 blocked
    "#);
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects
    BLOCKED  1 change cannot be applied

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      ^ stream/SAME                   it exists and is as declared                              m.yaml:4
      ! stream/OTHER                                                                            m.yaml:9
          update blocked: it exists, is not ours and differs: adopt and change it with --adopt always,
          or make the manifest equal
          max_msgs  9 → 5                                                                      m.yaml:10

    Plan: 1 create · 1 adopt · 1 blocked
    ");
    bed.run("apply --yes").exits(3);
    assert_snapshot!(bed.run("plan --adopt always"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      ~ stream/OTHER                                                                            m.yaml:9
          max_msgs  9 → 5                                                                      m.yaml:10
          (it is not ours yet: this adopts it)
        NOTE NF2009  natsform did not create it: an application that creates it at start-up with the old
                     settings may be refused
      ^ stream/SAME                   it exists and is as declared                              m.yaml:4

    Plan: 1 create · 1 update · 1 adopt
    ");
    bed.run("apply --yes --adopt always").exits(0);
    assert_eq!(raw.stream_config("OTHER").await.expect("a stream")["max_msgs"], 5);
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 3 objects

    No changes.
    ");
}

#[tokio::test]
async fn ownership_ends_by_pruning_in_three_modes() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A", "B", "C"]));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&["A"]));
    assert_snapshot!(bed.run("plan --prune never"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

    No changes.
    ");
    assert_snapshot!(bed.run("plan --detailed-exitcode"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (2)
        stream/B
        stream/C

    No changes.
    ");
    assert_snapshot!(bed.run("plan --prune delete --detailed-exitcode"), @"
    exit 2
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      - stream/B                      not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      - stream/C                      not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 2 delete
    ");
    assert_snapshot!(bed.run("apply --prune delete --max-deletes 1 --yes"), @"
    exit 3
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects
    REFUSED  2 objects would be deleted, more than the 1 that are allowed (raise it with --max-deletes)

      - stream/B                      not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      - stream/C                      not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 2 delete
    --- stderr
    error: refused, nothing was written: 2 objects would be deleted, more than the 1 that are allowed (raise it with --max-deletes)
    ");
    assert_eq!(names(&raw).await, "A B C");
    bed.run("apply --prune delete --max-deletes 2 --yes").exits(0);
    assert_eq!(names(&raw).await, "A");
}

#[tokio::test]
async fn ownership_of_everything_is_never_lost_at_once() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let all: Vec<String> = (0..12).map(|i| format!("S{i:02}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let bed = TestBed::project(&server, &streams(&all));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&all[..10]));
    assert_snapshot!(bed.run("apply --prune delete --yes"), @"
    exit 3
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 13 objects
    REFUSED  2 objects would be deleted, more than 10 % of the 12 that this project owns (raise it with
             --max-deletes)

      - stream/S10                    not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      - stream/S11                    not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 2 delete
    --- stderr
    error: refused, nothing was written: 2 objects would be deleted, more than 10 % of the 12 that this project owns (raise it with --max-deletes)
    ");
    assert_eq!(names(&raw).await.split(' ').count(), 12);
}

/// A setting that this version does not act on must not look like a safety net.
#[tokio::test]
async fn ownership_with_a_backup_asked_for_destroys_nothing() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A", "B"]));
    let project = |backup: &str| format!("{HEAD}  environments: {{e: {{default: true, nats: {{}}{backup}}}}}\n");
    bed.file("natsform.yaml", project(""));
    bed.run("apply --yes").exits(0);
    bed.file("natsform.yaml", project(", backup: {directory: b, before: [delete]}"));
    bed.file("m.yaml", streams(&["A||max_msgs: 7"]));
    let refused = bed.run("apply --prune delete --yes").exits(3);
    assert!(refused.stdout.contains("REFUSED  a backup is asked for"), "{}", refused.stdout);
    assert!(refused.stderr.contains("warning[NF0157]: `backup` is not acted on"), "{}", refused.stderr);
    assert_eq!(names(&raw).await, "A B");
    bed.run("apply --yes").exits(0);
}

#[tokio::test]
async fn ownership_is_kept_by_protection_orphans_and_rules() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let all = ["KEPT", "SAFE|lifecycle: {protect: true}", "ORPHAN|lifecycle: {on_remove: orphan}", "GONE", "LEFT"];
    let bed = TestBed::project(&server, &streams(&all));
    bed.run("apply --yes").exits(0);
    bed.file("natsform.yaml", format!("{HEAD}  removed: [{{select: stream/LEFT, then: forget}}]\n"));
    bed.file("m.yaml", streams(&all[..1]));
    assert_snapshot!(bed.run("plan --prune delete"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 6 objects
    BLOCKED  1 change cannot be applied

      - stream/GONE                   not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      . stream/LEFT                   not in the manifests; `removed` says to forget it
      . stream/ORPHAN                 not in the manifests; `on_remove: orphan` says to leave it
      ! stream/SAFE                   delete blocked: it is protected: apply `protect: false` first
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 1 delete · 2 forget · 1 blocked
    ");
    assert_snapshot!(bed.run("apply --prune delete --yes --allow-partial"), @"
    exit 6
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 6 objects
    BLOCKED  1 change cannot be applied

      - stream/GONE                   not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      . stream/LEFT                   not in the manifests; `removed` says to forget it
      . stream/ORPHAN                 not in the manifests; `on_remove: orphan` says to leave it
      ! stream/SAFE                   delete blocked: it is protected: apply `protect: false` first
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 1 delete · 2 forget · 1 blocked

    Done (3)
      - stream/GONE
      . stream/LEFT
      . stream/ORPHAN

    Not started (1)
      - stream/SAFE  it is protected: apply `protect: false` first

    Applied: 3 done · 1 not started                                                             6 writes
    --- stderr
    [1/4] - stream/GONE done
    [2/4] . stream/LEFT done
    [3/4] . stream/ORPHAN done
    ");
    assert_eq!(names(&raw).await, "KEPT LEFT ORPHAN SAFE");
    bed.file("m.yaml", streams(&["KEPT", "SAFE|lifecycle: {protect: false}"]));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&["KEPT"]));
    bed.run("apply --prune delete --yes").exits(0);
    assert_eq!(names(&raw).await, "KEPT LEFT ORPHAN");
}

#[tokio::test]
async fn ownership_of_fields_ignore_and_strict() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A||max_msgs: 5"]));
    bed.run("apply --yes").exits(0);
    let mut config = raw.stream_config("A").await.expect("a stream");
    (config["max_msgs"], config["max_age"]) = (json!(9), json!(60_000_000_000_u64));
    config["duplicate_window"] = json!(60_000_000_000_u64);
    raw.ok("STREAM.UPDATE.A", config).await;
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

    Drift this plan reverts (1)
      ~ stream/A                      max_msgs  9 → 5                                           m.yaml:4

    Plan: 1 update
    ");
    bed.file("m.yaml", streams(&["A|lifecycle: {ignore: [{path: max_msgs, reason: theirs}]}|max_msgs: 5"]));
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

      ^ stream/A                                                                                m.yaml:4
          the live object is as declared; what is remembered as declared changes

    Plan: 1 adopt
    ");
    bed.file("natsform.yaml", format!("{HEAD}  environments: {{default: {{strict: true, nats: {{}}}}}}\n"));
    assert_snapshot!(bed.run("plan -v"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

      ~ stream/A                                                                                m.yaml:4
          max_age           1m → (default)
          duplicate_window  1m → 2m  (follows)

    Plan: 1 update
    ");
}

#[tokio::test]
async fn ownership_outside_a_selection_is_not_touched() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A|labels: {team: x}", "B", "C"]));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&["A|labels: {team: x}|max_msgs: 5", "D"]));
    assert_snapshot!(bed.run("plan --prune delete -l team=x"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      ~ stream/A                                                                                m.yaml:4
          max_msgs  -1 → 5                                                                      m.yaml:5

    Plan: 1 update
    ");
    assert_snapshot!(bed.run("plan --prune delete -t stream/A"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      ~ stream/A                                                                                m.yaml:4
          max_msgs  -1 → 5                                                                      m.yaml:5

    Plan: 1 update
    ");
    assert_snapshot!(bed.run("plan --prune delete -f m.yaml"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      ~ stream/A                                                                                m.yaml:4
          max_msgs  -1 → 5                                                                      m.yaml:5
      + stream/D                      subjects [d]                                              m.yaml:9

    Plan: 1 create · 1 update
    ");
    bed.run("apply --yes --prune delete -l team=x").exits(0);
    assert_eq!(names(&raw).await, "A B C");
    assert_snapshot!(bed.run("plan -t stream/NOPE"), @"
    exit 1
    --- stderr
    error[NF0205]: `stream/NOPE` matches no declared object
    1 error
    ");
    assert_snapshot!(bed.run("drift -l team=nobody"), @"
    exit 1
    --- stderr
    error[NF0205]: no declared object has the label `team=nobody`
    1 error
    ");
    assert_snapshot!(bed.run("destroy --yes -t stream/A"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 4 objects

      - stream/A                      destroy was asked for                                     m.yaml:4
        NOTE NF2001  the stream is empty: only its configuration goes

    Plan: 1 delete

    Done (1)
      - stream/A

    Applied: 1 done                                                                             4 writes
    --- stderr
    [1/1] - stream/A done
    ");
    assert_eq!(names(&raw).await, "B C");
}
