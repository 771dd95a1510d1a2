//! The first line: would an apply do it?

use super::super::plural;
use crate::model::{Diagnostic, Level, Planned, Severity, Step, Verdict};

/// Whether an apply of this plan would write, and what stands in its way.
pub(super) fn plan(planned: &Planned, diagnostics: &[Diagnostic]) -> String {
    let changes: Vec<&Step> = planned.plan.changes().collect();
    let count = |pick: &dyn Fn(&Step) -> bool| changes.iter().filter(|s| pick(s)).count();
    let waiting = count(&|s| matches!(s.verdict, Verdict::NeedsAck { .. }));
    let blocked = count(&|s| matches!(s.verdict, Verdict::Blocked { .. }));
    let unknown = count(&|s| matches!(s.verdict, Verdict::Unknown { .. }));
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let some = |n: usize, text: String| (n > 0).then_some(text);
    let verb = |n: usize, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let obstacles: Vec<String> = [
        some(errors, format!("the plan has {}", plural(errors, "error"))),
        some(planned.refusals.len(), "a guard refuses it".to_owned()),
        some(waiting, format!("{} {} an acknowledgement", plural(waiting, "change"), verb(waiting, "needs", "need"))),
        some(blocked, format!("{} {} blocked", plural(blocked, "change"), verb(blocked, "is", "are"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let unread = match unknown {
        0 if planned.plan.complete => None,
        0 => Some("not everything could be read".to_owned()),
        n => Some(format!("{} could not be read", plural(n, "object"))),
    };
    if !obstacles.is_empty() {
        let all: Vec<String> = obstacles.into_iter().chain(unread).collect();
        return format!("🔴 apply would be refused: {}", all.join(", "));
    }
    let sure = changes.len() - unknown;
    let done = if sure == 0 { "no changes".to_owned() } else { plural(sure, "change") };
    let going = |level: Level| count(&|s| s.risk() == level && s.verdict == Verdict::Go);
    match (unread, going(Level::Loss), going(Level::Risk)) {
        (Some(unread), ..) => format!("🟡 incomplete: {unread}; {done} in the rest"),
        (None, 0, 0) => format!("🟢 {done}"),
        (None, 0, n) => format!("🟡 {done}, {n} of them with a risk"),
        (None, n, _) => {
            format!("🟡 {done}, {n} of them {} data or position, as accepted", verb(n, "destroys", "destroy"))
        }
    }
}
