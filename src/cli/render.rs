//! `natsform render`.

use super::{Cx, args, output, session};
use crate::{diag::Report, manifest, model::Exit};
use clap::Args;

/// Print the final documents as YAML
///
/// Variables, defaults and overlays are applied; nothing is read from a server, no secret is resolved.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Render {
    #[command(flatten)]
    manifests: args::Manifests,
}

const EXAMPLES: &str = "\
Examples:
  natsform render -e prod                 what prod declares in the end
  natsform render -f streams/ | less      of one directory";

impl Render {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        let mut report = Report::default();
        let loaded = session::load(&self.manifests, &mut report);
        output::problems(&cx.terminal, &report);
        match loaded {
            Some(loaded) => {
                cx.terminal.result(&manifest::render_documents(&loaded));
                Exit::Ok
            }
            None => Exit::Error,
        }
    }
}
