//! Arguments that cannot be understood: exit 1, never clap's own 2.

use super::{
    args::{Color, Format},
    environment, output, terminal,
};
use crate::model::Exit;
use clap::{ColorChoice, Error, ValueEnum, error::ErrorKind};
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
};

/// Prints help, the version or what is wrong.
pub fn report(error: &Error, arguments: &[OsString]) -> Exit {
    // A closed pipe is no error, and there is nowhere else to tell any other.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Exit::Ok,
        _ if wanted::<Format>(arguments, "format") == Some(Format::Json) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            output::bare_json(first);
        }
        _ => {}
    }
    Exit::Error
}

/// Whether clap's own texts get colour: known before the arguments are read.
pub fn color(arguments: &[OsString]) -> ColorChoice {
    let flag = wanted::<Color>(arguments, "color").unwrap_or_default();
    let terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    if terminal::color(flag, terminal, &environment::get) { ColorChoice::Always } else { ColorChoice::Never }
}

/// The value of a flag in arguments that may be wrong elsewhere.
fn wanted<T: ValueEnum>(arguments: &[OsString], flag: &str) -> Option<T> {
    let (long, assigned) = (format!("--{flag}"), format!("--{flag}="));
    let texts: Vec<&str> = arguments.iter().filter_map(|a| a.to_str()).take_while(|a| *a != "--").collect();
    let given = texts.iter().enumerate().rev().find_map(|(i, text)| match text.strip_prefix(&assigned) {
        Some(value) => Some(value.to_owned()),
        None if *text == long => texts.get(i + 1).map(|v| (*v).to_owned()),
        None => None,
    });
    let text = given.or_else(|| environment::get(&environment::variable(flag)))?;
    T::from_str(&text, true).ok()
}
