//! What has to be so before a rule file is written: a reload is all or nothing for a whole server, and a file that is
//! never loaded, or that makes the next start fail, must not be put there.

use super::{
    glob, names,
    read::RULES,
    server::{Server, absolute},
};
use crate::{
    model::{Failure, Value, json},
    ports::{Target, shelf},
    systems::Scope,
};

/// The directory of the rule files as the servers see it; `None` where only the files' names are known.
fn server_directory(target: &Target) -> Option<String> {
    target.settings[RULES]["server_directory"].as_str().map(|directory| absolute("", directory))
}

/// Why nothing may be written for this server.
pub fn obstacles(server: &Server, target: &Target) -> Vec<String> {
    let mut out = Vec::new();
    let url = &server.url;
    if !target.shelves.contains_key(RULES) {
        return vec![format!("the project file does not say where rule files of {url} are delivered to (`rules`)")];
    }
    if !delivers(target) {
        return out;
    }
    if !server.has_lifecycle() && !server.reloads_itself() {
        out.push(format!("{url} takes no reload: start it with --web.enable-lifecycle, or with --config.auto-reload"));
    }
    out.extend(server_directory(target).and_then(|directory| greedy(server, &directory)));
    out
}

/// Whether what is written reaches a server at once; a directory for another tool does not.
pub fn delivers(target: &Target) -> bool {
    target.shelves.get(RULES).is_some_and(crate::ports::ShelfReader::readable)
}

/// Whether a server loads a file of the shelf. Where its directory is not known, every file with a usual name.
pub fn loads(server: &Server, target: &Target, name: &str) -> bool {
    match server_directory(target) {
        Some(directory) => server.globs().iter().any(|glob| glob::matches(glob, &format!("{directory}/{name}"))),
        None => has_usual_name(name),
    }
}

/// Whether a file is called as rule files usually are.
pub fn has_usual_name(name: &str) -> bool {
    [".yml", ".yaml", ".rules"].iter().any(|end| name.ends_with(end))
}

/// Why the server would never load a file of ours, where its directory is known.
pub fn unpicked(server: &Server, target: &Target, name: &str) -> Option<String> {
    let directory = server_directory(target)?;
    picked_by(&server.globs(), &directory, name).is_none().then(|| not_picked(&server.url, &directory, name))
}

/// The glob that picks a file.
pub fn picked_by<'g>(globs: &'g [String], directory: &str, name: &str) -> Option<&'g String> {
    globs.iter().find(|glob| glob::matches(glob, &format!("{directory}/{name}")))
}

pub fn not_picked(url: &str, directory: &str, name: &str) -> String {
    format!(
        "no `rule_files` of {url} picks `{directory}/{name}`: add `{directory}/*.yml`, or give as `server_directory` what \
         the server calls that directory"
    )
}

/// Why the server would load what is no rule file of ours.
fn greedy(server: &Server, directory: &str) -> Option<String> {
    let globs = server.globs();
    let never = [shelf::temporary(0), names::LEASE.to_owned()];
    let glob = never.iter().find_map(|name| picked_by(&globs, directory, name))?;
    let url = &server.url;
    Some(format!("`{glob}` in the `rule_files` of {url} picks temporary files, too: write `{directory}/*.yml`"))
}

/// What keeps a file from being written, without the words that nothing was sent.
pub fn reason(failure: &Failure) -> String {
    match failure {
        Failure::NotSent { why } => why.clone(),
        other => other.to_string(),
    }
}

/// What decides whether a file can be delivered and is loaded then, for the steps of a plan: they name documents that
/// were not there when the place was read.
pub async fn delivery(servers: &[Server], target: &Target, scope: &Scope, files: &[String]) -> Value {
    let globs = |server: &Server| json!({"url": server.url, "globs": server.globs()});
    let mut held = serde_json::Map::new();
    if let Some(shelf) = target.shelves.get(RULES) {
        for name in files {
            if let Some(failure) = shelf.hindrance(Some(name)).await {
                held.insert(name.clone(), reason(&failure).into());
            }
        }
    }
    json!({
        "prefix": names::prefix(scope),
        "directory": server_directory(target).filter(|_| delivers(target)),
        "servers": servers.iter().map(globs).collect::<Vec<_>>(),
        "held": held,
    })
}
