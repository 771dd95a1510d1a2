//! The bucket itself: reading all entries at once, writing one with compare-and-set.

use crate::{
    model::{Capabilities, Failure, Value, json},
    ports::{
        Nats, Reader,
        api::{answer, code, insist, is_absent},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, sync::Arc};

/// The bucket's name.
pub const BUCKET: &str = "NATSFORM";
/// Reads of entries at a time.
const WIDTH: usize = 32;

/// The configuration of the backing stream: what every client library makes of a bucket with history 1, with three
/// replicas wherever there may be three servers.
pub fn config(capabilities: &Capabilities) -> Value {
    let replicas = if capabilities.fact("clustered").as_bool() == Some(false) { 1 } else { 3 };
    json!({
        "name": format!("KV_{BUCKET}"),
        "description": "what natsform owns and last declared",
        "subjects": [format!("$KV.{BUCKET}.>")],
        "retention": "limits",
        "max_consumers": -1,
        "max_msgs": -1,
        "max_bytes": 16 * 1024 * 1024,
        "discard": "new",
        "max_age": 0,
        "max_msgs_per_subject": 1,
        "max_msg_size": -1,
        "storage": "file",
        "num_replicas": replicas,
        "duplicate_window": 120_000_000_000_i64,
        "deny_delete": true,
        "allow_rollup_hdrs": true,
        "allow_direct": true,
    })
}

/// Whether an entry is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Needed,
    /// One that is no JSON is passed over: it is not ours to understand.
    WhereReadable,
    No,
}

/// One entry as it was read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Null where the entry was deleted; the revision still counts for compare-and-set.
    pub value: Value,
    pub revision: u64,
    /// When the server stored it, RFC 3339.
    pub time: String,
}

/// The bucket over one connection.
#[derive(Clone)]
pub struct Bucket {
    reader: Reader,
}

impl Bucket {
    /// The bucket as this connection sees it.
    pub fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The entries below a filter that are wanted, by key; `None` where there is no bucket.
    ///
    /// # Errors
    /// Whatever kept an answer away; `Garbled` where an entry that is needed is no JSON.
    pub async fn read_all(
        &self,
        filter: &str,
        want: impl Fn(&str) -> Want,
    ) -> Result<Option<BTreeMap<String, Entry>>, Failure> {
        let Some(keys) = self.keys(filter).await? else { return Ok(None) };
        let wanted = keys.into_iter().map(|key| (want(&key), key)).filter(|(want, _)| *want != Want::No);
        let reads = wanted.map(|(want, key)| async move { (self.read(&key).await, want, key) });
        let mut reads = stream::iter(reads).buffer_unordered(WIDTH);
        let mut out = BTreeMap::new();
        while let Some((entry, want, key)) = reads.next().await {
            match entry {
                Err(Failure::Garbled { .. }) if want == Want::WhereReadable => {}
                other => out.extend(other?.map(|entry| (key, entry))),
            }
        }
        Ok(Some(out))
    }

    /// The keys below a filter; `None` where there is no bucket.
    async fn keys(&self, filter: &str) -> Result<Option<Vec<String>>, Failure> {
        let prefix = format!("$KV.{BUCKET}.");
        let (mut keys, mut offset) = (Vec::new(), 0);
        loop {
            let body = json!({"subjects_filter": format!("{prefix}{filter}"), "offset": offset});
            let info = match insist(&self.reader, &format!("STREAM.INFO.KV_{BUCKET}"), &body).await {
                Err(failure) if is_absent(&failure) => return Ok(None),
                other => other?,
            };
            let page = info["state"]["subjects"].as_object().map_or(0, |subjects| {
                keys.extend(subjects.keys().filter_map(|s| s.strip_prefix(&prefix)).map(str::to_owned));
                subjects.len()
            });
            offset += page;
            if page == 0 || info["total"].as_u64().is_none_or(|total| offset as u64 >= total) {
                return Ok(Some(keys));
            }
        }
    }

    /// The server's own time, RFC 3339.
    ///
    /// # Errors
    /// Whatever kept the answer away.
    pub async fn server_time(&self) -> Result<String, Failure> {
        let info = insist(&self.reader, &format!("STREAM.INFO.KV_{BUCKET}"), &Value::Null).await?;
        Ok(info["ts"].as_str().unwrap_or_default().to_owned())
    }

    /// One entry; `None` where it was never written.
    ///
    /// # Errors
    /// Whatever kept the answer away; `Garbled` where the entry is no JSON.
    pub async fn read(&self, key: &str) -> Result<Option<Entry>, Failure> {
        let body = json!({"last_by_subj": format!("$KV.{BUCKET}.{key}")});
        let message = match insist(&self.reader, &format!("STREAM.MSG.GET.KV_{BUCKET}"), &body).await {
            Err(Failure::Refused { code, .. }) if code == code::NO_MESSAGE => return Ok(None),
            Err(failure) if is_absent(&failure) => return Ok(None),
            other => other?["message"].take(),
        };
        let garbled = |why: String| Failure::Garbled { why: format!("entry `{key}` of bucket {BUCKET}: {why}") };
        let text = |name: &str| {
            BASE64_STANDARD.decode(message[name].as_str().unwrap_or_default()).map_err(|e| garbled(e.to_string()))
        };
        let headers = String::from_utf8_lossy(&text("hdrs")?).into_owned();
        let deleted = headers.lines().any(|l| l.starts_with("KV-Operation:"));
        let data = text("data")?;
        let value =
            if deleted { Value::Null } else { serde_json::from_slice(&data).map_err(|e| garbled(e.to_string()))? };
        let revision = message["seq"].as_u64().ok_or_else(|| garbled("no sequence".into()))?;
        Ok(Some(Entry { value, revision, time: message["time"].as_str().unwrap_or_default().to_owned() }))
    }
}

/// Writes an entry if its revision still is `revision` (0: if it was never written), and gives the new revision.
/// A value of null deletes it.
///
/// # Errors
/// `Stale` where somebody else wrote it meanwhile.
pub async fn put(nats: &Arc<dyn Nats>, key: &str, value: &Value, revision: u64) -> Result<u64, Failure> {
    let domain = nats.api_prefix().strip_suffix(".API").filter(|p| *p != "$JS");
    // behind another prefix the server maps `<prefix>.$KV.…`, as every client library relies on
    let subject = match domain {
        Some(_) => format!("{}.$KV.{BUCKET}.{key}", nats.api_prefix()),
        None => format!("$KV.{BUCKET}.{key}"),
    };
    let mut headers = vec![("Nats-Expected-Last-Subject-Sequence".to_owned(), revision.to_string())];
    let bytes = if value.is_null() {
        headers.push(("KV-Operation".into(), "DEL".into()));
        Vec::new()
    } else {
        value.to_string().into_bytes()
    };
    match answer(&nats.request(&subject, &headers, &bytes, nats.write_timeout()).await?) {
        Ok(ack) => {
            ack["seq"].as_u64().ok_or_else(|| Failure::Garbled { why: "no sequence in the acknowledgement".into() })
        }
        Err(Failure::Refused { code, .. }) if code == code::WRONG_LAST_SEQUENCE => {
            Err(Failure::Stale { what: format!("entry `{key}` of bucket {BUCKET} was written by somebody else") })
        }
        Err(failure) => Err(failure),
    }
}
