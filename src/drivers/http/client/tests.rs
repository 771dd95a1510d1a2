//! Settings that cannot be used, and where a request goes.

use super::*;
use crate::drivers::Secret;

fn settings(url: &str) -> Settings {
    Settings { url: url.to_owned(), ..Settings::default() }
}

fn refused(settings: &Settings) -> String {
    open(settings).err().map_or_else(|| "opened".to_owned(), |error| error.to_string())
}

#[test]
fn wrong_settings_name_their_field() {
    for (url, why) in [
        ("prom:9090", "url: `prom://` is no URL of HTTP"),
        ("9090", "url: it is no URL: relative URL without a base"),
        ("http://", "url: it is no URL: empty host"),
        ("http://u:canary@h", "url: credentials do not belong into the URL: give `user` and `password`"),
        ("http://h/?a=b", "url: it ends with a query or a fragment: give the URL before the `?` or `#`"),
        ("http://h/prom/", "opened"),
    ] {
        assert_eq!(refused(&settings(url)), why, "{url}");
    }
    let with = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings("http://h");
        change(&mut settings);
        refused(&settings)
    };
    let bad = || Secret::new("canary\n");
    assert_eq!(with(&|s| s.auth = Auth::Bearer(bad())), "token: it holds a character that no header may have");
    assert_eq!(with(&|s| s.headers = vec![("a b".into(), Secret::new("x"))]), "headers.a b: it is no name of a header");
    assert_eq!(
        with(&|s| s.proxy = Some("socks5://p:1".into())),
        "proxy: `socks5://` is no proxy that natsform can use: give an `http://` one"
    );
    assert!(
        with(&|s| s.tls.ca = Some("/nowhere/ca.pem".into())).starts_with("tls.ca: `/nowhere/ca.pem`: No such file")
    );
}

#[test]
fn files_that_are_no_pem_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.pem");
    fs::write(&file, "no certificate").unwrap();
    let ca = Settings { tls: Tls { ca: Some(file.clone()), ..Tls::default() }, ..settings("https://h") };
    assert!(refused(&ca).ends_with("x.pem` holds no certificate in PEM form"), "{}", refused(&ca));
    let pair = Tls { cert: Some(file.clone()), key: Some(file), ..Tls::default() };
    let pair = Settings { tls: pair, ..settings("http://h") };
    assert!(refused(&pair).starts_with("tls.cert: "), "{}", refused(&pair));
}

#[test]
fn a_path_stays_below_the_base() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base = base("https://h/prom/").unwrap();
    let connection = Connection {
        kept: Client::builder().tls_certs_only([]).build().unwrap(),
        fresh: Client::builder().tls_certs_only([]).build().unwrap(),
        shown: "https://h/prom".into(),
        base,
        timeout: Duration::from_secs(1),
        most: 1,
        certificate: false,
        redactor: Redactor::default(),
    };
    let url = |path: &str, query: &[(&str, &str)]| connection.url(&Request::get(path, query)).map(String::from);
    assert_eq!(
        url("/api/v1/query", &[("query", "a{b=\"c&d\"} +1")]).as_deref(),
        Ok("https://h/prom/api/v1/query?query=a%7Bb%3D%22c%26d%22%7D+%2B1")
    );
    for outside in ["/../api", "api", "", "@evil/", "/%2e%2e/api", "/a?b", "/a#b"] {
        assert!(url(outside, &[]).is_err(), "{outside}");
    }
    assert_eq!(encoded(&[("query".into(), "a+b c&d".into())]), "query=a%2Bb+c%26d");
}
