//! `natsform destroy`.

use super::{Cx, Target, apply, args, session};
use crate::{engine::PlanOptions, model::Exit};
use clap::Args;

/// Delete what the manifests declare and this project owns
///
/// Shows the deletes, asks, and does them, under the same guards as apply: protected objects stay, data is deleted only
/// with its acknowledgement. The inventory bucket is left alone.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Destroy {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    selection: args::Selection,
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
  natsform destroy -e local               everything of the local environment
  natsform destroy -t 'consumer/ORDERS/*' some objects only
  natsform destroy -e local --yes --max-deletes 100
                                          without the question, for scripts";

impl Destroy {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        let options = PlanOptions {
            select: session::select(&self.selection),
            adopt: session::adopt(args::Adopt::Never),
            prune: session::prune(self.pruning.prune),
            max_deletes: self.pruning.max_deletes,
            acks: self.acknowledgement.ack,
            destroy: true,
            report_only: false,
        };
        apply::carry_out(cx, &self.target, &options, &self.applying).await
    }
}
