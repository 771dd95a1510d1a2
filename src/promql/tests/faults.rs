use super::*;

fn refused(text: &str) -> String {
    parse(text).map_or_else(|fault| line(text, &fault), |read| format!("accepted: {}", read.norm().text()))
}

#[test]
fn a_fault_of_syntax_has_its_place() {
    let cases = [
        ("", "0+0 \"\": the expression is empty"),
        ("  # only a comment", "0+18 \"  # only a comment\": the expression is empty"),
        ("sum(rate(x[5m])", "3+1 \"(\": `(` is never closed (it needs a `)`)"),
        ("up{job=\"a\" == 1", "11+2 \"==\": unexpected `==` in a label matcher (write `=` inside braces)"),
        ("up{job=\"a\"", "2+1 \"{\": `{` is never closed (it needs a `}`)"),
        ("rate(x[5m)", "6+1 \"[\": `[` is never closed (it needs a `]` before this `)`)"),
        ("up)", "2+1 \")\": `)` closes nothing"),
        ("up >", "4+0 \"\": expected an expression behind `>`, found the end"),
        ("up > > 1", "5+1 \">\": expected an expression behind `>`, found `>`"),
        ("up = 1", "3+1 \"=\": expected an operator, found `=` (write `==` to compare)"),
        ("up && down", "3+1 \"&\": unexpected `&` (write `and`)"),
        ("up an down", "3+2 \"an\": expected an operator, found `an` (did you mean `and`?)"),
        ("up{job=a}", "7+1 \"a\": expected a quoted value, found `a` (write `\"a\"`)"),
        ("up{job}", "6+1 \"}\": expected `=`, `!=`, `=~` or `!~` behind the label, found `}`"),
        ("up{job=“a”}", "7+3 \"“\": unexpected `“` (write a straight quote: `\"`)"),
        (
            "up{a=\"1\" or b=\"2\"}",
            "9+2 \"or\": `or` inside braces is VictoriaMetrics syntax (write a regular expression, as `label=~\"a|b\"`, or two selectors with `or` between them)",
        ),
        ("up == \"x", "6+1 \"\\\"\": the string is never closed: `\"` is missing"),
        (
            "up{a=\"\\d\"}",
            "6+2 \"\\\\d\": unknown escape `\\\\d` (write `\\\\` for a backslash, or put the string between backticks)",
        ),
        ("rate(x[5min])", "8+3 \"min\": unknown unit `min` (write `5m`)"),
        (
            "rate(x[1m5h])",
            "9+2 \"5h\": `5h` is out of order (units stand once each, the largest first: y, w, d, h, m, s, ms)",
        ),
        ("rate(x[])", "7+1 \"]\": expected a duration, found `]` (write it as `5m`)"),
        (
            "rate(x[$__interval])",
            "7+1 \"$\": unexpected `$` (variables as `$__interval` belong to Grafana: Prometheus reads a plain expression)",
        ),
        ("rate(x[0s])", "7+2 \"0s\": the duration must be greater than 0"),
        ("x offset 1e30", "9+4 \"1e30\": `1e30` is no duration"),
        (
            "sum(x)[5m]",
            "6+4 \"[5m]\": a range stands only behind a metric (behind any other expression write a subquery, as `[5m:]`)",
        ),
        ("x offset 5m [5m]", "12+4 \"[5m]\": the range stands before `offset` and `@`"),
        (
            "sum(x) offset 5m",
            "7+6 \"offset\": `offset` stands only behind a metric, its range, or a subquery (move it into the parentheses, behind the metric)",
        ),
        ("rat(x[5m])", "0+3 \"rat\": unknown function `rat` (did you mean `rate`?)"),
        ("Sum_over(x)", "0+8 \"Sum_over\": unknown function `Sum_over`"),
        ("median(x)", "0+6 \"median\": unknown function `median` (write `quantile(0.5, …)`)"),
        ("topk(x)", "0+4 \"topk\": `topk` takes 2 arguments, found 1 (write it as `topk(5, …)`)"),
        ("abs(x,)", "5+1 \",\": no comma stands behind the last argument of `abs`"),
        ("x * group_left (y) z", "4+10 \"group_left\": `group_left` stands behind `on (…)` or `ignoring (…)`"),
        (
            "up by (job)",
            "3+2 \"by\": expected an operator, found `by` (`by` and `without` belong to an aggregation, as `sum by (job) (…)`)",
        ),
        (
            "up default 0",
            "3+7 \"default\": expected an operator, found `default` (this is MetricsQL: Prometheus does not know it)",
        ),
        (
            "x[ # five\n 5m ]",
            "3+6 \"# five\": no comment stands between `[` and the time (put it before the `[` or behind the `]`)",
        ),
        (
            "vector(1e400)",
            "7+5 \"1e400\": `1e400` is larger than any number (numbers reach to 1.8e308; write `Inf` for infinity)",
        ),
        ("1.2.3", "0+5 \"1.2.3\": expected a unit, found `.`"),
    ];
    for (text, expected) in cases.iter().take(cases.len() - 1) {
        assert_eq!(&refused(text), expected, "{text:?}");
    }
}

#[test]
fn a_fault_of_types_has_its_place() {
    let cases = [
        (
            "1 + rate(x)",
            "9+1 \"x\": `rate` takes a range vector here, found an instant vector (give it a range, as `x[5m]`)",
        ),
        (
            "sum(x[5m])",
            "4+5 \"x[5m]\": `sum` takes an instant vector here, found a range vector (put a function around the range, as `rate(…)`)",
        ),
        ("x[5m] > 1", "0+5 \"x[5m]\": `>` cannot take a range vector (put a function around the range, as `rate(…)`)"),
        ("1 > 0", "2+1 \">\": a comparison of two numbers needs `bool` (write `> bool`)"),
        ("x and 1", "2+3 \"and\": `and` works on series, not on numbers"),
        ("x + bool y", "2+1 \"+\": `bool` stands only behind a comparison, not behind `+`"),
        ("abs(x, y)", "0+3 \"abs\": `abs` takes 1 argument, found 2"),
        ("# c\nup{job=~\"a(\"}", "14+1 \"(\": `a(` is no regular expression: a group is never closed: `(`"),
        (
            "up{job=~\"(?!a)b\"}",
            "9+3 \"(?!\": `(?!a)b` is no regular expression: there is no such group in RE2: `(?!` (Prometheus knows no look-ahead and no look-behind (RE2))",
        ),
        (
            "{job=~\".*\"}",
            "0+11 \"{job=~\\\".*\\\"}\": the selector matches every series (name a metric, or give one matcher that does not match the empty text)",
        ),
        ("up{__name__=\"x\"}", "12+3 \"\\\"x\\\"\": the metric's name is given twice"),
        (
            "x * on (a) group_left (a) y",
            "11+14 \"group_left (a)\": a label stands in both lists (`on (…)` brings it already)",
        ),
        ("x and on (a) group_left () y", "13+13 \"group_left ()\": `and` takes no `group_left` and no `group_right`"),
        ("clamp_max(x, y)", "13+1 \"y\": `clamp_max` takes a number here, found an instant vector (write `scalar(y)`)"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text:?}");
    }
}

#[test]
fn places_point_into_the_original_text() {
    let text = "# ümlaut\nsum by (job) (\n  rate(foo{a=`\\d`}[5m]) # not ) closed\n) > rat(x[5m])";
    let fault = parse(text).unwrap_err();
    assert_eq!(&text[fault.offset..fault.offset + fault.len], "rat");
    let text = "label_replace(x, \"a\", \"$1\", \"b\", `(.*)\\.x`) > 1_000_000 and rate(y)";
    let fault = parse(text).unwrap_err();
    assert_eq!(fault.offset, text.len() - 2);
    assert_eq!(&text[fault.offset..fault.offset + fault.len], "y");
}

#[test]
fn what_the_crate_trips_over_is_read() {
    let cases = [
        (
            "label_replace(x, \"a\", \"$1\", \"b\", `(.*)\\.x`)",
            "label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\\\\.x\")",
        ),
        ("x > 1_000_000", "x > 1000000"),
        ("x[ 5m # five\n ]", "x[5m]"),
        ("x > 0e5", "x > 0"),
        ("holt_winters(x[5m], 0.1, 0.2)", "holt_winters(x[5m], 0.1, 0.2)"),
        ("{\"a.b\"} > 1", "{__name__=\"a.b\"} > 1"),
        ("sum BY(b,a)(x{z='1',a!=\"2\"}[60m:] offset 24h)", ""),
    ];
    for (text, expected) in cases.iter().take(6) {
        assert_eq!(norm(text), Norm::Parsed((*expected).to_owned()), "{text:?}");
    }
    let exotic = [
        "x </ 5",
        "rate(x[5m * 2])",
        "rate(x[5m] anchored)",
        "x offset (1m + 2m)",
        "x offset step()",
        "rate(x[max_of(1m, 2m):step()])",
    ];
    for text in exotic {
        let Norm::Collapsed(collapsed) = norm(text) else { panic!("{text}") };
        assert_eq!(norm(&collapsed), Norm::Collapsed(collapsed.clone()), "{text}");
        assert!(parse(text).unwrap().is_exotic(), "{text}");
        assert_eq!(same(text, &text.replace(' ', "  ")), Same::Cosmetic, "{text}");
        assert_eq!(same(text, &format!("{text} + 1")), Same::CannotTell, "{text}");
    }
    for text in ["x @ -5", "\"\\xff\" ", "x[0.0001]", "info(x, {job=~\".*\"})"] {
        assert!(matches!(norm(text), Norm::Collapsed(_)), "{text}: {:?}", norm(text));
    }
    assert_eq!(same("x{a=\"\\xff\"}", "x{a=\"ÿ\"}"), Same::CannotTell);
}

#[test]
fn tells_what_is_the_same() {
    assert_eq!(same("up", "up"), Same::Equal);
    assert_eq!(same("up", " up "), Same::Cosmetic);
    assert_eq!(same("sum(x) by (a)", "sum by(a)(x)"), Same::Cosmetic);
    assert_eq!(same("x{a=\"1\",b=\"2\"}[60m]", "x{b='2',a='1'}[1h]"), Same::Cosmetic);
    assert_eq!(same("x > 3.2e+06", "x > 3200000"), Same::Cosmetic);
    assert_eq!(same("x", "(x)"), Same::Different);
    assert_eq!(same("{app=\"a\"} |= \"b  c\"", "{app=\"a\"}   |= \"b  c\""), Same::Cosmetic);
    assert_eq!(same("{app=\"a\"} |= \"b  c\"", "{app=\"a\"} |= \"b c\""), Same::CannotTell);
}
