//! `natsform unlock`.

use super::{
    Cx, Target, args, output,
    prompt::{self, Answer},
    session,
};
use crate::{
    diag::Report,
    model::{Exit, Value, json},
    render::json::FORMAT_VERSION,
};
use clap::Args;

/// Take the lock away from whoever holds it
///
/// A run that ends gives its locks back, and those of one that was killed on this machine are taken over at once. From
/// elsewhere the lock of a project expires after 30 seconds. The lease of a directory of rule files carries nobody's
/// clock: only an apply that waits for it (`--lock-timeout` above 30 s) and sees it unchanged for so long takes it over.
/// This is for the rest. The holder is named.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Unlock {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    pub output: args::Output,
    /// Do it without a question
    #[arg(long, visible_alias = "auto-approve")]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  natsform unlock -e prod                 ask, then take it away
  natsform unlock -e prod --yes           without the question";

impl Unlock {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        if !self.yes {
            match prompt::ask(cx, "Take the lock away from whoever holds it?").await {
                Answer::Yes => {}
                Answer::No => return refused(cx, "not confirmed"),
                Answer::Nobody => return refused(cx, "there is no terminal to ask, and no --yes"),
            }
        }
        let mut report = Report::default();
        let held = match session::open(&self.target, &mut report).await {
            Ok(mut run) => run.unlock(&mut report).await,
            Err(exit) => Err(exit),
        };
        let json = |holder: Option<&str>, diagnostics: Vec<Value>| json!({"format_version": FORMAT_VERSION, "holder": holder, "diagnostics": diagnostics});
        match held {
            Ok(holders) => {
                // several where files that are shared with other projects have a lock of their own
                let holder = (!holders.is_empty()).then(|| holders.join("; "));
                let text = || match &holder {
                    Some(holder) => format!("Unlocked: {holder} held the lock.\n"),
                    None => "Nobody holds the lock.\n".into(),
                };
                output::finish(cx, &report, text, |d| json(holder.as_deref(), d))
            }
            Err(exit) => output::gave_up(cx, &report, exit, |d| json(None, d)),
        }
    }
}

fn refused(cx: &Cx, why: &str) -> Exit {
    output::failed(cx, &format!("refused, nothing was written: {why}"));
    Exit::Refused
}
