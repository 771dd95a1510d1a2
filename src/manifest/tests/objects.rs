//! Objects that stand in several places: overlays, second declarations, accounts.

use super::*;

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
