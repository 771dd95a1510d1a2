//! What goes into pull requests: whole outputs as Markdown and as annotations, and the same exit codes in every format.

use super::{bed::TestBed, risky};
use crate::support::NatsServer;
use insta::assert_snapshot;

const STREAM: &str = "
apiVersion: natsform/v1
kind: Stream
metadata: {name: A}
spec: {subjects: [a], max_age: 1h}
";

#[tokio::test]
async fn review_of_a_risky_plan() {
    let (_server, _raw, bed) = risky::risky().await;
    assert_snapshot!(bed.run("plan --format markdown"), @r#"
    exit 0
    --- stdout
    <!-- natsform:plan project=p environment=default -->
    ### natsform plan · p · default · 🔴 apply would be refused: 3 changes need an acknowledgement, 1 change is blocked

    - 🔴 **LOSS** NF2003 update `stream/ORDERS` at `m.yaml:5`: 3 messages beyond the newest 2 go at once
    - 🔴 **LOSS** NF2101 replace `consumer/ORDERS/audit` at `m.yaml:5`: 5 pending, 0 unacknowledged messages lose their position
    - 🔴 **LOSS** NF2002 replace `stream/QUEUE` at `m.yaml:14`: 5 messages (230 B) are deleted with the old stream
    - 🔴 **BLOCKED** `stream/OTHER` at `m.yaml:29`: it exists, is not ours and differs: adopt and change it with --adopt always, or make the manifest equal

    To accept: write the token into `metadata.lifecycle.ack` of the object's document, or give it to apply:

    ```sh
    --ack 'NF2003:stream/ORDERS@default:[hash]<=4' \
    --ack 'NF2101:consumer/ORDERS/audit@default:[hash]<=6' \
    --ack 'NF2002:stream/QUEUE@default:[hash]<=6'
    ```

    All of them at once:

    ```sh
    --ack 'LOSS:3:[hash]<=18'
    ```

    **Plan: 1 create · 2 update · 2 replace · 1 adopt · 1 blocked**

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 10 objects

    <details><summary><code>~</code> update, needs an acknowledgement <code>stream/ORDERS</code> <code>m.yaml:4</code></summary>

    ```diff
    - max_msgs 100
    + max_msgs 2
    ```

    </details>

    <details><summary><code>±</code> replace, needs an acknowledgement <code>consumer/ORDERS/audit</code> <code>m.yaml:5</code></summary>

    - `deliver_policy`: nats-server [version] refuses this in place

    ```diff
    - deliver_policy all
    + deliver_policy new
    ```

    </details>

    <details><summary><code>±</code> replace, needs an acknowledgement <code>stream/QUEUE</code> <code>m.yaml:14</code></summary>

    - `retention`: retention cannot change to or from workqueue in place

    ```diff
    - retention limits
    + retention workqueue
    ```

    </details>

    <details><summary><code>+</code> create <code>consumer/CLICKS/report</code> <code>m.yaml:20</code></summary>

    ```diff
    + ack_policy explicit
    ```

    </details>

    <details><summary><code>^</code> adopt <code>stream/THEIRS</code> <code>m.yaml:24</code></summary>

    - it exists and is as declared

    </details>

    <details><summary><code>!</code> update, blocked <code>stream/OTHER</code> <code>m.yaml:29</code></summary>

    ```diff
    - max_msgs -1
    + max_msgs 7
    ```

    </details>

    #### Drift this plan reverts (1)

    <details><summary><code>~</code> update <code>stream/PAYMENTS</code> <code>m.yaml:9</code></summary>

    ```diff
    - max_msgs_per_subject 5
    + max_msgs_per_subject 1
    ```

    </details>

    <details><summary>Prunable: owned, not in the manifests, kept (1)</summary>

    ```text
    consumer/ORDERS/old
    ```

    </details>
    "#);
    assert_snapshot!(bed.run("plan --format github"), @"
    exit 0
    --- stdout
    ::error file=m.yaml,line=5,col=30,title=LOSS NF2003 stream/ORDERS::3 messages beyond the newest 2 go at once%0A--ack 'NF2003:stream/ORDERS@default:[hash]<=4'
    ::error file=m.yaml,line=5,col=55,title=LOSS NF2101 consumer/ORDERS/audit::5 pending, 0 unacknowledged messages lose their position%0A--ack 'NF2101:consumer/ORDERS/audit@default:[hash]<=6'
    ::error file=m.yaml,line=14,col=18,title=LOSS NF2002 stream/QUEUE::5 messages (230 B) are deleted with the old stream%0A--ack 'NF2002:stream/QUEUE@default:[hash]<=6'
    ::error file=m.yaml,line=29,col=18,title=BLOCKED stream/OTHER::it exists, is not ours and differs: adopt and change it with --adopt always, or make the manifest equal
    ::warning file=m.yaml,line=9,col=18,title=drift stream/PAYMENTS::somebody changed `max_msgs_per_subject`; this plan reverts it
    ::notice title=natsform default::Plan: 1 create · 2 update · 2 replace · 1 adopt · 1 blocked
    ");
    assert_snapshot!(bed.run("drift --format markdown"), @"
    exit 2
    --- stdout
    <!-- natsform:drift project=p environment=default -->
    ### natsform drift · p · default · 🔴 drift: 1 changed

    - 🔴 **CHANGED** `stream/PAYMENTS`: 1 field

    declared 8 of 9 objects, 88 %

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 10 objects

    #### Changed outside, as a plan would revert it

    <details><summary><code>~</code> update <code>stream/PAYMENTS</code> <code>m.yaml:9</code></summary>

    ```diff
    - max_msgs_per_subject 5
    + max_msgs_per_subject 1
    ```

    </details>

    <details><summary>Unowned: live, and nobody's (2)</summary>

    ```text
    stream/OTHER
    stream/THEIRS
    ```

    </details>
    ");
    assert_snapshot!(bed.run("drift --format github"), @"
    exit 2
    --- stdout
    ::warning file=m.yaml,line=9,col=18,title=drift stream/PAYMENTS::somebody changed `max_msgs_per_subject`
    ::notice title=natsform default::Drift: 1 changed
    ");
}

#[tokio::test]
async fn review_of_nothing_and_of_what_cannot_be_read() {
    let server = NatsServer::start("2.15");
    let bed = TestBed::project(&server, STREAM);
    bed.run("apply --yes").exits(0);
    assert_snapshot!(bed.run("plan --format markdown"), @"
    exit 0
    --- stdout
    <!-- natsform:plan project=p environment=default -->
    ### natsform plan · p · default · 🟢 no changes

    **No changes.**

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 2 objects
    ");
    assert_snapshot!(bed.run("plan --format github"), @"
    exit 0
    --- stdout
    ::notice title=natsform default::No changes.
    ");
    assert_snapshot!(bed.run("drift --format markdown"), @"
    exit 0
    --- stdout
    <!-- natsform:drift project=p environment=default -->
    ### natsform drift · p · default · 🟢 no drift

    declared 1 of 1 objects, 100 %

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 2 objects
    ");

    let (_server, _raw, mut bed) = risky::risky().await;
    bed.env("NATSFORM_USER", "few").env("NATSFORM_PASSWORD", "few");
    let some = "-t consumer/CLICKS/* -t stream/THEIRS";
    assert_snapshot!(bed.run(&format!("plan {some} --format markdown")), @"
    exit 7
    --- stdout
    <!-- natsform:plan project=p environment=default -->
    ### natsform plan · p · default · 🟡 incomplete: 2 objects could not be read; 1 change in the rest

    - 🟡 **UNKNOWN** `consumer/CLICKS/known`, `consumer/CLICKS/report`: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`

    **Plan: 1 adopt · 2 unknown**

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 9 objects

    <details><summary><code>^</code> adopt <code>stream/THEIRS</code> <code>m.yaml:24</code></summary>

    - it exists and is as declared

    </details>

    - note: consumers of stream/CLICKS in account default: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ");
    assert_snapshot!(bed.run(&format!("plan {some} --format github")), @"
    exit 7
    --- stdout
    ::error file=m.yaml,line=20,col=42,title=UNKNOWN consumer/CLICKS/known::not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ::error file=m.yaml,line=20,col=73,title=UNKNOWN consumer/CLICKS/report::not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ::notice title=natsform default::Plan: 1 adopt · 2 unknown
    ::notice title=natsform::consumers of stream/CLICKS in account default: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ");
    assert_snapshot!(bed.run(&format!("drift {some} --format markdown")), @"
    exit 7
    --- stdout
    <!-- natsform:drift project=p environment=default -->
    ### natsform drift · p · default · 🟡 incomplete: 2 objects could not be read; no drift in the rest

    - 🟡 **UNKNOWN** `consumer/CLICKS/known`: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    - 🟡 **UNKNOWN** `consumer/CLICKS/report`: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`

    declared 7 of 8 objects, 87 %

    `nats://127.0.0.1:[port] · account default · nats-server [version]` · 9 objects

    <details><summary>Unowned: live, and nobody's (2)</summary>

    ```text
    stream/OTHER
    stream/THEIRS
    ```

    </details>

    - note: consumers of stream/CLICKS in account default: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ");
    assert_snapshot!(bed.run(&format!("drift {some} --format github")), @"
    exit 7
    --- stdout
    ::error title=unknown consumer/CLICKS/known::not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ::error title=unknown consumer/CLICKS/report::not readable: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ::notice title=natsform default::Drift: 2 unknown
    ::notice title=natsform::consumers of stream/CLICKS in account default: permission denied for `$JS.API.CONSUMER.LIST.CLICKS`
    ");
}

/// A run that fails replaces the comment of the one before, and its problems stand at their lines.
#[test]
fn review_of_a_run_without_a_result() {
    let bed = TestBed::new();
    bed.file("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: shop}\n");
    bed.file("m/a,b.yaml", STREAM.replace("1h", "soon"));
    assert_snapshot!(bed.run("plan --format markdown"), @"
    exit 1
    --- stdout
    <!-- natsform:plan project=shop environment=default -->
    ### natsform plan · shop · default · 🔴 it came to no result: 1 error

    #### Problems

    - **error** NF0012 `m/a,b.yaml:5`: expected a number, found `s`<br>help: write a duration as `30s`, `1h30m` or `7d`
    --- stderr
    m/a,b.yaml:5:32: error[NF0012]: expected a number, found `s`
      help: write a duration as `30s`, `1h30m` or `7d`
    1 error
    ");
    assert_snapshot!(bed.run("plan --format github"), @"
    exit 1
    --- stdout
    ::error file=m/a%2Cb.yaml,line=5,col=32,title=NF0012::expected a number, found `s`%0Ahelp: write a duration as `30s`, `1h30m` or `7d`
    ");
    assert_snapshot!(bed.run("validate --format github"), @"
    exit 1
    --- stdout
    ::error file=m/a%2Cb.yaml,line=5,col=32,title=NF0012::expected a number, found `s`%0Ahelp: write a duration as `30s`, `1h30m` or `7d`
    ");
    assert_snapshot!(bed.run("drift --format markdown -e nope"), @"
    exit 1
    --- stdout
    <!-- natsform:drift project=shop environment=nope -->
    ### natsform drift · shop · nope · 🔴 it came to no result: 1 error

    #### Problems

    - **error** NF0012 `m/a,b.yaml:5`: expected a number, found `s`<br>help: write a duration as `30s`, `1h30m` or `7d`
    --- stderr
    m/a,b.yaml:5:32: error[NF0012]: expected a number, found `s`
      help: write a duration as `30s`, `1h30m` or `7d`
    1 error
    ");
}

#[test]
fn review_names_files_as_the_repository_does() {
    let mut bed = TestBed::new();
    bed.file("deploy/natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: shop}\n");
    bed.file("deploy/m.yaml", STREAM.replace("1h", "soon"));
    let workspace = bed.path().display().to_string();
    for (root, file) in [("", "m.yaml"), (workspace.as_str(), "deploy/m.yaml"), ("/nowhere", "m.yaml")] {
        bed.env("GITHUB_WORKSPACE", root);
        let said = bed.run("-C deploy validate --format github").exits(1).stdout;
        assert!(said.starts_with(&format!("::error file={file},line=")), "{root}: {said}");
    }
}

#[tokio::test]
async fn review_ends_as_the_text_does() {
    let (_server, _raw, bed) = risky::risky().await;
    let flags =
        ["", "--detailed-exitcode", "--fail-on loss", "--fail-on policy", "-t stream/PAYMENTS", "-t stream/NOPE"];
    for line in
        flags.map(|f| format!("plan {f}")).into_iter().chain(["drift".into(), "validate".into(), "plan -e x".into()])
    {
        let plain = bed.run(&line);
        for format in ["json", "markdown", "github"].into_iter().filter(|f| line != "validate" || *f != "markdown") {
            let ran = bed.run(&format!("{line} --format {format} --json-out .out.json"));
            assert_eq!(ran.exit, plain.exit, "{line} as {format}: {}", ran.stderr);
            let json = bed.run(&format!("{line} --format json"));
            assert_eq!(bed.read(".out.json"), json.stdout, "{line} as {format}");
        }
    }
}

#[test]
fn review_is_for_what_is_reviewed() {
    let bed = TestBed::new();
    for line in
        ["apply --format markdown", "apply --format github", "unlock --format markdown", "validate --format markdown"]
    {
        let ran = bed.run(line).exits(1);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("possible values: text, json"), "{line}: {}", ran.stderr);
    }
}
