//! Patterns that the crate has taken before are not compiled again: nobody can tell by what comes out.

use super::*;

/// Each is read often enough that its patterns are known.
fn norms(expr: &str) -> Vec<Result<String, String>> {
    let read = || parse(expr).map(|e| e.norm().text().to_owned()).map_err(|fault| line(expr, &fault));
    (0..4).map(|_| read()).collect()
}

#[test]
fn a_pattern_that_comes_again_prints_the_same() {
    for (expr, printed) in [
        (r#"a{x=~"5.."}"#, r#"a{x=~"5.."}"#),
        (r#"a{x!~"5..",b="1"}"#, r#"a{b="1",x!~"5.."}"#),
        // of one label: in order of their patterns, and of their operators
        (r#"a{x=~"z+",x=~"b+",x="q",x!="a"}"#, r#"a{x!="a",x="q",x=~"b+",x=~"z+"}"#),
        (r#"a{x=~"z+"} / b{x=~"b+"}"#, r#"a{x=~"z+"} / b{x=~"b+"}"#),
        // quotes and backslashes
        (r#"a{x=~'w"\\d+'}"#, r#"a{x=~"w\"\\d+"}"#),
        (r"a{x=~`\d+\.y`}", r#"a{x=~"\\d+\\.y"}"#),
        // values
        (r#"a{x="1",y!="2"} / b{x="3"}"#, r#"a{x="1",y!="2"} / b{x="3"}"#),
        (r#"a{x="é",y="",z="a b"}"#, r#"a{x="é",y="",z="a b"}"#),
        (r#"a{y="=\"x\"",x='"'}"#, r#"a{x="\"",y="=\"x\""}"#),
        // a name is a name
        (r#"{__name__="up",x="1"}"#, r#"{__name__="up",x="1"}"#),
        (r#"{__name__=~"up.+",x=~"5.."}"#, r#"{__name__=~"up.+",x=~"5.."}"#),
        // one that fits nothing at all, and one that fits everything
        (r#"a{x=~""}"#, r#"a{x=~""}"#),
        (r#"a{x=~".*"}"#, r#"a{x=~".*"}"#),
        (r#"label_replace(a{x=~"5.."},"x","=","y","5..")"#, r#"label_replace(a{x=~"5.."}, "x", "=", "y", "5..")"#),
    ] {
        for norm in norms(expr) {
            assert_eq!(norm.as_deref(), Ok(printed), "{expr}");
        }
    }
}

#[test]
fn what_is_refused_is_refused_each_time_in_the_author_s_words() {
    for expr in [
        r#"{x=~".*"}"#,
        r#"{x!~"5.."}"#,
        r#"{x!="5"}"#,
        r#"{x=""}"#,
        r#"up{__name__="down",x="1"}"#,
        r#"sum(a{x="1"}) by (y) + rate(b{x="1"})"#,
        r#"a{x=~"("}"#,
        r#"a{x=~"5.."} + "text""#,
        r#"rate(a{x=~"5.."})"#,
        r#"a{x=~"5.."} and 1"#,
    ] {
        let all = norms(expr);
        let first = all[0].as_ref().expect_err(expr);
        assert!(!first.contains("natsform"), "{first}");
        assert!(all.iter().all(|one| one.as_ref() == Err(first)), "{expr}: {all:?}");
    }
    // the stand-in of {x=~"5.."} must keep the selector as empty or not as it is
    assert!(parse(r#"{x=~"5.."}"#).is_ok());
}
