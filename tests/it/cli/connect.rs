//! Ways to a server: flags, variables, contexts, several servers, several accounts, secrets by reference.

use super::bed::TestBed;
use crate::support::{NatsServer, RawClient};
use insta::assert_snapshot;
use serde_json::json;

const STREAM: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n";
const HEAD: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n";

const USER: &str = "authorization { user: app, password: \"pw-CANARY\" }";

const ACCOUNTS: &str = r#"
    accounts {
        APP { jetstream: enabled, users: [{ user: app, password: "app-CANARY" }] }
        WEB { jetstream: enabled, users: [{ user: web, password: "web-CANARY" }] }
    }
    jetstream { store_dir: "@DIR@/store", max_mem: 1G, max_file: 10G }
"#;

/// An address where nobody listens.
fn dead() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("nats://{}", listener.local_addr().expect("an address"))
}

#[test]
fn connect_in_quick_mode_by_the_variables_of_nats() {
    let server = NatsServer::start_with("2.15", USER);
    let mut bed = TestBed::on(&server);
    bed.env("NATSFORM_SERVER", "").file("m.yaml", STREAM);
    bed.env("NATS_URL", server.url()).env("NATS_USER", "app").env("NATS_PASSWORD", "pw-CANARY");
    assert_snapshot!(bed.run("plan -f m.yaml --project shop"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A                      subjects [a]                                              m.yaml:3

    Plan: 2 create
    ");
    bed.env("NATS_PASSWORD", "wrong-CANARY");
    assert_snapshot!(bed.run("plan -f m.yaml"), @"
    exit 1
    --- stderr
    error[NF0203]: account default: 127.0.0.1:[port] refused user `app` with a password: authorization violation
      help: check --creds, --nkey, --user and --password, --token or --context
    1 error
    ");
    bed.run("plan -f m.yaml --password pw-CANARY").exits(0);
    let with_user = server.url().replace("//", "//app:pw-CANARY@");
    bed.env("NATS_URL", &with_user).env("NATS_USER", "").env("NATS_PASSWORD", "");
    let ran = bed.run("plan -f m.yaml").exits(0);
    assert!(!ran.stdout.contains("CANARY") && !ran.stderr.contains("CANARY"), "{ran}");
    // a project file is not overridden by what the nats command line uses
    bed.file("natsform.yaml", format!("{HEAD}  environments: {{e: {{nats: {{url: \"{}\"}}}}}}\n", dead()));
    bed.run("plan --timeout 1s").exits(1);
}

#[test]
fn connect_by_a_context_of_nats() {
    let server = NatsServer::start_with("2.15", USER);
    let mut bed = TestBed::on(&server);
    let context = json!({"url": server.url(), "user": "app", "password": "pw-CANARY"}).to_string();
    bed.env("NATSFORM_SERVER", "").file("config/nats/context/local.json", context);
    let config = bed.path().join("config").display().to_string();
    bed.env("XDG_CONFIG_HOME", &config).env("NATS_CONTEXT", "local").file("m.yaml", STREAM);
    bed.run("plan -f m.yaml").exits(0);
    bed.env("NATS_CONTEXT", "");
    bed.run("plan -f m.yaml --context local").exits(0);
    assert_snapshot!(bed.run("plan -f m.yaml --context nope"), @"
    exit 1
    --- stderr
    error[NF0201]: find context `nope` in [dir]/config/nats/context: there are local
    1 error
    ");
    bed.file("config/nats/context.txt", "local\n");
    bed.run("plan -f m.yaml").exits(0);
    bed.file(
        "natsform.yaml",
        format!("{HEAD}  manifests: [m.yaml]\n  environments: {{e: {{nats: {{context: local}}}}}}\n"),
    );
    bed.run("plan").exits(0);
}

#[test]
fn connect_to_the_first_server_that_answers() {
    let server = NatsServer::start("2.15");
    let mut bed = TestBed::project(&server, STREAM);
    let both = format!("{},{}", dead(), server.url());
    bed.env("NATSFORM_SERVER", &both);
    bed.run("apply --yes").exits(0);
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

    No changes.
    ");
    let gone = dead();
    let port = gone.rsplit(':').next().expect("a port").to_owned();
    bed.env("NATSFORM_SERVER", &gone).name(&port, "[dead]");
    assert_snapshot!(bed.run("plan --timeout 2s"), @"
    exit 1
    --- stderr
    error[NF0203]: account default: cannot reach a NATS server at 127.0.0.1:[dead]: connection refused
      help: check the address (--server, NATS_URL, --context) and that the server runs
    1 error
    ");
    assert_snapshot!(bed.run("plan --timeout 2s --format json"), @r#"
    exit 1
    --- stdout
    {
      "format_version": "1.0",
      "complete": false,
      "summary": {
        "create": 0,
        "update": 0,
        "replace": 0,
        "delete": 0,
        "adopt": 0,
        "forget": 0,
        "blocked": 0,
        "unknown": 0
      },
      "changes": [],
      "drift": [],
      "prunable": [],
      "expectations": [],
      "ack": null,
      "refusals": [],
      "notes": [],
      "diagnostics": [
        {
          "code": "NF0203",
          "severity": "error",
          "message": "account default: cannot reach a NATS server at 127.0.0.1:[dead]: connection refused",
          "help": "check the address (--server, NATS_URL, --context) and that the server runs"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn connect_to_several_accounts() {
    let server = NatsServer::start_with("2.15", ACCOUNTS);
    let web = RawClient::connect_as(server.url(), "web", "web-CANARY").await;
    web.ok("STREAM.CREATE.STRAY", json!({"name": "STRAY", "subjects": ["stray"]})).await;
    let mut bed = TestBed::on(&server);
    bed.env("APP_PASSWORD", "app-CANARY");
    bed.file("secrets/web", "web-CANARY\n");
    let accounts = "{APP: {user: app, password: [{env: OLD_PASSWORD}, {env: APP_PASSWORD}]}, WEB: {user: web, password: {file: secrets/web}}}";
    bed.file(
        "natsform.yaml",
        format!(
            "{HEAD}  manifests: [m.yaml]\n  environments: {{e: {{nats: {{account: APP, accounts: {accounts}}}}}}}\n"
        ),
    );
    let web_stream = STREAM
        .replace("name: A", "name: A, account: WEB")
        .replace("subjects: [a]", "subjects: [a], consumers: {c: {}}");
    bed.file("m.yaml", format!("{STREAM}---\n{web_stream}"));
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    e · 1 object
      nats://127.0.0.1:[port] · account APP · nats-server [version]
      nats://127.0.0.1:[port] · account WEB · nats-server [version]

      + kv/NATSFORM@APP               num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A@APP                  subjects [a]                                              m.yaml:3
      + stream/A@WEB                  subjects [a]                                              m.yaml:8
      + consumer/A/c@WEB                                                                        m.yaml:9

    Plan: 4 create
    ");
    let ran = bed.run("apply --yes").exits(0);
    assert!(!ran.to_string().contains("CANARY"));
    assert_snapshot!(bed.run("drift"), @"
    exit 0
    --- stdout
    e · 5 objects
      nats://127.0.0.1:[port] · account APP · nats-server [version]
      nats://127.0.0.1:[port] · account WEB · nats-server [version]

    Unowned: live, and nobody's (1)
        stream/STRAY@WEB

    declared 3 of 4 objects, 75 %
    No drift.
    ");
    let plan = bed.run("destroy --yes -t stream/A@WEB --format json").exits(0).json();
    assert_eq!(plan["steps"][0]["address"], "stream/A@WEB");
    assert_snapshot!(bed.run("plan -t stream/A"), @"
    exit 0
    --- stdout
    e · 3 objects
      nats://127.0.0.1:[port] · account APP · nats-server [version]
      nats://127.0.0.1:[port] · account WEB · nats-server [version]

      + stream/A@WEB                  subjects [a]                                              m.yaml:8

    Plan: 1 create
    ");
    bed.env("APP_PASSWORD", "wrong-CANARY");
    assert_snapshot!(bed.run("plan"), @"
    exit 1
    --- stderr
    error[NF0203]: account APP: 127.0.0.1:[port] refused user `app` with a password: authorization violation
      help: check --creds, --nkey, --user and --password, --token or --context
    1 error
    ");
    bed.env("APP_PASSWORD", "").env("OLD_PASSWORD", "");
    assert_snapshot!(bed.run("plan"), @"
    exit 1
    --- stderr
    error[NF0202]: account APP: the environment variable `OLD_PASSWORD` is not set; the environment variable `APP_PASSWORD` is not set
    1 error
    ");
}

#[test]
fn connect_with_a_secret_that_a_command_prints() {
    let server = NatsServer::start_with("2.15", USER);
    let mut bed = TestBed::on(&server);
    let login = |secret: &str| {
        format!(
            "{HEAD}  manifests: [m.yaml]\n  environments: {{e: {{nats: {{accounts: {{A: {{user: app, password: {secret}}}}}}}}}}}\n"
        )
    };
    bed.file("m.yaml", STREAM);
    bed.file("natsform.yaml", login("{command: [sh, -c, 'touch ran; echo pw-CANARY']}"));
    assert_snapshot!(bed.run("plan"), @"
    exit 1
    --- stderr
    error[NF0202]: account A: commands are not allowed: pass `--allow-commands`
    1 error
    ");
    for command in ["validate", "render"] {
        bed.run(command).exits(0);
    }
    assert!(!bed.path().join("ran").exists(), "a command ran that nobody allowed");
    bed.run("plan --allow-commands").exits(0);
    assert!(bed.path().join("ran").exists());
    bed.env("NATSFORM_ALLOW_COMMANDS", "1");
    bed.run("plan").exits(0);
    bed.file("natsform.yaml", login("{command: [sh, -c, 'echo no-CANARY >&2; exit 3']}"));
    assert!(!bed.run("plan").exits(1).stdout.contains("CANARY"));
    bed.file("natsform.yaml", login("{file: ../outside}"));
    assert_snapshot!(bed.run("plan"), @"
    exit 1
    --- stderr
    error[NF0202]: account A: `[tmp]` lies outside the project directory: give its directory with `--secret-dir`
    1 error
    ");
}

#[test]
fn connect_and_prune_needs_a_project_in_quick_mode() {
    let server = NatsServer::start("2.15");
    let mut bed = TestBed::on(&server);
    bed.file("m.yaml", STREAM);
    assert_snapshot!(bed.run("plan -f m.yaml --prune delete"), @"
    exit 1
    --- stderr
    error[NF0156]: `--prune delete` without a project file needs `--project ID`
      help: the id says whose objects are deleted: give the one that they were applied with
    1 error
    ");
    for command in ["apply --yes", "drift", "destroy --yes"] {
        bed.run(&format!("{command} -f m.yaml --prune delete")).exits(1);
    }
    bed.run("apply --yes -f m.yaml --prune delete --project shop").exits(0);
    bed.env("NATSFORM_PROJECT", "shop").file("m.yaml", STREAM.replace("name: A", "name: B").replace("[a]", "[b]"));
    assert_snapshot!(bed.run("plan -f m.yaml --prune delete"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 2 objects

      - stream/A                      not in the manifests any more
        NOTE NF2001  the stream is empty: only its configuration goes
      + stream/B                      subjects [b]                                              m.yaml:3

    Plan: 1 create · 1 delete
    ");
}

#[test]
fn connect_only_to_the_expected_cluster() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAM);
    assert_snapshot!(bed.run("apply --yes --expect-cluster C1"), @"
    exit 3
    --- stderr
    error[NF0204]: expected cluster `C1`, found a server without a cluster at 127.0.0.1:[port]
      help: nothing was read or written
    1 error
    ");
    bed.file("natsform.yaml", format!("{HEAD}  environments: {{e: {{nats: {{expect: {{cluster: C1}}}}}}}}\n"));
    bed.run("plan").exits(3);
    let expect = "expect: {servers: 3, version: \">=2.99\", jetstream: {max_storage: 1TiB}}";
    bed.file("natsform.yaml", format!("{HEAD}  environments: {{e: {{nats: {{{expect}}}}}}}\n"));
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    e · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

    Expected otherwise (1)
      ! nats.expect.version  wanted >=2.99, found [version]                                 natsform.yaml:5

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A                      subjects [a]                                              m.yaml:3

    note: not checked, it needs the system account: expect servers, max_storage

    Plan: 2 create
    ");
    bed.run("drift").exits(2);
}

#[test]
fn connect_for_what_this_version_plans_and_say_what_it_skips() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAM);
    bed.file("kv.yaml", "apiVersion: natsform/v1\nkind: KeyValue\nmetadata: {name: CONFIG}\n");
    bed.file("nack.yaml", "apiVersion: jetstream.nats.io/v1beta2\nkind: Stream\nmetadata: {name: N}\n");
    assert_snapshot!(bed.run("plan"), @"
    exit 0
    --- stdout
    default · nats://127.0.0.1:[port] · account default · nats-server [version] · 0 objects

      + kv/NATSFORM                   num_replicas 1  max_bytes 16MiB  storage file
          (natsform's own memory of what this project owns)
      + stream/A                      subjects [a]                                              m.yaml:3

    note: 1 document of `KeyValue` skipped: this version of natsform does not plan them yet
    note: 1 document of `NACK` skipped: this version of natsform does not read them yet

    Plan: 2 create
    ");
    assert_snapshot!(bed.run("plan --all-systems"), @"
    exit 1
    --- stderr
    kv.yaml:1:1: error[NF0114]: a document of `KeyValue` is not planned: this version of natsform does not plan them yet
      help: without `--all-systems` it is skipped
    nack.yaml:1:1: error[NF0114]: a document of `NACK` is not planned: this version of natsform does not read them yet
      help: without `--all-systems` it is skipped
    2 errors
    ");
}
