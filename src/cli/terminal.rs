//! The one place that writes to standard output and standard error and reads an answer.
//!
//! Results go to standard output, talk to standard error. A closed pipe (`natsform plan | head`) is no error: what is
//! left is dropped quietly and the work goes on.

use super::{
    args::{Color, Format, Global, Output},
    environment,
};
use crate::render::Style;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

/// Columns where there is no terminal that has some.
const WIDTH: usize = 100;
/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 120;

/// Standard streams and what the user wants of them.
#[derive(Debug)]
pub struct Terminal {
    pub color_out: bool,
    pub color_err: bool,
    /// Whether standard error is a terminal: graphical diagnostics, live progress.
    pub lively: bool,
    /// Whether a question can be asked: standard input is a terminal and standard error shows the question.
    pub can_ask: bool,
    pub width: usize,
    pub quiet: bool,
    pub verbose: bool,
    pub format: Format,
    /// Whether standard output is JSON.
    pub json: bool,
    pub json_out: Option<PathBuf>,
    /// Standard output could not be written, for another reason than a closed pipe.
    broken: AtomicBool,
}

impl Terminal {
    /// The terminal as the flags and the environment want it.
    pub fn new(global: &Global, output: &Output) -> Self {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let width = columns().filter(|_| out).map_or(WIDTH, |n| n.clamp(40, WIDEST));
        Self {
            color_out: color(global.color, out, &environment::get),
            color_err: color(global.color, err, &environment::get),
            lively: err && environment::get("TERM").as_deref() != Some("dumb"),
            can_ask: io::stdin().is_terminal() && err,
            width,
            quiet: global.quiet,
            verbose: global.verbose,
            format: output.format,
            json: output.format == Format::Json,
            json_out: output.json_out.clone(),
            broken: AtomicBool::new(false),
        }
    }

    /// How results look.
    pub fn style(&self) -> Style {
        Style { color: self.color_out, width: self.width, verbose: self.verbose }
    }

    /// Writes a part of the result.
    pub fn result(&self, text: &str) {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
            && error.kind() != io::ErrorKind::BrokenPipe
            && !self.broken.swap(true, Ordering::Relaxed)
        {
            self.error(&format!("standard output could not be written: {error}"));
        }
    }

    /// Writes talk, as it is.
    pub fn talk(&self, text: &str) {
        let mut err = io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Writes one line of talk that `-q` leaves out.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.talk(&format!("{}\n", clean(text)));
        }
    }

    /// Writes one line that begins with `error: `.
    pub fn error(&self, text: &str) {
        let word = if self.color_err { "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m" } else { "error:" };
        self.talk(&format!("{word} {}\n", clean(text)));
    }

    /// Writes one line that begins with `hint: `, which `-q` leaves out.
    pub fn hint(&self, text: &str) {
        let word = if self.color_err { "\u{1b}[36mhint:\u{1b}[0m" } else { "hint:" };
        if !self.quiet {
            self.talk(&format!("{word} {}\n", clean(text)));
        }
    }

    /// Whether standard output could not be written.
    pub fn failed(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

/// Reads a line from standard input; `None` at its end.
pub fn answer() -> Option<String> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// Whether a stream gets colour. A flag wins, then `NO_COLOR`, then `CLICOLOR_FORCE`, then what the stream is.
pub fn color(flag: Color, terminal: bool, getenv: &dyn Fn(&str) -> Option<String>) -> bool {
    match flag {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if getenv("NO_COLOR").is_some() => false,
        Color::Auto if getenv("CLICOLOR_FORCE").is_some_and(|v| v != "0") => true,
        Color::Auto => {
            terminal && getenv("TERM").as_deref() != Some("dumb") && getenv("CLICOLOR").as_deref() != Some("0")
        }
    }
}

/// Text without control characters: it may hold a server's or a file's words.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// All of standard input; `None` where it cannot be read.
pub fn read_stdin() -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).ok().map(|_| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_flag_then_environment_then_stream() {
        let env = |set: &'static str| {
            move |name: &str| set.split_once('=').filter(|(k, _)| *k == name).map(|(_, v)| v.to_owned())
        };
        assert!(color(Color::Always, false, &env("NO_COLOR=1")));
        assert!(!color(Color::Never, true, &env("CLICOLOR_FORCE=1")));
        assert!(!color(Color::Auto, true, &env("NO_COLOR=1")));
        assert!(color(Color::Auto, false, &env("CLICOLOR_FORCE=1")));
        assert!(!color(Color::Auto, false, &env("CLICOLOR_FORCE=0")));
        assert!(!color(Color::Auto, true, &env("TERM=dumb")));
        assert!(!color(Color::Auto, true, &env("CLICOLOR=0")));
        assert!(color(Color::Auto, true, &env("TERM=xterm")));
        assert!(!color(Color::Auto, false, &env("TERM=xterm")));
    }
}
