//! Steps become requests, and requests get their order.

use super::{NAME, consumer::tightens_limits, moves, swap, unit};
use crate::{
    model::{Action, Address, Ceiling, Effect, Expect, Live, Op, OpId, Step, Value, World, json},
    systems::kind_by_word,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which ops come after which.
#[derive(Default)]
pub struct Graph {
    /// Each op with those that it waits for, for any reason but a handover.
    pub waits: BTreeMap<OpId, BTreeSet<OpId>>,
    pub handovers: Vec<Handover>,
}

/// A subject that one op gives up and another one takes.
pub struct Handover {
    pub release: OpId,
    pub taker: OpId,
    pub subject: String,
}

/// The ops of the steps that write something. Ids count from `first`.
pub fn lower(steps: &[&Step], world: &World, first: usize) -> Vec<Op> {
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
    let of = by_address(&ops);
    let mut graph = Graph { waits: waits(steps, &of), handovers: handovers(steps, &of) };
    swap::open(steps, world, &mut ops, &mut graph);
    unit::bind(&mut ops, &mut graph);
    tell_each_other(&mut ops, &graph, first);
    let mut after = graph.after();
    for op in &mut ops {
        op.after = after.remove(&op.id).unwrap_or_default();
    }
    in_order(ops)
}

/// Each release stands before the rest of its step.
fn in_order(ops: Vec<Op>) -> Vec<Op> {
    let (releases, ops): (Vec<Op>, Vec<Op>) = ops.into_iter().partition(|op| op.verb == "release");
    let mut releases: BTreeMap<Address, Op> =
        releases.into_iter().filter_map(|op| Some((op.carries.first()?.clone(), op))).collect();
    let before = |op: Op| [op.carries.first().and_then(|a| releases.remove(a)), Some(op)];
    ops.into_iter().flat_map(before).flatten().collect()
}

/// The ops of each step.
type Of<'a> = BTreeMap<&'a Address, Vec<&'a Op>>;

fn by_address(ops: &[Op]) -> Of<'_> {
    let mut of = Of::new();
    for op in ops {
        for address in &op.carries {
            of.entry(address).or_default().push(op);
        }
    }
    of
}

/// Both ends of a handover know the other one: the gap between them is measured.
fn tell_each_other(ops: &mut [Op], graph: &Graph, first: usize) {
    for Handover { release, taker, subject } in &graph.handovers {
        let name = |id: &OpId| ops[id - first].carries.first().map(ToString::to_string);
        let (from, to) = (name(release), name(taker));
        let mut add = |id: &OpId, list: &str, end: &str, other: Option<String>| {
            let entry = json!({end: other, "subject": subject});
            match ops[id - first].body[list].as_array_mut() {
                Some(entries) => entries.push(entry),
                None => ops[id - first].body[list] = json!([entry]),
            }
        };
        add(release, "gives", "to", to);
        add(taker, "takes", "from", from);
    }
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
        unit: None,
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

/// Which ops come after which: what a step needs, a replace's create after its delete, and a stream's delete after its
/// consumers'.
fn waits(steps: &[&Step], of: &Of<'_>) -> BTreeMap<OpId, BTreeSet<OpId>> {
    let none = Vec::new();
    let by_address: BTreeMap<&Address, &Step> = steps.iter().map(|s| (&s.address, *s)).collect();
    let mut out: BTreeMap<OpId, BTreeSet<OpId>> = BTreeMap::new();
    for step in steps {
        let own = of.get(&step.address).unwrap_or(&none);
        for pair in own.windows(2) {
            out.entry(pair[1].id).or_default().insert(pair[0].id);
        }
        for need in &step.needs {
            let needed = of.get(need).unwrap_or(&none);
            // what goes does so before the object around it goes, be it for good or to be made again
            if step.action == Action::Delete && needed.iter().any(|op| op.verb == "delete") {
                continue;
            }
            for (op, before) in own.iter().flat_map(|op| needed.iter().map(move |before| (op, before))) {
                let (first, second) = if goes_ahead(op, before, &by_address) { (op, before) } else { (before, op) };
                out.entry(second.id).or_default().insert(first.id);
            }
        }
        if step.action == Action::Delete {
            let around = parent(&step.address).and_then(|p| of.get(&p).cloned()).unwrap_or_default();
            for op in around.iter().filter(|op| op.verb == "delete") {
                out.entry(op.id).or_default().extend(own.iter().map(|o| o.id));
            }
        }
    }
    out
}

/// The subjects that change hands: the op that gives one up, and the one that takes it.
fn handovers(steps: &[&Step], of: &Of<'_>) -> Vec<Handover> {
    let mut out = Vec::new();
    for moved in moves::of(steps) {
        let release = of.get(&moved.from.address).and_then(|own| own.iter().find(|op| op.verb != "create"));
        let taker = of.get(&moved.to.address).and_then(|own| own.iter().find(|op| op.verb != "delete"));
        let Some((release, taker)) = release.zip(taker) else { continue };
        out.push(Handover { release: release.id, taker: taker.id, subject: moved.subject });
    }
    out
}

/// Whether a consumer changes before its stream: the server refuses limits that a consumer is beyond.
fn goes_ahead(op: &Op, around: &Op, steps: &BTreeMap<&Address, &Step>) -> bool {
    let stream = around.carries.first().and_then(|address| steps.get(address));
    let tightens = |step: &&Step| step.before.as_ref().is_some_and(|live| tightens_limits(&live.config, &step.target));
    (op.verb, around.verb) == ("update", "update") && stream.is_some_and(tightens)
}
