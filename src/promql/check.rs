//! What promql-parser says of an expression: its printed form, or a fault with a place.
//!
//! The crate names no places. But our tree knows the place of every part, and the crate checks from the leaves up: the
//! first part, children before parents, that it refuses by itself is the culprit.

use promql_parser::parser;

use super::clean::{Clean, clean_but};
use super::fault::{Fault, Span, shown};
use super::lex::{self, Token};
use super::number;
use super::stand_in::StandIns;
use super::tree::{Node, NodeKind, Window};

/// How many parts are tried one by one for the culprit.
const MAX_TRIED: usize = 2_000;

/// The expression as Prometheus prints it; `None` where the crate's print would not say all of it.
pub(crate) fn check(text: &str, tokens: &[Token], root: &Node) -> Result<Option<String>, Fault> {
    register();
    let stand_ins = StandIns::of(text, tokens);
    let Clean { text: cleaned, bytes } = clean_but(text, tokens, &|i| stand_ins.word(i));
    match stand_ins.print(cleaned) {
        Ok(printed) => {
            let short = printed.len() <= lex::MAX_TEXT;
            let whole = short && !bytes && !odd_times(root, text);
            Ok(whole.then_some(printed))
        }
        Err(_) if empty_info(root) => Ok(None),
        Err(message) => Err(culprit(text, root, &message)),
    }
}

/// `holt_winters` is a function of every 2.x server, and of none since 3.0: the crate has only its new name.
fn register() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let Ok(parser::Expr::Call(call)) = parser::parse("double_exponential_smoothing(x[1m], 1, 1)") else { return };
        let function = parser::Function { name: "holt_winters", experimental: false, ..call.func };
        let missing = parser::register_extra_functions(vec![function]);
        debug_assert!(missing.is_ok(), "holt_winters is no function of the crate itself");
    });
}

/// Whether there is a time that the crate does not print as it is: an `@` before 1970 (all of them come out as 0), an
/// offset of nothing (`offset 0s`, which nothing reads back), a range with a fraction of a millisecond.
fn odd_times(root: &Node, text: &str) -> bool {
    let negative = |span: Option<Span>| span.is_some_and(|span| span.of(text).contains('-'));
    let odd = |window: &Window| {
        let fraction = number::value(window.span.of(text)).is_some_and(|seconds| (seconds * 1000.0).fract() != 0.0);
        window.ms == Some(0) || fraction
    };
    root.walk().into_iter().any(|node| match &node.kind {
        NodeKind::Selector(selector) => {
            negative(selector.at) || [&selector.range, &selector.offset].into_iter().flatten().any(odd)
        }
        NodeKind::Subquery(sub) => {
            negative(sub.at) || odd(&sub.range) || [&sub.step, &sub.offset].into_iter().flatten().any(odd)
        }
        _ => false,
    })
}

/// The second argument of `info` may match everything: the crate refuses that.
fn empty_info(root: &Node) -> bool {
    root.walk().into_iter().any(|node| match &node.kind {
        NodeKind::Call(call) if call.name == "info" => call.args.get(1).is_some_and(|arg| match &arg.kind {
            NodeKind::Selector(selector) => selector.name.is_none(),
            _ => false,
        }),
        _ => false,
    })
}

/// What the crate says of a part of the text: its type, or why it is none.
fn ask(text: &str, span: Span) -> Result<&'static str, String> {
    let part = span.of(text);
    let tokens = lex::tokens(part).map_err(|fault| fault.message)?;
    let stand_ins = StandIns::of(part, &tokens);
    let ast = parser::parse(&clean_but(part, &tokens, &|i| stand_ins.word(i)).text)?;
    Ok(match ast.value_type().to_string().as_str() {
        "vector" => "vector",
        "matrix" => "matrix",
        "scalar" => "scalar",
        _ => "string",
    })
}

fn culprit(text: &str, root: &Node, whole: &str) -> Fault {
    let mut parts = root.walk();
    parts.reverse();
    let tried =
        parts.into_iter().take(MAX_TRIED).filter(|node| !matches!(node.kind, NodeKind::Number(_) | NodeKind::Paren(_)));
    for node in tried {
        if let Err(message) = ask(text, node.span) {
            return fault(text, node, &message);
        }
    }
    fault(text, root, whole)
}

/// The crate's words on a part, as ours.
fn fault(text: &str, node: &Node, message: &str) -> Fault {
    match &node.kind {
        NodeKind::Selector(_) => selector_fault(node, message),
        NodeKind::Call(_) => call_fault(text, node, message),
        NodeKind::Binary(_) => binary_fault(text, node, message),
        NodeKind::Aggregate(_) => aggregate_fault(text, node, message),
        _ => Fault::new(node.span, plain(message)),
    }
}

fn selector_fault(node: &Node, message: &str) -> Fault {
    let NodeKind::Selector(selector) = &node.kind else { return Fault::new(node.span, plain(message)) };
    if message.contains("non-empty matcher") {
        return Fault::new(node.span, "the selector matches every series")
            .help("name a metric, or give one matcher that does not match the empty text");
    }
    if message.contains("set twice") {
        let twice = selector.matchers.iter().find(|m| m.label == "__name__");
        return Fault::new(twice.map_or(node.span, |m| m.value_span), "the metric's name is given twice");
    }
    Fault::new(node.span, plain(message))
}

/// A type of Prometheus in words.
fn kind_words(kind: &str) -> &'static str {
    match kind {
        "vector" => "an instant vector",
        "matrix" => "a range vector",
        "scalar" => "a number",
        _ => "a string",
    }
}

fn type_help(wanted: &str, got: &str, part: &str) -> Option<String> {
    Some(match (wanted, got) {
        ("matrix", "vector") => format!("give it a range, as `{}[5m]`", shown(part)),
        ("vector", "matrix") => "put a function around the range, as `rate(…)`".to_owned(),
        ("scalar", "vector") => format!("write `scalar({})`", shown(part)),
        ("vector", "scalar") => format!("write `vector({})`", shown(part)),
        _ => return None,
    })
}

/// "expected type X in …, got Y": X and Y.
fn types(message: &str) -> Option<(&str, &str)> {
    let wanted = message.strip_prefix("expected type ")?.split(' ').next()?;
    Some((wanted, message.rsplit(' ').next()?))
}

/// Whether an argument is right where it stands: with one of type `wanted` in its place the crate asks for `got` back.
fn belongs(text: &str, call: &Node, arg: &Node, wanted: &str, got: &str) -> bool {
    let other = match wanted {
        "vector" => "x",
        "matrix" => "x[1m]",
        "scalar" => "1",
        _ => "\"x\"",
    };
    let (before, after) = (Span::new(call.span.at, arg.span.at - call.span.at), arg.span.end()..call.span.end());
    let swapped = format!("{}{other}{}", before.of(text), text.get(after).unwrap_or_default());
    let answer = ask(&swapped, Span::new(0, swapped.len()));
    answer.is_err_and(|message| types(&message) == Some((got, wanted)))
}

fn call_fault(text: &str, node: &Node, message: &str) -> Fault {
    let NodeKind::Call(call) = &node.kind else { return Fault::new(node.span, plain(message)) };
    if let Some((wanted, got)) = types(message) {
        let wrong =
            |arg: &&Node| ask(text, arg.span).is_ok_and(|kind| kind == got) && !belongs(text, node, arg, wanted, got);
        let arg = call.args.iter().find(wrong);
        let span = arg.map_or(call.name_span, |arg| arg.span);
        let words = format!("`{}` takes {} here, found {}", call.name, kind_words(wanted), kind_words(got));
        return Fault::new(span, words).maybe_help(type_help(wanted, got, span.of(text)));
    }
    if message.contains("argument(s)") {
        let found = call.args.len();
        let count = message.trim_start_matches("expected ").split(" argument").next().unwrap_or("");
        let plural = if count.ends_with(" 1") || count == "1" { "" } else { "s" };
        return Fault::new(call.name_span, format!("`{}` takes {count} argument{plural}, found {found}", call.name));
    }
    Fault::new(call.name_span, plain(message))
}

fn aggregate_fault(text: &str, node: &Node, message: &str) -> Fault {
    let NodeKind::Aggregate(agg) = &node.kind else { return Fault::new(node.span, plain(message)) };
    let Some((wanted, got)) = types(message) else { return Fault::new(agg.op_span, plain(message)) };
    let of_type = |part: &&Node| ask(text, part.span).is_ok_and(|kind| kind == got);
    let part = if wanted == "vector" { Some(agg.inner.as_ref()) } else { agg.param.as_deref() };
    let span = part.filter(of_type).map_or(agg.op_span, |part| part.span);
    Fault::new(span, format!("`{}` takes {} here, found {}", agg.op, kind_words(wanted), kind_words(got)))
        .maybe_help(type_help(wanted, got, span.of(text)))
}

fn binary_fault(text: &str, node: &Node, message: &str) -> Fault {
    let NodeKind::Binary(binary) = &node.kind else { return Fault::new(node.span, plain(message)) };
    let op = &binary.op;
    if message.contains("must contain only scalar") {
        let wrong = [&binary.lhs, &binary.rhs].into_iter().find_map(|side| {
            let kind = ask(text, side.span).ok()?;
            matches!(kind, "matrix" | "string").then_some((side.span, kind))
        });
        let (span, kind) = wrong.unwrap_or((binary.op_span, "matrix"));
        let fault = Fault::new(span, format!("`{op}` cannot take {}", kind_words(kind)));
        return fault.maybe_help(type_help("vector", kind, span.of(text)));
    }
    let at = |words: String| Fault::new(binary.op_span, words);
    if message.contains("must use BOOL") {
        return at("a comparison of two numbers needs `bool`".to_owned()).help(format!("write `{op} bool`"));
    }
    if message.contains("set operator") {
        return at(format!("`{op}` works on series, not on numbers"));
    }
    if message.contains("bool modifier") {
        return at(format!("`bool` stands only behind a comparison, not behind `{op}`"));
    }
    let span = |grouping: &Option<super::Grouping>| grouping.as_ref().map_or(binary.op_span, |grouping| grouping.span);
    if message.contains("no grouping allowed") {
        return Fault::new(span(&binary.group), format!("`{op}` takes no `group_left` and no `group_right`"));
    }
    if message.contains("ON and GROUP") {
        return Fault::new(span(&binary.group), "a label stands in both lists").help("`on (…)` brings it already");
    }
    if message.contains("vector matching only") {
        return Fault::new(span(&binary.matching), "`on` and `ignoring` need series on both sides");
    }
    at(plain(message))
}

/// The crate's words as they can stand in a report.
fn plain(message: &str) -> String {
    if message == "invalid promql query" || message.is_empty() {
        return "this is no PromQL".to_owned();
    }
    let mut words = message.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    words
}
