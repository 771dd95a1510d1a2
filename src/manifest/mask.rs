//! Secrets that stand in a file as they are. They are refused, and the excerpt that shows the place must not show them.

use crate::yaml::{Kind, Node, Style};

/// Keys whose literal values are secrets.
const SECRET_KEYS: &[&str] =
    &["password", "token", "nkey", "creds", "seed", "secret", "pass", "basic_auth", "bearer_token"];

/// The key of logins: what stands below it in a place of its own making is taken for a secret too.
const ACCOUNTS: &str = "accounts";

/// The key of HTTP headers: whatever is written out there may be one, whatever the header is called.
const HEADERS: &str = "headers";

/// The text of a file with every literal secret blanked out, byte for byte, so that places stay what they are.
///
/// `dropped`: documents could not be read, so their text is searched for what looks like a secret.
pub(super) fn masked(text: &str, documents: &[Node], dropped: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if dropped {
        guessed(text, &mut bytes);
    }
    for document in documents {
        walk(document, false, &mut bytes, 0);
    }
    // whole scalars are overwritten with ASCII, so this stays UTF-8
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// Blanks what stands behind a secret's key, and the user part of URLs.
fn guessed(text: &str, bytes: &mut [u8]) {
    let keys = format!(r#"(?:{})["']?[ \t]*:[ \t]*([^\s{{\[&*#][^\n]*)"#, SECRET_KEYS.join("|"));
    for pattern in [keys.as_str(), "://([^\\s/@]+)@"] {
        let Ok(regex) = regex_lite::Regex::new(pattern) else { continue };
        for found in regex.captures_iter(text).filter_map(|c| c.get(1)) {
            if !found.as_str().trim_matches(['"', '\'']).starts_with("${{") {
                blank(bytes, found.start(), found.end());
            }
        }
    }
}

fn walk(node: &Node, secret: bool, bytes: &mut [u8], depth: usize) {
    match &node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                let key = key.as_str().unwrap_or_default();
                if key == ACCOUNTS {
                    accounts(value, bytes);
                }
                if key == HEADERS {
                    value.entries().iter().for_each(|(_, header)| walk(header, true, bytes, depth));
                }
                // a reference has the shape {env: …}: below a mapping nothing is literal again
                walk(value, SECRET_KEYS.contains(&key), bytes, depth);
            }
        }
        Kind::Seq(items) => items.iter().for_each(|item| walk(item, secret, bytes, depth)),
        Kind::Alias(target) if secret && depth < 8 => walk(target, true, bytes, depth + 1),
        Kind::Alias(_) => {}
        Kind::Scalar { text, .. } => {
            if (secret && !text.contains("${{") && !node.is_null()) || userinfo(text) {
                blank(bytes, node.span.start, node.span.end);
            }
        }
    }
}

/// Blanks what stands in place of a login, or in a login under another key than `user`.
fn accounts(node: &Node, bytes: &mut [u8]) {
    if !node.is_map() {
        return walk(node, true, bytes, 0);
    }
    for (_, login) in node.entries() {
        if !login.is_map() {
            walk(login, true, bytes, 0);
        }
        for (_, value) in login.entries().iter().filter(|(key, _)| key.as_str() != Some("user")) {
            walk(value, true, bytes, 0);
        }
    }
}

/// The tree without its literal secrets: what is kept to look places up.
pub(super) fn blanked(node: &Node, secret: bool) -> Node {
    let kind = match &node.kind {
        Kind::Map(entries) => Kind::Map(
            entries
                .iter()
                .map(|(k, v)| {
                    let key = k.as_str().unwrap_or_default();
                    let below = if key == HEADERS { each_blanked(v) } else { None };
                    (k.clone(), below.unwrap_or_else(|| blanked(v, SECRET_KEYS.contains(&key))))
                })
                .collect(),
        ),
        Kind::Seq(items) => Kind::Seq(items.iter().map(|n| blanked(n, secret)).collect()),
        // what an alias stands for has a place of its own
        Kind::Alias(_) => return super::fields::scalar(node, "*", Style::Double),
        Kind::Scalar { text, .. } if secret || userinfo(text) => {
            return super::fields::scalar(node, "*", Style::Double);
        }
        Kind::Scalar { .. } => node.kind.clone(),
    };
    Node { span: node.span, kind }
}

/// A mapping with every literal value of its own blanked.
fn each_blanked(node: &Node) -> Option<Node> {
    let Kind::Map(entries) = &node.kind else { return None };
    let kind = Kind::Map(entries.iter().map(|(k, v)| (k.clone(), blanked(v, true))).collect());
    Some(Node { span: node.span, kind })
}

fn blank(bytes: &mut [u8], start: usize, end: usize) {
    if let Some(part) = bytes.get_mut(start..end) {
        part.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b'*');
    }
}

/// Whether a text holds a URL with a password or token in it: `nats://user:password@host`.
pub(super) fn userinfo(text: &str) -> bool {
    text.split(',').any(|url| {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| !user.is_empty() && !user.contains("${{"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Budgets, load};

    #[test]
    fn secrets_are_blanked_byte_for_byte() {
        let text = "a: {user: ü, password: 'hüntër', token: [{env: T}, s3cr3t]}\nurl: nats://u:p@h:1,nats://h\nk: &x hidden\npassword: *x\nname: ok\n";
        let loaded = load(text.as_bytes(), &Budgets::default());
        let out = masked(text, &loaded.documents, false);
        assert_eq!(out.len(), text.len());
        for secret in ["hünt", "s3cr3t", "u:p@h", "hidden"] {
            assert!(!out.contains(secret), "{out}");
        }
        assert!(out.contains("env: T") && out.contains("name: ok") && out.contains("user: ü"), "{out}");
    }

    #[test]
    fn headers_are_blanked() {
        let text = "prometheus: {headers: {Authorization: Bearer canary, X-Id: [canary], Y: {env: NAME}}}\n";
        let loaded = load(text.as_bytes(), &Budgets::default());
        let out = masked(text, &loaded.documents, false);
        assert!(out.len() == text.len() && !out.contains("canary") && out.contains("env: NAME"), "{out}");
        assert!(!format!("{:?}", blanked(&loaded.documents[0], false)).contains("canary"));
    }

    #[test]
    fn what_stands_where_logins_belong_is_blanked() {
        for text in [
            "accounts: p-canary\n",
            "accounts: {A: p-canary}\n",
            "accounts: {A: [p-canary]}\n",
            "accounts: {A: {user: u, passwrd: p-canary}}\n",
            "accounts: &x {A: {user: u, tokn: [{env: T}, p-canary]}}\n",
        ] {
            let out = masked(text, &load(text.as_bytes(), &Budgets::default()).documents, false);
            assert!(out.len() == text.len() && !out.contains("canary") && out.contains("accounts"), "{out}");
            assert_eq!(out.contains("user: u"), text.contains("user: u"), "{out}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_read_is_searched() {
        let text =
            "a: [\n  password: p-canary\n  \"token\": 'tö-canary'\nurl: nats://u-canary@h\ncreds: {env: X}\nname: ok\n";
        let out = masked(text, &[], true);
        assert_eq!(out.len(), text.len());
        assert!(!out.contains("canary") && out.contains("env: X") && out.contains("name: ok"), "{out}");
    }

    #[test]
    fn a_url_without_userinfo_is_no_secret() {
        assert!(!userinfo("nats://a:4222,nats://b:4222"));
        assert!(userinfo("nats://a:4222,nats://token@b:4222"));
        assert!(!userinfo("mail me@example.org"));
    }
}
