//! Whose a difference is: the manifest's, or somebody's who changed the object since our last write.

use crate::{
    inventory::Record,
    model::{Change, Class, Declared, Memory, Path, Step},
};
use std::collections::BTreeSet;

/// The paths whose declared value is what we declared last time.
pub fn steady(record: &Record, declared: &Declared) -> Vec<Path> {
    let same = declared.iter().filter(|(path, digest)| record.declared.get(*path) == Some(digest));
    same.filter_map(|(path, _)| Path::parse(path)).collect()
}

/// Of an object that is owned whole and remembers its members: a change of one that is not what we made it last reverts what
/// somebody else did, whatever the manifest says of it by now.
pub fn of_members(step: &mut Step, memory: &Memory, record: &Record, live: &Declared) {
    let manifest_is_the_same = record.declared == step.declared;
    let touched = |change: &Change, member: &Path| member.within(&change.path) || change.path.within(member);
    let differs = |member: &&String| record.declared.get(*member) != live.get(*member);
    let members: BTreeSet<&String> = record.declared.keys().chain(live.keys()).collect();
    let theirs: Vec<Path> = members.into_iter().filter(differs).filter_map(|member| Path::parse(member)).collect();
    for change in &mut step.changes {
        change.drift = !memory.waits
            && (memory.lost || manifest_is_the_same || theirs.iter().any(|member| touched(change, member)));
    }
    step.drift = !step.changes.is_empty() && step.changes.iter().all(|change| change.drift);
}

/// A change at a path whose declared value is what we declared last time reverts what somebody else did.
pub fn of_fields(step: &mut Step, record: Option<&Record>) {
    let Some(record) = record else { return };
    let steady = steady(record, &step.declared);
    for change in step.changes.iter_mut().filter(|c| !matches!(c.class, Class::Reset | Class::Follows)) {
        change.drift = steady.iter().any(|path| change.path.within(path));
    }
    let mut ours = step.changes.iter().filter(|c| c.class != Class::Follows).peekable();
    step.drift = ours.peek().is_some() && ours.all(|c| c.drift);
}
