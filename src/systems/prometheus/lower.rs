//! Every step of a target is one op: write the files, reload once, prove it, or put back what was there.

use super::{NAME, header, names, rule};
use crate::{
    model::{Action, Effect, Memory, Op, OpId, Step, Value, json},
    systems::Scope,
};
use std::collections::BTreeMap;

/// The ops of the steps that write something: one for each target, one after the other, and none after one that failed.
pub fn lower(steps: &[&Step], scope: &Scope, first: usize) -> Vec<Op> {
    let mut targets: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
    for step in steps.iter().filter(|s| !matches!(s.action, Action::Keep | Action::Adopt | Action::Forget)) {
        targets.entry(&step.address.scope).or_default().push(step);
    }
    let mut ops: Vec<Op> = Vec::new();
    for (target, steps) in targets {
        let before: Vec<OpId> = ops.last().map(|op| op.id).into_iter().collect();
        ops.push(op(target, &steps, scope, first + ops.len(), before));
    }
    ops
}

fn op(target: &str, steps: &[&Step], scope: &Scope, id: OpId, after: Vec<OpId>) -> Op {
    let settled =
        steps.iter().filter(|s| s.action != Action::Delete).map(|s| (s.address.to_string(), s.settled.clone()));
    let removes = steps.iter().all(|s| s.action == Action::Delete);
    Op {
        id,
        system: NAME,
        verb: "write and reload",
        effect: if removes { Effect::Removes } else { Effect::Changes },
        carries: steps.iter().map(|s| s.address.clone()).collect(),
        after,
        behind: Vec::new(),
        lane: Some(format!("{NAME}/{target}")),
        unit: None,
        expects: Vec::new(),
        ceilings: Vec::new(),
        body: json!({"target": target, "project": scope.project, "environment": scope.environment, "files": steps.iter().map(|s| file(s, scope)).collect::<Vec<_>>()}),
        settled: Value::Object(settled.collect()),
    }
}

/// A file of an op: its name, what it was when it was planned, and what it becomes.
fn file(step: &Step, scope: &Scope) -> Value {
    let document = step.address.leaf();
    let text = (step.action != Action::Delete).then(|| {
        let memory = Memory {
            declared: step.declared.clone(),
            protect: step.protect,
            orphan: step.head.lifecycle.orphan,
            acks: step.spent.clone(),
            ..Memory::default()
        };
        let owner = format!("{}/{}", scope.project, scope.environment);
        format!("{}{}", header::print(&step.address, &owner, &memory), rule::to_file(&step.target["file"]))
    });
    json!({
        "name": names::file_name(scope, document),
        "address": step.address.to_string(),
        "was": step.before.as_ref().map_or("none", |live| live.fingerprint.as_str()),
        "text": text,
        "most_resets": acknowledged(step),
        "max_alert_resets": step.allowed.get(rule::risks::LIMIT),
    })
}

/// How many alerts may lose their state because somebody said so; null where nobody had to.
fn acknowledged(step: &Step) -> Option<u64> {
    let finding = step.findings.iter().find(|f| f.code == rule::risks::RESETS)?;
    finding.ack.as_ref().map(|token| token.ceiling)
}
