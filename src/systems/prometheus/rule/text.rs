//! Texts with a grammar of Prometheus: how they are read, and when two say the same.

use crate::{
    model::{Value, json},
    promql::{self, Norm},
    units::UnitError,
};
use rayon::prelude::*;
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
    if memory().known.get(text).is_some_and(|known| known.valid) {
        return Ok(text.to_owned());
    }
    let expr = promql::parse(text).map_err(fault)?;
    remember(text, &expr.norm(), true, promql::needs(&expr).is_empty());
    promql::keep(expr);
    Ok(text.to_owned())
}

/// Reads expressions on all processors, so that [`read_expression`] knows those that are valid.
pub fn read_ahead(texts: &[&str]) {
    texts.par_iter().for_each(|text| drop(read_expression(text)));
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

/// What was found out about an expression.
#[derive(Clone)]
struct Known {
    normal: String,
    /// Whether it was read as an expression.
    valid: bool,
    /// Whether it is known that every server can read it.
    plain: bool,
}

/// What is known, by text: a run asks about every expression several times, and each answer takes a whole parse.
#[derive(Default)]
struct Memory {
    known: HashMap<String, Known>,
    bytes: usize,
}

static MEMORY: LazyLock<Mutex<Memory>> = LazyLock::new(Mutex::default);

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The normal form of an expression's text.
pub fn normal(text: &str) -> String {
    let known = memory().known.get(text).map(|known| known.normal.clone());
    known.unwrap_or_else(|| remember(text, &promql::norm(text), false, false))
}

/// Whether it is known of a text that every server can read it.
pub fn is_plain_expression(text: &str) -> bool {
    memory().known.get(text).is_some_and(|known| known.plain)
}

fn remember(text: &str, norm: &Norm, valid: bool, plain: bool) -> String {
    let known = Known { normal: norm.text().to_owned(), valid, plain };
    let normal = known.normal.clone();
    let mut memory = memory();
    if memory.known.get(text).is_some_and(|known| known.valid) {
        return normal;
    }
    if memory.bytes > REMEMBERED {
        *memory = Memory::default();
    }
    memory.bytes += text.len() + 3 * normal.len();
    if matches!(norm, Norm::Parsed(_)) {
        // the normal form is its own, and mostly what a server shows
        memory.known.entry(normal.clone()).or_insert_with(|| known.clone());
    }
    memory.known.insert(text.to_owned(), known);
    normal
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
