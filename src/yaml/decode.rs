//! Typed values out of nodes, through serde, with every error tied to a place.
//!
//! serde stops at the first error. To give as many as possible, [`decode`] notes the error, leaves the value that caused
//! it out, and tries again; what is then only missing because it was left out is not reported. A struct's deserializer is
//! told its fields, so unknown ones need no attribute to be noticed.

use super::{
    Kind, Node, Span, Style, YamlProblem,
    access::{Map, Seq, Variant},
    fail::{DecodeError, Fail},
    value::{boolean, is_number, yaml11_bool},
};
use crate::units::parse_int;
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
};

/// How many wrong values of one document are looked for.
const TRIES: usize = 50;

/// What decoding collects: every unknown field and wrong value of a document, each once.
#[derive(Debug)]
pub struct Cx {
    problems: RefCell<Vec<YamlProblem>>,
    /// What is in `problems`, so that another try does not say it again.
    said: RefCell<HashSet<(Span, String)>>,
    /// The values that are left out, by address.
    pub(super) skip: RefCell<HashSet<usize>>,
    steps: Cell<u64>,
}

impl Default for Cx {
    fn default() -> Self {
        Self {
            problems: RefCell::default(),
            said: RefCell::default(),
            skip: RefCell::default(),
            steps: Cell::new(Self::STEPS),
        }
    }
}

impl Cx {
    /// How many values one call decodes, its tries together and aliases expanded, before it refuses more.
    const STEPS: u64 = 20_000_000;

    /// A context without problems.
    pub fn new() -> Self {
        Self::default()
    }

    /// The problems so far, in order of the text; the context has none afterwards.
    pub fn take(&self) -> Vec<YamlProblem> {
        let mut problems = self.problems.take();
        self.said.borrow_mut().clear();
        problems.sort_by_key(|p| (p.span.start, p.code));
        problems
    }

    /// Adds a problem, unless it is known.
    pub fn push(&self, problem: YamlProblem) {
        if self.said.borrow_mut().insert((problem.span, problem.message.clone())) {
            self.problems.borrow_mut().push(problem);
        }
    }

    pub(super) fn start(&self) {
        self.steps.set(Self::STEPS);
    }

    pub(super) fn step(&self, span: Span) -> Result<(), Fail> {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        if left == 0 { Err(Fail::new("aliases expand to too many values").at(span)) } else { Ok(()) }
    }

    /// Makes an error of a fail, and notes it.
    pub(super) fn refuse(&self, fail: Fail, span: Span) -> DecodeError {
        let error = DecodeError { span: fail.span.unwrap_or(span), message: fail.message, help: fail.help };
        self.push(YamlProblem {
            code: if fail.missing.is_some() { "NF0013" } else { "NF0012" },
            span: error.span,
            message: error.message.clone(),
            help: error.help.clone(),
            also: None,
        });
        error
    }
}

/// The node as a `T`. Unknown fields do not fail it: they are problems of `cx`. Null fields of a struct count as absent.
///
/// # Errors
/// The first wrong value. It is in `cx` as well, together with as many others as could be found.
pub fn decode<'a, T: de::Deserialize<'a>>(node: &'a Node, cx: &'a Cx) -> Result<T, DecodeError> {
    let mut first = None;
    cx.start();
    for _ in 0..TRIES {
        match T::deserialize(De::new(node, cx)) {
            Ok(value) if first.is_none() => return Ok(value),
            Ok(_) => break,
            Err(fail) => {
                let culprit = fail.culprit;
                if !fail.follows {
                    let error = cx.refuse(fail, node.head());
                    first.get_or_insert(error);
                }
                // without a culprit, or with the same one again, another try would give the same
                if !culprit.is_some_and(|c| cx.skip.borrow_mut().insert(c)) {
                    break;
                }
            }
        }
    }
    cx.skip.borrow_mut().clear();
    Err(first.unwrap_or_else(|| cx.refuse(Fail::new("no value of this type"), node.head())))
}

/// What tells one node from another.
pub(super) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// A node as serde sees it.
#[derive(Clone, Copy)]
pub(super) struct De<'a> {
    node: &'a Node,
    at: Span,
    cx: &'a Cx,
}

impl<'a> De<'a> {
    pub(super) fn new(node: &'a Node, cx: &'a Cx) -> Self {
        Self { node: node.resolve(), at: node.head(), cx }
    }

    fn tie<T>(self, result: Result<T, Fail>) -> Result<T, Fail> {
        // what a field is missing from is placed by its parent, at the key
        result.map_err(|fail| if fail.missing.is_some() { fail } else { fail.at(self.at) })
    }

    fn plain(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, style: Style::Plain } => Some(text),
            _ => None,
        }
    }

    /// A whole number for those who want one, where `1_000` is one, too.
    fn integer<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.cx.step(self.at)?;
        let value = match &self.node.kind {
            Kind::Scalar { text, style: Style::Plain } => parse_int(text),
            _ => None,
        };
        let result = match value {
            Some(n) => match (u64::try_from(n), i64::try_from(n)) {
                (Ok(n), _) => visitor.visit_u64(n),
                (_, Ok(n)) => visitor.visit_i64(n),
                _ => visitor.visit_i128(n),
            },
            None => self.no_number(visitor),
        };
        self.tie(result)
    }

    /// What is said where a number is wanted and something else is there.
    fn no_number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        let Kind::Scalar { text, style } = &self.node.kind else { return self.any(visitor) };
        let fail = |help: String| Err(<Fail as de::Error>::invalid_type(Unexpected::Str(text), &visitor).help(help));
        if *style != Style::Plain {
            return if parse_int(text).is_some() { fail("remove the quotes".to_owned()) } else { self.any(visitor) };
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let zero = digits.len() > 1 && digits.starts_with('0') && !digits.contains('.');
        match digits.trim_start_matches('0') {
            rest if zero && parse_int(rest).is_some() => {
                fail(format!("some readers take a leading zero for octal: write `{rest}`"))
            }
            rest if zero && rest.starts_with(['o', 'x', 'b', 'O', 'X', 'B']) => fail("write it in decimal".to_owned()),
            _ => self.any(visitor),
        }
    }

    fn any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.cx.step(self.at)?;
        let result = match &self.node.kind {
            Kind::Scalar { text, style: Style::Plain } => self.scalar(text, visitor),
            Kind::Scalar { text, .. } => visitor.visit_borrowed_str(text),
            Kind::Seq(items) => {
                let mut seq = Seq { items: items.iter(), cx: self.cx, left_out: false };
                let result = visitor.visit_seq(&mut seq);
                result.map_err(|fail| Fail { follows: fail.follows || (fail.short && seq.left_out), ..fail })
            }
            Kind::Map(_) | Kind::Alias(_) => self.map(None, visitor),
        };
        self.tie(result)
    }

    fn scalar<V: Visitor<'a>>(self, text: &'a str, visitor: V) -> Result<V::Value, Fail> {
        if self.node.is_null() {
            return visitor.visit_unit();
        }
        if let Some(b) = boolean(text) {
            return visitor.visit_bool(b);
        }
        if is_number(text) {
            if let Ok(n) = text.parse() {
                return visitor.visit_u64(n);
            }
            if let Ok(n) = text.parse() {
                return visitor.visit_i64(n);
            }
            if let Ok(n) = text.parse::<f64>() {
                return visitor.visit_f64(n);
            }
        }
        visitor.visit_borrowed_str(text)
    }

    fn map<V: Visitor<'a>>(self, fields: Option<&'static [&'static str]>, visitor: V) -> Result<V::Value, Fail> {
        let mut map = Map { entries: self.node.entries(), next: 0, cx: self.cx, fields, left_out: Vec::new() };
        visitor.visit_map(&mut map).map_err(|fail| {
            // the rest of the fields is looked at all the same, so that every unknown one is known
            map.note_rest();
            let follows = fail.span.is_none() && fail.missing.is_some_and(|f| map.left_out.contains(&f));
            Fail { follows: fail.follows || follows, ..fail }
        })
    }
}

macro_rules! integers {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> { self.integer(visitor) }
    )* };
}

macro_rules! anything {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> { self.any(visitor) }
    )* };
}

impl<'a> Deserializer<'a> for De<'a> {
    type Error = Fail;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    anything! { deserialize_any deserialize_seq deserialize_map deserialize_bytes deserialize_byte_buf deserialize_unit }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        match self.plain() {
            Some(text) if is_number(text) => {
                self.cx.step(self.at)?;
                self.tie(text.parse().map_err(|_| Fail::new("no number")).and_then(|n| visitor.visit_f64(n)))
            }
            _ => self.integer(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        if let Some(text) = self.node.as_str() {
            let help = match (yaml11_bool(text), boolean(text)) {
                (Some(b), _) if self.node.is_plain() => Some(format!("write `{b}`")),
                (_, Some(_)) if !self.node.is_plain() => Some("remove the quotes".to_owned()),
                _ => None,
            };
            if let Some(help) = help {
                let fail = <Fail as de::Error>::invalid_type(Unexpected::Str(text), &visitor).help(help);
                return self.tie(Err(fail));
            }
        }
        self.any(visitor)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        match self.node.as_str() {
            Some(text) if !self.node.is_null() => {
                self.cx.step(self.at)?;
                self.tie(visitor.visit_borrowed_str(text))
            }
            _ => self.any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fail> {
        self.tie(visitor.visit_newtype_struct(self))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fail> {
        if !self.node.is_map() {
            // serde would take a list for the fields in order
            return self.tie(Err(Fail::new(format!("expected a mapping, found {}", self.node.describe()))));
        }
        self.cx.step(self.at)?;
        self.tie(self.map(Some(fields), visitor))
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fail> {
        self.cx.step(self.at)?;
        let entries = self.node.entries();
        let result = match (self.node.as_str(), entries.as_slice()) {
            (Some(_), _) if self.node.is_null() => Err(Fail::new("expected a name, found nothing")),
            (Some(name), _) => visitor.visit_enum(name.into_deserializer()),
            (None, [(key, value)]) => visitor.visit_enum(Variant { key, value, cx: self.cx }),
            _ => Err(Fail::new("expected one name").help(format!("one of {}", variants.join(", ")))),
        };
        self.tie(result)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fail> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fail> {
        self.any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Fail> {
        self.any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, Fail> {
        self.any(visitor)
    }
}
