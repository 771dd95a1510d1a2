//! Whole runs over files in memory: what is read, what is reported, and where.

use super::{fake::Tree, *};
use crate::{
    diag::Report,
    model::{Address, Path, Prune, Resource, json},
};
use std::path::PathBuf;

const PROJECT: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: shop}\n";
const STREAM: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: ORDERS}\nspec: {subjects: [orders.>]}\n";

struct Run {
    loaded: Option<Loaded>,
    report: Report,
}

fn env(name: &str) -> Option<String> {
    (name == "BUILD").then(|| "77".to_owned())
}

fn inputs(tree: &Tree) -> Inputs<'_> {
    Inputs {
        files: tree,
        cwd: PathBuf::from("/p"),
        only: Vec::new(),
        stdin: None,
        environment: None,
        project_id: None,
        environment_file: None,
        secret_dirs: Vec::new(),
        getenv: &env,
        all_systems: false,
        quick: false,
        connected: false,
    }
}

fn run_with(files: &[(&str, &str)], change: impl FnOnce(&mut Inputs<'_>)) -> Run {
    let tree = Tree::new(files);
    let mut inputs = inputs(&tree);
    change(&mut inputs);
    let mut report = Report::default();
    let loaded = load(&inputs, &mut report);
    Run { loaded, report }
}

fn run(files: &[(&str, &str)]) -> Run {
    run_with(files, |_| {})
}

/// A project's `spec` and one manifest.
fn project(spec: &str, manifest: &str) -> Run {
    let spec = spec.lines().map(|l| format!("  {l}\n")).collect::<String>();
    run(&[("/p/natsform.yaml", &format!("{PROJECT}spec:\n{spec}")), ("/p/m.yaml", manifest)])
}

impl Run {
    /// `file:line:column code message` of every problem, sorted.
    fn problems(&mut self) -> Vec<String> {
        self.report.sort();
        let line = |p: &crate::diag::Problem| {
            let place = p.at.as_ref().map_or(String::new(), |at| {
                let s = self.report.place(at.source, at.span.start);
                format!("{}:{}:{} ", s.file, s.line, s.column)
            });
            format!("{place}{} {}", p.code, p.message)
        };
        self.report.problems().iter().map(line).collect()
    }

    #[track_caller]
    fn fails(mut self, wanted: &[&str]) {
        assert_eq!(self.problems(), wanted);
        assert!(self.loaded.is_none() || !self.report.has_errors());
    }

    #[track_caller]
    fn fine(mut self) -> Loaded {
        assert_eq!(self.problems(), Vec::<String>::new());
        self.loaded.expect("loaded")
    }
}

fn addresses(loaded: &Loaded) -> String {
    loaded.resources.iter().map(|r| r.address.to_string()).collect::<Vec<_>>().join(" ")
}

fn find<'l>(loaded: &'l Loaded, short: &str) -> &'l Resource {
    loaded.resources.iter().find(|r| r.address.short() == short).expect(short)
}

fn place(loaded: &Loaded, short: &str, path: &str) -> String {
    let places = loaded.field_sources(find(loaded, short));
    let source = &places[&Path::parse(path).unwrap()];
    format!("{}:{}:{}", source.file, source.line, source.column)
}

#[test]
fn a_project_with_one_stream() {
    let loaded = run(&[("/p/natsform.yaml", PROJECT), ("/p/a/orders.yaml", STREAM)]).fine();
    assert_eq!(loaded.project, ProjectId { name: "shop".into(), id: "shop".into() });
    assert_eq!(addresses(&loaded), "stream/ORDERS@default");
    assert_eq!(loaded.environment.name, "default");
    assert_eq!(loaded.resources[0].body["subjects"], json!(["orders.>"]));
    assert_eq!(place(&loaded, "stream/ORDERS", "subjects"), "a/orders.yaml:4:8");
    let named = loaded.resource_source(&loaded.resources[0]).unwrap();
    assert_eq!((named.line, named.column), (3, 18));
}

#[test]
fn without_a_project_file_only_f_helps() {
    run(&[("/p/m.yaml", STREAM)]).fails(&["NF0150 no `natsform.yaml` here or in a parent directory"]);
    let quick = |only: &str| {
        run_with(&[("/p/m.yaml", STREAM)], |i| {
            (i.quick, i.only, i.stdin) = (true, vec![only.into()], Some(STREAM.into()));
        })
    };
    for only in ["m.yaml", ".", "-"] {
        let loaded = quick(only).fine();
        assert_eq!(addresses(&loaded), "stream/ORDERS@default", "{only}");
        assert_eq!((loaded.project.id.as_str(), loaded.only), ("default", None));
    }
    quick("nope").fails(&["NF0154 `nope` does not exist"]);
}

#[test]
fn f_inside_a_project_narrows() {
    let other = STREAM.replace("ORDERS", "OTHER");
    let loaded = run_with(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", STREAM), ("/p/o.yaml", &other)], |i| {
        i.only = vec!["o.yaml".into()];
    })
    .fine();
    assert_eq!(addresses(&loaded), "stream/OTHER@default");
    assert_eq!(loaded.only.map(|o| o.len()), Some(1));
}

#[test]
fn paths_that_hold_nothing_are_errors() {
    let files = |manifests: &str| {
        run(&[("/p/natsform.yaml", &format!("{PROJECT}spec: {{manifests: {manifests}}}\n")), ("/p/x/readme.md", "")])
    };
    files("[nope]").fails(&["natsform.yaml:4:20 NF0154 `nope` does not exist"]);
    files("[x]").fails(&["natsform.yaml:4:20 NF0154 no manifest in `x`"]);
    files("[../y]").fails(&["natsform.yaml:4:20 NF0117 `/y` lies outside the project directory"]);
    files("[]").fails(&["natsform.yaml:4:19 NF0154 `spec.manifests` is empty"]);
    run(&[("/p/natsform.yaml", PROJECT)]).fails(&["NF0154 no manifest in `.`"]);
}

#[test]
fn envelopes_are_checked_in_one_run() {
    let manifest = "\
apiVersion: natsform/v2
kind: Stream
---
apiVersion: natsform/v1
kind: Steam
---
apiVersion: natsform/v1
kind: Project
---
kind: Stream
metadata: {nam: X}
spec: {}
---
apiVersion: natsform/v1
kind: Stream
metadata:
  name: A
  lifecycle: {protect: yes, on_remove: keep, ignore: [{path: placement.tag}, {path: metadata.team}], x: 1}
  target: prometheus
specs: {}
---
[1]
---
apiVersion: natsform/v1
";
    let mut run = run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", manifest)]);
    let problems = run.problems();
    let wanted = [
        "m.yaml:1:13 NF0151 unknown apiVersion `natsform/v2`",
        "m.yaml:5:7 NF0152 unknown kind `Steam`",
        "m.yaml:8:7 NF0155 a second project",
        "m.yaml:10:1 NF0013 `apiVersion` is missing in a document",
        "m.yaml:11:12 NF0011 unknown key `nam` in metadata",
        "m.yaml:11:12 NF0013 `name` is missing in metadata",
        "m.yaml:18:24 NF0012 expected `true` or `false`, found `yes`",
        "m.yaml:18:40 NF0012 expected `delete` or `orphan`, found `keep`",
        "m.yaml:18:62 NF0113 unknown field path `placement.tag`",
        "m.yaml:18:102 NF0011 unknown key `x` in a lifecycle",
        "m.yaml:19:11 NF0112 unknown target `prometheus`",
        "m.yaml:20:1 NF0011 unknown key `specs` in a document",
        "m.yaml:22:2 NF0012 expected a document, a mapping, found a list",
        "m.yaml:24:1 NF0013 `kind` is missing in a document",
    ];
    assert_eq!(problems, wanted);
    let help: Vec<&str> = run.report.problems().iter().flat_map(|p| &p.help).map(String::as_str).collect();
    for wanted in [
        "did you mean `Stream`?",
        "did you mean `name`?",
        "write `true`",
        "did you mean `tags`?",
        "did you mean `spec`?",
    ] {
        assert!(help.iter().any(|h| h.contains(wanted)), "{wanted} in {help:?}");
    }
}

#[test]
fn documents_of_later_kinds_and_other_tools_are_counted() {
    let later = "apiVersion: natsform/v1\nkind: KeyValue\nmetadata: {name: X}\nspec: {x: '${{ nothing }}'}\n";
    let all = format!(
        "{STREAM}---\n{later}---\n{later}---\napiVersion: jetstream.nats.io/v1beta2\nkind: Stream\n---\ngroups: [{{name: a}}]\n"
    );
    let files = [("/p/natsform.yaml", PROJECT), ("/p/m.yaml", all.as_str())];
    assert_eq!(
        run(&files).fine().notes,
        [
            "2 documents of `KeyValue` skipped: this version of natsform does not plan them yet",
            "1 document of `NACK` skipped: this version of natsform does not read them yet",
            "1 document of `Prometheus rule file` skipped: the environment `default` has no prometheus",
        ]
    );
    assert_eq!(run_with(&files, |i| i.all_systems = true).report.errors(), 4);
}

#[test]
fn an_environment_without_nats_skips_streams() {
    let spec = "environments: {only: {grafana: {anything: [goes]}}}";
    let loaded = project(spec, STREAM).fine();
    assert_eq!(loaded.notes, ["1 document of `Stream` skipped: the environment `only` has no nats"]);
}

#[test]
fn the_environment_is_chosen() {
    let spec = "environments:\n  local: {default: true, nats: {url: 'nats://a'}}\n  prod: {nats: {urls: [nats://b, 'nats://c,nats://d']}}";
    let files = format!("{PROJECT}spec:\n{}", spec.lines().map(|l| format!("  {l}\n")).collect::<String>());
    let tree = [("/p/natsform.yaml", files.as_str()), ("/p/m.yaml", STREAM)];
    assert_eq!(run(&tree).fine().environment.name, "local");
    let prod = run_with(&tree, |i| i.environment = Some("prod".into())).fine().environment;
    assert_eq!(prod.nats.unwrap().urls, ["nats://b", "nats://c", "nats://d"]);
    run_with(&tree, |i| i.environment = Some("prd".into()))
        .fails(&["natsform.yaml:6:5 NF0110 no environment is called `prd`"]);
    project("environments: {a: {}, b: {}}", STREAM).fails(&["natsform.yaml:5:18 NF0110 which environment?"]);
    project("environments: {a: {default: true}, b: {default: true}}", STREAM)
        .fails(&["natsform.yaml:5:51 NF0110 two environments are the default: `a` and `b`"]);
}

#[test]
fn an_environment_is_read_whole() {
    let spec = "\
environments:
  prod:
    prune: delete
    drift: hold
    strict: true
    allow_data_loss: {max_messages: 0, max_bytes: 10MiB}
    limits: {max_deletes: 5, max_alert_resets: 0}
    plan_expiry: 72h
    nats:
      context: prod
      account: APP
      accounts:
        APP: {user: app, password: [{env: A}, {env: B}]}
        SYS: {creds: {file: sys.creds}}
        BOX: {nkey: {command: [pass, show, box]}}
      tls: {ca: ca.pem, first: true}
      inbox_prefix: _IN
      js_domain: hub
      inventory: off
      expect: {cluster: C1, servers: 3, version: '>=2.11', jetstream: {max_memory: 4GiB}}
removed: [{select: 'stream/OSQUERY_*', then: transfer, to: web/prod}, {select: stream/X, then: forget}]
take_from: [{project: web/prod, select: stream/CLICKS}]";
    let loaded = project(spec, STREAM).fine();
    let env = &loaded.environment;
    assert_eq!(
        (env.prune, env.drift, env.strict, env.plan_expiry),
        (Prune::Delete, OnDrift::Hold, true, Some(259_200_000_000_000))
    );
    assert_eq!(env.allow_data_loss, Some(LossBudget { max_messages: Some(0), max_bytes: Some(10 << 20) }));
    assert_eq!(env.limits.max_deletes, Some(5));
    let nats = env.nats.as_ref().unwrap();
    assert_eq!(
        (nats.context.as_deref(), nats.account.as_str(), &nats.inventory),
        (Some("prod"), "APP", &Inventory::Off)
    );
    assert_eq!(
        nats.accounts["SYS"].creds,
        Some(SecretRef::File { path: "/p/sys.creds".into(), within: vec!["/p".into()] })
    );
    assert_eq!(nats.accounts["APP"].password.as_ref().unwrap().alternatives().len(), 2);
    assert_eq!((nats.tls.ca.clone(), nats.tls.first), (Some("/p/ca.pem".into()), true));
    assert_eq!((nats.expect.servers, nats.expect.max_memory), (Some(3), Some(4 << 30)));
    assert_eq!(nats.expect.sources["nats.expect.cluster"].line, 24);
    assert_eq!(loaded.removed[0].then, Then::Transfer { to: "web/prod".into() });
    assert_eq!(loaded.take_from[0].select, "stream/CLICKS");
    assert_eq!(addresses(&loaded), "stream/ORDERS@APP");
}

#[test]
fn faults_of_the_project_file_are_told_at_once() {
    let spec = "\
manifest: []
removed: [{select: stream, then: transfer}, {select: stream/A, then: forget, to: a/b}]
take_from: [{project: web, select: stream/A}]
environments:
  prod:
    prune: deleted
    allow_data_loss: {max_bytes: 10GB}
    nats:
      url: http://x
      context: y
      acount: A
      accounts: {A: {user: a}, B: {password: hunter2, user: b}}
      account: AA
      expect: {version: new, servers: -1}";
    let mut run = project(spec, STREAM);
    let problems = run.problems();
    let wanted = [
        "natsform.yaml:5:3 NF0011 unknown key `manifest` in a project",
        "natsform.yaml:6:22 NF0012 `stream` is no address",
        "natsform.yaml:6:36 NF0013 `to` is missing in a transfer",
        "natsform.yaml:6:84 NF0012 `to` belongs to `then: transfer`",
        "natsform.yaml:7:25 NF0012 `web` names no project and environment",
        "natsform.yaml:10:14 NF0012 expected `never`, `report` or `delete`, found `deleted`",
        "natsform.yaml:11:",
        "natsform.yaml:13:14 NF0012 `http://` is no NATS URL",
        "natsform.yaml:14:18 NF0116 give one of `url`, `urls` and `context`",
        "natsform.yaml:15:9 NF0011 unknown key `acount` in a NATS connection",
        "natsform.yaml:16:24 NF0013 `user` and `password` go together",
        "natsform.yaml:16:48 NF0120 a literal secret",
        "natsform.yaml:17:18 NF0111 the environment has no account `AA`",
        "natsform.yaml:18:27 NF0012 `new` is no version",
        "natsform.yaml:18:41 NF0012 expected a whole number from 0, found `-1`",
    ];
    assert_eq!(problems.len(), wanted.len(), "{problems:#?}");
    for (problem, wanted) in problems.iter().zip(wanted) {
        assert!(problem.starts_with(wanted), "{wanted}\n{problems:#?}");
    }
}

#[test]
fn a_literal_secret_is_refused_and_never_shown() {
    let env = |plain: bool| {
        format!(
            "environments: {{a: {{allow_plaintext: {plain}, nats: {{url: 'nats://u:pw-canary@h', accounts: {{A: {{token: tok-canary}}}}}}}}}}"
        )
    };
    let mut refused = project(&env(false), STREAM);
    let problems = refused.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().all(|p| p.contains("NF0120")));
    let source = crate::diag::SourceId(0);
    assert!(!refused.report.text(source).contains("canary"), "{}", refused.report.text(source));
    assert!(!format!("{:?}", refused.report).contains("canary"));
    let allowed = project(&env(true), STREAM);
    assert_eq!((allowed.report.errors(), allowed.report.problems().len()), (0, 2));
    let nats = allowed.loaded.unwrap().environment.nats.unwrap();
    assert_eq!(nats.accounts["A"].token, Some(SecretRef::Literal("tok-canary".into())));
}

#[test]
fn variables_keep_their_type_and_find_their_value() {
    let spec = "\
variables:
  replicas: {type: integer, default: 3, min: 1, max: 5}
  age: {type: duration, default: 24h, max: 30d}
  build: {type: string, from_env: BUILD}
environments: {a: {values: {replicas: 1}, nats: {url: 'nats://${{ var.build }}'}}}";
    let stream = "\
apiVersion: natsform/v1
kind: Stream
metadata: {name: 'X_${{ var.build }}', labels: {of: '${{ project.name }}-${{ environment }}', build: '${{ var.build }}'}}
spec:
  subjects: ['$${{ var.x }}', '${x}']
  num_replicas: ${{ var.replicas }}
  max_age: \"${{var.age}}\"
  description: ${{ var.build }}
";
    let loaded = project(spec, stream).fine();
    let body = &find(&loaded, "stream/X_77").body;
    assert_eq!(body["num_replicas"], json!(1));
    assert_eq!(body["max_age"], json!(86_400_000_000_000_i64));
    assert_eq!(body["subjects"], json!(["${{ var.x }}", "${x}"]));
    assert_eq!(body["description"], json!("77"));
    assert_eq!(loaded.resources[0].head.labels["of"], "shop-a");
    assert_eq!(loaded.environment.nats.as_ref().unwrap().urls, ["nats://77"]);
    assert_eq!(
        loaded.values_used["build"],
        ValueUsed { value: Some("77".into()), from: "env", env: Some("BUILD".into()) }
    );
    assert_eq!(loaded.values_used["replicas"].from, "environment");
    assert_eq!(place(&loaded, "stream/X_77", "num_replicas"), "m.yaml:6:3");
}

#[test]
fn faults_of_expressions_stand_at_their_place() {
    let spec = "variables: {replicas: {type: integer}, secret: {sensitive: true, from_env: BUILD}}";
    let stream = |value: &str| STREAM.replace("[orders.>]", &format!("['{value}']"));
    for (value, wanted) in [
        ("a.${{ var.replcas }}", "m.yaml:4:26 NF0140 no variable is called `replcas`"),
        ("${{ replicas }}", "m.yaml:4:24 NF0141 `replicas` is no expression"),
        ("${{ upper(var.x) }}", "m.yaml:4:24 NF0141 `upper(var.x)` is no expression"),
        ("a ${{ var.x", "m.yaml:4:22 NF0141 an expression without its end `}}`"),
        ("${{ var.secret }}", "m.yaml:4:24 NF0144 the sensitive variable `secret` can only be a secret"),
        ("${{ var.replicas }}", "m.yaml:4:24 NF0142 variable `replicas` has no value"),
        ("${{}}", "m.yaml:4:23 NF0141 `` is no expression"),
    ] {
        let problems = project(spec, &stream(value)).problems();
        assert_eq!(problems, [wanted], "{value}");
    }
}

#[test]
fn values_are_checked_where_they_are_written() {
    for (variable, value, wanted) in [
        ("{type: integer, max: 5}", "6", "NF0143 variable `v`: `6` is more than the greatest value `5`"),
        ("{type: integer}", "six", "NF0143 variable `v`: expected a whole number, found `six`"),
        ("{type: boolean}", "yes", "NF0143 variable `v`: expected `true` or `false`, found `yes`"),
        ("{type: duration, min: 1h}", "5m", "NF0143 variable `v`: `5m` is less than the least value `1h`"),
        ("{type: string, pattern: '^[a-z]{2}$'}", "EU", "NF0143 variable `v`: `EU` does not match `^[a-z]{2}$`"),
        ("{type: string, enum: [a, b]}", "c", "NF0143 variable `v`: `c` is none of `a` and `b`"),
        ("{sensitive: true}", "s", "NF0120 the sensitive variable `v` has its value in the file"),
    ] {
        let spec = format!("variables:\n  v: {variable}\nenvironments:\n  e:\n    nats:\n    values: {{v: {value}}}");
        let problems = project(&spec, STREAM).problems();
        assert_eq!(problems, [format!("natsform.yaml:10:19 {wanted}")]);
    }
    for (variable, code) in [
        ("{type: text}", "NF0012"),
        ("{pattern: '('}", "NF0145"),
        ("{min: 1}", "NF0145"),
        ("{type: integer, default: x}", "NF0143"),
        ("{sensitive: true, default: x}", "NF0120"),
        ("{typ: string}", "NF0011"),
        ("{type: integer, from_env: BUILD, max: 5}", "NF0143"),
    ] {
        let problems = project(&format!("variables: {{v: {variable}}}"), STREAM).problems();
        assert!(problems.len() == 1 && problems[0].contains(code), "{variable}: {problems:?}");
    }
    project("variables: {replicas: {}}\nenvironments: {a: {nats: {}, values: {replica: 1}}}", STREAM)
        .fails(&["natsform.yaml:6:41 NF0140 no variable is called `replica`"]);
}

#[test]
fn a_sensitive_variable_becomes_a_reference() {
    let spec = "variables: {pw: {sensitive: true, from_env: BUILD}}\nenvironments: {a: {nats: {accounts: {A: {user: u, password: '${{ var.pw }}'}}}}}";
    let nats = project(spec, STREAM).fine().environment.nats.unwrap();
    assert_eq!(nats.accounts["A"].password, Some(SecretRef::Env("BUILD".into())));
    assert_eq!(nats.account, "A");
}

#[test]
fn defaults_count_as_declared_and_the_document_wins() {
    let spec = "\
defaults:
  Stream: {metadata: {account: APP, labels: {team: edr, x: y}}, spec: {storage: file, num_replicas: 3}}
  Consumer:
    spec: {ack_wait: 5s}";
    let stream = "\
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS, labels: {x: z}}
spec:
  num_replicas: 1
  consumers: {billing: {ack_policy: explicit}}
";
    let loaded = project(spec, stream).fine();
    assert_eq!(addresses(&loaded), "consumer/ORDERS/billing@APP stream/ORDERS@APP");
    let orders = find(&loaded, "stream/ORDERS");
    assert_eq!((&orders.body["storage"], &orders.body["num_replicas"]), (&json!("file"), &json!(1)));
    assert_eq!(orders.head.labels, [("team".into(), "edr".into()), ("x".into(), "z".into())].into());
    assert_eq!(place(&loaded, "stream/ORDERS", "storage"), "natsform.yaml:6:74");
    assert_eq!(place(&loaded, "stream/ORDERS", "num_replicas"), "m.yaml:5:3");
    let billing = find(&loaded, "consumer/ORDERS/billing");
    assert_eq!(billing.body["ack_wait"], json!(5_000_000_000_i64));
    assert_eq!(place(&loaded, "consumer/ORDERS/billing", "ack_wait"), "natsform.yaml:8:14");
    assert_eq!(billing.needs, [Address::new("stream", ["ORDERS"], "APP")]);
}

#[test]
fn what_cannot_be_a_default_is_refused() {
    project("defaults:\n  Steam: {}\n  KeyValue: {spec: {}}\n  Stream: {metadata: {name: A}, spec: {consumers: {}, max_ag: 1}}", STREAM)
        .fails(&[
            "natsform.yaml:6:5 NF0152 unknown kind `Steam`",
            "natsform.yaml:8:25 NF0135 a name cannot be a default",
            "natsform.yaml:8:42 NF0135 `consumers` cannot be a default",
            "natsform.yaml:8:57 NF0011 unknown field `max_ag`",
        ]);
}

fn overlaid(overlay: &str, stream: &str) -> Run {
    let spec = "spec: {defaults: {Stream: {spec: {num_replicas: 3}}}, environments: {prod: {overlays: [env/prod], nats: {url: 'nats://a'}}}}\n";
    run(&[
        ("/p/natsform.yaml", &format!("{PROJECT}{spec}")),
        ("/p/m.yaml", stream),
        ("/p/env/prod/o.yaml", &format!("apiVersion: natsform/v1\n{overlay}")),
    ])
}

#[test]
fn an_overlay_patches_by_identity() {
    let stream = "\
apiVersion: natsform/v1
kind: Stream
metadata: {name: ORDERS, labels: {a: b}}
spec:
  subjects: [a, b]
  max_age: 1h
  metadata: {k: v, l: w}
  consumers: {billing: {ack_wait: 1s, max_deliver: 2}, old: {ack_wait: 1s}}
";
    let overlay = "\
kind: Stream
metadata: {name: ORDERS, labels: {a: null, c: d}, lifecycle: {protect: true}}
spec:
  subjects: [c]
  max_age: null
  num_replicas: null
  metadata: {k: null}
  consumers: {billing: {ack_wait: 9s, max_deliver: null}, old: null, more: {ack_policy: none}}
";
    let loaded = overlaid(overlay, stream).fine();
    assert_eq!(
        addresses(&loaded),
        "consumer/ORDERS/billing@default consumer/ORDERS/more@default stream/ORDERS@default"
    );
    let orders = find(&loaded, "stream/ORDERS");
    assert_eq!(orders.body, json!({"subjects": ["c"], "metadata": {"l": "w"}}));
    assert_eq!(orders.head.labels, [("c".into(), "d".into())].into());
    let billing = find(&loaded, "consumer/ORDERS/billing");
    assert_eq!(billing.body, json!({"ack_wait": 9_000_000_000_i64}));
    assert_eq!(billing.head.lifecycle.protect, Some(true));
    assert_eq!(place(&loaded, "stream/ORDERS", "subjects"), "env/prod/o.yaml:5:3");
    assert_eq!(place(&loaded, "stream/ORDERS", "metadata[l]"), "m.yaml:7:20");
}

#[test]
fn a_consumers_overlay_finds_it_inside_its_stream() {
    let stream = STREAM.replace("spec: {", "spec: {consumers: {billing: {max_deliver: 2}}, ");
    let overlay = "kind: Consumer\nmetadata: {name: billing}\nspec: {stream: ORDERS, max_deliver: 7}\n";
    let loaded = overlaid(overlay, &stream).fine();
    assert_eq!(find(&loaded, "consumer/ORDERS/billing").body["max_deliver"], json!(7));
}

#[test]
fn an_overlay_that_changes_nothing_is_an_error() {
    overlaid("kind: Stream\nmetadata: {name: ORDRES}\nspec: {}\n", STREAM)
        .fails(&["env/prod/o.yaml:3:18 NF0133 the overlay matches no document: stream/ORDRES@default is not declared"]);
    let spec = "environments: {a: {overlays: [env/a], nats: {}}}";
    project(spec, STREAM).fails(&["natsform.yaml:5:33 NF0134 an overlay of `a` is missing: `env/a` does not exist"]);
}

#[test]
fn an_object_is_declared_once() {
    let twice = format!("{STREAM}---\n{STREAM}");
    run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", &twice)]).fails(&["m.yaml:8:18 NF0131 duplicate stream/ORDERS"]);
    let consumer = "apiVersion: natsform/v1\nkind: Consumer\nmetadata: {name: replay}\nspec: {stream: ORDERS}\n";
    let mut run = run(&[("/p/natsform.yaml", PROJECT), ("/p/a.yaml", consumer), ("/p/b.yaml", consumer)]);
    assert_eq!(run.problems(), ["b.yaml:3:18 NF0131 duplicate consumer/ORDERS/replay"]);
    let problem = &run.report.problems()[0];
    assert_eq!(problem.help, ["it is declared at a.yaml:3:18 first"]);
    assert_eq!(problem.also.len(), 1);
}

#[test]
fn two_places_may_agree_and_must_not_disagree() {
    let stream = STREAM.replace("spec: {", "spec: {consumers: {billing: {max_deliver: 2, ack_wait: 1s}}, ");
    let consumer = |n: u32| {
        format!(
            "{stream}---\napiVersion: natsform/v1\nkind: Consumer\nmetadata: {{name: billing}}\nspec: {{stream: ORDERS, max_deliver: {n}}}\n"
        )
    };
    let agree = project("", &consumer(2)).fine();
    assert_eq!(find(&agree, "consumer/ORDERS/billing").body["ack_wait"], json!(1_000_000_000_i64));
    let mut disagree = project("", &consumer(3));
    assert_eq!(
        disagree.problems(),
        ["m.yaml:4:43 NF0130 two places disagree about `max_deliver` of consumer/ORDERS/billing"]
    );
    assert_eq!(disagree.report.problems()[0].help[0], "the other place is m.yaml:9:37");
}

#[test]
fn accounts_are_known_where_they_are_listed() {
    let spec = "environments: {a: {nats: {account: APP, accounts: {APP: {}, WEB: {}}}}}";
    let stream = STREAM.replace("{name: ORDERS}", "{name: ORDERS, account: WBE}");
    let mut run = project(spec, &stream);
    assert_eq!(run.problems(), ["m.yaml:3:35 NF0111 the environment `a` has no account `WBE`"]);
    assert_eq!(run.report.problems()[0].help[0], "did you mean `WEB`?");
    assert_eq!(addresses(&project(spec, STREAM).fine()), "stream/ORDERS@APP");
}

#[test]
fn an_environment_file_brings_the_connection() {
    let text = format!(
        "{PROJECT}spec: {{environments: {{a: {{nats: {{url: 'nats://a', account: APP, expect: {{cluster: C}}}}}}}}}}\n"
    );
    let files = [
        ("/p/natsform.yaml", text.as_str()),
        ("/p/m.yaml", STREAM),
        ("/s/e.yaml", "nats: {url: 'nats://b', accounts: {APP: {creds: {file: app.creds}}}}\n"),
    ];
    let nats = run_with(&files, |i| i.environment_file = Some("/s/e.yaml".into())).fine().environment.nats.unwrap();
    assert_eq!((nats.urls, nats.account.as_str()), (vec!["nats://b".to_owned()], "APP"));
    assert_eq!(nats.expect.cluster.as_deref(), Some("C"));
    assert_eq!(nats.accounts["APP"].creds, Some(SecretRef::File { path: "/s/app.creds".into(), within: vec![] }));
}

#[test]
fn an_environment_file_brings_the_targets() {
    let text = format!(
        "{PROJECT}spec:\n  variables: {{host: {{default: a}}}}\n  environments: {{a: {{prometheus: {{url: 'http://${{{{ var.host }}}}', rules: {{render: out}}, expect: {{version: '3.5'}}}}}}}}\n"
    );
    let files = |own| [("/p/natsform.yaml", text.as_str()), ("/p/m.yaml", STREAM), ("/s/e.yaml", own)];
    let target = |run: Run| run.fine().environment.targets["prometheus"]["main"].clone();
    assert_eq!(target(run(&files("")[..2])).urls, ["http://a"]);
    let own = files("prometheus: {url: http://b}\n");
    let read = target(run_with(&own, |i| i.environment_file = Some("/s/e.yaml".into())));
    assert_eq!((read.urls, read.files.len()), (vec!["http://b".to_owned()], 0));
    assert_eq!(read.expect.version.as_deref(), Some("3.5"), "what is no connection stays the project's");
    let own = files("nats: {url: 'nats://b'}\n");
    let problems = run_with(&own, |i| i.environment_file = Some("/s/e.yaml".into())).problems();
    assert_eq!(problems, ["/s/e.yaml:1:1 NF0013 the environment file has no `prometheus`"]);
}

/// What was delivered into the project, by whatever environment, is no second declaration.
#[test]
fn what_is_delivered_into_the_project_is_no_manifest() {
    let text = format!(
        "{PROJECT}spec:
  variables: {{dir: {{default: there}}}}
  environments:
    a: {{prometheus: {{url: 'http://a', rules: {{directory: 'out-${{{{ environment }}}}'}}}}}}
    b:
      values: {{dir: here}}
      prometheus: {{one: {{url: 'http://b', rules: {{render: './out/${{{{ var.dir }}}}/'}}}}}}
      overlays: ['over-${{{{ var.dir }}}}']
    c: {{prometheus: {{url: 'http://c', rules: {{render: 'out/${{{{ var.dir }}}}'}}}}}}
"
    );
    let rules = "groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]\n";
    let mut files = vec![("/p/natsform.yaml", text.as_str()), ("/p/m.yaml", rules)];
    let delivered = ["/p/out-a/r.yml", "/p/out/here/r.yml", "/p/out/there/r.yml", "/p/over-here/r.yml", "/p/own/r.yml"];
    files.extend(delivered.map(|path| (path, rules)));
    files.push(("/s/e.yaml", "prometheus: {url: 'http://a', rules: {directory: ../p/own}}\n"));
    let read = |own: bool| {
        let chosen = |i: &mut Inputs<'_>| {
            i.environment = Some("a".into());
            i.environment_file = own.then(|| "/s/e.yaml".into());
        };
        let loaded = run_with(&files, chosen).fine();
        loaded.resources.iter().map(|r| r.address.short()).collect::<Vec<_>>()
    };
    assert_eq!(read(true), ["rules/m"]);
    assert_eq!(read(false), ["rules/m", "rules/own.r"], "nobody delivers there now");
}

#[test]
fn an_environment_file_without_a_connection_is_an_error() {
    let text = format!("{PROJECT}spec: {{environments: {{a: {{nats: {{url: 'nats://a'}}}}}}}}\n");
    for (content, wanted) in [
        ("prune: report\n", "/s/e.yaml:1:1 NF0013 the environment file has no `nats`"),
        ("nats:\n", ""),
        ("nats: {url: 'nats://b'}\n", ""),
    ] {
        let files = [("/p/natsform.yaml", text.as_str()), ("/p/m.yaml", STREAM), ("/s/e.yaml", content)];
        let problems = run_with(&files, |i| i.environment_file = Some("/s/e.yaml".into())).problems();
        assert_eq!(problems.join("\n"), wanted, "{content}");
    }
}

#[test]
fn a_value_from_the_environment_is_never_shown() {
    for variable in [
        "{type: integer, ",
        "{type: number, ",
        "{type: boolean, ",
        "{type: duration, ",
        "{type: size, ",
        "{pattern: '^[0-9]$', ",
        "{enum: [a, b], ",
    ] {
        for sensitive in ["", "sensitive: true, "] {
            let text = format!("{PROJECT}spec: {{variables: {{v: {variable}{sensitive}from_env: BUILD}}}}}}\n");
            let files = [("/p/natsform.yaml", text.as_str()), ("/p/m.yaml", STREAM)];
            let mut run = run_with(&files, |i| i.getenv = &|name| (name == "BUILD").then(|| "canary7x".to_owned()));
            let problems = run.problems();
            assert!(problems.len() == 1 && problems[0].contains("from the environment variable"), "{problems:?}");
            assert!(!format!("{:?}", run.report.problems()).contains("canary"), "{problems:?}");
        }
    }
}

#[test]
fn rendered_documents_read_back_the_same() {
    let stream =
        STREAM.replace("spec: {", "spec: {max_age: 36h, max_bytes: 1_000_000, consumers: {billing: {ack_wait: 1s}}, ");
    let first = project("variables: {x: {default: y}}", &stream).fine();
    let text = render_documents(&first);
    assert!(text.contains("max_bytes: 1000000  #"), "{text}");
    assert!(text.contains("max_age: 1d12h  # m.yaml:4:8\n"), "{text}");
    let again = project("", &text).fine();
    let bodies = |l: &Loaded| l.resources.iter().map(|r| (r.address.clone(), r.body.clone())).collect::<Vec<_>>();
    assert_eq!(bodies(&again), bodies(&first));
}

#[test]
fn odd_input_never_panics() {
    for text in [
        "",
        "---\n",
        "null\n",
        "[]\n",
        "a\n",
        "apiVersion: [1]\nkind: {}\n",
        "{apiVersion: natsform/v1, kind: Stream, metadata: [], spec: x}\n",
        "&a [*a]\n",
        "\u{feff}",
        "kind: Stream\n<<: {apiVersion: natsform/v1}\n",
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: [x]}\nspec: {variables: x, defaults: [], removed: y, take_from: {}, environments: [z], manifests: {}}\n",
    ] {
        run(&[("/p/natsform.yaml", text), ("/p/m.yaml", STREAM)]);
        run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", text)]);
    }
}

/// What a document is taken for, and its envelope: `KIND NAME TARGET LABELS`; and all problems.
fn taken(text: &str) -> (String, Vec<String>) {
    use super::{documents, faults::Faults};
    let mut report = Report::default();
    let loaded = crate::yaml::load(text.as_bytes(), &crate::yaml::Budgets::default());
    let source = report.add_source("m.yaml", loaded.text.clone());
    let mut faults = Faults::new(&mut report, source, &loaded.text);
    let (kind, node, warnings) = match documents::what(&loaded.documents[0], "node.disk", &mut faults) {
        documents::What::Ours(kind) => (kind, loaded.documents[0].clone(), Vec::new()),
        documents::What::Taken(kind, taken) => (kind, taken.node, taken.warnings),
        documents::What::Later(kind) => return (format!("later {kind}"), Vec::new()),
        documents::What::Foreign(tool) => return (format!("foreign {tool}"), Vec::new()),
        documents::What::Broken => return ("broken".into(), Vec::new()),
    };
    let (meta, spec) = documents::envelope(&node, kind, &mut faults);
    let said = meta.map_or_else(String::new, |meta| {
        let target = meta.target.map(|(target, _)| target).unwrap_or_default();
        let keys = spec.map(|s| s.entries().iter().filter_map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(","));
        format!("{} {} <{target}> {:?} {}", kind.name(), meta.name, meta.labels, keys.unwrap_or_default())
    });
    for (span, problem) in warnings {
        report.push(problem.at(source, span));
    }
    report.sort();
    let place = |p: &crate::diag::Problem| p.at.as_ref().map(|at| report.place(at.source, at.span.start));
    let line = |p: &crate::diag::Problem| {
        let place = place(p).map_or_else(String::new, |p| format!("{}:{} ", p.line, p.column));
        let help: String = p.help.iter().map(|h| format!(" | {h}")).collect();
        format!("{place}{} {}{help}", p.code, p.message)
    };
    (said, report.problems().iter().map(line).collect())
}

#[test]
fn rule_files_and_documents_of_the_operator_are_taken_as_they_are() {
    let (said, problems) = taken("groups:\n- name: a\n  rules: [{alert: A, expr: '${{ up }}'}]\n");
    assert_eq!((said.as_str(), problems), ("PrometheusRule node.disk <> {} groups", vec![]));
    let operator = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: x\n  namespace: shop\n  \
        uid: 1\n  labels: {team: web}\nspec:\n  groups:\n  - name: a\n    partial_response_strategy: abort\n    rules: []\n\
        status: {any: thing}\n";
    let (said, problems) = taken(operator);
    assert_eq!(said, "PrometheusRule shop.x <> {\"team\": Some(\"web\")} groups");
    let warning =
        "11:5 NF0511 `partial_response_strategy` is left out | it is a setting of Thanos: Prometheus does not know it";
    assert_eq!(problems, [warning]);
    let (said, problems) = taken("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: {groups: []}\n");
    assert_eq!((said.as_str(), problems), ("", vec!["1:1 NF0013 `name` is missing in metadata".to_owned()]));
    assert_eq!(taken("apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\n").0, "foreign prometheus-operator");
    assert_eq!(taken("apiVersion: 1\ngroups: [{name: a}]\n").0, "broken");
}

#[test]
fn a_target_names_a_connection_of_the_kinds_system() {
    let rules = |target: &str| {
        let (said, problems) = taken(&format!(
            "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: x, target: {target}}}\nspec: {{}}\n"
        ));
        (said.split_whitespace().nth(2).unwrap_or_default().to_owned(), problems)
    };
    assert_eq!(rules("prometheus"), ("<main>".into(), vec![]));
    assert_eq!(rules("prometheus/edge"), ("<edge>".into(), vec![]));
    let wrong = |target: &str, help: &str| {
        let near = "a document of `PrometheusRule` lives on `prometheus` or `prometheus/NAME`";
        (String::from("<>"), vec![format!("3:29 NF0112 unknown target `{target}`{help} | {near}")])
    };
    assert_eq!(rules("promethus/edge"), wrong("promethus/edge", " | did you mean `prometheus`?"));
    assert_eq!(rules("nats"), wrong("nats", ""));
    assert_eq!(rules("prometheus/"), wrong("prometheus/", ""));
    let stream = STREAM.replace("{name: ORDERS}", "{name: ORDERS, target: nats/edge}");
    let help = "a document of `Stream` lives on `nats`";
    assert_eq!(taken(&stream).1, [format!("3:34 NF0112 unknown target `nats/edge` | {help}")]);
}

#[test]
fn rules_for_a_system_of_a_later_version_are_counted() {
    let rules = "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {name: x, target: loki}\nspec: {groups: [{name: a, rules: [{alert: A, expr: '{a=\"b\"} |= \"c\"'}]}]}\n";
    let loaded = run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", &format!("{STREAM}---\n{rules}"))]).fine();
    let why = "this version of natsform does not plan them for `loki` yet";
    assert_eq!(loaded.notes, [format!("1 document of `PrometheusRule` skipped: {why}")]);
}
