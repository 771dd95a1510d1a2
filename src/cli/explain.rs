//! `natsform explain`.

use super::{Cx, Target, output, session};
use crate::{diag::Report, model::Exit};
use clap::Args;

/// Show where an object's values come from
///
/// For each field: the declared value and its place, the live value, the default, who owns it, and what apply would do.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// Address of the object, such as `stream/ORDERS`
    address: String,
    #[command(flatten)]
    target: Target,
}

const EXAMPLES: &str = "\
Examples:
  natsform explain stream/ORDERS
  natsform explain consumer/ORDERS/billing -e prod";

impl Explain {
    /// Runs it.
    pub async fn run(self, cx: &Cx) -> Exit {
        let mut report = Report::default();
        let told = match session::open(&self.target, &mut report).await {
            Ok(mut run) => run.explain(&self.address, &mut report).await,
            Err(exit) => Err(exit),
        };
        output::problems(&cx.terminal, &report);
        match told {
            Ok(text) => {
                cx.terminal.result(&text);
                Exit::Ok
            }
            Err(exit) => exit,
        }
    }
}
