//! Reads selectors with what may follow them: ranges, subqueries, offsets and `@`.

use super::duration::parse_duration;
use super::fault::{Fault, Span, shown};
use super::lex::{Kind, Token};
use super::number;
use super::read::Reader;
use super::string;
use super::tree::{MatchOp, Matcher, Node, NodeKind, Selector, Subquery, Window};

/// The longest time, in seconds: Prometheus counts nanoseconds in 63 bits.
const LONGEST: f64 = 9_223_372_036.0;

impl Reader<'_> {
    /// `name`, `name{…}` or `{…}`.
    pub(crate) fn selector(&mut self, name: Option<Token>) -> Result<Node, Fault> {
        let begin = self.peek().map_or(self.last(), |token| token.span);
        let mut selector = Box::new(Selector {
            name: name.map(|token| self.said(token).to_owned()),
            name_span: begin,
            matchers: Vec::new(),
            range: None,
            offset: None,
            at: None,
            span: begin,
        });
        self.next += usize::from(name.is_some());
        if self.take("{").is_some() {
            let end = self.matchers(&mut selector)?;
            selector.span = begin.to(end);
        }
        if selector.name.is_none() {
            selector.name_span = selector.span;
            let by_matcher = |m: &Matcher| m.label == "__name__" && m.op == MatchOp::Equal;
            if let Some(i) = selector.matchers.iter().position(by_matcher) {
                let matcher = selector.matchers.remove(i);
                (selector.name, selector.name_span) = (Some(matcher.value), matcher.value_span);
            }
        }
        let span = selector.span;
        Ok(Node::new(NodeKind::Selector(selector), span))
    }

    fn matchers(&mut self, selector: &mut Selector) -> Result<Span, Fault> {
        let mut first = true;
        loop {
            if let Some(end) = self.take("}") {
                return Ok(end);
            }
            if !first {
                if self.is("or") {
                    return Err(Fault::new(
                        self.peek().map_or(self.last(), |t| t.span),
                        "`or` inside braces is VictoriaMetrics syntax",
                    )
                    .help("write a regular expression, as `label=~\"a|b\"`, or two selectors with `or` between them"));
                }
                self.expect(",", "or `}` behind a matcher")?;
                if let Some(end) = self.take("}") {
                    return Ok(end);
                }
            }
            first = false;
            let matcher = self.matcher()?;
            selector.matchers.push(matcher);
        }
    }

    /// `label="value"`, or `"name"` alone, which names the metric.
    fn matcher(&mut self) -> Result<Matcher, Fault> {
        let label = self.peek().filter(|token| matches!(token.kind, Kind::Word | Kind::Text));
        let label = label.ok_or_else(|| self.expected("a label or `}`"))?;
        self.next += 1;
        let name = match label.kind {
            Kind::Text => string::value(self.said(label)).0,
            _ => self.said(label).to_owned(),
        };
        let op = match self.word_at(self.next).as_ref() {
            "=" => MatchOp::Equal,
            "!=" => MatchOp::NotEqual,
            "=~" => MatchOp::Regex,
            "!~" => MatchOp::NotRegex,
            _ if label.kind == Kind::Text => {
                let value_span = label.span;
                let (label, op) = ("__name__".to_owned(), MatchOp::Equal);
                return Ok(Matcher { label, label_span: value_span, op, value: name, value_span });
            }
            _ => return Err(self.expected("`=`, `!=`, `=~` or `!~` behind the label")),
        };
        self.next += 1;
        let value = self.peek().filter(|token| token.kind == Kind::Text);
        let value = value.ok_or_else(|| {
            let fault = self.expected("a quoted value");
            match self.peek().map(|token| (token.kind, self.said(token))) {
                Some((Kind::Word | Kind::Number | Kind::Duration, said)) => {
                    fault.help(format!("write `\"{}\"`", shown(said)))
                }
                _ => fault,
            }
        })?;
        self.next += 1;
        let value_span = value.span;
        let value = string::value(self.said(value)).0;
        Ok(Matcher { label: name, label_span: label.span, op, value, value_span })
    }

    /// Ranges, subqueries, offsets, `@` and the modifiers of ranges behind an atom.
    pub(crate) fn suffixes(&mut self, mut node: Node) -> Result<Node, Fault> {
        let mut rounds = 0;
        loop {
            rounds += 1;
            let begin = self.peek().map_or(self.last(), |token| token.span);
            node = match self.word_at(self.next).as_ref() {
                _ if rounds > 50 => return Err(Fault::new(begin, "more than 50 ranges and offsets in a row")),
                "[" => self.range(node)?,
                "offset" => self.offset(node)?,
                "@" => self.at(node)?,
                "anchored" | "smoothed" => {
                    self.exotic = true;
                    self.next += 1;
                    node.span = node.span.to(begin);
                    node
                }
                _ => return Ok(node),
            };
        }
    }

    fn range(&mut self, node: Node) -> Result<Node, Fault> {
        let open = self.expect("[", "before a range")?;
        let range = self.window(&["]", ":"])?;
        if self.take(":").is_some() {
            let step = if self.is("]") { None } else { Some(self.window(&["]"])?) };
            let span = node.span.to(self.expect("]", "behind the step")?);
            let sub = Subquery { inner: Box::new(node), range, step, offset: None, at: None };
            return Ok(Node::new(NodeKind::Subquery(Box::new(sub)), span));
        }
        let end = self.expect("]", "or `:` behind the range")?;
        let (span, place) = (node.span.to(end), open.to(end));
        match node.kind {
            NodeKind::Selector(selector) if selector.range.is_some() => {
                Err(Fault::new(place, "the selector has a range already"))
            }
            NodeKind::Selector(selector) if selector.offset.is_some() || selector.at.is_some() => {
                Err(Fault::new(place, "the range stands before `offset` and `@`"))
            }
            NodeKind::Selector(mut selector) => {
                (selector.range, selector.span) = (Some(range), span);
                Ok(Node::new(NodeKind::Selector(selector), span))
            }
            _ => Err(Fault::new(place, "a range stands only behind a metric")
                .help("behind any other expression write a subquery, as `[5m:]`")),
        }
    }

    /// A time between brackets: one number or duration, or a computed one up to one of `ends`.
    fn window(&mut self, ends: &[&str]) -> Result<Window, Fault> {
        let begin = self.next;
        let ended = |reader: &Self| ends.contains(&reader.word_at(reader.next).as_ref());
        let mut open = 0_usize;
        while let Some(token) = self.peek().filter(|_| open > 0 || !ended(self)) {
            let word = self.word_at(self.next);
            let allowed = match token.kind {
                Kind::Number | Kind::Duration => true,
                Kind::Word => matches!(word.as_ref(), "step" | "range" | "min" | "max" | "min_of" | "max_of"),
                Kind::Mark => matches!(word.as_ref(), "(" | ")" | "+" | "-" | "*" | "/" | "%" | "^" | ","),
                Kind::Text => false,
            };
            if !allowed {
                return Err(self.expected("a duration"));
            }
            open = if word == "(" { open + 1 } else { open - usize::from(word == ")" && open > 0) };
            self.next += 1;
        }
        self.time(begin, false)
    }

    /// The time that the tokens since `begin` say.
    fn time(&mut self, begin: usize, zero: bool) -> Result<Window, Fault> {
        let taken = self.tokens.get(begin..self.next).unwrap_or_default();
        let (Some(first), Some(last)) = (taken.first(), taken.last()) else {
            return Err(self.expected("a duration").help("write it as `5m`"));
        };
        let span = first.span.to(last.span);
        let [only] = taken else {
            self.computed(begin)?;
            if !zero && taken.len() == 2 && self.said(*first) == "-" {
                return Err(Fault::new(span, "the duration must be greater than 0"));
            }
            self.exotic = true;
            return Ok(Window { ms: None, span });
        };
        let said = self.said(*only);
        let ms = match only.kind {
            Kind::Duration => parse_duration(said).ok(),
            Kind::Number => {
                number::value(said).filter(|s| (0.0..LONGEST).contains(s)).map(|s| (s * 1000.0).round() as i64)
            }
            _ => return Err(Fault::new(only.span, format!("expected a duration, found `{}`", shown(said)))),
        };
        match ms {
            Some(0) if !zero => Err(Fault::new(span, "the duration must be greater than 0")),
            // promql-parser knows neither `offset 0s` nor `[.5]`
            Some(ms) if ms == 0 && only.kind == Kind::Duration || said.starts_with('.') => {
                self.exotic = true;
                Ok(Window { ms: Some(ms), span })
            }
            Some(ms) => Ok(Window { ms: Some(ms), span }),
            None => Err(Fault::new(span, format!("`{}` is no duration", shown(said)))),
        }
    }

    fn offset(&mut self, mut node: Node) -> Result<Node, Fault> {
        let word = self.expect("offset", "before a duration")?;
        let negative = self.take("-").is_some();
        if !negative {
            self.take("+");
        }
        let begin = self.next;
        match self.peek().map(|token| (token.kind, self.word_at(self.next))) {
            Some((Kind::Number | Kind::Duration, _)) => self.next += 1,
            Some((Kind::Mark, mark)) if mark == "(" => self.parens()?,
            Some((Kind::Word, name))
                if self.word_at(self.next + 1) == "("
                    && matches!(name.as_ref(), "step" | "range" | "min" | "max" | "min_of" | "max_of") =>
            {
                self.next += 1;
                self.parens()?;
            }
            _ => return Err(self.expected("a duration behind `offset`").help("write it as `offset 5m`")),
        }
        let mut window = self.time(begin, true)?;
        window.ms = window.ms.map(|ms| if negative { -ms } else { ms });
        let span = node.span.to(window.span);
        let place = match &mut node.kind {
            NodeKind::Selector(selector) => {
                selector.span = span;
                &mut selector.offset
            }
            NodeKind::Subquery(sub) => &mut sub.offset,
            _ => return Err(misplaced(word, "offset")),
        };
        if place.is_some() {
            return Err(Fault::new(word, "there is an `offset` already"));
        }
        *place = Some(window);
        node.span = span;
        Ok(node)
    }

    /// Everything up to the parenthesis that closes the one at hand.
    fn parens(&mut self) -> Result<(), Fault> {
        let mut open = 0_usize;
        loop {
            match self.word_at(self.next).as_ref() {
                "(" => open += 1,
                ")" => open -= 1,
                "[" | "]" | "{" | "}" | ":" => return Err(self.expected("a duration")),
                _ if self.peek().is_none_or(|token| token.kind == Kind::Text) => {
                    return Err(self.expected("a duration"));
                }
                _ => {}
            }
            self.next += 1;
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn at(&mut self, mut node: Node) -> Result<Node, Fault> {
        let mark = self.expect("@", "before a time")?;
        let end = if matches!(self.word_at(self.next).as_ref(), "start" | "end") {
            self.next += 1;
            self.expect("(", "behind the word")?;
            self.expect(")", "behind the word")?
        } else {
            if self.take("-").is_none() {
                self.take("+");
            }
            match self.peek().map(|token| token.kind) {
                Some(Kind::Duration) => self.next += 1,
                _ => {
                    self.number("a time in seconds, `start()` or `end()` behind `@`")?;
                }
            }
            self.last()
        };
        let span = node.span.to(end);
        let place = match &mut node.kind {
            NodeKind::Selector(selector) => {
                selector.span = span;
                &mut selector.at
            }
            NodeKind::Subquery(sub) => &mut sub.at,
            _ => return Err(misplaced(mark, "@")),
        };
        if place.is_some() {
            return Err(Fault::new(mark, "there is an `@` already"));
        }
        *place = Some(mark.to(end));
        node.span = span;
        Ok(node)
    }
}

fn misplaced(span: Span, word: &str) -> Fault {
    Fault::new(span, format!("`{word}` stands only behind a metric, its range, or a subquery"))
        .help("move it into the parentheses, behind the metric")
}
