//! Secrets that stand in a file as they are. They are refused, and the excerpt that shows the place must not show them.

use crate::yaml::{Kind, Node};

/// Keys whose literal values are secrets.
const SECRET_KEYS: &[&str] = &["password", "token", "nkey", "creds", "seed", "secret", "pass", "basic_auth", "bearer_token"];

/// The text of a file with every literal secret blanked out, byte for byte, so that places stay what they are.
pub(super) fn masked(text: &str, documents: &[Node]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for document in documents {
        walk(document, false, &mut bytes, 0);
    }
    // whole scalars are overwritten with ASCII, so this stays UTF-8
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

fn walk(node: &Node, secret: bool, bytes: &mut [u8], depth: usize) {
    match &node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                let key = key.as_str().unwrap_or_default();
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
        let out = masked(text, &loaded.documents);
        assert_eq!(out.len(), text.len());
        for secret in ["hünt", "s3cr3t", "u:p@h", "hidden"] {
            assert!(!out.contains(secret), "{out}");
        }
        assert!(out.contains("env: T") && out.contains("name: ok") && out.contains("user: ü"), "{out}");
    }

    #[test]
    fn a_url_without_userinfo_is_no_secret() {
        assert!(!userinfo("nats://a:4222,nats://b:4222"));
        assert!(userinfo("nats://a:4222,nats://token@b:4222"));
        assert!(!userinfo("mail me@example.org"));
    }
}
