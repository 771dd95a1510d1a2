//! NF2004: the retention changes.
//!
//! limits to interest: from 2.15 on everything without an interested consumer goes at once, and what all have
//! acknowledged; older servers keep what has no consumer for now (measured: 100 of 100 went, 100 of 100 stayed).

use super::Update;
use crate::{model::Finding, systems::jetstream::fields::word_of};

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let retention = |config| match word_of(config, "retention") {
        "" => "limits".to_owned(),
        other => other.to_owned(),
    };
    let (before, after) = (retention(turn.before), retention(turn.after));
    if before == after {
        return Vec::new();
    }
    let what = match (after.as_str(), turn.turning.inside.is_empty()) {
        ("interest", true) if turn.turning.capabilities.since(2, 15) => "go at once: the stream has no consumer",
        ("interest", true) => {
            "that no consumer wants go; this server keeps them for now, one from 2.15 on deletes them"
        }
        ("interest", false) => "that no consumer wants, or that all have acknowledged, go at once",
        _ => "are kept under another rule from now on",
    };
    vec![turn.loss("NF2004", "retention", turn.held.messages, false, what)]
}
