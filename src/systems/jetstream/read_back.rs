//! One object, as it is right now: before a write to see that it is still what was planned, after it as the proof.

use super::identity;
use crate::{
    model::{Address, Failure, Live, Value},
    ports::{
        Clock, Reader,
        api::{insist, is_absent},
    },
};
use std::time::Duration;

/// An object with the stream around it, where it is a consumer.
pub struct Now {
    pub live: Option<Live>,
    pub parent: Option<Live>,
    /// Whether all replicas are where they belong, and current; said of objects of a cluster.
    pub home: bool,
}

/// Looks at one object.
///
/// # Errors
/// Whatever kept the answer away; an object that is not there is no error.
pub async fn look(reader: &Reader, address: &Address) -> Result<Now, Failure> {
    let word = identity::Word::of(&reader.info());
    match address.parts.as_slice() {
        [stream] => {
            let answer = present(insist(reader, &format!("STREAM.INFO.{stream}"), &Value::Null).await)?;
            let home = answer.as_ref().is_some_and(|a| at_home(a, &a["config"]));
            Ok(Now { live: answer.and_then(|a| identity::stream(&a, &word, &address.scope)), parent: None, home })
        }
        [stream, consumer] => {
            let around = present(insist(reader, &format!("STREAM.INFO.{stream}"), &Value::Null).await)?;
            let Some(parent) = around.and_then(|a| identity::stream(&a, &word, &address.scope)) else {
                return Ok(Now { live: None, parent: None, home: false });
            };
            let answer = present(insist(reader, &format!("CONSUMER.INFO.{stream}.{consumer}"), &Value::Null).await)?;
            let home = answer.as_ref().is_some_and(|a| {
                let own = a["config"]["num_replicas"].as_i64().unwrap_or(0) > 0;
                at_home(a, if own { &a["config"] } else { &parent.config })
            });
            let created = parent.identity.own.as_deref();
            let live = answer.and_then(|a| identity::consumer(&a, stream, created, &word, &address.scope));
            Ok(Now { live, parent: Some(parent), home })
        }
        _ => Err(Failure::Garbled { why: format!("`{address}` names nothing of JetStream") }),
    }
}

/// Whether a leader and as many current replicas as `config` says are there, and none besides. `desired` is what
/// servers from 2.15 on show while an object moves.
fn at_home(answer: &Value, config: &Value) -> bool {
    let cluster = &answer["cluster"];
    let others = cluster["replicas"].as_array().map_or(&[][..], Vec::as_slice);
    let wanted = config["num_replicas"].as_u64().unwrap_or(1).max(1);
    let current = |replica: &Value| replica["current"] == true && replica["offline"] != true;
    cluster["leader"].as_str().is_some_and(|leader| !leader.is_empty())
        && cluster["desired"].is_null()
        && others.len() as u64 + 1 == wanted
        && others.iter().all(current)
}

/// Looks until `done` says that what is there is the proof, or the bound has passed. After a change of replicas or of
/// placement a stream has no leader for up to a second (measured).
pub async fn look_until(
    reader: &Reader,
    clock: &dyn Clock,
    address: &Address,
    bound: Duration,
    done: impl Fn(&Now) -> bool,
) -> Result<Now, Failure> {
    let end = clock.now_ns() + i128::try_from(bound.as_nanos()).unwrap_or(i128::MAX);
    let mut pause = Duration::from_millis(20);
    // A look without an answer takes the whole bound by itself: then there is one more.
    let mut again = true;
    loop {
        let now = look(reader, address).await;
        if now.as_ref().is_ok_and(&done) || (clock.now_ns() >= end && (now.is_ok() || !again)) {
            return now;
        }
        again &= now.is_ok();
        clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

fn present(answer: Result<Value, Failure>) -> Result<Option<Value>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if is_absent(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}
