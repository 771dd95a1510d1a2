//! What an answer to `POST /-/reload` says that is neither 200 nor the server's own 500: most of them are a proxy's.

/// What became of a reload.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody knows, and why.
    Doubt(String),
    /// It never began, and what to do.
    Never(String),
    /// The server tried, and kept what it had.
    Refused,
}

/// What a status means.
pub fn answered(url: &str, status: u16) -> Answer {
    let never = |what: &str| Answer::Never(format!("{url} was not told to reload: {what}"));
    match status {
        401 | 407 => never(&format!(
            "the answer is {status}: whoever may read may not reload; give the connection credentials that may POST to /-/reload"
        )),
        403 => never(
            "the answer is 403: the server runs without --web.enable-lifecycle, or a proxy before it lets nobody reload; \
             start it with that flag, or have the proxy pass POST /-/reload",
        ),
        404 => never(
            "the answer is 404: something before the server has no /-/reload; have the proxy pass it, or look at the path \
             in `url`",
        ),
        405 => {
            never("the answer is 405: something before the server takes no POST to /-/reload; have the proxy pass it")
        }
        429 => never("the answer is 429: a proxy takes no more requests now; try again later"),
        502..=504 => Answer::Doubt(format!(
            "the answer to the reload of {url} is {status}, which a proxy before it gives when the server takes too long \
             or is not there"
        )),
        _ => Answer::Refused,
    }
}

/// Why a proof failed, with what was not known before it.
pub fn doubted(why: String, doubt: Option<String>) -> String {
    match doubt {
        Some(doubt) => format!("{why}; {doubt}: what is loaded was looked up, and it is not what was written"),
        None => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_says_what_to_do() {
        let said = |status| format!("{:?}", answered("http://p", status));
        for (status, words) in [
            (401, "credentials"),
            (403, "--web.enable-lifecycle"),
            (404, "has no /-/reload"),
            (405, "takes no POST"),
            (429, "try again later"),
        ] {
            assert!(said(status).starts_with("Never") && said(status).contains(words), "{}", said(status));
        }
        for status in [502, 503, 504] {
            assert!(
                said(status).starts_with("Doubt") && said(status).contains(&status.to_string()),
                "{}",
                said(status)
            );
        }
        assert_eq!(answered("http://p", 500), Answer::Refused);
        assert_eq!(doubted("a".into(), None), "a");
    }
}
