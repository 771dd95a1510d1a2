//! Variables, expressions and defaults.

use super::*;

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
