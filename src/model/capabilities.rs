//! What a live system can do.

use super::Value;
use std::{collections::BTreeMap, fmt};

/// A server version; compared number by number. A pre-release suffix is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `2.12.8`, `v2.12`, `2.15.0-dev`. `None` where there is no leading number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let mut numbers = text.split(['-', '+']).next()?.split('.').map(str::parse::<u32>);
        let major = numbers.next()?.ok()?;
        let minor = numbers.next().and_then(Result::ok).unwrap_or(0);
        let patch = numbers.next().and_then(Result::ok).unwrap_or(0);
        Some(Self(major, minor, patch))
    }

    /// Whether it is within a range: `>=2.11`, `<2.15`, `2.12` (any 2.12), several separated by commas.
    pub fn fits(self, range: &str) -> bool {
        range.split(',').map(str::trim).all(|one| {
            let digits = one.trim_start_matches(['>', '<', '=', ' ']);
            let Some(version) = Version::parse(digits) else { return false };
            match one.trim_end_matches(digits).trim() {
                ">=" => self >= version,
                ">" => self > version,
                "<=" => self <= version,
                "<" => self < version,
                _ => {
                    let parts = digits.split('.').count();
                    let cut = |v: Version| [v.0, v.1, v.2].into_iter().take(parts).collect::<Vec<_>>();
                    cut(self) == cut(version)
                }
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What one system instance can do, surveyed once per run: the least of its servers.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// What the software calls itself, for messages: `nats-server`.
    pub product: &'static str,
    /// The version of the server (the lowest one seen).
    pub version: Version,
    /// Facts that only the system itself interprets: limits, whether it is clustered, features.
    pub facts: BTreeMap<&'static str, Value>,
}

impl Capabilities {
    /// Whether the server is at least `major.minor`.
    pub fn since(&self, major: u32, minor: u32) -> bool {
        self.version >= Version(major, minor, 0)
    }

    /// A fact, or null.
    pub fn fact(&self, name: &str) -> &Value {
        self.facts.get(name).unwrap_or(&Value::Null)
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(Version::parse("v2.15.0-dev"), Some(Version(2, 15, 0)));
        assert_eq!(Version::parse("2.10"), Some(Version(2, 10, 0)));
        assert_eq!(Version::parse("dev"), None);
        assert!(Version(2, 9, 9) < Version(2, 10, 0));
    }

    #[test]
    fn versions_fit_their_ranges() {
        for (wanted, fits) in [
            (">=2.11", true),
            ("2.12", true),
            ("2.12.8", true),
            ("2.12.7", false),
            (">2.12.8", false),
            (">=2.11,<2.13", true),
            ("<2.12", false),
            ("x", false),
        ] {
            assert_eq!(Version(2, 12, 8).fits(wanted), fits, "{wanted}");
        }
    }
}
