//! A reload, and the proof of it: what is loaded is what was written, and can be evaluated.

use super::{
    super::{
        culprit::{self, line},
        read::{self, base_name},
        reloads, rule,
        server::{self, LOADED, Server},
    },
    LOOK_AGAIN, Transaction,
};
use crate::{
    model::{Failure, Value},
    ports::http::Request,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Groups of a longer interval are not waited for.
const EVALUATED: f64 = 30.0;
/// A reload of 10,000 rules takes 4 s on two cores (measured).
const RELOAD: Duration = Duration::from_secs(60);
/// Between two questions whether a server that looks by itself could load what it found.
const SAYS_SO: Duration = Duration::from_secs(1);
/// Between two looks for an evaluation, which comes by the group's own clock: the answer can be megabytes.
const EVALUATED_AGAIN: Duration = Duration::from_millis(500);

impl Transaction<'_> {
    /// Has a server load its files. A server that does it by itself is given the time it takes to look. Whether it
    /// happened is not known where there is a doubt, which is given back: what is loaded tells.
    pub(super) async fn reload(&self, i: usize) -> Result<Option<String>, String> {
        let (Some(http), Some(server)) = (self.https.get(i), self.before.get(i)) else { return Ok(None) };
        if !server.has_lifecycle() {
            return Ok(None);
        }
        let request = Request { wait: Some(RELOAD), ..Request::post("/-/reload", &[]) };
        let response = match http.send(&request).await {
            Ok(response) if (200..300).contains(&response.status) => return Ok(None),
            Ok(response) => response,
            Err(Failure::Unknown { why }) => {
                return Ok(Some(format!("the reload of {} was not answered: {why}", http.url())));
            }
            Err(failure) => return Err(format!("{} could not be told to reload: {failure}", http.url())),
        };
        match reloads::answered(http.url(), response.status) {
            reloads::Answer::Doubt(why) => Ok(Some(why)),
            reloads::Answer::Never(why) => Err(why),
            reloads::Answer::Refused => {
                let body = String::from_utf8_lossy(&response.body).trim().to_owned();
                let blame = self.blame(server, &body).await;
                Err(format!("{} refused the reload ({}): {blame}; it said: {body}", http.url(), response.status))
            }
        }
    }

    /// Who is to blame for files that a server did not load.
    async fn blame(&self, server: &Server, body: &str) -> String {
        let written: Vec<&str> = self.files.iter().filter(|f| f.written).map(|f| f.name.as_str()).collect();
        culprit::blame(self.shelf.as_ref(), self.reader(), server, &written, body).await
    }

    /// Waits until a server has loaded what was written. One that looks by itself says when it could not.
    async fn loaded(&self, i: usize, before: &Server) -> Result<Vec<Value>, String> {
        let like = |me: &Self, groups: &[Value]| me.unlike(before, groups);
        if before.has_lifecycle() {
            return self.until(i, LOADED, LOOK_AGAIN, like).await;
        }
        let clock = &self.ports.clock;
        let end = clock.monotonic_ns() + i128::try_from(before.looks_within().as_nanos()).unwrap_or_default();
        loop {
            let failed = match self.until(i, SAYS_SO, LOOK_AGAIN, like).await {
                Ok(groups) => return Ok(groups),
                Err(why) => why,
            };
            // what is put back is not looked at again: one that was refused before says so for ever
            let runtime = match self.reader().https.get(i).filter(|_| before.is_intact()) {
                Some(reader) => server::data(reader, "/api/v1/status/runtimeinfo").await.unwrap_or_default(),
                None => Value::Null,
            };
            if runtime["reloadConfigSuccess"] == false {
                let blame = self.blame(before, "").await;
                return Err(format!("{} looked by itself and could not load the files: {blame}", before.url));
            }
            if clock.monotonic_ns() >= end {
                return Err(failed);
            }
        }
    }

    /// The place of a rule in the file that was delivered: `natsform--….yml:12`.
    fn place(&self, file: &str, rule: &str) -> String {
        let text = self.files.iter().find(|f| f.name == file).and_then(|f| f.text.as_deref());
        text.map_or_else(|| file.to_owned(), |text| format!("{file}:{}", line(text, rule)))
    }

    /// Whether the server has loaded what was written, and can evaluate it.
    pub(super) async fn prove(&mut self, i: usize) -> Result<(), String> {
        let Some(before) = self.before.get(i).cloned() else { return Ok(()) };
        let groups = self.loaded(i, &before).await?;
        // those, too, that an earlier run had written and that this one puts in force
        let names: BTreeSet<String> = self.names().into_iter().map(str::to_owned).collect();
        let of_ours = |groups: Vec<Value>| -> Vec<Value> {
            groups.into_iter().filter(|group| names.contains(base_name(group))).collect()
        };
        let ours = of_ours(groups);
        let slow = ours.iter().filter(|group| !is_waited_for(group));
        let unseen = slow.filter(|group| rules(group).any(|rule| rule["health"] == "unknown"));
        let unseen: Vec<&str> = unseen.filter_map(|group| group["name"].as_str()).collect();
        if !unseen.is_empty() {
            let note = format!("{}: not evaluated yet, their interval is long: {}", before.url, unseen.join(", "));
            self.notes.push(note);
        }
        let slowest = ours.iter().filter(|group| is_waited_for(group)).filter_map(|group| group["interval"].as_f64());
        let wait = Duration::from_secs_f64(slowest.fold(0.0, f64::max) + 5.0);
        // one that is not evaluated in time is loaded all the same
        match self.until(i, wait, EVALUATED_AGAIN, |_, groups| are_evaluated(groups, &names)).await {
            Ok(groups) => {
                let now = of_ours(self.evaluated_again(i, groups, &names, wait).await);
                self.healthy(&before, &of_ours(before.groups.clone()), &now)
            }
            Err(why) => {
                self.notes.push(format!("{}: {why} yet", before.url));
                Ok(())
            }
        }
    }

    /// Whether no rule of ours fails that did not fail before; what data may heal is a note.
    fn healthy(&mut self, before: &Server, was: &[Value], now: &[Value]) -> Result<(), String> {
        let (known, url) = (errors(was), &before.url);
        let fresh: Vec<_> = errors(now).into_iter().filter(|(rule, _)| !known.contains_key(rule)).collect();
        if let Some(((group, rule), error)) = fresh.iter().find(|(_, error)| is_fatal(error)) {
            let file = now.iter().find(|g| g["name"].as_str() == Some(group)).map(base_name).unwrap_or_default();
            let place = self.place(file, rule);
            return Err(format!("{url}: `{rule}` of group `{group}` ({place}) fails when it is evaluated: {error}"));
        }
        let note = |((group, rule), error): &((String, String), String)| {
            format!("{url}: `{rule}` of group `{group}` cannot be evaluated now: {error}")
        };
        self.notes.extend(fresh.iter().map(note));
        Ok(())
    }

    /// A rule that took over another's state gives the other's series once more, and that only once (measured on 3.15): what
    /// such an error is worth a second evaluation tells.
    async fn evaluated_again(
        &self,
        i: usize,
        groups: Vec<Value>,
        names: &BTreeSet<String>,
        wait: Duration,
    ) -> Vec<Value> {
        let twice = |rule: &&Value| rule["lastError"].as_str().is_some_and(|error| error.contains(TWICE));
        let times = |groups: &[Value]| -> BTreeSet<String> {
            let ours = groups.iter().filter(|g| names.contains(base_name(g)));
            ours.flat_map(rules).filter(twice).map(|rule| rule["lastEvaluation"].to_string()).collect()
        };
        let first = times(&groups);
        if first.is_empty() {
            return groups;
        }
        let later = |_: &Self, groups: &[Value]| {
            if times(groups).is_disjoint(&first) { Ok(()) } else { Err(String::new()) }
        };
        self.until(i, wait, EVALUATED_AGAIN, later).await.unwrap_or(groups)
    }

    /// Looks at the rules of a server until they are as they should be.
    pub(super) async fn until(
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
}

/// Whether a group is evaluated soon enough to be waited for.
fn is_waited_for(group: &Value) -> bool {
    group["interval"].as_f64().is_none_or(|seconds| seconds <= EVALUATED)
}

/// Whether every rule of our groups was evaluated, as far as it is waited for.
fn are_evaluated(groups: &[Value], names: &BTreeSet<String>) -> Result<(), String> {
    let ours = groups.iter().filter(|group| names.contains(base_name(group)) && is_waited_for(group));
    match ours.flat_map(rules).find(|rule| rule["health"] == "unknown") {
        Some(rule) => Err(format!("`{}` is not evaluated", rule["name"].as_str().unwrap_or_default())),
        None => Ok(()),
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

/// Two rules give the same series.
const TWICE: &str = "duplicate sample for timestamp";

/// Errors that no data heals: the rule itself can never work as it is written (facts: prometheus.md section 2).
fn is_fatal(error: &str) -> bool {
    const FATAL: [&str; 6] =
        ["many-to-many", "many-to-one", "multiple matches for labels", "same labelset", "exceeded limit of", TWICE];
    FATAL.iter().any(|text| error.contains(text))
}
