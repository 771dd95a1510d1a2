//! `natsform man`.

use super::{Cx, command, output};
use crate::model::Exit;
use clap::Args;

/// Print the manual page of natsform or of one command
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// Command whose page is wanted
    command: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  natsform man | man -l -                 read it now
  natsform man apply > natsform-apply.1   one command's page";

impl Man {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        let mut all = command();
        all.build();
        let page = match &self.command {
            None => Some(all),
            Some(name) => all.find_subcommand(name).map(|c| c.clone().name(format!("natsform-{name}"))),
        };
        let Some(page) = page else {
            return output::failed(cx, &format!("no command `{}`", self.command.unwrap_or_default()));
        };
        let mut text = Vec::new();
        if let Err(error) = clap_mangen::Man::new(page).render(&mut text) {
            return output::failed(cx, &format!("the page could not be made: {error}"));
        }
        cx.terminal.result(&String::from_utf8_lossy(&text));
        Exit::Ok
    }
}
