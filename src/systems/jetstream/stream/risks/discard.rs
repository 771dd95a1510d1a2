//! NF2005: a stream that is over a limit begins to drop its oldest messages (measured: 100 to 10 at once).

use super::Update;
use crate::{
    model::Finding,
    systems::jetstream::fields::{number, word_of},
};

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let new = |config| word_of(config, "discard") == "new";
    if !new(turn.before) || new(turn.after) {
        return Vec::new();
    }
    let limit = |name| u64::try_from(number(turn.after, name)).ok().filter(|limit| *limit > 0);
    // A limit that is lowered in the same change has its own finding.
    let same = |name: &str| number(turn.before, name) == number(turn.after, name);
    let by_count = limit("max_msgs").filter(|_| same("max_msgs")).map_or(0, |l| turn.held.messages.saturating_sub(l));
    let over = |l: u64| turn.held.bytes > l;
    if limit("max_bytes").filter(|_| same("max_bytes")).is_some_and(over) {
        return vec![turn.loss("NF2005", "discard", turn.held.messages, false, "over the stream's limits go at once")];
    }
    if by_count > 0 {
        return vec![turn.loss("NF2005", "discard", by_count, true, "over the stream's limits go at once")];
    }
    Vec::new()
}
