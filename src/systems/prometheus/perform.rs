//! The transaction of a target: write the files, reload once, prove that what was written is what is loaded; or put back
//! what was there, and prove that.
//!
//! A reload is never trusted: it answers 200 where a glob picks nothing, and 500 names no rule (facts: prometheus.md
//! section 2). What proves it is `/api/v1/rules`.

use super::{
    NAME,
    culprit::{culprits, line},
    preflight,
    read::{self, RULES, base_name},
    recount, rule,
    server::{self, Server},
};
use crate::systems::Scope;
use crate::{
    model::{Address, Failure, Live, Op, Outcome, Value},
    ports::{Http, Ports, Shelf, http::Request},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// How long what was written may take to be loaded.
const LOADED: Duration = Duration::from_secs(10);
/// How long a server that reloads by itself may take to look: its default interval, and some.
const LOOKED: Duration = Duration::from_secs(45);
/// Groups of a longer interval are not waited for.
const EVALUATED: f64 = 30.0;
/// A reload of 10,000 rules takes 4 s on two cores (measured).
const RELOAD: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Between two looks for an evaluation, which comes by the group's own clock: the answer can be megabytes.
const EVALUATED_AGAIN: Duration = Duration::from_millis(500);

/// Performs an op of [`super::lower`].
pub async fn perform(ports: &Ports, op: &Op) -> Outcome {
    let target = op.body["target"].as_str().unwrap_or_default();
    let Some(shelf) = ports.shelf(NAME, target, RULES) else {
        return Outcome::Failed(Failure::NotSent { why: format!("no place to deliver rule files of {target} to") });
    };
    let mut transaction = Transaction {
        ports,
        op,
        target,
        shelf,
        https: ports.http(NAME, target),
        files: op.body["files"].as_array().into_iter().flatten().map(File::of).collect(),
        before: Vec::new(),
        reloaded: 0,
        notes: Vec::new(),
    };
    match transaction.run().await {
        Ok(lives) if transaction.wrote_nothing() => Outcome::Already(lives),
        Ok(lives) => Outcome::Done(lives),
        Err(Broken::Before(failure)) => Outcome::Failed(failure),
        Err(Broken::After(why)) => transaction.roll_back(why).await,
    }
}

/// One file of the transaction.
struct File {
    name: String,
    address: Option<Address>,
    /// The fingerprint that was planned with.
    was: String,
    /// `None`: it is removed.
    text: Option<String>,
    /// What the text says, read once for all looks at the server.
    body: Option<Result<Value, String>>,
    /// What was there; `None`: nothing.
    old: Option<Vec<u8>>,
    written: bool,
}

impl File {
    fn of(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let new = text("text");
        Self {
            name: text("name").unwrap_or_default(),
            address: text("address").and_then(|a| Address::parse(&a, "")),
            was: text("was").unwrap_or_default(),
            body: new.as_deref().map(rule::parse_file),
            text: new,
            old: None,
            written: false,
        }
    }

    fn is_there(&self) -> bool {
        self.old.as_deref() == self.text.as_ref().map(String::as_bytes)
    }

    /// Whether what lay there is something else than what the server had loaded: an apply died in between, or somebody
    /// edited it.
    fn is_astray(&self, server: &Server) -> bool {
        self.old.as_ref().is_some_and(|old| {
            let parsed = rule::parse_file(&String::from_utf8_lossy(old));
            parsed.is_err() || rule::at_rest(&self.config(parsed, server)).is_some()
        })
    }

    /// What lay there and what the server had loaded, side by side.
    fn config(&self, old: Result<Value, String>, server: &Server) -> Value {
        read::config(Some(old), read::groups_of(&server.groups, &self.name), server.evaluation_interval())
    }

    /// What a rollback puts there: what lay there, or, where that was not what is in force, what is.
    fn back(&self, server: Option<&Server>) -> Option<Vec<u8>> {
        match server {
            Some(server) if self.is_astray(server) => {
                let text = String::from_utf8_lossy(self.old.as_deref().unwrap_or_default()).into_owned();
                let config = self.config(rule::parse_file(&text), server);
                let loaded = config["loaded"].as_array().is_some_and(|groups| !groups.is_empty());
                let head: String = text.lines().take_while(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
                loaded.then(|| format!("{head}{}", rule::to_file(&rule::view(&config))).into_bytes())
            }
            _ => self.old.clone(),
        }
    }
}

/// What went wrong.
enum Broken {
    /// Nothing was written.
    Before(Failure),
    /// Something was, and goes back.
    After(String),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Before(failure)
    }
}

struct Transaction<'a> {
    ports: &'a Ports,
    op: &'a Op,
    target: &'a str,
    shelf: &'a Arc<dyn Shelf>,
    https: &'a [Arc<dyn Http>],
    files: Vec<File>,
    /// The servers before.
    before: Vec<Server>,
    /// How many servers may have loaded the new files.
    reloaded: usize,
    notes: Vec<String>,
}

impl Transaction<'_> {
    async fn run(&mut self) -> Result<Vec<Live>, Broken> {
        self.look().await?;
        self.write().await.map_err(|failure| Broken::After(failure.to_string()))?;
        let target = self.reader();
        if preflight::delivers(target) {
            for i in 0..self.https.len() {
                self.reloaded = i + 1;
                self.reload(i).await.map_err(Broken::After)?;
                self.prove(i).await.map_err(Broken::After)?;
            }
        }
        for note in &self.notes {
            if let Some(address) = self.op.carries.first() {
                self.ports.tell(address, note, Some(note.clone()));
            }
        }
        Ok(self.lives().await)
    }

    /// Whether everything lay there already, where no server is told.
    fn wrote_nothing(&self) -> bool {
        self.reloaded == 0 && self.files.iter().all(|file| !file.written)
    }

    fn reader(&self) -> &crate::ports::Target {
        static NONE: std::sync::OnceLock<crate::ports::Target> = std::sync::OnceLock::new();
        let key = (NAME.to_owned(), self.target.to_owned());
        self.ports.targets.get(&key).unwrap_or_else(|| NONE.get_or_init(Default::default))
    }

    /// The look just before: nothing has changed since the plan, and every server can take it.
    async fn look(&mut self) -> Result<(), Failure> {
        for file in &mut self.files {
            file.old = self.shelf.get(&file.name).await?;
            let text = file.old.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if read::fingerprint(text.as_deref()) != file.was && !file.is_there() {
                return Err(Failure::Stale { what: format!("`{}` was changed since the plan", file.name) });
            }
        }
        let target = self.reader();
        let text = |key: &str| self.op.body[key].as_str().unwrap_or_default().to_owned();
        let scope = Scope { project: text("project"), environment: text("environment") };
        let mut servers = Vec::new();
        for reader in &target.https {
            let server = Server::read(reader).await?;
            if let Some(message) = preflight::obstacles(&server, target, &scope).into_iter().next() {
                return Err(Failure::Refused { code: "preflight".into(), message });
            }
            servers.push(server);
        }
        recount::check(self.op, target, &servers).await?;
        self.before = servers;
        self.repaired().await
    }

    /// A server whose last reload failed is asked for one before anything is written: what was broken may be repaired by
    /// now. If not, ours could only fail as well, unless it is a file of ours that this very transaction writes anew.
    async fn repaired(&mut self) -> Result<(), Failure> {
        if !preflight::delivers(self.reader()) {
            return Ok(());
        }
        for i in 0..self.before.len() {
            let Some(server) = self.before.get(i).filter(|server| !server.is_intact() && server.has_lifecycle()) else {
                continue;
            };
            let ours = self.files.iter().any(|file| !file.is_there() && file.is_astray(server));
            match self.reload(i).await {
                Err(why) if !ours => {
                    let message = format!("the last reload of {} failed, and it still does: {why}", server.url);
                    return Err(Failure::Refused { code: "preflight".into(), message });
                }
                Err(_) => {}
                // what others have changed is in force now, and is what a rollback has to come back to
                Ok(()) => {
                    if let Some(reader) = self.reader().https.get(i) {
                        let again = Server::read(reader).await?;
                        self.before.splice(i..=i, [again]);
                    }
                }
            }
        }
        Ok(())
    }

    /// New and changed files first, then what goes.
    async fn write(&mut self) -> Result<(), Failure> {
        let shelf = self.shelf.clone();
        for file in self.files.iter_mut().filter(|f| !f.is_there()) {
            // also when it fails: nobody knows how far it got
            file.written = true;
            match &file.text {
                Some(text) => shelf.put(&file.name, text.as_bytes()).await?,
                None => shelf.remove(&file.name).await?,
            }
        }
        Ok(())
    }

    /// Has a server load its files. A server that does it by itself is given the time it takes to look.
    async fn reload(&self, i: usize) -> Result<(), String> {
        let (Some(http), Some(server)) = (self.https.get(i), self.before.get(i)) else { return Ok(()) };
        if !server.has_lifecycle() {
            return Ok(());
        }
        let request = Request { wait: Some(RELOAD), ..Request::post("/-/reload", &[]) };
        match http.send(&request).await {
            Ok(response) if (200..300).contains(&response.status) => Ok(()),
            Ok(response) => {
                let body = String::from_utf8_lossy(&response.body).trim().to_owned();
                let found = culprits(self.shelf.as_ref(), server, self.reader()).await;
                let blame = if found.is_empty() { self.suspects() } else { found.join("; ") };
                Err(format!("{} refused the reload ({}): {blame}; it said: {body}", http.url(), response.status))
            }
            // it may have happened: what is loaded tells
            Err(Failure::Unknown { .. }) => Ok(()),
            Err(failure) => Err(format!("{} could not be told to reload: {failure}", http.url())),
        }
    }

    /// Where to look when every file reads well here: the server's log names the rule, and it is one of these files first.
    fn suspects(&self) -> String {
        let written: Vec<&str> = self.files.iter().filter(|f| f.written).map(|f| f.name.as_str()).collect();
        let (first, more) = written.split_at(written.len().min(3));
        match (first, more.len()) {
            ([], _) => "its log names the rule".into(),
            (first, 0) => format!("the rule is in {}, and the server's log names it", first.join(" or ")),
            (first, n) => format!("the rule is in {} or {n} more, and the server's log names it", first.join(", ")),
        }
    }

    /// The place of a rule in the file that was delivered: `natsform--….yml:12`.
    fn place(&self, file: &str, rule: &str) -> String {
        let text = self.files.iter().find(|f| f.name == file).and_then(|f| f.text.as_deref());
        text.map_or_else(|| file.to_owned(), |text| format!("{file}:{}", line(text, rule)))
    }

    /// Whether the server has loaded what was written, and can evaluate it.
    async fn prove(&mut self, i: usize) -> Result<(), String> {
        let Some(before) = self.before.get(i).cloned() else { return Ok(()) };
        let wait = if before.has_lifecycle() { LOADED } else { LOOKED };
        let groups = self.until(i, wait, LOOK_AGAIN, |me, groups| me.unlike(&before, groups)).await?;
        // those, too, that an earlier run had written and that this one puts in force
        let names: BTreeSet<&str> = self.files.iter().map(|f| f.name.as_str()).collect();
        let ours = |group: &&Value| names.contains(base_name(group));
        let slow = groups.iter().filter(ours).filter(|g| g["interval"].as_f64().is_some_and(|s| s > EVALUATED));
        let unseen = slow.filter(|g| rules(g).any(|rule| rule["health"] == "unknown"));
        let unseen: Vec<&str> = unseen.filter_map(|g| g["name"].as_str()).collect();
        if !unseen.is_empty() {
            let note = format!("{}: not evaluated yet, their interval is long: {}", before.url, unseen.join(", "));
            self.notes.push(note);
        }
        let slowest = groups.iter().filter(ours).filter_map(|g| g["interval"].as_f64()).filter(|s| *s <= EVALUATED);
        let slowest = slowest.fold(0.0, f64::max);
        let wait = Duration::from_secs_f64(slowest + 5.0);
        let evaluated = |_: &Self, groups: &[Value]| -> Result<(), String> {
            let waiting = groups.iter().filter(ours).filter(|g| g["interval"].as_f64().is_none_or(|s| s <= EVALUATED));
            match waiting.flat_map(rules).find(|rule| matches!(rule["health"].as_str(), Some("unknown"))) {
                Some(rule) => Err(format!("`{}` is not evaluated", rule["name"].as_str().unwrap_or_default())),
                None => Ok(()),
            }
        };
        // one that is not evaluated in time is loaded all the same
        let groups = match self.until(i, wait, EVALUATED_AGAIN, evaluated).await {
            Ok(groups) => groups,
            Err(why) => {
                let note = format!("{}: {why} yet", before.url);
                self.notes.push(note);
                return Ok(());
            }
        };
        let of_ours = |groups: &[Value]| groups.iter().filter(ours).cloned().collect::<Vec<_>>();
        let (known, own) = (errors(&of_ours(&before.groups)), of_ours(&groups));
        let fresh: Vec<_> = errors(&own).into_iter().filter(|(rule, _)| !known.contains_key(rule)).collect();
        match fresh.iter().find(|(_, error)| is_fatal(error)) {
            Some(((group, rule), error)) => {
                let file = own.iter().find(|g| g["name"].as_str() == Some(group)).map(base_name).unwrap_or_default();
                let place = self.place(file, rule);
                let url = &before.url;
                Err(format!("{url}: `{rule}` of group `{group}` ({place}) fails when it is evaluated: {error}"))
            }
            None => {
                let note = |((group, rule), error): &((String, String), String)| {
                    format!("{}: `{rule}` of group `{group}` cannot be evaluated now: {error}", before.url)
                };
                self.notes.extend(fresh.iter().map(note));
                Ok(())
            }
        }
    }

    /// Looks at the rules of a server until they are as they should be.
    async fn until(
        &self,
        i: usize,
        wait: Duration,
        again: Duration,
        check: impl Fn(&Self, &[Value]) -> Result<(), String>,
    ) -> Result<Vec<Value>, String> {
        let Some(reader) = self.reader().https.get(i) else { return Ok(Vec::new()) };
        let clock = &self.ports.clock;
        let end = clock.monotonic_ns() + i128::try_from(wait.as_nanos()).unwrap_or_default();
        loop {
            let failed = match server::groups(reader).await {
                Ok(groups) => match check(self, &groups) {
                    Ok(()) => return Ok(groups),
                    Err(why) => why,
                },
                Err(failure) => format!("{}: {failure}", reader.url()),
            };
            if clock.monotonic_ns() >= end {
                return Err(failed);
            }
            clock.sleep(again).await;
        }
    }

    /// What of the files is not loaded as it stands there.
    fn unlike(&self, before: &Server, groups: &[Value]) -> Result<(), String> {
        for file in &self.files {
            let interval = before.evaluation_interval();
            let live = read::config(file.body.clone(), read::groups_of(groups, &file.name), interval);
            let why = match &file.text {
                None if live["loaded"].as_array().is_none_or(Vec::is_empty) => None,
                None => Some("its groups are still loaded".to_owned()),
                Some(_) => rule::at_rest(&live),
            };
            if let Some(why) = why {
                return Err(format!("{}: `{}`: {why}", before.url, file.name));
            }
        }
        Ok(())
    }

    /// Puts back what was there, and proves that it is.
    async fn roll_back(&self, why: String) -> Outcome {
        let mut left = Vec::new();
        // where another tool delivers, what lies there says nothing of what is in force
        let server = self.before.first().filter(|_| preflight::delivers(self.reader()));
        let dirty = |f: &&File| f.written || server.is_some_and(|server| f.is_astray(server));
        for file in self.files.iter().filter(dirty) {
            let back = match &file.back(server) {
                Some(bytes) => self.shelf.put(&file.name, bytes).await,
                None => self.shelf.remove(&file.name).await,
            };
            left.extend(back.err().map(|failure| format!("`{}` is the new one: {failure}", file.name)));
        }
        for i in 0..self.reloaded {
            let Some(before) = self.before.get(i) else { continue };
            // one that refuses this reload, too, for what somebody else has there, has kept what it had
            let refused = self.reload(i).await.err();
            let wait = if before.has_lifecycle() { LOADED } else { LOOKED };
            let again = self.until(i, wait, LOOK_AGAIN, |_, groups| as_before(before, groups)).await;
            left.extend(again.err().map(|why| refused.map_or(why.clone(), |refused| format!("{why}; {refused}"))));
        }
        if left.is_empty() {
            return Outcome::RolledBack { why };
        }
        Outcome::Dirty { why, left: left.join("; "), now: self.lives().await }
    }

    /// The objects as they are now, as far as they can be read.
    async fn lives(&self) -> Vec<Live> {
        let target = self.reader();
        let servers = futures_util::future::join_all(target.https.iter().map(Server::read)).await;
        let servers: Vec<Server> = servers.into_iter().filter_map(Result::ok).collect();
        if servers.len() < target.https.len() {
            return Vec::new();
        }
        let mut lives = Vec::new();
        for file in &self.files {
            let Some(address) = &file.address else { continue };
            lives.extend(read::one(&servers, target, address, &file.name).await);
        }
        lives
    }
}

fn rules(group: &Value) -> impl Iterator<Item = &Value> {
    group["rules"].as_array().into_iter().flatten()
}

/// Rules that cannot be evaluated, with the server's reason, by group and name.
fn errors(groups: &[Value]) -> BTreeMap<(String, String), String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |group: &Value| {
        let failing = rules(group).filter(|rule| rule["health"] == "err").cloned().collect::<Vec<_>>();
        let name = text(&group["name"]);
        failing.into_iter().map(move |rule| ((name.clone(), text(&rule["name"])), text(&rule["lastError"])))
    };
    groups.iter().flat_map(of).collect()
}

/// Errors that no data heals: the rule itself can never work as it is written (facts: prometheus.md section 2).
fn is_fatal(error: &str) -> bool {
    const FATAL: [&str; 6] = [
        "many-to-many",
        "many-to-one",
        "multiple matches for labels",
        "same labelset",
        "exceeded limit of",
        "overrides not allowed",
    ];
    FATAL.iter().any(|text| error.contains(text))
}

/// Whether every group of everybody is defined as before.
fn as_before(before: &Server, groups: &[Value]) -> Result<(), String> {
    let defined = |groups: &[Value]| -> BTreeMap<(String, String), Value> {
        let key = |g: &Value| (g["file"].to_string(), g["name"].to_string());
        groups.iter().map(|g| (key(g), rule::view_of_groups(std::slice::from_ref(g), 0.0))).collect()
    };
    if defined(&before.groups) == defined(groups) {
        return Ok(());
    }
    Err(format!("{} has not loaded again what it had before", before.url))
}
