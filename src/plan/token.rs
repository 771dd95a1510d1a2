//! Acknowledgements: what was accepted, for which object and which change, and up to how much.

use crate::{
    model::{Address, Finding, Identity, Token, Value},
    units,
};

/// The token of one finding on one object.
pub fn token(finding: &Finding, address: &Address, identity: &Identity) -> Token {
    let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = |v: &Value| v.to_string();
    let parts = [
        finding.code.to_owned(),
        address.to_string(),
        identity.parent.clone().unwrap_or_default(),
        identity.own.clone().unwrap_or_default(),
        path,
        text(&finding.turn.0),
        text(&finding.turn.1),
    ];
    let key = format!("{}:{address}:{}", finding.code, short_hash(&parts.join("\u{0}")));
    Token { key, ceiling: units::ceiling(finding.measured()) }
}

/// The digest token of several findings: how many, which set, and how many messages in all.
pub fn digest(tokens: &[Token]) -> Option<Token> {
    if tokens.len() < 2 {
        return None;
    }
    let mut keys: Vec<&str> = tokens.iter().map(|t| t.key.as_str()).collect();
    keys.sort_unstable();
    let total = tokens.iter().fold(0_u64, |sum, t| sum.saturating_add(t.ceiling));
    Some(Token {
        key: format!("LOSS:{}:{}", keys.len(), short_hash(&keys.join("\u{0}"))),
        ceiling: units::ceiling(total),
    })
}

/// Reads `KEY<=CEILING`.
pub fn parse(text: &str) -> Option<Token> {
    let (key, ceiling) = text.trim().rsplit_once("<=")?;
    Some(Token { key: key.to_owned(), ceiling: units::parse_count(ceiling)? })
}

/// Whether a given acknowledgement covers what is asked.
pub fn covers(given: &Token, asked: &Token, measured: u64) -> bool {
    given.key == asked.key && given.ceiling >= measured
}

fn short_hash(text: &str) -> String {
    crate::units::digest(text, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, json};

    fn finding(to: i64, messages: u64) -> Finding {
        Finding { messages: Some(messages), turn: (json!(9), json!(to)), ..Finding::new("NF2003", Level::Loss, "x") }
    }
    fn of(finding: &Finding, created: &str) -> Token {
        let identity = Identity { parent: None, own: Some(created.into()), run: None };
        token(finding, &Address::new("stream", ["ORDERS"], "APP"), &identity)
    }

    #[test]
    fn a_token_is_bound_to_the_change_and_the_object_but_not_to_the_count() {
        let a = of(&finding(1, 61_204_332), "2026");
        assert!(a.to_string().starts_with("NF2003:stream/ORDERS@APP:"), "{a}");
        assert!(a.to_string().ends_with("<=68M"), "{a}");
        assert_eq!(a.key, of(&finding(1, 5), "2026").key);
        assert_ne!(a.key, of(&finding(2, 61_204_332), "2026").key);
        assert_ne!(a.key, of(&finding(1, 61_204_332), "2027").key);
    }

    #[test]
    fn a_given_token_covers_up_to_its_ceiling() {
        let asked = of(&finding(1, 17), "2026");
        let given = parse(&asked.to_string()).expect("a token reads its own text");
        assert!(covers(&given, &asked, 17));
        assert!(!covers(&given, &asked, given.ceiling + 1));
        assert_eq!(parse("nonsense"), None);
    }
}
