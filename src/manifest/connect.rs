//! Environments of the project file: what they are called by the engine, and how they reach NATS.

use super::{
    environment::{Environment, Expect, Inventory, Limits, Login, LossBudget, NatsConnection, OnDrift, Tls},
    faults::{Faults, did_you_mean},
    fields::{self, Fields},
    mask::userinfo,
    secret::SecretRef,
    targets,
    text::normal,
    variables::Scope,
};
use crate::{
    model::{Prune, Version},
    yaml::Node,
};
use std::path::{Path, PathBuf};

/// Sections of systems that later versions bring: accepted, their content unread.
pub(super) const LATER: &[&str] = &["alertmanager", "loki", "mimir", "grafana"];

/// What an environment is read with.
pub(super) struct Around<'a> {
    /// What relative paths are relative to.
    pub dir: &'a Path,
    /// Where `{file:}` secrets must lie; empty where the file itself came from outside the project.
    pub within: Vec<PathBuf>,
    pub scope: &'a Scope,
    /// Literal secrets are warnings.
    pub plaintext: bool,
}

impl Around<'_> {
    /// A path of this machine, from the file's directory.
    pub(super) fn path(&self, node: &Node, faults: &mut Faults<'_>) -> Option<PathBuf> {
        fields::name(node, faults).map(|t| normal(&self.dir.join(t)))
    }
}

/// Reads one environment; expressions are already replaced.
pub(super) fn environment(node: &Node, name: &str, around: &mut Around<'_>, faults: &mut Faults<'_>) -> Environment {
    let mut out = Environment { name: name.to_owned(), ..Environment::default() };
    let Some(mut f) = Fields::open(node, "an environment", faults) else { return out };
    f.skip(&["default", "values", "description"]);
    f.skip(LATER);
    if let Some(v) = f.take("allow_plaintext").and_then(|n| fields::boolean(n, faults)) {
        out.allow_plaintext = v;
        around.plaintext = v;
    }
    if let Some(n) = f.take("overlays") {
        out.overlays = fields::texts(n, faults).iter().map(|(t, _)| normal(&around.dir.join(t))).collect();
    }
    let prune = [("never", Prune::Never), ("report", Prune::Report), ("delete", Prune::Delete)];
    out.prune = f.take("prune").and_then(|n| fields::word(n, &prune, faults)).unwrap_or_default();
    let drift = [("revert", OnDrift::Revert), ("hold", OnDrift::Hold)];
    out.drift = f.take("drift").and_then(|n| fields::word(n, &drift, faults)).unwrap_or_default();
    if let Some(n) = f.take("backup") {
        out.backup = true;
        let help =
            "a plan that destroys data is refused while it is here: take the backup yourself and remove it".to_owned();
        faults.warning("NF0157", n.head(), "`backup` is not acted on by this version", &[help]);
    }
    out.strict = f.take("strict").and_then(|n| fields::boolean(n, faults)).unwrap_or(false);
    out.plan_expiry = f.take("plan_expiry").and_then(|n| fields::duration(n, faults));
    out.allow_data_loss = f.take("allow_data_loss").and_then(|n| budget(n, faults));
    out.limits = f.take("limits").and_then(|n| limits(n, faults)).unwrap_or_default();
    if f.take("nats").is_some() || node.get("nats").is_some() {
        let empty = Node::text("");
        out.nats = nats(node.get("nats").unwrap_or(&empty), around, faults);
    }
    for system in targets::target_systems() {
        if let Some(n) = f.take(system) {
            out.targets.insert(system.to_owned(), targets::connections(n, around, faults));
        }
    }
    f.close(faults);
    out
}

fn budget(node: &Node, faults: &mut Faults<'_>) -> Option<LossBudget> {
    let mut f = Fields::open(node, "a loss budget", faults)?;
    let max_messages = f.take("max_messages").and_then(|n| fields::whole(n, faults));
    let max_bytes = f.take("max_bytes").and_then(|n| fields::size(n, faults)).and_then(|n| u64::try_from(n).ok());
    f.close(faults);
    Some(LossBudget { max_messages, max_bytes })
}

fn limits(node: &Node, faults: &mut Faults<'_>) -> Option<Limits> {
    let mut f = Fields::open(node, "limits", faults)?;
    let max_deletes = f.take("max_deletes").and_then(|n| fields::whole(n, faults));
    let max_alert_resets = f.take("max_alert_resets").and_then(|n| fields::whole(n, faults));
    f.close(faults);
    Some(Limits { max_deletes, max_alert_resets })
}

/// Reads a `nats:` section.
pub(super) fn nats(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<NatsConnection> {
    let mut f = Fields::open(node, "a NATS connection", faults)?;
    f.skip(&["accounts_file"]);
    let mut out = NatsConnection::default();
    let (url, urls) = (f.take("url"), f.take("urls"));
    let context = f.take("context");
    let ways: Vec<&Node> = [url, urls, context].into_iter().flatten().collect();
    if let [_, second, ..] = ways.as_slice() {
        faults.error("NF0116", second.head(), "give one of `url`, `urls` and `context`", &[]);
    }
    for node in [url, urls].into_iter().flatten() {
        for (text, at) in fields::texts(node, faults) {
            out.urls.extend(servers(&text, at, around, faults));
        }
    }
    out.context = context.and_then(|n| fields::name(n, faults));
    let account = f.take("account");
    if let Some(name) = account.and_then(|n| fields::name(n, faults)) {
        out.account = name;
    }
    if let Some(n) = f.take("accounts").filter(|n| mapping(n, "the accounts", faults)) {
        for (key, value) in n.entries() {
            let login = login(value, around, faults);
            out.accounts.insert(key.as_str().unwrap_or_default().to_owned(), login);
        }
        if let (false, Some(at)) = (out.accounts.is_empty(), account)
            && !out.accounts.contains_key(&out.account)
        {
            unknown_account(&out.account, &out, at, faults);
        }
    }
    // one account that is given and no other is the default
    if let (None, 1, Some(only)) = (account, out.accounts.len(), out.accounts.keys().next()) {
        out.account = only.clone();
    }
    out.tls = f.take("tls").and_then(|n| tls(n, around, faults)).unwrap_or_default();
    out.inbox_prefix = f.take("inbox_prefix").and_then(|n| fields::name(n, faults));
    out.js_domain = f.take("js_domain").and_then(|n| fields::name(n, faults));
    let prefix = f.take("js_api_prefix");
    if let (Some(n), true) = (prefix, out.js_domain.is_some()) {
        faults.error("NF0116", n.head(), "give one of `js_domain` and `js_api_prefix`", &[]);
    }
    out.js_api_prefix = prefix.and_then(|n| fields::name(n, faults)).map(|t| t.trim_end_matches('.').to_owned());
    out.inventory = Inventory::Account(out.account.clone());
    if let Some(n) = f.take("inventory") {
        inventory(n, &mut out, faults);
    }
    out.expect = f.take("expect").and_then(|n| expect(n, faults)).unwrap_or_default();
    f.close(faults);
    Some(out)
}

/// The error for an account that no login is given for.
fn unknown_account(name: &str, nats: &NatsConnection, at: &Node, faults: &mut Faults<'_>) {
    let known = || nats.accounts.keys().map(String::as_str);
    let mut help = did_you_mean(name, known());
    help.push(format!("the environment has {}", super::text::listed(known(), "and")));
    faults.error("NF0111", at.head(), format!("the environment has no account `{name}`"), &help);
}

fn servers(text: &str, at: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    if userinfo(text) {
        let message = "a literal secret in a URL";
        let help = ["write `accounts: {NAME: {user: …, password: {env: NAME}}}` and the URL without them".to_owned()];
        if around.plaintext {
            faults.warning("NF0120", at.span, message, &help);
        } else {
            faults.error("NF0120", at.span, message, &help);
        }
    }
    let urls: Vec<String> = text.split(',').map(|u| u.trim().to_owned()).filter(|u| !u.is_empty()).collect();
    for url in &urls {
        let scheme = url.split_once("://").map(|(s, _)| s);
        if let Some(other) = scheme.filter(|s| !matches!(*s, "nats" | "tls" | "ws" | "wss")) {
            let help = ["write `nats://`, `tls://`, `ws://` or `wss://`".to_owned()];
            faults.error("NF0012", at.span, format!("`{other}://` is no NATS URL"), &help);
        }
    }
    urls
}

fn login(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Login {
    let mut out = Login::default();
    if !mapping(node, "an account's login", faults) {
        return out;
    }
    let Some(mut f) = Fields::open(node, "an account's login", faults) else { return out };
    out.user = f.take("user").and_then(|n| fields::name(n, faults));
    out.password = f.take("password").and_then(|n| secret(n, around, faults));
    out.token = f.take("token").and_then(|n| secret(n, around, faults));
    out.nkey = f.take("nkey").and_then(|n| secret(n, around, faults));
    out.creds = f.take("creds").and_then(|n| secret(n, around, faults));
    f.close(faults);
    if out.user.is_some() != out.password.is_some() && node.get("user").is_some() != node.get("password").is_some() {
        faults.error("NF0013", node.head(), "`user` and `password` go together", &[]);
    }
    out
}

/// Whether a node is the mapping that belongs here. What stands here instead may be a secret, and is not repeated.
fn mapping(node: &Node, what: &str, faults: &mut Faults<'_>) -> bool {
    let fits = node.is_map() || node.is_null();
    if !fits {
        let help =
            ["write `accounts: {NAME: {user: …, password: {env: NAME}}}`, or `{creds: {file: path}}`".to_owned()];
        faults.error("NF0012", node.head(), format!("expected {what}, a mapping"), &help);
    }
    fits
}

/// Reads a secret reference.
pub(super) fn secret(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<SecretRef> {
    if !node.items().is_empty() {
        let list = node.items().iter().filter_map(|n| secret(n, around, faults)).collect();
        return Some(SecretRef::AnyOf(list));
    }
    if let Some(text) = node.as_str() {
        if let Some(name) = around.scope.sensitive(node) {
            return Some(SecretRef::Env(name.to_owned()));
        }
        return literal(text, node, around, faults);
    }
    let mut f = Fields::open(node, "a secret", faults)?;
    let (env, file, command) = (f.take("env"), f.take("file"), f.take("command"));
    let nsc = f.take("nsc");
    let before = faults.count;
    f.close(faults);
    let slip = faults.count > before;
    if let Some(n) = nsc {
        faults.error("NF0121", n.head(), "`nsc` secrets come with a later version", &[]);
        return None;
    }
    match (env, file, command) {
        (Some(n), None, None) => fields::name(n, faults).map(SecretRef::Env),
        (None, Some(n), None) => {
            let path = around.path(n, faults)?;
            Some(SecretRef::File { path, within: around.within.clone() })
        }
        (None, None, Some(n)) => {
            let argv: Vec<String> = fields::texts(n, faults).into_iter().map(|(t, _)| t).collect();
            (!argv.is_empty()).then_some(SecretRef::Command(argv))
        }
        (None, None, None) if slip => None,
        _ => {
            let help = ["write one of `{env: NAME}`, `{file: path}` and `{command: [argv]}`".to_owned()];
            faults.error("NF0121", node.head(), "a secret is one reference", &help);
            None
        }
    }
}

fn literal(text: &str, node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<SecretRef> {
    if text.is_empty() {
        faults.error("NF0121", node.span, "an empty secret", &[]);
        return None;
    }
    let mut help = vec!["write `{env: NAME}`, `{file: path}` or `{command: [argv]}`".to_owned()];
    if around.plaintext {
        faults.warning("NF0120", node.span, "a literal secret", &help);
    } else {
        help.push("`allow_plaintext: true` on the environment makes this a warning, for local examples".into());
        faults.error("NF0120", node.span, "a literal secret", &help);
    }
    Some(SecretRef::Literal(text.to_owned()))
}

fn tls(node: &Node, around: &Around<'_>, faults: &mut Faults<'_>) -> Option<Tls> {
    let mut f = Fields::open(node, "TLS settings", faults)?;
    let ca = f.take("ca").and_then(|n| around.path(n, faults));
    let cert = f.take("cert").and_then(|n| around.path(n, faults));
    let key = f.take("key").and_then(|n| around.path(n, faults));
    let first = f.take("first").and_then(|n| fields::boolean(n, faults)).unwrap_or(false);
    f.close(faults);
    if cert.is_some() != key.is_some() {
        faults.error("NF0013", node.head(), "`cert` and `key` go together", &[]);
    }
    Some(Tls { ca, cert, key, first })
}

fn inventory(node: &Node, out: &mut NatsConnection, faults: &mut Faults<'_>) {
    if let Some(text) = node.as_str() {
        match text {
            "off" => out.inventory = Inventory::Off,
            _ => {
                faults.error("NF0012", node.span, format!("expected `off` or `{{account: NAME}}`, found `{text}`"), &[])
            }
        }
        return;
    }
    let Some(mut f) = Fields::open(node, "the inventory", faults) else { return };
    if let Some(n) = f.take("account")
        && let Some(name) = fields::name(n, faults)
    {
        if !out.accounts.is_empty() && !out.accounts.contains_key(&name) {
            unknown_account(&name, out, n, faults);
        }
        out.inventory = Inventory::Account(name);
    }
    f.close(faults);
}

fn expect(node: &Node, faults: &mut Faults<'_>) -> Option<Expect> {
    let mut f = Fields::open(node, "expectations", faults)?;
    let mut out = Expect::default();
    let mut note = |name: &str, n: &Node, faults: &Faults<'_>| {
        let place = faults.report.place(faults.source, n.head().start);
        out.sources.insert(format!("nats.expect.{name}"), place);
    };
    let (cluster, servers, version) = (f.take("cluster"), f.take("servers"), f.take("version"));
    let (domain, jetstream) = (f.take("domain"), f.take("jetstream"));
    f.close(faults);
    for (name, n) in [("cluster", cluster), ("servers", servers), ("version", version), ("domain", domain)] {
        if let Some(n) = n {
            note(name, n, faults);
        }
    }
    let (mut memory, mut storage) = (None, None);
    if let Some(mut f) = jetstream.and_then(|n| Fields::open(n, "JetStream expectations", faults)) {
        (memory, storage) = (f.take("max_memory"), f.take("max_storage"));
        f.close(faults);
        for (name, n) in [("jetstream.max_memory", memory), ("jetstream.max_storage", storage)] {
            if let Some(n) = n {
                note(name, n, faults);
            }
        }
    }
    out.cluster = cluster.and_then(|n| fields::name(n, faults));
    out.servers = servers.and_then(|n| fields::whole(n, faults));
    out.domain = domain.and_then(|n| fields::name(n, faults));
    out.version = version.and_then(|n| version_range(n, faults));
    out.max_memory = memory.and_then(|n| fields::size(n, faults));
    out.max_storage = storage.and_then(|n| fields::size(n, faults));
    Some(out)
}

pub(super) fn version_range(node: &Node, faults: &mut Faults<'_>) -> Option<String> {
    let text = fields::name(node, faults)?;
    let bare = text.trim_start_matches(['>', '<', '=', '~', '^']).trim();
    if Version::parse(bare).is_none() {
        let help = ["write a version such as `2.12` or a bound such as `\">=2.11\"`".to_owned()];
        faults.error("NF0012", node.span, format!("`{text}` is no version"), &help);
        return None;
    }
    Some(text)
}
