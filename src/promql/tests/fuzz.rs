//! Nothing panics and nothing overflows the stack, whatever the text; every fault points into it.

use proptest::prelude::*;

use super::*;

fn sound(text: &str) {
    match parse(text) {
        Ok(expr) => {
            let first = expr.norm();
            assert_eq!(norm(first.text()), first, "{text:?}");
            for node in expr.root().walk() {
                assert!(text.get(node.span.at..node.span.end()).is_some(), "{text:?}: {:?}", node.span);
            }
            for feature in needs(&expr) {
                assert!(text.get(feature.offset..feature.offset + feature.len).is_some(), "{text:?}: {feature:?}");
            }
            let _ =
                (expr.has_condition(), expr.divisions(), expr.bare_comparisons(), expr.range_calls(), expr.groupings());
        }
        Err(fault) => {
            assert!(text.get(fault.offset..fault.offset + fault.len).is_some(), "{text:?}: {fault:?}");
            assert!(!fault.message.starts_with(char::is_uppercase), "{fault:?}");
            let collapsed = norm(text);
            assert_eq!(norm(collapsed.text()), collapsed, "{text:?}");
        }
    }
}

fn sound_template(text: &str) {
    if let Err(fault) = template(text) {
        assert!(text.get(fault.offset..fault.offset + fault.len).is_some(), "{text:?}: {fault:?}");
        // The crate's lexer is a thread: its panic shows as a channel that closed.
        assert!(!fault.message.contains("closed channel"), "{text:?}: {fault:?}");
    }
}

const PIECES: &[&str] = &[
    "x",
    "up",
    "sum",
    "rate",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "5m",
    "1",
    "0",
    "1e30",
    "NaN",
    "Inf",
    "\"a\"",
    "`b\\`",
    "'c'",
    ",",
    "+",
    "-",
    "*",
    "/",
    "^",
    "%",
    "==",
    "=~",
    "!~",
    "=",
    "!=",
    "<",
    "</",
    ">/",
    "@",
    "offset",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "bool",
    "and",
    "or",
    "unless",
    "atan2",
    "start",
    "end",
    "step",
    ":",
    "a:b",
    "# c\n",
    " ",
    "\n",
    "fill",
    "anchored",
    "smoothed",
    "info",
    "topk",
    "count_values",
    "0x1f",
    "0755",
    "08",
    "1_0",
    ".5",
    "\\",
    "\"",
    "é",
    "1y1y",
    "99999999999d",
    "\"\\xff\"",
    "\"\\u00e9\"",
    "absent",
    "time",
    "holt_winters",
    "[5m]",
    "[5m:]",
    "(x)",
];

#[test]
fn random_tokens_are_read_or_refused() {
    let mut dice = Dice(42);
    let mut read = 0;
    for _ in 0..20_000 {
        let len = 1 + dice.roll(14);
        let text: String =
            (0..len).map(|_| [PIECES[dice.roll(PIECES.len())], [" ", ""][dice.roll(2)]].concat()).collect();
        read += usize::from(parse(&text).is_ok());
        sound(&text);
    }
    assert!(read > 100, "only {read} of the random texts are expressions");
}

#[test]
fn broken_rules_are_read_or_refused() {
    let Some(rules) = corpus::lines("rules.jsonl") else { return };
    let mut dice = Dice(7);
    for value in rules.iter().chain(&rules) {
        let text = value["expr"].as_str().unwrap();
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=dice.roll(2) {
            let at = dice.roll(chars.len());
            match dice.roll(3) {
                0 if chars.len() > 1 => drop(chars.remove(at)),
                1 => chars.insert(at, ['(', ')', '"', '[', '\\', '{', '\'', 'é', '5', '-'][dice.roll(10)]),
                _ => chars.truncate(at.max(1)),
            }
        }
        sound(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn broken_templates_are_read_or_refused() {
    let Some(templates) = corpus::lines("templates.jsonl") else { return };
    let mut dice = Dice(11);
    for value in &templates {
        let mut chars: Vec<char> = value.as_str().unwrap().chars().collect();
        for _ in 0..=dice.roll(2) {
            let at = dice.roll(chars.len());
            match dice.roll(3) {
                0 if chars.len() > 1 => drop(chars.remove(at)),
                1 => chars.insert(at, ['(', ')', '"', '{', '\\', '}', '\'', 'é', '.', '$'][dice.roll(10)]),
                _ => chars.truncate(at.max(1)),
            }
        }
        sound_template(&chars.into_iter().collect::<String>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        sound(&text);
        sound_template(&format!("{{{{ {text} }}}}"));
    }
}

/// On three quarters of the stack that a thread of Rust has, in a debug build: measured are 1,000 KiB.
#[test]
fn deep_and_long_texts_are_bounded() {
    let work = || {
        let n = 60_000;
        let texts = [
            "(".repeat(n),
            format!("{}x{}", "(".repeat(99), ")".repeat(99)),
            format!("{}x{}", "sum(".repeat(99), ")".repeat(99)),
            format!("{}x{}", "-".repeat(n), ""),
            format!("{}x", "-".repeat(250)),
            format!("{}x{}", "-(".repeat(99), ")".repeat(99)),
            format!("x{}", "+x".repeat(n / 2)),
            format!("x{}", "+x".repeat(299)),
            format!("x{}", "^x".repeat(n / 2)),
            format!("x{}", "^x".repeat(140)),
            format!("x{}", "[5m:]".repeat(n / 5)),
            format!("x{}", "[5m:]".repeat(49)),
            format!("{}x{}", "((-x+".repeat(49), "))".repeat(49)),
            format!("x[{}5m{}]", "(".repeat(98), ")".repeat(98)),
            "x{a=\"".to_owned() + &"b".repeat(n) + "\"}",
            "x{a=~\"".to_owned() + &"(".repeat(n) + "\"}",
            "x{a=~\"".to_owned() + &"(a".repeat(100) + &")".repeat(100) + "\"}",
            "x{".to_owned() + &"a=~\"b\",".repeat(300) + "}",
            "x".repeat(70_000),
        ];
        for text in texts {
            sound(&text);
        }
        let blocks =
            format!("{}{}", "{{ if (((((((((((((((((((true))))))))))))))))))) }}".repeat(20), "{{ end }}".repeat(20));
        sound_template(&blocks);
        assert!(template(&blocks).is_ok());
        let chain = format!("{{{{ if true }}}}{}{{{{ end }}}}", "{{ else if true }}".repeat(20));
        assert!(template(&chain).is_ok());
    };
    let thread = std::thread::Builder::new().stack_size(1536 * 1024).spawn(work).unwrap();
    thread.join().unwrap();
}
