//! What has to be so before a rule file is written: a reload is all or nothing for a whole server, and a file that is
//! never loaded, or that makes the next start fail, must not be put there.

use super::{
    glob, names,
    read::RULES,
    server::{Server, absolute},
};
use crate::{
    ports::{Target, shelf},
    systems::Scope,
};

/// The directory of the rule files as the servers see it; `None` where only the files' names are known.
fn server_directory(target: &Target) -> Option<String> {
    target.settings[RULES]["server_directory"].as_str().map(|directory| absolute("", directory))
}

/// Why nothing may be written for this server.
pub fn obstacles(server: &Server, target: &Target, scope: &Scope) -> Vec<String> {
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
    out.extend(server_directory(target).and_then(|directory| unpicked(server, &directory, scope)));
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

/// Why the server would not load our files of a directory, or would load what is no rule file of ours.
fn unpicked(server: &Server, directory: &str, scope: &Scope) -> Option<String> {
    let globs = server.globs();
    let picks = |name: &str| globs.iter().find(|glob| glob::matches(glob, &format!("{directory}/{name}")));
    let url = &server.url;
    if picks(&names::file_name(scope, "x")).is_none() {
        return Some(format!("no `rule_files` of {url} picks `{directory}/natsform--*.yml`: add `{directory}/*.yml`"));
    }
    let never = [shelf::temporary(0), names::LEASE.to_owned()];
    let glob = never.iter().find_map(|name| picks(name))?;
    Some(format!("`{glob}` in the `rule_files` of {url} picks temporary files, too: write `{directory}/*.yml`"))
}
