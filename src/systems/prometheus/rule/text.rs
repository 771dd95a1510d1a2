//! Texts with a grammar of Prometheus: how they are read, and when two say the same.

use crate::{
    model::{Value, json},
    promql::{self, Norm},
    units::UnitError,
};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

/// A fault of an expression, a duration or a template as the shape's decoder knows it.
pub fn fault(fault: promql::Fault) -> UnitError {
    UnitError { offset: fault.offset, len: fault.len, message: fault.message, help: fault.help }
}

/// Reads a duration: its canonical text (`90m` is `1h30m`).
pub fn read_duration(text: &str) -> Result<String, UnitError> {
    promql::parse_duration(text).map(promql::print_duration).map_err(fault)
}

/// Reads an expression: its author's own text.
pub fn read_expression(text: &str) -> Result<String, UnitError> {
    let expr = promql::parse(text).map_err(fault)?;
    remember(text, &expr.norm());
    Ok(text.to_owned())
}

/// A duration as Prometheus prints it; what is none stays as it is.
pub fn canonical_duration(v: &Value) -> Value {
    let ms = v.as_str().and_then(|text| promql::parse_duration(text).ok());
    ms.map_or_else(|| v.clone(), |ms| json!(promql::print_duration(ms)))
}

/// As [`canonical_duration`], where no time at all means that nothing is said.
pub fn canonical_interval(v: &Value) -> Value {
    let out = canonical_duration(v);
    if out == "0s" { Value::Null } else { out }
}

/// The normal form of an expression; of what cannot be read, its text without what surely says nothing.
pub fn canonical_expression(v: &Value) -> Value {
    v.as_str().map_or_else(|| v.clone(), |text| json!(normal(text)))
}

/// How many bytes of normal forms are remembered: those of some ten thousand rules.
const REMEMBERED: usize = 32 << 20;

/// Normal forms by text: a run asks for that of every expression several times, and each takes a whole parse.
#[derive(Default)]
struct Memory {
    forms: HashMap<String, String>,
    bytes: usize,
}

static MEMORY: LazyLock<Mutex<Memory>> = LazyLock::new(Mutex::default);

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The normal form of an expression's text.
pub fn normal(text: &str) -> String {
    let known = memory().forms.get(text).cloned();
    known.unwrap_or_else(|| remember(text, &promql::norm(text)))
}

fn remember(text: &str, norm: &Norm) -> String {
    let form = norm.text().to_owned();
    let mut memory = memory();
    if memory.bytes > REMEMBERED {
        *memory = Memory::default();
    }
    memory.bytes += text.len() + 3 * form.len();
    memory.forms.insert(text.to_owned(), form.clone());
    if matches!(norm, Norm::Parsed(_)) {
        // the normal form is its own, and mostly what a server shows
        memory.forms.insert(form.clone(), form.clone());
    }
    form
}

/// Whether every server takes a text as the name of a label: `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_plain_label(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Whether every server takes a text as the name of a metric: as a label's, and with colons.
pub fn is_plain_metric(name: &str) -> bool {
    is_plain_label(&name.replace(':', "_"))
}
