//! NF2105: the server will delete a consumer that nobody uses for a while, durables too (measured: an interest stream
//! lost its 5 messages 4 s after a threshold of 1 s was set).

use super::Position;
use crate::{
    model::{Finding, Level, Path, Value},
    systems::Turning,
    units::print_duration,
};

const FIELD: &str = "inactive_threshold";

/// Nanoseconds; 0 where a consumer stays for ever.
pub(crate) fn threshold(config: &Value) -> i64 {
    config[FIELD].as_i64().unwrap_or(0)
}

/// Whether a threshold comes or gets shorter.
pub(crate) fn tightens(before: i64, after: i64) -> bool {
    after > 0 && (before == 0 || after < before)
}

pub(super) fn find(turning: &Turning<'_>, after: &Value) -> Vec<Finding> {
    let (was, will) = (threshold(&turning.live.config), threshold(after));
    if !tightens(was, will) {
        return Vec::new();
    }
    let at = Position::of(&turning.live.state);
    let idle = print_duration(will);
    let (level, message) = match at.open() {
        0 => (Level::Risk, format!("the server deletes it when nobody uses it for {idle}")),
        _ => {
            let what =
                if super::retention(turning) == "interest" { "are deleted with it" } else { "lose their position" };
            (
                Level::Loss,
                format!("the server deletes it when nobody uses it for {idle}, and at most {} {what}", at.text()),
            )
        }
    };
    vec![Finding {
        path: Some(Path::root().field(FIELD)),
        turn: (was.into(), will.into()),
        exact: false,
        messages: (at.open() > 0).then(|| at.open()),
        ..Finding::new("NF2105", level, message)
    }]
}
