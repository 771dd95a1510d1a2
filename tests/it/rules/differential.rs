//! Whether natsform and a real server agree on what is an expression: over what earlier runs found, and over thousands of
//! broken ones.

use super::{bed::Bed, corpus::expressions};
use crate::support::{Prometheus, prometheuses};
use natsform::promql;

/// What natsform and a server once judged differently, and what lies near to it.
const FOUND: &[&str] = &[
    r#"up{job=~"a**"}"#,
    r#"up{job=~"a+*"}"#,
    r#"up{job=~"a*??"}"#,
    r#"up{job=~"a{2}{3}"}"#,
    r#"up{job=~"a{2,3}*"}"#,
    r#"up{job=~"a{1001}"}"#,
    r#"up{job=~"a{1000}"}"#,
    r#"up{job=~"(a{50}){50}"}"#,
    r#"up{job=~"(a{0}){1000}"}"#,
    r#"up{job=~"a{3,2}"}"#,
    r#"up{job=~"a{,2}*"}"#,
    r#"up{job=~"a{01}"}"#,
    r#"up{job=~"a{bbb}c"}"#,
    r#"up{job=~"(a{1000}){4}"}"#,
    r#"up{job=~"(?<n>a)"}"#,
    r#"up{job=~"(?P<n>a)"}"#,
    r#"up{job=~"(?P<n>a)(?P<n>b)"}"#,
    r#"up{job=~"(?P<n-n>a)"}"#,
    r#"up{job=~"(?P<>a)"}"#,
    r#"up{job=~"(?'n'a)"}"#,
    r#"up{job=~"(?=a)"}"#,
    r#"up{job=~"(?<!a)b"}"#,
    r#"up{job=~"(?x)a"}"#,
    r#"up{job=~"(?u)a"}"#,
    r#"up{job=~"(?i-s:a)(?U)b"}"#,
    r#"up{job=~"(?i-)a"}"#,
    r#"up{job=~"(?)a"}"#,
    r#"up{job=~"(?#note)a"}"#,
    r#"up{job=~"*a"}"#,
    r#"up{job=~"a|*"}"#,
    r#"up{job=~"(|a)*"}"#,
    r#"up{job=~"(?:)*"}"#,
    r#"up{job=~"a)(b"}"#,
    r#"up{job=~"a*(?i)*"}"#,
    r#"up{job=~"[b-a]"}"#,
    r#"up{job=~"[]"}"#,
    r#"up{job=~"[]a]"}"#,
    r#"up{job=~"[^]a]"}"#,
    r#"up{job=~"[[a]"}"#,
    r#"up{job=~"[a&&b]"}"#,
    r#"up{job=~"[a--b]"}"#,
    r#"up{job=~"[a~~b]"}"#,
    r#"up{job=~"[[:word:]]"}"#,
    r#"up{job=~"[[:foo:]]"}"#,
    r#"up{job=~`[a-\d]`}"#,
    r#"up{job=~`[\d-z]`}"#,
    r#"up{job=~`[\b]`}"#,
    r#"up{job=~`\Qa.b\E*`}"#,
    r#"up{job=~`\Qa.b`}"#,
    r#"up{job=~`\012\0\x41\x{1F600}`}"#,
    r#"up{job=~`\x{110000}`}"#,
    r#"up{job=~`\x{}`}"#,
    r#"up{job=~`\1`}"#,
    r#"up{job=~`\8`}"#,
    r#"up{job=~`\u00e4`}"#,
    r#"up{job=~`\Z`}"#,
    r#"up{job=~`\C`}"#,
    r#"up{job=~`\_\-\/\<\>\@`}"#,
    r#"up{job=~`\ä`}"#,
    r#"up{job=~`\b{start}a`}"#,
    r#"up{job=~`\pL\p{Greek}\P{^Lu}`}"#,
    r#"up{job=~`\p{greek}`}"#,
    r#"up{job=~`\p{Letter}`}"#,
    r#"up{job=~`\p{Old_Italic}`}"#,
    r#"up{job=~`\p{SignWriting}`}"#,
    r#"up{job=~`\p{Kawi}`}"#,
    r#"up{job=~`\p{Alphabetic}`}"#,
    r#"up{job=~`\p{sc=Greek}`}"#,
    r#"up{job=~`\p`}"#,
    r#"up{job=~`a\`}"#,
    r#"up{job=~"\xff"}"#,
    r#"up{job=~"\xc3\xa4"}"#,
    r#"up{job=~"\xff."}"#,
    r#"up{job=~"a|\xff"}"#,
    r#"up{job="\xff"}"#,
    r#"{job=~`\Q\E`}"#,
    r#"{job=~`\Qa\E`}"#,
    r#"{job!~`\Qa\E|`}"#,
    r#"{job=~`\b`}"#,
    r#"{job=~`\B`}"#,
    r#"{job=~"(?U)a*"}"#,
    "1_000 + up",
    "vector(0x1F_FF)",
    "vector(0x_1F)",
    "vector(0x1e3)",
    "vector(0xdeadbeef)",
    "vector(0xee)",
    "vector(0x1E)",
    "vector(0x1E )",
    "vector(0x1e+5)",
    "vector(0xe)",
    "rate(x[ # note\n 5m])",
    "rate(x[5m # note\n])",
    "rate(x[5m] # note\n)",
    "rate(x[5m: # note\n1m])",
    "rate(x[5m:1m # note\n])",
    "rate(x[5m # note\n:1m])",
    "absent(+\"text\")",
    "label_replace(x, \"a\", \"$1\", +\"b\", \"c\")",
    "rate(+x[5m])",
    "rate(-x[5m])",
    "+(x[5m:])",
    "sum by (\"a.b\") (x)",
    "sum without (`text`) (x)",
    "x * on (\"a\") group_left (\"b\") y",
    "up == 0s",
    "rate(x[ - 5m])",
    "rate(x[-5m + 10m])",
    "x offset 0s",
    "x offset 0",
    "x[0s]",
    "rate(x[.5])",
    "x offset .5",
    "sum by (a:b) (x)",
    "x * on (:a) y",
    "x{a:b=\"c\"}",
    "rate(x[ 08 2m])",
    "rate(x[5m * 2])",
    "rate(x[5m *])",
    "rate(x[(5m])",
    "rate(x[-5m + 10m])",
    "rate(x[max_of(1m, 2m)])",
    "rate(x[max_of(1m)])",
    "rate(x[step()])",
    "x offset (1m 2m)",
    "x offset (1m + 2m)",
    "rate(x[ 5m ])",
    "rate(x[\n5m:\n1m\n])",
    "rate(x{ # note\n a=\"b\" # note\n , # note\n}[5m])",
    "vector(0xFFFFFFFFFFFFFFFFF)",
    "vector(0777777777777777777777777)",
    "vector(01_0)",
    "vector(09)",
    "vector(1__0)",
    "vector(1_e5)",
    "vector(1e400)",
    "vector(-1e400)",
    "vector(1e-400)",
    "vector(1.e5)",
    "vector(0x)",
    "vector(1e)",
];

/// What a server says of an expression: nothing where it takes it.
fn judged(server: &Prometheus, expr: &str) -> Option<String> {
    let encoded: String = expr.bytes().map(|b| format!("%{b:02X}")).collect();
    let (status, body) = server.get(&format!("/api/v1/format_query?query={encoded}"));
    (status != 200).then_some(body)
}

/// A server with what it says of itself.
struct Judge {
    bed: Bed,
    version: (u32, u32),
}

impl Judge {
    fn start(version: &str, binary: &std::path::Path) -> Self {
        let bed = Bed::start(binary);
        let mut numbers = version.split('.').map(|n| n.parse().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Self { bed, version }
    }

    /// What natsform says of an expression for this server: nothing where it takes it.
    fn expected(&self, expr: &str) -> Option<String> {
        let read = match promql::parse(expr) {
            Ok(read) => read,
            Err(fault) => return Some(fault.message),
        };
        let lacks = |f: &promql::Feature| !f.met(self.version, &[]);
        promql::needs(&read).into_iter().find(lacks).map(|f| format!("the server lacks {}", f.name))
    }

    /// A line where the two do not agree.
    fn compare(&self, expr: &str) -> Option<String> {
        match (self.expected(expr), judged(&self.bed.server, expr)) {
            (None, Some(why)) => Some(format!("natsform takes it, the server does not: {expr:?}\n    {why}")),
            // 2.42 overlooks it where the time is a word, and reads the range as if it stood before
            (Some(why), None) if why == "the range stands before `offset` and `@`" => None,
            // 3.5 looks for a time between `[1` and `m]` and finds one
            (Some(why), None) if self.version < (3, 15) && why == "expected a duration, found `m`" => None,
            (Some(why), None) => Some(format!("the server takes it, natsform does not: {expr:?}\n    {why}")),
            _ => None,
        }
    }
}

#[test]
fn what_was_found_is_judged_as_the_server_does() {
    for (version, binary) in prometheuses() {
        let judge = Judge::start(&version, &binary);
        let wrong: Vec<String> = FOUND.iter().filter_map(|expr| judge.compare(expr)).collect();
        assert!(wrong.is_empty(), "on Prometheus {version}:\n{}", wrong.join("\n"));
    }
}

/// Thousands of the corpus' expressions, each broken in one place or two. `NATSFORM_DIFFERENTIAL` says how many.
#[test]
fn broken_expressions_are_judged_as_the_server_does() {
    let Some(all) = expressions(true) else { return };
    let count = std::env::var("NATSFORM_DIFFERENTIAL").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
    let seed = std::env::var("NATSFORM_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0x5eed_1234);
    let mut all_wrong = Vec::new();
    for (version, binary) in prometheuses() {
        let judge = Judge::start(&version, &binary);
        let (mut dice, mut wrong, mut taken) = (Dice(seed), Vec::new(), 0);
        for _ in 0..count {
            let (_, expr) = &all[dice.roll(all.len())];
            let mut broken = breaks(expr, &mut dice);
            if dice.roll(3) == 0 {
                broken = breaks(&broken, &mut dice);
            }
            taken += usize::from(judge.expected(&broken).is_none());
            wrong.extend(judge.compare(&broken));
        }
        eprintln!("on Prometheus {version}: {count} expressions, {taken} taken, {} judged differently", wrong.len());
        assert!(taken * 20 > count && taken * 20 < count * 19, "both verdicts have to come up");
        all_wrong.extend(wrong.into_iter().map(|line| format!("{version}: {line}")));
    }
    assert!(all_wrong.is_empty(), "{}:\n{}", all_wrong.len(), all_wrong.join("\n"));
}

/// Pieces of regular expressions.
const PATTERNS: &[&str] = &[
    "*",
    "+",
    "?",
    "**",
    "{2}",
    "{2,}",
    "{1001}",
    "{,3}",
    "{",
    "}",
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?P<n>",
    "(?<n>",
    "(?=",
    "|",
    "[",
    "]",
    "[^",
    "[[:alpha:]]",
    "[z-a]",
    "-",
    "^",
    "$",
    ".",
    ".*",
    "\\\\d",
    "\\\\Q",
    "\\\\E",
    "\\\\pL",
    "\\\\p{Greek}",
    "\\\\b",
    "\\\\1",
    "\\\\x41",
    "\\\\",
    "\\\\.",
    "\\n",
    "\\xff",
];

/// Pieces of expressions.
const WORDS: &[&str] = &[
    "up",
    "sum",
    "by (a)",
    "without",
    "rate",
    "offset",
    "offset 5m",
    "offset -1h",
    "@ end()",
    "@ 1",
    "bool",
    "and",
    "or",
    "unless",
    "on (a)",
    "ignoring()",
    "group_left",
    "group_left (b)",
    "inf",
    "NaN",
    "-Inf",
    "0x1F",
    "0755",
    "08",
    "1e5",
    "1e400",
    "1_000",
    "0.5",
    ".5",
    "5.",
    "5m",
    "1h30m",
    "30m1h",
    "0s",
    "1y",
    "5x",
    "[5m]",
    "[5m:]",
    "[5m:1m]",
    "[0s]",
    "[1h:30s]",
    "{a=\"b\"}",
    "{a=~\"b.*\"}",
    "{a!~\"\"}",
    "{}",
    "{a=\"\"}",
    "{__name__=\"x\"}",
    ",",
    "(",
    ")",
    "==",
    "!=",
    ">",
    "<=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "atan2",
    "=~",
    "!~",
    "=",
    "\"text\"",
    "'text'",
    "`text`",
    "\"\\q\"",
    "#",
    "# note\n",
    ":",
    "vector(1)",
    "time()",
    "absent(",
    "topk(1, ",
    "count_values(\"a\", ",
    "quantile(0.5, ",
    "label_replace(",
    "start()",
    "end",
    "step()",
    "by",
    "a:b",
    ":a",
    "ä",
    "\"",
    "\\",
    "\u{a0}",
    "\t",
    ";",
    "&",
    "$x",
    "round(",
    "scalar(",
    "histogram_quantile(",
    "day_of_month()",
    "pi()",
    "limitk(1, ",
    "sort_by_label(",
    "info(",
    "\"a.b\"",
];

/// An expression, broken or at least bent in one place.
fn breaks(expr: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = expr.chars().collect();
    let (at, piece) = (dice.roll(chars.len() + 1), |dice: &mut Dice, of: &[&str]| of[dice.roll(of.len())].to_owned());
    let put = |at: usize, skip: usize, with: &str| {
        let behind = (at + skip).min(chars.len());
        chars[..at].iter().copied().chain(with.chars()).chain(chars[behind..].iter().copied()).collect::<String>()
    };
    let ends = |c: char| !(c.is_alphanumeric() || c == '_');
    let word = chars[at..].iter().position(|c| ends(*c)).map_or(chars.len() - at, |n| n.max(1));
    let patterns: Vec<usize> = expr.match_indices("~\"").map(|(i, _)| expr[..i].chars().count() + 2).collect();
    match dice.roll(9) {
        0 => put(at, 1, ""),
        1 => put(at, word, ""),
        2 => put(at, word, &piece(dice, WORDS)),
        3 => put(at, 0, &format!(" {} ", piece(dice, WORDS))),
        4 => {
            let other = chars[dice.roll(chars.len())];
            put(at, 0, &other.to_string())
        }
        5 | 6 if !patterns.is_empty() => {
            let from = patterns[dice.roll(patterns.len())];
            let len = chars[from..].iter().position(|c| *c == '"').unwrap_or(0);
            put(from + dice.roll(len + 1), 0, &piece(dice, PATTERNS))
        }
        7 => {
            let spaces: Vec<usize> = (0..chars.len()).filter(|i| chars[*i] == ' ').collect();
            let at = if spaces.is_empty() { at } else { spaces[dice.roll(spaces.len())] };
            put(at, 0, &format!(" {}", piece(dice, WORDS)))
        }
        _ => {
            let word: String = chars[at..(at + word).min(chars.len())].iter().collect();
            put(at, 0, &word)
        }
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % sides.max(1)
    }
}
