//! `natsform plan`.

use super::{
    Cx, Target, args, environment,
    exit::{self, FailOn},
    output, session,
};
use crate::{
    diag::Report,
    engine::PlanOptions,
    model::{Exit, Planned},
    render,
};
use clap::Args;

/// Show what apply would do
///
/// Reads the manifests and the live systems and shows every change, its risk first. It writes nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
// what is reviewed goes into pull requests, too
#[command(mut_arg("format", |arg| arg.value_parser(args::formats(&[args::Format::Text, args::Format::Json, args::Format::Markdown, args::Format::Github]))))]
pub struct Plan {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    selection: args::Selection,
    #[command(flatten)]
    adoption: args::Adoption,
    #[command(flatten)]
    pruning: args::Pruning,
    #[command(flatten)]
    acknowledgement: args::Acknowledgement,
    #[command(flatten)]
    pub output: args::Output,
    /// Exit with 2 where there are changes
    #[arg(long, help_heading = "Output")]
    detailed_exitcode: bool,
    /// Exit with 3 where the plan holds such a thing (can be repeated)
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Output")]
    fail_on: Vec<FailOn>,
}

const EXAMPLES: &str = "\
Examples:
  natsform plan                           the default environment
  natsform plan -e prod -t 'stream/ORD*'  some objects of prod
  natsform plan --prune delete            with what left the manifests
  natsform plan --detailed-exitcode       0 nothing to do, 2 changes
  natsform plan --format markdown         a comment for a pull request
  natsform plan -f streams/ --server nats://127.0.0.1:4222
                                          without a project file";

impl Plan {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        let mut report = Report::default();
        match self.plan(&mut report).await {
            Ok(planned) => {
                // the process ends after this: nobody needs to take thousands of rules apart first
                let planned = std::mem::ManuallyDrop::new(planned);
                let end = exit::plan(&planned, self.detailed_exitcode, &self.fail_on);
                let saved = output::finish(
                    cx,
                    &report,
                    || self.shown(cx, &report, &planned),
                    |d| render::json::plan(&planned, d),
                );
                let errors = if report.has_errors() { Exit::Error } else { Exit::Ok };
                end.worst(saved).worst(errors)
            }
            Err(exit) => {
                let text = || output::no_result(cx, &report, "plan", &self.target.manifests);
                output::gave_up_with(cx, &report, exit, text, |d| render::json::plan(&Planned::default(), d))
            }
        }
    }

    fn shown(&self, cx: &Cx, report: &Report, planned: &Planned) -> String {
        let diagnostics = report.diagnostics();
        match cx.terminal.format {
            args::Format::Markdown => {
                render::markdown::plan(planned, &diagnostics, cx.terminal.verbose, &crate::engine::humanise)
            }
            args::Format::Github => render::github::plan(planned, &diagnostics, &environment::from_repository()),
            args::Format::Text | args::Format::Json => text(cx, planned),
        }
    }

    async fn plan(&self, report: &mut Report) -> Result<Planned, Exit> {
        let options = PlanOptions {
            select: session::select(&self.selection),
            adopt: session::adopt(self.adoption.adopt),
            prune: session::prune(self.pruning.prune),
            max_deletes: self.pruning.max_deletes,
            acks: self.acknowledgement.ack.clone(),
            destroy: false,
            report_only: false,
        };
        session::open_to_prune(&self.target, options.prune, report).await?.plan(&options, report).await
    }
}

/// A plan as text.
pub fn text(cx: &Cx, planned: &Planned) -> String {
    render::plan(planned, &cx.terminal.style(), &crate::engine::humanise)
}
