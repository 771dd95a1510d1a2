//! What the manifests say.

use super::{Address, Path, Value};
use std::collections::BTreeMap;

/// Where something was said: a document of the run and a path inside it. Spans are looked up last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The document's index within the run.
    pub document: usize,
    /// The path inside the document: `spec.consumers.billing`.
    pub path: Path,
}

/// The `lifecycle:` block of an envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// Refuse delete and replace. `None`: not said, so what was applied last stays in force.
    pub protect: Option<bool>,
    /// Field paths that somebody else owns.
    pub ignore: Vec<Path>,
    /// What leaving the manifests means: true leaves the object alone (`on_remove: orphan`).
    pub orphan: bool,
    /// Acknowledged losses.
    pub ack: Vec<String>,
}

/// An envelope without its `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    /// The account (or other scope) that the document names or inherits.
    pub scope: String,
    pub labels: BTreeMap<String, String>,
    pub lifecycle: Lifecycle,
}

/// What one document (or one overlay, or one line of sugar) says about one object.
#[derive(Clone, Debug)]
pub struct Piece {
    pub address: Address,
    /// In the API's own values (nanoseconds, bytes); partial on purpose.
    pub body: Value,
    pub origin: Origin,
    pub head: Head,
    /// Whether this piece wins over others instead of having to agree with them.
    pub overrides: bool,
}

/// Something that a resource speaks of: what it needs, or what a check across kinds looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The object that is spoken of.
    pub address: Address,
    /// The path inside the body that speaks of it.
    pub at: Path,
    /// Whether the object has to be there first.
    pub needed: bool,
}

/// An expression that a resource holds, with what stands beside it: what checks across kinds look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression {
    /// The path inside the body of what holds the expression (a rule), whose field `expr` it is.
    pub at: Path,
    pub text: String,
    /// What the alert or the recorded metric is called.
    pub name: String,
    /// Whether it alerts; else its result is recorded.
    pub alerts: bool,
    /// The group that it is evaluated in.
    pub group: String,
    /// How often, in milliseconds, where the group says so.
    pub interval: Option<i64>,
    /// How long it must hold (`for`), in milliseconds.
    pub wait: Option<i64>,
    /// How long it goes on firing (`keep_firing_for`), in milliseconds.
    pub keep: Option<i64>,
    /// With those of the group.
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

/// All pieces of one object, merged: what is present is what is declared.
#[derive(Clone, Debug)]
pub struct Resource {
    pub address: Address,
    pub body: Value,
    pub head: Head,
    /// Objects that must be there first.
    pub needs: Vec<Address>,
    /// Where each piece was said, the first one first.
    pub origins: Vec<Origin>,
}
