//! `$JS.API.…`: requests and the answers' shapes.

use super::{
    consumer::Consumer,
    error::{Check, bad, consumer_not_found, json_error, stream_not_found},
    schema::{CONSUMER, Config, Fields, STREAM, encode, instant},
    store::{Headers, Stream, wire},
    subjects,
    world::{World, parse},
};
use serde_json::{Map, Value, json};

const NEVER: &str = "0001-01-01T00:00:00Z";
const PAGE: usize = 256;
const NAMES: usize = 1024;

/// The operations that only read; all else, publishing included, is a write.
pub fn reads(operation: &str) -> bool {
    let two: Vec<&str> = operation.splitn(3, '.').take(2).collect();
    operation == "INFO"
        || operation.starts_with("STREAM.MSG.GET.")
        || matches!(two[..], ["STREAM" | "CONSUMER", "LIST" | "NAMES" | "INFO"])
}

/// Go's way to write a time.
pub fn time(ns: i128) -> String {
    jiff::Timestamp::from_nanosecond(ns).map_or_else(|_| NEVER.into(), |t| t.to_string())
}

impl World {
    /// Answers a request to the API. `None`: nobody answers.
    pub fn answer(&mut self, operation: &str, headers: &Headers, body: &[u8]) -> Option<Value> {
        self.requests += 1;
        let now = self.now;
        self.streams.values_mut().for_each(|s| s.expire(now));
        let (kind, answer) = self.route(operation, headers, body)?;
        let mut out = Map::new();
        out.insert("type".into(), json!(format!("io.nats.jetstream.api.v1.{kind}_response")));
        match answer {
            Ok(Value::Object(fields)) => out.extend(fields),
            Ok(_) => {}
            Err(e) => {
                self.errors += 1;
                out.insert("error".into(), e.json());
                out.extend(self.leftovers(kind));
            }
        }
        Some(Value::Object(out))
    }

    /// What Go's structs put beside an error.
    fn leftovers(&self, kind: &str) -> Map<String, Value> {
        let value = match kind {
            "stream_info" => json!({"total": 0, "offset": 0, "limit": 0}),
            "stream_list" | "stream_names" => json!({"total": 0, "offset": 0, "limit": 0, "streams": []}),
            "consumer_list" | "consumer_names" => json!({"total": 0, "offset": 0, "limit": 0, "consumers": []}),
            "consumer_pause" => json!({"paused": false, "pause_until": NEVER}),
            _ => json!({}),
        };
        value.as_object().cloned().unwrap_or_default()
    }

    fn route(&mut self, operation: &str, headers: &Headers, body: &[u8]) -> Option<(&'static str, Check<Value>)> {
        let mut tokens: Vec<&str> = operation.splitn(4, '.').collect();
        let level = headers.iter().find(|(k, _)| k.eq_ignore_ascii_case("Nats-Required-Api-Level"));
        let low = level.is_some_and(|(_, v)| v.parse::<u32>().map_or(true, |v| v > self.level())) && self.minor >= 12;
        if tokens.len() < 3 {
            tokens.resize(3, "");
        }
        let [group, verb, name] = [tokens[0], tokens[1], tokens[2]];
        let rest = tokens.get(3).copied().unwrap_or_default();
        let kind = kind(group, verb, name).filter(|k| *k != "consumer_pause" || self.minor >= 11)?;
        if low {
            return Some((kind, Err(super::error::ApiError::new(412, 10185, "JetStream minimum api level required"))));
        }
        // A stream without replicas that answer: its own requests get nothing.
        let gone = |name: &str| self.streams.get(name).is_some_and(|s| s.offline);
        let silent = match (group, verb) {
            ("STREAM", "CREATE") => {
                gone(name).then_some(bad(10058, "stream name already in use with a different configuration"))
            }
            ("STREAM", "INFO" | "UPDATE" | "DELETE" | "PURGE") if gone(name) => return None,
            ("STREAM", "MSG") if gone(rest.split('.').next().unwrap_or_default()) || name != "GET" => return None,
            ("CONSUMER", v) if v != "DURABLE" && gone(name) => return None,
            _ => None,
        };
        if let Some(answer) = silent {
            return Some((kind, answer));
        }
        let tail = |n: usize| operation.splitn(n + 1, '.').nth(n).unwrap_or_default();
        let answer = match (group, verb) {
            ("INFO", _) => Ok(self.account_info()),
            ("STREAM", "LIST") => self.stream_list(body),
            ("STREAM", "NAMES") => self.stream_names(body),
            ("STREAM", "INFO") => self.stream_info_request(name, body),
            ("STREAM", "CREATE") => self.create_stream(name, body).and_then(|()| self.written(name, true)),
            ("STREAM", "UPDATE") => self.update_stream(name, body).and_then(|()| self.written(name, false)),
            ("STREAM", "DELETE") => no_body(body).and_then(|()| match self.streams.remove(name) {
                Some(dead) => {
                    self.graves.insert(name.into(), dead);
                    Ok(json!({"success": true}))
                }
                None => stream_not_found(),
            }),
            ("STREAM", "PURGE") => self.purge(name, body),
            ("STREAM", "MSG") => self.message(rest, body),
            ("CONSUMER", "LIST") => self.consumer_list(name, body),
            ("CONSUMER", "NAMES") => self.consumer_names_request(name, body),
            ("CONSUMER", "INFO") => no_body(body).and_then(|()| self.consumer_info_request(name, rest)),
            ("CONSUMER", "CREATE" | "DURABLE") => {
                let durable = verb == "DURABLE";
                let created = self.create_consumer(tail(if durable { 3 } else { 2 }), durable, body);
                created.and_then(|(stream, name)| {
                    let stream = self.stream(&stream)?;
                    Ok(self.consumer_info(&stream.consumers[&name], stream, true))
                })
            }
            ("CONSUMER", "DELETE") => {
                no_body(body).and_then(|()| self.delete_consumer(name, rest).map(|()| json!({"success": true})))
            }
            ("CONSUMER", "PAUSE") => self.pause_request(name, rest, body),
            _ => return None,
        };
        Some((kind, answer))
    }

    fn account_info(&self) -> Value {
        let sum = |memory: bool, what: fn(&Stream) -> i64| -> i64 {
            self.streams.values().filter(|s| (s.config.text("storage") == "memory") == memory).map(what).sum()
        };
        let reserved = |s: &Stream| s.config.int("max_bytes").max(0);
        let or = |n: i64| if n > 0 { n } else { -1 };
        let l = &self.limits;
        let mut api = json!({"level": self.level(), "total": self.requests, "errors": self.errors});
        if self.minor < 11 {
            api.as_object_mut().expect("an object").shift_remove("level");
        }
        json!({
            "memory": sum(true, Stream::bytes), "storage": sum(false, Stream::bytes),
            "reserved_memory": sum(true, reserved), "reserved_storage": sum(false, reserved),
            "streams": self.streams.len(), "consumers": self.streams.values().map(|s| s.consumers.len()).sum::<usize>(),
            "limits": {
                "max_memory": or(l.max_memory), "max_storage": or(l.max_storage),
                "max_streams": or(l.max_streams as i64), "max_consumers": or(l.max_consumers as i64),
                "max_ack_pending": or(l.max_ack_pending),
                "memory_max_stream_bytes": or(l.memory_max_stream_bytes), "storage_max_stream_bytes": or(l.storage_max_stream_bytes),
                "max_bytes_required": l.max_bytes_required,
            },
            "api": api,
        })
    }

    fn cluster_info(&self, replicas: i64, out: &mut Map<String, Value>) {
        if !self.clustered {
            return;
        }
        let peers: Vec<Value> =
            (2..=replicas.max(1)).map(|i| json!({"name": format!("n{i}"), "current": true, "active": 100_000_000, "peer": format!("peer{i}")})).collect();
        let mut cluster = json!({"name": "test", "leader": "n1"});
        if !peers.is_empty() {
            cluster["replicas"] = json!(peers);
        }
        out.insert("cluster".into(), cluster);
    }

    /// A configuration as it is shown. LIST leaves out what the server only adds to answers.
    fn shown(&self, config: &Config, fields: &[super::schema::Field], dynamic: bool) -> Value {
        let mut value = encode(config, fields, self.minor);
        // Go writes the keys of a map in order, whatever order they came in.
        if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
            metadata.sort_keys();
        }
        if dynamic && self.minor >= 11 {
            value["metadata"]["_nats.ver"] = json!(format!("2.{}.{}", self.minor, self.patch));
            value["metadata"]["_nats.level"] = json!(self.level().to_string());
        }
        value
    }

    pub fn stream_info(&self, s: &Stream, dynamic: bool) -> Value {
        let at = |t: Option<i128>| t.map_or_else(|| NEVER.to_owned(), time);
        let mut state = json!({
            "messages": s.messages.len(), "bytes": s.bytes(),
            "first_seq": s.first_seq(), "first_ts": at(s.messages.values().next().map(|m| m.time)),
            "last_seq": s.last_seq, "last_ts": at(s.last_time),
        });
        let subjects = s.subjects(">").len();
        if subjects > 0 {
            state["num_subjects"] = json!(subjects);
        }
        let deleted = (s.last_seq + 1).saturating_sub(s.first_seq()).saturating_sub(s.messages.len() as u64);
        if deleted > 0 && !s.messages.is_empty() {
            state["num_deleted"] = json!(deleted);
        }
        state["consumer_count"] = json!(s.consumers.len());
        let mut out = Map::new();
        out.insert("config".into(), self.shown(&s.config, STREAM, dynamic));
        out.insert("created".into(), json!(time(s.created)));
        out.insert("state".into(), state);
        self.cluster_info(s.config.int("num_replicas"), &mut out);
        self.origins(s, &mut out);
        out.insert("ts".into(), json!(time(self.now)));
        Value::Object(out)
    }

    fn origins(&self, s: &Stream, out: &mut Map<String, Value>) {
        let info = |source: &Config| {
            let mut info = json!({"name": source.text("name"), "lag": 0, "active": -1});
            if let Some(external) = source.get("external") {
                info["external"] = external.clone();
            }
            if !source.text("filter_subject").is_empty() {
                info["filter_subject"] = json!(source.text("filter_subject"));
            }
            info
        };
        if let Some(mirror) = s.config.object("mirror") {
            out.insert("mirror".into(), info(mirror));
        }
        let sources: Vec<Value> = s.config.objects("sources").into_iter().map(info).collect();
        if !sources.is_empty() {
            out.insert("sources".into(), json!(sources));
        }
    }

    fn written(&self, name: &str, created: bool) -> Check<Value> {
        let mut info = self.stream_info(self.stream(name)?, true);
        if created {
            info["did_create"] = json!(true);
        }
        Ok(info)
    }

    /// The offset and the subject of a request for a page.
    fn page_request(&self, body: &[u8]) -> Check<(usize, String)> {
        if !body.iter().any(|b| !b.is_ascii_whitespace()) {
            return Ok((0, String::new()));
        }
        let v = parse(body, self.minor)?;
        let offset = v["offset"].as_i64().unwrap_or(0).max(0);
        Ok((offset as usize, v["subject"].as_str().unwrap_or_default().to_owned()))
    }

    fn named(&self, subject: &str) -> Vec<&Stream> {
        let fits = |s: &&Stream| {
            subject.is_empty() || s.config.list("subjects").iter().any(|own| subjects::collide(own, subject))
        };
        self.streams.values().filter(fits).collect()
    }

    fn stream_list(&self, body: &[u8]) -> Check<Value> {
        let (offset, subject) = self.page_request(body)?;
        let all = self.named(&subject);
        let offset = offset.min(all.len());
        let page = &all[offset..(offset + PAGE).min(all.len())];
        let streams: Vec<Value> = page.iter().filter(|s| !s.offline).map(|s| self.stream_info(s, false)).collect();
        let missing: Vec<&str> = page.iter().filter(|s| s.offline).map(|s| s.name()).collect();
        let mut out = json!({"total": all.len(), "offset": offset, "limit": PAGE, "streams": streams});
        if !missing.is_empty() {
            out["missing"] = json!(missing);
        }
        Ok(out)
    }

    fn stream_names(&self, body: &[u8]) -> Check<Value> {
        let (offset, subject) = self.page_request(body)?;
        let all = self.named(&subject);
        let offset = offset.min(all.len());
        let names: Vec<&str> = all[offset..].iter().take(NAMES).map(|s| s.name()).collect();
        // Go's empty list, where a filter found nothing, is null.
        let names = if names.is_empty() && !subject.is_empty() { Value::Null } else { json!(names) };
        Ok(json!({"total": all.len(), "offset": offset, "limit": NAMES, "streams": names}))
    }

    fn stream_info_request(&self, name: &str, body: &[u8]) -> Check<Value> {
        let request = if body.iter().any(|b| !b.is_ascii_whitespace()) { parse(body, self.minor)? } else { json!({}) };
        let stream = self.stream(name)?;
        let mut out = json!({"total": 0, "offset": 0, "limit": 0});
        let mut info = self.stream_info(stream, true);
        if let Some(filter) = request["subjects_filter"].as_str().filter(|f| !f.is_empty()) {
            let counts = stream.subjects(filter);
            let offset = request["offset"].as_u64().unwrap_or(0) as usize;
            if !counts.is_empty() {
                out = json!({"total": counts.len(), "offset": offset, "limit": 100_000});
                info["state"]["subjects"] = counts
                    .into_iter()
                    .skip(offset)
                    .take(100_000)
                    .map(|(k, v)| (k.to_owned(), json!(v)))
                    .collect::<Map<_, _>>()
                    .into();
            }
        }
        out.as_object_mut().expect("an object").extend(info.as_object().cloned().unwrap_or_default());
        Ok(out)
    }

    fn purge(&mut self, name: &str, body: &[u8]) -> Check<Value> {
        let request = if body.iter().any(|b| !b.is_ascii_whitespace()) { parse(body, self.minor)? } else { json!({}) };
        let stream = self.stream_mut(name)?;
        if stream.config.on("deny_purge") || stream.config.on("sealed") {
            return Err(super::error::ApiError::new(500, 10110, "stream purge not permitted"));
        }
        let filter = request["filter"].as_str().unwrap_or(">");
        let before = stream.messages.len();
        let (upto, keep) = (request["seq"].as_u64().unwrap_or(0), request["keep"].as_u64().unwrap_or(0) as usize);
        let mut doomed: Vec<u64> = stream
            .messages
            .iter()
            .filter(|(seq, m)| subjects::within(&m.subject, filter) && (upto == 0 || **seq < upto))
            .map(|(seq, _)| *seq)
            .collect();
        doomed.truncate(doomed.len().saturating_sub(keep));
        doomed.iter().for_each(|seq| drop(stream.messages.remove(seq)));
        Ok(json!({"success": true, "purged": before - stream.messages.len()}))
    }

    fn message(&self, name: &str, body: &[u8]) -> Check<Value> {
        if !body.iter().any(|b| !b.is_ascii_whitespace()) {
            return bad(10003, "bad request");
        }
        let r = parse(body, self.minor)?;
        let text = |k: &str| r[k].as_str().filter(|t| !t.is_empty());
        let seq = r["seq"].as_u64().unwrap_or(0);
        let from = text("start_time").filter(|_| self.minor >= 11);
        let (last, next) = (text("last_by_subj"), text("next_by_subj"));
        let nothing = seq == 0 && last.is_none() && next.is_none() && from.is_none();
        let two =
            (seq > 0 && (last.is_some() || from.is_some())) || (last.is_some() && (from.is_some() || next.is_some()));
        if nothing || two {
            return bad(10003, "bad request");
        }
        let stream = self.stream(name)?;
        let after = match from.and_then(instant) {
            Some(from) => {
                stream.messages.iter().find(|(_, m)| m.time >= from).map_or(stream.last_seq + 1, |(seq, _)| *seq)
            }
            None => seq,
        };
        let found = match (last, next) {
            (Some(last), _) => stream.last_on(last),
            (_, Some(next)) => {
                stream.messages.range(after..).find(|(_, m)| subjects::within(&m.subject, next)).map(|(seq, _)| *seq)
            }
            _ => Some(after).filter(|seq| stream.messages.contains_key(seq)),
        };
        let Some(seq) = found else { return Err(super::error::ApiError::new(404, 10037, "no message found")) };
        let m = &stream.messages[&seq];
        let mut out = json!({"subject": m.subject, "seq": seq});
        if !m.headers.is_empty() {
            out["hdrs"] = json!(base64(wire(&m.headers).as_bytes()));
        }
        if !m.data.is_empty() {
            out["data"] = json!(base64(&m.data));
        }
        out["time"] = json!(time(m.time));
        Ok(json!({"message": out}))
    }

    pub fn consumer_info(&self, c: &Consumer, stream: &Stream, dynamic: bool) -> Value {
        let at = |(own, seq): (u64, u64)| json!({"consumer_seq": own, "stream_seq": seq});
        let mut out = Map::new();
        out.insert("stream_name".into(), json!(stream.name()));
        out.insert("name".into(), json!(c.name));
        out.insert("created".into(), json!(time(c.created)));
        out.insert("config".into(), self.shown(&c.config, CONSUMER, dynamic));
        out.insert("delivered".into(), at(c.delivered));
        out.insert("ack_floor".into(), at(c.floor));
        out.insert("num_ack_pending".into(), json!(c.pending.len()));
        out.insert("num_redelivered".into(), json!(0));
        out.insert("num_waiting".into(), json!(0));
        out.insert("num_pending".into(), json!(c.to_come(stream).len()));
        let own = c.config.int("num_replicas");
        self.cluster_info(if own == 0 { stream.config.int("num_replicas") } else { own }, &mut out);
        if let Some(until) = instant(c.config.text("pause_until")).filter(|until| *until > self.now) {
            out.insert("paused".into(), json!(true));
            out.insert("pause_remaining".into(), json!((until - self.now) as i64));
        }
        out.insert("ts".into(), json!(time(self.now)));
        Value::Object(out)
    }

    fn consumer_list(&self, name: &str, body: &[u8]) -> Check<Value> {
        let (offset, _) = self.page_request(body)?;
        let stream = self.stream(name)?;
        let total = stream.consumers.len();
        let offset = offset.min(total);
        let page: Vec<Value> =
            stream.consumers.values().skip(offset).take(PAGE).map(|c| self.consumer_info(c, stream, false)).collect();
        Ok(json!({"total": total, "offset": offset, "limit": PAGE, "consumers": page}))
    }

    fn consumer_names_request(&self, name: &str, body: &[u8]) -> Check<Value> {
        let (offset, _) = self.page_request(body)?;
        let all = &self.stream(name)?.consumers;
        let offset = offset.min(all.len());
        let names: Vec<&String> = all.keys().skip(offset).take(NAMES).collect();
        Ok(json!({"total": all.len(), "offset": offset, "limit": NAMES, "consumers": names}))
    }

    fn consumer_info_request(&self, stream: &str, name: &str) -> Check<Value> {
        let stream = self.stream(stream)?;
        match stream.consumers.get(name) {
            Some(c) => Ok(self.consumer_info(c, stream, true)),
            None => consumer_not_found(),
        }
    }

    fn pause_request(&mut self, stream: &str, name: &str, body: &[u8]) -> Check<Value> {
        let request = if body.iter().any(|b| !b.is_ascii_whitespace()) { parse(body, self.minor)? } else { json!({}) };
        let until = match &request["pause_until"] {
            Value::Null => None,
            value => match value.as_str().and_then(instant) {
                Some(until) => Some(until),
                None => return json_error(self.minor, "parsing time"),
            },
        };
        let text = until.map(time);
        self.pause(stream, name, text.as_deref())?;
        let paused = until.is_some_and(|until| until > self.now);
        let mut out = json!({"paused": paused, "pause_until": text.unwrap_or_else(|| NEVER.into())});
        if paused {
            out["pause_remaining"] = json!((until.unwrap_or_default() - self.now) as i64);
        }
        Ok(out)
    }
}

/// The type of the answer; `None` where nobody listens.
fn kind(group: &str, verb: &str, third: &str) -> Option<&'static str> {
    Some(match (group, verb) {
        ("INFO", "") => "account_info",
        ("STREAM", "LIST") => "stream_list",
        ("STREAM", "NAMES") => "stream_names",
        ("STREAM", "INFO") => "stream_info",
        ("STREAM", "CREATE") => "stream_create",
        ("STREAM", "UPDATE") => "stream_update",
        ("STREAM", "DELETE") => "stream_delete",
        ("STREAM", "PURGE") => "stream_purge",
        ("STREAM", "MSG") if third == "GET" => "stream_msg_get",
        ("CONSUMER", "LIST") => "consumer_list",
        ("CONSUMER", "NAMES") => "consumer_names",
        ("CONSUMER", "INFO") => "consumer_info",
        ("CONSUMER", "CREATE" | "DURABLE") => "consumer_create",
        ("CONSUMER", "DELETE") => "consumer_delete",
        ("CONSUMER", "PAUSE") => "consumer_pause",
        _ => return None,
    })
}

fn no_body(body: &[u8]) -> Check {
    let empty = body.iter().all(u8::is_ascii_whitespace) || body == b"{}";
    if empty { Ok(()) } else { bad(10038, "expected an empty request payload") }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        (0..4)
            .map(move |i| if i <= chunk.len() { LETTERS[(n >> (18 - 6 * i)) as usize & 63] as char } else { '=' })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
