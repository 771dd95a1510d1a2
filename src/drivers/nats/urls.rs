//! Server URLs, and the credentials that people put into them.

use super::{Auth, ConnectError};
use crate::drivers::Secret;
use async_nats::ServerAddr;
use std::fmt;

/// One server to try: its address holds no credentials any more.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub addr: ServerAddr,
    /// What its URL said of who we are.
    pub auth: Option<Auth>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.addr.host(), self.addr.port());
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// The servers of a list of URLs; an element may itself be a list with commas.
pub(super) fn targets(urls: &[String]) -> Result<Vec<Target>, ConnectError> {
    let all: Vec<Target> = urls
        .iter()
        .flat_map(|url| url.split(','))
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .map(target)
        .collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Err(ConnectError::BadUrl { url: String::new(), why: "there is none".into() });
    }
    Ok(all)
}

fn target(url: &str) -> Result<Target, ConnectError> {
    let (bare, auth) = split_user_info(url);
    let bad = |why: &str| ConnectError::BadUrl { url: bare.clone(), why: why.into() };
    if let Some((scheme, _)) = bare.split_once("://")
        && !["nats", "tls"].contains(&scheme)
    {
        return Err(bad("its scheme is neither `nats` nor `tls`"));
    }
    // The parser's own texts begin with words of its own: keep what follows.
    let addr: ServerAddr = bare.parse().map_err(|error: std::io::Error| {
        let text = error.to_string();
        bad(text.rsplit(": ").next().unwrap_or(&text))
    })?;
    if addr.host().is_empty() {
        return Err(bad("it names no host"));
    }
    Ok(Target { addr, auth })
}

/// Takes the user info out of one URL: `nats://user:password@host` or `nats://token@host`.
pub fn split_user_info(url: &str) -> (String, Option<Auth>) {
    let Some((before, info, after)) = cut(url) else { return (url.to_owned(), None) };
    let auth = match info.split_once(':') {
        Some((user, password)) => {
            Some(Auth::UserPassword { user: percent_decoded(user), password: Secret::new(percent_decoded(password)) })
        }
        None if info.is_empty() => None,
        None => Some(Auth::Token(Secret::new(percent_decoded(info)))),
    };
    (format!("{before}{after}"), auth)
}

/// A list of URLs as it may be shown.
pub fn without_user_info(urls: &str) -> String {
    urls.split(',').map(|url| split_user_info(url).0).collect::<Vec<_>>().join(",")
}

/// What comes before the user info, the user info, and what comes after its `@`. Generous: what a strict parser would
/// refuse must not be shown either, so the last `@` counts, wherever it is.
fn cut(url: &str) -> Option<(&str, &str, &str)> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (before, rest) = url.split_at(start);
    let (info, after) = rest.rsplit_once('@')?;
    Some((before, info, after))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_info_is_taken_out() {
        let user = |user: &str, password: &str| {
            Some(Auth::UserPassword { user: user.into(), password: Secret::new(password) })
        };
        assert_eq!(split_user_info("nats://bob:p%40ss@h:1"), ("nats://h:1".into(), user("bob", "p@ss")));
        assert_eq!(split_user_info("bob:a@b@h"), ("h".into(), user("bob", "a@b")));
        assert_eq!(split_user_info("tls://tok@h"), ("tls://h".into(), Some(Auth::Token(Secret::new("tok")))));
        assert_eq!(split_user_info("nats://h:4222"), ("nats://h:4222".into(), None));
        assert_eq!(split_user_info("nats://a:100%@h"), ("nats://h".into(), user("a", "100%")));
        assert_eq!(without_user_info("nats://a:b@h,c@i"), "nats://h,i");
    }

    #[test]
    fn lists_defaults_and_bad_urls() {
        let show = |urls: &[&str]| {
            let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
            match targets(&urls) {
                Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(show(&["nats://a:1, b", "tls://u:p@[::1]:7"]), "a:1 b:4222 [::1]:7");
        assert_eq!(show(&["http://u:canary@h"]), "bad server URL `http://h`: its scheme is neither `nats` nor `tls`");
        assert_eq!(show(&["nats://u:canary@h:99999"]), "bad server URL `nats://h:99999`: invalid port number");
        assert_eq!(show(&["nats://u:canary@"]), "bad server URL `nats://`: it names no host");
        assert_eq!(show(&[" "]), "no server URL is given");
    }
}
