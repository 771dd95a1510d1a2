//! `natsform validate`.

use super::{Cx, args, environment, output, session};
use crate::{
    diag::Report,
    engine,
    model::{Exit, Value, json},
    render::{self, json::FORMAT_VERSION},
};
use clap::Args;

/// Check the manifests, without any server
///
/// Reads every document, resolves variables and overlays, and checks each object and what they say of each other. It
/// opens no connection, resolves no secret and runs no command.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("format", |arg| arg.value_parser(args::formats(&[args::Format::Text, args::Format::Json, args::Format::Github]))))]
pub struct Validate {
    #[command(flatten)]
    manifests: args::Manifests,
    #[command(flatten)]
    pub output: args::Output,
}

const EXAMPLES: &str = "\
Examples:
  natsform validate                       everything that the project names
  natsform validate -e prod               with the overlays of prod
  natsform validate -f streams/           one directory, no project file needed
  natsform validate --format json         problems as JSON
  natsform validate --format github       as annotations of a workflow";

impl Validate {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        let mut report = Report::default();
        let loaded = session::load(&self.manifests, &mut report);
        if let Some(loaded) = &loaded {
            engine::check(loaded, &mut report);
        }
        let objects = loaded.map(|loaded| loaded.resources.len()).filter(|_| !report.has_errors());
        let text = || match objects {
            _ if cx.terminal.format == args::Format::Github => {
                render::github::problems(&report.diagnostics(), &environment::from_repository())
            }
            Some(n) if !cx.terminal.quiet => format!("Valid: {n} object{}.\n", if n == 1 { "" } else { "s" }),
            _ => String::new(),
        };
        let saved = output::finish(cx, &report, text, |diagnostics| result(objects, diagnostics));
        if objects.is_some() { saved } else { Exit::Error }
    }
}

fn result(objects: Option<usize>, diagnostics: Vec<Value>) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "valid": objects.is_some(),
        "objects": objects,
        "diagnostics": diagnostics,
    })
}
