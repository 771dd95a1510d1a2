//! The model behind the port, with the handles by which tests arrange things and break them.

use super::{
    api::reads,
    store::{Headers, Message},
    stream_rules::Limits,
    subjects,
    world::World,
};
use async_trait::async_trait;
use natsform::{
    model::Failure,
    ports::{Nats, Reply, ServerInfo},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

const API: &str = "$JS.API";

/// Where a write breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It is lost on its way: nothing happened, and nobody answers.
    Before,
    /// It happened, and the answer is lost.
    After,
    /// It never left this machine, and the caller knows.
    NotSent,
}

/// Something else that happens as a request comes in: another client's request.
struct Intrusion {
    pattern: String,
    skip: usize,
    operation: String,
    body: Value,
}

#[derive(Default)]
struct Faults {
    /// Writes until the broken one, and how it breaks.
    broken: Option<(usize, When)>,
    /// Whether everything after the broken write fails too, as it does for a process that died.
    dies: bool,
    dead: bool,
    denied: Vec<String>,
    intrusions: Vec<Intrusion>,
    log: Vec<String>,
    writes: usize,
}

/// One account on one server (or one cluster).
pub struct ModelServer {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    info: ServerInfo,
}

impl ModelServer {
    /// A server of this version, `(2, 12, 8)`, empty.
    pub fn new((major, minor, patch): (u32, u32, u32), clustered: bool) -> Self {
        assert_eq!(major, 2, "the model knows version 2");
        let info = ServerInfo {
            version: format!("{major}.{minor}.{patch}"),
            id: "N1".into(),
            name: "n1".into(),
            url: "nats://model:4222".into(),
            cluster: clustered.then(|| "test".into()),
            domain: None,
        };
        let world = World {
            minor,
            patch,
            clustered,
            // 2026-01-01: a fixed beginning, so that whole outputs can be compared.
            now: 1_767_225_600_000_000_000,
            streams: BTreeMap::new(),
            limits: Limits::default(),
            requests: 0,
            errors: 0,
            ghosts: BTreeMap::new(),
            busy: None,
            graves: BTreeMap::new(),
        };
        Self { world: Mutex::new(world), faults: Mutex::new(Faults::default()), info }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the world")
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().expect("the faults")
    }

    /// A request to the API past the port: no faults, no log. Null where nobody answers.
    pub fn api(&self, operation: &str, body: Value) -> Value {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.api_bytes(operation, &body)
    }

    /// The same with a body that need not be JSON.
    pub fn api_bytes(&self, operation: &str, body: &[u8]) -> Value {
        let mut world = self.world();
        world.now += 1_000;
        world.answer(operation, &Vec::new(), body).unwrap_or(Value::Null)
    }

    /// As [`Self::api`], but an error is the test's own.
    pub fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.api(operation, body);
        assert!(answer.is_object() && answer.get("error").is_none(), "{operation}: {answer}");
        answer
    }

    /// Publishes `n` messages of ten bytes; each must find its stream.
    pub fn publish(&self, subject: &str, n: u64) {
        for _ in 0..n {
            let ack = self.put(subject, b"0123456789");
            assert!(ack.get("error").is_none(), "publish on {subject}: {ack}");
        }
    }

    /// Publishes one message: its acknowledgement, null where no stream captures it.
    pub fn put(&self, subject: &str, data: &[u8]) -> Value {
        let mut world = self.world();
        world.now += 1_000;
        world.publish(subject, &Vec::new(), data).unwrap_or(Value::Null)
    }

    /// Delivers the next `n` messages to a consumer, without acknowledging them.
    pub fn deliver(&self, stream: &str, consumer: &str, n: usize) {
        let mut world = self.world();
        let stream = world.streams.get_mut(stream).expect("the stream");
        let mut c = stream.consumers.remove(consumer).expect("the consumer");
        let seqs: Vec<u64> = c.to_come(stream).into_iter().take(n).collect();
        c.deliver(&seqs);
        stream.consumers.insert(consumer.into(), c);
    }

    /// Acknowledges the oldest `n` messages that a consumer has and has not acknowledged.
    pub fn ack(&self, stream: &str, consumer: &str, n: usize) {
        let mut world = self.world();
        let stream = world.streams.get_mut(stream).expect("the stream");
        let c = stream.consumers.get_mut(consumer).expect("the consumer");
        let seqs: Vec<u64> = c.pending.keys().copied().take(n).collect();
        seqs.iter().for_each(|seq| c.ack(*seq));
        match stream.retention() {
            "workqueue" => seqs.iter().for_each(|seq| drop(stream.messages.remove(seq))),
            _ => stream.drop_unwanted(u64::MAX),
        }
    }

    /// Moves the server's clock.
    pub fn advance(&self, by: Duration) {
        self.world().now += by.as_nanos() as i128;
    }

    /// The server's clock, nanoseconds since 1970.
    pub fn now_ns(&self) -> i128 {
        self.world().now
    }

    /// Every stream's name with its configuration as STREAM.INFO shows it, `_nats.` left out.
    pub fn streams(&self) -> BTreeMap<String, Value> {
        let world = self.world();
        let config = |s| strip(world.stream_info(s, false)["config"].take());
        world.streams.iter().map(|(name, s)| (name.clone(), config(s))).collect()
    }

    /// Every consumer of a stream in the same way.
    pub fn consumers(&self, stream: &str) -> BTreeMap<String, Value> {
        let world = self.world();
        let Some(s) = world.streams.get(stream) else { return BTreeMap::new() };
        s.consumers
            .iter()
            .map(|(name, c)| (name.clone(), strip(world.consumer_info(c, s, false)["config"].take())))
            .collect()
    }

    /// How many messages a stream holds.
    pub fn messages(&self, stream: &str) -> usize {
        self.world().streams.get(stream).map_or(0, |s| s.messages.len())
    }

    /// The last message on a subject, with its sequence.
    pub fn last(&self, subject: &str) -> Option<(u64, Vec<u8>)> {
        let world = self.world();
        let stream = world.streams.values().find(|s| s.captures(subject))?;
        let seq = stream.last_on(subject)?;
        let Message { data, .. } = &stream.messages[&seq];
        Some((seq, data.clone()))
    }

    /// Everything that tests of "nothing else was touched" compare: configurations, creation times and messages of
    /// all streams but those in `but`.
    pub fn snapshot(&self, but: &[&str]) -> Value {
        let world = self.world();
        let of = |s: &super::store::Stream| {
            let mut info = world.stream_info(s, false);
            info.as_object_mut().expect("an object").shift_remove("ts");
            let consumers: Vec<Value> = s
                .consumers
                .values()
                .map(|c| {
                    let mut info = world.consumer_info(c, s, false);
                    info.as_object_mut().expect("an object").shift_remove("ts");
                    info
                })
                .collect();
            json!({"stream": info, "consumers": consumers})
        };
        world.streams.iter().filter(|(n, _)| !but.contains(&n.as_str())).map(|(n, s)| (n.clone(), of(s))).collect()
    }

    /// Sets the account's limits.
    pub fn limit(&self, set: impl FnOnce(&mut Limits)) {
        set(&mut self.world().limits);
    }

    /// The stream's replicas stop answering (or answer again): LIST has it only in `missing`, its own requests get no
    /// answer, CREATE says 10058.
    pub fn offline(&self, stream: &str, is: bool) {
        self.world().streams.get_mut(stream).expect("the stream").offline = is;
    }

    /// The messages of this stream come back the next `times` that it is made after a delete; `busy`: with a new one on
    /// this subject behind them.
    pub fn haunt(&self, stream: &str, times: usize, busy: Option<&str>) {
        let mut world = self.world();
        world.ghosts.insert(stream.into(), times);
        world.busy = busy.map(Into::into);
    }

    /// The n-th write from now on (from 1) breaks; those after it do not.
    pub fn break_write(&self, nth: usize, when: When) {
        let mut faults = self.faults();
        (faults.broken, faults.dies) = (Some((nth, when)), false);
    }

    /// The n-th write from now on breaks, and everything after it: the process that sent it is dead, until
    /// [`Self::revive`].
    pub fn die_at_write(&self, nth: usize, when: When) {
        let mut faults = self.faults();
        (faults.broken, faults.dies) = (Some((nth, when)), true);
    }

    /// Takes all faults, denials and intrusions away.
    pub fn revive(&self) {
        let mut faults = self.faults();
        (faults.broken, faults.dies, faults.dead) = (None, false, false);
        faults.denied.clear();
        faults.intrusions.clear();
    }

    /// Requests whose subject matches the pattern (`$JS.API.STREAM.DELETE.*`) are denied.
    pub fn deny(&self, pattern: &str) {
        self.faults().denied.push(pattern.into());
    }

    /// Just before the n-th request (from 1) whose subject matches the pattern, somebody else sends this.
    pub fn intrude(&self, pattern: &str, nth: usize, operation: &str, body: Value) {
        let intrusion =
            Intrusion { pattern: pattern.into(), skip: nth.saturating_sub(1), operation: operation.into(), body };
        self.faults().intrusions.push(intrusion);
    }

    /// The subjects of all requests through the port, refused and broken ones included.
    pub fn log(&self) -> Vec<String> {
        self.faults().log.clone()
    }

    /// The subjects of those that could change something.
    pub fn write_log(&self) -> Vec<String> {
        self.log().into_iter().filter(|s| writes(s)).collect()
    }

    /// How many writes came through the port.
    pub fn writes(&self) -> usize {
        self.faults().writes
    }

    /// Empties the log and sets the number of writes back.
    pub fn clear_log(&self) {
        let mut faults = self.faults();
        faults.log.clear();
        faults.writes = 0;
    }

    /// What stands between the caller and the server. `Ok(Some)`: this write is to break.
    fn gate(&self, subject: &str, body: &[u8]) -> Result<Option<When>, Failure> {
        // Renewals come by the clock and not by the plan: neither counted nor logged, the n-th write is the same in
        // every run.
        let renewal = subject.ends_with(".lock") && self.last(subject).is_some_and(|(_, value)| value == body);
        let mut faults = self.faults();
        if faults.dead {
            return Err(Failure::NotSent { why: "the model's client is dead".into() });
        }
        if !renewal {
            faults.log.push(subject.into());
        }
        if faults.denied.iter().any(|d| subjects::within(subject, d)) {
            return Err(Failure::Denied { what: subject.into() });
        }
        if renewal || !writes(subject) {
            return Ok(None);
        }
        faults.writes += 1;
        let Some((left, when)) = faults.broken else { return Ok(None) };
        if left > 1 {
            faults.broken = Some((left - 1, when));
            return Ok(None);
        }
        (faults.broken, faults.dead) = (None, faults.dies);
        Ok(Some(when))
    }

    fn intrusions(&self, subject: &str) {
        let mut due = Vec::new();
        self.faults().intrusions.retain_mut(|i| {
            if !subjects::within(subject, &i.pattern) {
                return true;
            }
            if i.skip > 0 {
                i.skip -= 1;
                return true;
            }
            due.push((i.operation.clone(), i.body.clone()));
            false
        });
        due.into_iter().for_each(|(operation, body)| drop(self.api(&operation, body)));
    }

    fn serve(&self, subject: &str, headers: &Headers, body: &[u8]) -> Result<Reply, Failure> {
        let mut world = self.world();
        // Every request takes some time, so that no two things carry the same.
        world.now += 1_000;
        let answer = match subject.strip_prefix("$JS.API.") {
            Some(operation) => {
                let silent = world.answer(operation, headers, body);
                silent.ok_or_else(|| Failure::Unknown { why: format!("no answer on {subject}") })?
            }
            None => world
                .publish(subject, headers, body)
                .ok_or_else(|| Failure::Refused { code: "503".into(), message: "no responders".into() })?,
        };
        Ok(Reply { headers: Vec::new(), body: answer.to_string().into_bytes() })
    }
}

fn writes(subject: &str) -> bool {
    !subject.strip_prefix("$JS.API.").is_some_and(reads)
}

/// A configuration without what the server puts into its metadata.
pub fn strip(mut config: Value) -> Value {
    if let Some(object) = config.as_object_mut()
        && let Some(Value::Object(metadata)) = object.get_mut("metadata")
    {
        metadata.retain(|k, _| !k.starts_with("_nats."));
        if metadata.is_empty() {
            object.shift_remove("metadata");
        }
    }
    config
}

#[async_trait]
impl Nats for ModelServer {
    async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        _wait: Duration,
    ) -> Result<Reply, Failure> {
        // A real connection never answers within the same turn; neither may this one, or nothing would ever overlap.
        tokio::task::yield_now().await;
        let broken = self.gate(subject, body)?;
        self.intrusions(subject);
        let lost = || Failure::Unknown { why: "the model lost the answer".into() };
        match broken {
            Some(When::NotSent) => Err(Failure::NotSent { why: "the model did not send it".into() }),
            Some(When::Before) => Err(lost()),
            Some(When::After) => self.serve(subject, &headers.to_vec(), body).and(Err(lost())),
            None => self.serve(subject, &headers.to_vec(), body),
        }
    }

    fn info(&self) -> ServerInfo {
        self.info.clone()
    }

    fn api_prefix(&self) -> &str {
        API
    }

    fn read_timeout(&self) -> Duration {
        Duration::from_secs(5)
    }
}
