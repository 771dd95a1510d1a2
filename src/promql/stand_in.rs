//! Plain texts in place of values, while promql-parser reads and prints an expression.
//!
//! The crate compiles the pattern of every matcher with Rust's `regex`: that is another dialect than Go's, and takes ten
//! times what all the rest of an expression takes. Which texts are patterns is known without it ([`super::regex`]). And
//! expressions come again and again that differ in the value of a label alone. So the crate is given names for values,
//! as long as what it checks of them (whether they match the empty text) stays as it is; what it printed is remembered
//! by what it was given, and the values are put back.

use super::lex::{Kind, Token};
use super::{regex, string};
use promql_parser::parser;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{LazyLock, Mutex, PoisonError},
};

/// What stand-ins begin with. An expression that says this has none.
const MARK: &str = "natsform~";

/// How many texts are remembered.
const REMEMBERED: usize = 10_000;

/// What the crate printed of a text with stand-ins.
static PRINTED: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);

/// What stands in an expression for its values.
#[derive(Default)]
pub(crate) struct StandIns {
    /// Words for tokens, by their index: an operator, or a text.
    words: HashMap<usize, String>,
    /// What is printed, and what should be.
    back: Vec<(String, String)>,
}

/// A matcher of a label with a text.
struct Matcher<'t> {
    /// The selector that it stands in, and its label.
    of: (usize, &'t str),
    /// Where its operator stands.
    at: usize,
    op: &'t str,
    value: String,
}

impl StandIns {
    /// Finds what something can stand for.
    pub(crate) fn of(text: &str, tokens: &[Token]) -> Self {
        let mut out = Self::default();
        if text.contains(MARK) {
            return out;
        }
        let (matchers, times) = matchers(text, tokens);
        // the crate prints the matchers of a selector in order: names sort as what they stand for
        let values: BTreeMap<String, ()> = matchers.iter().map(|m| (string::quoted(&m.value), ())).collect();
        let order: HashMap<&str, usize> = values.keys().enumerate().map(|(i, value)| (value.as_str(), i)).collect();
        for matcher in &matchers {
            let quoted = string::quoted(&matcher.value);
            let name = format!("{MARK}{:05}~", order.get(quoted.as_str()).copied().unwrap_or_default());
            out.add(matcher, &name, &quoted, times.get(&matcher.of) == Some(&1));
        }
        // `!="x"` holds `="x"`
        out.back.sort_by_key(|(printed, _)| !printed.starts_with('!'));
        out
    }

    fn add(&mut self, matcher: &Matcher<'_>, name: &str, quoted: &str, alone: bool) {
        let pattern = match matcher.op {
            "=~" | "!~" => match regex::read(&matcher.value) {
                Ok(pattern) => Some(pattern),
                Err(_) => return,
            },
            _ => None,
        };
        // one label's matchers would change places with another operator, and a name is no label
        let plain = match (&pattern, matcher.op) {
            (Some(pattern), "=~") if !pattern.empty && alone && matcher.of.1 != "__name__" => Some("="),
            (Some(pattern), "!~") if !pattern.empty && alone && matcher.of.1 != "__name__" => Some("!="),
            _ => None,
        };
        let name = match (&pattern, plain) {
            (None, _) if matcher.value.is_empty() || matcher.of.1 == "__name__" => return,
            (Some(pattern), _) if pattern.empty => format!("\"{name}|\""),
            (Some(_), Some(_)) => format!("\"{name}r\""),
            _ => format!("\"{name}\""),
        };
        let op = plain.unwrap_or(matcher.op);
        self.back.push((format!("{op}{name}"), format!("{}{quoted}", matcher.op)));
        self.words.insert(matcher.at, op.to_owned());
        self.words.insert(matcher.at + 1, name);
    }

    /// What stands for a token.
    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        self.words.get(&index).map(String::as_str)
    }

    /// What the crate prints of a text that was cleaned with these.
    pub(crate) fn print(&self, cleaned: String) -> Result<String, String> {
        let printed = || PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = printed().get(&cleaned).cloned();
        let print = match known {
            Some(print) => print,
            None => {
                let print = parser::parse(&cleaned)?.to_string();
                let mut printed = printed();
                if printed.len() >= REMEMBERED {
                    printed.clear();
                }
                printed.insert(cleaned, print.clone());
                print
            }
        };
        Ok(self.back.iter().fold(print, |text, (name, value)| text.replace(name, value)))
    }
}

/// The matchers that compare a label with a text, and how many a label has in each selector.
fn matchers<'t>(text: &'t str, tokens: &[Token]) -> (Vec<Matcher<'t>>, HashMap<(usize, &'t str), usize>) {
    let (mut selector, mut out) = (0, Vec::new());
    let mut times: HashMap<(usize, &str), usize> = HashMap::new();
    for (i, three) in tokens.windows(3).enumerate() {
        let [label, op, value] = three else { continue };
        match op.span.of(text) {
            "{" => selector += 1,
            sign @ ("=" | "!=" | "=~" | "!~") => {
                let of = (selector, label.span.of(text));
                *times.entry(of).or_default() += 1;
                let (said, bytes) = string::value(value.span.of(text));
                if label.kind == Kind::Word && value.kind == Kind::Text && !bytes {
                    out.push(Matcher { of, at: i + 1, op: sign, value: said });
                }
            }
            _ => {}
        }
    }
    (out, times)
}
