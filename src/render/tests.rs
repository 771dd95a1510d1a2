//! Whole outputs of hand-made plans.

use super::{Style, json};
use crate::model::{
    Action, Address, Applied, Change, Class, Drifted, Effect, Exit, Expectation, Finding, Header, Level, Op, Path,
    Plan, Planned, Seg, Source, Step, StepOutcome, StepResult, Token, Type, Value, Verdict, json,
};

const PLAIN: Style = Style { color: false, width: 100, verbose: false };

pub(super) fn address(text: &str) -> Address {
    Address::parse(text, "APP").unwrap()
}

fn source(line: usize) -> Option<Source> {
    Some(Source { file: "streams/orders.yaml".into(), line, column: 3 })
}

pub(super) fn step(text: &str, action: Action, verdict: Verdict) -> Step {
    Step { verdict, ..Step::new(address(text), "jetstream", action) }
}

pub(super) fn change(path: &str, before: Value, after: Value, class: Class) -> Change {
    Change { path: Path::parse(path).unwrap(), before, after, class, drift: false }
}

pub(super) fn humanise(_: &Address, path: &Path) -> Option<Type> {
    match path.0.last()? {
        Seg::Field(f) if matches!(f.as_str(), "max_age" | "ack_wait") => Some(Type::Duration),
        Seg::Field(f) if f == "max_bytes" => Some(Type::Size { min: -1, max: i64::MAX }),
        _ => None,
    }
}

pub(super) fn planned(mut steps: Vec<Step>) -> Planned {
    steps.sort_by(|a, b| a.address.cmp(&b.address));
    Planned {
        header: Header {
            project: "edr".into(),
            environment: "prod".into(),
            places: vec!["nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8".into()],
            objects: 1204,
        },
        plan: Plan { steps, complete: true, ..Plan::default() },
        ..Planned::default()
    }
}

fn text(planned: &Planned) -> String {
    super::plan(planned, &PLAIN, &humanise)
}

const DAY: i64 = 86_400_000_000_000;

fn loss(code: &'static str, message: &str, token: &str, ceiling: u64) -> (Finding, String) {
    let token = Token { key: token.into(), ceiling };
    let text = token.to_string();
    (
        Finding { ack: Some(token), exact: false, messages: Some(ceiling), ..Finding::new(code, Level::Loss, message) },
        text,
    )
}

/// A finding with a token.
pub(super) fn finding(code: &'static str, level: Level, message: &str, token: &str, ceiling: u64) -> Finding {
    Finding { level, ..loss(code, message, token, ceiling).0 }
}

/// The mock-up of the design.
pub(super) fn risky() -> Planned {
    let (f, token) = loss(
        "NF2003",
        "61,204,332 messages (212 GiB, 71 % of the stream) are older than 7d and go at once\n\
         consumers behind that point: billing (1,022,118 pending), audit (3 pending)",
        "NF2003:stream/ORDERS@APP:8c1f",
        68_000_000,
    );
    let mut orders = step("stream/ORDERS", Action::Update, Verdict::NeedsAck { tokens: vec![token] });
    orders.changes = vec![change("max_age", json!(30 * DAY), json!(7 * DAY), Class::Declared)];
    orders.findings = vec![f];
    orders.source = source(1);
    orders.field_sources.insert(Path::root().field("max_age"), source(9).unwrap());
    let (f, token) = loss(
        "NF2101",
        "3 pending, 12 unacknowledged messages lose their position",
        "NF2101:consumer/ORDERS/audit@APP:11d0",
        17,
    );
    let mut audit = step("consumer/ORDERS/audit", Action::Replace, Verdict::NeedsAck { tokens: vec![token] });
    audit.changes = vec![change("deliver_policy", json!("all"), json!("new"), Class::Declared)];
    audit.reason = Some("nats-server 2.12.8 refuses this in place".into());
    audit.findings = vec![f];
    audit.source = source(41);
    let why = "its leader is offline; dependants are blocked".into();
    let clicks = step("stream/CLICKS", Action::Keep, Verdict::Unknown { why });
    let mut payments = step("stream/PAYMENTS", Action::Update, Verdict::Go);
    payments.drift = true;
    payments.changes =
        vec![Change { drift: true, ..change("max_msgs_per_subject", json!(5), json!(1), Class::Declared) }];
    let op = |id, verb, text: &str| Op {
        id,
        system: "jetstream",
        verb,
        effect: match verb {
            "create" => Effect::Makes,
            "delete" => Effect::Removes,
            _ => Effect::Changes,
        },
        carries: vec![address(text)],
        after: vec![],
        behind: vec![],
        lane: None,
        unit: None,
        expects: vec![],
        ceilings: vec![],
        body: Value::Null,
        settled: Value::Null,
    };
    let mut planned = planned(vec![orders, audit, clicks, payments]);
    planned.plan.ops = vec![
        op(0, "update", "stream/ORDERS"),
        op(1, "delete", "consumer/ORDERS/audit"),
        op(2, "create", "consumer/ORDERS/audit"),
    ];
    planned
}

#[test]
fn a_risky_plan_begins_with_the_risk_and_ends_with_the_counts() {
    insta::assert_snapshot!(text(&risky()), @"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects
    LOSS  2 changes destroy data or position and are not applied unless acknowledged
    UNKNOWN  1 object could not be read

      ~ stream/ORDERS                                                              streams/orders.yaml:1
          max_age  30d → 7d                                                        streams/orders.yaml:9
        LOSS NF2003  61,204,332 messages (212 GiB, 71 % of the stream) are older than 7d and go at once
                     consumers behind that point: billing (1,022,118 pending), audit (3 pending)
                     --ack 'NF2003:stream/ORDERS@APP:8c1f<=68M'
      ± consumer/ORDERS/audit                                                     streams/orders.yaml:41
          deliver_policy  all → new
          (nats-server 2.12.8 refuses this in place)
        LOSS NF2101  3 pending, 12 unacknowledged messages lose their position
                     --ack 'NF2101:consumer/ORDERS/audit@APP:11d0<=17'
      ? stream/CLICKS                 not readable: its leader is offline; dependants are blocked

    Drift this plan reverts (1)
      ~ stream/PAYMENTS               max_msgs_per_subject  5 → 1

    Plan: 2 update · 1 replace · 1 unknown                                      needs 2 acknowledgements
    ");
}

/// Every action, every class, every verdict that the mock-up leaves out.
pub(super) fn everything() -> Planned {
    let mut create = step("stream/NEW", Action::Create, Verdict::Go);
    create.source = source(3);
    create.changes = vec![
        change("subjects", Value::Null, json!(["new.>", "new"]), Class::Declared),
        change("max_age", json!(0), json!(DAY), Class::Declared),
        change("duplicate_window", Value::Null, json!(120_000_000_000_i64), Class::Follows),
    ];
    let mut wide = step("consumer/NEW/reader", Action::Create, Verdict::Go);
    wide.source = source(14);
    wide.changes = ["durable_name", "description", "filter_subject", "deliver_subject", "deliver_group", "sample_freq"]
        .iter()
        .map(|p| change(p, Value::Null, json!(format!("a.rather.long.{p}")), Class::Declared))
        .collect();
    let mut update = step("consumer/ORDERS/billing", Action::Update, Verdict::Go);
    update.source = source(41);
    update.field_sources.insert(Path::root().field("backoff"), source(44).unwrap());
    update.changes = vec![
        change("backoff", Value::Null, json!([1_000_000_000_i64]), Class::Declared),
        change("ack_wait", json!(30_000_000_000_i64), json!(1_000_000_000), Class::Follows),
        change("max_deliver", json!(5000), json!(-1), Class::Reset),
        change("description", json!("old"), Value::Null, Class::Reset),
        change("metadata[team]", json!("a b"), json!("c"), Class::Declared),
        Change { drift: true, ..change("max_waiting", json!(5), json!(512), Class::Declared) },
        change(
            "filter_subjects",
            json!(["a.very.long.subject.one.>", "a.very.long.subject.two.>", "three"]),
            json!(["a.very.long.subject.one.>", "a.very.long.subject.two.>", "a.very.long.subject.three.>"]),
            Class::Declared,
        ),
    ];
    let (f, _) = loss("NF2001", "at most 12 messages go", "NF2001:stream/OLD@APP:aaaa", 14);
    let mut delete = step("stream/OLD", Action::Delete, Verdict::Go);
    delete.reason = Some("not in the manifests; owned by this project".into());
    delete.findings = vec![f, Finding::new("NF2007", Level::Note, "3 clients are bound to it now")];
    let mut adopt = step("stream/LEGACY", Action::Adopt, Verdict::Go);
    adopt.reason = Some("equal to its declaration".into());
    let mut forget = step("stream/GIVEN", Action::Forget, Verdict::Go);
    forget.reason = Some("on_remove: orphan".into());
    let mut blocked =
        step("stream/THEIRS", Action::Adopt, Verdict::Blocked { why: "it is not ours and differs".into() });
    blocked.changes = vec![change("max_age", json!(DAY), json!(2 * DAY), Class::Declared)];
    let keep = step("stream/SAME", Action::Keep, Verdict::Go);
    let mut planned = planned(vec![create, wide, update, delete, adopt, forget, blocked, keep]);
    planned.plan.prunable = vec![address("stream/GONE")];
    planned.notes = vec!["the inventory is off: nothing is pruned or reset".into()];
    planned.refusals = vec!["21 deletes are more than max_deletes (20)".into()];
    planned.expectations = vec![Expectation {
        path: "nats.expect.servers".into(),
        wanted: "3".into(),
        found: "1".into(),
        source: Some(Source { file: "natsform.yaml".into(), line: 12, column: 7 }),
    }];
    planned
}

#[test]
fn every_action_has_its_look() {
    insta::assert_snapshot!(text(&everything()), @r#"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects
    REFUSED  21 deletes are more than max_deletes (20)
    LOSS  1 change destroys data or position, as acknowledged
    BLOCKED  1 change cannot be applied

    Expected otherwise (1)
      ! nats.expect.servers  wanted 3, found 1                                          natsform.yaml:12

      - stream/OLD                    not in the manifests; owned by this project
        LOSS NF2001  at most 12 messages go
                     acknowledged
        NOTE NF2007  3 clients are bound to it now
      . stream/GIVEN                  on_remove: orphan
      ^ stream/LEGACY                 equal to its declaration
      + stream/NEW                    subjects [new.>, new]  max_age 1d            streams/orders.yaml:3
      + consumer/NEW/reader                                                       streams/orders.yaml:14
          durable_name a.rather.long.durable_name  description a.rather.long.description
          filter_subject a.rather.long.filter_subject  deliver_subject a.rather.long.deliver_subject
          deliver_group a.rather.long.deliver_group  sample_freq a.rather.long.sample_freq
      ~ consumer/ORDERS/billing                                                   streams/orders.yaml:41
          backoff          (none) → [1000000000]                                  streams/orders.yaml:44
          ack_wait         30s → 1s  (follows)
          max_deliver      5000 → (default -1)
          description      old → (default)
          metadata[team]   "a b" → c
          filter_subjects
            - three
            + a.very.long.subject.three.>
      ! stream/THEIRS                 adopt blocked: it is not ours and differs
          max_age  1d → 2d

    Drift this plan reverts (1)
      ~ consumer/ORDERS/billing       max_waiting  5 → 512

    Prunable: owned, not in the manifests, kept (--prune delete deletes them) (1)
        stream/GONE

    note: the inventory is off: nothing is pruned or reset

    Plan: 2 create · 1 update · 1 delete · 1 adopt · 1 forget · 1 blocked
    "#);
}

#[test]
fn unchanged_objects_show_only_when_asked_for() {
    let planned = planned(vec![step("stream/SAME", Action::Keep, Verdict::Go)]);
    insta::assert_snapshot!(text(&planned), @"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects

    No changes.
    ");
    let verbose = super::plan(&planned, &Style { verbose: true, ..PLAIN }, &humanise);
    insta::assert_snapshot!(verbose, @"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects

      = stream/SAME

    No changes.
    ");
}

#[test]
fn the_same_edit_on_many_objects_is_one_line() {
    let many = |action, n: usize| {
        (0..n).map(move |i| {
            let mut s = step(&format!("stream/T{i:02}"), action, Verdict::Go);
            s.changes = vec![change("placement.tags", json!(["eu"]), json!(["eu", "ssd"]), Class::Declared)];
            s
        })
    };
    insta::assert_snapshot!(text(&planned(many(Action::Update, 8).collect())), @"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects

      ~ 8 streams
          placement.tags  [eu] → [eu, ssd]
          stream/T00, stream/T01, stream/T02, stream/T03, stream/T04, stream/T05 and 2 more (all with
          -v)

    Plan: 8 update
    ");
    let few = text(&planned(many(Action::Update, 4).collect()));
    assert_eq!(few.matches("  ~ stream/T0").count(), 4);
    assert_eq!(text(&planned(many(Action::Create, 40).collect())).matches("  + stream/T").count(), 40);
    assert!(text(&planned(many(Action::Create, 41).collect())).contains("  + 41 streams\n"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    for planned in [risky(), everything()] {
        let colored = super::plan(&planned, &Style { color: true, ..PLAIN }, &humanise);
        assert!(colored.contains("\u{1b}["));
        assert_eq!(strip(&colored), text(&planned));
    }
}

fn strip(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn the_json_of_a_plan_is_the_contract() {
    let json = json::plan(&risky(), vec![]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "format_version": "1.0",
      "complete": true,
      "summary": {
        "create": 0,
        "update": 2,
        "replace": 1,
        "delete": 0,
        "adopt": 0,
        "forget": 0,
        "blocked": 0,
        "unknown": 1
      },
      "changes": [
        {
          "address": "consumer/ORDERS/audit",
          "action": "replace",
          "verdict": "needs_ack",
          "reason": "nats-server 2.12.8 refuses this in place",
          "risk": "LOSS",
          "source": {
            "file": "streams/orders.yaml",
            "line": 41,
            "column": 3
          },
          "fields": [
            {
              "path": "deliver_policy",
              "before": "all",
              "after": "new",
              "class": "declared"
            }
          ],
          "findings": [
            {
              "code": "NF2101",
              "level": "LOSS",
              "message": "3 pending, 12 unacknowledged messages lose their position",
              "exact": false,
              "messages": 17,
              "ack": "NF2101:consumer/ORDERS/audit@APP:11d0<=17"
            }
          ],
          "writes": [
            "delete",
            "create"
          ]
        },
        {
          "address": "stream/CLICKS",
          "action": null,
          "verdict": "unknown",
          "reason": "its leader is offline; dependants are blocked",
          "risk": "SAFE",
          "fields": [],
          "findings": [],
          "writes": []
        },
        {
          "address": "stream/ORDERS",
          "action": "update",
          "verdict": "needs_ack",
          "reason": null,
          "risk": "LOSS",
          "source": {
            "file": "streams/orders.yaml",
            "line": 1,
            "column": 3
          },
          "fields": [
            {
              "path": "max_age",
              "before": 2592000000000000,
              "after": 604800000000000,
              "class": "declared"
            }
          ],
          "findings": [
            {
              "code": "NF2003",
              "level": "LOSS",
              "message": "61,204,332 messages (212 GiB, 71 % of the stream) are older than 7d and go at once\nconsumers behind that point: billing (1,022,118 pending), audit (3 pending)",
              "exact": false,
              "messages": 68000000,
              "ack": "NF2003:stream/ORDERS@APP:8c1f<=68M"
            }
          ],
          "writes": [
            "update"
          ]
        },
        {
          "address": "stream/PAYMENTS",
          "action": "update",
          "verdict": "go",
          "reason": null,
          "risk": "SAFE",
          "fields": [
            {
              "path": "max_msgs_per_subject",
              "before": 5,
              "after": 1,
              "class": "declared"
            }
          ],
          "findings": [],
          "writes": []
        }
      ],
      "drift": [
        {
          "address": "stream/PAYMENTS",
          "action": "update",
          "verdict": "go",
          "reason": null,
          "risk": "SAFE",
          "fields": [
            {
              "path": "max_msgs_per_subject",
              "before": 5,
              "after": 1,
              "class": "declared"
            }
          ],
          "findings": []
        }
      ],
      "prunable": [],
      "expectations": [],
      "ack": null,
      "refusals": [],
      "notes": [],
      "diagnostics": []
    }
    "#);
}

#[test]
fn json_counts_blocked_objects_as_blocked() {
    let json = json::plan(&everything(), vec![]);
    insta::assert_snapshot!(json["summary"].to_string(), @r#"{"create":2,"update":1,"replace":0,"delete":1,"adopt":1,"forget":1,"blocked":1,"unknown":0}"#);
    insta::assert_snapshot!(json["drift"][0]["fields"].to_string(), @r#"[{"path":"max_waiting","before":5,"after":512,"class":"declared"}]"#);
    let scoped = Planned { scoped: true, ..everything() };
    assert_eq!(json::plan(&scoped, vec![])["prunable"][0]["address"], json!("stream/GONE@APP"));
}

fn result(text: &str, action: Action, outcome: StepOutcome, error: Option<&str>) -> StepResult {
    StepResult { address: address(text), action, outcome, error: error.map(Into::into), notes: Vec::new() }
}

fn applied() -> Applied {
    Applied {
        steps: vec![
            result("stream/ORDERS", Action::Create, StepOutcome::Done, None),
            result("stream/CLICKS", Action::Update, StepOutcome::Already, None),
            result(
                "consumer/ORDERS/audit",
                Action::Replace,
                StepOutcome::Failed,
                Some("the server refused it: no suitable peers for placement, tags not matched ['ssd'] (10005)"),
            ),
            result("stream/MOVED", Action::Update, StepOutcome::Stale, Some("it changed since the plan")),
            result(
                "consumer/ORDERS/b",
                Action::Create,
                StepOutcome::NotStarted,
                Some("depends on consumer/ORDERS/audit"),
            ),
        ],
        writes: 4,
        errors: vec!["the inventory could not be written: permission denied".into()],
        ..Applied::default()
    }
}

#[test]
fn an_apply_tells_what_is_left() {
    insta::assert_snapshot!(super::apply(&applied(), &PLAIN), @"
    Done (1)
      + stream/ORDERS

    Already so (1)
      ~ stream/CLICKS

    Stale (1)
      ~ stream/MOVED  it changed since the plan

    Failed (1)
      ± consumer/ORDERS/audit
          the server refused it: no suitable peers for placement, tags not matched ['ssd'] (10005)

    Not started (1)
      + consumer/ORDERS/b  depends on consumer/ORDERS/audit

    error: the inventory could not be written: permission denied
    hint: run apply again when the cause is gone: it does only what is left

    Applied: 1 done · 1 already so · 1 stale · 1 failed · 1 not started                         4 writes
    ");
    insta::assert_snapshot!(super::apply(&Applied::default(), &PLAIN), @"No changes.");
    let stopped = Applied { stopped: Some(Exit::Interrupted), ..Applied::default() };
    insta::assert_snapshot!(super::apply(&stopped, &PLAIN), @"
    interrupted: running writes were finished, nothing new was started
    hint: run apply again: it does only what is left

    Applied: 0 done                                                                             0 writes
    ");
}

#[test]
fn the_json_of_an_apply_lists_every_step() {
    insta::assert_snapshot!(serde_json::to_string(&json::apply(&applied(), vec![])).unwrap(), @r#"{"format_version":"1.0","steps":[{"address":"stream/ORDERS","action":"create","outcome":"done","error":null,"notes":[]},{"address":"stream/CLICKS","action":"update","outcome":"already","error":null,"notes":[]},{"address":"consumer/ORDERS/audit","action":"replace","outcome":"failed","error":"the server refused it: no suitable peers for placement, tags not matched ['ssd'] (10005)","notes":[]},{"address":"stream/MOVED","action":"update","outcome":"stale","error":"it changed since the plan","notes":[]},{"address":"consumer/ORDERS/b","action":"create","outcome":"not_started","error":"depends on consumer/ORDERS/audit","notes":[]}],"writes":4,"undo":null,"interrupted":false,"errors":["the inventory could not be written: permission denied"],"refusals":[],"diagnostics":[]}"#);
}

pub(super) fn drifted() -> Drifted {
    let planned = risky();
    Drifted {
        header: planned.header,
        complete: false,
        changed: planned.plan.steps.into_iter().filter(|s| s.drift).collect(),
        missing: vec![(address("stream/LOST"), Some("last seen by plan 01JD".into()))],
        unowned: vec![address("stream/STRANGE")],
        unknown: vec![(address("stream/CLICKS"), "its leader is offline".into())],
        declared: 1204,
        total: 1377,
        ..Drifted::default()
    }
}

#[test]
fn a_drift_report_ends_with_coverage_and_counts() {
    insta::assert_snapshot!(super::drift(&drifted(), &PLAIN, &humanise), @"
    prod · nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8 · 1,204 objects

    Changed outside (1), as a plan would revert it
      ~ stream/PAYMENTS               max_msgs_per_subject  5 → 1

    Missing: ours, and gone (1)
      - stream/LOST  last seen by plan 01JD

    Not readable (1)
      ? stream/CLICKS  its leader is offline

    Unowned: live, and nobody's (1)
        stream/STRANGE

    declared 1,204 of 1,377 objects, 87 %
    Drift: 1 changed · 1 missing · 1 unknown
    ");
    let none = Drifted { complete: true, declared: 3, total: 3, ..Drifted::default() };
    insta::assert_snapshot!(super::drift(&none, &PLAIN, &humanise), @"
    declared 3 of 3 objects, 100 %
    No drift.
    ");
}

#[test]
fn the_json_of_drift_is_the_contract() {
    insta::assert_snapshot!(serde_json::to_string(&json::drift(&drifted(), vec![])).unwrap(), @r#"{"format_version":"1.0","complete":false,"changed":[{"address":"stream/PAYMENTS","action":"update","verdict":"go","reason":null,"risk":"SAFE","fields":[{"path":"max_msgs_per_subject","before":5,"after":1,"class":"declared"}],"findings":[]}],"missing":[{"address":"stream/LOST","reason":"last seen by plan 01JD"}],"unowned":[{"address":"stream/STRANGE"}],"held":[],"unknown":[{"address":"stream/CLICKS","reason":"its leader is offline"}],"expectations":[],"coverage":{"declared":1204,"total":1377},"notes":[],"diagnostics":[]}"#);
}
