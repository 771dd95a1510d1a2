use super::*;
use crate::model::{Action, Expectation, Finding, Plan, Step, StepResult, Token};

fn step(name: &str, action: Action, verdict: Verdict) -> Step {
    Step { verdict, ..Step::new(Address::new("stream", [name], "APP"), "jetstream", action) }
}

fn planned(steps: Vec<Step>) -> Planned {
    Planned { plan: Plan { steps, complete: true, ..Plan::default() }, ..Planned::default() }
}

fn go() -> Step {
    step("GO", Action::Update, Verdict::Go)
}

fn blocked() -> Step {
    step("BLOCKED", Action::Update, Verdict::Blocked { why: "why".into() })
}

fn unknown() -> Step {
    step("UNKNOWN", Action::Keep, Verdict::Unknown { why: "why".into() })
}

fn loss(acknowledged: bool) -> Step {
    let token = Token { key: "NF2003:stream/LOSS@APP:8c1f".into(), ceiling: 5 };
    let tokens = vec![token.to_string()];
    let verdict = if acknowledged { Verdict::Go } else { Verdict::NeedsAck { tokens } };
    let finding = Finding { ack: Some(token), ..Finding::new("NF2003", Level::Loss, "goes") };
    Step { findings: vec![finding], ..step("LOSS", Action::Update, verdict) }
}

#[test]
fn a_plan_tells_of_changes_only_when_asked() {
    let changes = planned(vec![go()]);
    assert_eq!(plan(&changes, false, &[]), Exit::Ok);
    assert_eq!(plan(&changes, true, &[]), Exit::Changes);
    assert_eq!(plan(&planned(vec![blocked()]), true, &[]), Exit::Changes);
    assert_eq!(plan(&planned(vec![step("A", Action::Keep, Verdict::Go)]), true, &[]), Exit::Ok);
    let prunable = Plan { prunable: vec![Address::new("stream", ["A"], "APP")], complete: true, ..Plan::default() };
    assert_eq!(plan(&Planned { plan: prunable, ..Planned::default() }, true, &[]), Exit::Ok);
}

#[test]
fn what_could_not_be_read_beats_changes() {
    assert_eq!(plan(&planned(vec![go(), unknown()]), true, &[]), Exit::Incomplete);
    assert_eq!(plan(&Planned::default(), false, &[]), Exit::Incomplete);
}

#[test]
fn fail_on_refuses_what_nobody_acknowledged() {
    use FailOn::{Loss, Policy, Risk};
    for (steps, on, exit) in [
        (vec![loss(false)], vec![], Exit::Ok),
        (vec![loss(false)], vec![Loss], Exit::Refused),
        (vec![loss(false)], vec![Risk], Exit::Refused),
        (vec![loss(false), unknown()], vec![Loss], Exit::Refused),
        (vec![loss(true)], vec![Loss, Risk], Exit::Ok),
        (vec![blocked()], vec![Loss, Risk], Exit::Ok),
        (vec![blocked()], vec![Policy], Exit::Refused),
    ] {
        assert_eq!(plan(&planned(steps.clone()), false, &on), exit, "{steps:?} {on:?}");
    }
    let guarded = Planned { refusals: vec!["too many deletes".into()], ..planned(vec![]) };
    assert_eq!(plan(&guarded, false, &[Policy]), Exit::Refused);
    assert_eq!(plan(&guarded, false, &[Loss]), Exit::Ok);
}

#[test]
fn an_apply_is_refused_whole_unless_the_rest_is_asked_for() {
    let mixed = planned(vec![go(), blocked(), loss(false)]);
    assert_eq!(refusals(&mixed, false).len(), 2);
    assert_eq!(refusals(&mixed, true), Vec::<String>::new());
    assert_eq!(refusals(&planned(vec![blocked()]), true).len(), 1, "there is no rest");
    assert_eq!(refusals(&planned(vec![go(), unknown()]), false), Vec::<String>::new());
    let guarded = Planned { refusals: vec!["too many deletes".into()], ..mixed };
    assert_eq!(refusals(&guarded, true), ["too many deletes"]);
}

/// The first line of a comment promises what apply will do.
#[test]
fn a_verdict_in_markdown_is_that_of_apply() {
    let all = [go(), blocked(), unknown(), loss(false), loss(true)];
    for chosen in 0..1_u32 << all.len() {
        let steps = all.iter().enumerate().filter(|(i, _)| chosen & (1 << i) != 0).map(|(_, s)| s.clone());
        for refusals in [vec![], vec!["too many deletes".to_owned()]] {
            let planned = Planned { refusals, ..planned(steps.clone().collect()) };
            let shown = crate::render::markdown::plan(&planned, &[], false, &|_, _| None);
            let verdict = shown.lines().nth(1).unwrap_or_default();
            let refused = !super::refusals(&planned, false).is_empty();
            assert_eq!(verdict.contains("🔴 apply would be refused"), refused, "{verdict}");
            assert_eq!(
                verdict.contains("could not be read"),
                plan(&planned, false, &[]) == Exit::Incomplete,
                "{verdict}"
            );
            let changes = plan(&planned, true, &[]) != Exit::Ok;
            assert_eq!(verdict.contains("🟢 no changes"), !changes && !refused, "{verdict}");
        }
    }
}

fn applied(steps: Vec<(Step, StepOutcome)>) -> Applied {
    let results = steps.iter().map(|(s, outcome)| StepResult {
        address: s.address.clone(),
        action: s.action,
        outcome: outcome.clone(),
        error: None,
        notes: Vec::new(),
    });
    Applied {
        steps: results.collect(),
        planned: planned(steps.into_iter().map(|(s, _)| s).collect()),
        ..Applied::default()
    }
}

#[test]
fn an_apply_is_partial_only_when_something_was_done() {
    use StepOutcome::{Already, Done, Failed, NotStarted, RolledBack, Stale};
    let other = || step("OTHER", Action::Create, Verdict::Go);
    for (steps, exit) in [
        (vec![(go(), Done), (other(), Already)], Exit::Ok),
        (vec![(go(), Done), (other(), Failed)], Exit::Partial),
        (vec![(go(), Done), (other(), Stale)], Exit::Partial),
        (vec![(go(), Done), (blocked(), NotStarted)], Exit::Partial),
        (vec![(go(), Already), (other(), Failed)], Exit::Error),
        (vec![(go(), RolledBack)], Exit::Error),
        (vec![(go(), Stale), (other(), NotStarted)], Exit::Stale),
        (vec![(go(), Stale), (other(), Failed)], Exit::Error),
        (vec![(blocked(), NotStarted), (loss(false), NotStarted)], Exit::Refused),
        (vec![(go(), Done), (unknown(), NotStarted)], Exit::Incomplete),
        (vec![(unknown(), NotStarted)], Exit::Incomplete),
        (vec![(go(), Done), (other(), Failed), (unknown(), NotStarted)], Exit::Partial),
    ] {
        assert_eq!(apply(&applied(steps.clone())), exit, "{steps:?}");
    }
}

#[test]
fn a_stopped_apply_says_by_what() {
    use StepOutcome::{Done, Failed, NotStarted};
    let stopped = |steps, exit| Applied { stopped: Some(exit), ..applied(steps) };
    assert_eq!(apply(&stopped(vec![(go(), Done), (loss(true), NotStarted)], Exit::Interrupted)), Exit::Interrupted);
    assert_eq!(apply(&stopped(vec![(go(), NotStarted)], Exit::Terminated)), Exit::Terminated);
    assert_eq!(apply(&stopped(vec![(go(), Done), (loss(true), Failed)], Exit::Terminated)), Exit::Terminated);
}

#[test]
fn what_the_engine_refuses_before_any_write_stands() {
    let steps = vec![(go(), StepOutcome::NotStarted)];
    let locked = Applied { exit: Some(Exit::Locked), errors: vec!["held".into()], ..applied(steps) };
    assert_eq!(apply(&locked), Exit::Locked);
    let lost = Applied { errors: vec!["the inventory".into()], ..applied(vec![(go(), StepOutcome::Done)]) };
    assert_eq!(apply(&lost), Exit::Partial);
}

#[test]
fn unowned_objects_are_no_drift() {
    let a = Address::new("stream", ["A"], "APP");
    let none = Drifted { complete: true, unowned: vec![a.clone()], ..Drifted::default() };
    assert_eq!(drift(&none), Exit::Ok);
    assert_eq!(drift(&Drifted { missing: vec![(a.clone(), None)], ..none.clone() }), Exit::Changes);
    assert_eq!(drift(&Drifted { changed: vec![go()], ..none.clone() }), Exit::Changes);
    let unmet = Expectation { path: "p".into(), wanted: "1".into(), found: "2".into(), source: None };
    assert_eq!(drift(&Drifted { expectations: vec![unmet], ..none.clone() }), Exit::Changes);
    let gap = vec![(a, "offline".into())];
    assert_eq!(drift(&Drifted { unknown: gap, changed: vec![go()], ..none }), Exit::Incomplete);
}
