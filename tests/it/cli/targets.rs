//! Connections of systems that are read over HTTP: what cannot even be tried is said with its place, and nothing is sent.

use super::bed::TestBed;
use crate::support::http::{Answer, Stub};
use insta::assert_snapshot;

const STREAM: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n";

/// A project without NATS whose environment says this of Prometheus.
fn bed(prometheus: &str) -> TestBed {
    let bed = TestBed::new();
    let head = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  manifests: [m.yaml]\n  environments:\n    e:\n";
    bed.file("natsform.yaml", format!("{head}      prometheus:\n{prometheus}"));
    bed.file("m.yaml", STREAM);
    bed
}

#[test]
fn what_cannot_be_used_is_named_with_its_place() {
    let mut bed = bed("        main:
          url: http://127.0.0.1:1
          tls: {ca: ca.pem}
        login:
          url: http://127.0.0.1:1
          user: bob
          password: {env: NOT_THERE}
        address: {url: 'http://[::1'}
        header:
          url: http://127.0.0.1:1
          headers: {'X Y': a}
        secret:
          urls: [http://127.0.0.1:1, http://127.0.0.1:2]
          headers: {X-Token: {command: [echo, canary]}}
");
    assert_snapshot!(bed.run("plan"), @"
    exit 1
    --- stderr
    natsform.yaml:11:21: error[NF0208]: prometheus.main.tls.ca: `[dir]/ca.pem`: No such file or directory (os error 2)
    natsform.yaml:15:22: error[NF0208]: prometheus.login.password: the environment variable `NOT_THERE` is not set
    natsform.yaml:16:24: error[NF0208]: prometheus.address.url: it is no URL: invalid IPv6 address
    natsform.yaml:19:21: error[NF0208]: prometheus.header.headers.X Y: it is no name of a header
    natsform.yaml:22:21: error[NF0208]: prometheus.secret.headers.X-Token: commands are not allowed: pass `--allow-commands`
    5 errors
    ");
    bed.env("NOT_THERE", "canary");
    assert!(!bed.run("plan").exits(1).to_string().contains("login"));
    // secrets and files are of the run that connects
    bed.run("validate").exits(0);
}

#[test]
fn secrets_do_not_show() {
    let bed = bed("        url: http://bob:p-canary@127.0.0.1:1
        token: t-canary
        headers: {X-Api-Key: k-canary, X-Other: {fil: f-canary}}
        proxy: http://bob:x-canary@127.0.0.1:1
");
    let ran = bed.run("plan").exits(1);
    assert!(!ran.to_string().contains("canary"), "{ran}");
    assert_eq!(ran.stderr.matches("NF0120").count(), 4, "{ran}");
}

#[test]
fn opening_a_connection_sends_nothing() {
    let stub = Stub::with(Answer::ok("application/json", "{}"));
    let bed = bed(&format!("        url: {}\n        rules: {{directory: nowhere}}\n", stub.url()));
    bed.run("validate").exits(0);
    assert!(stub.heard().is_empty(), "{:?}", stub.heard());
}

/// A changed `url:` in the repository must not collect the password that the file brings.
#[test]
fn an_environment_file_replaces_every_connection() {
    let bed = bed("        url: http://repository.invalid:9090\n        expect: {version: '3.5'}\n");
    bed.file("outside/e.yaml", "nats: {url: 'nats://127.0.0.1:1'}\n");
    assert_snapshot!(bed.run("plan --environment-file outside/e.yaml"), @"
    exit 1
    --- stderr
    outside/e.yaml:1:1: error[NF0013]: the environment file has no `prometheus`
      help: without it the connection of the repository would be used: write `prometheus:` into the file
    1 error
    ");
    bed.file("outside/e.yaml", "prometheus: {url: http://127.0.0.1:1, tls: {ca: none.pem}}\n");
    let ran = bed.run("plan --environment-file outside/e.yaml").exits(1);
    assert!(ran.stderr.contains("outside/e.yaml:1:49: error[NF0208]: prometheus.main.tls.ca: "), "{ran}");
}
