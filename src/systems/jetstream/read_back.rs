//! One object, as it is right now: before a write to see that it is still what was planned, after it as the proof.

use super::identity;
use crate::{
    model::{Address, Failure, Live, Value},
    ports::{
        Clock, Reader,
        api::{is_absent, query},
    },
};
use std::time::Duration;

/// An object with the stream around it, where it is a consumer.
pub struct Now {
    pub live: Option<Live>,
    pub parent: Option<Live>,
}

/// Looks at one object.
///
/// # Errors
/// Whatever kept the answer away; an object that is not there is no error.
pub async fn look(reader: &Reader, address: &Address) -> Result<Now, Failure> {
    let word = identity::Word::of(&reader.info());
    match address.parts.as_slice() {
        [stream] => {
            let answer = present(query(reader, &format!("STREAM.INFO.{stream}"), &Value::Null).await)?;
            Ok(Now { live: answer.and_then(|a| identity::stream(&a, &word, &address.scope)), parent: None })
        }
        [stream, consumer] => {
            let around = present(query(reader, &format!("STREAM.INFO.{stream}"), &Value::Null).await)?;
            let Some(parent) = around.and_then(|a| identity::stream(&a, &word, &address.scope)) else {
                return Ok(Now { live: None, parent: None });
            };
            let answer = present(query(reader, &format!("CONSUMER.INFO.{stream}.{consumer}"), &Value::Null).await)?;
            let created = parent.identity.own.as_deref();
            let live = answer.and_then(|a| identity::consumer(&a, stream, created, &word, &address.scope));
            Ok(Now { live, parent: Some(parent) })
        }
        _ => Err(Failure::Garbled { why: format!("`{address}` names nothing of JetStream") }),
    }
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
    loop {
        let now = look(reader, address).await;
        if now.as_ref().is_ok_and(&done) || clock.now_ns() >= end {
            return now;
        }
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
