//! From flags to loaded manifests and open connections.

use super::{
    Target,
    args::{self, Manifests},
    environment,
};
use crate::{
    diag::Report,
    drivers::LocalFiles,
    engine::{self, Connect, Run, Select},
    manifest::{Inputs, Loaded},
    model::Exit,
};

/// Reads the manifests. `None` where they cannot be used; the report says why.
pub fn load(manifests: &Manifests, report: &mut Report) -> Option<Loaded> {
    let directory = std::env::current_dir().unwrap_or_default();
    let inputs = Inputs {
        files: &LocalFiles,
        directory: &directory,
        paths: manifests.file.clone(),
        environment: manifests.env.clone(),
        project: manifests.project.clone(),
        environment_file: manifests.environment_file.clone(),
        all_systems: manifests.all_systems,
        getenv: environment::get,
    };
    let loaded = engine::load(&inputs, report);
    loaded.filter(|_| !report.has_errors())
}

/// Reads the manifests and connects. With any error in the manifests no connection is opened.
pub async fn open(target: &Target, report: &mut Report) -> Result<Run, Exit> {
    let loaded = load(&target.manifests, report).ok_or(Exit::Error)?;
    let flags = &target.connection;
    let connect = Connect {
        quick: environment::quick(flags, loaded.quick, &environment::get),
        timeout: flags.timeout,
        allow_commands: flags.allow_commands,
        secret_dir: flags.secret_dir.clone(),
        expect_cluster: flags.expect_cluster.clone(),
        getenv: environment::get,
        home: environment::home(),
        config_home: environment::config_home(),
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
