//! NF2007: a switch that cannot be turned back.

use super::Update;
use crate::{
    model::{Finding, Level},
    systems::jetstream::fields::{on, says},
};

const SWITCHES: [(&str, &str); 4] = [
    ("deny_delete", "single messages cannot be deleted any more; this cannot be turned off"),
    ("deny_purge", "the stream cannot be purged any more; this cannot be turned off"),
    ("allow_msg_ttl", "messages may carry their own time to live; this cannot be turned off"),
    ("allow_msg_schedules", "messages may be scheduled; this cannot be turned off"),
];

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let turned_on = |name: &str| !on(turn.before, name) && on(turn.after, name);
    let mut out = Vec::new();
    if turned_on("sealed") {
        let message = "the stream takes no more messages and gives none up, for ever: publishers are refused";
        out.push(turn.field("NF2007", Level::Risk, "sealed", message));
    } else {
        let switches = SWITCHES.iter().filter(|(name, _)| turned_on(name));
        out.extend(switches.map(|(name, what)| turn.field("NF2007", Level::Note, name, *what)));
    }
    if says(&turn.before["mirror"]) && !says(&turn.after["mirror"]) {
        let message = "the mirror becomes an ordinary stream and copies no more; it cannot become a mirror again";
        out.push(turn.field("NF2007", Level::Risk, "mirror", message));
    }
    out
}
