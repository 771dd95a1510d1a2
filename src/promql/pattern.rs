//! What Go's regular expressions (RE2) refuse and promql-parser's do not. A rule with such a pattern would be written, and
//! only the server's reload would tell.

/// The most repetitions that RE2 takes.
const MOST: u32 = 1000;

/// Why Prometheus would not take a pattern that the crate takes; `None` where it would.
pub(crate) fn refused(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern;
    let mut repeated = false;
    while let Some(first) = rest.chars().next() {
        let (len, repeats) = match first {
            '\\' => (escape(rest), false),
            '[' => (class(rest), false),
            '*' | '+' | '?' => (1, true),
            '{' => match counted(rest) {
                Some((_, most)) if most > MOST => return Some("it repeats something more than 1,000 times"),
                Some((len, _)) => (len, true),
                None => (1, false),
            },
            '(' if unknown_flag(rest) => return Some("of the flags, Prometheus knows `i`, `m`, `s` and `U`"),
            // the mark of a group is no repetition
            '(' if rest.starts_with("(?") => (2, false),
            _ => (first.len_utf8(), false),
        };
        if repeats && repeated {
            return Some("a repetition is repeated: put what is repeated into brackets");
        }
        rest = rest.get(len..).unwrap_or_default();
        repeated = repeats;
        if repeats && let Some(lazy) = rest.strip_prefix('?') {
            rest = lazy;
        }
    }
    None
}

/// An escape with what belongs to it: `\.`, `\p{Greek}`, `\x{41}`.
fn escape(rest: &str) -> usize {
    let named = ["\\p{", "\\P{", "\\x{"].iter().any(|open| rest.starts_with(open));
    match rest.find('}').filter(|_| named) {
        Some(end) => end + 1,
        None => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// A class with its brackets; whatever is in it repeats nothing.
fn class(rest: &str) -> usize {
    let (mut depth, mut at, mut first) = (0_usize, 0, false);
    while let Some(c) = rest.get(at..).and_then(|left| left.chars().next()) {
        match c {
            '\\' => at += escape(rest.get(at..).unwrap_or_default()),
            '[' => {
                (depth, first, at) = (depth + 1, true, at + 1);
                at += usize::from(rest.get(at..).is_some_and(|left| left.starts_with('^')));
                continue;
            }
            ']' if !first => {
                (depth, at) = (depth - 1, at + 1);
                if depth == 0 {
                    return at;
                }
            }
            c => at += c.len_utf8(),
        }
        first = false;
    }
    rest.len()
}

/// `{n}`, `{n,}` or `{n,m}`: its length and its larger number.
fn counted(rest: &str) -> Option<(usize, u32)> {
    let end = rest.find('}')?;
    let mut numbers = rest.get(1..end)?.splitn(2, ',');
    let number = |text: &str| text.parse::<u32>().ok();
    let least = number(numbers.next()?)?;
    let most = match numbers.next() {
        None | Some("") => least,
        Some(text) => number(text)?,
    };
    Some((end + 1, least.max(most)))
}

/// `(?x)` and the like.
fn unknown_flag(rest: &str) -> bool {
    let flags = rest.strip_prefix("(?").and_then(|inner| inner.split([':', ')']).next()).unwrap_or_default();
    flags.chars().all(|c| c == '-' || c.is_ascii_alphabetic()) && flags.contains(['u', 'x', 'R'])
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn what_only_the_crate_takes() {
        for bad in [
            "a**",
            "a+*",
            "(a|b)*+",
            "a{2}{3}",
            "a*?*",
            "x{1001}",
            "x{5,2000}",
            "(?x)a",
            "(?i-u:a)",
            "[a]**",
            "\\p{Greek}++",
        ] {
            assert!(refused(bad).is_some(), "{bad}");
        }
        for good in [
            "",
            "a*",
            "a*?",
            "a+b*",
            "(?:a*)*",
            "(?i)a",
            "(?P<n>a)+",
            "[*+]+",
            "[]*]*",
            "[^]*+]*",
            "[[:alpha:]*+]+",
            "\\*\\*+",
            "\\p{Greek}+",
            "a{2}b{3}",
            "x{1000}",
            "5..|4..",
            "a{b}*",
            "é*",
            "\\x{41}*",
            "[a",
            "\\",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
    }
}
