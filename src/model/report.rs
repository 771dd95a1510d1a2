//! What a command hands to `render`: data that a person or a program will read.

use super::{Action, Address, Change, Path, Plan, Source, Step};

/// How a run ended, as its exit code. The list is a promise to scripts (docs: command line, exit codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Success; with `--detailed-exitcode`, nothing to change.
    Ok = 0,
    /// An error, usage errors included.
    Error = 1,
    /// Changes present (`plan --detailed-exitcode`, `drift`), blocked ones too.
    Changes = 2,
    /// Refused by a guard, a policy or a missing acknowledgement: nothing was written.
    Refused = 3,
    /// What was planned is not what is there any more.
    Stale = 4,
    /// Somebody else holds the lock.
    Locked = 5,
    /// Something was done and something failed; a re-run converges.
    Partial = 6,
    /// Something that the run is about could not be read.
    Incomplete = 7,
    /// Interrupted, after a clean stop.
    Interrupted = 130,
    /// Terminated, after a clean stop.
    Terminated = 143,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The one that counts when several apply.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        const ORDER: [Exit; 10] = [
            Exit::Ok,
            Exit::Changes,
            Exit::Incomplete,
            Exit::Partial,
            Exit::Terminated,
            Exit::Interrupted,
            Exit::Locked,
            Exit::Stale,
            Exit::Refused,
            Exit::Error,
        ];
        let rank = |e: Exit| ORDER.iter().position(|x| *x == e).unwrap_or(0);
        if rank(self) >= rank(other) { self } else { other }
    }
}

/// How bad a problem of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The run cannot go on to a plan.
    Error,
    /// Worth a look; nothing stops.
    Warning,
    /// Only to be known.
    Note,
}

impl Severity {
    /// As it is written: `error`, `warning`, `note`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A problem of a run, as those see it who only show it: without the files that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    /// What to do about it, a line each.
    pub help: Vec<String>,
    pub source: Option<Source>,
}

/// An expectation of the environment (`expect:`) that the live system does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// `nats.expect.cluster`.
    pub path: String,
    pub wanted: String,
    pub found: String,
    pub source: Option<Source>,
}

/// The head of an output: where this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub project: String,
    pub environment: String,
    /// One line for each place: `nats://nats.prod:4222 · cluster C1 · account APP · nats-server 2.12.8`.
    pub places: Vec<String>,
    /// How many live objects were read.
    pub objects: usize,
}

/// A plan with what surrounds it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub header: Header,
    pub plan: Plan,
    pub expectations: Vec<Expectation>,
    /// Whether the run spans several scopes, so that addresses carry theirs.
    pub scoped: bool,
    /// Things to say that are no diagnostics: no inventory, systems skipped, a lock held by somebody.
    pub notes: Vec<String>,
    /// One acknowledgement for everything that still needs one, where that is more than one thing.
    pub digest: Option<String>,
    /// Guards that refuse the whole apply, as sentences (too many deletes, a wrong cluster).
    pub refusals: Vec<String>,
    /// Objects of ours that are gone for certain and that nobody declares: forgotten with the next write.
    pub gone: Vec<Address>,
}

/// How one step of an apply ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    Done,
    Already,
    RolledBack,
    Failed,
    Stale,
    NotStarted,
}

impl StepOutcome {
    /// The word of JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Already => "already",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::NotStarted => "not_started",
        }
    }
}

/// One step of an apply.
#[derive(Clone, Debug)]
pub struct StepResult {
    pub address: Address,
    pub action: Action,
    pub outcome: StepOutcome,
    /// Why it failed, is stale or was not started.
    pub error: Option<String>,
    /// What to know of how it went, beside that.
    pub notes: Vec<String>,
}

/// What an apply did.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    pub planned: Planned,
    /// Every step of the plan that changes something.
    pub steps: Vec<StepResult>,
    /// Write requests sent, the inventory's included.
    pub writes: u64,
    /// Set when a signal stopped the run: `Interrupted` or `Terminated`.
    pub stopped: Option<Exit>,
    /// Something was written and is not as it was meant.
    pub dirty: bool,
    /// Problems beside the steps: the inventory could not be written, the lock was lost.
    pub errors: Vec<String>,
    /// The exit code.
    pub exit: Option<Exit>,
}

/// What drifted.
#[derive(Clone, Debug, Default)]
pub struct Drifted {
    pub header: Header,
    pub scoped: bool,
    pub complete: bool,
    /// Objects of ours that somebody changed; each step holds only the drifted fields.
    pub changed: Vec<Step>,
    /// Objects of ours that are gone, with what is known of it.
    pub missing: Vec<(Address, Option<String>)>,
    /// Live objects that nobody declares, and declared ones that were never adopted.
    pub unowned: Vec<Address>,
    /// Objects that could not be read.
    pub unknown: Vec<(Address, String)>,
    pub expectations: Vec<Expectation>,
    pub notes: Vec<String>,
    /// Declared objects that are live.
    pub declared: usize,
    /// All live objects that a project could declare.
    pub total: usize,
}

/// Hears what an apply does while it does it.
pub trait Observer: Send + Sync {
    /// An apply of so many steps begins.
    fn begin(&self, _steps: usize) {}
    /// Work on a step begins.
    fn started(&self, _address: &Address, _action: Action) {}
    /// A step ended.
    fn ended(&self, _result: &StepResult) {}
    /// Something worth a line: waiting for the lock, stopping after a signal.
    fn say(&self, _text: &str) {}
}

/// One changed field with its place, for renderers.
pub fn change_source<'a>(step: &'a Step, change: &Change) -> Option<&'a Source> {
    path_source(step, &change.path)
}

/// Where the deepest declared value around a path of a step's object stands.
pub fn path_source<'a>(step: &'a Step, path: &Path) -> Option<&'a Source> {
    (0..=path.0.len()).rev().find_map(|depth| step.field_sources.get(&Path(path.0.get(..depth)?.to_vec())))
}
