//! Over the corpus of `NATSFORM_CORPUS` (shared/corpus/promql): real rules, with what Prometheus' own parser prints.

use std::path::PathBuf;

use serde_json::Value;

use super::*;

/// A file of the corpus; skipped loudly where there is none.
pub(super) fn lines(file: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("NATSFORM_CORPUS").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so {file} is not read");
        return None;
    };
    let nested = folder.join("promql").join(file);
    let path = if nested.exists() { nested } else { folder.join(file) };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The rules: expression, Prometheus' print, whether Prometheus accepts it.
fn rules() -> Option<Vec<(String, String, bool)>> {
    let rule = |value: Value| {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        (text("expr"), text("go"), value["ok"] == true)
    };
    Some(lines("rules.jsonl")?.into_iter().map(rule).collect())
}

#[test]
fn accepts_what_prometheus_accepts_and_prints_the_same() {
    let Some(rules) = rules() else { return };
    let (mut accepted, mut printed, mut refused, mut wrong) = (0, 0, 0, Vec::new());
    for (expr, go, ok) in &rules {
        match (parse(expr), ok) {
            (Ok(read), true) => {
                accepted += 1;
                printed += usize::from(read.norm() == Norm::Parsed(go.clone()));
                let own = norm(expr);
                if parse_again(expr).map(|again| again.norm()) != Ok(own.clone()) {
                    wrong.push(format!("another normal form when it is read again: {expr:?}"));
                }
                if !matches!(own, Norm::Parsed(_)) || own != norm(go) || norm(own.text()) != own {
                    wrong.push(format!("norm of {expr:?}: {own:?}, of Prometheus' {:?}", norm(go)));
                }
                if !matches!(same(expr, go), Same::Equal | Same::Cosmetic) {
                    wrong.push(format!("not the same: {expr:?} and {go:?}"));
                }
            }
            (Err(fault), true) => wrong.push(format!("refused {expr:?}: {}", line(expr, &fault))),
            (Ok(_), false) => wrong.push(format!("accepted {expr:?}")),
            (Err(fault), false) => {
                refused += 1;
                assert!(fault.offset + fault.len <= expr.len(), "{expr:?}: {fault:?}");
                assert!(expr.get(fault.offset..fault.offset + fault.len).is_some(), "{expr:?}: {fault:?}");
                if std::env::var_os("NATSFORM_SHOW").is_some() {
                    eprintln!("{expr:?}\n    {}", line(expr, &fault));
                }
            }
        }
    }
    eprintln!(
        "corpus: {accepted} accepted ({printed} printed as Prometheus does), {refused} refused, of {}",
        rules.len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted > 1_000 && refused >= 10, "the corpus is not whole");
}

#[test]
fn reformatting_is_no_difference() {
    let Some(rules) = rules() else { return };
    for (expr, ..) in rules.iter().filter(|(.., ok)| *ok) {
        let tokens = lex::tokens(expr).unwrap();
        let mut spread = String::from("# reformatted\n  ");
        for token in &tokens {
            let said = token.span.of(expr);
            spread.push_str(said);
            // no comment stands between a bracket and the time behind it
            spread.push_str(if said == "[" { " \n\t" } else { " # x )\n\t" });
        }
        let compared = same(expr, &spread);
        assert_eq!(compared, Same::Cosmetic, "{expr:?}\n{spread}");
        let places: Vec<String> = parse(&spread).unwrap().selectors().iter().filter_map(|s| s.name.clone()).collect();
        let original: Vec<String> = parse(expr).unwrap().selectors().iter().filter_map(|s| s.name.clone()).collect();
        assert_eq!(places, original);
    }
}

/// The text with one token changed so that it means something else, where the token can be.
fn mutated(expr: &str, dice: &mut Dice) -> Option<String> {
    let tokens = lex::tokens(expr).ok()?;
    let token = tokens[dice.roll(tokens.len())];
    let said = token.span.of(expr);
    let new = match (token.kind, said) {
        (lex::Kind::Number, _) => format!("{}", number::value(said)? + 1.0),
        (lex::Kind::Duration, _) => print_duration(parse_duration(said).ok()? + 60_000),
        (lex::Kind::Text, _) => format!("{}x{}", &said[..said.len() - 1], &said[said.len() - 1..]),
        (_, ">") => ">=".to_owned(),
        (_, "<") => "<=".to_owned(),
        (_, "==") => "!=".to_owned(),
        (_, "+") => "-".to_owned(),
        (_, "-") => "+".to_owned(),
        (_, "*") => "/".to_owned(),
        (_, "/") => "*".to_owned(),
        (_, "=") => "!=".to_owned(),
        (_, "=~") => "!~".to_owned(),
        (_, "sum") => "max".to_owned(),
        (_, "max") => "min".to_owned(),
        (_, "rate") => "increase".to_owned(),
        (_, "by") => "without".to_owned(),
        (_, "and") => "unless".to_owned(),
        (_, "or") => "and".to_owned(),
        (lex::Kind::Word, _) if said.contains('_') => format!("{said}_x"),
        _ => return None,
    };
    Some(format!("{}{new}{}", &expr[..token.span.at], &expr[token.span.end()..]))
}

#[test]
fn every_change_of_one_token_is_a_difference() {
    let Some(rules) = rules() else { return };
    let rules: Vec<_> = rules.into_iter().filter(|(.., ok)| *ok).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut seen = 0;
    while seen < 1_000 {
        let (expr, ..) = &rules[dice.roll(rules.len())];
        // What can no longer be read is refused, and no mutation of these.
        let Some(other) = mutated(expr, &mut dice).filter(|other| parse(other).is_ok()) else { continue };
        assert_eq!(same(expr, &other), Same::Different, "{expr:?}\n{other:?}");
        seen += 1;
    }
    eprintln!("corpus: {seen} changes of one token, all seen");
}
