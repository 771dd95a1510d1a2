//! What a person reviews ([`Step`]) and what apply sends ([`Op`]).

use super::{Address, Head, Identity, Live, Origin, Path, Value};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// What happens to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Create,
    Update,
    Replace,
    Delete,
    Adopt,
    Forget,
    Keep,
}

impl Action {
    /// The word of JSON and of the counts line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::Forget => "forget",
            Self::Keep => "keep",
        }
    }

    /// The symbol of the text output.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace => "±",
            Self::Delete => "-",
            Self::Adopt => "^",
            Self::Forget => ".",
            Self::Keep => "=",
        }
    }
}

/// What an owned object that left the manifests means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    Never,
    /// Listed, left alone.
    #[default]
    Report,
    Delete,
}

/// Whether a step may be done; it stands beside the action, not instead of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Go,
    NeedsAck { tokens: Vec<String> },
    Blocked { why: String },
    Unknown { why: String },
}

impl Verdict {
    /// The word of JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NeedsAck { .. } => "needs_ack",
            Self::Blocked { .. } => "blocked",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Why the step is not done as it is; `None` where it may go.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Go => None,
            Self::NeedsAck { tokens } => Some(format!("needs --ack {}", tokens.join(" --ack "))),
            Self::Blocked { why } | Self::Unknown { why } => Some(why.clone()),
        }
    }
}

/// Why a field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The manifest says so.
    Declared,
    /// It was declared last time and is not any more: back to the default.
    Reset,
    /// The server makes it follow from a declared field.
    Follows,
    /// The same elements in another order.
    Moved,
    /// Written differently, the same to the server.
    Cosmetic,
    /// The live system does not show it.
    Unverifiable,
}

impl Class {
    /// The word of JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Reset => "reset",
            Self::Follows => "follows",
            Self::Moved => "moved",
            Self::Cosmetic => "cosmetic",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// One field's change, in the API's own values.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: Path,
    /// Null where the server showed no value.
    pub before: Value,
    /// Null where the field is left out.
    pub after: Value,
    pub class: Class,
    /// Whether this reverts what somebody else did since our last write.
    pub drift: bool,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Safe,
    Note,
    Risk,
    Loss,
}

impl Level {
    /// The word of text and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "SAFE",
            Self::Note => "NOTE",
            Self::Risk => "RISK",
            Self::Loss => "LOSS",
        }
    }
}

/// What a change would do, measured on the live state.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `NF2003`, with a section in docs/errors.md.
    pub code: &'static str,
    pub level: Level,
    /// A sentence fragment for people.
    pub message: String,
    /// The field that causes it, where one does.
    pub path: Option<Path>,
    /// Whether the figures are exact; otherwise they are upper bounds.
    pub exact: bool,
    pub messages: Option<u64>,
    pub bytes: Option<u64>,
    /// What of it a whole plan may have only so much of.
    pub counted: Option<Counted>,
    /// What else belongs to it, in the system's own terms: the consumers concerned, the alerts that fire.
    pub details: Vec<Detail>,
    /// From and to, as they stand in the token's hash; empty for a whole object.
    pub turn: (Value, Value),
    /// The token that would acknowledge it; `None` where none is needed.
    pub ack: Option<Token>,
    /// What the environment allows to be lost, where that is why none is needed.
    pub allowed: Option<Budget>,
}

/// Something that the environment limits over a whole plan: beyond that it takes an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What the limit is called in the environment's `limits`.
    pub limit: &'static str,
    pub n: u64,
}

/// Something that belongs to a [`Finding`], as data for JSON and as words for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The key of JSON: `consumers`, `firing_now`.
    pub key: &'static str,
    pub value: Value,
    /// A line of its own in the text; `None` where the message says it already.
    pub line: Option<String>,
}

/// What an environment allows to be lost without a token (`allow_data_loss`). A limit that is not given does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub max_messages: Option<u64>,
    pub max_bytes: Option<u64>,
}

impl Budget {
    /// Whether a loss is within it.
    pub fn allows(self, finding: &Finding) -> bool {
        let within = |limit: Option<u64>, figure: Option<u64>| limit.is_none_or(|l| figure.is_some_and(|f| f <= l));
        (self.max_messages.is_some() || self.max_bytes.is_some())
            && within(self.max_messages, finding.messages)
            && within(self.max_bytes, finding.bytes)
    }
}

/// What an environment allows without a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowances {
    pub loss: Budget,
    /// The most of what findings count ([`Counted`]), by the limit's name; none is said: none is allowed.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Finding {
    /// The figure that an acknowledgement is bounded by.
    pub fn measured(&self) -> u64 {
        self.counted.map(|c| c.n).or(self.messages).unwrap_or(0)
    }

    /// A finding without figures.
    pub fn new(code: &'static str, level: Level, message: impl Into<String>) -> Self {
        Self {
            code,
            level,
            message: message.into(),
            path: None,
            exact: true,
            messages: None,
            bytes: None,
            counted: None,
            details: Vec::new(),
            turn: (Value::Null, Value::Null),
            ack: None,
            allowed: None,
        }
    }
}

/// `CODE:ADDRESS:HASH<=CEILING`: an acknowledgement of one loss, for this object and this change only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// `NF2003:stream/ORDERS@APP:8c1f`.
    pub key: String,
    /// The highest count that the acknowledgement covers.
    pub ceiling: u64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<={}", self.key, crate::units::count(self.ceiling))
    }
}

/// The declared field paths of an object, each with a digest of its declared value.
pub type Declared = BTreeMap<String, String>;

/// A place in a manifest, for people: file, line and column (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

/// What a person reviews: one object.
#[derive(Clone, Debug)]
pub struct Step {
    pub address: Address,
    /// The system that the object belongs to.
    pub system: &'static str,
    pub action: Action,
    pub verdict: Verdict,
    /// Why it is deleted, replaced, blocked, adopted …
    pub reason: Option<String>,
    pub changes: Vec<Change>,
    pub findings: Vec<Finding>,
    /// Whether the whole step only reverts what somebody else did.
    pub drift: bool,
    pub origin: Option<Origin>,
    /// Where the object, and below it each declared field, stands in the manifests.
    pub source: Option<Source>,
    pub field_sources: BTreeMap<Path, Source>,
    pub head: Head,
    /// The object before.
    pub before: Option<Arc<Live>>,
    /// What is sent: the live configuration with the declaration put in. Null for a delete.
    pub target: Value,
    /// What the server will store of it.
    pub settled: Value,
    /// What the inventory will remember as declared.
    pub declared: Declared,
    /// What the inventory will remember as protected.
    pub protect: bool,
    /// The project and environment that the object is offered to.
    pub offered: Option<String>,
    /// The acknowledgements in the document that were used up: by earlier applies, and once judged by this step.
    pub spent: Vec<String>,
    /// What the environment allows of what findings count, over the whole plan: it is counted again before the write.
    pub allowed: BTreeMap<&'static str, u64>,
    /// Objects whose steps come first.
    pub needs: Vec<Address>,
    /// The object around this one, whose replace takes it along: its findings and acknowledgements are that step's.
    pub goes_with: Option<Address>,
    /// Whether doing this step, or having it unchanged, leaves something new for the inventory to remember.
    pub records: bool,
    /// Whether it makes the place where the inventory is kept: nothing can be locked or remembered before.
    pub keeps_inventory: bool,
}

impl Step {
    /// A step that changes nothing yet and may go.
    pub fn new(address: Address, system: &'static str, action: Action) -> Self {
        Self {
            address,
            system,
            action,
            verdict: Verdict::Go,
            reason: None,
            changes: Vec::new(),
            findings: Vec::new(),
            drift: false,
            origin: None,
            source: None,
            field_sources: BTreeMap::new(),
            head: Head::default(),
            before: None,
            target: Value::Null,
            settled: Value::Null,
            declared: Declared::new(),
            protect: false,
            offered: None,
            spent: Vec::new(),
            allowed: BTreeMap::new(),
            needs: Vec::new(),
            goes_with: None,
            records: false,
            keeps_inventory: false,
        }
    }

    /// Whether doing it changes what the inventory holds.
    pub fn is_remembered(&self) -> bool {
        self.records && self.verdict == Verdict::Go && self.action != Action::Keep
    }

    /// Whether the step changes something or would if it could.
    pub fn is_change(&self) -> bool {
        self.action != Action::Keep || matches!(self.verdict, Verdict::Unknown { .. } | Verdict::Blocked { .. })
    }

    /// Whether a finding stands in nobody's way any more: its token was given, or the environment allows the loss.
    pub fn accepts(&self, finding: &Finding) -> bool {
        match (&finding.ack, &self.verdict) {
            (Some(token), Verdict::NeedsAck { tokens }) => !tokens.contains(&token.to_string()),
            (Some(_), verdict) => *verdict == Verdict::Go,
            (None, _) => finding.allowed.is_some(),
        }
    }

    /// The highest level of the step's findings.
    pub fn risk(&self) -> Level {
        self.findings.iter().map(|f| f.level).max().unwrap_or(Level::Safe)
    }
}

/// An [`Op`]'s name within its plan.
pub type OpId = usize;

/// What an object must be just before a write.
#[derive(Clone, Debug)]
pub enum Expect {
    Absent,
    Is { identity: Identity, fingerprint: String },
}

/// The most that a write may lose, checked again just before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    pub code: &'static str,
    pub path: Option<Path>,
    /// Messages.
    pub most: u64,
    /// Bytes, where they are limited, too.
    pub bytes: Option<u64>,
}

/// What an op does to the objects that it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They are not there before.
    Makes,
    Changes,
    /// They are not there after.
    Removes,
}

/// One request, or one transaction with its own rollback.
#[derive(Clone, Debug)]
pub struct Op {
    pub id: OpId,
    pub system: &'static str,
    /// `create`, `update`, `delete` … in the system's own words.
    pub verb: &'static str,
    pub effect: Effect,
    /// The steps that it belongs to.
    pub carries: Vec<Address>,
    /// Ops that must be done before.
    pub after: Vec<OpId>,
    /// Ops that must have ended before, whatever became of them: an order between systems, where one that fails stops
    /// nothing of the other.
    pub behind: Vec<OpId>,
    /// Ops of one lane run one at a time.
    pub lane: Option<String>,
    /// Ops of one unit run back to back: from its first op to its last one nothing else of the run does.
    pub unit: Option<OpId>,
    /// Checked again just before the write.
    pub expects: Vec<(Address, Expect)>,
    pub ceilings: Vec<Ceiling>,
    /// What is sent, in the system's own form.
    pub body: Value,
    /// What the server will store: the proof that it was done.
    pub settled: Value,
}

/// A whole plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// By address; unchanged objects included.
    pub steps: Vec<Step>,
    pub ops: Vec<Op>,
    /// Owned objects that left the manifests and that `--prune report` leaves alone.
    pub prunable: Vec<Address>,
    /// Whether everything that the selection touches could be read.
    pub complete: bool,
}

impl Plan {
    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|s| s.is_change())
    }

    /// The step of an address.
    pub fn step(&self, address: &Address) -> Option<&Step> {
        self.steps.iter().find(|s| &s.address == address)
    }
}
