//! Requests and answers of the NATS APIs (`$JS.API`, `$SYS.REQ`): JSON, with an `error` object where it went wrong.

use crate::{
    model::{Failure, Value},
    ports::{Query, Reader, Reply},
};

/// Error codes of the server that natsform acts on (facts: jetstream.md section 5).
pub mod code {
    /// The stream does not exist.
    pub const STREAM_NOT_FOUND: &str = "10059";
    /// The consumer does not exist.
    pub const CONSUMER_NOT_FOUND: &str = "10014";
    /// A stream of that name exists with another configuration.
    pub const STREAM_EXISTS: &str = "10058";
    /// A consumer of that name exists with another configuration.
    pub const CONSUMER_EXISTS: &str = "10148";
    /// An update of a consumer that does not exist.
    pub const CONSUMER_MISSING: &str = "10149";
    /// No message at that subject or sequence.
    pub const NO_MESSAGE: &str = "10037";
    /// The cluster has no leader just now.
    pub const UNAVAILABLE: &str = "10008";
    /// Replicas are asked of a server that is alone.
    pub const NOT_CLUSTERED: &str = "10074";
    /// No servers for as many replicas, with these tags and this storage.
    pub const NO_PEERS: &str = "10005";
    /// The stream's last sequence is not the expected one.
    pub const WRONG_LAST_SEQUENCE: &str = "10071";
}

/// Whether a failure says that the object does not exist.
pub fn is_absent(failure: &Failure) -> bool {
    use code::{CONSUMER_MISSING, CONSUMER_NOT_FOUND, STREAM_NOT_FOUND};
    matches!(failure, Failure::Refused { code, .. } if [STREAM_NOT_FOUND, CONSUMER_NOT_FOUND, CONSUMER_MISSING].contains(&code.as_str()))
}

/// Asks an operation of the read list.
///
/// # Errors
/// What the connection or the server said; `Garbled` where the operation is not on the read list.
pub async fn query(reader: &Reader, operation: &str, body: &Value) -> Result<Value, Failure> {
    answer(&reader.ask(&read(reader, operation, body)?).await?)
}

/// What part of the time that a read may take each try of [`insist`] gets: three times that time in all. A cluster whose
/// node dies elects new leaders within 4 to 20 s (measured on three nodes of 2.12 and 2.15, busy machine included).
const SHARES: [u32; 5] = [5, 5, 2, 1, 1];

/// The same, asked again where no answer comes: what leads an object in a cluster answers nothing while it moves, and the
/// request that came in between is lost.
///
/// # Errors
/// As [`query`].
pub async fn insist(reader: &Reader, operation: &str, body: &Value) -> Result<Value, Failure> {
    let query = read(reader, operation, body)?;
    let ask = async |share: u32| answer(&reader.ask_within(&query, reader.read_timeout() / share).await?);
    let (last, earlier) = SHARES.split_last().unwrap_or((&1, &[]));
    for &share in earlier {
        match ask(share).await {
            Err(Failure::Unknown { .. } | Failure::NotSent { .. }) => {}
            Err(Failure::Busy { .. }) => tokio::time::sleep(reader.read_timeout() / share).await,
            other => return other,
        }
    }
    ask(*last).await
}

fn read(reader: &Reader, operation: &str, body: &Value) -> Result<Query, Failure> {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Query::new(reader.api_prefix(), operation, &bytes)
        .ok_or_else(|| Failure::Garbled { why: format!("`{operation}` is no read") })
}

/// The JSON of an answer; an answer that carries an error is a failure.
///
/// # Errors
/// `Refused` or `Busy` as the server said, `Garbled` where it is no JSON object.
pub fn answer(reply: &Reply) -> Result<Value, Failure> {
    let value: Value = serde_json::from_slice(&reply.body)
        .map_err(|e| Failure::Garbled { why: format!("no JSON in the answer: {e}") })?;
    if !value.is_object() {
        return Err(Failure::Garbled { why: "the answer is no JSON object".into() });
    }
    let Some(error) = value.get("error").filter(|e| e.is_object()) else { return Ok(value) };
    let number = |name: &str| error[name].as_u64().map(|n| n.to_string());
    let code = number("err_code").or_else(|| number("code")).unwrap_or_default();
    let message = error["description"].as_str().unwrap_or("no description").to_owned();
    Err(if code == code::UNAVAILABLE {
        Failure::Busy { why: format!("{message} ({code})"), after: None }
    } else {
        Failure::Refused { code, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Result<Value, Failure> {
        answer(&Reply { headers: vec![], body: body.as_bytes().to_vec() })
    }

    #[test]
    fn errors_carry_the_servers_own_code() {
        let refused = of(r#"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#);
        assert!(refused.as_ref().is_err_and(is_absent), "{refused:?}");
        assert!(matches!(
            of(r#"{"error":{"code":503,"err_code":10008,"description":"x"}}"#),
            Err(Failure::Busy { .. })
        ));
        assert!(matches!(of("[1]"), Err(Failure::Garbled { .. })));
        assert!(matches!(of("{"), Err(Failure::Garbled { .. })));
    }
}
