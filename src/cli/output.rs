//! How a command ends: problems to standard error or into the JSON, the result to standard output.

use super::{
    Cx,
    args::{Format, Manifests},
    environment, session,
    terminal::Terminal,
};
use crate::{
    diag::{Report, Severity},
    drivers::output::write,
    model::{Exit, Value, json},
    render::{self, json::FORMAT_VERSION},
};

/// Shows the problems of a run and its result. JSON gets both in one piece.
pub fn finish(cx: &Cx, report: &Report, text: impl FnOnce() -> String, json: impl FnOnce(Vec<Value>) -> Value) -> Exit {
    if cx.terminal.json {
        let json = json(report.to_json());
        print_json(&cx.terminal, &json);
        return save(cx, &json);
    }
    if cx.terminal.format != Format::Github {
        problems(&cx.terminal, report);
    }
    cx.terminal.result(&text());
    if cx.terminal.json_out.is_some() { save(cx, &json(report.to_json())) } else { Exit::Ok }
}

/// Gives the result as JSON only: to standard output where that is wanted there, and to the file.
pub fn silent(cx: &Cx, report: &Report, json: impl FnOnce(Vec<Value>) -> Value) -> Exit {
    let json = json(report.to_json());
    if cx.terminal.json {
        print_json(&cx.terminal, &json);
    }
    save(cx, &json)
}

/// Shows the problems of a run that came to no result. `json` is the result's form with nothing in it.
pub fn gave_up(cx: &Cx, report: &Report, exit: Exit, json: impl FnOnce(Vec<Value>) -> Value) -> Exit {
    gave_up_with(cx, report, exit, String::new, json)
}

/// The same for a command whose readers want to be told so on standard output.
pub fn gave_up_with(
    cx: &Cx,
    report: &Report,
    exit: Exit,
    text: impl FnOnce() -> String,
    json: impl FnOnce(Vec<Value>) -> Value,
) -> Exit {
    finish(cx, report, text, json);
    if !report.has_errors() && !cx.terminal.json {
        cx.terminal.error("the run did not come to a result");
    }
    exit
}

/// What a command that came to no result prints all the same: a comment of an earlier run is to be replaced, and the
/// problems belong at their lines.
pub fn no_result(cx: &Cx, report: &Report, what: &str, manifests: &Manifests) -> String {
    match cx.terminal.format {
        Format::Markdown => render::markdown::failed(what, &session::header(manifests), &report.diagnostics()),
        Format::Github => render::github::problems(&report.diagnostics(), &environment::from_repository()),
        Format::Text | Format::Json => String::new(),
    }
}

/// Shows a problem that has no place in any file.
pub fn failed(cx: &Cx, message: &str) -> Exit {
    if cx.terminal.json {
        print_json(&cx.terminal, &problem_json(message));
    } else {
        cx.terminal.error(message);
        if cx.terminal.format == Format::Github {
            cx.terminal.result(&render::github::error(message));
        }
    }
    Exit::Error
}

/// A problem as JSON, for arguments that could not be read.
pub fn bare_json(message: &str) {
    print_json(&Terminal::new(&super::Global::default(), &super::Output::default()), &problem_json(message));
}

fn problem_json(message: &str) -> Value {
    let diagnostic = json!({"code": "NF0000", "severity": "error", "message": message});
    json!({"format_version": FORMAT_VERSION, "complete": false, "diagnostics": [diagnostic]})
}

fn print_json(terminal: &Terminal, json: &Value) {
    terminal.result(&pretty(json));
}

/// JSON for a file or a pipe, ended by a newline.
pub fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string()) + "\n"
}

fn save(cx: &Cx, json: &Value) -> Exit {
    match &cx.terminal.json_out {
        Some(path) => match write(path, pretty(json).as_bytes()) {
            Ok(()) => Exit::Ok,
            Err(error) => {
                cx.terminal.error(&format!("{} could not be written: {error}", path.display()));
                Exit::Error
            }
        },
        None => Exit::Ok,
    }
}

/// Problems: with excerpts on a terminal, a line each elsewhere.
pub fn problems(terminal: &Terminal, report: &Report) {
    let quiet = terminal.quiet.then(|| report.without_notes());
    let report = quiet.as_ref().unwrap_or(report);
    if report.is_empty() {
        return;
    }
    if terminal.lively {
        terminal.talk(&report.render_fancy(terminal.color_err, terminal.width));
    } else {
        terminal.talk(&report.render_lines());
    }
    if report.has_errors() {
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let warnings = report.count(Severity::Warning);
        let tail = if warnings == 0 { String::new() } else { format!(", {}", count(warnings, "warning")) };
        terminal.say(&format!("{}{tail}", count(report.errors(), "error")));
    }
}
