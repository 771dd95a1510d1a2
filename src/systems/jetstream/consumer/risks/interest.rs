//! NF2104: on an interest stream a filter stops matching: messages that no consumer wants any more are deleted.

use super::{Position, filter_field, filters, retention};
use crate::{
    model::{Finding, Level, Path, Value, json},
    systems::{Turning, jetstream::subjects::covers},
    units::grouped,
};

pub fn find(turning: &Turning<'_>, after: &Value) -> Vec<Finding> {
    let before = &turning.live.config;
    let (old, new) = (filters(before), filters(after));
    let narrowed = old.iter().any(|o| !new.iter().any(|n| covers(n, o)));
    if retention(turning) != "interest" || !narrowed {
        return Vec::new();
    }
    let most = Position::of(&turning.live.state).open();
    let finding = if most == 0 {
        Finding::new("NF2104", Level::Note, "nothing is pending: no message loses its only consumer now")
    } else {
        let s = if most == 1 { "" } else { "s" };
        let message =
            format!("at most {} message{s} that no consumer wants any more go from the stream", grouped(most));
        Finding { messages: Some(most), exact: false, ..Finding::new("NF2104", Level::Loss, message) }
    };
    let path = Some(Path::root().field(filter_field(before, after)));
    vec![Finding { path, turn: (json!(old), json!(new)), ..finding }]
}
