//! The flags that commands share. Names are a contract with scripts (docs: command line). Doc comments are the help.
//!
//! Every long flag can also be given as `NATSFORM_<FLAG>`: [`super::environment`] adds that to all of them.

use clap::{
    ArgAction, Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::{path::PathBuf, time::Duration};

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Change to this directory first
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub color: Color,
    /// Print the result, errors and warnings only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show unchanged objects too, and take groups apart
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// When to use colour.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// How the result is printed.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Form of the result on standard output
    #[arg(long, value_parser = formats(&[Format::Text, Format::Json]), default_value = "text", value_name = "FORMAT")]
    pub format: Format,
    /// Write the result as JSON to this file too
    #[arg(long, value_name = "FILE")]
    pub json_out: Option<PathBuf>,
}

/// The form of a result.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Json,
    /// A comment on a pull request.
    Markdown,
    /// Annotations of a GitHub workflow.
    Github,
}

/// Reads those of the formats that a command has.
pub fn formats(some: &[Format]) -> impl TypedValueParser<Value = Format> + use<> {
    // the word is one of the list, so that it is a format
    let read = |word: String| Format::from_str(&word, true).unwrap_or_default();
    let words = some.iter().filter_map(ValueEnum::to_possible_value).map(|word| word.get_name().to_owned());
    PossibleValuesParser::new(words).map(read)
}

/// Which manifests, and for which environment.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Manifests")]
pub struct Manifests {
    /// Read this file or directory (can be repeated; `-` is standard input)
    ///
    /// Without a project file it takes the place of one; inside a project it narrows to what it holds, and nothing
    /// outside it is pruned.
    #[arg(short, long, value_name = "PATH")]
    pub file: Vec<PathBuf>,
    /// Environment of the project file
    #[arg(short, long, value_name = "NAME")]
    pub env: Option<String>,
    /// Project id, where there is no project file
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// Take the connections from this file instead of the project file
    #[arg(long, value_name = "FILE")]
    pub environment_file: Option<PathBuf>,
    /// Refuse documents whose system the environment does not configure
    #[arg(long)]
    pub all_systems: bool,
    /// Let secrets be read from this directory too (can be repeated)
    #[arg(long, value_name = "DIR")]
    pub secret_dir: Vec<PathBuf>,
}

/// How to connect: the names of the `nats` command line. They win over the project file.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// NATS server URLs, separated by commas
    #[arg(long, value_name = "URL[,URL]")]
    pub server: Option<String>,
    /// Context of the nats command line
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Credentials file
    #[arg(long, value_name = "FILE")]
    pub creds: Option<String>,
    /// File with an nkey seed
    #[arg(long, value_name = "FILE")]
    pub nkey: Option<String>,
    /// User name
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Password of the user
    #[arg(long, value_name = "PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Token
    #[arg(long, value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// File with the certificates to trust
    #[arg(long, value_name = "FILE")]
    pub tlsca: Option<String>,
    /// File with the client's certificate
    #[arg(long, value_name = "FILE")]
    pub tlscert: Option<String>,
    /// File with the client's private key
    #[arg(long, value_name = "FILE")]
    pub tlskey: Option<String>,
    /// Start TLS before the server speaks
    #[arg(long)]
    pub tlsfirst: bool,
    /// Prefix of inbox subjects
    #[arg(long, value_name = "PREFIX")]
    pub inbox_prefix: Option<String>,
    /// JetStream domain
    #[arg(long, value_name = "DOMAIN")]
    pub js_domain: Option<String>,
    /// JetStream API prefix
    #[arg(long, value_name = "PREFIX")]
    pub js_api_prefix: Option<String>,
    /// Bound of one connection attempt and of one request
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Refuse to work with any other cluster
    #[arg(long, value_name = "NAME")]
    pub expect_cluster: Option<String>,
    /// Let manifests and environments run commands for secrets
    #[arg(long)]
    pub allow_commands: bool,
}

/// Which objects.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Only objects whose address matches (can be repeated)
    ///
    /// For example `stream/ORDERS` or `consumer/ORDERS/*`. Matching nothing is an error; nothing outside is pruned.
    #[arg(short, long, value_name = "GLOB")]
    pub target: Vec<String>,
    /// Only objects with this label (can be repeated)
    #[arg(short = 'l', long, value_name = "KEY=VALUE", value_parser = label)]
    pub select: Vec<(String, String)>,
}

/// What may become of objects that are not ours.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Ownership")]
pub struct Adoption {
    /// Which live objects that nobody owns may become ours
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub adopt: Adopt,
}

/// Which live objects that nobody owns may become ours.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopt {
    /// None: each blocks its step
    Never,
    /// Those whose declared fields are equal already
    #[default]
    Matching,
    /// All: those that differ are changed
    Always,
}

/// What may become of owned objects that left the manifests.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Deletion")]
pub struct Pruning {
    /// What happens to owned objects that left the manifests [default: report]
    ///
    /// Without a project file, `delete` needs `--project`.
    #[arg(long, value_enum, value_name = "HOW")]
    pub prune: Option<Prune>,
    /// Refuse more deletes than this [default: 20, and 10 %]
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<usize>,
}

/// What happens to owned objects that left the manifests.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// Nothing, not even a word
    Never,
    /// They are listed
    Report,
    /// They are deleted, under the guards
    Delete,
}

/// Losses that may happen.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Risk")]
pub struct Acknowledgement {
    /// Acknowledge a loss, by the token that the plan shows (can be repeated)
    #[arg(long, value_name = "TOKEN")]
    pub ack: Vec<String>,
}

/// How writes happen.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Apply")]
pub struct Applying {
    /// Answer the prompt with yes, and nothing else
    #[arg(long, visible_alias = "auto-approve")]
    pub yes: bool,
    /// Do what can be done where steps are blocked or not acknowledged
    #[arg(long)]
    pub allow_partial: bool,
    /// Wait this long for somebody else's lock
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub lock_timeout: Duration,
    /// Work without a lock
    #[arg(long)]
    pub no_lock: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let ns = crate::units::parse_duration(text).map_err(|e| match e.help {
        Some(help) => format!("{} ({help})", e.message),
        None => e.message,
    })?;
    u64::try_from(ns).map(Duration::from_nanos).map_err(|_| "a duration that is not negative is wanted".into())
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE is wanted".into()),
    }
}

/// Values of the environment's list flags may be separated by commas where a single value never holds one.
pub const LISTS: &[&str] = &["ack", "target", "select", "fail_on"];

/// Whether an argument is a flag without a value.
pub fn is_switch(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read() {
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert!(duration("5").is_err());
        assert!(duration("-1s").is_err());
        assert_eq!(label("team=edr=x"), Ok(("team".into(), "edr=x".into())));
        assert!(label("team").is_err() && label("=x").is_err());
    }
}
