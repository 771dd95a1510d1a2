//! What went wrong between us and a server, in words that say where to look.

use crate::model::Failure;
use std::{error::Error, time::Duration};

/// What a request was.
pub(super) struct Around<'a> {
    /// The base, without credentials.
    pub url: &'a str,
    pub path: &'a str,
    pub wait: Duration,
    /// Whether we have a client certificate to show.
    pub certificate: bool,
}

/// The last reason of an error: the others only say who passed it on.
pub(super) fn deepest(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Every reason of an error, to look for words in.
fn reasons(error: &dyn Error) -> String {
    let mut all = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        all.push_str(": ");
        all.push_str(&source.to_string());
        next = source.source();
    }
    all
}

/// Whether the other side closed the connection before it said anything: it may have done so long ago.
pub(super) fn hung_up(error: &reqwest::Error) -> bool {
    let said = reasons(error);
    !error.is_connect()
        && !error.is_timeout()
        && ["before message completed", "reset by peer", "Broken pipe"].iter().any(|word| said.contains(word))
}

/// No answer to a request.
pub(super) fn request(error: &reqwest::Error, around: &Around<'_>) -> Failure {
    let Around { url, path, wait, certificate } = around;
    let said = reasons(error);
    if let Some(why) = tls(&said, *certificate) {
        return Failure::NotSent { why: format!("`{url}`: {why}") };
    }
    if error.is_connect() {
        let why = if error.is_timeout() { "no connection in time".to_owned() } else { connection(&said, error) };
        return Failure::NotSent { why: format!("`{url}`: {why}") };
    }
    if error.is_timeout() {
        let seconds = wait.as_secs_f64();
        let why = format!("`{url}` accepts connections and does not answer `{path}` within {seconds} s");
        return Failure::Unknown { why };
    }
    if said.contains("invalid HTTP") || said.contains("parse") && said.contains("hyper") {
        return Failure::Garbled { why: format!("`{url}` does not speak HTTP: {}", deepest(error)) };
    }
    Failure::Unknown { why: format!("`{url}` broke off before it answered `{path}`: {}", deepest(error)) }
}

/// Why there is no connection.
fn connection(said: &str, error: &dyn Error) -> String {
    if said.contains("dns error") || said.contains("failed to lookup") {
        return format!("its name is not known: {}", deepest(error));
    }
    if said.contains("proxy authentication") {
        return "the proxy wants a login".into();
    }
    if said.contains("tunnel") {
        return format!("the proxy makes no connection to it: {}", deepest(error));
    }
    deepest(error)
}

/// What a TLS library's words mean; `None` where they are not about TLS.
fn tls(said: &str, certificate: bool) -> Option<String> {
    let wants = "it wants a client certificate: give `tls: {cert: …, key: …}`";
    // servers before Go 1.21 call a missing one a bad one
    let bad = if certificate { "it does not accept the client certificate of `tls: {cert: …}`" } else { wants };
    let known = [
        ("CertificateRequired", wants),
        (
            "UnknownIssuer",
            "its certificate is of an authority that is not trusted: give the authority with `tls: {ca: …}`",
        ),
        ("NotValidForName", "its certificate is for another name than the URL's"),
        ("certificate not valid for name", "its certificate is for another name than the URL's"),
        ("certificate expired", "its certificate has expired"),
        ("Expired", "its certificate has expired"),
        ("CaUsedAsEndEntity", "its certificate is one of an authority and may not be a server's"),
        ("InvalidContentType", "it does not speak TLS: is it `http://`?"),
        ("UnknownCA", "it does not trust the client certificate of `tls: {cert: …}`"),
        ("BadCertificate", bad),
        ("CertificateUnknown", bad),
        ("DecryptError", bad),
    ];
    if !["certificate", "alert", "corrupt message", "peer "].iter().any(|word| said.contains(word)) {
        return None;
    }
    known.iter().find(|(word, _)| said.contains(word)).map(|(_, why)| (*why).to_owned())
}

/// An answer that broke off.
pub(super) fn body(error: &reqwest::Error, got: usize, around: &Around<'_>) -> Failure {
    let Around { url, path, wait, .. } = around;
    let said = reasons(error);
    if error.is_timeout() {
        let seconds = wait.as_secs_f64();
        let why =
            format!("the answer of `{url}` to `{path}` stops after {got} bytes and has no end within {seconds} s");
        return Failure::Unknown { why };
    }
    if said.contains("gzip") || said.contains("deflate") || said.contains("corrupt") {
        return Failure::Garbled { why: format!("the answer of `{url}` to `{path}` cannot be unpacked") };
    }
    Failure::Unknown { why: format!("the answer of `{url}` to `{path}` breaks off after {got} bytes") }
}

/// An answer over its budget.
pub(super) fn too_large(most: usize, around: &Around<'_>) -> Failure {
    let Around { url, path, .. } = around;
    let why = format!("the answer of `{url}` to `{path}` is larger than {most} bytes: `max_response` allows more");
    Failure::Garbled { why }
}
