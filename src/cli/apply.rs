//! `natsform apply`, and the way from a plan to writes that `destroy` shares.

use super::{
    Cx, Target, args, exit, output, plan,
    progress::Progress,
    prompt::{self, Answer},
    session,
};
use crate::{
    diag::Report,
    engine::{ApplyOptions, PlanOptions},
    model::{Applied, Exit, Planned, StepOutcome, StepResult},
    render,
};
use clap::Args;

/// Show what would change, ask, and do it
///
/// Plans as `natsform plan` does and asks before it writes. Every step is reported as done, already so, failed, stale or
/// not started. Running it again does what is left.
///
/// A change that destroys data is refused until it is acknowledged with the token that the plan shows.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
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
    applying: args::Applying,
    #[command(flatten)]
    pub output: args::Output,
}

const EXAMPLES: &str = "\
Examples:
  natsform apply                          plan, ask, apply
  natsform apply -e prod --yes            without the question, for scripts
  natsform apply --ack 'NF2003:stream/ORDERS@APP:8c1f<=68M'
                                          with a loss that the plan showed
  natsform apply --allow-partial          what can be done now
  natsform apply --lock-timeout 2m        wait for another run to end";

impl Apply {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        let options = PlanOptions {
            select: session::select(&self.selection),
            adopt: session::adopt(self.adoption.adopt),
            prune: session::prune(self.pruning.prune),
            max_deletes: self.pruning.max_deletes,
            acks: self.acknowledgement.ack,
            destroy: false,
            report_only: false,
        };
        carry_out(cx, &self.target, &options, &self.applying).await
    }
}

/// Plans, asks and applies.
pub async fn carry_out(cx: &Cx, target: &Target, options: &PlanOptions, applying: &args::Applying) -> Exit {
    let mut report = Report::default();
    let empty = |d| render::json::apply(&Applied::default(), d);
    let mut run = match session::open_to_prune(target, options.prune, &mut report).await {
        Ok(run) => run,
        Err(exit) => return output::gave_up(cx, &report, exit, empty),
    };
    let planned = match run.plan(options, &mut report).await {
        Ok(planned) => planned,
        Err(exit) => return output::gave_up(cx, &report, exit, empty),
    };
    if let Some(exit) = before_writes(cx, &report, &planned, options, applying).await {
        return exit;
    }
    let settings = ApplyOptions {
        allow_partial: applying.allow_partial,
        lock: !applying.no_lock,
        lock_timeout: applying.lock_timeout,
    };
    let progress = Progress::new(cx, planned.scoped);
    let stop = cx.stop.listen();
    let applied = run.apply(planned, &settings, stop, &progress).await;
    cx.stop.over();
    progress.clear();
    let text = || format!("\n{}", render::apply(&applied, &cx.terminal.style()));
    let saved = after_writes(cx, &report, &applied, text);
    exit::apply(&applied).worst(saved)
}

/// Shows the plan and gets leave to write. `Some` ends the run.
async fn before_writes(
    cx: &Cx,
    report: &Report,
    planned: &Planned,
    options: &PlanOptions,
    applying: &args::Applying,
) -> Option<Exit> {
    if !cx.terminal.json {
        output::problems(&cx.terminal, report);
        cx.terminal.result(&plan::text(cx, planned));
    } else if !applying.yes && cx.terminal.can_ask {
        cx.terminal.talk(&plan::text(cx, planned));
    }
    if report.has_errors() {
        return Some(ended(cx, report, planned, Exit::Error, "the plan has errors"));
    }
    let refusals = exit::refusals(planned, applying.allow_partial);
    if !refusals.is_empty() {
        let why = refusals.join("; ");
        let exit = ended(cx, report, planned, Exit::Refused, &why);
        cx.terminal.error(&format!("refused, nothing was written: {why}"));
        if exit::refusals(planned, true).is_empty() {
            cx.terminal.hint("--allow-partial does the rest");
        }
        return Some(exit);
    }
    if planned.plan.changes().next().is_none() {
        return Some(ended(cx, report, planned, exit::plan(planned, false, &[]), ""));
    }
    if applying.yes {
        return None;
    }
    match prompt::ask(cx, &question(planned, options)).await {
        Answer::Yes => None,
        Answer::No => {
            cx.terminal.error("not confirmed, nothing was written");
            Some(ended(cx, report, planned, Exit::Refused, "not confirmed"))
        }
        Answer::Nobody => {
            cx.terminal.error("refused, nothing was written: there is no terminal to ask, and no --yes");
            Some(ended(cx, report, planned, Exit::Refused, "there is no terminal to ask, and no --yes"))
        }
    }
}

fn question(planned: &Planned, options: &PlanOptions) -> String {
    let what = if options.destroy { "Delete these objects from" } else { "Apply these changes to" };
    format!("{what} {}?", planned.header.environment)
}

/// The end of a run that wrote nothing: its plan is shown already, JSON still lists every step.
fn ended(cx: &Cx, report: &Report, planned: &Planned, exit: Exit, why: &str) -> Exit {
    let applied = not_started(planned, exit, why);
    let json = |d| render::json::apply(&applied, d);
    let saved =
        if cx.terminal.json || cx.terminal.json_out.is_some() { output::silent(cx, report, json) } else { Exit::Ok };
    exit.worst(saved)
}

fn not_started(planned: &Planned, exit: Exit, why: &str) -> Applied {
    let steps = planned.plan.changes().map(|s| StepResult {
        address: s.address.clone(),
        action: s.action,
        outcome: StepOutcome::NotStarted,
        error: Some(s.verdict.why().unwrap_or_else(|| why.to_owned())),
        notes: Vec::new(),
    });
    let refusals = match exit {
        Exit::Refused => vec![why.to_owned()],
        _ => planned.refusals.clone(),
    };
    let steps = steps.collect();
    Applied { steps, planned: Planned { refusals, ..planned.clone() }, exit: Some(exit), ..Applied::default() }
}

fn after_writes(cx: &Cx, report: &Report, applied: &Applied, text: impl FnOnce() -> String) -> Exit {
    let json = |d| render::json::apply(applied, d);
    if cx.terminal.json {
        return output::silent(cx, report, json);
    }
    cx.terminal.result(&text());
    if cx.terminal.json_out.is_some() { output::silent(cx, report, json) } else { Exit::Ok }
}
