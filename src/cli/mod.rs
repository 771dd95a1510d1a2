//! The command line: one file per command. Argument structs are the help; only this module knows a terminal, the
//! environment, `clap`, exit codes and signals.
//!
//! `run` reads the arguments, builds the runtime and lets one command do its work under [`signals::guarded`]. A command
//! loads and connects through [`session`], asks the engine, and hands what came to [`output`].

mod apply;
mod args;
mod completions;
mod destroy;
mod drift;
mod environment;
mod exit;
mod explain;
mod init;
mod man;
mod output;
mod plan;
mod progress;
mod prompt;
mod render;
mod schema;
mod session;
mod signals;
mod terminal;
mod unlock;
mod usage;
mod validate;

use crate::model::Exit;
use args::{Global, Output};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use signals::Stop;
use std::{ffi::OsString, process::ExitCode};
use terminal::Terminal;

/// Plan and apply NATS streams and consumers from YAML, without a state file
#[derive(Parser, Debug)]
#[command(
    name = "natsform",
    bin_name = "natsform",
    version,
    max_term_width = 80,
    propagate_version = true,
    disable_help_subcommand = true
)]
#[command(subcommand_required = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  natsform init                  write a starter project
  natsform validate              check the manifests, without any server
  natsform plan                  show what would change
  natsform apply                 show it, ask, and do it
  natsform drift                 tell what somebody else changed

Every --flag can be given as NATSFORM_FLAG in the environment (--json-out is
NATSFORM_JSON_OUT). Without a project file the NATS_* variables of the nats
command line count too.

Exit codes: 0 success, 1 error, 2 changes (plan --detailed-exitcode, drift),
3 refused, 4 stale, 5 locked, 6 partial, 7 incomplete read, 130/143 stopped.";

#[derive(Subcommand, Debug)]
enum Command {
    Validate(validate::Validate),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Drift(drift::Drift),
    Init(init::Init),
    Destroy(destroy::Destroy),
    Unlock(unlock::Unlock),
    Render(render::Render),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What every command gets.
struct Cx {
    terminal: Terminal,
    stop: Stop,
}

/// The whole command line, without any value of the environment.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs natsform with this process's arguments.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let exit = match parse(&arguments) {
        Ok(cli) => work(cli),
        Err(error) => usage::report(&error, &arguments),
    };
    ExitCode::from(exit.code())
}

fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = environment::with_variables(command()).color(usage::color(arguments));
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
}

fn work(cli: Cli) -> Exit {
    let cx = Cx { terminal: Terminal::new(&cli.global, cli.command.output()), stop: Stop::new() };
    if let Some(directory) = &cli.global.directory
        && let Err(error) = std::env::set_current_dir(directory)
    {
        return output::failed(&cx, &format!("cannot change to {}: {error}", directory.display()));
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&cx, &format!("no runtime: {error}")),
    };
    let exit = runtime.block_on(signals::guarded(dispatch(cli.command, &cx), &cx));
    // A thread that waits for an answer to a question must not hold the process.
    runtime.shutdown_background();
    if cx.terminal.failed() { exit.worst(Exit::Error) } else { exit }
}

impl Command {
    fn output(&self) -> &Output {
        match self {
            Self::Validate(c) => &c.output,
            Self::Plan(c) => &c.output,
            Self::Apply(c) => &c.output,
            Self::Drift(c) => &c.output,
            Self::Destroy(c) => &c.output,
            Self::Unlock(c) => &c.output,
            _ => const { &Output { format: args::Format::Text, json_out: None } },
        }
    }
}

async fn dispatch(command: Command, cx: &Cx) -> Exit {
    match command {
        Command::Validate(c) => c.run(cx),
        Command::Plan(c) => c.run(cx).await,
        Command::Apply(c) => c.run(cx).await,
        Command::Drift(c) => c.run(cx).await,
        Command::Init(c) => c.run(cx),
        Command::Destroy(c) => c.run(cx).await,
        Command::Unlock(c) => c.run(cx).await,
        Command::Render(c) => c.run(cx),
        Command::Explain(c) => c.run(cx).await,
        Command::Schema(c) => c.run(cx),
        Command::Completions(c) => c.run(cx),
        Command::Man(c) => c.run(cx),
    }
}

/// Flags of every command that reads manifests and connects.
#[derive(Args, Clone, Debug)]
struct Target {
    #[command(flatten)]
    manifests: args::Manifests,
    #[command(flatten)]
    connection: args::Connection,
}

#[cfg(test)]
mod tests;
