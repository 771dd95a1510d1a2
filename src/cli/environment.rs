//! The environment: `NATSFORM_<FLAG>` for every flag, `NATS_*` for quick mode, and what colour depends on.
//!
//! The only place that reads environment variables. A variable that is set to nothing counts as not set: CI systems set
//! variables to nothing when they mean none.

use super::args::{Connection, LISTS, is_switch};
use crate::engine::QuickNats;
use clap::{Command, builder::BoolishValueParser};
use std::path::PathBuf;

/// The value of a variable; `None` where it is not set, empty or no text.
pub fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's home directory.
pub fn home() -> Option<PathBuf> {
    get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from)
}

/// Where configuration of users lives.
pub fn config_home() -> Option<PathBuf> {
    get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home().map(|home| home.join(".config")))
}

/// What names this run in CI, for the lock: who waits for it can go and look.
pub fn ci_run(getenv: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if let (Some(repository), Some(run)) = (getenv("GITHUB_REPOSITORY"), getenv("GITHUB_RUN_ID")) {
        let server = getenv("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".into());
        return Some(format!("{server}/{repository}/actions/runs/{run}"));
    }
    ["CI_JOB_URL", "BUILD_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL"].iter().find_map(|name| getenv(name))
}

/// The working directory as the root of the checked-out repository sees it, in a GitHub workflow; empty elsewhere.
pub fn from_repository() -> String {
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let inside = || {
        let root = real(PathBuf::from(get("GITHUB_WORKSPACE")?));
        let here = real(std::env::current_dir().ok()?);
        let parts: Option<Vec<String>> =
            here.strip_prefix(root).ok()?.iter().map(|part| part.to_str().map(str::to_owned)).collect();
        Some(parts?.join("/"))
    };
    inside().unwrap_or_default()
}

/// Gives every long flag of a command and of its subcommands its variable.
pub fn with_variables(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let Some(long) = arg.get_long().filter(|l| !matches!(*l, "help" | "version")) else { return arg };
        let name = variable(long);
        let listed = LISTS.contains(&arg.get_id().as_str());
        let arg = if listed { arg.value_delimiter(',') } else { arg };
        let arg = if is_switch(&arg) { arg.value_parser(BoolishValueParser::new()) } else { arg };
        if get(&name).is_some() { arg.env(name).hide_env(true) } else { arg }
    });
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_variables))
}

/// `json-out` is `NATSFORM_JSON_OUT`.
pub fn variable(flag: &str) -> String {
    format!("NATSFORM_{}", flag.to_uppercase().replace('-', "_"))
}

/// What the flags say about the connection; in quick mode (no project file) also what the `NATS_*` variables say.
/// `None` where neither says anything.
pub fn quick(flags: &Connection, quick_mode: bool, getenv: &dyn Fn(&str) -> Option<String>) -> Option<QuickNats> {
    let of = |flag: &Option<String>, name: &str| {
        flag.clone().filter(|v| !v.is_empty()).or_else(|| quick_mode.then(|| getenv(name)).flatten())
    };
    let only = |flag: &Option<String>| flag.clone().filter(|v| !v.is_empty());
    let quick = QuickNats {
        url: of(&flags.server, "NATS_URL"),
        context: of(&flags.context, "NATS_CONTEXT"),
        creds: of(&flags.creds, "NATS_CREDS"),
        nkey: of(&flags.nkey, "NATS_NKEY"),
        user: of(&flags.user, "NATS_USER"),
        password: of(&flags.password, "NATS_PASSWORD"),
        token: of(&flags.token, "NATS_TOKEN"),
        tlsca: of(&flags.tlsca, "NATS_CA"),
        tlscert: of(&flags.tlscert, "NATS_CERT"),
        tlskey: of(&flags.tlskey, "NATS_KEY"),
        tlsfirst: flags.tlsfirst.then_some(true),
        inbox_prefix: only(&flags.inbox_prefix),
        js_domain: only(&flags.js_domain),
        js_api_prefix: only(&flags.js_api_prefix),
    };
    (quick_mode || quick != QuickNats::default()).then_some(quick)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_and_nats_variables_count_in_quick_mode_only() {
        let env = |name: &str| (name == "NATS_URL" || name == "NATS_TOKEN").then(|| format!("from {name}"));
        let flags = Connection { server: Some("nats://a".into()), ..Connection::default() };
        let quick_mode = quick(&flags, true, &env).unwrap();
        assert_eq!(quick_mode.url.as_deref(), Some("nats://a"));
        assert_eq!(quick_mode.token.as_deref(), Some("from NATS_TOKEN"));
        assert_eq!(quick(&flags, false, &env).unwrap().token, None);
        assert_eq!(quick(&Connection::default(), false, &env), None);
        assert!(quick(&Connection::default(), true, &|_| None).is_some());
    }

    #[test]
    fn a_flag_has_its_variable() {
        assert_eq!(variable("json-out"), "NATSFORM_JSON_OUT");
    }
}
