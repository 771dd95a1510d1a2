//! `natsform drift`.

use super::{Cx, Target, args, environment, exit, output, session};
use crate::{
    diag::Report,
    model::{Drifted, Exit},
    render,
};
use clap::Args;

/// Tell what somebody else changed
///
/// Compares the live objects with what natsform last wrote: changed outside, missing, unowned, and how much is declared
/// at all. It writes nothing. Exit code 2 means drift; unowned objects do not count.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
// what is reviewed goes into pull requests, too
#[command(mut_arg("format", |arg| arg.value_parser(args::formats(&[args::Format::Text, args::Format::Json, args::Format::Markdown, args::Format::Github]))))]
pub struct Drift {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    selection: args::Selection,
    // Understood as everywhere; a report deletes nothing, so little depends on it.
    #[command(flatten)]
    pruning: args::Pruning,
    #[command(flatten)]
    pub output: args::Output,
}

const EXAMPLES: &str = "\
Examples:
  natsform drift -e prod                  0 no drift, 2 drift
  natsform drift -e prod --format json    for programs
  natsform drift -t 'stream/*' -q         the report only, for cron";

impl Drift {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        let mut report = Report::default();
        match self.drift(&mut report).await {
            Ok(drifted) => {
                let text = || shown(cx, &report, &drifted);
                let saved = output::finish(cx, &report, text, |d| render::json::drift(&drifted, d));
                let errors = if report.has_errors() { Exit::Error } else { Exit::Ok };
                exit::drift(&drifted).worst(saved).worst(errors)
            }
            Err(exit) => {
                let text = || output::no_result(cx, &report, "drift", &self.target.manifests);
                output::gave_up_with(cx, &report, exit, text, |d| render::json::drift(&Drifted::default(), d))
            }
        }
    }

    async fn drift(&self, report: &mut Report) -> Result<Drifted, Exit> {
        let select = session::select(&self.selection);
        let prune = session::prune(self.pruning.prune);
        session::open_to_prune(&self.target, prune, report).await?.drift(&select, report).await
    }
}

fn shown(cx: &Cx, report: &Report, drifted: &Drifted) -> String {
    let (diagnostics, humanise) = (report.diagnostics(), &crate::engine::humanise);
    match cx.terminal.format {
        args::Format::Markdown => render::markdown::drift(drifted, &diagnostics, cx.terminal.verbose, humanise),
        args::Format::Github => render::github::drift(drifted, &diagnostics, &environment::from_repository()),
        args::Format::Text | args::Format::Json => render::drift(drifted, &cx.terminal.style(), humanise),
    }
}
