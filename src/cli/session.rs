//! From flags to loaded manifests and open connections.

use super::{
    Target,
    args::{self, Manifests},
    environment, terminal,
};
use crate::{
    diag::{Problem, Report},
    drivers::LocalFiles,
    engine::{self, Connect, Run, Select},
    manifest::{Inputs, Loaded, whose},
    model::{Exit, Header},
};
use std::path::PathBuf;

/// Reads the manifests, for a command that connects nowhere. `None` where they cannot be used; the report says why.
pub fn load(manifests: &Manifests, report: &mut Report) -> Option<Loaded> {
    load_for(manifests, &args::Connection::default(), report)
}

/// Whose run this is, for one that came to no result: as much of it as can be known.
pub fn header(manifests: &Manifests) -> Header {
    let inputs = std::env::current_dir().ok().map(|cwd| inputs(manifests, &args::Connection::default(), cwd, None));
    let (project, environment) = inputs.and_then(|inputs| whose(&inputs)).unwrap_or_default();
    Header { project, environment, ..Header::default() }
}

fn load_for(manifests: &Manifests, flags: &args::Connection, report: &mut Report) -> Option<Loaded> {
    let cwd = match std::env::current_dir() {
        Ok(directory) => directory,
        Err(error) => {
            report.error("NF0201", format!("no working directory: {error}"));
            return None;
        }
    };
    let stdin = manifests.file.iter().any(|path| path.as_os_str() == "-").then(terminal::read_stdin).flatten();
    let inputs = inputs(manifests, flags, cwd, stdin);
    engine::load(&inputs, report).filter(|_| !report.has_errors())
}

fn inputs(manifests: &Manifests, flags: &args::Connection, cwd: PathBuf, stdin: Option<Vec<u8>>) -> Inputs<'static> {
    Inputs {
        files: &LocalFiles,
        cwd,
        only: manifests.file.clone(),
        stdin,
        environment: given(&manifests.env),
        project_id: given(&manifests.project),
        environment_file: manifests.environment_file.clone(),
        secret_dirs: manifests.secret_dir.clone(),
        getenv: &environment::get,
        all_systems: manifests.all_systems,
        quick: true,
        connected: environment::quick(flags, false, &environment::get).is_some(),
    }
}

fn given(flag: &Option<String>) -> Option<String> {
    flag.clone().filter(|text| !text.is_empty())
}

/// Reads the manifests and connects. With any error in the manifests no connection is opened.
pub async fn open(target: &Target, report: &mut Report) -> Result<Run, Exit> {
    open_to_prune(target, None, report).await
}

/// The same for a command that may prune.
pub async fn open_to_prune(target: &Target, prune: Option<engine::Prune>, report: &mut Report) -> Result<Run, Exit> {
    let flags = &target.connection;
    let loaded = load_for(&target.manifests, flags, report).ok_or(Exit::Error)?;
    if prune == Some(engine::Prune::Delete)
        && loaded.project_file.is_none()
        && given(&target.manifests.project).is_none()
    {
        // everybody without a project file shares the id `default`, and what it owns
        let problem = Problem::error("NF0156", "`--prune delete` without a project file needs `--project ID`");
        report.push(problem.help("the id says whose objects are deleted: give the one that they were applied with"));
        return Err(Exit::Error);
    }
    let connect = Connect {
        quick: environment::quick(flags, loaded.project_file.is_none(), &environment::get),
        timeout: flags.timeout,
        allow_commands: flags.allow_commands,
        expect_cluster: given(&flags.expect_cluster),
        getenv: environment::get,
        home: environment::home(),
        config_home: environment::config_home(),
        run: environment::ci_run(&environment::get),
    };
    engine::open(loaded, &connect, report).await
}

/// The selection of a command.
pub fn select(flags: &args::Selection) -> Select {
    Select { targets: flags.target.clone(), labels: flags.select.clone() }
}

/// The engine's word for the flag's.
pub fn adopt(flag: args::Adopt) -> engine::Adopt {
    match flag {
        args::Adopt::Never => engine::Adopt::Never,
        args::Adopt::Matching => engine::Adopt::Matching,
        args::Adopt::Always => engine::Adopt::Always,
    }
}

/// The engine's word for the flag's.
pub fn prune(flag: Option<args::Prune>) -> Option<engine::Prune> {
    flag.map(|flag| match flag {
        args::Prune::Never => engine::Prune::Never,
        args::Prune::Report => engine::Prune::Report,
        args::Prune::Delete => engine::Prune::Delete,
    })
}
