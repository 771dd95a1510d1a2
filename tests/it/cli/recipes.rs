//! The recipes of docs/ci/, step by step as their systems would run them: the program is the real one on a real server,
//! and only GitHub and GitLab themselves are stood in for, by programs that note how they are called.

use super::bed::{Ran, TestBed};
use crate::support::{NatsServer, RawClient};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

/// Two users, as docs/ci.md wants them: one that may only read, and one that may write.
const USERS: &str = r#"
    authorization { users: [
        { user: writer, password: writes },
        { user: reader, password: reads, permissions: { publish: { deny: [
            "$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.UPDATE.>", "$JS.API.STREAM.DELETE.>",
            "$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.DURABLE.CREATE.>", "$JS.API.CONSUMER.DELETE.>", "$KV.>",
        ] } } },
    ] }
"#;

/// Notes each call, keeps what was sent as a body, and answers a question with what the test has put there.
const FORGE: &str = r#"#!/bin/sh
printf '%s\n' "$*" >> "$FORGE/calls"
for word; do
  case $word in body=@*) cp "${word#body=@}" "$FORGE/body" ;; body@*) cp "${word#body@}" "$FORGE/body" ;; esac
done
case "$*" in
  *--method*|*--request*) ;;
  */user) echo '{"id": 9}' ;;
  *) cat "$FORGE/there" ;;
esac
"#;

/// The example project as the environment `prod`, and the programs around it.
struct Forge {
    bed: TestBed,
    raw: RawClient,
    _server: NatsServer,
    expressions: BTreeMap<&'static str, String>,
}

impl Forge {
    async fn new() -> Self {
        let server = NatsServer::start_with("2.15", USERS);
        let raw = RawClient::connect_as(server.url(), "writer", "writes").await;
        let mut bed = TestBed::on(&server);
        bed.copy("examples/quickstart");
        bed.file("natsform.yaml", bed.read("natsform.yaml").replace("local:", "prod:"));
        for name in ["gh", "curl"] {
            bed.file(&format!(".forge/bin/{name}"), FORGE);
            let path = bed.path().join(".forge/bin").join(name);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
        }
        let bin = bed.path().join(".forge/bin");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_natsform"), bin.join("natsform")).expect("a link");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a path"));
        let home = bed.path().join(".forge").display().to_string();
        bed.env("PATH", &path).env("FORGE", &home).env("HOME", &home);
        let workspace = bed.path().display().to_string();
        bed.env("GITHUB_REPOSITORY", "shop/infra").env("GITHUB_WORKSPACE", &workspace);
        for name in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
            bed.env(name, &format!("{home}/{name}"));
        }
        bed.env("CI_API_V4_URL", "https://gitlab.example/api/v4").env("CI_PROJECT_ID", "5");
        bed.env("CI_MERGE_REQUEST_IID", "7").env("NATSFORM_NOTES_TOKEN", "token");
        let expressions = BTreeMap::from([
            ("secrets.NATS_PLAN_USER", "reader".into()),
            ("secrets.NATS_PLAN_PASSWORD", "reads".into()),
            ("secrets.NATS_APPLY_USER", "writer".into()),
            ("secrets.NATS_APPLY_PASSWORD", "writes".into()),
            ("github.token", "token".into()),
            ("github.event.pull_request.number", "7".into()),
        ]);
        let forge = Self { bed, raw, _server: server, expressions };
        forge.there("[]");
        forge
    }

    /// What GitHub or GitLab answers when it is asked what is there.
    fn there(&self, answer: &str) {
        self.bed.file(".forge/there", answer);
    }

    /// The calls since the last question, and the body that was sent.
    fn calls(&self) -> (Vec<String>, String) {
        let read = |name: &str| fs::read_to_string(self.bed.path().join(".forge").join(name)).unwrap_or_default();
        let found = (read("calls").lines().map(str::to_owned).collect(), read("body"));
        for name in ["calls", "body"] {
            let _ = fs::remove_file(self.bed.path().join(".forge").join(name));
        }
        found
    }

    /// Sets the variables of a mapping, expressions filled in.
    fn set(&mut self, env: &Value) {
        for (name, value) in env.as_object().into_iter().flatten() {
            let text = value.as_str().expect("a text");
            let text = match text.strip_prefix("${{").and_then(|t| t.strip_suffix("}}")) {
                Some(expression) => {
                    let known = self.expressions.get(expression.trim());
                    known.unwrap_or_else(|| panic!("what is `{expression}`?")).clone()
                }
                None => text.to_owned(),
            };
            self.bed.env(name, &text);
        }
    }

    fn shell(&mut self, script: &str) -> Ran {
        assert!(!script.contains("${{"), "an expression in a script is an injection: {script}");
        self.bed.env("SCRIPT", script);
        self.bed.shell("exec bash -eo pipefail -c \"$SCRIPT\"")
    }

    /// Runs a job of a GitHub workflow: how each of its steps ended that ran.
    fn github(&mut self, file: &str, job: &str) -> Vec<(String, i32)> {
        let workflow = yaml(file);
        let job = &workflow["jobs"][job];
        let _ = fs::remove_file(self.bed.path().join(".forge/GITHUB_OUTPUT"));
        self.set(&workflow["env"]);
        self.set(&job["env"]);
        let mut ended = Vec::new();
        for step in job["steps"].as_array().expect("steps") {
            let Some(script) = step["run"].as_str() else { continue };
            let failed = ended.iter().any(|(_, code)| *code != 0);
            if failed && step["if"] != "${{ !cancelled() }}" {
                continue;
            }
            self.set(&step["env"]);
            let ran = self.shell(script);
            let code = ran.exit.expect("an exit code");
            ended.push((step["name"].as_str().expect("a name").to_owned(), code));
            self.outputs(step);
        }
        ended
    }

    /// What a step has said for the steps after it.
    fn outputs(&mut self, step: &Value) {
        let said = fs::read_to_string(self.bed.path().join(".forge/GITHUB_OUTPUT")).unwrap_or_default();
        if let (Some("drift"), Some(status)) = (step["id"].as_str(), said.trim().strip_prefix("status=")) {
            self.expressions.insert("steps.drift.outputs.status", status.to_owned());
        }
    }

    /// Runs a job of the GitLab pipeline.
    fn gitlab(&mut self, job: &str, user: &str, password: &str) -> Ran {
        let pipeline = yaml("docs/ci/gitlab-ci.yml");
        let job = &pipeline[job];
        let base = job["extends"].as_str().expect("a base");
        self.set(&pipeline[base]["variables"]);
        // the variables of the project in GitLab
        self.bed.env("NATSFORM_USER", user).env("NATSFORM_PASSWORD", password);
        let lines = job["script"].as_array().expect("a script").iter().map(|l| l.as_str().expect("a line"));
        let script = lines.collect::<Vec<_>>().join("\n");
        self.shell(&script)
    }

    /// Lowers a limit under what the stream holds.
    async fn lower(&self) {
        self.raw.publish("orders.created", 5).await;
        let manifest = self.bed.read("manifests/orders.yaml");
        self.bed.file("manifests/orders.yaml", manifest.replace("max_age: 7d", "max_age: 7d\n  max_msgs: 2"));
    }

    /// The token that a comment asks for goes into the document, as docs/ci.md tells.
    fn accept(&self, comment: &str) {
        let token = comment.split("--ack '").nth(1).and_then(|t| t.split('\'').next()).expect("a token");
        let manifest = self.bed.read("manifests/orders.yaml");
        let (head, rest) = manifest.split_once("metadata: {name: ORDERS").expect("the document");
        let accepted = format!("{head}metadata: {{name: ORDERS, lifecycle: {{ack: ['{token}']}}{rest}");
        self.bed.file("manifests/orders.yaml", accepted);
    }

    async fn somebody_changes_it(&self) {
        let mut config = self.raw.stream_config("ORDERS").await.expect("applied");
        config["description"] = json!("mine");
        self.raw.ok("STREAM.UPDATE.ORDERS", config).await;
    }
}

fn yaml(file: &str) -> Value {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a recipe");
    serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The recipes find their comment with jq, which every GitHub runner has.
fn no_jq() -> bool {
    let there = std::process::Command::new("jq").arg("--version").output().is_ok_and(|out| out.status.success());
    if !there {
        eprintln!("!!! SKIPPED: no jq; the recipes of docs/ci/ need it");
    }
    !there
}

fn ends(steps: &[(String, i32)]) -> Vec<(&str, i32)> {
    steps.iter().map(|(name, code)| (name.as_str(), *code)).collect()
}

const WORKFLOW: &str = "docs/ci/github-actions.yml";
const PLAN_MARKER: &str = "<!-- natsform:plan project=quickstart environment=prod -->\n";
const DRIFT_MARKER: &str = "<!-- natsform:drift project=quickstart environment=prod -->\n";

/// Two pages of comments: somebody else's that begins as ours does, one of another project, and ours.
fn comments() -> String {
    let bot = json!({"login": "github-actions[bot]"});
    let forged = json!({"id": 40, "user": {"login": "mallory"}, "body": format!("{PLAN_MARKER}all is well")});
    let other = json!({"id": 41, "user": bot, "body": "<!-- natsform:plan project=other environment=prod -->\n"});
    let ours = json!({"id": 42, "user": bot, "body": format!("{PLAN_MARKER}an older plan")});
    format!("{}\n{}\n", json!([forged, other]), json!([ours]))
}

#[tokio::test]
async fn recipes_for_github_plan_comment_and_apply() {
    if no_jq() {
        return;
    }
    let mut forge = Forge::new().await;
    let all_well = [("Install", 0), ("Plan", 0), ("Comment", 0), ("Verdict", 0)];
    assert_eq!(ends(&forge.github(WORKFLOW, "plan")), all_well);
    let (calls, body) = forge.calls();
    let list = "api --paginate repos/shop/infra/issues/7/comments?per_page=100";
    assert_eq!(
        calls,
        [list, "api --silent --method POST repos/shop/infra/issues/7/comments --field body=@plan.md"],
        "a first comment"
    );
    assert!(body.starts_with(PLAN_MARKER) && body.contains("Plan: 4 create"), "{body}");
    assert!(forge.bed.read(".forge/GITHUB_STEP_SUMMARY").contains("Plan: 4 create"));
    assert_eq!(serde_json::from_str::<Value>(&forge.bed.read("plan.json")).expect("JSON")["summary"]["create"], 4);

    assert_eq!(ends(&forge.github(WORKFLOW, "apply")), [("Install", 0), ("Apply", 0)]);
    forge.lower().await;
    forge.there(&comments());
    let refused = [("Install", 0), ("Plan", 0), ("Comment", 0), ("Verdict", 3)];
    assert_eq!(ends(&forge.github(WORKFLOW, "plan")), refused);
    let (calls, lossy) = forge.calls();
    let patch = "api --silent --method PATCH repos/shop/infra/issues/comments/42 --field body=@plan.md";
    assert_eq!(calls, [list, patch], "the comment of before");
    assert!(lossy.contains("🔴 apply would be refused: 1 change needs an acknowledgement"), "{lossy}");
    assert_eq!(ends(&forge.github(WORKFLOW, "apply")), [("Install", 0), ("Apply", 3)]);

    forge.accept(&lossy);
    assert_eq!(ends(&forge.github(WORKFLOW, "plan")), all_well);
    assert!(forge.calls().1.contains("as accepted"));
    assert_eq!(ends(&forge.github(WORKFLOW, "apply")), [("Install", 0), ("Apply", 0)]);
    assert_eq!(forge.raw.messages("ORDERS").await, 2);

    forge.bed.file("manifests/orders.yaml", "nonsense: [");
    let broken = [("Install", 0), ("Plan", 0), ("Comment", 0), ("Verdict", 1)];
    assert_eq!(ends(&forge.github(WORKFLOW, "plan")), broken);
    let (calls, body) = forge.calls();
    assert_eq!(calls, [list, patch]);
    assert!(body.starts_with(PLAN_MARKER) && body.contains("it came to no result"), "{body}");
}

#[tokio::test]
async fn recipes_for_github_keep_an_issue_of_drift() {
    if no_jq() {
        return;
    }
    let mut forge = Forge::new().await;
    forge.github(WORKFLOW, "apply");
    let file = "docs/ci/github-drift.yml";
    let list = "api --paginate repos/shop/infra/issues?state=open&per_page=100";
    let ended = |code| [("Install", 0), ("Drift", 0), ("Issue", 0), ("Verdict", code)];
    assert_eq!(ends(&forge.github(file, "drift")), ended(0));
    assert_eq!(forge.calls().0, [list], "nothing to say");

    forge.somebody_changes_it().await;
    assert_eq!(ends(&forge.github(file, "drift")), ended(2));
    let (calls, body) = forge.calls();
    let post = "api --silent --method POST repos/shop/infra/issues --raw-field title=natsform: drift in prod --field body=@drift.md";
    assert_eq!(calls, [list, post]);
    assert!(body.starts_with(DRIFT_MARKER) && body.contains("**CHANGED** `stream/ORDERS`"), "{body}");

    let open = json!([{"number": 3, "user": {"login": "x"}, "body": null},
        {"number": 4, "user": {"login": "github-actions[bot]"}, "body": body}]);
    forge.there(&open.to_string());
    assert_eq!(ends(&forge.github(file, "drift")), ended(2));
    let patch = "api --silent --method PATCH repos/shop/infra/issues/4";
    assert_eq!(forge.calls().0, [list.to_owned(), format!("{patch} --field body=@drift.md")]);

    forge.github(WORKFLOW, "apply");
    assert_eq!(ends(&forge.github(file, "drift")), ended(0));
    let (calls, body) = forge.calls();
    assert_eq!(calls, [list.to_owned(), format!("{patch} --raw-field state=closed --field body=@drift.md")]);
    assert!(body.contains("🟢 no drift"), "{body}");
}

#[tokio::test]
async fn recipes_for_gitlab() {
    if no_jq() {
        return;
    }
    let mut forge = Forge::new().await;
    let notes = "https://gitlab.example/api/v4/projects/5/merge_requests/7/notes";
    let request = |how: &str, where_: &str| {
        let body = "--data-urlencode body@plan.md";
        format!(
            "--fail --silent --show-error --header PRIVATE-TOKEN: token --output /dev/null --request {how} {body} {where_}"
        )
    };
    forge.gitlab("natsform-plan", "reader", "reads").exits(0);
    let (calls, body) = forge.calls();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(calls[2], request("POST", notes));
    assert!(body.starts_with(PLAN_MARKER) && body.contains("Plan: 4 create"), "{body}");
    forge.gitlab("natsform-apply", "writer", "writes").exits(0);
    forge.gitlab("natsform-drift", "reader", "reads").exits(0);
    forge.calls();

    forge.lower().await;
    let note = |id: u64, author: u64| json!({"id": id, "author": {"id": author}, "body": format!("{PLAN_MARKER}old")});
    forge.there(&json!([note(30, 8), note(31, 9)]).to_string());
    forge.gitlab("natsform-plan", "reader", "reads").exits(3);
    let (calls, lossy) = forge.calls();
    assert_eq!(calls[2], request("PUT", &format!("{notes}/31")));
    forge.gitlab("natsform-apply", "writer", "writes").exits(3);
    forge.accept(&lossy);
    forge.gitlab("natsform-plan", "reader", "reads").exits(0);
    forge.gitlab("natsform-apply", "writer", "writes").exits(0);
    forge.somebody_changes_it().await;
    let drift = forge.gitlab("natsform-drift", "reader", "reads").exits(2);
    assert!(drift.stdout.contains("Drift: 1 changed"), "{}", drift.stdout);
}

#[tokio::test]
async fn recipes_for_cron() {
    let mut forge = Forge::new().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci/drift-cron.sh");
    let line = format!("exec '{}' '{}' prod", script.display(), forge.bed.path().display());
    forge.bed.env("NATSFORM_USER", "writer").env("NATSFORM_PASSWORD", "writes");
    forge.bed.run("apply --yes").exits(0);
    let quiet = forge.bed.shell(&line).exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""), "cron mails whatever is said");
    forge.somebody_changes_it().await;
    let told = forge.bed.shell(&line).exits(2).stdout;
    assert!(told.starts_with("natsform: somebody changed prod\n") && told.contains("Drift: 1 changed"), "{told}");
    forge.bed.env("NATSFORM_PASSWORD", "wrong");
    let told = forge.bed.shell(&line).exits(1).stdout;
    assert!(told.starts_with("natsform: the drift of prod could not be told (exit code 1)\n"), "{told}");
}
