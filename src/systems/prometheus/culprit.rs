//! Who is to blame when a reload fails: the server's answer names neither file nor rule (facts: prometheus.md section 2),
//! so every file of the directory is read as the server would read it.

use super::{preflight, rule, server::Server};
use crate::ports::{Shelf, Target};

/// What is said in the answer where the configuration itself cannot be loaded. It then names file and line.
const CONFIGURATION: &str = "couldn't load configuration";

/// Who is to blame for a refused reload, as far as it can be told from here; `written`: the files of ours that are new.
pub async fn blame(shelf: &dyn Shelf, target: &Target, server: &Server, written: &[&str], body: &str) -> String {
    if body.contains(CONFIGURATION) {
        return "its configuration cannot be loaded, whatever the rule files say".into();
    }
    let found = culprits(shelf, target, server).await;
    if found.is_empty() { suspects(written) } else { found.join("; ") }
}

/// What was said of a refused reload, without the files of ours where it has turned out that they are not why.
pub fn unsuspected(why: &str, written: &[&str]) -> String {
    if written.is_empty() { why.to_owned() } else { why.replace(&suspects(written), &suspects(&[])) }
}

/// Where to look when every file reads well here: the server's log names the rule, and it is one of these files first.
fn suspects(written: &[&str]) -> String {
    let (first, more) = written.split_at(written.len().min(3));
    match (first, more.len()) {
        ([], _) => "the server's log names the rule".into(),
        (first, 0) => format!("the server's log names the rule: look in {} first", first.join(" and ")),
        (first, n) => format!("the server's log names the rule: look in {} and {n} more first", first.join(", ")),
    }
}

/// What is wrong with the rule files of a shelf that a server loads, as `FILE:LINE: what`; empty where nothing is found.
async fn culprits(shelf: &dyn Shelf, target: &Target, server: &Server) -> Vec<String> {
    let mut out = Vec::new();
    for name in shelf.list().await.ok().flatten().unwrap_or_default() {
        if !preflight::loads(server, target, &name) {
            continue;
        }
        let Ok(Some(bytes)) = shelf.get(&name).await else { continue };
        match text(&name, bytes) {
            Ok(text) => out.extend(faults(&name, &text, server)),
            Err(fault) => out.push(fault),
        }
    }
    let directories = shelf.directories().await.into_iter();
    out.extend(directories.filter(|name| preflight::loads(server, target, name)).map(|name| is_directory(&name)));
    out
}

/// What a server says of a directory that a glob of its `rule_files` picks: it reads it as a file, and fails.
pub fn is_directory(name: &str) -> String {
    format!("{name}: it is a directory, and is read as a rule file")
}

/// The text of a rule file. A server reads the first document, and nothing but UTF-8.
///
/// # Errors
/// Where that is not what it is, as `FILE:LINE: what`.
pub fn text(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    let wrong = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(wrong) => wrong,
    };
    let good = wrong.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(wrong.as_bytes()).into_owned();
    // up to there both are the same
    if rule::first_document(&text).0.len() <= good {
        return Ok(text);
    }
    let line = text.bytes().take(good).filter(|byte| *byte == b'\n').count() + 1;
    Err(format!("{name}:{line}: it is no UTF-8"))
}

/// What keeps a server from starting that does not answer, as far as these files tell: it refuses all for one that is bad.
pub fn of_a_start(files: &[(String, &str)]) -> Option<String> {
    let mut usual = files.iter().filter(|(name, _)| preflight::has_usual_name(name));
    usual.find_map(|(name, text)| faults(name, text, &Server::default()).into_iter().next())
}

/// What this server would refuse of one rule file.
pub fn faults(name: &str, text: &str, server: &Server) -> Vec<String> {
    places(name, rule::faults(text, &server.capabilities()))
}

/// As [`faults`], of a file that says what the server has loaded.
pub fn faults_around(name: &str, text: &str, server: &Server) -> Vec<String> {
    places(name, rule::faults_around(text, &server.capabilities()))
}

fn places(name: &str, found: Vec<(usize, String)>) -> Vec<String> {
    found.into_iter().map(|(line, why)| format!("{name}:{line}: {why}")).collect()
}

/// The line of a name, from 1.
pub(super) fn line(text: &str, name: &str) -> usize {
    let at = |line: &str| {
        let value = line.split_once(':').map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        value == Some(name)
    };
    text.lines().position(at).map_or(1, |i| i + 1)
}
