//! What is ours and what we last declared of it: one key-value bucket in NATS, and nothing on the objects.
//!
//! Marks on the objects break applications that create their own streams at start-up (the server counts `metadata` when
//! it compares a create with what is there), so ownership lives beside the objects. The bucket `NATSFORM` holds, for
//! each project and environment, 64 shards of records (by hash of the address), one journal of intents, and the lock.
//! Every write is a compare-and-set on the entry's revision.
//!
//! A record counts only while the live object's identity holds: what was deleted and made again is not ours. An open
//! intent that the live object fulfils *is* a record, so that a crash between a write and its record loses nothing.
//!
//! The format is read by older and newer versions: unknown fields are ignored, and a field is never given a new meaning.

mod bucket;
mod entries;
mod journal;
mod lock;
mod owner;
mod record;

pub use bucket::{BUCKET, Bucket, config as bucket_config};
pub use entries::{Changes, Conclusion};
pub use journal::{Intent, Journal};
pub use lock::{Guard, Holder, Process, acquire, break_lock, holder};
pub use owner::{Inventory, Mine, Ownership, State};
pub use record::Record;

use crate::units::{escape_part, unescape_part};

/// The project and environment that a run speaks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenant {
    pub project: String,
    pub environment: String,
}

impl Tenant {
    /// What the tenant's keys begin with: `v1.<project>.<environment>.`, each part escaped to what a key may hold.
    pub fn prefix(&self) -> String {
        format!("v1.{}.{}.", escape(&self.project), escape(&self.environment))
    }

    /// The tenant of a key and the rest of the key; `None` for keys of other formats.
    pub fn of_key(key: &str) -> Option<(Self, &str)> {
        let mut parts = key.strip_prefix("v1.")?.splitn(3, '.');
        let (project, environment, rest) = (parts.next()?, parts.next()?, parts.next()?);
        Some((Self { project: unescape(project)?, environment: unescape(environment)? }, rest))
    }
}

impl std::fmt::Display for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.project, self.environment)
    }
}

/// Everything but letters, digits, `-` and `_` as `=XX`: reversible, and a single token of a subject.
fn escape(text: &str) -> String {
    escape_part(text, '=', |_, left| left.first().is_some_and(|b| b.is_ascii_alphanumeric() || b"-_".contains(b)))
}

fn unescape(text: &str) -> Option<String> {
    unescape_part(text, '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_found_again_in_its_keys() {
        for (project, environment) in [("edr", "prod"), ("a.b/c", "ü *>"), ("", "=")] {
            let tenant = Tenant { project: project.into(), environment: environment.into() };
            let key = format!("{}s.3f", tenant.prefix());
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-_=.".contains(c)), "{key}");
            assert_eq!(Tenant::of_key(&key), Some((tenant, "s.3f")));
        }
        assert_eq!(Tenant::of_key("v2.a.b.c"), None);
    }
}
