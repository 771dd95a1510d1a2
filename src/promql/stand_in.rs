//! Expressions that promql-parser need not read once more.
//!
//! The crate compiles the pattern of every matcher, ten times what all the rest of an expression takes, and that rest is
//! most of what natsform does with thousands of rules. But both come again and again: patterns (`5..`, `.+`), and
//! expressions that differ in the value of a label alone. So the crate is given plain texts for values: for a pattern
//! only where it has taken it before, and where neither matches the empty value, of which the crate takes notice. What it
//! prints is remembered by what it was given, and the values are put back.

use super::lex::{Kind, Token};
use super::string;
use promql_parser::parser;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

/// What stand-ins begin with. A text that holds this has none.
const MARK: &str = "natsform~";

/// How many patterns are remembered, and how many texts.
const REMEMBERED: usize = 10_000;

/// What is known of a pattern.
#[derive(Clone)]
enum Known {
    /// It was seen once: one that never comes again is not worth a question.
    Seen,
    /// It has to be compiled: it is no pattern, or it matches the empty value, of which the crate takes notice.
    Needed,
    /// How the crate prints it, quotes included.
    Printed(String),
}

static PATTERNS: LazyLock<Mutex<HashMap<String, Known>>> = LazyLock::new(Mutex::default);

/// What the crate printed of a text with stand-ins.
static PRINTED: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

fn memory<T>(of: &'static Mutex<HashMap<String, T>>) -> MutexGuard<'static, HashMap<String, T>> {
    let mut memory = of.lock().unwrap_or_else(PoisonError::into_inner);
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory
}

/// What the crate printed of a text before.
pub(crate) fn printed(text: &str) -> Option<String> {
    memory(&PRINTED).get(text).cloned()
}

/// Remembers what the crate printed of a text.
pub(crate) fn remember(text: String, printed: String) {
    memory(&PRINTED).insert(text, printed);
}

/// What stands in an expression for its values.
#[derive(Default)]
pub(crate) struct StandIns {
    /// Words for tokens, by their index: an operator, or a text.
    words: HashMap<usize, String>,
    /// What is printed, and what should be.
    back: Vec<(String, String)>,
}

impl StandIns {
    /// Finds what something can stand for.
    pub(crate) fn of(text: &str, tokens: &[Token]) -> Self {
        let mut out = Self::default();
        if text.contains(MARK) {
            return out;
        }
        let (mut selector, mut matchers) = (0, Vec::new());
        let mut times: HashMap<(usize, &str), usize> = HashMap::new();
        for (i, three) in tokens.windows(3).enumerate() {
            let [label, op, pattern] = three else { continue };
            let (name, label, op) = (label.kind == Kind::Word, label.span.of(text), op.span.of(text));
            match op {
                "{" => selector += 1,
                "=" | "!=" | "=~" | "!~" if name => {
                    *times.entry((selector, label)).or_default() += 1;
                    matchers.push(((selector, label), i + 1, op, *pattern));
                }
                _ => {}
            }
        }
        for (of, at, op, pattern) in matchers {
            // the crate prints the matchers of a selector in order: two of one label would change places
            if pattern.kind == Kind::Text && of.1 != "__name__" && times.get(&of) == Some(&1) {
                out.add(at, op, pattern.span.of(text));
            }
        }
        out
    }

    fn add(&mut self, at: usize, op: &str, quoted: &str) {
        let (plain, printed) = match op {
            "=~" => ("=", known(quoted)),
            "!~" => ("!=", known(quoted)),
            _ => (op, printed_as_it_is(quoted)),
        };
        if let Some(printed) = printed {
            let stand_in = format!("\"{MARK}{}\"", self.back.len());
            self.back.push((format!("{plain}{stand_in}"), format!("{op}{printed}")));
            self.words.insert(at, plain.to_owned());
            self.words.insert(at + 1, stand_in);
        }
    }

    /// Whether nothing stands for anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.back.is_empty()
    }

    /// What stands for a token.
    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        self.words.get(&index).map(String::as_str)
    }

    /// What was printed, with the values themselves.
    pub(crate) fn undo(&self, printed: &str) -> String {
        self.back.iter().fold(printed.to_owned(), |text, (stand_in, value)| text.replace(stand_in, value))
    }
}

/// A value that is not empty and that the crate prints as it is.
fn printed_as_it_is(quoted: &str) -> Option<String> {
    let (value, _) = string::value(quoted);
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\');
    (!value.is_empty() && value.chars().all(plain)).then(|| format!("\"{value}\""))
}

/// How the crate prints a pattern; `None` where it has to see it.
fn known(quoted: &str) -> Option<String> {
    let mut patterns = memory(&PATTERNS);
    let known = match patterns.get(quoted) {
        None => Known::Seen,
        Some(Known::Seen) => ask(quoted).map_or(Known::Needed, Known::Printed),
        Some(Known::Needed) => return None,
        Some(Known::Printed(printed)) => return Some(printed.clone()),
    };
    patterns.insert(quoted.to_owned(), known.clone());
    match known {
        Known::Printed(printed) => Some(printed),
        _ => None,
    }
}

/// Asks the crate for a selector with this pattern alone: it refuses one that matches the empty value.
fn ask(quoted: &str) -> Option<String> {
    let (value, bytes) = string::value(quoted);
    let selector = format!("{{x=~{}}}", string::quoted(&value));
    let printed = parser::parse(&selector).ok().filter(|_| !bytes)?.to_string();
    Some(printed.strip_prefix("{x=~")?.strip_suffix('}')?.to_owned())
}
