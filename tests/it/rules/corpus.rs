//! The expressions of real projects (`NATSFORM_CORPUS`) on a real server: applied, planned again, written in another way,
//! and changed in one place.

use super::bed::{Bed, unfolded};
use crate::support::{Program, prometheuses};
use natsform::promql;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The expressions that Prometheus accepts, or those that it refuses, with their numbers; skipped loudly where there is no
/// corpus.
pub fn expressions(accepted: bool) -> Option<Vec<(u64, String)>> {
    let Some(folder) = std::env::var_os("NATSFORM_CORPUS").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set");
        return None;
    };
    let nested = folder.join("promql").join("rules.jsonl");
    let path = if nested.exists() { nested } else { folder.join("rules.jsonl") };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let rule = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        (value["ok"] == accepted)
            .then(|| (value["id"].as_u64().expect("a number"), value["expr"].as_str().expect("a text").to_owned()))
    };
    Some(text.lines().filter_map(rule).collect())
}

/// Whether a server of this version, without flags, knows everything of an expression.
fn runs(expr: &str, version: &str) -> bool {
    let mut numbers = version.split('.').map(|n| n.parse().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let read = promql::parse(expr).unwrap_or_else(|fault| panic!("{expr:?}: {}", fault.message));
    promql::needs(&read).iter().all(|feature| feature.met(version, &[]))
}

/// Documents of fifty rules each.
fn documents<'a>(rules: impl IntoIterator<Item = (&'a u64, &'a String)>) -> String {
    let rules: Vec<_> = rules.into_iter().collect();
    let mut out = String::new();
    for (i, some) in rules.chunks(50).enumerate() {
        out.push_str(&format!(
            "apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: d{i}}}\nspec:\n  groups:\n    - name: d{i}\n      \
             interval: 1h\n      rules:\n"
        ));
        for (id, expr) in some {
            // JSON's texts are YAML's
            out.push_str(&format!("        - {{alert: r{id}, expr: {}}}\n", Value::from(expr.as_str())));
        }
        out.push_str("---\n");
    }
    out
}

#[test]
fn applied_planned_reformatted_and_mutated() {
    let Some(all) = expressions(true) else { return };
    assert!(all.len() > 1_000, "the corpus is not whole");
    for (version, binary) in prometheuses() {
        let bed = Bed::start(&binary);
        let rules: BTreeMap<u64, String> = all.iter().filter(|(_, expr)| runs(expr, &version)).cloned().collect();
        eprintln!("on Prometheus {version}: {} of {} expressions", rules.len(), all.len());
        assert!(rules.len() * 10 > all.len() * 9);
        bed.program.manifest(&documents(&rules));
        bed.apply(0);
        assert_eq!(bed.loaded().len(), rules.len());
        bed.is_settled();

        let spread: BTreeMap<u64, String> = rules.iter().map(|(id, expr)| (*id, reformatted(expr))).collect();
        let other = rules.iter().filter(|(id, expr)| spread[id] != **expr).count();
        assert_eq!(other, rules.len(), "every expression is written in another way");
        bed.program.manifest(&documents(&spread));
        bed.is_settled();

        let every = rules.len() / 200;
        let mutated: BTreeMap<u64, String> = rules
            .iter()
            .enumerate()
            .filter(|(i, _)| i % every == 0)
            .take(200)
            .map(|(i, (id, expr))| {
                let mutated = mutated(expr, i).filter(|m| runs(m, &version));
                (*id, mutated.unwrap_or_else(|| panic!("no token of {expr:?} can be changed")))
            })
            .collect();
        assert_eq!(mutated.len(), 200);
        let now: BTreeMap<u64, String> = rules.into_iter().chain(mutated.clone()).collect();
        bed.program.manifest(&documents(&now));
        let planned = bed.program.must(2, &["plan", "--detailed-exitcode", "--format", "json"]);
        let seen: BTreeSet<u64> = changed(&planned.json());
        let missed: Vec<_> = mutated.iter().filter(|(id, _)| !seen.contains(id)).collect();
        assert!(missed.is_empty(), "not seen as a change: {missed:?}");
        assert_eq!(seen.len(), 200, "more is seen than was changed: {}", unfolded(&planned));
    }
}

/// Without a server: each at its own line.
#[test]
fn what_a_server_refuses_is_refused_offline_with_a_place() {
    let Some(all) = expressions(false) else { return };
    assert!(all.len() >= 10, "the corpus is not whole");
    let program = Program::bare();
    program.write(
        "natsform.yaml",
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments:\n    local:\n      default: true\n\
         \x20     prometheus: {url: \"http://127.0.0.1:1\", rules: {directory: none}}\n",
    );
    let text = documents(all.iter().map(|(id, expr)| (id, expr)));
    program.manifest(&text);
    let refused = program.must(1, &["validate"]);
    for (id, expr) in &all {
        let line = text.lines().position(|l| l.contains(&format!("{{alert: r{id},"))).expect("its line") + 1;
        let place = format!("all.yaml:{line}:");
        assert!(refused.stderr.lines().any(|l| l.starts_with(&place)), "{expr:?}: {place}: {}", refused.told());
    }
}

/// The numbers of the rules whose expressions a plan changes.
fn changed(plan: &Value) -> BTreeSet<u64> {
    let steps = plan["changes"].as_array().expect("changes").iter();
    let changes = steps.flat_map(|step| step["fields"].as_array().into_iter().flatten());
    let paths = changes.filter_map(|change| change["path"].as_str());
    paths.filter_map(|path| path.strip_suffix("].expr")?.rsplit_once("[r")?.1.parse().ok()).collect()
}

/// The pieces of an expression, without white space and comments: a reader of its own, so that no fault of natsform's hides
/// itself.
fn pieces(expr: &str) -> Vec<String> {
    let chars: Vec<char> = expr.chars().collect();
    let (mut out, mut at, mut windows) = (Vec::new(), 0, 0);
    while let Some(&c) = chars.get(at) {
        let from = at;
        let while_in = |at: usize, fits: &dyn Fn(char) -> bool| {
            chars[at..].iter().position(|c| !fits(*c)).map_or(chars.len(), |n| at + n)
        };
        if c.is_whitespace() {
            at += 1;
            continue;
        } else if c == '#' {
            at = while_in(at, &|c| c != '\n');
            continue;
        } else if matches!(c, '"' | '\'' | '`') {
            at += 1;
            while chars[at] != c {
                at += if chars[at] == '\\' && c != '`' { 2 } else { 1 };
            }
            at += 1;
        } else if c.is_ascii_digit() || c == '.' {
            at = while_in(at, &|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            let exponent = chars[from..at].last().is_some_and(|c| matches!(c, 'e' | 'E'));
            if exponent && !chars[from..at].contains(&'x') {
                at = while_in(at + 1, &|c| c.is_ascii_digit());
            }
        } else if c.is_alphabetic() || c == '_' || (c == ':' && windows == 0) {
            at = while_in(at, &|c| c.is_alphanumeric() || c == '_' || (c == ':' && windows == 0));
        } else {
            windows += i32::from(c == '[') - i32::from(c == ']');
            let two =
                chars.get(at + 1).is_some_and(|d| matches!((c, *d), ('=' | '!' | '<' | '>', '=') | ('=' | '!', '~')));
            at += if two { 2 } else { 1 };
        }
        out.push(chars[from..at].iter().collect());
    }
    out
}

/// The milliseconds of a piece that is a time span.
fn span(piece: &str) -> Option<i64> {
    let is_span = piece.starts_with(|c: char| c.is_ascii_digit()) && !piece.starts_with("0x");
    (is_span && piece.ends_with(['s', 'm', 'h', 'd', 'w', 'y'])).then(|| promql::parse_duration(piece).ok())?
}

/// Where the bracket that opens at a piece closes.
fn closes(pieces: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (i, piece) in pieces.iter().enumerate().skip(open) {
        depth +=
            i32::from(matches!(piece.as_str(), "(" | "{" | "[")) - i32::from(matches!(piece.as_str(), ")" | "}" | "]"));
        if depth == 0 {
            return i;
        }
    }
    pieces.len() - 1
}

/// The same written in another way: spread over lines with comments, other quotes, other time spans, matchers the other way
/// round, `by` on the other side.
fn reformatted(expr: &str) -> String {
    let mut pieces = pieces(expr);
    let mut i = 0;
    while i < pieces.len() {
        if pieces[i] == "{" {
            let end = closes(&pieces, i);
            let inside = pieces[i + 1..end].to_vec();
            let mut matchers: Vec<&[String]> = inside.split(|p| p == ",").filter(|m| !m.is_empty()).collect();
            matchers.reverse();
            let turned = matchers.join(&",".to_owned());
            pieces.splice(i + 1..end, turned);
        }
        let grouped = i > 0 && matches!(pieces[i].to_ascii_lowercase().as_str(), "by" | "without");
        if grouped && pieces.get(i + 1).is_some_and(|p| p == "(") && AGGREGATIONS.contains(&pieces[i - 1].as_str()) {
            let clause_end = closes(&pieces, i + 1);
            if pieces.get(clause_end + 1).is_some_and(|p| p == "(") {
                let body_end = closes(&pieces, clause_end + 1);
                // to the end of the body: `sum by (a) (b)` and `sum (b) by (a)`
                pieces[i..=body_end].rotate_left(clause_end + 1 - i);
                continue;
            }
        }
        i += 1;
    }
    let mut out = "# reformatted\n".to_owned();
    for piece in &pieces {
        let body = piece.get(1..piece.len().saturating_sub(1)).unwrap_or_default();
        let plain = !body.contains(['\\', '"', '\'', '`', '\n']);
        match span(piece) {
            Some(ms) if ms % 1000 == 0 => out.push_str(&format!("{}s", ms / 1000)),
            _ if piece.starts_with('"') && plain => out.push_str(&format!("'{body}'")),
            _ if piece.starts_with('\'') && plain => out.push_str(&format!("\"{body}\"")),
            _ => out.push_str(piece),
        }
        out.push_str(if piece == "," { " # x ) \"\n  " } else { " " });
    }
    out
}

const AGGREGATIONS: [&str; 12] =
    ["sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile"];

/// The expression with another piece in one place, and that place depends on the seed; still one that a server takes.
fn mutated(expr: &str, seed: usize) -> Option<String> {
    let pieces = pieces(expr);
    (0..pieces.len()).find_map(|i| {
        let at = (seed * 7 + i) % pieces.len();
        let mut other = pieces.clone();
        other[at] = another(&pieces[at], pieces.get(at + 1).map_or("", String::as_str))?;
        let text = other.join(" ");
        promql::parse(&text).is_ok().then_some(text)
    })
}

/// Another piece of the same kind.
fn another(piece: &str, next: &str) -> Option<String> {
    const PAIRS: [(&str, &str); 18] = [
        (">", ">="),
        (">=", ">"),
        ("<", "<="),
        ("<=", "<"),
        ("==", "!="),
        ("=", "!="),
        ("=~", "!~"),
        ("!~", "=~"),
        ("+", "-"),
        ("-", "+"),
        ("*", "/"),
        ("/", "*"),
        ("sum", "max"),
        ("max", "min"),
        ("rate", "increase"),
        ("increase", "rate"),
        ("by", "without"),
        ("and", "unless"),
    ];
    if let Some((_, other)) = PAIRS.iter().find(|(from, _)| *from == piece) {
        return Some((*other).to_owned());
    }
    if let Some(ms) = span(piece) {
        return Some(format!("{}ms", ms + 1));
    }
    let first = piece.chars().next()?;
    if first.is_ascii_digit() {
        return piece.parse::<f64>().ok().map(|n| (n + 1.0).to_string());
    }
    if matches!(first, '"' | '\'' | '`') {
        return Some(format!("{}x{first}", &piece[..piece.len() - 1]));
    }
    const KEPT: [&str; 12] = [
        "or",
        "unless",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "inf",
        "nan",
        "atan2",
    ];
    let is_name =
        (first.is_alphabetic() || first == '_') && next != "(" && !KEPT.contains(&piece.to_ascii_lowercase().as_str());
    (is_name && !AGGREGATIONS.contains(&piece)).then(|| format!("{piece}_x"))
}
