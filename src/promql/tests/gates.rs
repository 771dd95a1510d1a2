use super::*;

fn needed(text: &str) -> Vec<String> {
    let expr = parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let one = |f: &Feature| {
        let spanned = &text[f.offset..f.offset + f.len];
        format!(
            "{} {:?} {}.{}{} {spanned}",
            f.name,
            f.kind,
            f.since.0,
            f.since.1,
            if f.experimental { " experimental" } else { "" }
        )
    };
    needs(&expr).iter().map(one).collect()
}

#[test]
fn names_what_not_every_server_has() {
    let cases: &[(&str, &[&str])] = &[
        ("sum by (job) (rate(x{a=\"b\"}[5m] offset 5m)) > 1", &[]),
        ("limitk(2, x)", &["limitk Function 2.54 experimental limitk"]),
        ("limit_ratio(0.5, x)", &["limit_ratio Function 2.54 experimental limit_ratio"]),
        ("sort_by_label(x, \"a\")", &["sort_by_label Function 2.49 experimental sort_by_label"]),
        ("info(x)", &["info Function 3.0 experimental info"]),
        ("mad_over_time(x[5m])", &["mad_over_time Function 2.49 experimental mad_over_time"]),
        ("ts_of_max_over_time(x[5m])", &["ts_of_max_over_time Function 3.5 experimental ts_of_max_over_time"]),
        ("ts_of_first_over_time(x[5m])", &["ts_of_first_over_time Function 3.7 experimental ts_of_first_over_time"]),
        ("first_over_time(x[5m])", &["first_over_time Function 3.7 experimental first_over_time"]),
        ("histogram_avg(x)", &["histogram_avg Function 2.51 histogram_avg"]),
        ("histogram_stddev(x)", &["histogram_stddev Function 2.47 histogram_stddev"]),
        ("histogram_count(x)", &["histogram_count Function 2.40 histogram_count"]),
        (
            "double_exponential_smoothing(x[5m], 0.1, 0.1)",
            &["double_exponential_smoothing Function 3.0 experimental double_exponential_smoothing"],
        ),
        ("holt_winters(x[5m], 0.1, 0.1)", &["holt_winters Function 2.0 holt_winters"]),
        ("x + fill(0) y", &["fill Modifier 3.10 experimental fill(0)"]),
        ("x </ 5", &["</ Operator 3.11 </"]),
        ("x >/ 5", &[">/ Operator 3.11 >/"]),
        ("rate(x[5m] anchored)", &["anchored Modifier 3.7 experimental anchored"]),
        (
            "rate(x[5m] smoothed) / sum by (smoothed) (y{anchored=\"1\"})",
            &["smoothed Modifier 3.7 experimental smoothed"],
        ),
        ("rate(x[5m * 2])", &["duration expression Modifier 3.4 experimental 5m * 2"]),
        ("rate(x[step()])", &["step() in a duration Modifier 3.6 experimental step()"]),
        ("x offset (1m + 2m)", &["duration expression Modifier 3.4 experimental (1m + 2m)"]),
        ("rate(x[max_of(1m, 2m)])", &["min_of() in a duration Modifier 3.13 experimental max_of(1m, 2m)"]),
        ("rate(x[300])", &["number as a duration Modifier 2.54 300"]),
        ("time() - x > 1h", &["duration as a number Modifier 2.54 1h"]),
        ("{\"a.b\"}", &["quoted name Modifier 3.0 \"a.b\""]),
        ("{__name__=\"ab\"}", &[]),
        ("x{\"a.b\"=\"c\"}", &["quoted name Modifier 3.0 \"a.b\""]),
        ("x > 1_000", &["number with underscores Modifier 2.54 1_000"]),
        ("x > 0x1e + 5", &[]),
        ("x > 0x1e", &["hexadecimal number that looks exponential Modifier 2.0 0x1e"]),
        ("x{a=~\"(?<n>a)\"}", &["(?<name>…) Modifier 2.53 \"(?<n>a)\""]),
        ("x{a=~\"(?P<n>a)\"}", &[]),
        ("x{a=~`\\Qa`}", &["\\Q without \\E Modifier 2.53 `\\Qa`"]),
        ("x{a=~`\\p{Kawi}`}", &["script of Unicode 15 Modifier 2.47 `\\p{Kawi}`"]),
        ("x[5m # five\n]", &[]),
        ("x atan2 y", &["atan2 Operator 2.31 atan2"]),
        (
            "x @ end() offset -5m",
            &["@ Modifier 2.25 experimental @ end()", "negative offset Modifier 2.26 experimental 5m"],
        ),
    ];
    for (text, expected) in cases {
        let found = needed(text);
        let expected: Vec<String> = expected.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn tells_whether_a_server_has_it() {
    let one = |text: &str| needs(&parse(text).unwrap()).remove(0);
    let info = one("info(x)");
    assert!(!info.met((2, 55), &["promql-experimental-functions"]));
    assert!(!info.met((3, 5), &[]));
    assert!(info.met((3, 5), &["promql-experimental-functions"]));
    let winters = one("holt_winters(x[5m], 0.1, 0.1)");
    assert!(winters.met((2, 42), &[]) && !winters.met((3, 0), &[]));
    let computed = one("rate(x[5m * 2])");
    assert!(!computed.met((3, 13), &[]) && computed.met((3, 14), &[]));
    assert!(one("x @ end()").met((2, 42), &[]));
}

#[test]
fn the_rules_of_the_corpus_need_little() {
    let Some(rules) = corpus::lines("rules.jsonl") else { return };
    let mut counts = std::collections::BTreeMap::new();
    for value in rules.iter().filter(|value| value["ok"] == true) {
        for feature in needs(&parse(value["expr"].as_str().unwrap()).unwrap()) {
            if !feature.met((2, 42), &[]) {
                *counts.entry(feature.name).or_insert(0) += 1;
            }
        }
    }
    eprintln!("corpus: needed above 2.42: {counts:?}");
}
