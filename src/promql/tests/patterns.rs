//! Regular expressions: the servers' own verdicts are in `tests/it/rules/differential.rs`.

use super::*;

fn wrong(pattern: &str) -> String {
    let text = format!("x{{a=~`{pattern}`}}");
    parse(&text).map_or_else(|fault| line(&text, &fault), |_| "accepted".to_owned())
}

#[test]
fn a_fault_points_into_the_pattern() {
    let cases = [
        (
            "ab**",
            "8+2 \"**\": `ab**` is no regular expression: a repetition is repeated in `**` (write one of them, or put the first into parentheses: `(?:a*)*`)",
        ),
        (
            "a{2000}",
            "7+6 \"{2000}\": `a{2000}` is no regular expression: the count is too large in `{2000}` (a piece is repeated at most 1000 times)",
        ),
        ("x[b-a]", "8+3 \"b-a\": `x[b-a]` is no regular expression: the range runs backwards: `b-a`"),
        ("a)", "7+1 \")\": `a)` is no regular expression: nothing is closed by `)`"),
        ("[a", "6+2 \"[a\": `[a` is no regular expression: a class is never closed: `[a` (it needs a `]`)"),
        (
            "(a)\\1",
            "9+2 \"\\\\1\": `(a)\\\\1` is no regular expression: there is no such escape in RE2: `\\\\1` (Prometheus knows no references to groups (RE2))",
        ),
    ];
    for (pattern, expected) in cases {
        assert_eq!(wrong(pattern), expected, "{pattern}");
    }
    // a string with escapes says something else than it shows: the whole of it is the place
    let text = "x{a=~\"\\\\d**\"}";
    let fault = parse(text).unwrap_err();
    assert_eq!(&text[fault.offset..fault.offset + fault.len], "\"\\\\d**\"");
}

#[test]
fn a_pattern_that_the_crate_refuses_is_compared_all_the_same() {
    for pattern in [r"\Qa.b\E", r"\012", r"a{b}{", r"[\x{41}-\x{5A}]\<"] {
        let text = format!("x{{a=~`{pattern}`,b='c',a!~`x|{pattern}`}} > 1");
        let other = format!("x{{b=\"c\",a!~`x|{pattern}`, a=~`{pattern}`}}>1");
        assert!(matches!(norm(&text), Norm::Parsed(_)), "{text}: {:?}", norm(&text));
        assert_eq!(same(&text, &other), Same::Cosmetic, "{text}");
        assert_eq!(same(&text, &text.replace("x|", "y|")), Same::Different, "{text}");
        let printed = norm(&text).text().to_owned();
        assert!(printed.contains(&string::quoted(pattern)) && !printed.contains("natsform"), "{printed}");
        assert_eq!(norm(&printed), norm(&text), "{printed}");
    }
    assert!(parse(r"{a=~`\Q\E`}").is_err(), "it matches everything");
    assert!(parse(r"{a!~`\Q\E`}").is_ok());
}

#[test]
fn no_pattern_panics() {
    let pieces =
        ["(", ")", "[", "]", "\\", "*", "{2}", "{", "|", "(?", "<", "p{", "}", "x{", "ä", "Q", "E", "-", "^", ":"];
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for _ in 0..20_000 {
        let text: String = (0..dice.roll(12)).map(|_| pieces[dice.roll(pieces.len())]).collect();
        if let Err(wrong) = regex::read(&text) {
            assert!(text.get(wrong.span.at..wrong.span.end()).is_some(), "{text:?}: {wrong:?}");
        }
    }
}
