//! Environments: which one, what it says, and what comes from outside the repository.

use super::*;

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
