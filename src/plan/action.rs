//! What happens to one declared object.

use super::{
    Adopt,
    compare::{self, Target},
    drift, gate,
    known::Known,
};
use crate::{
    inventory::{Ownership, Record},
    model::{
        Action, Address, Capabilities, Change, Class, Declared, Finding, Level, Live, Path, Resource, Shape, Step,
        Value, Verdict,
    },
    shape,
    systems::Around,
};
use std::sync::Arc;

/// The resource's body without what it leaves to others.
pub fn wanted(resource: &Resource) -> Value {
    let mut body = resource.body.clone();
    for path in &resource.head.lifecycle.ignore {
        shape::remove(&mut body, path);
    }
    body
}

/// An object that is not there.
pub fn create(known: &Known<'_>, resource: &Resource) -> Step {
    let mut step = known.blank(resource, Action::Create);
    let body = wanted(resource);
    let capabilities = known.capabilities(&resource.address);
    let parent = known.parent_config(&resource.address);
    let around = Around { capabilities, parent: parent.as_ref(), parent_now: None };
    let shape = known.kind.shape();
    let (base, reset) = broken_off(known, resource, &shape::digests(shape, &body));
    if !base.is_null() {
        step.reason =
            Some("a replace was broken off after its delete: what was not declared is made again, too".into());
    }
    step.target = known.kind.put(&resource.address, &base, &body, &reset, &around);
    step.settled = known.kind.settle(None, &step.target, &around);
    step.changes = if known.kind.is_whole() { members(shape, &body) } else { fields(shape, &body) };
    step.declared = match known.kind.is_whole() {
        true => shape::member_digests(shape, &known.kind.view(&step.settled)),
        false => shape::digests(shape, &body),
    };
    step.records = !known.kind.is_whole();
    let mut why = gate::unknown_to_server(shape, &body, capabilities);
    why.extend(gate::refused_on_create(shape, &body, &step.target, capabilities));
    block(&mut step, why);
    step
}

/// The declared fields of an object that is made.
fn fields(shape: &'static Shape, body: &Value) -> Vec<Change> {
    let paths = shape::declared(shape, body).into_iter();
    let change = |path: Path| Change {
        after: shape::lookup(body, &path).clone(),
        path,
        before: Value::Null,
        class: Class::Declared,
        drift: false,
    };
    paths.map(change).collect()
}

/// The same of one whose lists are owned whole and long: member by member.
fn members(shape: &'static Shape, body: &Value) -> Vec<Change> {
    let mut changes = shape::members(shape, body);
    for change in &mut changes {
        (change.before, change.class) = (Value::Null, Class::Declared);
    }
    changes
}

/// What a broken replace was about to create, and which of its declared paths are not declared any more.
fn broken_off(known: &Known<'_>, resource: &Resource, declared: &Declared) -> (Value, Vec<Path>) {
    let Some((again, record)) = known.input.inventory.interrupted(&resource.address) else {
        return (Value::Null, Vec::new());
    };
    let left = record.declared.keys().filter(|path| !declared.contains_key(*path));
    (again.clone(), left.filter_map(|path| Path::parse(path)).collect())
}

/// An object that is there.
pub fn change(known: &Known<'_>, resource: &Resource, live: &Arc<Live>) -> Step {
    let ownership = known.input.inventory.ownership(live);
    let record = match &ownership {
        Ownership::Ours(record) | Ownership::Contested(record, _) => Some(*record),
        _ => None,
    };
    let mut step = known.blank(resource, Action::Keep);
    step.before = Some(live.clone());
    let mut body = wanted(resource);
    if !known.kind.is_whole() {
        step.declared = shape::digests(known.kind.shape(), &body);
    }
    let capabilities = known.capabilities(&live.address);
    let parent = known.parent_config(&live.address);
    let around = Around { capabilities, parent: parent.as_ref(), parent_now: known.parent_now(&live.address) };
    let mut ignore = resource.head.lifecycle.ignore.clone();
    let compare = |body: &Value, ignore: &[Path]| {
        compare::target(known.kind, live, body, record, ignore, known.input.strict, &around)
    };
    let mut target = compare(&body, &ignore);
    if let Some(record) = record.filter(|_| known.input.hold && !known.kind.is_whole()) {
        let held = drift::steady(record, &step.declared)
            .into_iter()
            .filter(|path| target.changes.iter().any(|c| c.path.within(path)));
        let held: Vec<Path> = held.collect();
        held.iter().for_each(|path| shape::remove(&mut body, path));
        ignore.extend(held);
        target = compare(&body, &ignore);
    }
    if known.kind.is_whole() {
        step.declared = shape::member_digests(known.kind.shape(), &target.will_say);
    }
    step.findings.extend(target.released.iter().map(released));
    decide(known, &mut step, live, &ownership, &target, capabilities, &body);
    // what nobody remembers could never be held against a manifest again
    let lost = live.memory.as_ref().is_some_and(|memory| memory.lost);
    if known.input.hold && known.kind.is_whole() && step.drift && !lost {
        return known.blank(resource, Action::Keep);
    }
    step
}

fn released(path: &Path) -> Finding {
    let message = format!("`{path}` cannot be taken back: it stays as it is and is no longer ours");
    Finding { path: Some(path.clone()), ..Finding::new("NF2010", Level::Note, message) }
}

fn decide(
    known: &Known<'_>,
    step: &mut Step,
    live: &Live,
    ownership: &Ownership<'_>,
    target: &Target,
    capabilities: &Capabilities,
    body: &Value,
) {
    step.changes.clone_from(&target.changes);
    step.target = target.sent.clone();
    step.settled = target.settled.clone();
    let remembers = known.remembers();
    let taking = match ownership {
        Ownership::Others(tenant, theirs) => match theirs_to_take(known, &step.address, &tenant.to_string(), theirs) {
            Ok(()) => true,
            Err(why) => {
                step.action = Action::Adopt;
                return block(step, vec![why]);
            }
        },
        _ => false,
    };
    let record = match ownership {
        Ownership::Ours(record) | Ownership::Contested(record, _) => Some(*record),
        _ => None,
    };
    if step.changes.is_empty() {
        unchanged(known, step, ownership, record, remembers);
        return rewrite(known, step, live);
    }
    match (&live.memory, record) {
        (Some(memory), Some(record)) => {
            drift::of_members(step, memory, record, &shape::member_digests(known.kind.shape(), &target.says));
        }
        _ => drift::of_fields(step, record),
    }
    step.reason = known.kind.unrest(live);
    step.action = Action::Update;
    step.records = remembers;
    let mut why = gate::unknown_to_server(known.kind.shape(), body, capabilities);
    let frozen = gate::refused_in_place(
        known.kind.shape(),
        &step.changes,
        &live.config,
        &step.settled,
        known.kind,
        capabilities,
    );
    let mut replace = false;
    for refusal in frozen {
        if refusal.blocks {
            why.push(refusal.why);
        } else {
            replace = true;
            step.reason = Some(refusal.why);
        }
    }
    if replace {
        step.action = Action::Replace;
        why.extend(make_again(known, step, body, capabilities));
    }
    if record.is_none() && remembers {
        why.extend(not_ours(known, ownership, replace).filter(|_| replace || !taking));
        if known.input.adopt == Adopt::Always && !replace && !taking {
            step.reason = Some("it is not ours yet: this adopts it".into());
            step.findings.push(creator_note());
        }
    } else if record.is_some_and(|r| r.adopted) {
        step.findings.push(creator_note());
    }
    if replace {
        why.extend(known.kept(&step.address, record.is_some_and(|r| r.protect) || step.protect));
    }
    if let Ownership::Contested(_, other) = ownership {
        why.push(contested(other));
    }
    if replace && record.is_some() {
        why.extend(unproven(known, live));
    }
    let settled = step.settled.clone();
    let target = (!replace).then_some(&settled);
    step.findings.extend(known.risks(live, target, replace));
    hold(step, why, replace.then(|| known.unseen(&live.address)).flatten());
}

/// A replace sends what a create would: what the object says after the change, with what nobody declares and what we do
/// not know, so that none of it is lost. The reasons are those for which the server would refuse that create.
fn make_again(known: &Known<'_>, step: &mut Step, body: &Value, capabilities: &Capabilities) -> Vec<String> {
    let parent = known.parent_config(&step.address);
    let around = Around { capabilities, parent: parent.as_ref(), parent_now: parent.as_ref() };
    let base = known.kind.portable(&step.settled);
    step.target = known.kind.put(&step.address, &base, body, &[], &around);
    step.settled = known.kind.settle(None, &step.target, &around);
    let whole = known.kind.view(&step.target);
    gate::refused_on_create(known.kind.shape(), &whole, &step.target, capabilities)
}

/// The step of an object inside one that is replaced: it goes with it and is made again as it is, with what is declared.
/// A step that may not be done stays what it is.
pub fn go_along(known: &Known<'_>, mut step: Step, resource: &Resource, parent: &Address) -> Step {
    if step.verdict != Verdict::Go {
        return step;
    }
    step.action = Action::Replace;
    step.reason = Some(format!("goes with {}", parent.short()));
    step.goes_with = Some(parent.clone());
    step.records = known.remembers();
    step.findings.retain(|f| f.level == Level::Note);
    let capabilities = known.capabilities(&step.address);
    let why = make_again(known, &mut step, &wanted(resource), capabilities);
    block(&mut step, why);
    step
}

/// An object that says what it should and is written all the same: not all of that is in force, or what it carries as its
/// own memory changes.
fn rewrite(known: &Known<'_>, step: &mut Step, live: &Live) {
    let unrest = known.kind.unrest(live);
    if unrest.is_none() && !(known.kind.is_whole() && step.action == Action::Adopt) {
        return;
    }
    step.action = Action::Update;
    step.records = false;
    step.drift = unrest.is_some() && !live.memory.as_ref().is_some_and(|memory| memory.waits);
    step.findings.extend(known.risks(live, Some(&step.settled), false));
    step.reason = unrest.or_else(|| Some("it is as declared; what it remembers of its manifest changes".into()));
}

fn unchanged(known: &Known<'_>, step: &mut Step, ownership: &Ownership<'_>, record: Option<&Record>, remembers: bool) {
    let says = Record {
        declared: step.declared.clone(),
        protect: step.protect,
        orphan: step.head.lifecycle.orphan,
        ..Record::default()
    };
    match record {
        Some(record) if record.says_the_same(&says) => {
            let live = step.before.as_deref().filter(|_| known.input.adopt == Adopt::Always && remembers);
            if live.is_some_and(|live| !record.identity.is_proven_by(&live.identity)) {
                step.action = Action::Adopt;
                step.records = true;
                step.reason = Some("its server restarted: this confirms that it is the same object".into());
            }
        }
        Some(_) => {
            step.action = Action::Adopt;
            step.records = true;
            step.reason = Some("the live object is as declared; what is remembered as declared changes".into());
        }
        None if !remembers => {}
        None if known.input.adopt == Adopt::Never && !matches!(ownership, Ownership::Others(..)) => {
            step.action = Action::Adopt;
            block(step, vec!["it exists and is not ours (--adopt never)".into()]);
        }
        None => {
            step.action = Action::Adopt;
            step.records = true;
            step.reason = Some(match ownership {
                Ownership::Recreated(_) => "it was deleted and made again by somebody else; it is as declared".into(),
                Ownership::Others(tenant, _) => format!("it is taken over from {tenant}"),
                _ => "it exists and is as declared".into(),
            });
        }
    }
}

/// Why another project's object may not be taken over: both sides have to agree, in any order.
fn theirs_to_take(known: &Known<'_>, address: &Address, owner: &str, theirs: &Record) -> Result<(), String> {
    let me = known.input.inventory.tenant.to_string();
    match (known.input.take)(address) {
        Some(from) if from == owner && theirs.offered.as_deref() == Some(me.as_str()) => Ok(()),
        Some(from) if from == owner => Err(format!(
            "{owner} does not offer it yet: it needs `removed: [{{select: …, then: transfer, to: {me}}}]` and an apply there"
        )),
        _ => Err(format!("it belongs to project {owner}")),
    }
}

/// Why an unowned object that differs may not be changed.
fn not_ours(known: &Known<'_>, ownership: &Ownership<'_>, replace: bool) -> Option<String> {
    let what = match ownership {
        Ownership::Recreated(_) => "somebody else deleted it and made it again, and it differs",
        _ => "it exists, is not ours and differs",
    };
    match known.input.adopt {
        Adopt::Always if replace => Some("it is not ours, and what is not ours is never replaced".into()),
        Adopt::Always => None,
        _ => Some(format!("{what}: adopt and change it with --adopt always, or make the manifest equal")),
    }
}

fn creator_note() -> Finding {
    Finding::new(
        "NF2009",
        Level::Note,
        "natsform did not create it: an application that creates it at start-up with the old settings may be refused",
    )
}

/// Why nobody changes what two projects say is theirs.
pub fn contested(other: &crate::inventory::Tenant) -> String {
    format!(
        "project {other} says that it is theirs, too: remove it from the manifests of one of the two (`removed:` with `then: forget`)"
    )
}

/// Why an object of ours may not be deleted: it may be another one by now.
pub fn unproven(known: &Known<'_>, live: &Live) -> Option<String> {
    let confirmed = known.input.adopt == Adopt::Always || known.input.inventory.is_proven(live);
    (!confirmed).then(|| {
        "its identity cannot be proven since its server restarted: `apply --adopt always` confirms that it is the same object"
            .into()
    })
}

/// Marks a step as blocked where there is a reason, else as unknown where there is one for that.
pub fn hold(step: &mut Step, why: Vec<String>, unseen: Option<String>) {
    if let Some(why) = unseen {
        step.verdict = Verdict::Unknown { why };
    }
    block(step, why);
}

/// Marks a step as blocked, where there is a reason.
pub fn block(step: &mut Step, why: Vec<String>) {
    if !why.is_empty() {
        let why = why.join("; ");
        step.reason = Some(why.clone());
        step.verdict = Verdict::Blocked { why };
    }
}
