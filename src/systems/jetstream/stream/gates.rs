//! Which changes of a live stream a server takes in place. Measured on 2.10.26, 2.11.11, 2.12.8, 2.14.6 and 2.15.1.
//!
//! The planner itself keeps a field from servers older than the field's `since`; the gates only know the rest.

use crate::{
    model::{Turn, Value, frozen},
    systems::jetstream::fields::says,
};

/// Limits and interest change into each other; a work queue stays one.
pub fn retention(turn: &Turn<'_>) -> Result<(), String> {
    let queue = |v: &Value| v.as_str() == Some("workqueue");
    if queue(turn.before) == queue(turn.after) {
        return Ok(());
    }
    Err("retention cannot change to or from workqueue in place".into())
}

/// Servers before 2.12 fix the number of consumers at creation.
pub fn max_consumers(turn: &Turn<'_>) -> Result<(), String> {
    if turn.capabilities.since(2, 12) { Ok(()) } else { frozen(turn) }
}

/// More than one replica needs a cluster. Servers before 2.14 store such an update without making a replica.
pub fn replicas(turn: &Turn<'_>) -> Result<(), String> {
    let standalone = turn.capabilities.fact("clustered").as_bool() == Some(false);
    if standalone && turn.after.as_i64().unwrap_or(0) > 1 {
        return Err("more than one replica needs a cluster, and this server is standalone".into());
    }
    Ok(())
}

/// A move and a change of the number of replicas are two updates (10123).
pub fn placement(turn: &Turn<'_>) -> Result<(), String> {
    let replicas = |object: &Value| object["num_replicas"].as_i64().unwrap_or(1).max(1);
    let clustered = turn.capabilities.fact("clustered").as_bool() != Some(false);
    if clustered && says(turn.after) && replicas(turn.object_before) != replicas(turn.object_after) {
        return Err("placement and num_replicas cannot change in one update: apply one of them first".into());
    }
    Ok(())
}

/// A mirror is one from its creation on; from 2.12 on it can become an ordinary stream.
pub fn mirror(turn: &Turn<'_>) -> Result<(), String> {
    match (says(turn.before), says(turn.after)) {
        (false, false) => Ok(()),
        (true, false) if turn.capabilities.since(2, 12) => Ok(()),
        (true, false) => Err("servers before 2.12 cannot turn a mirror into an ordinary stream".into()),
        (false, true) => Err("a stream cannot become a mirror in place".into()),
        (true, true) => Err("what a mirror reads cannot change in place".into()),
    }
}

/// The server stores it and does nothing with it, on every version.
pub fn first_seq(_: &Turn<'_>) -> Result<(), String> {
    Err("it has no effect on an existing stream".into())
}

/// Nothing can be written into a sealed stream, so no server creates one.
pub fn seal_at_birth(turn: &Turn<'_>) -> Result<(), String> {
    if turn.after.as_bool() == Some(true) {
        return Err("a stream cannot be created sealed: seal it once its messages are there".into());
    }
    Ok(())
}

/// Off to on, never back.
pub fn enable_only(turn: &Turn<'_>) -> Result<(), String> {
    if turn.before.as_bool() == Some(true) && turn.after.as_bool() != Some(true) {
        return Err("once on, it cannot be turned off".into());
    }
    Ok(())
}
