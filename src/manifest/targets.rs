//! Connections of systems that are read over HTTP and fed with files: what the project file says of them.

use super::{
    connect::{Around, secret, version_range},
    environment::{Delivery, FileCommands, FileTarget, MAIN, TargetConnection, TargetExpect, Tls},
    faults::{Faults, did_you_mean},
    fields::{self, Fields},
    mask::userinfo,
    project::check_id,
    secret::SecretRef,
};
use crate::{systems, yaml::Node};
use std::collections::BTreeMap;

/// The systems whose connections are read here, as the project file calls them.
pub fn target_systems() -> impl Iterator<Item = &'static str> {
    systems::ALL.iter().filter(|system| !system.has_accounts()).flat_map(|system| system.connections()).copied()
}

/// What a connection's mapping may hold: by these a bare connection is told from a mapping of connections.
const KEYS: &[&str] = &[
    "url",
    "urls",
    "user",
    "password",
    "token",
    "headers",
    "tls",
    "proxy",
    "timeout",
    "max_response",
    "rules",
    "scrape",
    "expect",
];

/// What files are, by the key that says where they go.
const ROLES: &[&str] = &["rules", "scrape"];

/// Those of them that nothing is delivered to yet.
const LATER: &[&str] = &["scrape"];

/// Reads the section of a system: one connection, or several by name.
pub(super) fn connections(
    node: &Node,
    around: &Around<'_>,
    faults: &mut Faults<'_>,
) -> BTreeMap<String, TargetConnection> {
    let mut out = BTreeMap::new();
    let bare = |(key, value): &(&Node, &Node)| key.as_str().is_some_and(|k| KEYS.contains(&k)) || !value.is_map();
    if node.entries().is_empty() || node.entries().iter().any(bare) {
        out.extend(connection(node, around, faults).map(|c| (MAIN.to_owned(), c)));
        return out;
    }
    for (key, value) in node.entries() {
        let name = key.as_str().unwrap_or_default();
        check_id(name, key.span, faults);
        // a misspelt key with a mapping, as `tsl: {…}`, looks like a name: the connection below it says what is missing
        out.extend(connection(value, around, faults).map(|c| (name.to_owned(), c)));
    }
    out
}

fn connection(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<TargetConnection> {
    let mut f = Fields::open(node, "a connection", faults)?;
    let mut out = TargetConnection::default();
    out.places.insert(String::new(), (faults.source, node.head()));
    urls(node, &mut f, &mut out, faults);
    logins(&mut f, &mut out, around, faults);
    if let Some(n) = f.take("tls") {
        tls(n, &mut out, around, faults);
    }
    if let Some(n) = f.take("proxy") {
        out.places.insert("proxy".into(), (faults.source, n.head()));
        out.proxy = fields::name(n, faults).filter(|text| address(text, n, faults));
    }
    out.timeout = f.take("timeout").and_then(|n| positive(n, fields::duration, faults));
    out.max_response = f.take("max_response").and_then(|n| positive(n, fields::size, faults));
    for role in ROLES {
        if let Some(n) = f.take(role) {
            out.places.insert((*role).to_owned(), (faults.source, n.head()));
            if LATER.contains(role) {
                let message = format!("`{role}` is not acted on by this version");
                faults.note("NF0157", n.head(), message, &["nothing is written there".to_owned()]);
            }
            out.files.extend(files(n, around, faults).map(|target| ((*role).to_owned(), target)));
        }
    }
    if let Some(n) = f.take("expect") {
        expect(n, &mut out, faults);
    }
    f.close(faults);
    Some(out)
}

fn urls(node: &Node, f: &mut Fields<'_>, out: &mut TargetConnection, faults: &mut Faults<'_>) {
    let (url, urls) = (f.take("url"), f.take("urls"));
    if let (Some(_), Some(second)) = (url, urls) {
        faults.error("NF0116", second.head(), "give one of `url` and `urls`", &[]);
    }
    // a misspelt key is an unknown key already
    let near = || node.entries().iter().any(|(k, _)| k.as_str().is_some_and(|k| !did_you_mean(k, ["url"]).is_empty()));
    if node.get("url").is_none() && node.get("urls").is_none() && !near() {
        let help = ["write `url: http://HOST:PORT`".to_owned()];
        faults.error("NF0013", node.head(), "`url` is missing in a connection", &help);
    }
    for node in [url, urls].into_iter().flatten() {
        for (text, at) in fields::texts(node, faults) {
            if !address(&text, at, faults) {
                continue;
            }
            let base = text.trim_end_matches('/').to_owned();
            if out.urls.contains(&base) {
                faults.error("NF0012", at.span, "the same URL twice", &[]);
                continue;
            }
            out.places.insert(format!("url.{}", out.urls.len()), (faults.source, at.head()));
            out.urls.push(base);
        }
    }
}

/// Whether a text is a URL of HTTP that carries no secret and ends where a base ends. The driver looks closer.
fn address(text: &str, at: &Node, faults: &mut Faults<'_>) -> bool {
    if userinfo(text) {
        let message = "a literal secret in a URL";
        let help = ["write `user: …` and `password: {env: NAME}` beside it, and the URL without them".to_owned()];
        faults.error("NF0120", at.span, message, &help);
        return false;
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if host.is_none_or(|host| host.is_empty() || host.starts_with(':')) || text.chars().any(char::is_whitespace) {
        let help = ["write `http://HOST:PORT` or `https://HOST/PREFIX`".to_owned()];
        faults.error("NF0012", at.span, format!("`{text}` is no URL of HTTP"), &help);
        return false;
    }
    if let Some(end) = text.find(['?', '#']) {
        let message = "a base URL has no query and no fragment";
        faults.inside("NF0012", at, (end, text.len() - end), message, &[]);
        return false;
    }
    true
}

fn logins(f: &mut Fields<'_>, out: &mut TargetConnection, around: &Around<'_>, faults: &mut Faults<'_>) {
    let (user, password, token) = (f.take("user"), f.take("password"), f.take("token"));
    for (name, node) in [("password", password), ("token", token)] {
        if let Some(n) = node {
            out.places.insert(name.into(), (faults.source, n.head()));
        }
    }
    if let (Some(one), None) | (None, Some(one)) = (user, password) {
        faults.error("NF0013", one.head(), "`user` and `password` go together", &[]);
    }
    if let (Some(_), Some(second)) = (user, token) {
        faults.error("NF0116", second.head(), "give one of `user` and `token`", &[]);
    }
    out.user = user.and_then(|n| fields::name(n, faults));
    out.password = password.and_then(|n| secret(n, around, faults));
    out.token = token.and_then(|n| secret(n, around, faults));
    let Some(headers) = f.take("headers") else { return };
    if Fields::open(headers, "headers", faults).is_none() {
        return;
    }
    for (key, value) in headers.entries() {
        let name = key.as_str().unwrap_or_default().to_owned();
        if name.eq_ignore_ascii_case("authorization") && (user.is_some() || token.is_some()) {
            faults.error("NF0116", key.span, "a login is given already: `user` or `token`", &[]);
        }
        out.places.insert(format!("headers.{name}"), (faults.source, key.span));
        out.headers.extend(header(&name, value, around, faults).map(|value| (name, value)));
    }
}

/// A header's value. What its name calls a secret is one; others (a tenant, a trace flag) may be written out.
fn header(name: &str, node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<SecretRef> {
    let name = name.to_ascii_lowercase();
    let tells = ["auth", "cookie", "token", "key", "secret", "password", "session"];
    match node.as_str() {
        Some(text) if !tells.iter().any(|t| name.contains(t)) && around.scope.sensitive(node).is_none() => {
            Some(SecretRef::Literal(text.to_owned()))
        }
        _ => secret(node, around, faults),
    }
}

fn tls(node: &Node, out: &mut TargetConnection, around: &Around<'_>, faults: &mut Faults<'_>) {
    let Some(mut f) = Fields::open(node, "TLS settings", faults) else { return };
    let mut path = |key: &'static str, faults: &mut Faults<'_>| {
        let n = f.take(key)?;
        out.places.insert(format!("tls.{key}"), (faults.source, n.head()));
        around.path(n, faults)
    };
    let (ca, cert, key) = (path("ca", faults), path("cert", faults), path("key", faults));
    f.close(faults);
    if node.get("cert").is_some() != node.get("key").is_some() {
        faults.error("NF0013", node.head(), "`cert` and `key` go together", &[]);
    }
    out.tls = Tls { ca, cert, key, first: false };
}

fn files(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<FileTarget> {
    let mut f = Fields::open(node, "a place for files", faults)?;
    let (directory, command, render) = (f.take("directory"), f.take("command"), f.take("render"));
    let server_directory = f.take("server_directory").and_then(|n| fields::name(n, faults));
    let before = faults.count;
    f.close(faults);
    let delivery = match (directory, command, render) {
        (Some(n), None, None) => Delivery::Directory(around.path(n, faults)?),
        (None, Some(n), None) => Delivery::Command(commands(n, faults)?),
        (None, None, Some(n)) => Delivery::Render(around.path(n, faults)?),
        (None, None, None) if faults.count > before => return None,
        _ => {
            let help = ["write one of `{directory: path}`, `{command: {list, get, put, delete}}` and `{render: path}`"];
            faults.error("NF0116", node.head(), "files go to one place", &help.map(String::from));
            return None;
        }
    };
    Some(FileTarget { delivery, server_directory })
}

fn commands(node: &Node, faults: &mut Faults<'_>) -> Option<FileCommands> {
    let mut f = Fields::open(node, "commands", faults)?;
    let mut argv = |key: &'static str, faults: &mut Faults<'_>| -> Vec<String> {
        let Some(n) = f.require(key, faults) else { return Vec::new() };
        let argv: Vec<String> = fields::texts(n, faults).into_iter().map(|(text, _)| text).collect();
        if key != "list" && !argv.iter().any(|argument| argument.contains("{name}")) {
            let help = ["write it where the file's name belongs".to_owned()];
            faults.error("NF0012", n.head(), format!("`{{name}}` is missing in the command `{key}`"), &help);
        }
        argv
    };
    let (list, get, put, delete) =
        (argv("list", faults), argv("get", faults), argv("put", faults), argv("delete", faults));
    f.close(faults);
    Some(FileCommands { list, get, put, delete })
}

fn expect(node: &Node, out: &mut TargetConnection, faults: &mut Faults<'_>) {
    let Some(mut f) = Fields::open(node, "expectations", faults) else { return };
    let mut sources = BTreeMap::new();
    let mut take = |key: &'static str, faults: &Faults<'_>| {
        let n = f.take(key)?;
        sources.insert(key.to_owned(), faults.report.place(faults.source, n.head().start));
        Some(n)
    };
    let (interval, retention, version) =
        (take("scrape_interval", faults), take("retention", faults), take("version", faults));
    f.close(faults);
    out.expect = TargetExpect {
        scrape_interval: interval.and_then(|n| positive(n, fields::duration, faults)),
        retention: retention.and_then(|n| positive(n, fields::duration, faults)),
        version: version.and_then(|n| version_range(n, faults)),
        sources,
    };
}

/// A duration or size that is not nothing.
fn positive(node: &Node, read: fn(&Node, &mut Faults<'_>) -> Option<i64>, faults: &mut Faults<'_>) -> Option<i64> {
    let found = read(node, faults)?;
    if found <= 0 {
        faults.error("NF0012", node.head(), "expected more than nothing", &[]);
        return None;
    }
    Some(found)
}

#[cfg(test)]
mod tests;
