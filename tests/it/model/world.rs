//! The state of one account, and what requests do to it.

use super::{
    consumer::Consumer,
    consumer_rules,
    error::{ApiError, Check, bad, consumer_not_found, invalid, json_error, stream_not_found},
    schema::{CONSUMER, Config, Fields, STREAM, decode},
    source_rules,
    store::{Headers, Message, Stream},
    stream_rules::{self, Around, Limits},
    subjects,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct World {
    pub minor: u32,
    pub patch: u32,
    pub clustered: bool,
    pub now: i128,
    pub streams: BTreeMap<String, Stream>,
    pub limits: Limits,
    pub requests: u64,
    pub errors: u64,
    /// How often the messages of a deleted stream come back into one that is made after it, as real servers' do.
    pub ghosts: BTreeMap<String, usize>,
    /// A subject that somebody publishes on as soon as there are ghosts.
    pub busy: Option<String>,
    pub graves: BTreeMap<String, Stream>,
}

/// What in a consumer's name marks one that the server named itself.
const EPHEMERAL: &str = "model-ephemeral";

impl World {
    /// The API level of the version, 0 where there is none.
    pub fn level(&self) -> u32 {
        match (self.minor, self.patch) {
            (0..=10, _) => 0,
            (11, _) => 1,
            (12, 0..=1) => 2,
            (12..=13, _) => 3,
            (14, _) => 4,
            _ => 5,
        }
    }

    fn configs(&self) -> BTreeMap<String, Config> {
        self.streams.iter().map(|(k, s)| (k.clone(), s.config.clone())).collect()
    }

    fn checked(&self, config: Config, pedantic: bool) -> Check<Config> {
        let streams = self.configs();
        stream_rules::check(config, &Around { minor: self.minor, pedantic, streams: &streams, limits: &self.limits })
    }

    /// A stream's configuration out of a request, with whether pedantic mode is asked for.
    fn stream_request(&self, body: &[u8]) -> Check<(Config, bool)> {
        let value = parse(body, self.minor)?;
        let config = decode(&value, STREAM, self.minor, &["pedantic"])?;
        Ok((config, self.minor >= 11 && value["pedantic"] == true))
    }

    pub fn stream(&self, name: &str) -> Check<&Stream> {
        self.streams.get(name).map_or_else(stream_not_found, Ok)
    }

    pub fn stream_mut(&mut self, name: &str) -> Check<&mut Stream> {
        self.streams.get_mut(name).map_or_else(stream_not_found, Ok)
    }

    pub fn create_stream(&mut self, name: &str, body: &[u8]) -> Check {
        let (config, pedantic) = self.stream_request(body)?;
        if config.text("name") != name {
            return bad(10056, "stream name in subject does not match request");
        }
        if name.contains(['/', '\\']) {
            return bad(10128, "Stream name can not contain path separators");
        }
        if config.on("sealed") {
            return invalid("stream configuration for create can not be sealed");
        }
        if config.on("mirror_direct") && !config.contains_key("mirror") {
            return invalid("stream has no mirror but does have mirror direct");
        }
        if !self.clustered {
            self.room_for_stream(&config)?;
        }
        let mut config = self.checked(config, pedantic)?;
        self.replicas_fit(&config)?;
        self.stamp_stream(&mut config);
        if let Some(there) = self.streams.get(name) {
            return if there.config == config {
                Ok(())
            } else {
                bad(10058, "stream name already in use with a different configuration")
            };
        }
        if self.clustered {
            self.room_for_stream(&config)?;
        }
        self.reserve(&config, config.int("max_bytes"))?;
        if !config.text("template_owner").is_empty() {
            return Err(ApiError::new(500, 10049, "stream not owned by template"));
        }
        self.free_subjects(&config)?;
        if self.minor < 11 {
            source_rules::late(&config).map_err(|why| ApiError::new(500, 10049, why))?;
        }
        self.streams.insert(name.into(), Stream::new(config, self.now));
        self.haunt(name);
        Ok(())
    }

    /// The messages of the deleted stream of this name, where they are to come back.
    fn haunt(&mut self, name: &str) {
        let Some(left) = self.ghosts.get_mut(name).filter(|left| **left > 0) else { return };
        *left -= 1;
        let (Some(dead), Some(stream)) = (self.graves.get(name), self.streams.get_mut(name)) else { return };
        stream.messages.clone_from(&dead.messages);
        (stream.last_seq, stream.last_time) = (dead.last_seq, dead.last_time);
        if let Some(subject) = self.busy.clone() {
            self.now += 1_000;
            self.publish(&subject, &Vec::new(), b"new");
        }
    }

    fn room_for_stream(&self, config: &Config) -> Check {
        let others = self.streams.keys().filter(|k| *k != config.text("name")).count();
        if self.limits.max_streams > 0 && others >= self.limits.max_streams {
            return bad(10027, "maximum number of streams reached");
        }
        Ok(())
    }

    fn replicas_fit(&self, config: &Config) -> Check {
        match config.int("num_replicas") {
            n if n > 1 && !self.clustered => {
                Err(ApiError::new(500, 10074, "replicas > 1 not supported in non-clustered mode"))
            }
            n if n > 3 => bad(10005, "no suitable peers for placement"),
            _ => Ok(()),
        }
    }

    /// Whether the account has `more` bytes of the stream's storage left.
    fn reserve(&self, config: &Config, more: i64) -> Check {
        let memory = config.text("storage") == "memory";
        let (most, code, what) = match memory {
            true => (self.limits.max_memory, 10028, "memory"),
            false => (self.limits.max_storage, 10047, "storage"),
        };
        let held: i64 = self
            .streams
            .values()
            .filter(|s| (s.config.text("storage") == "memory") == memory)
            .map(|s| s.config.int("max_bytes").max(0) * s.config.int("num_replicas"))
            .sum();
        // 2.15 counts the new stream once for each replica, the servers before once.
        let factor = if self.minor >= 15 { config.int("num_replicas") } else { 1 };
        if most > 0 && more > 0 && held + more * factor > most {
            return Err(ApiError::new(500, code, format!("insufficient {what} resources available")));
        }
        Ok(())
    }

    fn free_subjects(&self, config: &Config) -> Check {
        let own = config.list("subjects");
        let taken = |s: &Stream| s.config.list("subjects").iter().any(|a| own.iter().any(|b| subjects::collide(a, b)));
        if self.streams.values().any(|s| s.name() != config.text("name") && taken(s)) {
            return bad(10065, "subjects overlap with an existing stream");
        }
        Ok(())
    }

    pub fn update_stream(&mut self, name: &str, body: &[u8]) -> Check {
        let (config, pedantic) = self.stream_request(body)?;
        let mut config = self.checked(config, pedantic)?;
        if config.text("name") != name {
            return bad(10056, "stream name in subject does not match request");
        }
        let old = self.stream(name)?.config.clone();
        self.stamp_stream(&mut config);
        let mut config = self.checked(config, pedantic)?;
        self.unchangeable(&old, &mut config)?;
        if self.clustered
            && old.get("placement") != config.get("placement")
            && config.contains_key("placement")
            && old.int("num_replicas") != config.int("num_replicas")
        {
            return bad(10123, "can not move and scale a stream in a single update");
        }
        self.reserve(&config, config.int("max_bytes").max(0) - old.int("max_bytes").max(0))?;
        self.consumers_fit(&old, &config)?;
        self.free_subjects(&config)?;
        let (now, minor) = (self.now, self.minor);
        if minor < 11 {
            source_rules::late(&config).map_err(|why| ApiError::new(500, 10069, why))?;
        }
        let stream = self.stream_mut(name)?;
        stream.config = config;
        stream.after_update(&old, now, minor);
        Ok(())
    }

    fn unchangeable(&self, old: &Config, new: &mut Config) -> Check {
        let can_not = |what: &str| invalid(format!("stream configuration update can not {what}"));
        if self.minor < 12 && old.int("max_consumers") != new.int("max_consumers") {
            return can_not("change MaxConsumers");
        }
        if self.minor >= 14 || self.clustered {
            self.replicas_fit(new)?;
        }
        if old.text("storage") != new.text("storage") {
            return can_not("change storage type");
        }
        let (from, to) = (old.text("retention"), new.text("retention"));
        if from != to && [from, to].contains(&"workqueue") {
            return can_not("change retention policy to/from workqueue");
        }
        if !new.text("template_owner").is_empty() {
            return can_not("be owned by a template");
        }
        for (name, what) in [
            ("sealed", "unseal a sealed stream"),
            ("deny_delete", "cancel deny message deletes"),
            ("deny_purge", "cancel deny purge"),
        ] {
            if old.on(name) && !new.on(name) {
                return can_not(what);
            }
        }
        let promoted = self.minor >= 12 && !new.contains_key("mirror");
        if old.get("mirror") != new.get("mirror") && !promoted {
            return bad(10055, "stream mirror configuration can not be updated");
        }
        if old.on("allow_msg_ttl") && !new.on("allow_msg_ttl") {
            return invalid("message TTL status can not be disabled");
        }
        if old.on("allow_msg_counter") != new.on("allow_msg_counter") {
            return can_not("change message counter setting");
        }
        if old.on("allow_msg_schedules") && !new.on("allow_msg_schedules") {
            return invalid("message schedules can not be disabled");
        }
        if old.text("persist_mode") != new.text("persist_mode") {
            return can_not("change persist mode");
        }
        if new.on("sealed") {
            for (name, value) in [
                ("max_age", json!(0)),
                ("discard", json!("new")),
                ("deny_delete", json!(true)),
                ("deny_purge", json!(true)),
                ("allow_rollup_hdrs", json!(false)),
            ] {
                new.set(name, value);
            }
        }
        Ok(())
    }

    fn consumers_fit(&self, old: &Config, new: &Config) -> Check {
        let limit = |c: &Config, name: &str| c.object("consumer_limits").map_or(0, |l| l.int(name));
        let names = ["inactive_threshold", "max_ack_pending"];
        // Before 2.14 a limit that goes away is a change to 0, which everything above 0 violates.
        let counts = |n: &str| limit(new, n) > 0 || self.minor < 14;
        if !names.iter().any(|n| counts(n) && limit(new, n) != limit(old, n)) {
            return Ok(());
        }
        let Some(stream) = self.streams.get(new.text("name")) else { return Ok(()) };
        let over = |c: &&Consumer| names.iter().any(|n| counts(n) && c.config.int(n) > limit(new, n));
        let over: Vec<&str> = stream.consumers.values().filter(over).map(|c| c.name.as_str()).collect();
        if over.is_empty() {
            return Ok(());
        }
        Err(ApiError::new(500, 10069, format!("change to limits violates consumers: {}", over.join(", "))))
    }

    /// What the server writes into the metadata: the API level that the configuration needs.
    fn stamp_stream(&self, config: &mut Config) {
        let needs = |level: u32, names: &[&str]| if names.iter().any(|n| config.contains_key(*n)) { level } else { 0 };
        let level = needs(1, &["allow_msg_ttl", "subject_delete_marker_ttl"])
            .max(needs(2, &["allow_msg_counter", "allow_atomic", "allow_msg_schedules", "persist_mode"]))
            .max(needs(4, &["allow_batched"]));
        self.stamp(config, level);
    }

    fn stamp_consumer(&self, config: &mut Config) {
        let names = ["priority_policy", "priority_timeout", "priority_groups"];
        let paused = !["", "0001-01-01T00:00:00Z"].contains(&config.text("pause_until"));
        let level = if config.text("ack_policy") == "flow_control" {
            4
        } else {
            u32::from(paused || names.iter().any(|n| config.contains_key(*n)))
        };
        self.stamp(config, level);
    }

    fn stamp(&self, config: &mut Config, level: u32) {
        if self.minor < 11 {
            return;
        }
        let mut metadata = config.object("metadata").cloned().unwrap_or_default();
        metadata.shift_remove("_nats.ver");
        metadata.shift_remove("_nats.level");
        metadata.insert("_nats.req.level".into(), json!(level.to_string()));
        config.set("metadata", json!(metadata));
    }

    /// Creates or updates a consumer; `tail` is what stands behind `CONSUMER.CREATE.` (or `CONSUMER.DURABLE.CREATE.`).
    ///
    /// # Errors
    /// The server's own.
    pub fn create_consumer(&mut self, tail: &str, durable: bool, body: &[u8]) -> Check<(String, String)> {
        let value = parse(body, self.minor)?;
        if let Value::Object(object) = &value
            && self.minor >= 12
            && let Some(name) =
                object.keys().find(|k| !["stream_name", "config", "action", "pedantic"].contains(&k.as_str()))
        {
            return json_error(self.minor, &format!("json: unknown field \"{name}\""));
        }
        let empty = json!({});
        let mut config = decode(value.get("config").unwrap_or(&empty), CONSUMER, self.minor, &[])?;
        let action = value["action"].as_str().unwrap_or_default();
        if !["", "create", "update"].contains(&action) {
            return json_error(self.minor, &format!("unknown consumer action: {action}"));
        }
        let pedantic = self.minor >= 11 && value["pedantic"] == true;
        let mut tokens = tail.splitn(3, '.');
        let (stream, name, filter) = (tokens.next().unwrap_or_default(), tokens.next(), tokens.next());
        if stream != value["stream_name"].as_str().unwrap_or_default() {
            return bad(10056, "stream name in subject does not match request");
        }
        self.consumer_names(&mut config, name, filter, durable)?;
        if config.int("num_replicas") > 1 && !self.clustered {
            return Err(ApiError::new(500, 10074, "replicas > 1 not supported in non-clustered mode"));
        }
        self.stream(stream)?;
        let name = self.put_consumer(stream, config, action, pedantic)?;
        Ok((stream.to_owned(), name))
    }

    fn consumer_names(&self, config: &mut Config, name: Option<&str>, filter: Option<&str>, durable: bool) -> Check {
        let own = config.text("durable_name").to_owned();
        let Some(name) = name else {
            return if own.is_empty() {
                Ok(())
            } else {
                bad(10020, "consumer expected to be ephemeral but a durable name was set in request")
            };
        };
        if name.contains(['/', '\\']) {
            return bad(10127, "Consumer name can not contain path separators");
        }
        if durable && own.is_empty() {
            return bad(10018, "consumer expected to be durable but a durable name was not set");
        }
        if !own.is_empty() && own != name {
            return bad(10017, "consumer name in subject does not match durable name in request");
        }
        if !durable || self.minor >= 12 {
            config.set("name", json!(name));
        }
        match filter {
            Some(_) if !config.list("filter_subjects").is_empty() => {
                bad(10137, "consumer with multiple subject filters cannot use subject based API")
            }
            Some(f) if config.text("filter_subject") != f => {
                bad(10131, "Consumer create request did not match filtered subject from create subject")
            }
            _ => Ok(()),
        }
    }

    fn put_consumer(&mut self, stream: &str, mut config: Config, action: &str, pedantic: bool) -> Check<String> {
        let (minor, now) = (self.minor, self.now);
        let mut name = match config.text("name") {
            "" => config.text("durable_name").to_owned(),
            name => name.to_owned(),
        };
        if let Some(there) = self.stream(stream)?.consumers.get(&name) {
            // Pausing is an operation of its own.
            config.set("pause_until", there.config.get("pause_until").cloned().unwrap_or_default());
        }
        self.stamp_consumer(&mut config);
        let limits = self.limits.clone();
        let parent = self.stream(stream)?.config.clone();
        consumer_rules::defaults(&mut config, &parent, &limits, minor, pedantic)?;
        consumer_rules::check(&config, &parent, &limits, minor)?;
        let at = self.stream(stream)?;
        if let Some(there) = at.consumers.get(&name).filter(|_| !name.is_empty()) {
            return self.change_consumer(stream, there.clone(), config, action);
        }
        if action == "update" {
            return bad(10149, "consumer does not exist");
        }
        self.room_for_consumer(at)?;
        if at.retention() == "workqueue" {
            consumer_rules::work_queue(&name, &config, at)?;
        }
        if config.text("durable_name").is_empty() && config.int("inactive_threshold") <= 0 {
            config.set("inactive_threshold", json!(5_000_000_000_i64));
        }
        if name.is_empty() {
            name = format!("{EPHEMERAL}{}", at.consumers.len());
        }
        let consumer = Consumer::new(&name, config, now, at, minor);
        self.stream_mut(stream)?.consumers.insert(name.clone(), consumer);
        Ok(name)
    }

    fn change_consumer(&mut self, stream: &str, there: Consumer, mut config: Config, action: &str) -> Check<String> {
        if action == "create" && there.config != config {
            return bad(10148, "consumer already exists");
        }
        if self.stream(stream)?.retention() == "workqueue" {
            consumer_rules::unique(&there.name, &config, self.stream(stream)?)?;
        }
        consumer_rules::update(&there.config, &config, self.minor)?;
        let idle = config.int("inactive_threshold");
        if idle <= 0 && idle != there.config.int("inactive_threshold") && there.config.text("durable_name").is_empty() {
            config.set("inactive_threshold", json!(5_000_000_000_i64));
        }
        let refiltered = super::consumer::filters(&there.config) != super::consumer::filters(&config);
        let name = there.name.clone();
        let stream = self.stream_mut(stream)?;
        stream.consumers.insert(name.clone(), Consumer { config, ..there });
        if refiltered {
            stream.drop_unwanted(u64::MAX);
        }
        Ok(name)
    }

    fn room_for_consumer(&self, stream: &Stream) -> Check {
        let (own, account) = (stream.config.int("max_consumers"), self.limits.max_consumers as i64);
        let mut most = if own <= 0 || (account > 0 && account < own) { account } else { own };
        // 2.15 has a ceiling that it shows nowhere.
        if most <= 0 && self.minor >= 15 {
            most = 1000;
        }
        if most > 0 && stream.consumers.len() as i64 >= most {
            return bad(10026, "maximum consumers limit reached");
        }
        Ok(())
    }

    pub fn delete_consumer(&mut self, stream: &str, name: &str) -> Check {
        let stream = self.stream_mut(stream)?;
        if stream.consumers.remove(name).is_none() {
            return consumer_not_found();
        }
        stream.drop_unwanted(u64::MAX);
        Ok(())
    }

    /// Pauses a consumer, or lets it go on.
    ///
    /// # Errors
    /// Where there is none.
    pub fn pause(&mut self, stream: &str, name: &str, until: Option<&str>) -> Check {
        let at = self.stream(stream)?;
        let Some(mut consumer) = at.consumers.get(name).cloned() else { return consumer_not_found() };
        consumer.config.set("pause_until", json!(until));
        self.stamp_consumer(&mut consumer.config);
        self.stream_mut(stream)?.consumers.insert(name.into(), consumer);
        Ok(())
    }

    /// A message on a subject that is not the API's: its acknowledgement. `None` where no stream listens.
    pub fn publish(&mut self, subject: &str, headers: &Headers, data: &[u8]) -> Option<Value> {
        let (now, minor) = (self.now, self.minor);
        let stream = self.streams.values_mut().find(|s| s.captures(subject) && !s.offline)?;
        let message = Message { subject: subject.into(), time: now, headers: headers.clone(), data: data.to_vec() };
        let name = stream.name().to_owned();
        if stream.config.on("no_ack") {
            let _ = stream.publish(message, minor);
            return None;
        }
        Some(match stream.publish(message, minor) {
            Ok((seq, true)) => json!({"stream": name, "seq": seq, "duplicate": true}),
            Ok((seq, false)) => json!({"stream": name, "seq": seq}),
            Err(e) => json!({"error": e.json(), "stream": name, "seq": 0}),
        })
    }
}

/// A request's JSON.
pub fn parse(body: &[u8], minor: u32) -> Check<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        // Go's decoder takes the end of the input for an empty request where it reads a stream of values.
        return if minor >= 11 { Ok(json!({})) } else { json_error(minor, "unexpected end of JSON input") };
    }
    serde_json::from_slice(body).or_else(|e| json_error(minor, &e.to_string()))
}
