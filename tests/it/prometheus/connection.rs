//! Our connection to a real Prometheus: prefixes, logins and TLS.

use crate::support::{Prometheus, certificates, prometheuses};
use natsform::{
    drivers::{
        Secret,
        http::{self, Auth, Settings, Tls},
    },
    ports::{
        Http,
        http::{Request, json},
    },
};
use std::{fs, path::Path, sync::Arc};

const PATH: &str = "/api/v1/status/buildinfo";
/// `canary-pass`.
const HASH: &str = "$2b$04$GQ2rsJx7whPS2B0cMjBPluxK2HwIoh9nki3PCSgEB92qWCZFlEqyO";

fn settings(url: &str) -> Settings {
    Settings { url: url.to_owned(), ..Settings::default() }
}

fn open(settings: &Settings) -> Arc<dyn Http> {
    http::open(settings).expect("a connection")
}

/// `success`, or what is said instead, with the server's address as `HOST`.
async fn said(settings: &Settings) -> String {
    let answer = match open(settings).send(&Request::get(PATH, &[])).await {
        Ok(response) => json(PATH, &response),
        Err(failure) => Err(failure),
    };
    let host = settings.url.split("://").nth(1).unwrap_or_default();
    match answer {
        Ok(value) => value["status"].as_str().unwrap_or_default().to_owned(),
        Err(failure) => failure.to_string().replace(host, "HOST"),
    }
}

#[tokio::test]
async fn a_path_prefix() {
    for (_, binary) in prometheuses() {
        let arguments = ["--web.external-url=http://example.com/prom/"];
        let server = Prometheus::start_with(&binary, &arguments, &Prometheus::config_for(&[]));
        for slash in ["", "/"] {
            assert_eq!(said(&settings(&format!("{}/prom{slash}", server.url()))).await, "success");
        }
        let without = said(&settings(&server.url())).await;
        assert_eq!(
            without,
            format!(
                "the server refused it: `{PATH}` is not there: is it the right server, and does its URL have a path prefix? (404)"
            )
        );
    }
}

#[tokio::test]
async fn errors_of_the_api_and_reads_by_post() {
    for (_, binary) in prometheuses() {
        let server = Prometheus::start(&binary);
        let reader = natsform::ports::HttpReader::new(open(&settings(&server.url())));
        let answer = reader.ask("/api/v1/query", &[("query", "1 +")]).await.expect("an answer");
        let error = json("/api/v1/query", &answer).expect_err("an error").to_string();
        assert!(error.starts_with("the server refused it: ") && error.ends_with("(bad_data)"), "{error}");
        let answer = reader.ask("/api/v1/query", &[("query", "1 + 1")]).await.expect("an answer");
        assert_eq!(json("/api/v1/query", &answer).expect("JSON")["data"]["result"][1], "2");
        let refused = reader.ask("/-/reload", &[]).await.expect_err("no read").to_string();
        assert_eq!(refused, "the answer could not be understood: `POST /-/reload` is no read");
        assert_eq!(server.log().matches("Loading configuration file").count(), 1, "it was not even sent");
    }
}

#[tokio::test]
async fn basic_authentication() {
    for (_, binary) in prometheuses() {
        let dir = tempfile::tempdir().expect("a directory");
        let web = dir.path().join("web.yml");
        fs::write(&web, format!("basic_auth_users: {{bob: \"{HASH}\"}}\n")).expect("a file");
        let server = with_web(&binary, &web);
        let login = |password: &str| {
            let auth = Auth::Basic { user: "bob".into(), password: Secret::new(password) };
            Settings { auth, ..settings(&server.url()) }
        };
        assert_eq!(said(&login("canary-pass")).await, "success");
        let refused =
            format!("the server refused it: `{PATH}` wants a login: the credentials are missing or not accepted (401)");
        assert_eq!(said(&login("wrong")).await, refused);
        assert_eq!(said(&settings(&server.url())).await, refused);
    }
}

fn with_web(binary: &Path, web: &Path) -> Prometheus {
    let argument = format!("--web.config.file={}", web.display());
    Prometheus::start_with(binary, &[&argument], &Prometheus::config_for(&[]))
}

#[tokio::test]
async fn tls_and_client_certificates() {
    for (_, binary) in prometheuses() {
        let dir = tempfile::tempdir().expect("a directory");
        certificates(dir.path());
        let web = dir.path().join("web.yml");
        let server = "cert_file: cert.pem, key_file: key.pem";
        fs::write(&web, format!("tls_server_config: {{{server}}}\n")).expect("a file");
        let file = |name: &str| Some(dir.path().join(name));
        let plain = with_web(&binary, &web);
        let secure =
            |server: &Prometheus, tls: Tls| Settings { tls, ..settings(&server.url().replace("http:", "https:")) };
        let ca = Tls { ca: file("ca.pem"), ..Tls::default() };
        let mine = Tls { cert: file("cert.pem"), key: file("key.pem"), ..ca.clone() };
        assert_eq!(said(&secure(&plain, ca.clone())).await, "success");
        let untrusted = "the request was not sent: `https://HOST`: its certificate is of an authority that is not trusted: give the authority with `tls: {ca: …}`";
        assert_eq!(said(&secure(&plain, Tls::default())).await, untrusted);
        assert_eq!(said(&secure(&plain, Tls { ca: file("other.pem"), ..Tls::default() })).await, untrusted);
        let other_name = Settings {
            url: secure(&plain, ca.clone()).url.replace("127.0.0.1", "localhost"),
            ..secure(&plain, ca.clone())
        };
        assert_eq!(
            said(&other_name).await,
            "the request was not sent: `https://HOST`: its certificate is for another name than the URL's"
        );
        assert_eq!(
            said(&settings(&plain.url())).await,
            "the server refused it: Client sent an HTTP request to an HTTPS server. (400)"
        );
        let bare = Prometheus::start(&binary);
        assert_eq!(
            said(&secure(&bare, ca.clone())).await,
            "the request was not sent: `https://HOST`: it does not speak TLS: is it `http://`?"
        );

        let client = "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem";
        fs::write(&web, format!("tls_server_config: {{{server}, {client}}}\n")).expect("a file");
        let mutual = with_web(&binary, &web);
        assert_eq!(said(&secure(&mutual, mine.clone())).await, "success");
        assert_eq!(
            said(&secure(&mutual, ca.clone())).await,
            "the request was not sent: `https://HOST`: it wants a client certificate: give `tls: {cert: …, key: …}`"
        );
        let foreign = Tls { cert: file("other.pem"), key: file("other.key"), ..ca.clone() };
        let refused = said(&secure(&mutual, foreign)).await;
        assert!(refused.starts_with("the request was not sent: `https://HOST`: it does not "), "{refused}");
    }
}
