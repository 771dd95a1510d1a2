//! Reading a target: what its servers have loaded, and our files.
//!
//! Both are live state. A file that is not loaded, or groups whose file has changed, are differences and no silence.

use super::{
    NAME, culprit, header, names, preflight,
    rule::{self, object, parse_file, view_of_groups},
    scraped::{self, Scraped},
    server::{self, Server},
};
use crate::{
    model::{Address, Failure, Identity, Live, Place, Presence, Value, World, json},
    ports::{Ask, ShelfReader, Target},
    systems::Scope,
};
use futures_util::future::join_all;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What the shelf of rule files is called.
pub const RULES: &str = "rules";

/// The files of a shelf that matter to a run.
#[derive(Default)]
struct Shelved {
    /// Documents of ours by name: the text, or why it cannot be read.
    own: BTreeMap<String, Result<String, Failure>>,
    /// Files of others: the text, or what no server takes of it.
    foreign: Vec<(String, Result<String, String>)>,
    gap: Option<String>,
    /// That there is nothing to deliver to.
    missing: Option<String>,
    /// Why nothing can be written into the directory.
    held: Option<String>,
    /// The names of our files.
    names: Vec<String>,
}

impl Shelved {
    /// A file of others that no server takes, whatever it says.
    fn unreadable(&self) -> Option<String> {
        let mut usual = self.foreign.iter().filter(|(name, _)| preflight::has_usual_name(name));
        usual.find_map(|(_, text)| text.as_ref().err().cloned())
    }

    /// All files by name, as far as they can be read.
    fn texts(&self, scope: &Scope) -> Vec<(String, &str)> {
        let own =
            self.own.iter().filter_map(|(name, text)| Some((names::file_name(scope, name), text.as_deref().ok()?)));
        own.chain(self.foreign.iter().filter_map(|(name, text)| Some((name.clone(), text.as_deref().ok()?)))).collect()
    }
}

/// Reads every target.
pub async fn read(ask: &Ask, scope: &Scope) -> World {
    let targets = ask.targets.iter().filter(|((system, _), _)| system == NAME);
    let worlds = join_all(targets.map(|((_, name), target)| read_target(name, target, scope))).await;
    let mut world = World::default();
    worlds.into_iter().for_each(|w| world.absorb(w));
    world
}

async fn read_target(name: &str, target: &Target, scope: &Scope) -> World {
    let servers = join_all(target.https.iter().map(Server::read));
    let scraped = async {
        match target.https.first() {
            Some(reader) => scraped::read(reader).await,
            None => Scraped::default(),
        }
    };
    let shelved = async {
        let shelved = shelved(target.shelves.get(RULES), scope).await;
        // YAML is the slowest part of a large read: it takes the time in which the server answers
        let files = parsed(&shelved.own).await;
        (shelved, files)
    };
    let (servers, (shelved, mut files), scraped) = tokio::join!(servers, shelved, scraped);
    let mut place = Place::default();
    let mut good = Vec::new();
    for (reader, server) in target.https.iter().zip(servers) {
        match server {
            Ok(server) => good.push(server),
            Err(failure) => {
                let why = shelved.unreadable().or_else(|| culprit::of_a_start(&shelved.texts(scope)));
                let why = why.filter(|_| preflight::delivers(target));
                let why = why.map(|why| format!("; no server starts with {why}")).unwrap_or_default();
                place.gaps.push(format!("{}{why}", named(reader.url(), &failure)));
            }
        }
    }
    place.gaps.extend(shelved.gap);
    let mut world = World::default();
    if place.gaps.is_empty() {
        place.listed = true;
        describe(&mut place, &good, target);
        place.obstacles.extend(shelved.missing.filter(|_| preflight::delivers(target)));
        place.obstacles.extend(shelved.held);
        place.capabilities.facts.insert("delivery", preflight::delivery(&good, target, scope, &shelved.names).await);
        foreign(&mut place, &good, target, &shelved.foreign);
        let failed = good.iter().filter(|server| !server.is_intact() && preflight::delivers(target));
        place.notes.extend(failed.map(|server| {
            format!("the last reload of {} failed: an apply tries one before it writes anything", server.url)
        }));
        place.capabilities.facts.insert("metric_names", scraped.names);
        place.capabilities.facts.insert("jobs", scraped.jobs);
        let object = |(document, says): (String, Option<Result<Value, String>>)| {
            let address = Address::new(super::rule::WORD, [document.clone()], name);
            let text = match shelved.own.get(&document) {
                Some(Err(failure)) => return (address, Presence::Unknown { why: failure.to_string() }),
                text => text.and_then(|text| text.as_deref().ok()),
            };
            let file = names::file_name(scope, &document);
            let live = live(address.clone(), &file, text.zip(says), &good, target);
            (address, Presence::Present(live.into()))
        };
        let found = documents(&good, &shelved.own, scope).into_iter();
        let with_words = |document: String| {
            let says = files.remove(&document);
            (document, says)
        };
        let found: Vec<_> = found.map(with_words).collect();
        world.objects = found.into_par_iter().map(object).collect();
    } else {
        place.label = target.https.iter().map(|reader| reader.url().to_owned()).collect::<Vec<_>>().join(", ");
    }
    world.places.insert((NAME.to_owned(), name.to_owned()), place);
    world
}

/// One object as it is now on these servers; `None` where it is not there or cannot be read.
pub async fn one(servers: &[Server], target: &Target, address: &Address, file: &str) -> Option<Live> {
    let text = target.shelves.get(RULES)?.get(file).await.ok()?;
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let loaded = servers.iter().any(|server| !groups_of(&server.groups, file).is_empty());
    if text.is_none() && !loaded {
        return None;
    }
    let text = text.as_deref().map(|text| (text, parse_file(text)));
    Some(live(address.clone(), file, text, servers, target))
}

/// A file's text, and what it says.
type Parsed<'a> = (&'a str, Result<Value, String>);

/// What the files say that can be read, by document: on all processors, beside whatever else is waited for.
async fn parsed(own: &BTreeMap<String, Result<String, Failure>>) -> BTreeMap<String, Result<Value, String>> {
    let text = |(document, text): (&String, &Result<String, Failure>)| Some((document.clone(), text.clone().ok()?));
    let texts: Vec<(String, String)> = own.iter().filter_map(text).collect();
    let parse = || texts.into_par_iter().map(|(document, text)| (document, parse_file(&text))).collect();
    match tokio::task::spawn_blocking(parse).await {
        Ok(parsed) => parsed,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}

/// A failure with the server's URL, which it may have said itself.
fn named(url: &str, failure: &Failure) -> String {
    let text = failure.to_string();
    if text.contains(url) { text } else { format!("{url}: {text}") }
}

async fn shelved(shelf: Option<&ShelfReader>, scope: &Scope) -> Shelved {
    let mut out = Shelved::default();
    let Some(shelf) = shelf else { return out };
    let list = match shelf.list().await {
        Ok(Some(list)) => list,
        Ok(None) => {
            out.missing = Some(format!("there is no directory `{}`", shelf.place()));
            return out;
        }
        Err(failure) => {
            out.gap = Some(format!("{}: {failure}", shelf.place()));
            return out;
        }
    };
    out.held = shelf
        .hindrance(None)
        .await
        .map(|failure| format!("rule files cannot be written: {}", preflight::reason(&failure)));
    for file in list {
        let Some(document) = names::document(scope, &file) else {
            // one that nobody can read is the server's business
            if let Ok(Some(bytes)) = shelf.get(&file).await {
                let text = culprit::text(&file, bytes);
                out.foreign.push((file, text));
            }
            continue;
        };
        out.names.push(file.clone());
        let text = match shelf.get(&file).await {
            // it has gone since it was listed
            Ok(None) => continue,
            // what is no UTF-8 is no rule file, and is written anew as any other that somebody broke
            Ok(Some(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(failure) => Err(failure),
        };
        out.own.insert(document, text);
    }
    let directories = shelf.directories().await.into_iter();
    out.foreign.extend(directories.map(|name| {
        let fault = culprit::is_directory(&name);
        (name, Err(fault))
    }));
    out
}

/// Documents of ours that have a file, or groups that are loaded from one.
fn documents(servers: &[Server], own: &BTreeMap<String, Result<String, Failure>>, scope: &Scope) -> BTreeSet<String> {
    let groups = servers.iter().flat_map(|server| &server.groups);
    let loaded = groups.filter_map(|group| names::document(scope, base_name(group)));
    own.keys().cloned().chain(loaded).collect()
}

/// The name of the file that a group was loaded from. A container may see its directory under another path, so the name
/// alone counts: it says whose it is.
pub fn base_name(group: &Value) -> &str {
    let path = group["file"].as_str().unwrap_or_default();
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The groups that a server loaded from a file of that name.
pub fn groups_of(groups: &[Value], file: &str) -> Vec<Value> {
    groups.iter().filter(|group| base_name(group) == file).cloned().collect()
}

fn live(address: Address, file: &str, text: Option<Parsed<'_>>, servers: &[Server], target: &Target) -> Live {
    let interval = servers.first().map_or(60.0, Server::evaluation_interval);
    let (text, parsed) = text.unzip();
    let mut unrest =
        parsed.as_ref().and_then(|p| p.as_ref().err()).map(|why| format!("the file cannot be read: {why}"));
    if unrest.is_none() && text.is_some_and(|text| super::rule::first_document(text).1) {
        unrest = Some("only the first document of the file is loaded, and it has more".into());
    }
    let loaded = servers.first().map(|s| groups_of(&s.groups, file)).unwrap_or_default();
    let mut config = config(parsed, loaded, interval);
    let mut memory = text.map(header::parse).unwrap_or_default();
    if let Some(shelf) = target.shelves.get(RULES).filter(|shelf| !shelf.readable()) {
        // what lies there is what we wrote, and in force only when somebody has delivered it
        if text.is_some() && super::rule::at_rest(&config).is_some() {
            memory.declared.clear();
            memory.waits = true;
            unrest = Some(format!("what was written to `{}` is not loaded yet", shelf.place()));
        }
        if let Some(map) = config.as_object_mut() {
            map.shift_remove("file");
        }
    }
    for other in servers.iter().skip(1) {
        let there = view_of_groups(&groups_of(&other.groups, file), other.evaluation_interval());
        if there != view_of_groups(config["loaded"].as_array().map_or(&[], Vec::as_slice), interval) {
            unrest = unrest.or_else(|| Some(format!("{} has loaded something else", other.url)));
        }
    }
    let loaded = servers.iter().map(|s| (s.url.clone(), Value::Array(groups_of(&s.groups, file)))).collect();
    Live {
        address,
        state: object([("servers", Value::Object(loaded)), ("unrest", unrest.into())]),
        config,
        identity: Identity::default(),
        fingerprint: fingerprint(text),
        memory: Some(memory),
    }
}

/// The live configuration of a file that was read, as the kind takes it.
pub fn config(file: Option<Result<Value, String>>, loaded: Vec<Value>, interval: f64) -> Value {
    let file = file.map_or(Value::Null, |file| file.unwrap_or_else(|_| json!({"groups": []})));
    rule::live_config(file, loaded, interval)
}

/// Equal exactly while the file has the same bytes.
pub fn fingerprint(text: Option<&str>) -> String {
    text.map_or_else(|| "none".into(), |text| crate::units::digest(text, 12))
}

/// Files of others beside ours: a reload puts them in force, too, and one that is broken makes every reload fail.
fn foreign(place: &mut Place, servers: &[Server], target: &Target, files: &[(String, Result<String, String>)]) {
    let Some(server) = servers.first().filter(|_| preflight::delivers(target)) else { return };
    let judged = |(name, text): &(String, Result<String, String>)| {
        preflight::loads(server, target, name).then(|| match text {
            Ok(text) => foreign_file(server, name, text),
            Err(fault) => Theirs::Fault(fault.clone()),
        })
    };
    let judged: Vec<Option<Theirs>> = files.par_iter().map(judged).collect();
    for theirs in judged.into_iter().flatten() {
        match theirs {
            Theirs::Fault(fault) => place.obstacles.push(format!("a reload of {} would fail: {fault}", server.url)),
            Theirs::Note(note) => place.notes.push(note),
            Theirs::Nothing => {}
        }
    }
}

/// What there is to say of a file of others.
enum Theirs {
    Nothing,
    Fault(String),
    Note(String),
}

fn foreign_file(server: &Server, name: &str, text: &str) -> Theirs {
    let parsed = parse_file(text);
    let broken = parsed.is_err();
    let loaded = groups_of(&server.groups, name);
    let shows = !loaded.is_empty();
    let config = config(Some(parsed), loaded, server.evaluation_interval());
    let why = super::rule::at_rest(&config);
    // what the server has loaded from such words is good, whatever is thought of it here
    let is_loaded = why.is_none() && !broken && shows;
    let judge = if is_loaded { culprit::faults_around } else { culprit::faults };
    match (judge(name, text, server).into_iter().next(), why) {
        (Some(fault), _) => Theirs::Fault(fault),
        (None, Some(why)) => Theirs::Note(format!("a reload also activates what somebody changed in `{name}`: {why}")),
        (None, None) => Theirs::Nothing,
    }
}

/// What a place says of its servers: the least that all of them can do.
fn describe(place: &mut Place, servers: &[Server], target: &Target) {
    let Some(least) = server::least(servers) else { return };
    place.obstacles = servers.iter().flat_map(|s| preflight::obstacles(s, target)).collect();
    place.capabilities = least.capabilities();
    place.capabilities.facts.insert("groups", Value::Array(least.groups.clone()));
    let urls: Vec<&str> = servers.iter().map(|s| s.url.as_str()).collect();
    place.label = format!("{} · {}", urls.join(", "), place.capabilities);
}
