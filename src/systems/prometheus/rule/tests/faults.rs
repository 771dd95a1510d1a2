//! Documents that a server would refuse: each with its code and its place.

use super::*;

/// A group with one rule, whose lines are given; they begin in line 5 of the file, column 9.
fn rule(lines: &str) -> String {
    let lines = lines.replace('\n', "\n      ");
    format!("groups:\n  - name: g\n    rules:\n    - {lines}")
}

/// The problems of a spec, without help.
fn problems(spec: &str) -> Vec<String> {
    let short = |line: String| line.split(" | ").next().unwrap_or_default().to_owned();
    decoded(spec).1.into_iter().map(short).collect()
}

#[test]
fn rules_that_no_server_takes() {
    let rows: &[(&str, &[&str])] = &[
        // which fields go together
        ("expr: up", &["5:9 NF0506 a rule has neither `alert` nor `record`"]),
        ("alert: A\nrecord: b\nexpr: up", &["6:9 NF0506 a rule is either an alert or a recording rule"]),
        ("alert: A", &["5:9 NF0013 `expr` is missing in a rule"]),
        ("alert: A\nexpr:", &["6:9 NF0013 `expr` is missing in a rule"]),
        ("alert: ''\nexpr: up", &["5:16 NF0504 the name of an alert is empty"]),
        ("record: \"\"\nexpr: up", &["5:17 NF0504 the name of a recording rule is empty"]),
        ("record: a\nexpr: up\nfor: 5m", &["7:9 NF0508 a recording rule has no `for`"]),
        ("record: a\nexpr: up\nkeep_firing_for: 5m", &["7:9 NF0508 a recording rule has no `keep_firing_for`"]),
        ("record: a\nexpr: up\nannotations: {a: b}", &["7:9 NF0508 a recording rule has no `annotations`"]),
        ("record: a\nexpr: up\nfor: 0s\nannotations: {}", &[]),
        ("record: up{a=\"b\"}\nexpr: up", &["5:19 NF0507 a brace in the name of a recording rule"]),
        ("alert: [A]\nexpr: up", &["5:17 NF0012 expected text, found a list"]),
        // unknown keys
        ("alert: A\nexpr: up\nforr: 5m", &["7:9 NF0011 unknown field `forr`"]),
        ("alert: A\nexpr: up\nfor: 5m\nfor: 6m", &["8:9 NF0002 key `for` appears twice in this mapping"]),
        ("alert: A\nexpr: up\nlabels: {a: x, a: y}", &["7:24 NF0002 key `a` appears twice in this mapping"]),
        // labels
        ("alert: A\nexpr: up\nlabels: {__name__: x}", &["7:18 NF0509 `__name__` cannot be set as a label"]),
        ("alert: A\nexpr: up\nlabels: {'': x}", &["7:18 NF0509 an empty name under `labels`"]),
        ("alert: A\nexpr: up\nlabels:\n  severity:", &["8:11 NF0510 `severity` has no value"]),
        ("alert: A\nexpr: up\nlabels: {severity: ~}", &["7:28 NF0510 `severity` has no value"]),
        ("alert: A\nexpr: up\nlabels: {severity: [a]}", &["7:29 NF0012 expected text, found a list"]),
        ("alert: A\nexpr: up\nlabels: x", &["7:17 NF0012 expected a mapping, found the text `x`"]),
        ("alert: A\nexpr: up\nannotations: {x: {y: z}}", &["7:27 NF0012 expected text, found a mapping"]),
        ("alert: A\nexpr: up\nlabels: {\"a.b\": x, severity: 1, page: true, empty: \"\"}", &[]),
        // durations
        ("alert: A\nexpr: up\nfor: 5", &["7:14 NF0502 `5` has no unit"]),
        ("alert: A\nexpr: up\nfor: 1.5h", &["7:15 NF0502 expected a unit, found `.`"]),
        ("alert: A\nexpr: up\nfor: 5 m", &["7:15 NF0502 expected a unit, found ` `"]),
        ("alert: A\nexpr: up\nfor: \"5m1h\"", &["7:17 NF0502 `1h` is out of order"]),
        ("alert: A\nexpr: up\nfor: -5m", &["7:14 NF0502 expected a number, found `-`"]),
        (
            "alert: A\nexpr: up\nfor: [5m]",
            &["7:15 NF0012 expected a duration such as `30s`, `5m` or `1h30m`, found a list"],
        ),
        ("alert: A\nexpr: up\nkeep_firing_for: 5min", &["7:27 NF0502 unknown unit `min`"]),
        ("alert: A\nexpr: up\nfor: ''", &["7:14 NF0502 a duration is missing"]),
        // templates
        (
            "alert: A\nexpr: up\nannotations:\n  summary: \"x {{ $labels.job | humanise }}\"",
            &["8:40 NF0503 unknown function `humanise`"],
        ),
        ("alert: A\nexpr: up\nannotations: {s: '{{ $value }'}", &["7:27 NF0503 `{{` is never closed"]),
        ("alert: A\nexpr: up\nlabels: {s: '{{ $vaule }}'}", &["7:25 NF0503 unknown variable `$vaule`"]),
        (
            "alert: A\nexpr: up\nannotations:\n  description: |\n    one\n    two {{ if $value }} three\n",
            &["10:20 NF0503 `{{end}}` is missing"],
        ),
        ("record: a\nexpr: up\nlabels: {s: '{{ no template here'}", &[]),
        // expressions
        ("alert: A\nexpr: sum(up", &["6:18 NF0501 …"]),
        ("alert: A\nexpr: ''", &["6:15 NF0501 …"]),
        ("alert: A\nexpr: [up]", &["6:16 NF0012 expected a PromQL expression, found a list"]),
        ("alert: A\nexpr: rate(up)", &["6:20 NF0501 …"]),
    ];
    let mut wrong = Vec::new();
    for (lines, wanted) in rows {
        let mut found = problems(&rule(lines));
        if let [only] = &mut found[..]
            && wanted.first().is_some_and(|w| w.ends_with('…'))
        {
            // the words are promql's own and tested there
            *only = format!("{} …", only.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "));
        }
        if found != *wanted {
            wrong.push(format!("{lines}\n  found {found:?}\n  not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn groups_that_no_server_takes() {
    let rows: &[(&str, &[&str])] = &[
        ("groups: []", &["2:11 NF0512 the document has no groups"]),
        ("tests: []", &["2:3 NF0512 the document has no groups"]),
        ("groups: {a: b}", &["2:12 NF0012 expected a list, found a mapping"]),
        ("groups: [a]", &["2:12 NF0012 expected a mapping, found the text `a`"]),
        ("groups:\n- rules: []", &["3:5 NF0013 `name` is missing in a group"]),
        ("groups:\n- name: ''", &["3:11 NF0504 the name of a group is empty"]),
        ("groups:\n- name: a\n- name: b\n- name: a", &["5:11 NF0505 a second group `a` in one document"]),
        ("groups:\n- name: a\n  intervall: 1m", &["4:5 NF0011 unknown field `intervall`"]),
        ("groups:\n- name: a\n  interval: 90", &["4:15 NF0502 `90` has no unit"]),
        ("groups:\n- name: a\n  query_offset: 1x", &["4:20 NF0502 unknown unit `x`"]),
        (
            "groups:\n- name: a\n  limit: -1",
            &["4:12 NF0012 expected a whole number from 0 to 9223372036854775807, found -1"],
        ),
        ("groups:\n- name: a\n  limit: many", &["4:12 NF0012 expected a whole number, found the text `many`"]),
        ("groups:\n- name: a\n  labels: {__name__: x}", &["4:14 NF0509 `__name__` cannot be set as a label"]),
        ("groups:\n- name: a\n  labels: {x: }", &["4:14 NF0510 `x` has no value"]),
        ("groups:\n- name: a\n  rules: {a: b}", &["4:13 NF0012 expected a list, found a mapping"]),
        ("groups:\n- name: a\n  rules: [up]", &["4:13 NF0012 expected a mapping, found the text `up`"]),
        ("groups:\n- name: a\nextra: 1", &["4:3 NF0011 unknown field `extra`"]),
        ("groups:\n- name: a\n  name: b", &["4:5 NF0002 key `name` appears twice in this mapping"]),
        ("groups:\n- name: a\n  labels: {y: 1, z: on}\ntests: [{anything: goes}]", &[]),
    ];
    for (spec, wanted) in rows {
        assert_eq!(problems(spec), *wanted, "{spec}");
    }
}

/// A bad function in an expression, in every way to write one: the place is that of the function.
#[test]
fn an_error_points_at_the_character_inside_the_expression() {
    for lines in [
        "expr: sum(rat(x[5m])) > 1",
        "expr: 'sum(rat(x{a=''b''}[5m])) > 1'",
        "expr: \"x{a=\\\"b\\\"} and sum(rat(x[5m])) > 1\"",
        "expr: \"x{a=\\\"\\u00e9\\\"} and \\\n   sum(rat(x[5m])) > 1\"",
        "expr: sum(\n    rat(x[5m]))\n  > 1",
        "expr: >-\n  sum(x)\n  and sum(\n  rat(x[5m])\n  ) > 1",
        "expr: >-\n  sum(x)\n\n    and sum(\n      rat(x[5m])\n    )\n  > 1",
        "expr: |\n  # comment with rat(\n  sum(x) and\n  sum(rat(x[5m])) > 1",
        "expr: |2-\n    sum(x{a=\"ü\"})\n   and rat(x[5m]) > 1\n",
        "expr: &it |-\n  sum(\n    rat(x[5m]))",
    ] {
        let spec = rule(&format!("alert: A\n{lines}"));
        let (_, problems) = decoded(&spec);
        let file: String = format!("spec:\n{}", spec.lines().map(|l| format!("  {l}\n")).collect::<String>());
        let at = file.rfind("rat(").expect("the function");
        let line = file[..at].matches('\n').count() + 1;
        let column = file[..at].rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        let wanted = format!("{line}:{column} NF0501 unknown function `rat` | did you mean `rate`?");
        assert_eq!(problems, [wanted], "{file}");
    }
}

#[test]
fn all_problems_of_a_document_are_reported_at_once() {
    let spec = "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up ==\n    for: 5\n  - record: '{x}'\n    expr: sum(\n    for: 1m\n- name: a";
    let codes: Vec<String> =
        problems(spec).iter().map(|l| l.split(' ').nth(1).unwrap_or_default().to_owned()).collect();
    assert_eq!(codes, ["NF0501", "NF0502", "NF0507", "NF0501", "NF0508", "NF0505"]);
}

#[test]
fn scalars_of_any_kind_are_read_as_they_are_written() {
    let body = body(&rule("alert: A\nexpr: 1\nlabels: {a: 1.10, b: true, c: 0x1F, d: 2020-01-01, e: on, f: \"\"}"));
    let rule = &body["groups"][0]["rules"][0];
    assert_eq!(rule["expr"], "1");
    let labels = json!({"a": "1.10", "b": "true", "c": "0x1F", "d": "2020-01-01", "e": "on", "f": ""});
    assert_eq!(rule["labels"], labels);
}

#[test]
fn the_example_is_without_problems() {
    let (body, problems) = document(PrometheusRule.example());
    assert_eq!(problems, [""; 0]);
    assert_eq!(body["groups"][0]["rules"].as_array().map(Vec::len), Some(2));
}

/// Every rule document of the design's example systems.
#[test]
fn the_example_systems_are_without_problems() {
    let Some(folder) = std::env::var_os("NATSFORM_CORPUS").map(std::path::PathBuf::from) else {
        eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so the example systems are not read");
        return;
    };
    let Some(examples) = folder.ancestors().map(|a| a.join("design/examples")).find(|p| p.is_dir()) else {
        eprintln!("!!! SKIPPED: there are no example systems above {}", folder.display());
        return;
    };
    let mut files = Vec::new();
    yaml_files(&examples, &mut files);
    let mut seen = 0;
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a file");
        for part in text.split("\n---").filter(|p| p.contains("kind: PrometheusRule") && !p.contains("target: loki")) {
            let (_, problems) = document(part);
            assert_eq!(problems, [""; 0], "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen} documents");
}

fn yaml_files(dir: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            yaml_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            out.push(path);
        }
    }
}

mod nothing_panics {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "groups:\n- name: g\n  interval: 1m\n  labels: {a: b}\n  rules:\n  - alert: A\n    expr: |\n      sum(\n        up) > 1\n    \
        for: 5m\n    labels: {x: '{{ $value }}'}\n    annotations: {s: \"a {{ if $value }}\\u00e9{{ end }}\"}\n  - record: a:b\n    expr: >-\n      \
        rate(x{y=~\"é.*\"}[5m])\n      / 2\n";

    proptest! {
        /// Pieces of a document cut out, doubled and replaced.
        #[test]
        fn whatever_is_written(
            edits in proptest::collection::vec((0..400_usize, 0..20_usize, "[-{}\\[\\]:'\"|>#&*\\n $a(é~]{0,3}"), 1..5)
        ) {
            let mut text: Vec<char> = FILE.chars().collect();
            for (at, len, put) in edits {
                let at = at % (text.len() + 1);
                let end = (at + len).min(text.len());
                text.splice(at..end, put.chars());
            }
            let text: String = text.into_iter().collect();
            let (found, problems) = decoded_loosely(&text);
            prop_assert!(problems.iter().all(|p| !p.is_empty()));
            if problems.is_empty() && found.is_object() {
                let file = to_file(&found);
                prop_assert_eq!(parse_file(&file), Ok(trimmed(&found)));
                let live = applied(&Value::Null, &found);
                prop_assert_eq!(changes(&live, &found), [""; 0]);
                prop_assert_eq!(at_rest(&live), None);
            }
        }
    }
}
