//! From an environment's targets to connections that are ready. Nothing is sent: whether a server is there is seen when
//! its system reads.

use super::{Connect, connect::resolve};
use crate::{
    diag::{Problem, Report},
    drivers::{
        Redactor, Secret,
        http::{self, Auth, OpenError, Settings, Tls},
        shelf::{CommandShelf, Commands, DirectoryShelf},
    },
    manifest::{Delivery, Environment, FileTarget, SecretRef, TargetConnection},
    model::{Exit, Map, Value, json},
    ports::{Http, Outlet, Shelf, TargetId},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Makes every target of the environment ready.
///
/// # Errors
/// `Exit::Error` where a setting cannot be used; the report says which, with its place.
pub async fn open(
    environment: &Environment,
    connect: &Connect,
    report: &mut Report,
) -> Result<BTreeMap<TargetId, Outlet>, Exit> {
    let mut out = BTreeMap::new();
    for (system, connections) in &environment.targets {
        for (name, connection) in connections {
            let outlet = outlet(&format!("{system}.{name}"), connection, connect, report).await;
            out.insert((system.clone(), name.clone()), outlet);
        }
    }
    if report.has_errors() { Err(Exit::Error) } else { Ok(out) }
}

async fn outlet(path: &str, connection: &TargetConnection, connect: &Connect, report: &mut Report) -> Outlet {
    let mut https: Vec<Arc<dyn Http>> = Vec::new();
    let mut redactor = Redactor::default();
    match settings(connection, connect).await {
        Err(error) => report.push(problem(path, connection, &error)),
        Ok(settings) => {
            redactor = settings.redactor();
            for (i, url) in connection.urls.iter().enumerate() {
                match http::open(&Settings { url: url.clone(), ..settings.clone() }) {
                    Ok(http) => https.push(http),
                    Err(error) if error.field == "url" => {
                        let error = OpenError { field: format!("url.{i}"), why: error.why };
                        report.push(problem(path, connection, &error));
                    }
                    // the same for every server
                    Err(error) => {
                        report.push(problem(path, connection, &error));
                        break;
                    }
                }
            }
        }
    }
    let shelves = connection.files.iter().map(|(role, files)| (role.clone(), shelf(files, connect, &redactor)));
    Outlet { https, shelves: shelves.collect(), settings: said(connection) }
}

fn problem(path: &str, connection: &TargetConnection, error: &OpenError) -> Problem {
    let field = error.field.strip_prefix("url.").map_or(error.field.as_str(), |_| "url");
    let problem = Problem::error("NF0208", format!("{path}.{field}: {}", error.why));
    match connection.place(&error.field) {
        Some((source, span)) => problem.at(source, span),
        None => problem,
    }
}

/// Everything but the URL: secrets are had once for all servers of a target.
async fn settings(connection: &TargetConnection, connect: &Connect) -> Result<Settings, OpenError> {
    let had = async |field: String, secret: &SecretRef| match resolve(secret, connect).await {
        Ok(all) => Ok(Secret::new(all.into_iter().next().unwrap_or_default())),
        Err(why) => Err(OpenError { field, why }),
    };
    let auth = match (&connection.user, &connection.password, &connection.token) {
        (Some(user), Some(password), _) => {
            Auth::Basic { user: user.clone(), password: had("password".into(), password).await? }
        }
        (_, _, Some(token)) => Auth::Bearer(had("token".into(), token).await?),
        _ => Auth::None,
    };
    let mut headers = Vec::new();
    for (name, value) in &connection.headers {
        headers.push((name.clone(), had(format!("headers.{name}"), value).await?));
    }
    let tls = &connection.tls;
    let mut out = Settings {
        auth,
        headers,
        tls: Tls { ca: tls.ca.clone(), cert: tls.cert.clone(), key: tls.key.clone() },
        proxy: connection.proxy.clone(),
        ..Settings::default()
    };
    let said = connection.timeout.and_then(|ns| u64::try_from(ns).ok()).map(Duration::from_nanos);
    out.timeout = connect.timeout.or(said).unwrap_or(out.timeout);
    out.max_response = connection.max_response.and_then(|n| usize::try_from(n).ok()).unwrap_or(out.max_response);
    Ok(out)
}

fn shelf(files: &FileTarget, connect: &Connect, redactor: &Redactor) -> Arc<dyn Shelf> {
    match &files.delivery {
        Delivery::Directory(path) => Arc::new(DirectoryShelf::new(path)),
        Delivery::Render(path) => Arc::new(DirectoryShelf::rendered(path)),
        Delivery::Command(c) => {
            let (list, get, put, delete) = (c.list.clone(), c.get.clone(), c.put.clone(), c.delete.clone());
            Arc::new(CommandShelf::new(Commands { list, get, put, delete }, connect.allow_commands, redactor.clone()))
        }
    }
}

/// What the project file says beside the connection, for the system: what the server calls the directory of each kind of
/// files. That is its own name for it, else ours where it is on this machine.
fn said(connection: &TargetConnection) -> Value {
    let one = |(role, files): (&String, &FileTarget)| {
        let own = match &files.delivery {
            Delivery::Directory(path) => Some(path.to_string_lossy().into_owned()),
            Delivery::Command(_) | Delivery::Render(_) => None,
        };
        (role.clone(), json!({"server_directory": files.server_directory.clone().or(own)}))
    };
    connection.files.iter().map(one).collect::<Map<String, Value>>().into()
}
