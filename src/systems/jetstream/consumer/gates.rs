//! Which changes of a live consumer a server takes in place. Measured on 2.10.26, 2.11.11, 2.12.8, 2.14.6 and 2.15.1.

use crate::{
    model::{Turn, frozen},
    systems::jetstream::fields::says,
};

/// A push consumer stays one, and so does a pull consumer.
pub fn deliver_subject(turn: &Turn<'_>) -> Result<(), String> {
    match (says(turn.before), says(turn.after)) {
        (false, true) => Err("a pull consumer cannot become a push consumer in place".into()),
        (true, false) => Err("a push consumer cannot become a pull consumer in place".into()),
        _ => Ok(()),
    }
}

/// Where the state is kept is fixed at creation. Servers before 2.14 store a change and keep the state where it was:
/// with `false` stored, it is still gone after a restart (measured on 2.10.26 and 2.12.8).
pub fn mem_storage(turn: &Turn<'_>) -> Result<(), String> {
    if turn.capabilities.since(2, 14) { frozen(turn) } else { Err("it has no effect on an existing consumer".into()) }
}

/// More than one replica needs a cluster.
pub fn replicas(turn: &Turn<'_>) -> Result<(), String> {
    let standalone = turn.capabilities.fact("clustered").as_bool() == Some(false);
    if standalone && turn.after.as_i64().unwrap_or(0) > 1 {
        return Err("more than one replica needs a cluster, and this server is standalone".into());
    }
    Ok(())
}
