//! From an environment's connection and the flags to open connections, one for each account.

use super::{Connect, QuickNats};
use crate::{
    diag::{Problem, Report, Severity},
    drivers::{
        Bounds, LocalFiles, Secret, context, exec,
        nats::{self, Auth, ConnectError, Settings, Tls},
    },
    inventory::Inventory,
    manifest::{self, Loaded, Login, NatsConnection, SecretRef},
    model::{Address, Exit},
    ports::{Nats, Reader},
    systems,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

type Connections = BTreeMap<String, Arc<dyn Nats>>;

/// What was opened, and which accounts could not be reached.
#[derive(Default)]
pub struct Opened {
    pub connections: Connections,
    pub unreached: BTreeMap<String, String>,
}

/// Opens a connection for each account that the manifests or the inventory need. Where the run has other systems, too, a
/// NATS that is down does not stop it: what it holds is unknown.
pub async fn open(loaded: &Loaded, connect: &Connect, report: &mut Report) -> Result<Opened, Exit> {
    let quick = connect.quick.clone().unwrap_or_default();
    let Some(environment) = loaded.environment.nats.clone() else { return Ok(Opened::default()) };
    let alone = loaded.environment.targets.is_empty();
    let mut unreached = BTreeMap::new();
    let base = match base(&environment, &quick, connect) {
        Ok(base) => base,
        Err(why) => {
            report.error("NF0201", why);
            return Err(Exit::Error);
        }
    };
    let mut out = Connections::new();
    for scope in scopes(loaded, &environment) {
        match one(&environment, &quick, &base, &scope, connect).await {
            Ok(connection) => {
                out.insert(scope, connection);
            }
            Err(Closed { problem, unreachable: Some(why) }) if !alone => {
                report.push(Problem { severity: Severity::Warning, ..problem });
                unreached.insert(scope, why);
            }
            Err(closed) => report.push(closed.problem),
        }
    }
    if report.has_errors() {
        return Err(Exit::Error);
    }
    for scope in remembered(loaded, &environment, &out).await {
        // the documents do not need it: what is known of its objects is that they could not be read
        match one(&environment, &quick, &base, &scope, connect).await {
            Ok(connection) => {
                out.insert(scope, connection);
            }
            Err(closed) => report.push(Problem { severity: Severity::Warning, ..closed.problem }),
        }
    }
    Ok(Opened { connections: out, unreached })
}

/// Why an account has no connection.
struct Closed {
    problem: Problem,
    /// Where no server answered at all.
    unreachable: Option<String>,
}

/// The connection of one account.
async fn one(
    environment: &NatsConnection,
    quick: &QuickNats,
    base: &Base,
    scope: &str,
    connect: &Connect,
) -> Result<Arc<dyn Nats>, Closed> {
    let is_default = scope == environment.account;
    let auths = auths(environment, quick, &base.auth, scope, is_default, connect).await;
    let auths = auths.map_err(|why| Closed {
        problem: Problem::error("NF0202", format!("account {scope}: {why}")),
        unreachable: None,
    })?;
    first(&base.settings, auths).await.map_err(|error| Closed {
        problem: Problem::error("NF0203", format!("account {scope}: {error}")).help(error.help()),
        unreachable: matches!(error, ConnectError::Unreachable { .. }).then(|| error.to_string()),
    })
}

/// The accounts of the documents and the inventory's.
fn scopes(loaded: &Loaded, environment: &NatsConnection) -> BTreeSet<String> {
    let has_accounts = |address: &Address| systems::kind_by_word(&address.kind).is_some_and(|(s, _)| s.has_accounts());
    let addresses = loaded.resources.iter().map(|r| &r.address).filter(|a| has_accounts(a));
    let mut scopes: BTreeSet<String> = addresses.map(|a| a.scope.clone()).collect();
    if scopes.is_empty() {
        scopes.insert(environment.account.clone());
    }
    if let manifest::Inventory::Account(scope) = &environment.inventory {
        scopes.insert(scope.clone());
    }
    scopes
}

/// Accounts that no document names any more but that hold objects of ours.
async fn remembered(loaded: &Loaded, environment: &NatsConnection, open: &Connections) -> BTreeSet<String> {
    let manifest::Inventory::Account(scope) = &environment.inventory else { return BTreeSet::new() };
    let Some(connection) = open.get(scope).filter(|_| environment.accounts.len() > open.len()) else {
        return BTreeSet::new();
    };
    let inventory = Inventory::read(&Reader::new(connection.clone()), super::tenant(loaded), scope).await;
    let scopes = inventory.records().map(|(address, _)| address.scope.clone());
    scopes.filter(|s| !open.contains_key(s) && environment.accounts.contains_key(s)).collect()
}

struct Base {
    settings: Settings,
    /// What the flags or the context say of the default account's identity.
    auth: Option<Auth>,
}

fn base(environment: &NatsConnection, quick: &QuickNats, connect: &Connect) -> Result<Base, String> {
    let mut settings = Settings::default();
    let named = quick.context.clone().or_else(|| environment.context.clone().filter(|_| quick.url.is_none()));
    let nats_config = connect.config_home.as_ref().map(|c| c.join("nats"));
    let nothing_said = environment.urls.is_empty() && quick.url.is_none();
    let named = match (&named, &nats_config) {
        (None, Some(config)) if nothing_said => context::selected(config)?,
        _ => named,
    };
    let mut auth = None;
    if let Some(name) = &named {
        let config = nats_config.ok_or("no configuration directory to look for contexts in")?;
        auth = of_context(&context::load(&config, connect.home.as_deref(), name)?, &mut settings)?;
    }
    if !environment.urls.is_empty() {
        settings.urls.clone_from(&environment.urls);
    }
    if let Some(url) = &quick.url {
        settings.urls = vec![url.clone()];
    }
    tls(environment, quick, &mut settings.tls);
    prefixes(environment, quick, &mut settings);
    if let Some(timeout) = connect.timeout {
        settings.connect_timeout = timeout;
        settings.read_timeout = timeout;
        settings.write_timeout = timeout;
    }
    Ok(Base { auth: of_flags(quick)?.or(auth), settings })
}

fn of_context(context: &context::Context, settings: &mut Settings) -> Result<Option<Auth>, String> {
    if let Some(url) = &context.url {
        settings.urls = vec![url.expose().to_owned()];
    }
    settings.tls =
        Tls { ca: context.ca.clone(), cert: context.cert.clone(), key: context.key.clone(), first: context.tls_first };
    settings.inbox_prefix.clone_from(&context.inbox_prefix);
    if let Some(prefix) = api_prefix(context.jetstream_domain.as_deref(), context.jetstream_api_prefix.as_deref()) {
        settings.api_prefix = prefix;
    }
    if context.nsc.is_some() {
        return Err(format!(
            "context {} takes its credentials from nsc, which natsform does not run: give --creds",
            context.name
        ));
    }
    Ok(match context {
        context::Context { creds: Some(path), .. } => Some(Auth::Creds(Secret::new(read(path, &[])?))),
        context::Context { nkey: Some(path), .. } => Some(Auth::NkeySeed(Secret::new(read(path, &[])?))),
        context::Context { user: Some(user), password: Some(password), .. } => {
            Some(Auth::UserPassword { user: user.clone(), password: password.clone() })
        }
        context::Context { token: Some(token), .. } => Some(Auth::Token(token.clone())),
        context::Context { user: Some(token), .. } => Some(Auth::Token(Secret::new(token.clone()))),
        _ => None,
    })
}

fn of_flags(quick: &QuickNats) -> Result<Option<Auth>, String> {
    Ok(match quick {
        QuickNats { creds: Some(path), .. } => Some(Auth::Creds(Secret::new(read(Path::new(path), &[])?))),
        QuickNats { nkey: Some(path), .. } => Some(Auth::NkeySeed(Secret::new(read(Path::new(path), &[])?))),
        QuickNats { user: Some(user), password: Some(password), .. } => {
            Some(Auth::UserPassword { user: user.clone(), password: Secret::new(password.clone()) })
        }
        QuickNats { token: Some(token), .. } => Some(Auth::Token(Secret::new(token.clone()))),
        // as the nats CLI: a user without a password is a token
        QuickNats { user: Some(token), .. } => Some(Auth::Token(Secret::new(token.clone()))),
        _ => None,
    })
}

fn tls(environment: &NatsConnection, quick: &QuickNats, tls: &mut Tls) {
    let pick = |flag: &Option<String>, own: &Option<PathBuf>, old: &Option<PathBuf>| {
        flag.as_ref().map(PathBuf::from).or_else(|| own.clone()).or_else(|| old.clone())
    };
    tls.ca = pick(&quick.tlsca, &environment.tls.ca, &tls.ca);
    tls.cert = pick(&quick.tlscert, &environment.tls.cert, &tls.cert);
    tls.key = pick(&quick.tlskey, &environment.tls.key, &tls.key);
    tls.first = quick.tlsfirst.unwrap_or(environment.tls.first || tls.first);
}

fn prefixes(environment: &NatsConnection, quick: &QuickNats, settings: &mut Settings) {
    let of_flags = api_prefix(quick.js_domain.as_deref(), quick.js_api_prefix.as_deref());
    let of_environment = || api_prefix(environment.js_domain.as_deref(), environment.js_api_prefix.as_deref());
    if let Some(prefix) = of_flags.or_else(of_environment) {
        settings.api_prefix = prefix;
    }
    if let Some(prefix) = quick.inbox_prefix.clone().or_else(|| environment.inbox_prefix.clone()) {
        settings.inbox_prefix = Some(prefix);
    }
}

fn api_prefix(domain: Option<&str>, prefix: Option<&str>) -> Option<String> {
    prefix.map(|p| p.trim_end_matches('.').to_owned()).or_else(|| domain.map(|d| format!("$JS.{d}.API")))
}

fn read(path: &Path, within: &[PathBuf]) -> Result<String, String> {
    let shown = path.display();
    let bytes = LocalFiles
        .read_within(path, within)
        .map_err(|e| format!("`{shown}`: {e}"))?
        .ok_or_else(|| format!("`{shown}`: no such file"))?;
    String::from_utf8(bytes).map_err(|_| format!("`{shown}` is not UTF-8"))
}

/// The identities to try for an account, in order.
async fn auths(
    environment: &NatsConnection,
    quick: &QuickNats,
    flags: &Option<Auth>,
    scope: &str,
    is_default: bool,
    connect: &Connect,
) -> Result<Vec<Auth>, String> {
    let flags_speak = quick.creds.is_some() || quick.nkey.is_some() || quick.user.is_some() || quick.token.is_some();
    let login = environment.accounts.get(scope);
    match (login, flags) {
        (_, Some(auth)) if is_default && (flags_speak || login.is_none()) => Ok(vec![auth.clone()]),
        (Some(login), _) => of_login(login, connect).await,
        (None, _) if is_default => Ok(vec![Auth::None]),
        (None, _) => Err("the environment has no login for it (`nats.accounts`)".into()),
    }
}

async fn of_login(login: &Login, connect: &Connect) -> Result<Vec<Auth>, String> {
    let resolve = async |secret: &SecretRef| resolve(secret, connect).await;
    let each = |secrets: Vec<String>, make: &dyn Fn(Secret) -> Auth| {
        secrets.into_iter().map(|s| make(Secret::new(s))).collect()
    };
    Ok(match login {
        Login { creds: Some(secret), .. } => each(resolve(secret).await?, &Auth::Creds),
        Login { nkey: Some(secret), .. } => each(resolve(secret).await?, &Auth::NkeySeed),
        Login { user: Some(user), password: Some(secret), .. } => {
            each(resolve(secret).await?, &|password| Auth::UserPassword { user: user.clone(), password })
        }
        Login { token: Some(secret), .. } => each(resolve(secret).await?, &Auth::Token),
        Login { user: Some(user), .. } => return Err(format!("user `{user}` has no password")),
        _ => vec![Auth::None],
    })
}

/// The secrets that a reference stands for. Commands run first, because only they wait.
pub(super) async fn resolve(secret: &SecretRef, connect: &Connect) -> Result<Vec<String>, String> {
    let mut printed = BTreeMap::new();
    for argv in secret.alternatives().into_iter().filter_map(|s| match s {
        SecretRef::Command(argv) => Some(argv),
        _ => None,
    }) {
        let out = if connect.allow_commands {
            let out = exec(argv, b"", &Bounds::secret()).await;
            out.and_then(|out| String::from_utf8(out).map_err(|_| "it printed no UTF-8".to_owned()))
        } else {
            Err("commands are not allowed: pass `--allow-commands`".into())
        };
        printed.insert(argv.clone(), out);
    }
    let run = |argv: &[String]| printed.get(argv).cloned().unwrap_or_else(|| Err("it was not run".into()));
    secret.resolve_all(&connect.getenv, &read, &run)
}

/// The first identity that the server takes.
async fn first(settings: &Settings, auths: Vec<Auth>) -> Result<Arc<dyn Nats>, ConnectError> {
    let mut refused = None;
    for auth in auths {
        match nats::connect(&Settings { auth, ..settings.clone() }).await {
            Err(error @ ConnectError::Refused { .. }) => refused = Some(error),
            other => return other,
        }
    }
    match refused {
        Some(error) => Err(error),
        None => nats::connect(settings).await,
    }
}
