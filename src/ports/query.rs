//! The list of NATS requests that change nothing.

/// A request that only reads.
#[derive(Clone, Debug)]
pub struct Query {
    subject: String,
    body: Vec<u8>,
}

/// What may stand behind the API prefix: whole subjects, `*` for one token.
const READS: &[&str] = &[
    "INFO",
    "STREAM.LIST",
    "STREAM.NAMES",
    "STREAM.INFO.*",
    "STREAM.MSG.GET.*",
    "CONSUMER.LIST.*",
    "CONSUMER.NAMES.*",
    "CONSUMER.INFO.*.*",
];

impl Query {
    /// A query for `operation` (what stands behind the API prefix: `STREAM.INFO.ORDERS`). `None` where the operation is
    /// not on the read list.
    pub fn new(api_prefix: &str, operation: &str, body: &[u8]) -> Option<Self> {
        is_read(operation).then(|| Self { subject: format!("{api_prefix}.{operation}"), body: body.to_vec() })
    }

    /// The whole subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What is sent with it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Whether an operation of the API is on the read list.
pub(super) fn is_read(operation: &str) -> bool {
    let tokens: Vec<&str> = operation.split('.').collect();
    READS.iter().any(|read| {
        let pattern: Vec<&str> = read.split('.').collect();
        pattern.len() == tokens.len()
            && pattern.iter().zip(&tokens).all(|(p, t)| if *p == "*" { !t.is_empty() } else { p == t })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_are_queries() {
        let of = |operation: &str| Query::new("$JS.API", operation, b"").map(|q| q.subject().to_owned());
        assert_eq!(of("STREAM.INFO.ORDERS").as_deref(), Some("$JS.API.STREAM.INFO.ORDERS"));
        for write in [
            "STREAM.CREATE.A",
            "STREAM.UPDATE.A",
            "STREAM.DELETE.A",
            "CONSUMER.PAUSE.A.b",
            "STREAM.MSG.DELETE.A",
            "STREAM.INFO",
            "STREAM.INFO.A.B",
            "STREAM.INFO.",
            "",
        ] {
            assert_eq!(of(write), None, "{write}");
        }
    }
}
