use super::*;
use crate::model::{Address, Declared, Head, Identity, Live, Value};

fn step(name: &str, messages: u64) -> Step {
    let address = Address::new("stream", [name], "APP");
    let identity = Identity { parent: None, own: Some("2026".into()), run: None };
    let live = Live {
        address: address.clone(),
        config: Value::Null,
        state: Value::Null,
        identity,
        fingerprint: String::new(),
    };
    let level = if messages > 0 { Level::Loss } else { Level::Note };
    Step {
        address,
        system: "jetstream",
        action: Action::Delete,
        verdict: Verdict::Go,
        reason: None,
        changes: vec![],
        findings: vec![Finding {
            messages: Some(messages),
            bytes: Some(messages),
            ..Finding::new("NF2001", level, "x")
        }],
        drift: false,
        origin: None,
        source: None,
        field_sources: Default::default(),
        head: Head::default(),
        before: Some(Box::new(live)),
        target: Value::Null,
        settled: Value::Null,
        declared: Declared::new(),
        protect: false,
        offered: None,
        needs: vec![],
        goes_with: None,
        records: true,
    }
}

fn tokens(step: &Step) -> Vec<String> {
    match &step.verdict {
        Verdict::NeedsAck { tokens } => tokens.clone(),
        _ => vec![],
    }
}

#[test]
fn a_loss_waits_for_its_token() {
    let mut steps = [step("A", 10), step("B", 0)];
    judge(&mut steps, &[], Budget::default());
    let token = tokens(&steps[0]);
    assert_eq!((token.len(), &steps[1].verdict), (1, &Verdict::Go));
    let mut again = [step("A", 10)];
    assert!(judge(&mut again, &token, Budget::default()).unused.is_empty());
    assert_eq!(again[0].verdict, Verdict::Go);
    let mut more = [step("A", 100)];
    judge(&mut more, &token, Budget::default());
    assert_eq!(tokens(&more[0]).len(), 1);
}

#[test]
fn one_digest_covers_all_and_only_these() {
    let mut steps = [step("A", 10), step("B", 20)];
    let digest = judge(&mut steps, &[], Budget::default()).digest.expect("two losses have a digest").to_string();
    let mut again = [step("A", 10), step("B", 20)];
    assert!(judge(&mut again, std::slice::from_ref(&digest), Budget::default()).unused.is_empty());
    assert!(again.iter().all(|s| s.verdict == Verdict::Go));
    let mut third = [step("A", 10), step("B", 20), step("C", 1)];
    assert_eq!(judge(&mut third, &[digest], Budget::default()).unused.len(), 1);
    assert!(third.iter().all(|s| tokens(s).len() == 1));
}

#[test]
fn a_budget_lets_small_losses_pass() {
    let budget = Budget { max_messages: Some(10), max_bytes: None };
    let mut steps = [step("A", 10), step("B", 11)];
    judge(&mut steps, &[], budget);
    assert_eq!((&steps[0].verdict, tokens(&steps[1]).len()), (&Verdict::Go, 1));
}

#[test]
fn a_token_in_the_document_counts_and_a_leftover_is_told() {
    let mut asked = [step("A", 10)];
    judge(&mut asked, &[], Budget::default());
    let mut steps = [step("A", 10)];
    steps[0].head.lifecycle.ack = tokens(&asked[0]);
    steps[0].head.lifecycle.ack.push("NF2001:stream/A@APP:0000<=5".into());
    let judgement = judge(&mut steps, &[], Budget::default());
    assert_eq!(steps[0].verdict, Verdict::Go);
    assert_eq!(judgement.unused, vec![(Some(0), "NF2001:stream/A@APP:0000<=5".into())]);
}
