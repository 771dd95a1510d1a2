//! NF2103: a filter changes. Delivery never goes back: messages below the position on subjects that match only now are
//! skipped without a word (measured: 49 of 50).

use super::{Position, filter_field, filters};
use crate::{
    model::{Finding, Level, Path, Value, json},
    systems::{Turning, jetstream::subjects::covers},
    units::grouped,
};

pub fn find(turning: &Turning<'_>, after: &Value) -> Vec<Finding> {
    let before = &turning.live.config;
    let (old, new) = (filters(before), filters(after));
    if old == new {
        return Vec::new();
    }
    let at = Position::of(&turning.live.state).delivered;
    let widened = new.iter().any(|n| !old.iter().any(|o| covers(o, n)));
    let (level, message) = if widened && at > 0 {
        let text =
            format!("messages up to sequence {} that match only the new filter are never delivered", grouped(at));
        (Level::Risk, text)
    } else if widened {
        (Level::Note, "nothing was delivered yet: the new filter takes effect from the start".to_owned())
    } else {
        (Level::Risk, "messages that only the old filter matched are no longer delivered".to_owned())
    };
    vec![Finding {
        path: Some(Path::root().field(filter_field(before, after))),
        turn: (json!(old), json!(new)),
        ..Finding::new("NF2103", level, message)
    }]
}
