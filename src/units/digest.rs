//! Short names of texts.

/// The first bytes of a text's SHA-256, two hexadecimal digits for each.
pub fn digest(text: &str, bytes: usize) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hash.as_ref().iter().take(bytes).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_digest_is_that_of_everybody() {
        assert_eq!(super::digest("abc", 4), "ba7816bf");
    }
}
