//! Expressions that were read: a run asks for the same one several times, and each reading takes a whole parse.

use super::Expr;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

/// How many bytes of text are remembered: those of some ten thousand rules. A tree takes some twenty times its text.
const REMEMBERED: usize = 4 << 20;

#[derive(Default)]
struct Memory {
    read: HashMap<String, Arc<Expr>>,
    bytes: usize,
}

static MEMORY: LazyLock<Mutex<Memory>> = LazyLock::new(Mutex::default);

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps an expression for [`parse_again`](super::parse_again).
pub fn keep(expr: Expr) {
    let mut memory = memory();
    if memory.bytes > REMEMBERED {
        *memory = Memory::default();
    }
    memory.bytes += expr.text.len();
    memory.read.insert(expr.text.clone(), Arc::new(expr));
}

/// An expression that was kept.
pub(super) fn read(text: &str) -> Option<Arc<Expr>> {
    memory().read.get(text).cloned()
}
