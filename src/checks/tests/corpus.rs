//! The expressions of `NATSFORM_CORPUS`: rules that people run. What is found in them is looked at by hand now and then
//! (`--nocapture` prints it); here it is held to few kinds and small numbers, because a check that cries wolf is turned off.

use super::*;
use std::{collections::BTreeMap, path::PathBuf, time::Instant};

#[test]
fn real_expressions_are_mostly_without_findings() {
    let Some(folder) = std::env::var_os("NATSFORM_CORPUS").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so no real expression is checked");
        return;
    };
    let text = std::fs::read_to_string(folder.join("promql/rules.jsonl")).expect("a corpus");
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    let good: Vec<Value> = rows
        .filter(|row| row["ok"] == true && promql::parse(row["expr"].as_str().unwrap_or_default()).is_ok())
        .collect();
    let rules: Vec<String> = good
        .iter()
        .enumerate()
        .map(|(i, row)| format!("  - {{alert: A{i}, expr: {}, annotations: {{summary: x}}}}\n", row["expr"]))
        .collect();
    let (resources, mut report) = load(&format!("groups:\n- name: g\n  rules:\n{}", rules.concat()));
    let began = Instant::now();
    run(&resources, None, &|_| true, &mut report);
    eprintln!("{} expressions in {:?}", good.len(), began.elapsed());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for problem in report.problems() {
        *counts.entry(problem.code).or_default() += 1;
        let at = problem.at.as_ref().expect("a place");
        let line = report.place(at.source, at.span.start).line;
        // line 4 holds the first rule
        eprintln!("{} {} in {}", problem.code, problem.message, good[line - 4]["expr"]);
    }
    // recording rules are alerts here: that one says nothing
    counts.remove("NF0603");
    // per thousand expressions, a third more than when it was last looked at
    let most = [("NF0604", 1), ("NF0607", 3), ("NF0608", 10), ("NF0609", 5), ("NF0611", 28), ("NF0614", 2)];
    for (code, count) in counts {
        let most = most.iter().find(|(known, _)| *known == code).map_or(0, |(_, most)| *most);
        assert!(count * 1000 <= most * good.len(), "{code} is found {count} times in {} expressions", good.len());
    }
}
