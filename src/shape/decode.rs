//! A YAML node becomes a body, by its shape: every wrong key and value at its exact place, all of them at once.

use super::{field, resolve};
use crate::{
    diag::{Problem, Report},
    model::{Choice, Field, Origin, Shape, Type, Value, json},
    units::{self, UnitError},
    yaml::{Kind, Node, nearest, yaml11_bool},
};

/// Decodes `node`, the value that `at` names. Keys of `skip` are left to the caller. What is `null` is not declared;
/// what is wrong is reported and left out.
pub fn decode(shape: &'static Shape, node: &Node, at: &Origin, skip: &[&str], report: &mut Report) -> Value {
    let mut decoder = Decoder { document: at.document, report };
    decoder.value(shape, node, skip).unwrap_or(Value::Null)
}

struct Decoder<'a> {
    document: usize,
    report: &'a mut Report,
}

impl Decoder<'_> {
    fn value(&mut self, shape: &'static Shape, node: &Node, skip: &[&str]) -> Option<Value> {
        match resolve(shape) {
            Shape::Leaf(leaf) => self.leaf(leaf.ty, node),
            Shape::Object(fields) => self.object(fields, node, skip),
            Shape::Map(item) => self.map(item, node),
            Shape::List { item, .. } => self.list(item, node),
            Shape::Lazy(_) => None,
        }
    }

    fn object(&mut self, fields: &'static [Field], node: &Node, skip: &[&str]) -> Option<Value> {
        if !node.is_map() {
            return self.wrong(node, "a mapping", None);
        }
        let mut out = serde_json::Map::new();
        for (key, value) in node.entries() {
            let name = key.as_str().unwrap_or_default();
            if skip.contains(&name) {
                continue;
            }
            let Some(f) = field(fields, name) else {
                self.unknown(key, name, fields, skip);
                continue;
            };
            if !value.is_null() {
                out.extend(self.value(&f.shape, value, &[]).map(|v| (name.to_owned(), v)));
            }
        }
        Some(Value::Object(out))
    }

    fn unknown(&mut self, key: &Node, name: &str, fields: &'static [Field], skip: &[&str]) {
        let known = || fields.iter().map(|f| f.name).chain(skip.iter().copied());
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("fields here: {}", known().collect::<Vec<_>>().join(", ")),
        };
        self.report.at_span(
            self.document,
            key.span,
            Problem::error("NF0011", format!("unknown field `{name}`")).help(help),
        );
    }

    fn map(&mut self, item: &'static Shape, node: &Node) -> Option<Value> {
        if !node.is_map() {
            return self.wrong(node, "a mapping", None);
        }
        let mut out = serde_json::Map::new();
        for (key, value) in node.entries().into_iter().filter(|(_, value)| !value.is_null()) {
            let name = key.as_str().unwrap_or_default().to_owned();
            out.extend(self.value(item, value, &[]).map(|v| (name, v)));
        }
        Some(Value::Object(out))
    }

    fn list(&mut self, item: &'static Shape, node: &Node) -> Option<Value> {
        let Kind::Seq(items) = &node.resolve().kind else {
            let hint = node.as_str().map(|text| format!("a list with one element is written `[{text}]`"));
            return self.wrong(node, "a list", hint);
        };
        Some(Value::Array(items.iter().filter_map(|n| self.value(item, n, &[])).collect()))
    }

    fn leaf(&mut self, ty: Type, node: &Node) -> Option<Value> {
        let Some(text) = node.as_str() else { return self.wrong(node, what(ty), None) };
        let text = text.to_owned();
        match ty {
            Type::Bool => self.boolean(node, &text),
            Type::Int { min, max } => self.integer(node, &text, i128::from(min), i128::from(max)),
            Type::Uint => self.integer(node, &text, 0, i128::from(u64::MAX)),
            Type::Size { min, max } => {
                let bytes = units::parse_size(&text).map_err(|e| self.unit(node, &e)).ok()?;
                self.within(node, i128::from(bytes), i128::from(min), i128::from(max))
            }
            Type::Duration => self.duration(node, &text),
            Type::Time if units::time_key(&text).is_some() => Some(json!(text)),
            Type::Time => self.wrong(node, what(ty), Some("for example 2026-11-21T10:00:00Z".into())),
            Type::Text { max } if text.len() > max => {
                let message = format!("this text has {} bytes, at most {max} are allowed", text.len());
                self.report.at_span(self.document, node.span, Problem::error("NF0012", message));
                None
            }
            Type::Text { .. } if node.is_null() => self.wrong(node, what(ty), None),
            Type::Text { .. } => Some(json!(text)),
            Type::Enum(choices) => self.choice(node, &text, choices),
            Type::Syntax(syntax) if node.is_null() => self.wrong(node, syntax.what, None),
            Type::Syntax(syntax) => match (syntax.read)(&text) {
                Ok(kept) => Some(json!(kept)),
                Err(e) => {
                    self.at_offset(node, syntax.code, &e);
                    None
                }
            },
        }
    }

    fn boolean(&mut self, node: &Node, text: &str) -> Option<Value> {
        match text {
            "true" | "True" | "TRUE" if node.is_plain() => Some(json!(true)),
            "false" | "False" | "FALSE" if node.is_plain() => Some(json!(false)),
            _ => {
                let quoted = !node.is_plain() && matches!(text, "true" | "false");
                let hint = yaml11_bool(text).map(|b| format!("did you mean `{b}`?"));
                let hint = hint.or_else(|| quoted.then(|| format!("without quotes: {text}")));
                self.wrong(node, what(Type::Bool), hint)
            }
        }
    }

    fn integer(&mut self, node: &Node, text: &str, min: i128, max: i128) -> Option<Value> {
        let Some(number) = units::parse_int(text).filter(|_| node.is_plain()) else {
            let hint = units::parse_int(text).map(|n| format!("without quotes: {n}"));
            return self.wrong(node, "a whole number", hint);
        };
        self.within(node, number, min, max)
    }

    fn within(&mut self, node: &Node, number: i128, min: i128, max: i128) -> Option<Value> {
        if (min..=max).contains(&number) {
            return i64::try_from(number).map(|n| json!(n)).or_else(|_| u64::try_from(number).map(|n| json!(n))).ok();
        }
        let message = format!("expected a whole number from {min} to {max}, found {number}");
        self.report.at_span(self.document, node.span, Problem::error("NF0012", message));
        None
    }

    /// A text with units, or a whole number of nanoseconds as the API has it. Few nanoseconds are always a forgotten
    /// unit.
    fn duration(&mut self, node: &Node, text: &str) -> Option<Value> {
        let bare = units::parse_int(text).filter(|_| node.is_plain());
        let ns = match bare {
            Some(number) => i64::try_from(number).unwrap_or(i64::MIN),
            None => units::parse_duration(text).map_err(|e| self.unit(node, &e)).ok()?,
        };
        if ns < 0 {
            return self.wrong(node, "a duration that is not negative", None);
        }
        if bare.is_some() && (1..1_000_000).contains(&ns) {
            let problem =
                Problem::error("NF0012", format!("a bare number is nanoseconds, and {text} ns is no useful duration"));
            self.report.at_span(self.document, node.span, problem.help(format!("did you mean `{text}s`?")));
            return None;
        }
        Some(json!(ns))
    }

    fn choice(&mut self, node: &Node, text: &str, choices: &'static [Choice]) -> Option<Value> {
        if choices.iter().any(|c| c.value == text) {
            return Some(json!(text));
        }
        let words = || choices.iter().map(|c| c.value);
        let problem =
            Problem::error("NF0012", format!("`{text}` is none of {}", words().collect::<Vec<_>>().join(", ")));
        let problem = match nearest(text, words()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        };
        self.report.at_span(self.document, node.span, problem);
        None
    }

    fn unit(&mut self, node: &Node, error: &UnitError) {
        self.at_offset(node, "NF0012", error);
    }

    /// A problem at a place inside the text of a scalar.
    fn at_offset(&mut self, node: &Node, code: &'static str, error: &UnitError) {
        let span = node.inside(self.report.text_of(self.document), error.offset, error.len.max(1));
        let problem = Problem::error(code, error.message.clone());
        let problem = match &error.help {
            Some(help) => problem.help(help.clone()),
            None => problem,
        };
        self.report.at_span(self.document, span, problem);
    }

    fn wrong(&mut self, node: &Node, expected: &str, hint: Option<String>) -> Option<Value> {
        let found = match &node.resolve().kind {
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Seq(_) => "a list".to_owned(),
            _ if node.is_null() => "nothing".to_owned(),
            _ => format!("the text `{}`", node.as_str().unwrap_or_default()),
        };
        let problem = Problem::error("NF0012", format!("expected {expected}, found {found}"));
        let problem = match hint {
            Some(hint) => problem.help(hint),
            None => problem,
        };
        self.report.at_span(self.document, node.head(), problem);
        None
    }
}

/// A type in plain words.
fn what(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "`true` or `false`",
        Type::Int { .. } | Type::Uint => "a whole number",
        Type::Size { .. } => "a size such as `10GiB` or a whole number of bytes",
        Type::Duration => "a duration such as `30s` or `24h`",
        Type::Time => "a time in RFC 3339",
        Type::Text { .. } => "text",
        Type::Enum(_) => "one word",
        Type::Syntax(syntax) => syntax.what,
    }
}
