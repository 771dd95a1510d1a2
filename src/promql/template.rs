//! Templates of annotations and labels: Go's text/template with the functions and variables of Prometheus.

use gtmpl_ng::{Func, FuncError, ParseError, Value};

use super::fault::{Fault, Span, nearest_name, shown};

/// The longest template that is read, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// How many parentheses, and how many blocks, may be open at once, and how many `else if` there may be: gtmpl-ng bounds
/// blocks alone, and by what the stack of a main thread holds.
const MAX_OPEN: usize = 20;

/// The functions of Prometheus' templates (`template/template.go`).
pub(super) const FUNCTIONS: &[&str] = &[
    "query",
    "first",
    "label",
    "value",
    "strvalue",
    "args",
    "reReplaceAll",
    "safeHtml",
    "match",
    "title",
    "toUpper",
    "toLower",
    "graphLink",
    "tableLink",
    "sortByLabel",
    "stripPort",
    "stripDomain",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "toTime",
    "toDuration",
    "now",
    "pathPrefix",
    "externalURL",
    "parseDuration",
    "tmpl",
    "urlQueryEscape",
];

/// Functions of Go's text/template itself.
pub(super) const BUILTINS: &[&str] = &[
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq",
    "ge", "gt", "le", "lt", "ne",
];

/// The variables, as Prometheus declares them in front of every template. `break` and `continue` aside, nothing else
/// is declared outside the template.
pub(super) const PRELUDE: &str =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";
const VARIABLES: &[&str] = &["$labels", "$externalLabels", "$externalURL", "$value"];

/// A template that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The labels it names, as `$labels.job` or `.Labels.job`, with their places in the text.
    pub labels: Vec<(String, Span)>,
    /// Whether it uses the value (`$value` or `.Value`).
    pub uses_value: bool,
    /// Whether it asks the server (`query`): its text cannot be told without.
    pub queries: bool,
}

/// Reads a template.
///
/// # Errors
/// Where it is none, or names a function or variable that Prometheus does not know.
pub fn template(text: &str) -> Result<Template, Fault> {
    if text.len() > MAX_TEXT {
        let message = format!("the template is {} bytes long", text.len());
        return Err(Fault::new(Span::new(0, 0), message).help("at most 64 KiB are read"));
    }
    if !text.contains("{{") {
        return Ok(Template { labels: Vec::new(), uses_value: false, queries: false }); // gtmpl-ng starts a thread for each
    }
    let actions = actions(text)?;
    bounded(text, &actions)?;
    match parse(text) {
        Ok(()) => Ok(uses(text, &actions)),
        Err(error) => Err(fault(text, &actions, &error)),
    }
}

fn parse(text: &str) -> Result<(), ParseError> {
    let mut parser = gtmpl_ng::Template::default();
    parser.funcs.retain(|name, _| BUILTINS.contains(&name.as_str()));
    let functions: Vec<(&str, Func)> = FUNCTIONS.iter().map(|name| (*name, no_value as Func)).collect();
    parser.add_funcs(&functions);
    parser.parse(format!("{PRELUDE}{text}"))
}

/// Whether all of `texts` are surely templates: read as one, which takes a fraction of the time. Where it says no, each
/// of them has to be read by itself to know.
pub fn all_templates(texts: &[&str]) -> bool {
    let mut joined = String::new();
    for text in texts.iter().filter(|text| text.contains("{{")) {
        let Ok(actions) = actions(text) else { return false };
        if bounded(text, &actions).is_err() || !stands_alone(text, &actions) || text.len() + joined.len() > MAX_TEXT {
            return false;
        }
        // a block around each keeps its variables from the next one
        joined.push_str(&format!("{{{{if true}}}}{text}{{{{end}}}}"));
    }
    joined.is_empty() || parse(&joined).is_ok()
}

/// Whether a template would be read the same between others: it ends what it begins, quotes included.
fn stands_alone(text: &str, actions: &[Span]) -> bool {
    let mut open = 0_usize;
    for action in actions {
        let first = words(text, *action).into_iter().next().map_or("", |span| span.of(text));
        match first {
            "if" | "range" | "with" => open += 1,
            "end" if open > 0 => open -= 1,
            "end" | "define" | "block" | "template" | "break" | "continue" => return false,
            "else" if open == 0 => return false,
            _ => {}
        }
        // a quote that is never closed would end in the next template
        if !ends_its_quotes(action.of(text)) {
            return false;
        }
    }
    open == 0
}

fn ends_its_quotes(action: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for c in action.chars() {
        match quote {
            Some('`') if c == '`' => quote = None,
            Some('`') => {}
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => quote = matches!(c, '"' | '`' | '\'').then_some(c),
        }
    }
    quote.is_none()
}

/// Nothing is rendered here: a function only has to be known.
fn no_value(_: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::NoValue)
}

/// What stands between each `{{` and its `}}`, comments left out.
fn actions(text: &str) -> Result<Vec<Span>, Fault> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(open) = text[at..].find("{{").map(|i| at + i) {
        let begin = open + 2;
        let trimmed = text[begin..].strip_prefix("- ").unwrap_or(&text[begin..]);
        if trimmed.trim_start().starts_with("/*") {
            let Some(end) = text[begin..].find("*/").and_then(|i| text[begin + i..].find("}}").map(|j| begin + i + j))
            else {
                return Err(Fault::new(Span::new(open, 2), "the comment is never closed").help("it needs a `*/}}`"));
            };
            at = end + 2;
            continue;
        }
        let Some(end) = action_end(text, begin) else {
            return Err(Fault::new(Span::new(open, 2), "`{{` is never closed").help("it needs a `}}`"));
        };
        out.push(Span::new(begin, end - begin));
        at = end + 2;
    }
    Ok(out)
}

/// Where the `}}` stands that closes an action; what is quoted closes nothing.
fn action_end(text: &str, begin: usize) -> Option<usize> {
    let mut chars = text[begin..].char_indices();
    let mut quote = None;
    while let Some((i, c)) = chars.next() {
        match quote {
            Some('`') if c == '`' => quote = None,
            Some(open) if open != '`' && c == '\\' => {
                chars.next();
            }
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            None if text[begin + i..].starts_with("}}") => return Some(begin + i),
            None => {}
        }
    }
    // An apostrophe or a quote without its twin: the parser has a place for that.
    text[begin..].find("}}").map(|i| begin + i)
}

/// Refuses what nests deeper than a stack holds.
fn bounded(text: &str, actions: &[Span]) -> Result<(), Fault> {
    let (mut blocks, mut else_ifs) = (0_usize, 0_usize);
    for action in actions {
        let mut parens = 0_usize;
        for (i, c) in action.of(text).char_indices() {
            parens = match c {
                '(' => parens + 1,
                ')' => parens.saturating_sub(1),
                _ => parens,
            };
            if parens > MAX_OPEN {
                let message = format!("more than {MAX_OPEN} parentheses are open at once");
                return Err(Fault::new(Span::new(action.at + i, 1), message));
            }
        }
        let words = words(text, *action);
        let said = |i: usize| words.get(i).map_or("", |span: &Span| span.of(text));
        match said(0) {
            "if" | "range" | "with" | "define" | "block" => blocks += 1,
            "end" => blocks = blocks.saturating_sub(1),
            "else" if said(1) == "if" => else_ifs += 1,
            _ => {}
        }
        if blocks > MAX_OPEN {
            return Err(Fault::new(*action, format!("the template nests deeper than {MAX_OPEN} blocks")));
        }
        if else_ifs > MAX_OPEN {
            return Err(Fault::new(*action, format!("the template has more than {MAX_OPEN} `else if`")));
        }
    }
    Ok(())
}

/// The names in an action: `$x.y`, `.x.y` and words, with their places; strings are left out.
fn words(text: &str, action: Span) -> Vec<Span> {
    let part = action.of(text);
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(c) = part[at..].chars().next() {
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
        if matches!(c, '"' | '`' | '\'') {
            at += quoted_len(&part[at..], c);
        } else if named(c) {
            let len = part[at..].find(|c| !named(c)).unwrap_or(part.len() - at);
            out.push(Span::new(action.at + at, len));
            at += len;
        } else {
            at += c.len_utf8();
        }
    }
    out
}

fn quoted_len(rest: &str, quote: char) -> usize {
    let mut escaped = true;
    for (i, c) in rest.char_indices() {
        if i > 0 && c == quote && !escaped {
            return i + 1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    rest.len()
}

fn uses(text: &str, actions: &[Span]) -> Template {
    let mut out = Template { labels: Vec::new(), uses_value: false, queries: false };
    for span in actions.iter().flat_map(|action| words(text, *action)) {
        let word = span.of(text);
        out.uses_value |= word == "$value" || word == ".Value" || word == "$.Value";
        out.queries |= word == "query";
        for prefix in ["$labels.", ".Labels.", "$.Labels."] {
            if let Some(label) =
                word.strip_prefix(prefix).and_then(|rest| rest.split('.').next()).filter(|l| !l.is_empty())
            {
                out.labels.push((label.to_owned(), Span::new(span.at + prefix.len(), label.len())));
            }
        }
    }
    for action in actions {
        indexed(text, *action, &mut out.labels);
    }
    out.labels.sort_by_key(|(_, span)| span.at);
    out
}

/// `index $labels "name"`.
fn indexed(text: &str, action: Span, out: &mut Vec<(String, Span)>) {
    const CALL: &str = "index $labels \"";
    let part = action.of(text);
    for (i, _) in part.match_indices(CALL) {
        let begin = i + CALL.len();
        let label = part[begin..].split('"').next().unwrap_or_default();
        if !label.contains('\\') && !label.is_empty() {
            out.push((label.to_owned(), Span::new(action.at + begin, label.len())));
        }
    }
}

/// The parser's error, at its place in the author's text.
fn fault(text: &str, actions: &[Span], error: &ParseError) -> Fault {
    let ParseError::WithContext(place, message) = error else {
        return Fault::new(Span::new(0, text.len()), format!("this is no template: {error}"));
    };
    let line = text.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum::<usize>();
    let lead = if place.line <= 1 { PRELUDE.len() } else { 0 };
    let mut at = (line + place.col.saturating_sub(1)).saturating_sub(lead).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let mut len = place.len.min(text.len() - at);
    while !text.is_char_boundary(at + len) {
        len -= 1;
    }
    let span = Span::new(at, len);
    let find = |name: &str| {
        let all = actions.iter().flat_map(|action| words(text, *action));
        let head = |span: &Span| span.of(text).split('.').next().is_some_and(|head| head == name);
        all.filter(head).map(|found| Span::new(found.at, name.len())).min_by_key(|found| found.at.abs_diff(at))
    };
    if let Some(name) = message.strip_prefix("function ").and_then(|rest| rest.strip_suffix(" not defined")) {
        let known = FUNCTIONS.iter().chain(BUILTINS).copied();
        return Fault::new(find(name).unwrap_or(span), format!("unknown function `{}`", shown(name)))
            .maybe_help(nearest_name(name, known).map(|known| format!("did you mean `{known}`?")));
    }
    if let Some(name) = message.strip_prefix("undefined variable ") {
        let help = nearest_name(name, VARIABLES.iter().copied()).map(|known| format!("did you mean `{known}`?"));
        return Fault::new(find(name).unwrap_or(span), format!("unknown variable `{}`", shown(name)))
            .maybe_help(help.or_else(|| Some(format!("Prometheus knows {}", VARIABLES.join(", ")))));
    }
    if message.contains("unexpected end") || message.contains("EOF") {
        return Fault::new(unended(text, actions).unwrap_or(span), "`{{end}}` is missing");
    }
    let mut words = message.trim_start_matches("template: ").to_owned();
    words.truncate(words.char_indices().nth(200).map_or(words.len(), |(i, _)| i));
    Fault::new(span, format!("this is no template: {words}"))
}

/// The first word of the innermost block that is never ended.
fn unended(text: &str, actions: &[Span]) -> Option<Span> {
    let mut open = Vec::new();
    for action in actions {
        let first = words(text, *action).into_iter().next();
        match first.map(|span| (span, span.of(text))) {
            Some((span, "if" | "range" | "with" | "define" | "block")) => open.push(span),
            Some((_, "end")) => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}
