//! NF2003: a limit is set or lowered.
//!
//! max_msgs and max_bytes obey `discard`: `old` deletes at once, `new` refuses what comes next. max_age and
//! max_msgs_per_subject delete whatever `discard` says (measured on every version).

use super::Update;
use crate::{
    model::{Finding, Level, Version},
    systems::jetstream::fields::{number, word_of},
    units::{about_size, grouped, print_duration},
};

const CODE: &str = "NF2003";

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    [max_msgs(turn), max_bytes(turn), max_age(turn), per_subject(turn)].into_iter().flatten().collect()
}

/// The new limit, where it is set for the first time or lower than before.
fn lowered(turn: &Update<'_>, name: &str) -> Option<u64> {
    let (before, after) = (number(turn.before, name), number(turn.after, name));
    (after > 0 && (before <= 0 || after < before)).then_some(after.unsigned_abs())
}

/// Whether a full stream refuses messages. Servers before 2.10.6 trimmed it all the same (nats-server 4802).
fn refuses(turn: &Update<'_>) -> bool {
    word_of(turn.after, "discard") == "new" && turn.turning.capabilities.version >= Version(2, 10, 6)
}

fn max_msgs(turn: &Update<'_>) -> Option<Finding> {
    let limit = lowered(turn, "max_msgs")?;
    let over = turn.held.messages.saturating_sub(limit);
    if over == 0 {
        return None;
    }
    if refuses(turn) {
        let message = format!(
            "the stream holds {}, {} over the new limit: publishers are refused until so many are gone",
            super::messages(turn.held.messages),
            grouped(over)
        );
        return Some(turn.field(CODE, Level::Risk, "max_msgs", message));
    }
    Some(turn.loss(CODE, "max_msgs", over, true, &format!("beyond the newest {} go at once", grouped(limit))))
}

fn max_bytes(turn: &Update<'_>) -> Option<Finding> {
    let limit = lowered(turn, "max_bytes")?;
    let over = turn.held.bytes.saturating_sub(limit);
    if over == 0 {
        return None;
    }
    if refuses(turn) {
        let message = format!(
            "the stream holds {}, {} over the new limit: publishers are refused until so much is gone",
            about_size(turn.held.bytes),
            about_size(over)
        );
        return Some(turn.field(CODE, Level::Risk, "max_bytes", message));
    }
    let what = format!("go at once, the oldest first, until {} are freed", about_size(over));
    Some(turn.loss(CODE, "max_bytes", turn.held.messages, false, &what))
}

fn max_age(turn: &Update<'_>) -> Option<Finding> {
    let limit = lowered(turn, "max_age")?;
    let age = print_duration(i64::try_from(limit).unwrap_or(i64::MAX));
    Some(turn.loss(CODE, "max_age", turn.held.messages, false, &format!("older than {age} go at once")))
}

fn per_subject(turn: &Update<'_>) -> Option<Finding> {
    let limit = lowered(turn, "max_msgs_per_subject")?;
    let before = number(turn.before, "max_msgs_per_subject");
    let held = turn.held;
    // Every subject keeps one, and all subjects together at least the new limit.
    let mut most = held.messages - held.messages.min(limit.max(held.subjects));
    if before > 0 && held.subjects > 0 {
        most = most.min(held.subjects.saturating_mul(before.unsigned_abs() - limit));
    }
    if most == 0 {
        return None;
    }
    let late = before <= 0 && !turn.turning.capabilities.since(2, 14);
    let when = if late { "go, for each subject when it is written next" } else { "go at once" };
    Some(turn.loss(
        CODE,
        "max_msgs_per_subject",
        most,
        false,
        &format!("beyond {} on each subject {when}", grouped(limit)),
    ))
}
