use super::*;
use crate::model::{Address, Counted, Identity, Live, Value};

fn step(name: &str, messages: u64) -> Step {
    let address = Address::new("stream", [name], "APP");
    let identity = Identity { parent: None, own: Some("2026".into()), run: None };
    let live = Live {
        address: address.clone(),
        config: Value::Null,
        state: Value::Null,
        identity,
        fingerprint: String::new(),
        memory: None,
    };
    let level = if messages > 0 { Level::Loss } else { Level::Note };
    Step {
        findings: vec![Finding {
            messages: Some(messages),
            bytes: Some(messages),
            ..Finding::new("NF2001", level, "x")
        }],
        before: Some(live.into()),
        records: true,
        ..Step::new(address, "jetstream", Action::Delete)
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
    judge(&mut steps, &[], &Allowances::default());
    let token = tokens(&steps[0]);
    assert_eq!((token.len(), &steps[1].verdict), (1, &Verdict::Go));
    let mut again = [step("A", 10)];
    assert!(judge(&mut again, &token, &Allowances::default()).unused.is_empty());
    assert_eq!(again[0].verdict, Verdict::Go);
    let mut more = [step("A", 100)];
    judge(&mut more, &token, &Allowances::default());
    assert_eq!(tokens(&more[0]).len(), 1);
}

#[test]
fn one_digest_covers_all_and_only_these() {
    let mut steps = [step("A", 10), step("B", 20)];
    let digest = judge(&mut steps, &[], &Allowances::default()).digest.expect("two losses have a digest").to_string();
    let mut again = [step("A", 10), step("B", 20)];
    assert!(judge(&mut again, std::slice::from_ref(&digest), &Allowances::default()).unused.is_empty());
    assert!(again.iter().all(|s| s.verdict == Verdict::Go));
    let mut third = [step("A", 10), step("B", 20), step("C", 1)];
    assert_eq!(judge(&mut third, &[digest], &Allowances::default()).unused.len(), 1);
    assert!(third.iter().all(|s| tokens(s).len() == 1));
}

#[test]
fn a_budget_lets_small_losses_pass() {
    let budget = Budget { max_messages: Some(10), max_bytes: None };
    let mut steps = [step("A", 10), step("B", 11)];
    judge(&mut steps, &[], &Allowances { loss: budget, ..Allowances::default() });
    assert_eq!((&steps[0].verdict, tokens(&steps[1]).len()), (&Verdict::Go, 1));
}

#[test]
fn a_token_in_the_document_counts_and_a_leftover_is_told() {
    let mut asked = [step("A", 10)];
    judge(&mut asked, &[], &Allowances::default());
    let mut steps = [step("A", 10)];
    steps[0].head.lifecycle.ack = tokens(&asked[0]);
    steps[0].head.lifecycle.ack.push("NF2001:stream/A@APP:0000<=5".into());
    let judgement = judge(&mut steps, &[], &Allowances::default());
    assert_eq!(steps[0].verdict, Verdict::Go);
    assert_eq!(judgement.unused, vec![(Some(0), "NF2001:stream/A@APP:0000<=5".into())]);
}

#[test]
fn the_digest_covers_what_nothing_else_covers() {
    let of = |acks: &[String]| {
        let mut steps = [step("A", 10), step("B", 20), step("C", 30), step("D", 40)];
        let mut asked = [step("A", 10)];
        judge(&mut asked, &[], &Allowances::default());
        steps[0].head.lifecycle.ack = tokens(&asked[0]);
        steps[1].verdict = Verdict::Blocked { why: "no".into() };
        let judgement = judge(&mut steps, acks, &Allowances::default());
        (steps, judgement)
    };
    let (steps, judgement) = of(&[]);
    assert_eq!((tokens(&steps[2]).len(), tokens(&steps[3]).len()), (1, 1));
    let digest = judgement.digest.expect("two are left").to_string();
    assert!(digest.starts_with("LOSS:2:"), "{digest}");
    let (steps, judgement) = of(&[digest]);
    assert!(judgement.unused.is_empty() && judgement.digest.is_none(), "{judgement:?}");
    assert_eq!(steps.iter().filter(|s| s.verdict == Verdict::Go).count(), 3);
}

#[test]
fn what_is_within_the_budget_is_accepted_up_to_the_budget() {
    let budget = Budget { max_messages: Some(10), max_bytes: Some(5) };
    let mut steps = [step("A", 3), step("B", 7)];
    judge(&mut steps, &[], &Allowances { loss: budget, ..Allowances::default() });
    assert_eq!(steps[0].findings[0].allowed, Some(budget));
    assert!(steps[0].accepts(&steps[0].findings[0]));
    assert!(!steps[1].accepts(&steps[1].findings[0]));
}

#[test]
fn a_replace_needs_a_token_though_nobody_found_anything() {
    let replace = |name: &str| Step { action: Action::Replace, findings: vec![], ..step(name, 0) };
    let mut steps = [replace("A"), replace("B")];
    steps[1].goes_with = Some(steps[0].address.clone());
    steps[1].needs = vec![steps[0].address.clone()];
    judge(&mut steps, &[], &Allowances::default());
    assert_eq!(steps[0].findings[0].code, "NF2012");
    assert_eq!(tokens(&steps[0]), tokens(&steps[1]), "what goes along waits with it");
    assert!(steps[1].findings.is_empty());
    let given = tokens(&steps[0]);
    let mut again = [replace("A")];
    judge(&mut again, &given, &Allowances::default());
    assert_eq!(again[0].verdict, Verdict::Go);
}

#[test]
fn waiting_spreads_as_far_as_it_goes() {
    let mut steps = [step("A", 10), step("B", 0), step("C", 0), step("D", 0)];
    steps.iter_mut().for_each(|s| s.action = Action::Replace);
    steps[3].action = Action::Update;
    for (step, need) in [(2, "B"), (1, "A"), (3, "C")] {
        steps[step].needs = vec![Address::new("stream", [need], "APP")];
        steps[step].findings.clear();
        steps[step].goes_with = Some(Address::new("stream", [need], "APP"));
    }
    steps.reverse();
    judge(&mut steps, &[], &Allowances::default());
    assert!(steps.iter().all(|s| tokens(s).len() == 1));
}

#[test]
fn a_token_in_the_document_counts_once() {
    let mut asked = [step("A", 10)];
    judge(&mut asked, &[], &Allowances::default());
    let mut first = [step("A", 10)];
    first[0].head.lifecycle.ack = tokens(&asked[0]);
    judge(&mut first, &[], &Allowances::default());
    assert_eq!((&first[0].verdict, first[0].spent.len()), (&Verdict::Go, 1));
    let mut later = [step("A", 10)];
    later[0].head.lifecycle.ack = tokens(&asked[0]);
    later[0].spent = first[0].spent.clone();
    let judgement = judge(&mut later, &[], &Allowances::default());
    assert_eq!(tokens(&later[0]).len(), 1);
    assert_eq!((judgement.spent.len(), judgement.unused.len()), (1, 0));
    later[0].verdict = Verdict::Go;
    judge(&mut later, &tokens(&asked[0]), &Allowances::default());
    assert_eq!(later[0].verdict, Verdict::Go, "given with the run it counts");
    assert_eq!(later[0].spent, first[0].spent);
}

/// An alert that would lose its state, or so: something that is counted over the whole plan.
fn counting(name: &str, n: u64) -> Step {
    let counted = Some(Counted { limit: "max_x", n });
    Step { findings: vec![Finding { counted, ..Finding::new("NF2201", Level::Risk, "x") }], ..step(name, 0) }
}

#[test]
fn what_is_counted_needs_tokens_where_the_whole_plan_has_more_than_is_allowed() {
    let allow = |n| Allowances { counts: BTreeMap::from([("max_x", n)]), ..Allowances::default() };
    let mut steps = [counting("A", 3), counting("B", 4)];
    judge(&mut steps, &[], &allow(7));
    assert!(steps.iter().all(|s| s.verdict == Verdict::Go && s.risk() == Level::Note && s.allowed["max_x"] == 7));
    let mut steps = [counting("A", 3), counting("B", 4)];
    let digest = judge(&mut steps, &[], &allow(6)).digest.expect("two tokens").to_string();
    assert!(steps.iter().all(|s| tokens(s).len() == 1 && s.risk() == Level::Risk));
    let given: Vec<String> = steps.iter().flat_map(tokens).collect();
    for acks in [given, vec![digest]] {
        let mut again = [counting("A", 3), counting("B", 4)];
        judge(&mut again, &acks, &Allowances::default());
        assert!(again.iter().all(|s| s.verdict == Verdict::Go), "{acks:?}");
        let mut more = [counting("A", 3), counting("B", 40)];
        judge(&mut more, &acks, &Allowances::default());
        assert_eq!(tokens(&more[1]).len(), 1, "{acks:?}");
    }
    let mut blocked = [counting("A", 3), counting("B", 4)];
    blocked[0].verdict = Verdict::Blocked { why: "no".into() };
    judge(&mut blocked, &[], &allow(4));
    assert_eq!(blocked[1].verdict, Verdict::Go, "what is not done counts nothing");
}
