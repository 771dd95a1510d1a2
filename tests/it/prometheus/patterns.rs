//! Regular expressions of matchers: a server and natsform take and refuse the same.

use super::harness::reader;
use crate::support::{Prometheus, prometheuses};
use natsform::{ports::http::json, promql};

const PATTERNS: &[&str] = &[
    "a**",
    "a+*",
    "a?+",
    "(a|b)*+",
    "a{2}{3}",
    "a*?*",
    "a*?",
    "x{1001}",
    "x{1000}",
    "x{5,2000}",
    "x{2,3}?",
    "(?x)a",
    "(?i-u:a)",
    "(?i-s:a)",
    "(?U)a",
    "[a]**",
    "[*+]+",
    "[]*+]*",
    "[^]*+]*",
    "[[:alpha:]*+]+",
    "\\*\\*+",
    "\\p{Greek}+",
    "\\p{Greek}+*",
    "5..|4..",
    "(?:a*)*",
    "(?P<n>a)+",
    "\\x{41}*",
    "^*",
    "a{1,2}b{3}",
    "a|*",
    "(",
    "a)",
    "[a",
    "(?=a)",
    "é*",
    "",
];

#[tokio::test]
async fn are_refused_where_the_server_refuses_them() {
    for (version, binary) in prometheuses() {
        let server = Prometheus::start(&binary);
        let reader = reader(&server.url());
        let mut differ = Vec::new();
        for pattern in PATTERNS {
            let expr = format!("up{{job=~\"{}\"}}", pattern.replace('\\', "\\\\"));
            let answer = reader.ask("/api/v1/query", &[("query", &expr)]).await.expect("an answer");
            let (theirs, ours) = (json("/api/v1/query", &answer).is_ok(), promql::parse(&expr).is_ok());
            if theirs != ours {
                differ.push(format!("{pattern}: the server says {theirs}, natsform {ours}"));
            }
        }
        assert!(differ.is_empty(), "{version}: {differ:#?}");
    }
}
