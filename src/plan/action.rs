//! What happens to one declared object.

use super::{
    Adopt, Input, Inside,
    compare::{self, Target},
    gate,
};
use crate::{
    inventory::{Ownership, Record},
    model::{
        Action, Address, Capabilities, Change, Class, Declared, Finding, Level, Live, Memory, Path, Resource, Shape,
        Step, Value, Verdict,
    },
    shape,
    systems::{Around, Kind, Turning},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known while one object is drafted.
pub struct Known<'a> {
    pub input: &'a Input<'a>,
    pub inside: &'a Inside<'a>,
    pub system: &'static str,
    pub kind: &'static dyn Kind,
    /// Steps drafted before: those of the objects that others live in.
    pub steps: &'a BTreeMap<Address, Step>,
}

impl Known<'_> {
    /// A step that changes nothing yet.
    pub fn blank(&self, resource: &Resource, action: Action) -> Step {
        Step {
            origin: resource.origins.first().cloned(),
            head: resource.head.clone(),
            protect: self.protects(resource),
            needs: resource.needs.clone(),
            spent: self.input.inventory.record(&resource.address).map(|r| r.acks.clone()).unwrap_or_default(),
            ..Step::new(resource.address.clone(), self.system, action)
        }
    }

    /// Whether the inventory remembers objects of this kind.
    fn remembers(&self) -> bool {
        self.input.inventory.remembers() && !self.kind.is_whole()
    }

    /// Whether an object is to be protected: what the document says, or what was applied last where it says nothing.
    fn protects(&self, resource: &Resource) -> bool {
        let last = || self.input.inventory.record(&resource.address).is_some_and(|r| r.protect);
        resource.head.lifecycle.protect.unwrap_or_else(last)
    }

    /// Why the object may not be deleted, be it for good or to be made again: it is protected, or something that lives in
    /// it and would go along is protected or another project's.
    pub fn kept(&self, address: &Address, protect: bool) -> Vec<String> {
        const FIRST: &str = "is protected: apply `protect: false` first";
        let own = protect.then(|| format!("it {FIRST}"));
        let inside = self.inside.get(address).iter().filter_map(|live| {
            let name = live.address.short();
            match self.input.inventory.ownership(live) {
                Ownership::Ours(record) if record.protect => Some(format!("{name} {FIRST}")),
                Ownership::Others(tenant, _) | Ownership::Contested(_, tenant) => {
                    Some(format!("{name} would go along and belongs to project {tenant}"))
                }
                _ => self.inside.protects(&live.address).then(|| format!("{name} {FIRST}")),
            }
        });
        own.into_iter().chain(self.twin(address)).chain(inside).collect()
    }

    /// The same live object under another scope: two accounts of the environment are one of the server, and what is left
    /// over in one of them is declared in the other.
    fn twin(&self, address: &Address) -> Option<String> {
        let live = self.input.world.live(address)?;
        let named = live.identity.own.is_some() || live.identity.parent.is_some();
        let scopes =
            self.input.world.places.keys().filter(|(s, scope)| named && s == self.system && *scope != address.scope);
        let others = scopes.map(|(_, scope)| Address { scope: scope.clone(), ..address.clone() });
        let same = |a: &Address| self.input.world.live(a).is_some_and(|other| other.identity == live.identity);
        let twin = others.into_iter().find(same)?;
        Some(format!("it is the same object as {twin}: two accounts of this environment are one account of the server"))
    }

    /// Why nobody can say what would go with the object: the read of its place, or of what lives in it, has gaps.
    pub fn unseen(&self, address: &Address) -> Option<String> {
        let place = self.input.world.place(self.system, &address.scope);
        let gap = self.input.world.blind.get(address).or_else(|| place.and_then(|p| p.gaps.first()))?;
        Some(format!("nothing is deleted while the read is incomplete: {gap}"))
    }

    /// What the system there can do.
    pub fn capabilities(&self, address: &Address) -> &Capabilities {
        static NONE: Capabilities =
            Capabilities { product: "", version: crate::model::Version(0, 0, 0), facts: BTreeMap::new() };
        self.input.world.place(self.system, &address.scope).map_or(&NONE, |p| &p.capabilities)
    }

    /// The configuration of the object around this one, as it will be by then.
    pub fn parent_config(&self, address: &Address) -> Option<Value> {
        let parent = self.kind.parent(address)?;
        let planned = self.steps.get(&parent).map(|s| s.settled.clone()).filter(|s| !s.is_null());
        planned.or_else(|| self.input.world.live(&parent).map(|live| live.config.clone()))
    }

    /// The same as it is now.
    fn parent_now(&self, address: &Address) -> Option<&Value> {
        self.kind.parent(address).and_then(|parent| self.input.world.live(&parent)).map(|live| &live.config)
    }

    /// What a change of this object would do.
    pub fn risks(&self, live: &Live, settled: Option<&Value>, replace: bool) -> Vec<Finding> {
        let capabilities = self.capabilities(&live.address);
        let parent = self.kind.parent(&live.address);
        self.kind.risks(&Turning {
            address: &live.address,
            live,
            settled,
            replace,
            capabilities,
            inside: self.inside.get(&live.address),
            parent: parent.and_then(|p| self.input.world.live(&p)),
        })
    }
}

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
pub fn change(known: &Known<'_>, resource: &Resource, live: &Live) -> Step {
    let ownership = known.input.inventory.ownership(live);
    let record = match &ownership {
        Ownership::Ours(record) | Ownership::Contested(record, _) => Some(*record),
        _ => None,
    };
    let mut step = known.blank(resource, Action::Keep);
    step.before = Some(Box::new(live.clone()));
    let mut body = wanted(resource);
    step.declared = shape::digests(known.kind.shape(), &body);
    let capabilities = known.capabilities(&live.address);
    let parent = known.parent_config(&live.address);
    let around = Around { capabilities, parent: parent.as_ref(), parent_now: known.parent_now(&live.address) };
    let mut ignore = resource.head.lifecycle.ignore.clone();
    let compare = |body: &Value, ignore: &[Path]| {
        compare::target(known.kind, live, body, record, ignore, known.input.strict, &around)
    };
    let mut target = compare(&body, &ignore);
    if let Some(record) = record.filter(|_| known.input.hold && !known.kind.is_whole()) {
        let held = steady(record, &step.declared)
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
    if known.input.hold && known.kind.is_whole() && step.drift {
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
            attribute_members(step, memory, record, &shape::member_digests(known.kind.shape(), &target.says));
        }
        _ => attribute_drift(step, record),
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

/// The paths whose declared value is what we declared last time.
fn steady(record: &Record, declared: &Declared) -> Vec<Path> {
    let same = declared.iter().filter(|(path, digest)| record.declared.get(*path) == Some(digest));
    same.filter_map(|(path, _)| Path::parse(path)).collect()
}

/// The same of an object that is owned whole and remembers its members: one that is not what we made it last reverts what
/// somebody else did, whatever the manifest says of it by now.
fn attribute_members(step: &mut Step, memory: &Memory, record: &Record, live: &Declared) {
    let manifest_is_the_same = record.declared == step.declared;
    let touched = |change: &Change, member: &str| {
        Path::parse(member).is_some_and(|member| member.within(&change.path) || change.path.within(&member))
    };
    let differs = |member: &&String| record.declared.get(*member) != live.get(*member);
    let members: BTreeSet<&String> = record.declared.keys().chain(live.keys()).collect();
    let theirs: Vec<&String> = members.into_iter().filter(differs).collect();
    for change in &mut step.changes {
        change.drift = !memory.waits
            && (memory.lost || manifest_is_the_same || theirs.iter().any(|member| touched(change, member)));
    }
    step.drift = !step.changes.is_empty() && step.changes.iter().all(|change| change.drift);
}

/// A change at a path whose declared value is what we declared last time reverts what somebody else did.
fn attribute_drift(step: &mut Step, record: Option<&Record>) {
    let Some(record) = record else { return };
    let steady = steady(record, &step.declared);
    for change in step.changes.iter_mut().filter(|c| !matches!(c.class, Class::Reset | Class::Follows)) {
        change.drift = steady.iter().any(|path| change.path.within(path));
    }
    let mut ours = step.changes.iter().filter(|c| c.class != Class::Follows).peekable();
    step.drift = ours.peek().is_some() && ours.all(|c| c.drift);
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
