//! Subjects that change hands: every plan of moves against a server that refuses what real ones refuse.

use super::{
    NAME,
    across::across,
    identity::fingerprint,
    lower::lower,
    subjects::{captured, collide},
};
use crate::model::{
    Action, Address, Expect, Finding, Identity, Level, Live, Op, OpId, Presence, Step, Value, Verdict, World, json,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn stream(name: &str) -> Address {
    match name.split_once('@') {
        Some((name, scope)) => Address::new("stream", [name], scope),
        None => Address::new("stream", [name], "APP"),
    }
}

fn config(name: &str, subjects: &[&str]) -> Value {
    json!({"name": name, "subjects": subjects, "max_age": 5})
}

fn live(name: &str, subjects: &[&str]) -> Live {
    let config = config(name, subjects);
    let fingerprint = fingerprint(&config);
    Live { address: stream(name), config, state: Value::Null, identity: Identity::default(), fingerprint, memory: None }
}

/// A step from these subjects to those; `None` is a stream that is not there.
fn step(name: &str, from: Option<&[&str]>, to: Option<&[&str]>) -> Step {
    let action = match (from, to) {
        (None, _) => Action::Create,
        (_, None) => Action::Delete,
        _ => Action::Update,
    };
    let target = to.map_or(Value::Null, |to| config(name, to));
    Step {
        before: from.map(|from| live(name, from).into()),
        settled: target.clone(),
        target,
        records: true,
        ..Step::new(stream(name), NAME, action)
    }
}

fn world(steps: &[Step], others: &[(&str, &[&str])]) -> World {
    let mut world = World::default();
    let lives = steps.iter().filter_map(|s| s.before.as_deref().cloned());
    for live in lives.chain(others.iter().map(|(name, subjects)| live(name, subjects))) {
        world.objects.insert(live.address.clone(), Presence::Present(live.into()));
    }
    world
}

fn lowered(steps: &[Step], others: &[(&str, &[&str])]) -> Vec<Op> {
    lower(&steps.iter().collect::<Vec<_>>(), &world(steps, others), 7)
}

/// `release A`, `update B` … in an order that the edges allow; `None` where they allow none.
fn order(ops: &[Op]) -> Option<Vec<&Op>> {
    let (mut out, mut done): (Vec<&Op>, BTreeSet<OpId>) = (Vec::new(), BTreeSet::new());
    while out.len() < ops.len() {
        let ready = |op: &&Op| !done.contains(&op.id) && op.after.iter().all(|id| done.contains(id));
        let next = ops.iter().find(ready)?;
        done.insert(next.id);
        out.push(next);
    }
    Some(out)
}

fn told(ops: &[Op]) -> Vec<String> {
    let ops = order(ops).expect("an order");
    ops.iter().map(|op| format!("{} {}", op.verb, op.carries[0].leaf())).collect()
}

/// Runs the ops in order. No stream may ever meet another one, each op has to find what it expects, of its own object
/// and of those that it looks at, and in the end everything is as it was to be.
fn run(steps: &[Step], others: &[(&str, &[&str])]) -> usize {
    let ops = lowered(steps, others);
    let mut server: BTreeMap<Address, Value> =
        world(steps, others).objects.into_iter().filter_map(|(a, p)| Some((a, p.live()?.config.clone()))).collect();
    for op in order(&ops).unwrap_or_else(|| panic!("a circle is left: {ops:#?}")) {
        for (address, expect) in &op.expects {
            let fits = match (expect, server.get(address)) {
                (Expect::Absent, None) => true,
                (Expect::Is { fingerprint: is, .. }, Some(config)) => *is == fingerprint(config),
                _ => false,
            };
            assert!(fits, "{} {} expects another {address}: {server:#?}", op.verb, op.carries[0]);
        }
        let address = &op.carries[0];
        server.remove(address);
        if op.verb == "delete" {
            continue;
        }
        assert!(captured(&op.body["config"]).next().is_some(), "no subject at all: {op:#?}");
        for (i, taken) in captured(&op.body["config"]).enumerate() {
            let own = captured(&op.body["config"]).take(i).any(|own| collide(own, taken));
            assert!(!own, "a stream that meets itself (10052): {op:#?}");
            let meets = |(other, config): (&Address, &Value)| {
                other.scope == address.scope && captured(config).any(|own| collide(own, taken))
            };
            let other = server.iter().find(|(a, c)| meets((a, c)));
            assert!(other.is_none(), "{} {address} takes {taken} (10065): {server:#?}", op.verb);
        }
        server.insert(address.clone(), op.body["config"].clone());
    }
    for step in steps {
        assert_eq!(server.get(&step.address), Some(&step.target).filter(|t| !t.is_null()), "{}", step.address);
    }
    ops.len()
}

#[test]
fn a_subject_that_moves_is_given_up_and_then_taken_back_to_back() {
    let steps = [step("A", Some(&["b"]), Some(&["b", "x"])), step("B", Some(&["y", "x"]), Some(&["y"]))];
    let ops = lowered(&steps, &[]);
    assert_eq!(told(&ops), ["update B", "update A"]);
    assert!(ops.iter().all(|op| op.unit == Some(7)));
    assert_eq!(ops[1].expects.len(), 2, "what takes it is looked at first: {:#?}", ops[1]);
    assert_eq!(ops[1].body["gives"], json!([{"to": "stream/A@APP", "subject": "x"}]));
    assert_eq!(ops[0].body["takes"], json!([{"from": "stream/B@APP", "subject": "x"}]));
    run(&steps, &[]);
    let alone = lowered(&[step("A", Some(&["x"]), Some(&["y"]))], &[]);
    assert_eq!((alone.len(), alone[0].unit, alone[0].expects.len()), (1, None, 1));
}

/// A step whose manifest says no subjects: the server stores the stream's own name (facts, section 4.3).
fn by_its_name(name: &str, from: Option<&[&str]>) -> Step {
    let mut step = step(name, from, Some(&[name]));
    step.target.as_object_mut().expect("a configuration").shift_remove("subjects");
    step
}

#[test]
fn a_stream_without_subjects_takes_its_name() {
    let mut steps = [by_its_name("x", None), step("OLD", Some(&["k", "x"]), Some(&["k"]))];
    let ops = lowered(&steps, &[]);
    assert_eq!(told(&ops), ["update OLD", "create x"]);
    assert!(ops.iter().all(|op| op.unit == Some(7)));
    steps[1].findings.push(Finding::new("NF2008", Level::Risk, "`x` is no longer captured whole"));
    let world = world(&steps, &[]);
    across(&mut steps, &world);
    let found = found(&steps);
    assert!(found[0][0].1.starts_with("`x` comes from stream/OLD"), "{found:?}");
    assert_eq!(found[1].iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["NF2013"], "{found:?}");
}

#[test]
fn a_stream_that_goes_back_to_its_name_keeps_it_meanwhile() {
    let kept = [by_its_name("A", Some(&["A", "x"])), step("B", Some(&["y"]), Some(&["x"]))];
    let ops = lowered(&kept, &[]);
    assert_eq!(told(&ops), ["update A", "update B"]);
    let swapped = [by_its_name("A", Some(&["x"])), step("B", Some(&["A"]), Some(&["x"]))];
    let ops = lowered(&swapped, &[]);
    assert_eq!(told(&ops), ["release A", "update B", "update A"]);
    // what is parked meets nothing that a stream will have by its name
    let met = lowered(&[by_its_name("_NATSFORM_A", None), swapped[0].clone(), swapped[1].clone()], &[]);
    let release = met.iter().find(|op| op.verb == "release").expect("a release");
    assert_eq!(release.body["config"]["subjects"], json!(["_NATSFORM.A"]));
}

#[test]
fn two_streams_that_swap_are_three_writes() {
    let steps = [step("A", Some(&["x.>"]), Some(&["y.>"])), step("B", Some(&["y.>"]), Some(&["x.>"]))];
    let ops = lowered(&steps, &[]);
    assert_eq!(told(&ops), ["release A", "update B", "update A"]);
    let release = &ops[0];
    assert_eq!(release.body["config"], config("A", &["_NATSFORM.A"]), "its other fields are as they are");
    assert_eq!(release.expects.len(), 2, "B is looked at before anything is given up");
    assert!(ops.iter().all(|op| op.unit == Some(7)));
    run(&steps, &[]);
}

#[test]
fn a_stream_that_keeps_something_opens_the_circle() {
    let steps = [step("A", Some(&["x"]), Some(&["y"])), step("B", Some(&["y", "z.>"]), Some(&["x", "z.a"]))];
    let ops = lowered(&steps, &[]);
    assert_eq!(told(&ops), ["release B", "update A", "update B"]);
    assert_eq!(ops[1].body["config"], config("B", &["z.a"]), "what it has before and after, and no more");
    run(&steps, &[]);
}

#[test]
fn what_becomes_wider_or_narrower_is_captured_all_the_time() {
    let steps = [
        step("A", Some(&["x", "w.a", "n.>"]), Some(&["y", "w.*", "n.a"])),
        step("B", Some(&["y", "w.b"]), Some(&["x"])),
    ];
    let ops = lowered(&steps, &[]);
    assert_eq!(ops[0].body["config"], config("A", &["n.a", "w.a"]));
    run(&steps, &[]);
}

#[test]
fn longer_circles_and_overlapping_patterns_take_one_more_write() {
    let abc = [
        step("A", Some(&["a.*"]), Some(&["b.>"])),
        step("B", Some(&["b.x.*"]), Some(&["c"])),
        step("C", Some(&["c"]), Some(&["a.b"])),
    ];
    assert_eq!(run(&abc, &[]), 4);
    let two = [
        step("A", Some(&["a"]), Some(&["b"])),
        step("B", Some(&["b"]), Some(&["a"])),
        step("C", Some(&["c"]), Some(&["d"])),
        step("D", Some(&["d"]), Some(&["c"])),
    ];
    assert_eq!(run(&two, &[]), 6);
    let units: BTreeSet<_> = lowered(&two, &[]).iter().map(|op| op.unit).collect();
    assert_eq!(units.len(), 2, "two circles that have nothing to do with each other");
    // a source that must come first, and takes the other one's subject: a circle of two reasons
    let mut sourced = [step("A", Some(&["x"]), Some(&["a"])), step("B", Some(&["y"]), Some(&["x", "y"]))];
    sourced[0].needs = vec![stream("B")];
    assert_eq!(run(&sourced, &[]), 3);
}

#[test]
fn what_is_captured_meanwhile_meets_nobody() {
    let swap = |others: &[(&str, &[&str])]| {
        let steps =
            [step("A", Some(&["x.y.z.a"]), Some(&["x.y.z.b"])), step("B", Some(&["x.y.z.b"]), Some(&["x.y.z.a"]))];
        run(&steps, others);
        lowered(&steps, others)[0].body["config"]["subjects"][0].as_str().expect("a subject").to_owned()
    };
    assert_eq!(swap(&[]), "_NATSFORM.A");
    assert_eq!(swap(&[("O", &["*.*"])]), "_NATSFORM_A");
    assert_eq!(swap(&[("O", &["*.*", "*"])]), "_NATSFORM.swap.A");
    assert_eq!(swap(&[("O@OTHER", &[">"])]), "_NATSFORM.A", "another account");
    let steps = [step("A", Some(&["x.y.z.a"]), Some(&["x.y.z.b"])), step("B", Some(&["x.y.z.b"]), Some(&["x.y.z.a"]))];
    let none = lowered(&steps, &[("O", &["*", "*.*", "*.*.*"])]);
    assert!(none.len() == 2 && order(&none).is_none(), "nothing is free: it is told as a circle");
}

#[test]
fn accounts_have_nothing_to_do_with_each_other() {
    let steps = [step("A@ONE", Some(&["x"]), Some(&["y"])), step("A@TWO", Some(&["y"]), Some(&["x"]))];
    let ops = lowered(&steps, &[]);
    assert!(ops.len() == 2 && ops.iter().all(|op| op.after.is_empty() && op.unit.is_none()));
}

#[test]
fn what_else_is_waited_for_comes_before_anything_is_given_up() {
    let mut steps = [
        step("A", Some(&["x"]), Some(&["a"])),
        step("B", Some(&["y"]), Some(&["x"])),
        step("C", None, Some(&["c"])),
        step("OLD", Some(&["z"]), None),
    ];
    steps[1].needs = vec![stream("C")];
    assert_eq!(told(&lowered(&steps, &[])), ["create C", "update A", "update B", "delete OLD"].map(String::from));
    let ops = lowered(&steps, &[]);
    assert_eq!(ops[0].after, [9], "A waits for what B waits for");
    // a stream that is made again with a subject of another one: its delete is over before that one gives it up
    let mut again = [step("A", Some(&["x", "a"]), Some(&["a"])), step("B", Some(&["b"]), Some(&["b", "x"]))];
    again[1].action = Action::Replace;
    assert_eq!(told(&lowered(&again, &[])), ["delete B", "update A", "create B"]);
    run(&again, &[]);
}

fn found(steps: &[Step]) -> Vec<Vec<(&'static str, String)>> {
    steps.iter().map(|s| s.findings.iter().map(|f| (f.code, f.message.clone())).collect()).collect()
}

#[test]
fn a_move_is_told_at_both_ends_and_is_no_loss_of_a_subject() {
    let mut steps = [
        step("A", Some(&["x", "y", "k"]), Some(&["k"])),
        step("B", Some(&["b"]), Some(&["b", "x"])),
        step("C", Some(&["c"]), Some(&["c"])),
    ];
    steps[0].findings.push(Finding::new("NF2008", Level::Risk, "`x`, `y` are no longer captured whole"));
    let world = world(&steps, &[]);
    across(&mut steps, &world);
    let found = found(&steps);
    assert_eq!(found[0].iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["NF2008", "NF2013"]);
    assert!(found[0][0].1.starts_with("`y` is no longer captured whole"), "{found:?}");
    assert!(found[0][1].1.starts_with("`x` goes to stream/B after a gap; what is stored stays here"), "{found:?}");
    assert!(found[1][0].1.starts_with("`x` comes from stream/A, what is stored stays there;"), "{found:?}");
    assert!(found[2].is_empty());
}

#[test]
fn a_swap_names_its_writes() {
    let mut steps = [step("A", Some(&["x"]), Some(&["y"])), step("B", Some(&["y"]), Some(&["x"]))];
    steps[0].findings.push(Finding::new("NF2008", Level::Risk, "`x` is no longer captured whole"));
    let world = world(&steps, &[]);
    across(&mut steps, &world);
    for found in found(&steps) {
        let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["NF2013", "NF2013", "NF2014"], "{found:?}");
        assert!(found[2].1.ends_with("2 steps, 3 writes"), "{found:?}");
    }
    assert!(steps.iter().all(|s| s.verdict == Verdict::Go));
}

#[test]
fn a_move_is_done_whole_or_not_at_all() {
    let blocked = Verdict::Blocked { why: "no".into() };
    let asks = Verdict::NeedsAck { tokens: vec!["T".into()] };
    for (end, verdict) in [(0, &blocked), (1, &blocked), (0, &asks), (1, &asks)] {
        let mut steps = [step("A", Some(&["x", "a"]), Some(&["a"])), step("B", Some(&["b"]), Some(&["b", "x"]))];
        steps[end].verdict = verdict.clone();
        let world = world(&steps, &[]);
        across(&mut steps, &world);
        assert_eq!(steps[1 - end].verdict.word(), verdict.word(), "{end} {verdict:?}");
    }
}

#[test]
fn what_a_stream_that_stays_has_is_not_taken() {
    let others: [(&str, &[&str]); 2] = [("OLD", &["a.>"]), ("FAR@EDGE", &["b"])];
    let mut steps = [
        step("NEW", None, Some(&["a.b"])),
        step("FREE", None, Some(&["b"])),
        step("WIDE", Some(&["c"]), Some(&["c", "*.d"])),
        step("SAME", Some(&["e"]), Some(&["e"])),
        step("GONE", Some(&["f"]), None),
        step("HEIR", None, Some(&["f"])),
    ];
    let world = world(&steps, &others);
    across(&mut steps, &world);
    let words: Vec<&str> = steps.iter().map(|s| s.verdict.word()).collect();
    let (go, blocked) = (steps[1].verdict.word(), "blocked");
    assert_eq!(words, [blocked, go, blocked, go, go, go], "{steps:#?}");
    assert!(steps[0].verdict.why().is_some_and(|why| why.starts_with("`a.b` belongs to stream/OLD")), "{:?}", steps[0]);
    assert!(steps[2].verdict.why().is_some_and(|why| why.starts_with("`a.d` belongs to stream/OLD")), "{:?}", steps[2]);
}

const POOL: [&str; 9] = ["a.b", "a.c", "a.*", "a.>", "*.b", "b", "c.d", "c.*", "d"];

/// Which stream has each subject of the pool; those that meet one of another stream, or of the same, are left out.
fn assigned(owners: &[usize]) -> BTreeMap<usize, Vec<&'static str>> {
    let mut out: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (subject, owner) in POOL.iter().zip(owners) {
        if *owner > 0 && !out.values().flatten().any(|taken| collide(taken, subject)) {
            out.entry(*owner).or_default().push(subject);
        }
    }
    out
}

proptest! {
    #[test]
    fn whatever_changes_hands_no_two_streams_ever_meet(
        before in proptest::collection::vec(0_usize..5, 9),
        after in proptest::collection::vec(0_usize..5, 9),
        turned in any::<bool>(),
    ) {
        let (before, after) = (assigned(&before), assigned(&after));
        let steps = (1..5).filter(|i| before.contains_key(i) || after.contains_key(i));
        let of = |all: &BTreeMap<usize, Vec<&'static str>>, i: usize| all.get(&i).cloned();
        let mut steps: Vec<Step> = steps
            .map(|i| step(&format!("S{i}"), of(&before, i).as_deref(), of(&after, i).as_deref()))
            .collect();
        if turned {
            steps.reverse();
        }
        let ops = run(&steps, &[("OTHER", &["o.t.h.e.r"])]);
        prop_assert!(ops < 2 * steps.len().max(1));
    }
}
