//! `natsform schema`.

use super::{Cx, output};
use crate::{engine, model::Exit, systems};
use clap::Args;

/// Print the JSON Schema (draft-07) of a kind, or of all documents
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Schema {
    /// Kind of document, such as `Stream`
    kind: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  natsform schema > natsform.schema.json  for an editor
  natsform schema Stream                  one kind";

impl Schema {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        match engine::schema(self.kind.as_deref()) {
            Some(schema) => {
                cx.terminal.result(&output::pretty(&schema));
                Exit::Ok
            }
            None => {
                let names: Vec<_> = systems::kinds().map(|(_, kind)| kind.name()).collect();
                let kind = self.kind.unwrap_or_default();
                output::failed(cx, &format!("no kind `{kind}`; there are {}", names.join(", ")))
            }
        }
    }
}
