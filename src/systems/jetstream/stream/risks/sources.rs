//! NF2006: a source changes. The server knows a source by its name, filter and transforms: with another filter it is
//! another source, and everything that matches is imported again (measured: 10 messages became 30).

use super::Update;
use crate::{
    model::{Finding, Level, Value, json},
    systems::jetstream::fields::{instant, word_of},
};

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let none = Vec::new();
    let list = |config: &'_ Value| config["sources"].as_array().cloned().unwrap_or_else(|| none.clone());
    let (before, after) = (list(turn.before), list(turn.after));
    let mut out = Vec::new();
    for source in &after {
        let name = word_of(source, "name");
        let namesakes: Vec<&Value> = before.iter().filter(|b| b["name"] == source["name"]).collect();
        if namesakes.is_empty() {
            continue;
        }
        let message = match namesakes.iter().find(|b| identity(b) == identity(source)) {
            None => format!("everything that matches is imported again from {name}: messages appear twice"),
            Some(same) if start(same) != start(source) => {
                out.push(finding(
                    turn,
                    name,
                    Level::Note,
                    format!("the start of {name} has no effect after the first import"),
                ));
                continue;
            }
            Some(_) => continue,
        };
        out.push(finding(turn, name, Level::Risk, message));
    }
    out
}

fn finding(turn: &Update<'_>, name: &str, level: Level, message: String) -> Finding {
    let mut finding = turn.field("NF2006", level, "sources", message);
    finding.path = finding.path.map(|path| path.key(name));
    finding
}

/// What makes two sources one to the server.
fn identity(source: &Value) -> Value {
    let transforms = source["subject_transforms"].as_array().cloned().unwrap_or_default();
    let transforms: Vec<Value> = transforms.iter().map(|t| json!([word_of(t, "src"), word_of(t, "dest")])).collect();
    json!([word_of(source, "name"), word_of(source, "filter_subject"), transforms, word_of(&source["external"], "api")])
}

fn start(source: &Value) -> Value {
    json!([source["opt_start_seq"].as_u64().unwrap_or(0), instant(&source["opt_start_time"])])
}
