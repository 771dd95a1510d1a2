//! What a project file may say of a target, and where each mistake is reported.

use super::*;
use crate::{
    diag::Report,
    manifest::{connect, environment::Environment, variables::Scope},
    yaml::{Budgets, load},
};
use std::{path::Path, sync::Arc};

/// Reads `prometheus:` of an environment; the problems as `line:column code message | help`.
fn read(text: &str) -> (Environment, Vec<String>) {
    let mut report = Report::default();
    let loaded = load(text.as_bytes(), &Budgets::default());
    let text: Arc<str> = text.into();
    let source = report.add_source("natsform.yaml", text.clone());
    let mut faults = Faults::new(&mut report, source, &text);
    let scope = Scope::new(&[], None, None, ("p", "e"), &mut faults);
    let mut around = Around { dir: Path::new("/p"), within: vec!["/p".into()], scope: &scope, plaintext: false };
    let environment = connect::environment(&loaded.documents[0], "e", &mut around, &mut faults);
    report.sort();
    let line = |p: &crate::diag::Problem| {
        let at = p.at.as_ref().map(|at| report.place(at.source, at.span.start));
        let place = at.map_or_else(String::new, |at| format!("{}:{}", at.line, at.column));
        let help = if p.help.is_empty() { String::new() } else { format!(" | {}", p.help.join(" / ")) };
        format!("{place} {} {}{help}", p.code, p.message)
    };
    let problems = report.problems().iter().map(line).collect();
    (environment, problems)
}

fn problems(text: &str) -> Vec<String> {
    read(&format!("prometheus: {text}\n")).1
}

#[test]
fn a_bare_mapping_is_the_connection_main() {
    let (environment, problems) = read(
        "prometheus:
  urls: [http://a:9090/, https://b/prom]
  user: bob
  password: {env: P}
  headers: {X-Scope-OrgID: tenant-1, X-Token: {file: t}}
  tls: {ca: ca.pem, cert: c.pem, key: /k.pem}
  proxy: http://proxy:3128
  timeout: 20s
  max_response: 10MiB
  rules: {directory: rules.d, server_directory: /etc/prometheus/rules.d}
  scrape: {render: ../out}
  expect: {scrape_interval: 30s, retention: 30d, version: '>=2.42'}
",
    );
    assert_eq!(problems, ["11:12 NF0157 `scrape` is not acted on by this version | nothing is written there"]);
    let main = &environment.targets["prometheus"]["main"];
    assert_eq!(main.urls, ["http://a:9090", "https://b/prom"]);
    assert_eq!((main.user.as_deref(), &main.password), (Some("bob"), &Some(SecretRef::Env("P".into()))));
    let literal = SecretRef::Literal("tenant-1".into());
    let file = SecretRef::File { path: "/p/t".into(), within: vec!["/p".into()] };
    assert_eq!(main.headers, [("X-Scope-OrgID".into(), literal), ("X-Token".into(), file)]);
    let tls =
        Tls { ca: Some("/p/ca.pem".into()), cert: Some("/p/c.pem".into()), key: Some("/k.pem".into()), first: false };
    assert_eq!(main.tls, tls);
    assert_eq!((main.timeout, main.max_response), (Some(20_000_000_000), Some(10 << 20)));
    assert_eq!(main.files["rules"].delivery, Delivery::Directory("/p/rules.d".into()));
    assert_eq!(main.files["rules"].server_directory.as_deref(), Some("/etc/prometheus/rules.d"));
    assert_eq!(main.files["scrape"].delivery, Delivery::Render("/out".into()));
    assert_eq!(main.expect.retention, Some(30 * 86_400_000_000_000));
    let place = |field: &str| main.place(field).map(|(_, span)| span.start);
    assert!(place("url.1") > place("url.0") && place("tls.ca") < place("proxy") && place("nothing") == place(""));
}

#[test]
fn several_connections_have_names() {
    let (environment, problems) = read(
        "prometheus:
  main: {url: http://a:9090}
  edge:
    url: http://b:9090
    rules:
      command:
        list: [ssh, edge, ls, rules]
        get: [ssh, edge, cat, 'rules/{name}']
        put: [ssh, edge, tee, 'rules/{name}']
        delete: [ssh, edge, rm, 'rules/{name}']
",
    );
    assert_eq!(problems, [""; 0]);
    assert_eq!(environment.targets["prometheus"].keys().collect::<Vec<_>>(), ["edge", "main"]);
    let Delivery::Command(commands) = &environment.targets["prometheus"]["edge"].files["rules"].delivery else {
        panic!("commands")
    };
    assert_eq!(commands.put, ["ssh", "edge", "tee", "rules/{name}"]);
    assert!(read("prune: never\n").0.targets.is_empty());
}

#[test]
fn each_mistake_has_its_place() {
    let missing = "NF0013 `url` is missing in a connection | write `url: http://HOST:PORT`";
    let no_url = "is no URL of HTTP | write `http://HOST:PORT` or `https://HOST/PREFIX`";
    let one_place = "NF0116 files go to one place | write one of `{directory: path}`, `{command: {list, get, put, delete}}` and `{render: path}`";
    for (text, wanted) in [
        ("{}", vec![format!("1:13 {missing}")]),
        ("{main: {}}", vec![format!("1:20 {missing}")]),
        ("http://a", vec!["1:13 NF0012 expected a connection, a mapping, found `http://a`".into()]),
        ("{ulr: http://a}", vec!["1:14 NF0011 unknown key `ulr` in a connection | did you mean `url`?".into()]),
        ("{url: a:9090}", vec![format!("1:19 NF0012 `a:9090` {no_url}")]),
        ("{url: 'http://:9090'}", vec![format!("1:19 NF0012 `http://:9090` {no_url}")]),
        ("{url: ftp://a}", vec![format!("1:19 NF0012 `ftp://a` {no_url}")]),
        ("{url: http://a/?x=1}", vec!["1:28 NF0012 a base URL has no query and no fragment".into()]),
        ("{urls: [http://a, http://a/]}", vec!["1:31 NF0012 the same URL twice".into()]),
        ("{url: http://a, urls: [http://b]}", vec!["1:36 NF0116 give one of `url` and `urls`".into()]),
        (
            "{url: http://a, tls: {insecure: true}}",
            vec!["1:35 NF0011 unknown key `insecure` in TLS settings | known keys: ca, cert, key".into()],
        ),
        ("{url: http://a, tls: {cert: x}}", vec!["1:35 NF0013 `cert` and `key` go together".into()]),
        ("{url: http://a, user: x}", vec!["1:35 NF0013 `user` and `password` go together".into()]),
        (
            "{url: http://a, user: x, password: {env: P}, token: {env: T}}",
            vec!["1:66 NF0116 give one of `user` and `token`".into()],
        ),
        (
            "{url: http://a, token: {env: T}, headers: {Authorization: {env: A}}}",
            vec!["1:56 NF0116 a login is given already: `user` or `token`".into()],
        ),
        ("{url: http://a, timeout: 0s}", vec!["1:38 NF0012 expected more than nothing".into()]),
        ("{url: http://a, rules: {directory: a, render: b}}", vec![format!("1:37 {one_place}")]),
        ("{url: http://a, rules: {}}", vec![format!("1:36 {one_place}")]),
        (
            "{url: http://a, rules: {directry: a}}",
            vec!["1:37 NF0011 unknown key `directry` in a place for files | did you mean `directory`?".into()],
        ),
        (
            "{url: http://a, rules: {command: {list: [ls], get: [cat, '{name}'], put: [tee, x]}}}",
            vec![
                "1:47 NF0013 `delete` is missing in commands".into(),
                "1:87 NF0012 `{name}` is missing in the command `put` | write it where the file's name belongs".into(),
            ],
        ),
        (
            "{url: http://a, expect: {version: new}}",
            vec!["1:47 NF0012 `new` is no version | write a version such as `2.12` or a bound such as `\">=2.11\"`".into()],
        ),
        (
            "{'a b': {url: http://a}}",
            vec!["1:14 NF0115 `a b` cannot be an id | use at most 64 letters, digits, `.`, `_` and `-`; `metadata.id` may differ from the name".into()],
        ),
    ] {
        assert_eq!(problems(text), wanted, "{text}");
    }
}

#[test]
fn literal_secrets_are_refused_everywhere() {
    for text in [
        "{url: 'http://bob:canary@a'}",
        "{url: http://a, proxy: 'http://bob:canary@p:1'}",
        "{url: http://a, user: bob, password: canary}",
        "{url: http://a, token: canary}",
        "{url: http://a, headers: {Authorization: Basic canary}}",
        "{url: http://a, headers: {X-Api-Key: canary}}",
    ] {
        let found = problems(text);
        assert!(found.len() == 1 && found[0].contains("NF0120") && !found[0].contains("canary"), "{found:?}");
    }
}

#[test]
fn bad_input_never_panics() {
    for text in [
        "[]",
        "[{url: x}]",
        "{url: {}}",
        "{urls: {a: b}}",
        "{url: http://a, headers: [1]}",
        "{main: [x]}",
        "~",
        "''",
        "{? [a] : {}}",
    ] {
        let _ = problems(text);
    }
}

#[test]
fn the_documentation_is_right() {
    let page = include_str!("../../../docs/connections.md");
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let problems = read(block).1.into_iter().filter(|problem| !problem.contains("NF0157"));
        assert_eq!(problems.collect::<Vec<_>>(), [""; 0], "{block}");
    }
    for key in KEYS {
        assert!(page.contains(&format!("{key}:")), "`{key}` is not in docs/connections.md");
    }
}
