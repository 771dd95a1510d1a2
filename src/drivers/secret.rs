//! What must never be seen: one type for it, and the sieve for texts that others wrote.

use std::fmt;

/// A password, token or key. It has no `Display`, and `Debug` shows `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: only for handing it to what needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Takes secrets out of texts.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Vec<Secret>);

/// Shorter ones would blank out ordinary words; nobody should have them.
const SHORTEST: usize = 4;

impl Redactor {
    /// A sieve for these secrets.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut all: Vec<Secret> = secrets.into_iter().filter(|secret| secret.0.len() >= SHORTEST).collect();
        // Longest first: a secret that contains another must go as a whole.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.0.len()));
        Self(all)
    }

    /// The text with every secret of at least 4 bytes, plain or percent-encoded, replaced by `***`.
    pub fn redact(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for secret in &self.0 {
            for form in [secret.0.clone(), percent_encoded(&secret.0, true), percent_encoded(&secret.0, false)] {
                if out.contains(&form) {
                    out = out.replace(&form, "***");
                }
            }
        }
        out
    }
}

/// Percent-encoding with capital or small digits, of all but the unreserved characters.
fn percent_encoded(text: &str, capital: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else if capital {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Redactor::new([secret.clone()])), "*** Redactor([***])");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn texts_are_redacted_in_every_form() {
        let redactor = Redactor::new([Secret::new("p@ss/w"), Secret::new("abc"), Secret::new("p@ss/word")]);
        let text = "a p@ss/word, p%40ss%2Fword, p%40ss%2fword, p@ss/w and abc";
        assert_eq!(redactor.redact(text), "a ***, ***, ***, *** and abc");
    }
}
