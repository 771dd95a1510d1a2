//! `natsform completions`.

use super::{Cx, command};
use crate::model::Exit;
use clap::Args;
use clap_complete::{Shell, generate};

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  natsform completions bash > /etc/bash_completion.d/natsform
  natsform completions zsh > ~/.zfunc/_natsform
  natsform completions fish > ~/.config/fish/completions/natsform.fish";

impl Completions {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        let mut script = Vec::new();
        generate(self.shell, &mut command(), "natsform", &mut script);
        cx.terminal.result(&String::from_utf8_lossy(&script));
        Exit::Ok
    }
}
