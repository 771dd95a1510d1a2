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
    assert_snapshot!(bed.run("plan --adopt never"), @"");
    assert_snapshot!(bed.run("plan"), @"");
    bed.run("apply --yes").exits(3);
    assert_snapshot!(bed.run("plan --adopt always"), @"");
    bed.run("apply --yes --adopt always").exits(0);
    assert_eq!(raw.stream_config("OTHER").await.expect("a stream")["max_msgs"], 5);
    assert_snapshot!(bed.run("plan"), @"");
}

#[tokio::test]
async fn ownership_ends_by_pruning_in_three_modes() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A", "B", "C"]));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&["A"]));
    assert_snapshot!(bed.run("plan --prune never"), @"");
    assert_snapshot!(bed.run("plan --detailed-exitcode"), @"");
    assert_snapshot!(bed.run("plan --prune delete --detailed-exitcode"), @"");
    assert_snapshot!(bed.run("apply --prune delete --max-deletes 1 --yes"), @"");
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
    assert_snapshot!(bed.run("apply --prune delete --yes"), @"");
    assert_eq!(names(&raw).await.split(' ').count(), 12);
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
    assert_snapshot!(bed.run("plan --prune delete"), @"");
    assert_snapshot!(bed.run("apply --prune delete --yes --allow-partial"), @"");
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
    assert_snapshot!(bed.run("plan"), @"");
    bed.file("m.yaml", streams(&["A|lifecycle: {ignore: [{path: max_msgs, reason: theirs}]}|max_msgs: 5"]));
    assert_snapshot!(bed.run("plan"), @"");
    bed.file("natsform.yaml", format!("{HEAD}  environments: {{e: {{strict: true, nats: {{}}}}}}\n"));
    assert_snapshot!(bed.run("plan -v"), @"");
}

#[tokio::test]
async fn ownership_outside_a_selection_is_not_touched() {
    let server = NatsServer::start("2.15");
    let raw = RawClient::connect(server.url()).await;
    let bed = TestBed::project(&server, &streams(&["A|labels: {team: x}", "B", "C"]));
    bed.run("apply --yes").exits(0);
    bed.file("m.yaml", streams(&["A|labels: {team: x}|max_msgs: 5", "D"]));
    assert_snapshot!(bed.run("plan --prune delete -l team=x"), @"");
    assert_snapshot!(bed.run("plan --prune delete -t stream/A"), @"");
    assert_snapshot!(bed.run("plan --prune delete -f m.yaml"), @"");
    bed.run("apply --yes --prune delete -l team=x").exits(0);
    assert_eq!(names(&raw).await, "A B C");
    assert_snapshot!(bed.run("plan -t stream/NOPE"), @"");
    assert_snapshot!(bed.run("drift -l team=nobody"), @"");
    assert_snapshot!(bed.run("destroy --yes -t stream/A"), @"");
    assert_eq!(names(&raw).await, "B C");
}
