//! Subjects and whether two of them have a literal subject in common.

/// Whether some literal subject matches both patterns: the server's own rule for overlapping streams.
pub fn collide(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(">"), Some(_)) | (Some(_), Some(">")) => return true,
            (Some(x), Some(y)) if x == "*" || y == "*" || x == y => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_collide_where_a_literal_matches_both() {
        for (a, b) in [("a.b", "a.b"), ("a.*", "a.b"), ("a.>", "a.b.c"), ("*.b", "a.*"), (">", "x"), ("a.>", "*.b")] {
            assert!(collide(a, b) && collide(b, a), "{a} {b}");
        }
        for (a, b) in [("a.b", "a.c"), ("a.*", "a.b.c"), ("a.>", "a"), ("a.>", "b.>")] {
            assert!(!collide(a, b) && !collide(b, a), "{a} {b}");
        }
    }
}
