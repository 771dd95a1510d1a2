//! The words for what is wrong with the form of a document, and the traps of the compact form.

use super::{Kind, Node, Span, Style, YamlProblem};
use granit_parser::{ErrorKind, ScanError};
use std::collections::HashMap;

const QUOTE_FLOW: &str = "inside `{…}` and `[…]`, text that holds any of `, [ ] { }` must be quoted";
const QUOTE_COLON: &str = "text that holds `: ` must be quoted, and keys of one mapping stand in one column";
const COMMA: &str = "a comma ends the value here: quote it";

/// A parser's error in our words. `flow` is the flow collection that is open there.
pub(super) fn explain(error: &ScanError, text: &str, flow: Option<Span>) -> YamlProblem {
    use ErrorKind as E;
    let mut at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at = fault(error.kind(), text, at);
    let len = text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    let (message, help): (String, &str) = match error.kind() {
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabAtBlockScalarStart
        | E::TabInPlainScalar => ("a tab stands where only spaces may".into(), "indent with spaces"),
        E::RecursionLimitExceeded => {
            return YamlProblem::new("NF0007", Span::new(at, at + len), "too many collections inside each other");
        }
        E::ExpectedFlowMappingSeparator | E::UnexpectedEofFlowMapping => {
            ("`{` is not closed, or a comma is missing".into(), QUOTE_FLOW)
        }
        E::ExpectedFlowSequenceSeparator | E::UnexpectedEofFlowSequence => {
            ("`[` is not closed, or a comma is missing".into(), QUOTE_FLOW)
        }
        E::UnclosedFlowCollection { open } => (format!("`{open}` is not closed"), QUOTE_FLOW),
        E::MismatchedFlowCollectionEnd { open, close } => (format!("`{open}` is closed by `{close}`"), QUOTE_FLOW),
        E::MisplacedFlowCollectionEnd => ("a closing bracket without its opening one".into(), QUOTE_FLOW),
        E::UnclosedQuotedScalar | E::UnexpectedEof | E::InvalidQuotedScalarIndent => {
            ("a quote is not closed, or the document ends too early".into(), "")
        }
        E::UnknownQuotedScalarEscape => {
            ("unknown escape in double quotes".into(), "use single quotes, where `\\` is only a character")
        }
        E::UnexpectedCharacter { character: '`' } => ("text cannot begin with a backtick".into(), "quote it"),
        E::UnexpectedCharacter { character } => {
            (format!("text cannot begin with `{}`", character.escape_debug()), "quote it")
        }
        E::MissingAnchorOrAliasName | E::UnexpectedEofBlockMapping if text[at..].starts_with(['*', '&', ',']) => {
            (format!("text cannot begin with `{}`", &text[at..at + len]), "quote it")
        }
        E::BlockSequenceEntryNotAllowed => (
            "a list cannot begin here".into(),
            "begin it on a line of its own; text that begins with `- ` must be quoted",
        ),
        E::MappingValueNotAllowed | E::InvalidColonPlacement => ("`:` cannot stand here".into(), QUOTE_COLON),
        E::InvalidTrailingDoubleQuotedScalar | E::InvalidTrailingSingleQuotedScalar => {
            ("text follows a closing quote".into(), "quote the whole value, or none of it")
        }
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            ("expected `key: value`".into(), "a colon, and a space behind it, is missing or the indentation is wrong")
        }
        E::ExpectedBlockMappingKey | E::InvalidIndentation | E::ExpectedBlockSequenceEntry => {
            (error.info(), "the indentation does not fit the lines above")
        }
        _ => (error.info(), ""),
    };
    let mut problem = YamlProblem::new("NF0001", Span::new(at, at + len), lower(&message));
    if !help.is_empty() {
        problem = problem.help(help);
    }
    match flow {
        Some(open) if open.start != at => problem.also(open, "opened here"),
        _ => problem,
    }
}

/// Where the fault itself stands: the parser has already gone past a tab, and past the dash of a list item.
fn fault(kind: &ErrorKind, text: &str, at: usize) -> usize {
    use ErrorKind as E;
    let before = &text[..at];
    match kind {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart
            if !text[at..].starts_with('\t') =>
        {
            at - (before.len() - before.trim_end_matches('\t').len())
        }
        E::ExpectedBlockMappingKey if before.ends_with("- ") => at - 2,
        _ => at,
    }
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// `!x`, which nothing here gives a meaning.
pub(super) fn tag(span: Span, shown: &str) -> YamlProblem {
    YamlProblem::new("NF0004", span, format!("the YAML tag `{shown}` means nothing here"))
        .help("remove it; text that begins with `!` must be quoted")
}

/// `key: >` with nothing below it. The parser places the text that is not there, so the mark is looked for before it.
pub(super) fn empty_block(text: &str, span: Span, style: Style) -> YamlProblem {
    let mark = if style == Style::Folded { '>' } else { '|' };
    let before = text.get(..span.end).unwrap_or(text);
    let span = before.rfind(mark).map_or(span, |at| Span::new(at, at + 1));
    YamlProblem::new("NF0010", span, format!("`{mark}` begins a block of text here, and the block is empty"))
        .help(format!("to mean the character, quote it: `\"{mark}\"`"))
}

/// An alias without an anchor before it.
pub(super) fn unresolved(
    name: &str,
    span: Span,
    later: Option<&Span>,
    earlier: Option<&Span>,
    near: Option<&str>,
) -> YamlProblem {
    let problem = YamlProblem::new("NF0005", span, format!("no anchor `&{name}` stands before this alias"));
    match (later, earlier, near) {
        (Some(later), ..) => problem.help("an anchor must stand before its aliases").also(*later, "it stands here"),
        (_, Some(earlier), _) => {
            problem.help("anchors end at `---`: repeat it in this document").also(*earlier, "in an earlier document")
        }
        (.., Some(near)) => problem.help(format!("did you mean `*{near}`?")),
        _ => problem.help("text that begins with `*` must be quoted"),
    }
}

/// A document that aliases would make too large.
pub(super) fn too_many_values(root: &Node, values: u64, limit: u64) -> YamlProblem {
    let more = if values == u64::MAX { "more than " } else { "" };
    let message = format!(
        "the document has {more}{} values once its aliases are expanded, more than {}",
        crate::units::grouped(values),
        crate::units::grouped(limit)
    );
    YamlProblem::new("NF0006", root.head(), message)
}

/// Adds an entry to a mapping, unless its key is none or is there already.
pub(super) fn entry(
    entries: &mut Vec<(Node, Node)>,
    seen: &mut HashMap<Box<str>, Span>,
    key: Node,
    value: Node,
) -> Option<YamlProblem> {
    let Some(name) = key.as_str() else {
        let braces = matches!(key.resolve().kind, Kind::Map(_));
        let problem = YamlProblem::new("NF0009", key.span, "a key must be text, not a list or a mapping");
        return Some(problem.help(if braces {
            "text that begins with `{` must be quoted"
        } else {
            "text that begins with `[` must be quoted"
        }));
    };
    if key.is_null() {
        let message = if name.is_empty() { "a key is missing".to_owned() } else { format!("`{name}` is no key") };
        let problem = YamlProblem::new("NF0009", key.span, message);
        return Some(if name.is_empty() { problem } else { problem.help("quote it") });
    }
    if let Some(first) = seen.get(name) {
        let problem = YamlProblem::new("NF0002", key.span, format!("key `{name}` appears twice in this mapping"));
        let problem = problem.also(*first, "first here");
        return Some(if name == "<<" { problem.help("merge several as `<<: [*a, *b]`") } else { problem });
    }
    seen.insert(name.into(), key.span);
    entries.push((key, value));
    None
}

/// The members of a flow collection that is complete.
pub(super) enum Flow<'a> {
    Seq(&'a mut Vec<Node>),
    Map(&'a mut Vec<(Node, Node)>),
}

/// Text that a comma cut in two: `{expr: sum by (a, b) (x)}` has a key `b) (x)` without a value.
pub(super) fn flow_traps(flow: &mut Flow<'_>) -> Vec<YamlProblem> {
    match flow {
        Flow::Map(entries) => {
            let mut out = Vec::new();
            let mut before: Option<Span> = None;
            entries.retain(|(key, value)| {
                let name = key.as_str().unwrap_or_default();
                let absent = value.is_null() && value.as_str() == Some("");
                let cut = key.is_plain() && absent && (name.contains(')') || name.contains(char::is_whitespace));
                if cut {
                    out.push(cut_here(name, key.span, before));
                }
                before = Some(value.span);
                !cut
            });
            out
        }
        Flow::Seq(items) => {
            let plain = |n: &Node| n.is_plain().then(|| n.as_str().map(balance)).flatten().unwrap_or(0);
            items
                .windows(2)
                .filter(|pair| plain(&pair[0]) > 0 && plain(&pair[1]) < 0)
                .map(|pair| cut_here(pair[1].as_str().unwrap_or_default(), pair[1].span, Some(pair[0].span)))
                .collect()
        }
    }
}

/// Opening less closing parentheses.
fn balance(text: &str) -> i32 {
    text.chars().map(|c| i32::from(c == '(') - i32::from(c == ')')).sum()
}

fn cut_here(rest: &str, span: Span, before: Option<Span>) -> YamlProblem {
    let problem = YamlProblem::new("NF0010", span, format!("`{rest}` is cut off from the text before it")).help(COMMA);
    match before {
        Some(before) if before.end > before.start => problem.also(before, COMMA),
        _ => problem,
    }
}
