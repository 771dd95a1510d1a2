//! Plans, applies and drift reports for programs. The names are a contract (docs: command line, JSON); values are the
//! API's own; keys stand in one order.

use crate::model::{
    Address, Applied, Change, Drifted, Expectation, Finding, Map, Planned, Source, Step, StepResult, Value, Verdict,
    json,
};

/// Of everything natsform prints as JSON. More keys raise the minor number.
pub const FORMAT_VERSION: &str = "1.0";

/// A plan.
pub fn plan(planned: &Planned, diagnostics: Vec<Value>) -> Value {
    let scoped = planned.scoped;
    let summary: Map<String, Value> =
        super::text::counts(planned).into_iter().map(|(word, n)| (word.to_owned(), json!(n))).collect();
    let drift = planned.plan.changes().filter_map(reverted);
    let ops = super::step::ops(&planned.plan);
    let with_writes = |step: &Step| {
        let mut out = change(step, scoped);
        if let Some(map) = out.as_object_mut() {
            let verbs = ops.get(&step.address).into_iter().flatten().map(|op| json!(op.verb));
            map.insert("writes".into(), verbs.collect());
        }
        out
    };
    json!({
        "format_version": FORMAT_VERSION,
        "complete": planned.plan.complete,
        "summary": summary,
        "changes": planned.plan.changes().map(with_writes).collect::<Vec<_>>(),
        "drift": drift.map(|s| change(&s, scoped)).collect::<Vec<_>>(),
        "prunable": addresses(&planned.plan.prunable, scoped),
        "expectations": expectations(&planned.expectations),
        "ack": planned.digest,
        "refusals": planned.refusals,
        "notes": planned.notes,
        "diagnostics": diagnostics,
    })
}

/// What an apply did: every step of its plan.
pub fn apply(applied: &Applied, diagnostics: Vec<Value>) -> Value {
    let scoped = applied.planned.scoped;
    json!({
        "format_version": FORMAT_VERSION,
        "steps": applied.steps.iter().map(|s| result(s, scoped)).collect::<Vec<_>>(),
        "writes": applied.writes,
        "undo": null,
        "interrupted": applied.stopped.is_some(),
        "errors": applied.errors,
        "refusals": applied.planned.refusals,
        "diagnostics": diagnostics,
    })
}

/// What drifted.
pub fn drift(drifted: &Drifted, diagnostics: Vec<Value>) -> Value {
    let scoped = drifted.scoped;
    let missing = drifted.missing.iter().map(|(a, known)| with(a, "reason", known.as_deref(), scoped));
    let unknown = drifted.unknown.iter().map(|(a, why)| with(a, "reason", Some(why), scoped));
    json!({
        "format_version": FORMAT_VERSION,
        "complete": drifted.complete,
        "changed": drifted.changed.iter().map(|s| change(s, scoped)).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "unowned": addresses(&drifted.unowned, scoped),
        "held": [],
        "unknown": unknown.collect::<Vec<_>>(),
        "expectations": expectations(&drifted.expectations),
        "coverage": {"declared": drifted.declared, "total": drifted.total},
        "notes": drifted.notes,
        "diagnostics": diagnostics,
    })
}

/// A step with only the fields that revert somebody else's edit; `None` where there are none.
fn reverted(step: &Step) -> Option<Step> {
    if step.drift {
        return Some(step.clone());
    }
    let changes: Vec<Change> = step.changes.iter().filter(|c| c.drift).cloned().collect();
    (!changes.is_empty()).then(|| Step { changes, ..step.clone() })
}

fn change(step: &Step, scoped: bool) -> Value {
    let why = match &step.verdict {
        Verdict::Blocked { why } | Verdict::Unknown { why } => Some(why),
        Verdict::Go | Verdict::NeedsAck { .. } => None,
    };
    let mut out = Map::new();
    out.insert("address".into(), json!(step.address.text(scoped)));
    out.insert(
        "action".into(),
        match step.verdict {
            Verdict::Unknown { .. } => Value::Null,
            _ => json!(step.action.word()),
        },
    );
    out.insert("verdict".into(), json!(step.verdict.word()));
    out.insert("reason".into(), json!(why.or(step.reason.as_ref())));
    out.insert("risk".into(), json!(step.risk().word()));
    if let Some(s) = &step.source {
        out.insert("source".into(), source(s));
    }
    out.insert("fields".into(), step.changes.iter().map(field).collect());
    out.insert("findings".into(), step.findings.iter().map(finding).collect());
    Value::Object(out)
}

fn field(change: &Change) -> Value {
    json!({
        "path": change.path.to_string(),
        "before": change.before,
        "after": change.after,
        "class": change.class.word(),
    })
}

fn finding(finding: &Finding) -> Value {
    let mut out = Map::new();
    out.insert("code".into(), json!(finding.code));
    out.insert("level".into(), json!(finding.level.word()));
    out.insert("message".into(), json!(finding.message));
    if let Some(path) = &finding.path {
        out.insert("path".into(), json!(path.to_string()));
    }
    out.insert("exact".into(), json!(finding.exact));
    for (name, figure) in [("messages", finding.messages), ("bytes", finding.bytes)] {
        if let Some(figure) = figure {
            out.insert(name.into(), json!(figure));
        }
    }
    for detail in &finding.details {
        out.insert(detail.key.into(), detail.value.clone());
    }
    if let Some(token) = &finding.ack {
        out.insert("ack".into(), json!(token.to_string()));
    }
    Value::Object(out)
}

fn result(step: &StepResult, scoped: bool) -> Value {
    json!({
        "address": step.address.text(scoped),
        "action": step.action.word(),
        "outcome": step.outcome.word(),
        "error": step.error,
        "notes": step.notes,
    })
}

fn source(source: &Source) -> Value {
    json!({"file": source.file, "line": source.line, "column": source.column})
}

fn expectations(unmet: &[Expectation]) -> Vec<Value> {
    let one = |e: &Expectation| {
        let mut out = json!({"path": e.path, "wanted": e.wanted, "found": e.found});
        if let (Some(s), Some(map)) = (&e.source, out.as_object_mut()) {
            map.insert("source".into(), source(s));
        }
        out
    };
    unmet.iter().map(one).collect()
}

fn addresses(all: &[Address], scoped: bool) -> Vec<Value> {
    all.iter().map(|a| json!({"address": a.text(scoped)})).collect()
}

fn with(address: &Address, key: &str, text: Option<&str>, scoped: bool) -> Value {
    let mut out = json!({"address": address.text(scoped)});
    if let (Some(text), Some(map)) = (text, out.as_object_mut()) {
        map.insert(key.into(), json!(text));
    }
    out
}
