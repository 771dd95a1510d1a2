use super::*;

fn read(text: &str) -> Expr {
    parse(text).unwrap_or_else(|fault| panic!("{}", line(text, &fault)))
}

#[test]
fn selectors_are_found_with_their_places() {
    let text = "# a comment\nsum by (job) (rate(foo{a=\"1\",b!~\"2|3\"}[5m] offset 1h)) / {__name__=\"bar\"} > max_over_time(sum(baz)[6h:1m])";
    let expr = read(text);
    let of = |s: &Selector| {
        (s.name.clone().unwrap_or_default(), s.name_span.of(text).to_owned(), s.span.of(text).to_owned())
    };
    let found: Vec<_> = expr.selectors().into_iter().map(of).collect();
    let own = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(found[0], own("foo", "foo", "foo{a=\"1\",b!~\"2|3\"}[5m] offset 1h"));
    assert_eq!(found[1], own("bar", "\"bar\"", "{__name__=\"bar\"}"));
    assert_eq!(found[2], own("baz", "baz", "baz"));
    let foo = expr.selectors()[0];
    assert_eq!(foo.range.as_ref().and_then(|w| w.ms), Some(300_000));
    assert_eq!(foo.offset.as_ref().and_then(|w| w.ms), Some(3_600_000));
    assert_eq!((foo.matchers[1].op, foo.matchers[1].value.as_str()), (MatchOp::NotRegex, "2|3"));
    assert_eq!(foo.matchers[1].value_span.of(text), "\"2|3\"");
    let groupings = expr.groupings();
    assert_eq!((groupings[0].0.word.as_str(), groupings[0].0.labels[0].1.of(text)), ("by", "job"));
}

#[test]
fn precedence_is_that_of_prometheus() {
    let tree = |text: &str| shape(read(text).root());
    assert_eq!(tree("a + b * c"), "(a + (b * c))");
    assert_eq!(tree("a - b - c"), "((a - b) - c)");
    assert_eq!(tree("a ^ b ^ c"), "(a ^ (b ^ c))");
    assert_eq!(tree("-a ^ b"), "(-(a ^ b))");
    assert_eq!(tree("-a * b"), "((-a) * b)");
    assert_eq!(tree("a or b and c unless d"), "(a or ((b and c) unless d))");
    assert_eq!(tree("a > b == c + d"), "((a > b) == (c + d))");
    assert_eq!(tree("a AND b Or c"), "((a and b) or c)");
}

fn shape(node: &Node) -> String {
    match &node.kind {
        NodeKind::Selector(s) => s.name.clone().unwrap_or_default(),
        NodeKind::Negative(inner) => format!("(-{})", shape(inner)),
        NodeKind::Binary(b) => format!("({} {} {})", shape(&b.lhs), b.op, shape(&b.rhs)),
        other => format!("{other:?}"),
    }
}

#[test]
fn ranges_of_functions() {
    let expr = read("rate(a[5m]) + quantile_over_time(0.9, b[1h]) + max_over_time(sum(c)[6h:1m]) + absent(d)");
    let of = |call: &RangeCall<'_>| (call.function.to_owned(), call.range.ms, call.subquery, call.reads_growth());
    let found: Vec<_> = expr.range_calls().iter().map(of).collect();
    assert_eq!(
        found,
        [
            ("rate".to_owned(), Some(300_000), false, true),
            ("quantile_over_time".to_owned(), Some(3_600_000), false, false),
            ("max_over_time".to_owned(), Some(21_600_000), true, false),
        ]
    );
    assert_eq!(expr.range_calls()[2].selectors[0].name.as_deref(), Some("c"));
}

#[test]
fn a_condition_lets_an_alert_be_silent() {
    let with = [
        "up == 0",
        "absent(up)",
        "x unless y",
        "sum(up == 0)",
        "count by (a) (x > 1) > 2",
        "(a > 1) * 100",
        "a > 1 and b",
        "absent_over_time(x[5m])",
        "(a > bool 1) == 1",
        "increase(x[5m]) > 0 or (x unless x offset 10m)",
        "1 < x",
        "label_replace(x > 1, \"a\", \"b\", \"c\", \"d\")",
        "ALERTS{alertname=\"x\"}",
        "100 * (x > 3) / y",
    ];
    for text in with {
        assert!(read(text).has_condition(), "{text}");
    }
    let without = [
        "up",
        "rate(x[5m])",
        "vector(1)",
        "x > bool 1",
        "x or y > 1",
        "a and b",
        "used / (max > 0)",
        "x > 1 or vector(0)",
    ];
    for text in without {
        assert!(!read(text).has_condition(), "{text}");
    }
}

#[test]
fn divisions() {
    let cases = [
        ("a / b", false, false),
        ("a / (b > 0)", true, false),
        ("a / (b != 0)", true, false),
        ("a / (b > -1)", false, false),
        ("a / 2", true, false),
        ("a / 0", false, false),
        ("a / count(b)", true, false),
        ("a / clamp_min(b, 1)", true, false),
        ("a / sum(b > 0)", true, false),
        ("a / (b * 2)", false, false),
        ("a / a", false, true),
        ("a{x=\"1\",y=\"2\"} / (a{y=\"2\", x='1'} > 0)", true, true),
        ("rate(a[5m]) / rate(a[300s])", false, true),
        ("a / a offset 5m", false, false),
        ("a / on (x) group_left sum by (x) (a)", false, false),
        ("sum(a) / sum(a)", false, false),
        ("a / (a + b)", false, false),
    ];
    for (text, guarded, of_itself) in cases {
        let expr = read(text);
        let [division] = &expr.divisions()[..] else { panic!("{text}") };
        assert_eq!((division.guarded, division.of_itself), (guarded, of_itself), "{text}");
        assert_eq!(division.op_span.of(text), "/");
    }
}

#[test]
fn metrics_compared_as_they_are() {
    let names = |text: &str| {
        read(text).bare_comparisons().iter().map(|found| found.selector.name.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names("a > 5 and rate(b[5m]) > 1"), ["a"]);
    assert_eq!(names("sum by (x) (a) * 100 >= (5)"), ["a"]);
    assert_eq!(names("5 < a"), ["a"]);
    assert_eq!(names("a > b"), Vec::<String>::new());
    assert_eq!(names("increase(a[5m]) > 0 or a - a offset 5m > 0"), Vec::<String>::new());
}

#[test]
fn what_is_read_again_says_the_same() {
    for text in ["sum( up{job='a'} )", "sum(rate(x[5m]))>1", "histogram_fraction(0, 1, trim_upper(x, 1))", "x </ 5"] {
        let Ok(first) = parse(text) else { continue };
        let again = parse_again(text).unwrap();
        assert_eq!((again.norm(), again.is_exotic()), (first.norm(), first.is_exotic()), "{text}");
        assert_eq!(again.selectors().len(), first.selectors().len());
    }
}
