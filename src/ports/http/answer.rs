//! From an answer to JSON, or to what is wrong with it: a proxy's login page, a wrong path and half an answer each say
//! what they are.

use super::Response;
use crate::model::{Failure, Value};
use std::time::Duration;

/// How much of an answer that is not understood is repeated.
const SHOWN: usize = 120;

/// The JSON of an answer to `path`. An error in it (`{"status": "error"}`) is `Refused` with the server's own type and
/// text, whatever the status.
///
/// # Errors
/// What is wrong with the answer, in words that say where to look.
pub fn json(path: &str, response: &Response) -> Result<Value, Failure> {
    let parsed = serde_json::from_slice::<Value>(&response.body);
    if let Some(refused) = parsed.as_ref().ok().and_then(|value| api_error(path, response.status, value)) {
        return Err(refused);
    }
    match response.status {
        200..=299 => parsed.map_err(|error| no_json(path, response, &error)),
        status => Err(wrong(path, status, response)),
    }
}

/// The error that the API itself reports.
fn api_error(path: &str, status: u16, value: &Value) -> Option<Failure> {
    (value.get("status")?.as_str()? == "error").then(|| {
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let message = text("error").map_or_else(|| format!("`{path}` answered without a reason"), str::to_owned);
        match text("errorType") {
            Some("timeout" | "unavailable") => Failure::Busy { why: message, after: None },
            kind => Failure::Refused { code: kind.map_or_else(|| status.to_string(), str::to_owned), message },
        }
    })
}

/// What a body that is no JSON is.
fn no_json(path: &str, response: &Response, error: &serde_json::Error) -> Failure {
    let why = if is_page(response) {
        format!("`{path}` gave a web page: a login page or another program stands in front of the API")
    } else if response.body.is_empty() {
        format!("`{path}` gave an empty answer")
    } else if error.is_eof() {
        format!("`{path}` gave {} bytes of JSON that break off", response.body.len())
    } else {
        format!("`{path}` gave no JSON: `{}`", beginning(&response.body))
    };
    Failure::Garbled { why }
}

/// What an answer that is no success says.
fn wrong(path: &str, status: u16, response: &Response) -> Failure {
    let code = status.to_string();
    let refused = |message: String| Failure::Refused { code: code.clone(), message };
    match status {
        300..=399 => {
            let to = response.header("location").map_or("nowhere", origin);
            refused(format!("`{path}` is redirected to `{to}`, which is not followed: give the URL behind it"))
        }
        401 => refused(format!("`{path}` wants a login: the credentials are missing or not accepted")),
        403 => Failure::Denied { what: path.to_owned() },
        404 => refused(format!("`{path}` is not there: is it the right server, and does its URL have a path prefix?")),
        407 => refused("the proxy wants a login".into()),
        429 | 503 => Failure::Busy { why: format!("`{path}` answered {status}"), after: retry_after(response) },
        _ if is_page(response) || response.body.is_empty() => refused(format!("`{path}` answered without a reason")),
        _ => refused(beginning(&response.body)),
    }
}

/// Whether an answer is for people.
fn is_page(response: &Response) -> bool {
    let typed = response.header("content-type").is_some_and(|t| t.trim_start().starts_with("text/html"));
    typed || response.body.trim_ascii_start().first() == Some(&b'<')
}

/// When the server wants to be asked again. A date is not read: no server that we know gives one.
fn retry_after(response: &Response) -> Option<Duration> {
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

/// A URL without what may hold secrets: its query, and a login.
fn origin(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let bare = url.get(..end).unwrap_or_default();
    if bare.contains('@') { "another address" } else { bare }
}

/// The beginning of a text that came from outside, on one line.
fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..body.len().min(4 * SHOWN)).unwrap_or_default());
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if line.len() < text.trim().len() { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&str, &str)], body: &str) -> String {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        match json("/api/v1/rules", &Response { status, headers, body: body.as_bytes().to_vec() }) {
            Ok(value) => value.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn each_wrong_answer_says_what_it_is() {
        let page = [("content-type", "text/html; charset=utf-8")];
        let cases = [
            of(200, &page, "<!doctype html><title>Sign in</title>"),
            of(200, &[], "\n <html>"),
            of(200, &[], ""),
            of(200, &[], r#"{"status":"success","data":{"groups":["#),
            of(200, &[], "Prometheus Server is Ready.\n"),
            of(302, &[("location", "https://login.example.com/start?rd=SECRET")], ""),
            of(401, &[], "Unauthorized\n"),
            of(403, &page, "<html>Forbidden"),
            of(404, &[], "404 page not found\n"),
            of(429, &[("retry-after", "7")], ""),
            of(500, &[], "failed to reload config: one\nor more errors"),
            of(502, &page, "<html>Bad Gateway"),
            of(400, &[], r#"{"status":"error","errorType":"bad_data","error":"1:2: parse error"}"#),
            of(503, &[], r#"{"status":"error","errorType":"unavailable","error":"TSDB not ready"}"#),
        ];
        assert_eq!(
            cases.map(|c| c.replace("the answer could not be understood: ", "garbled: ")),
            [
                "garbled: `/api/v1/rules` gave a web page: a login page or another program stands in front of the API",
                "garbled: `/api/v1/rules` gave a web page: a login page or another program stands in front of the API",
                "garbled: `/api/v1/rules` gave an empty answer",
                "garbled: `/api/v1/rules` gave 38 bytes of JSON that break off",
                "garbled: `/api/v1/rules` gave no JSON: `Prometheus Server is Ready.`",
                "the server refused it: `/api/v1/rules` is redirected to `https://login.example.com/start`, which is not followed: give the URL behind it (302)",
                "the server refused it: `/api/v1/rules` wants a login: the credentials are missing or not accepted (401)",
                "permission denied for `/api/v1/rules`",
                "the server refused it: `/api/v1/rules` is not there: is it the right server, and does its URL have a path prefix? (404)",
                "the server is busy: `/api/v1/rules` answered 429",
                "the server refused it: failed to reload config: one or more errors (500)",
                "the server refused it: `/api/v1/rules` answered without a reason (502)",
                "the server refused it: 1:2: parse error (bad_data)",
                "the server is busy: TSDB not ready",
            ]
        );
        assert_eq!(of(200, &[], r#"{"status":"success"}"#), r#"{"status":"success"}"#);
    }

    #[test]
    fn a_busy_server_says_when() {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        let failure = json("/", &Response { status: 503, headers, body: vec![] }).unwrap_err();
        assert_eq!(failure, Failure::Busy { why: "`/` answered 503".into(), after: Some(Duration::from_secs(7)) });
    }

    #[test]
    fn bad_bytes_never_panic() {
        for body in [&[0xff, 0xfe][..], &[b'{'; 9000], "ä".repeat(500).as_bytes()] {
            for status in [200, 500] {
                assert!(json("/", &Response { status, headers: vec![], body: body.to_vec() }).is_err());
            }
        }
    }
}
