//! Whole outputs, and what holds of every output.

use super::{
    super::tests::{address, change, drifted, everything, finding, humanise, planned, risky, step},
    LIMIT, drift, failed, plan,
};
use crate::model::{
    Action, Class, Diagnostic, Drifted, Finding, Header, Level, Planned, Severity, Step, Value, Verdict, json,
};
use comrak::{
    Arena, Options,
    nodes::{AstNode, NodeValue},
};
use proptest::prelude::*;

fn markdown(planned: &Planned) -> String {
    plan(planned, &[], false, &humanise)
}

#[test]
fn a_risky_plan_asks_first() {
    insta::assert_snapshot!(markdown(&risky()), @r#"
    <!-- natsform:plan project=edr environment=prod -->
    ### natsform plan · edr · prod · 🔴 apply would be refused: 2 changes need an acknowledgement, 1 object could not be read

    - 🔴 **LOSS** NF2003 update `stream/ORDERS` at `streams/orders.yaml:1`: 61,204,332 messages (212 GiB, 71 % of the stream) are older than 7d and go at once<br>consumers behind that point: billing (1,022,118 pending), audit (3 pending)
    - 🔴 **LOSS** NF2101 replace `consumer/ORDERS/audit` at `streams/orders.yaml:41`: 3 pending, 12 unacknowledged messages lose their position
    - 🟡 **UNKNOWN** `stream/CLICKS`: its leader is offline; dependants are blocked

    To accept: write the token into `metadata.lifecycle.ack` of the object's document, or give it to apply:

    ```sh
    --ack 'NF2003:stream/ORDERS@APP:8c1f<=68M' \
    --ack 'NF2101:consumer/ORDERS/audit@APP:11d0<=17'
    ```

    **Plan: 2 update · 1 replace · 1 unknown**

    `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8` · 1,204 objects

    <details><summary><code>~</code> update, needs an acknowledgement <code>stream/ORDERS</code> <code>streams/orders.yaml:1</code></summary>

    ```diff
    - max_age 30d
    + max_age 7d
    ```

    </details>

    <details><summary><code>±</code> replace, needs an acknowledgement <code>consumer/ORDERS/audit</code> <code>streams/orders.yaml:41</code></summary>

    - nats-server 2.12.8 refuses this in place

    ```diff
    - deliver_policy all
    + deliver_policy new
    ```

    </details>

    #### Drift this plan reverts (1)

    <details><summary><code>~</code> update <code>stream/PAYMENTS</code></summary>

    ```diff
    - max_msgs_per_subject 5
    + max_msgs_per_subject 1
    ```

    </details>
    "#);
}

#[test]
fn every_action_has_its_details() {
    let problem = Diagnostic {
        code: "NF0302",
        severity: Severity::Warning,
        message: "the acknowledgement `x` does not fit".into(),
        help: vec!["take it away".into()],
        source: None,
    };
    insta::assert_snapshot!(plan(&everything(), &[problem], false, &humanise), @r#"
    <!-- natsform:plan project=edr environment=prod -->
    ### natsform plan · edr · prod · 🔴 apply would be refused: a guard refuses it, 1 change is blocked

    - 🔴 **REFUSED** 21 deletes are more than max\_deletes (20)
    - 🔴 **LOSS** NF2001 delete `stream/OLD`: at most 12 messages go<br>acknowledged
    - 🔴 **BLOCKED** `stream/THEIRS`: it is not ours and differs

    **Plan: 2 create · 1 update · 1 delete · 1 adopt · 1 forget · 1 blocked**

    `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8` · 1,204 objects

    #### Problems

    - **warning** NF0302: the acknowledgement `x` does not fit<br>help: take it away

    #### Expected otherwise

    - `nats.expect.servers` at `natsform.yaml:12`: wanted `3`, found `1`

    <details><summary><code>-</code> delete <code>stream/OLD</code></summary>

    - not in the manifests; owned by this project
    - NOTE NF2007 3 clients are bound to it now

    </details>

    <details><summary><code>.</code> forget <code>stream/GIVEN</code></summary>

    - on\_remove: orphan

    </details>

    <details><summary><code>^</code> adopt <code>stream/LEGACY</code></summary>

    - equal to its declaration

    </details>

    <details><summary><code>+</code> create <code>stream/NEW</code> <code>streams/orders.yaml:3</code></summary>

    ```diff
    + subjects [new.>, new]
    + max_age 1d
    ```

    </details>

    <details><summary><code>+</code> create <code>consumer/NEW/reader</code> <code>streams/orders.yaml:14</code></summary>

    ```diff
    + durable_name a.rather.long.durable_name
    + description a.rather.long.description
    + filter_subject a.rather.long.filter_subject
    + deliver_subject a.rather.long.deliver_subject
    + deliver_group a.rather.long.deliver_group
    + sample_freq a.rather.long.sample_freq
    ```

    </details>

    <details><summary><code>~</code> update <code>consumer/ORDERS/billing</code> <code>streams/orders.yaml:41</code></summary>

    ```diff
    + backoff [1000000000]
    - ack_wait 30s
    + ack_wait 1s  (follows)
    - max_deliver 5000
    + max_deliver (default -1)
    - description old
    + description (default)
    - metadata[team] "a b"
    + metadata[team] c
    @@ filter_subjects @@
    - three
    + a.very.long.subject.three.>
    ```

    </details>

    <details><summary><code>!</code> adopt, blocked <code>stream/THEIRS</code></summary>

    ```diff
    - max_age 1d
    + max_age 2d
    ```

    </details>

    #### Drift this plan reverts (1)

    <details><summary><code>~</code> update <code>consumer/ORDERS/billing</code> <code>streams/orders.yaml:41</code></summary>

    ```diff
    - max_waiting 5
    + max_waiting 512
    ```

    </details>

    <details><summary>Prunable: owned, not in the manifests, kept (1)</summary>

    ```text
    stream/GONE
    ```

    </details>

    - note: the inventory is off: nothing is pruned or reset
    "#);
}

#[test]
fn nothing_to_do_is_short() {
    let mut nothing = planned(vec![step("stream/SAME", Action::Keep, Verdict::Go)]);
    insta::assert_snapshot!(markdown(&nothing), @"
    <!-- natsform:plan project=edr environment=prod -->
    ### natsform plan · edr · prod · 🟢 no changes

    **No changes.**

    `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8` · 1,204 objects
    ");
    nothing.plan.complete = false;
    insta::assert_snapshot!(markdown(&nothing), @"
    <!-- natsform:plan project=edr environment=prod -->
    ### natsform plan · edr · prod · 🟡 incomplete: not everything could be read; no changes in the rest

    - 🟡 **UNKNOWN** not everything could be read

    **No changes.**

    `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8` · 1,204 objects
    ");
}

#[test]
fn a_run_without_a_result_says_so() {
    let problem = Diagnostic {
        code: "NF0102",
        severity: Severity::Error,
        message: "`max_age` is no duration".into(),
        help: vec![],
        source: Some(crate::model::Source { file: "m.yaml".into(), line: 3, column: 1 }),
    };
    let header = Header { project: "shop".into(), environment: "prod".into(), ..Header::default() };
    insta::assert_snapshot!(failed("plan", &header, &[problem]), @"
    <!-- natsform:plan project=shop environment=prod -->
    ### natsform plan · shop · prod · 🔴 it came to no result: 1 error

    #### Problems

    - **error** NF0102 `m.yaml:3`: `max_age` is no duration
    ");
}

#[test]
fn a_drift_report_is_a_comment_too() {
    insta::assert_snapshot!(drift(&drifted(), &[], false, &humanise), @"
    <!-- natsform:drift project=edr environment=prod -->
    ### natsform drift · edr · prod · 🔴 drift: 1 changed · 1 missing; 1 object could not be read

    - 🔴 **MISSING** `stream/LOST`: last seen by plan 01JD
    - 🟡 **UNKNOWN** `stream/CLICKS`: its leader is offline
    - 🔴 **CHANGED** `stream/PAYMENTS`: 1 field

    declared 1,204 of 1,377 objects, 87 %

    `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8` · 1,204 objects

    #### Changed outside, as a plan would revert it

    <details><summary><code>~</code> update <code>stream/PAYMENTS</code></summary>

    ```diff
    - max_msgs_per_subject 5
    + max_msgs_per_subject 1
    ```

    </details>

    <details><summary>Unowned: live, and nobody's (1)</summary>

    ```text
    stream/STRANGE
    ```

    </details>
    ");
    let none = Drifted { complete: true, declared: 3, total: 3, ..Drifted::default() };
    insta::assert_snapshot!(drift(&none, &[], false, &humanise), @"
    <!-- natsform:drift project= environment= -->
    ### natsform drift · 🟢 no drift

    declared 3 of 3 objects, 100 %
    ");
}

#[test]
fn the_same_edit_on_many_objects_is_one_entry() {
    let steps = (0..60).map(|i| {
        let mut s = step(&format!("stream/T{i:02}"), Action::Update, Verdict::Go);
        s.changes = vec![change("placement.tags", json!(["eu"]), json!(["eu", "ssd"]), Class::Declared)];
        s
    });
    let shown = markdown(&planned(steps.collect()));
    assert_eq!(shown.matches("<details>").count(), 1, "{shown}");
    assert!(shown.contains("<code>60 streams</code>") && shown.contains("`stream/T49`, and 10 more"), "{shown}");
}

/// An update with so long a value, and a loss where there is a token.
fn update(i: usize, size: usize, lost: Option<&str>) -> Step {
    let mut s = step(&format!("stream/S{i}"), Action::Update, Verdict::Go);
    s.changes = vec![change("description", Value::Null, json!(format!("{i} {}", "x".repeat(size))), Class::Declared)];
    if let Some(message) = lost {
        let found = finding("NF2003", Level::Loss, message, &format!("NF2003:stream/S{i}@APP:ab{i}"), 5);
        s.verdict = Verdict::NeedsAck { tokens: found.ack.iter().map(ToString::to_string).collect() };
        s.findings = vec![found];
    }
    s
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Every risk and every acknowledgement of a plan stands in its output.
fn risks_stand(planned: &Planned, shown: &str) -> Result<(), String> {
    for step in planned.plan.changes() {
        let name = step.address.text(planned.scoped);
        let told = |word: &str| shown.lines().any(|l| l.starts_with("- ") && l.contains(word) && l.contains(&name));
        for f in step.findings.iter().filter(|f| f.level >= Level::Risk) {
            told(f.code).then_some(()).ok_or(format!("{} of {name} is missing", f.code))?;
        }
        match &step.verdict {
            Verdict::Blocked { .. } => told("BLOCKED").then_some(()).ok_or(format!("{name} is not blocked"))?,
            Verdict::Unknown { .. } => told("UNKNOWN").then_some(()).ok_or(format!("{name} is not unknown"))?,
            Verdict::NeedsAck { tokens } => {
                let missing = tokens.iter().find(|t| !shown.contains(&format!("--ack '{t}'")));
                missing.map_or(Ok(()), |t| Err(format!("{t} is missing")))?;
            }
            Verdict::Go => {}
        }
    }
    Ok(())
}

#[test]
fn details_go_first_and_whole_and_the_rest_is_counted() {
    let mut steps: Vec<Step> = (0..40).map(|i| update(i, 5_000, None)).collect();
    steps.extend((40..50).map(|i| update(i, 50, Some("5 messages go"))));
    let all = planned(steps);
    let shown = markdown(&all);
    assert!(length(&shown) <= LIMIT, "{}", length(&shown));
    assert!(length(&shown) > LIMIT - 6_000, "there was room: {}", length(&shown));
    risks_stand(&all, &shown).unwrap();
    let details = shown.matches("<details>").count();
    let left = format!(
        "\n\n_{} more entries are not shown, for want of room: `natsform plan` shows all of them._\n",
        50 - details
    );
    assert!(details < 50 && shown.ends_with(&left), "{details}: {}", &shown[shown.len() - 200..]);
}

#[test]
fn risks_are_shortened_before_they_are_too_long_and_never_cut() {
    let long = format!("5 messages go\n{}", "a consumer\n".repeat(100));
    let many = |n: usize| planned((0..n).map(|i| update(i, 10, Some(&long))).collect());
    let shown = markdown(&many(100));
    assert!(length(&shown) <= LIMIT, "{}", length(&shown));
    assert!(shown.contains("5 messages go\n") && !shown.contains("a consumer"));
    risks_stand(&many(100), &shown).unwrap();
    // and where even that is too long, length gives way and not risk
    let shown = markdown(&many(2_000));
    assert!(length(&shown) > LIMIT);
    risks_stand(&many(2_000), &shown).unwrap();
    assert!(!shown.contains("<details>") && shown.contains("2,000 more entries are not shown"));
}

/// However many risks an object has and whatever it is called: each line says whose it is.
#[test]
fn a_shortened_risk_never_loses_its_object() {
    let name = |i: usize| format!("{}{i:02}", "LONG_".repeat(40));
    let step = |i: usize| {
        let mut s = step(&format!("stream/{}", name(i)), Action::Update, Verdict::Go);
        let message = |n: usize| format!("risk {n} of {i}\n{}", "a consumer\n".repeat(50));
        s.findings = (0..20).map(|n| Finding::new("NF2008", Level::Risk, message(n))).collect();
        s
    };
    let all = planned((0..30).map(step).collect());
    let shown = markdown(&all);
    let risks: Vec<&str> = shown.lines().filter(|l| l.starts_with("- ") && l.contains("NF2008")).collect();
    assert_eq!(risks.len(), 600, "{shown}");
    for (i, of_one) in risks.chunks(20).enumerate() {
        for (n, line) in of_one.iter().enumerate() {
            assert!(line.contains(&format!("stream/{}", name(i))) && line.contains(&format!("risk {n} of ")), "{line}");
        }
    }
    assert!(!shown.contains("a consumer") && !shown.contains("<details>"), "what is not needed goes first");
}

const NASTY: &[&str] = &[
    "@team",
    "`",
    "```",
    "~~~~",
    "<!-- natsform:plan project=p environment=e -->",
    "-->",
    "</details>",
    "<script>",
    "<img src=x>",
    "[a](https://evil.example)",
    "![i](http://x.y/z.png)",
    "https://evil.example/x",
    "www.evil.example",
    "ops@evil.example",
    "#1",
    "!2",
    "$3",
    "| a | b |\n|---|---|",
    "\n# big\n",
    "\n\n- [ ] x",
    "**b**",
    "_i_",
    "\\",
    "&amp;",
    "\u{202e}",
    "\r\n",
    "\u{0}",
    "$$x$$",
    "[^1]: y",
    "[x]: http://evil.example",
    "\n    code",
    "\n---\n",
    "\n> quoted",
    "é",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(NASTY).prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        1 => any::<String>().prop_map(|s| s.chars().take(12).collect()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|all| all.concat())
}

fn any_step() -> impl Strategy<Value = Step> {
    let action = prop::sample::select(
        &[Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Adopt, Action::Forget, Action::Keep]
            [..],
    );
    let level = prop::sample::select(&[Level::Note, Level::Risk, Level::Loss][..]);
    let found = prop::collection::vec((level, text(), any::<bool>()), 0..3);
    let fields = prop::collection::vec((text(), text(), 0..3_000_usize, any::<bool>()), 0..4);
    (0..1_000_u32, text(), action, 0..4, found, fields, prop::option::of(text()), any::<bool>()).prop_map(
        |(n, name, action, verdict, found, fields, reason, drift)| {
            let mut step = step("stream/X", action, Verdict::Go);
            step.address = crate::model::Address::new("stream", [format!("{n}{name}")], "APP");
            step.findings = found
                .into_iter()
                .enumerate()
                .map(|(i, (level, message, ack))| match ack {
                    true => finding("NF2003", level, &message, &format!("NF2003:{}:{i}", step.address), 7),
                    false => Finding::new("NF2101", level, message),
                })
                .collect();
            step.changes = fields
                .into_iter()
                .enumerate()
                .map(|(i, (before, after, long, drift))| {
                    let after = json!(format!("{after}{}", "y".repeat(long)));
                    crate::model::Change { drift, ..change(&format!("f{i}"), json!(before), after, Class::Declared) }
                })
                .collect();
            let tokens =
                step.findings.iter().filter_map(|f| f.ack.as_ref()).map(ToString::to_string).collect::<Vec<_>>();
            let why = reason.clone().unwrap_or_default();
            step.verdict = match verdict {
                0 if !tokens.is_empty() => Verdict::NeedsAck { tokens },
                1 => Verdict::Blocked { why },
                2 => Verdict::Unknown { why },
                _ => Verdict::Go,
            };
            step.reason = reason;
            step.drift = drift;
            step.source = Some(crate::model::Source { file: format!("m/{name}.yaml"), line: 1, column: 1 });
            step
        },
    )
}

/// A plan of anything, with words that try to do something.
pub(in crate::render) fn any_plan() -> impl Strategy<Value = Planned> {
    let texts = || prop::collection::vec(text(), 0..3);
    (prop::collection::vec(any_step(), 0..60), texts(), texts(), text(), text()).prop_map(
        |(steps, refusals, notes, project, environment)| {
            let mut planned = planned(steps);
            planned.header.project = project;
            planned.header.places = notes.clone();
            planned.header.environment = environment;
            planned.refusals = refusals;
            planned.notes = notes;
            planned.plan.prunable = vec![address("stream/GONE")];
            planned
        },
    )
}

/// Nothing but what this module writes itself does anything: no link, no picture, no element, no table, no second title.
fn calm(shown: &str) -> Result<(), String> {
    let mut options = Options::default();
    let e = &mut options.extension;
    (e.table, e.autolink, e.strikethrough, e.tasklist, e.footnotes) = (true, true, true, true, true);
    (e.math_dollars, e.alerts, e.description_lists, e.superscript) = (true, true, true, false);
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, shown, &options);
    let mut titles = 0;
    for node in root.descendants() {
        odd(node, &mut titles).map_or(Ok(()), Err)?;
    }
    if titles == 1 { Ok(()) } else { Err(format!("{titles} titles")) }
}

fn odd<'a>(node: &'a AstNode<'a>, titles: &mut usize) -> Option<String> {
    match &node.data.borrow().value {
        NodeValue::Heading(h) if h.level == 3 => *titles += 1,
        NodeValue::Heading(h) if h.level == 4 => {}
        NodeValue::HtmlInline(html) if html == "<br>" => {}
        NodeValue::HtmlBlock(html) => {
            let text = html.literal.trim_end();
            let marker =
                text.starts_with("<!-- natsform:plan project=") && text.ends_with(" -->") && !text.contains('\n');
            let ours = marker
                || text == "</details>"
                || (text.starts_with("<details><summary>") && text.ends_with("</summary>"))
                || (text.starts_with("<p><code>") && text.ends_with("</p>"));
            if !ours || text.contains('\n') {
                return Some(format!("HTML: {text}"));
            }
        }
        NodeValue::Text(text) => {
            let mention = text.split('@').skip(1).any(|rest| !rest.starts_with('\u{200b}'));
            return mention.then(|| format!("a mention: {text}"));
        }
        NodeValue::Document
        | NodeValue::List(_)
        | NodeValue::Item(_)
        | NodeValue::Paragraph
        | NodeValue::SoftBreak
        | NodeValue::Code(_)
        | NodeValue::CodeBlock(_)
        | NodeValue::Strong
        | NodeValue::Emph => {}
        other => return Some(format!("{other:?}")),
    }
    None
}

proptest! {
    #[test]
    fn a_plan_fits_shows_its_risks_and_does_nothing_else(planned in any_plan()) {
        let shown = markdown(&planned);
        let risks = planned.plan.changes().any(|s| s.risk() >= Level::Risk || s.verdict != Verdict::Go);
        prop_assert!(length(&shown) <= LIMIT || risks, "{}", length(&shown));
        let (first, rest) = shown.split_once('\n').unwrap();
        prop_assert!(first.starts_with("<!-- natsform:plan project=") && first.ends_with(" -->"), "{}", first);
        prop_assert_eq!(first.matches("--").count(), 2, "{}", first);
        prop_assert!(!rest.contains("<!--"));
        prop_assert!(rest.starts_with("### natsform plan"));
        prop_assert_eq!(calm(&shown), Ok(()), "{}", shown);
        prop_assert_eq!(listed(&planned, &shown), Ok(()), "{}", shown);
    }
}

/// Every risk has its line, and every acknowledgement that needs no care in Markdown stands as it is.
fn listed(planned: &Planned, shown: &str) -> Result<(), String> {
    let lines = |word: &str| shown.lines().filter(|l| l.starts_with("- ") && l.contains(word)).count();
    for (level, word) in [(Level::Loss, " **LOSS** "), (Level::Risk, " **RISK** ")] {
        let wanted = planned.plan.changes().flat_map(|s| &s.findings).filter(|f| f.level == level).count();
        let short = lines(&word.replace('*', ""));
        if lines(word) + short < wanted {
            return Err(format!("{wanted}{word} wanted, {} there", lines(word) + short));
        }
    }
    let tokens = planned.plan.changes().filter_map(|s| match &s.verdict {
        Verdict::NeedsAck { tokens } => Some(tokens),
        _ => None,
    });
    let plain = |t: &&String| t.chars().all(|c| c.is_ascii_graphic() && c != '\'') && !t.contains("<!--");
    match tokens.flatten().filter(plain).find(|t| !shown.contains(&format!("--ack '{t}'"))) {
        Some(token) => Err(format!("{token} is missing")),
        None => Ok(()),
    }
}
