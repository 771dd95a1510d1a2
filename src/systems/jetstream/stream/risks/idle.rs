//! NF2011: a threshold in `consumer_limits` becomes that of every consumer without one, and the server deletes a
//! consumer that nobody uses for so long, durables too (measured).

use super::{Update, detail};
use crate::{
    model::{Finding, Level, Path},
    systems::jetstream::consumer::{open_messages, threshold, tightens},
    units::{grouped, print_duration},
};

pub(super) fn find(update: &Update<'_>) -> Vec<Finding> {
    let (was, will) = (threshold(&update.before["consumer_limits"]), threshold(&update.after["consumer_limits"]));
    if !tightens(was, will) {
        return Vec::new();
    }
    // one that goes sooner by its own threshold is as it was
    let inside: Vec<_> = update.turning.inside.iter().filter(|c| tightens(threshold(&c.config), will)).collect();
    let open: u64 = inside.iter().map(|consumer| open_messages(&consumer.state)).sum();
    let idle = print_duration(will);
    let (level, message) = match open {
        0 => (
            Level::Risk,
            format!("consumers without a threshold of their own are deleted when nobody uses them for {idle}"),
        ),
        _ => (
            Level::Loss,
            format!(
                "consumers without a threshold of their own are deleted when nobody uses them for {idle}, and at most {} \
                 messages that they have not handled lose their place",
                grouped(open)
            ),
        ),
    };
    let names: Vec<String> = inside.iter().map(|consumer| consumer.address.leaf().to_owned()).collect();
    let line = Some(format!("consumers: {}", names.join(", ")));
    vec![Finding {
        path: Some(Path::root().field("consumer_limits").field("inactive_threshold")),
        turn: (was.into(), will.into()),
        exact: false,
        messages: (open > 0).then_some(open),
        details: detail(names, line),
        ..Finding::new("NF2011", level, message)
    }]
}
