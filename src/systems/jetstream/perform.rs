//! One write: look, compare with what was planned, write, prove.
//!
//! The server has no compare-and-set on configurations, so what was planned is compared once more just before the write;
//! and the answer to a write can get lost, so it is never repeated before a look at what it did.

use super::{
    fields::says,
    gap,
    read_back::{Now, look, look_until},
};
use crate::{
    model::{Address, Capabilities, Expect, Failure, Level, Live, Op, Outcome, Value, Version, json},
    ports::{
        Nats, Ports, Reader,
        api::{answer, code, is_absent},
    },
    systems::{Kind, Turning, kind_by_word},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// How long a write's effect may take to be seen.
const PROOF: Duration = Duration::from_secs(10);
/// How often a write that certainly did not happen is sent again.
const TRIES: u32 = 4;

/// The note on a stream's state before it was deleted.
const DELETED: &str = "deleted";

/// Performs an op of [`super::lower`].
pub async fn perform(ports: &Ports, op: &Op) -> Outcome {
    let outcome = once(ports, op).await;
    match (&outcome, lesser(op)) {
        (Outcome::Failed(failure), Some(lesser)) if has_too_few_servers(failure) => once(ports, &lesser).await,
        _ => outcome,
    }
}

/// The same op with what it settles for where there are too few servers; nobody can ask how many there are before
/// (only a replicated stream of the account tells, or the system account).
fn lesser(op: &Op) -> Option<Op> {
    let config = op.body.get("lesser")?.clone();
    let body = json!({"config": config, "replace": op.body["replace"], "declared": op.body["declared"]});
    Some(Op { body, settled: config, ..op.clone() })
}

/// Too few for the replicas, and not because one of them is down just now.
fn has_too_few_servers(failure: &Failure) -> bool {
    match failure {
        Failure::Refused { code, message } => {
            code == code::NOT_CLUSTERED || (code == code::NO_PEERS && !message.contains("offline"))
        }
        _ => false,
    }
}

async fn once(ports: &Ports, op: &Op) -> Outcome {
    match Write::of(ports, op) {
        Ok(write) => {
            let outcome = write.run().await.unwrap_or_else(Outcome::Failed);
            gap::tell(ports, op, &outcome);
            outcome
        }
        Err(failure) => Outcome::Failed(failure),
    }
}

struct Write<'a> {
    ports: &'a Ports,
    op: &'a Op,
    address: &'a Address,
    kind: &'static dyn Kind,
    nats: &'a dyn Nats,
    reader: &'a Reader,
}

impl<'a> Write<'a> {
    fn of(ports: &'a Ports, op: &'a Op) -> Result<Self, Failure> {
        let missing = |why: String| Failure::NotSent { why };
        let address = op.carries.first().ok_or_else(|| missing("the operation names no object".into()))?;
        // a bucket is a stream to the server; until its own kind is declared it is compared as one
        let word = if address.kind == "consumer" { "consumer" } else { "stream" };
        let (_, kind) = kind_by_word(word).ok_or_else(|| missing(format!("unknown kind `{word}`")))?;
        let no_connection = || missing(format!("no connection to account {}", address.scope));
        let nats = ports.nats(&address.scope).ok_or_else(no_connection)?.as_ref();
        let reader = ports.nats.get(&address.scope).ok_or_else(no_connection)?;
        Ok(Self { ports, op, address, kind, nats, reader })
    }

    /// The object's address among streams and consumers.
    fn object(&self) -> Address {
        self.op.expects.first().map_or_else(|| self.address.clone(), |(address, _)| address.clone())
    }

    async fn run(&self) -> Result<Outcome, Failure> {
        let object = self.object();
        // A try that certainly did nothing may have taken minutes: every one looks, compares and measures again.
        let (now, rest) = match self.patiently(|| self.begin(&object)).await? {
            Begun::Settled(outcome) => return Ok(outcome),
            Begun::Failed(failure) => return self.after_failure(&object, failure).await,
            Begun::Sent(now, rest) => (now, rest),
        };
        for (operation, body) in rest {
            if let Err(failure) = self.follow(&object, &now, &operation, &body).await {
                return self.after_failure(&object, failure).await;
            }
        }
        self.prove(&object, &now).await
    }

    /// The look, the comparison and the first request.
    async fn begin(&self, object: &Address) -> Result<Begun, Failure> {
        let now = look(self.reader, object).await?;
        if let Some(outcome) = self.settled_already(&now)? {
            return Ok(Begun::Settled(outcome));
        }
        self.check_ceilings(&now)?;
        self.check_others().await?;
        if let (Some(live), "delete", true) = (&now.live, self.op.verb, self.replaces()) {
            self.ports.remember(object, DELETED, live.state.clone());
        }
        gap::begins(self.ports, self.op);
        let mut requests = self.requests(object, &now).into_iter();
        if let Some((operation, body)) = requests.next() {
            match self.once(&operation, &body).await {
                Err(failure @ (Failure::NotSent { .. } | Failure::Busy { .. })) => return Err(failure),
                Err(failure) => return Ok(Begun::Failed(failure)),
                Ok(_) => gap::ends(self.ports, self.op),
            }
        }
        Ok(Begun::Sent(Box::new(now), requests.collect()))
    }

    /// A further request for the same object; again only while it is the same one.
    async fn follow(&self, object: &Address, before: &Now, operation: &str, body: &Value) -> Result<Value, Failure> {
        let again = AtomicBool::new(false);
        self.patiently(|| async {
            if again.swap(true, Ordering::Relaxed) {
                let now = look(self.reader, object).await?;
                if !is_same(before, &now) {
                    return Err(Failure::Stale { what: "somebody deleted it since the plan".into() });
                }
            }
            self.once(operation, body).await
        })
        .await
    }

    /// Objects of the same unit, which are to take what this op gives up: where one is not what was planned with, nothing
    /// is given up.
    async fn check_others(&self) -> Result<(), Failure> {
        for (address, expect) in self.op.expects.iter().skip(1) {
            let now = look(self.reader, address).await?;
            let fits = match (expect, &now.live) {
                (Expect::Absent, None) => true,
                (Expect::Is { identity, fingerprint }, Some(live)) => {
                    identity.holds(&live.identity) && *fingerprint == live.fingerprint
                }
                _ => false,
            };
            if !fits {
                let what =
                    format!("somebody changed {} since the plan, which takes what this gives up", address.short());
                return Err(Failure::Stale { what });
            }
        }
        Ok(())
    }

    /// What is expected against what is there: `Some` where there is nothing left to do.
    fn settled_already(&self, now: &Now) -> Result<Option<Outcome>, Failure> {
        let stale = |what: String| Err(Failure::Stale { what });
        let Some((_, expect)) = self.op.expects.first() else { return Ok(None) };
        match (expect, &now.live, self.op.verb) {
            (Expect::Absent, None, _) => Ok(None),
            (Expect::Absent, Some(live), _) if self.is_target(live) => Ok(Some(Outcome::Already(vec![live.clone()]))),
            (Expect::Absent, Some(_), _) => stale("somebody else created it since the plan".into()),
            (Expect::Is { .. }, None, "delete") => Ok(Some(Outcome::Already(Vec::new()))),
            (Expect::Is { .. }, None, _) => stale("somebody deleted it since the plan".into()),
            (Expect::Is { identity, .. }, Some(live), _) if !identity.holds(&live.identity) => {
                stale("somebody deleted it and made it again since the plan".into())
            }
            (Expect::Is { fingerprint, .. }, Some(live), verb) if *fingerprint != live.fingerprint => {
                if is_update(verb) && self.is_target(live) {
                    Ok(Some(Outcome::Already(vec![live.clone()])))
                } else {
                    stale("somebody changed it since the plan".into())
                }
            }
            (Expect::Is { .. }, Some(_), _) => Ok(None),
        }
    }

    fn is_target(&self, live: &Live) -> bool {
        self.provable(&live.config) == self.provable(&self.op.settled)
    }

    /// What of a configuration tells whether it is what was planned.
    fn provable(&self, config: &Value) -> Value {
        let declared = self.op.body["declared"].as_object().into_iter().flatten();
        let declared = declared.map(|(path, digest)| (path.clone(), digest.to_string())).collect();
        crate::shape::provable(self.kind.shape(), self.kind.view(config), &declared)
    }

    /// Measures every loss again: more than was acknowledged is not done.
    fn check_ceilings(&self, now: &Now) -> Result<(), Failure> {
        let Some(live) = &now.live else { return Ok(()) };
        if self.op.verb == "create" {
            return Ok(());
        }
        let replace = self.replaces();
        let capabilities = Capabilities {
            product: "nats-server",
            version: Version::parse(&self.reader.info().version).unwrap_or_default(),
            ..Capabilities::default()
        };
        let turning = Turning {
            address: &live.address,
            live,
            settled: is_update(self.op.verb).then_some(&self.op.settled),
            replace,
            capabilities: &capabilities,
            inside: &[],
            parent: now.parent.as_ref(),
        };
        for finding in self.kind.risks(&turning).into_iter().filter(|f| f.level == Level::Loss) {
            let allowed = self.op.ceilings.iter().find(|c| c.code == finding.code && c.path == finding.path);
            let most = allowed.map_or(0, |c| c.most);
            if finding.messages.unwrap_or(u64::MAX) > most {
                return Err(Failure::Stale {
                    what: format!(
                        "{} {}: more than the {} that were acknowledged",
                        finding.code,
                        finding.message,
                        crate::units::grouped(most)
                    ),
                });
            }
            let bytes = allowed.and_then(|c| c.bytes);
            if let Some(most) = bytes.filter(|most| finding.bytes.is_none_or(|bytes| bytes > *most)) {
                let most = crate::units::about_size(most);
                let what = format!("{} {}: more than the {most} that are allowed", finding.code, finding.message);
                return Err(Failure::Stale { what });
            }
        }
        Ok(())
    }

    /// Whether this op is half of a replace.
    fn replaces(&self) -> bool {
        self.op.body["replace"].as_bool() == Some(true)
    }

    /// The requests of this op, in order: operation and body.
    fn requests(&self, object: &Address, now: &Now) -> Vec<(String, Value)> {
        let config = &self.op.body["config"];
        match (object.parts.as_slice(), self.op.verb) {
            ([stream], "create") => vec![(format!("STREAM.CREATE.{stream}"), config.clone())],
            ([stream], "update" | "release") => vec![(format!("STREAM.UPDATE.{stream}"), config.clone())],
            ([stream], "delete") => vec![(format!("STREAM.DELETE.{stream}"), Value::Null)],
            ([stream, consumer], "delete") => vec![(format!("CONSUMER.DELETE.{stream}.{consumer}"), Value::Null)],
            ([stream, consumer], verb) => self.consumer_requests(stream, consumer, verb, config, now),
            _ => Vec::new(),
        }
    }

    /// A consumer's configuration, then its pause: an update ignores `pause_until`, which has a request of its own.
    fn consumer_requests(
        &self,
        stream: &str,
        consumer: &str,
        verb: &str,
        config: &Value,
        now: &Now,
    ) -> Vec<(String, Value)> {
        let operation = format!("CONSUMER.CREATE.{stream}.{consumer}");
        let body = |config: &Value| json!({"stream_name": stream, "config": config, "action": verb});
        let Some(live) = now.live.as_ref().filter(|_| verb == "update") else { return vec![(operation, body(config))] };
        let (mut wanted, mut had) = (config.clone(), live.config.clone());
        let pause = (take_pause(&mut wanted), take_pause(&mut had));
        let mut out = Vec::new();
        if self.kind.view(&wanted) != self.kind.view(&had) || wanted != had {
            let mut sent = wanted;
            if let (Some(map), Some(value)) = (sent.as_object_mut(), live.config.get("pause_until")) {
                map.insert("pause_until".into(), value.clone());
            }
            out.push((operation, body(&sent)));
        }
        if pause.0 != pause.1 {
            let until = pause.0.map_or_else(|| json!({}), |until| json!({"pause_until": until}));
            out.push((format!("CONSUMER.PAUSE.{stream}.{consumer}"), until));
        }
        out
    }

    async fn once(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let subject = format!("{}.{operation}", self.nats.api_prefix());
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        answer(&self.nats.request(&subject, &[], &bytes, self.nats.write_timeout()).await?)
    }

    /// Again, with growing pauses, while it certainly did not happen.
    async fn patiently<T, F: Future<Output = Result<T, Failure>>>(&self, once: impl Fn() -> F) -> Result<T, Failure> {
        let mut pause = Duration::from_millis(250);
        let mut left = TRIES;
        loop {
            left -= 1;
            match once().await {
                Err(Failure::NotSent { .. } | Failure::Busy { .. }) if left > 0 => self.ports.clock.sleep(pause).await,
                other => return other,
            }
            pause *= 2;
        }
    }

    /// A write without a good answer: only a look tells whether it happened.
    async fn after_failure(&self, object: &Address, failure: Failure) -> Result<Outcome, Failure> {
        match &failure {
            Failure::Unknown { .. } => {
                let proven = |now: &Now| self.is_proof(now);
                let now = look_until(self.reader, self.ports.clock.as_ref(), object, PROOF, proven).await;
                if now.as_ref().is_ok_and(proven) {
                    return Ok(Outcome::Done(now.ok().and_then(|n| n.live).into_iter().collect()));
                }
                Err(failure)
            }
            _ if self.op.verb == "delete" && is_absent(&failure) => Ok(Outcome::Already(Vec::new())),
            _ if is_update(self.op.verb) && is_absent(&failure) => {
                Err(Failure::Stale { what: "somebody deleted it since the plan".into() })
            }
            _ => Err(created_by_others(failure)),
        }
    }

    /// The servers answer a delete before its files are gone: a stream of the same name that is made at once can find
    /// the old messages there again (measured on 2.10 to 2.15, in half of the pairs). Then it is deleted and made once
    /// more, a little later; but only while a look just before shows that every message in it is of the deleted stream.
    async fn without_leftovers(&self, object: &Address, first: Now) -> Result<Now, Failure> {
        let mut now = first;
        for pause in [100, 400, 1600] {
            if !now.live.as_ref().is_some_and(has_leftovers) {
                return Ok(now);
            }
            let delete = format!("STREAM.DELETE.{}", object.leaf());
            self.patiently(|| async {
                let fresh = look(self.reader, object).await?;
                match &fresh.live {
                    Some(live) if is_same(&now, &fresh) && self.is_all_old(object, live) => {}
                    _ => return Err(came_back()),
                }
                self.once(&delete, &Value::Null).await
            })
            .await?;
            self.ports.clock.sleep(Duration::from_millis(pause)).await;
            let create = format!("STREAM.CREATE.{}", object.leaf());
            self.patiently(|| self.once(&create, &self.op.body["config"])).await.map_err(created_by_others)?;
            now = look_until(self.reader, self.ports.clock.as_ref(), object, PROOF, |now| now.live.is_some()).await?;
        }
        if now.live.as_ref().is_some_and(has_leftovers) { Err(came_back()) } else { Ok(now) }
    }

    /// Whether every message of this stream was in the one that this run deleted. The last message proves it for all
    /// before it where it is the last one of then; where one clock stamped both streams, an earlier one does, too.
    fn is_all_old(&self, object: &Address, live: &Live) -> bool {
        let Some(then) = self.ports.remembered(object, DELETED) else { return false };
        let seq = |state: &Value| state["last_seq"].as_u64();
        let at = |state: &Value| state["last_ts"].as_str().and_then(crate::units::time_key);
        let (Some((seq, last)), Some((at, end))) = (seq(&live.state).zip(seq(&then)), at(&live.state).zip(at(&then)))
        else {
            return false;
        };
        let one_clock = self.reader.info().cluster.is_none();
        (seq == last && at == end) || (one_clock && seq <= last && at <= end)
    }

    fn is_proof(&self, now: &Now) -> bool {
        match (&now.live, self.op.verb) {
            (None, "delete") => true,
            (Some(live), "create" | "update" | "release") => self.is_target(live),
            _ => false,
        }
    }

    /// Whether the write makes replicas move: until they are where they belong, the object has no leader for moments.
    fn moves(&self, before: &Now) -> bool {
        let Some(live) = before.live.as_ref().filter(|_| self.op.verb == "update") else { return false };
        let differs = |name: &str| live.config[name] != self.op.settled[name];
        self.reader.info().cluster.is_some() && (differs("num_replicas") || differs("placement"))
    }

    async fn prove(&self, object: &Address, before: &Now) -> Result<Outcome, Failure> {
        // A large move takes longer than anybody wants to wait here: after the bound its configuration is proof enough.
        let moves = self.moves(before);
        let readable = |now: &Now| now.live.is_some() != (self.op.verb == "delete") && (!moves || now.home);
        let now = look_until(self.reader, self.ports.clock.as_ref(), object, PROOF, readable).await?;
        if self.is_proof(&now) {
            let now = if self.replaces() && self.op.verb == "create" && object.parts.len() == 1 {
                self.without_leftovers(object, now).await?
            } else {
                now
            };
            return Ok(Outcome::Done(now.live.into_iter().collect()));
        }
        match now.live {
            Some(live) => {
                let what = differences(self.kind, &self.provable(&live.config), &self.provable(&self.op.settled));
                let why = format!("the server stored something else: {what} (NF0401)");
                Ok(Outcome::Dirty { why, left: object.short(), now: vec![live] })
            }
            None => Err(Failure::Refused { code: "NF0401".into(), message: "it is not there after the write".into() }),
        }
    }
}

/// Whether an op changes what is there; a release is the first half of an update.
fn is_update(verb: &str) -> bool {
    matches!(verb, "update" | "release")
}

enum Begun {
    /// There was nothing to do.
    Settled(Outcome),
    /// The first request had no good answer.
    Failed(Failure),
    /// The first request was answered; what was there before it, and the requests that are left.
    Sent(Box<Now>, Vec<(String, Value)>),
}

fn is_same(before: &Now, now: &Now) -> bool {
    before.live.as_ref().zip(now.live.as_ref()).is_some_and(|(before, now)| before.identity.holds(&now.identity))
}

/// The refusal of a create, told as what it means.
fn created_by_others(failure: Failure) -> Failure {
    match &failure {
        Failure::Refused { code, .. } if [code::STREAM_EXISTS, code::CONSUMER_EXISTS].contains(&code.as_str()) => {
            Failure::Stale { what: "somebody else created it since the plan".into() }
        }
        _ => failure,
    }
}

fn came_back() -> Failure {
    Failure::Refused {
        code: "NF0402".into(),
        message: "messages of the deleted stream came back into the new one, which was left as it is".into(),
    }
}

/// Messages that are older than their stream. Those of a mirror and of sources keep the time of their origin.
fn has_leftovers(live: &Live) -> bool {
    if says(&live.config["mirror"]) || says(&live.config["sources"]) {
        return false;
    }
    let key = |text: &Value| text.as_str().and_then(crate::units::time_key);
    let born = live.identity.own.as_deref().and_then(crate::units::time_key);
    let some = live.state["messages"].as_u64().unwrap_or(0) > 0;
    some && key(&live.state["first_ts"]).zip(born).is_some_and(|(first, born)| first < born)
}

fn take_pause(config: &mut Value) -> Option<Value> {
    let until = config.as_object_mut()?.shift_remove("pause_until")?;
    let resumed = until.as_str().is_none_or(|t| t.starts_with("0001-01-01"));
    (!resumed).then_some(until)
}

fn differences(kind: &dyn Kind, stored: &Value, wanted: &Value) -> String {
    let mut changes = Vec::new();
    crate::shape::diff(kind.shape(), wanted, stored, &crate::model::Path::root(), &mut changes);
    changes
        .iter()
        .map(|c| format!("`{}` is {} instead of {}", c.path, c.after, c.before))
        .collect::<Vec<_>>()
        .join(", ")
}
