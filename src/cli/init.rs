//! `natsform init`.

use super::{Cx, output};
use crate::{drivers::output as files, engine, model::Exit};
use clap::Args;
use std::path::{Path, PathBuf};

/// Write a starter project; nothing is ever overwritten
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// Directory of the project (default: the working directory)
    // an id of its own: `directory` is that of `-C`, and one value would be both
    #[arg(id = "project_directory", value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  natsform init                           here
  natsform init messaging                 in a new directory";

/// What a starter project holds.
pub const STARTER: &[(&str, &str)] = &[
    ("natsform.yaml", include_str!("starter/natsform.yaml")),
    ("manifests/streams.yaml", include_str!("starter/streams.yaml")),
];

/// What editors check the starter's files with.
const SCHEMA: &str = "natsform.schema.json";

impl Init {
    /// Runs it.
    pub fn run(self, cx: &Cx) -> Exit {
        let directory = self.directory.unwrap_or_default();
        let schema = engine::schema(None).map(|schema| output::pretty(&schema)).unwrap_or_default();
        let mut paths: Vec<(PathBuf, &str)> =
            STARTER.iter().map(|(name, text)| (directory.join(name), *text)).collect();
        paths.push((directory.join(SCHEMA), &schema));
        let there: Vec<String> =
            paths.iter().filter(|(path, _)| files::exists(path)).map(|(path, _)| path.display().to_string()).collect();
        if !there.is_empty() {
            return output::failed(
                cx,
                &format!("nothing was written, because there is already {}", there.join(" and ")),
            );
        }
        for (path, text) in &paths {
            if let Err(error) = files::create(path, text.as_bytes()) {
                return output::failed(cx, &format!("{} could not be written: {error}", path.display()));
            }
            cx.terminal.result(&format!("wrote {}\n", path.display()));
        }
        cx.terminal.hint(&next(&directory));
        Exit::Ok
    }
}

fn next(directory: &Path) -> String {
    let place = if directory.as_os_str().is_empty() { String::new() } else { format!(" -C {}", directory.display()) };
    format!("look at the files, then run `natsform{place} plan`")
}
