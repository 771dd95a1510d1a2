//! The name of one object across all systems.

use std::fmt;

/// `kind/part/part@scope`, for example `consumer/ORDERS/billing@APP`.
///
/// The scope (account, organisation, tenant) is always there; only text output may drop it. In text each part is
/// percent-encoded where it holds `/`, `@`, `%`, white space or a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The address word of the kind: `stream`, `consumer`, `kv` …
    pub kind: String,
    /// The parts of the name, outermost first: a consumer's are its stream and its own name.
    pub parts: Vec<String>,
    /// The account, organisation or tenant that the object lives in.
    pub scope: String,
}

impl Address {
    /// An address from its pieces.
    pub fn new<S: Into<String>>(kind: &str, parts: impl IntoIterator<Item = S>, scope: &str) -> Self {
        Self { kind: kind.into(), parts: parts.into_iter().map(Into::into).collect(), scope: scope.into() }
    }

    /// Reads `kind/part/part[@scope]`; a missing scope is `default_scope`. `None` where the text is no address.
    pub fn parse(text: &str, default_scope: &str) -> Option<Self> {
        let (path, scope) = match text.split_once('@') {
            Some((_, scope)) if scope.contains('/') => return None,
            Some((path, scope)) => (path, decode(scope)?),
            None => (text, default_scope.to_owned()),
        };
        let mut words = path.split('/');
        let kind = words.next().filter(|k| !k.is_empty())?.to_owned();
        let parts: Vec<String> = words.map(decode).collect::<Option<_>>()?;
        if parts.is_empty() || parts.iter().any(String::is_empty) {
            return None;
        }
        Some(Self { kind, parts, scope })
    }

    /// The name without kind and scope, as it stands in an address.
    pub fn name(&self) -> String {
        self.parts.iter().map(|p| encode(p)).collect::<Vec<_>>().join("/")
    }

    /// The last part: what the object itself is called.
    pub fn leaf(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// The form without the scope, for a run that spans one scope only.
    pub fn short(&self) -> String {
        format!("{}/{}", self.kind, self.name())
    }

    /// [`Address::short`], with the scope where `scoped` says that the run spans several.
    pub fn text(&self, scoped: bool) -> String {
        if scoped { self.to_string() } else { self.short() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.kind, self.name(), encode(&self.scope))
    }
}

fn encode(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        if matches!(c, '/' | '@' | '%') || c.is_whitespace() || c.is_control() {
            let mut bytes = [0; 4];
            for b in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{b:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    crate::units::unescape(text, '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_its_own_text() {
        for parts in [vec!["ORDERS"], vec!["a/b", "c@d"], vec!["50%", "ü x"]] {
            let a = Address::new("consumer", parts, "A/P");
            assert_eq!(Address::parse(&a.to_string(), "other"), Some(a));
        }
        let short = Address::parse("stream/ORDERS", "APP").map(|a| a.to_string());
        assert_eq!(short.as_deref(), Some("stream/ORDERS@APP"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "stream", "stream/", "/x", "stream/%G0", "stream/%4"] {
            assert_eq!(Address::parse(text, "APP"), None, "{text}");
        }
    }
}
