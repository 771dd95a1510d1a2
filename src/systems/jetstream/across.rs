//! What streams that hand subjects to each other mean for each other, which no single step shows.

use super::{
    NAME,
    lower::lower,
    moves::{self, Move},
    overlap, stream,
    subjects::captured,
    swap,
};
use crate::model::{Action, Address, Finding, Level, Path, Step, Verdict, World};
use std::collections::{BTreeMap, BTreeSet};

/// Holds moves that cannot be done whole, and says what those mean that can.
pub fn across(steps: &mut [Step], world: &World) {
    overlap::block(steps, world);
    while let Some((held, verdict)) = half(steps) {
        steps[held].verdict = verdict;
    }
    let found = findings(steps, world);
    for (step, (uncaptured, new)) in steps.iter_mut().filter_map(|s| found.get(&s.address).cloned().map(|f| (s, f))) {
        stream::now_captured(&mut step.findings, &uncaptured);
        step.findings.extend(new);
    }
}

fn ours(steps: &[Step]) -> Vec<&Step> {
    steps.iter().filter(|s| s.system == NAME).collect()
}

/// A step that may go while the one at the other end of a move may not: a subject that is given up has to be taken, and
/// one that is not given up cannot be.
fn half(steps: &[Step]) -> Option<(usize, Verdict)> {
    let goes = |s: &Step| s.verdict == Verdict::Go;
    let moved = moves::of(&ours(steps)).into_iter().find(|m| goes(m.from) != goes(m.to))?;
    let Move { from, to, subject } = moved;
    let (going, other, does) = if goes(from) { (from, to, "takes") } else { (to, from, "gives up") };
    let verdict = match &other.verdict {
        Verdict::NeedsAck { tokens } => Verdict::NeedsAck { tokens: tokens.clone() },
        _ => Verdict::Blocked { why: format!("{} {does} `{subject}` and is not done", other.address.short()) },
    };
    Some((steps.iter().position(|s| s.address == going.address)?, verdict))
}

/// For each step: the subjects of it that nobody captures any more, and its new findings.
type Found = BTreeMap<Address, (Vec<String>, Vec<Finding>)>;

fn findings(steps: &[Step], world: &World) -> Found {
    let may = |s: &&Step| matches!(s.verdict, Verdict::Go | Verdict::NeedsAck { .. });
    let steps: Vec<&Step> = ours(steps).into_iter().filter(may).collect();
    let moved = moves::of(&steps);
    let mut ends: BTreeMap<&Address, (&Step, Vec<&Move<'_>>)> = BTreeMap::new();
    for m in &moved {
        ends.entry(&m.from.address).or_insert((m.from, Vec::new())).1.push(m);
        ends.entry(&m.to.address).or_insert((m.to, Vec::new())).1.push(m);
    }
    let told = ends.into_iter().map(|(address, (step, own))| {
        let taken = |gone: &&str| own.iter().any(|m| m.from.address == *address && m.subject == **gone);
        let before = step.before.iter().flat_map(|live| moves::uncaptured(&live.config, &step.settled));
        let uncaptured = before.filter(|gone| !taken(gone));
        (address.clone(), (uncaptured.map(str::to_owned).collect(), gaps(step, &own)))
    });
    let mut found: Found = told.collect();
    for (address, finding) in circles(&steps, &moved, world) {
        found.entry(address).or_default().1.push(finding);
    }
    found
}

/// Told at the end that takes: there it is what a reviewer has to weigh.
const GAP: &str = "until then no stream takes it: JetStream publishers get \"no responders\" (503; in a cluster perhaps no \
    answer) and have to try again, what others publish is lost";

/// The moves of one step, one finding for each other end.
fn gaps(step: &Step, moved: &[&Move<'_>]) -> Vec<Finding> {
    let mut ends: BTreeMap<(&Address, bool), (Action, Vec<String>)> = BTreeMap::new();
    for m in moved {
        for (own, other, gives) in [(m.from, m.to, true), (m.to, m.from, false)] {
            if own.address == step.address {
                let end = ends.entry((&other.address, gives)).or_insert((m.from.action, Vec::new()));
                end.1.push(format!("`{}`", m.subject));
            }
        }
    }
    let finding = |((other, gives), (action, subjects)): ((&Address, bool), (Action, Vec<String>))| {
        let (subjects, other) = (subjects.join(", "), other.short());
        let text = match (gives, action) {
            (true, Action::Update) => format!("{subjects} goes to {other} after a gap; what is stored stays here"),
            (true, _) => format!("{subjects} goes to {other} after a gap"),
            (false, Action::Update) => format!("{subjects} comes from {other}, what is stored stays there; {GAP}"),
            (false, _) => format!("{subjects} comes from {other}, which is deleted first; {GAP}"),
        };
        Finding { path: Some(Path::root().field("subjects")), ..Finding::new("NF2013", Level::Note, text) }
    };
    ends.into_iter().map(finding).collect()
}

/// The steps that take subjects from each other in a circle, which takes more writes than steps.
fn circles(steps: &[&Step], moved: &[Move<'_>], world: &World) -> Vec<(Address, Finding)> {
    if moved.is_empty() {
        return Vec::new();
    }
    let ops = lower(steps, world, 0);
    let mut writes: BTreeMap<&Address, usize> = BTreeMap::new();
    ops.iter().flat_map(|op| &op.carries).for_each(|address| *writes.entry(address).or_default() += 1);
    let mut next: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    for m in moved {
        next.entry(&m.from.address).or_default().insert(&m.to.address);
    }
    let mut out = Vec::new();
    for release in ops.iter().filter(|op| op.verb == "release") {
        let Some(first) = release.carries.first() else { continue };
        let ahead = reach(first, &next);
        let members: BTreeSet<&Address> = ahead.into_iter().filter(|a| reach(a, &next).contains(first)).collect();
        let writes: usize = members.iter().filter_map(|address| writes.get(address)).sum();
        let names: Vec<String> = members.iter().map(|a| a.short()).collect();
        let meanwhile = match captured(&release.settled).find(|s| swap::is_parked(s)) {
            Some(subject) => format!(" (all but `{subject}`, which nobody uses)"),
            None => String::new(),
        };
        let text = format!(
            "{} take subjects from each other, so {} gives up its own first{meanwhile}: {} steps, {writes} writes",
            names.join(", "),
            first.short(),
            members.len(),
        );
        let finding = Finding::new("NF2014", Level::Note, text);
        out.extend(members.into_iter().map(|a| (a.clone(), finding.clone())));
    }
    out
}

/// The addresses that subjects get to from this one.
fn reach<'a>(from: &Address, next: &BTreeMap<&'a Address, BTreeSet<&'a Address>>) -> BTreeSet<&'a Address> {
    let (mut out, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(address) = open.pop() {
        let new = next.get(address).into_iter().flatten().filter(|a| out.insert(**a));
        open.extend(new.copied().collect::<Vec<_>>());
    }
    out
}
