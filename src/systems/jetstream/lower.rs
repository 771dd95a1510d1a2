//! Steps become requests, and requests get their order.

use super::{NAME, consumer::tightens_limits, subjects::Patterns};
use crate::{
    model::{Action, Address, Ceiling, Effect, Expect, Live, Op, OpId, Step, Value, World, json},
    systems::kind_by_word,
};
use std::collections::{BTreeMap, BTreeSet};

/// The ops of the steps that write something. Ids count from `first`.
pub fn lower(steps: &[&Step], _world: &World, first: usize) -> Vec<Op> {
    let mut ops: Vec<Op> = Vec::new();
    let replaced: BTreeSet<&Address> =
        steps.iter().filter(|s| s.action == Action::Replace).map(|s| &s.address).collect();
    for step in steps {
        let goes_with_parent = parent(&step.address).is_some_and(|p| replaced.contains(&p));
        for (verb, expect) in verbs(step, goes_with_parent) {
            let id = first + ops.len();
            ops.push(op(step, id, verb, expect));
        }
    }
    let edges = edges(steps, &ops);
    for op in &mut ops {
        op.after = edges.get(&op.id).cloned().unwrap_or_default();
    }
    ops
}

fn parent(address: &Address) -> Option<Address> {
    kind_by_word(&address.kind).and_then(|(_, kind)| kind.parent(address))
}

fn verbs(step: &Step, goes_with_parent: bool) -> Vec<(&'static str, Expect)> {
    let is = |live: &Live| Expect::Is { identity: live.identity.clone(), fingerprint: live.fingerprint.clone() };
    match (step.action, &step.before) {
        (Action::Create, _) => vec![("create", Expect::Absent)],
        (Action::Update, Some(live)) => vec![("update", is(live))],
        (Action::Delete, Some(live)) => vec![("delete", is(live))],
        // a consumer goes with its stream: only the create is left
        (Action::Replace, _) if goes_with_parent => vec![("create", Expect::Absent)],
        (Action::Replace, Some(live)) => vec![("delete", is(live)), ("create", Expect::Absent)],
        _ => Vec::new(),
    }
}

fn op(step: &Step, id: OpId, verb: &'static str, expect: Expect) -> Op {
    let ceilings = step.findings.iter().filter_map(|f| {
        let (most, bytes) = match (&f.ack, f.allowed) {
            (Some(token), _) => (token.ceiling, None),
            (None, Some(budget)) => (budget.max_messages.unwrap_or(u64::MAX), budget.max_bytes),
            (None, None) => (f.messages?, None),
        };
        Some(Ceiling { code: f.code, path: f.path.clone(), most, bytes })
    });
    let replace = step.action == Action::Replace;
    let (config, settled) =
        if verb == "delete" { (Value::Null, Value::Null) } else { (step.target.clone(), step.settled.clone()) };
    let mut body = json!({"config": config, "replace": replace, "declared": step.declared});
    if let (true, Some(map)) = (step.keeps_inventory, body.as_object_mut()) {
        let mut lesser = step.target.clone();
        lesser["num_replicas"] = json!(1);
        map.insert("lesser".into(), lesser);
    }
    Op {
        id,
        system: NAME,
        verb,
        effect: match verb {
            "create" => Effect::Makes,
            "delete" => Effect::Removes,
            _ => Effect::Changes,
        },
        carries: vec![step.address.clone()],
        after: Vec::new(),
        behind: Vec::new(),
        lane: None,
        expects: vec![(object(&step.address), expect)],
        ceilings: ceilings.collect(),
        body,
        settled,
    }
}

/// The stream or consumer behind an address; a bucket's is its backing stream.
fn object(address: &Address) -> Address {
    match address.kind.as_str() {
        "kv" => Address::new("stream", [format!("KV_{}", address.leaf())], &address.scope),
        _ => address.clone(),
    }
}

/// Which ops come after which: what a step needs, a replace's create after its delete, the release of a subject or of
/// a name before whoever takes it, and a stream's delete after its consumers'.
fn edges(steps: &[&Step], ops: &[Op]) -> BTreeMap<OpId, Vec<OpId>> {
    let mut of: BTreeMap<&Address, Vec<&Op>> = BTreeMap::new();
    for op in ops {
        for address in &op.carries {
            of.entry(address).or_default().push(op);
        }
    }
    let none = Vec::new();
    let mut releases: Patterns<&Op> = Patterns::default();
    for step in steps {
        released(step, of.get(&step.address).unwrap_or(&none), &mut releases);
    }
    let by_address: BTreeMap<&Address, &Step> = steps.iter().map(|s| (&s.address, *s)).collect();
    let mut out: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
    for step in steps {
        let own = of.get(&step.address).unwrap_or(&none);
        for pair in own.windows(2) {
            out.entry(pair[1].id).or_default().push(pair[0].id);
        }
        for need in &step.needs {
            let needed = of.get(need).unwrap_or(&none);
            // what goes does so before the object around it goes, be it for good or to be made again
            if step.action == Action::Delete && needed.iter().any(|op| op.verb == "delete") {
                continue;
            }
            for (op, before) in own.iter().flat_map(|op| needed.iter().map(move |before| (op, before))) {
                let (first, second) = if goes_ahead(op, before, &by_address) { (op, before) } else { (before, op) };
                out.entry(second.id).or_default().push(first.id);
            }
        }
        if step.action == Action::Delete {
            let around = parent(&step.address).and_then(|p| of.get(&p).cloned()).unwrap_or_default();
            for op in around.iter().filter(|op| op.verb == "delete") {
                out.entry(op.id).or_default().extend(own.iter().map(|o| o.id));
            }
        }
        let takers: Vec<&&Op> = own.iter().filter(|op| op.verb != "delete").collect();
        if takers.is_empty() {
            continue;
        }
        for release in strings(&step.target["subjects"]).flat_map(|taken| releases.colliding(taken)) {
            for op in takers.iter().filter(|op| op.carries != release.carries) {
                out.entry(op.id).or_default().push(release.id);
            }
        }
    }
    for after in out.values_mut() {
        after.sort_unstable();
        after.dedup();
    }
    out
}

/// Whether a consumer changes before its stream: the server refuses limits that a consumer is beyond.
fn goes_ahead(op: &Op, around: &Op, steps: &BTreeMap<&Address, &Step>) -> bool {
    let stream = around.carries.first().and_then(|address| steps.get(address));
    let tightens = |step: &&Step| step.before.as_ref().is_some_and(|live| tightens_limits(&live.config, &step.target));
    (op.verb, around.verb) == ("update", "update") && stream.is_some_and(tightens)
}

/// Notes the op of a step that gives subjects back, under these subjects.
fn released<'a>(step: &Step, own: &[&'a Op], releases: &mut Patterns<&'a Op>) {
    let Some(live) = step.before.as_ref() else { return };
    let Some(op) = own.iter().find(|op| op.verb != "create") else { return };
    let kept: BTreeSet<&str> = strings(&step.target["subjects"]).collect();
    for gone in strings(&live.config["subjects"]).filter(|s| !kept.contains(s)) {
        releases.insert(gone, op);
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
