//! The live systems and their kinds.
//!
//! A **kind** is pure: a [`Shape`], a lens between live objects and manifest bodies, offline rules, and what its changes
//! would do. A **system** is the half that talks: it reads, predicts what a server makes of a write, and performs writes.
//! A kind is a folder and one line in its system's list; a system is a folder and one line in [`ALL`].

pub mod jetstream;
pub mod prometheus;

use crate::{
    diag::Report,
    model::{
        Address, Capabilities, Expression, Failure, Finding, Head, Live, Mention, Op, Origin, Outcome, Piece, Place,
        Resource, Shape, Step, Value, World,
    },
    ports::{Ask, Claimant, Lease, Ports, Refusal},
    yaml::Node,
};
use async_trait::async_trait;

/// The apiVersion of natsform's own documents.
pub const API_VERSION: &str = "natsform/v1";

/// Every system that natsform knows.
pub static ALL: &[&dyn System] = &[&jetstream::JetStream, &prometheus::Prometheus];

/// The kind that documents call `name`, with its system.
pub fn kind_by_name(name: &str) -> Option<(&'static dyn System, &'static dyn Kind)> {
    kinds().find(|(_, kind)| kind.name() == name)
}

/// The kind whose addresses begin with `word`, with its system.
pub fn kind_by_word(word: &str) -> Option<(&'static dyn System, &'static dyn Kind)> {
    kinds().find(|(_, kind)| kind.word() == word)
}

/// The shape of the objects whose addresses begin with `word`.
pub fn shape_by_word(word: &str) -> Option<&'static Shape> {
    let of = |(_, kind): &(_, &'static dyn Kind)| kind.word() == word || kind.stands_for().contains(&word);
    kinds().find(of).map(|(_, kind)| kind.shape())
}

/// All kinds with their systems.
pub fn kinds() -> impl Iterator<Item = (&'static dyn System, &'static dyn Kind)> {
    ALL.iter().flat_map(|s| s.kinds().iter().map(move |k| (*s, *k)))
}

/// The system called `name`.
pub fn system(name: &str) -> Option<&'static dyn System> {
    ALL.iter().copied().find(|s| s.name() == name)
}

/// What a document's `spec` is decoded with.
pub struct Decode<'a> {
    pub head: &'a Head,
    /// Where the `spec` stands.
    pub origin: Origin,
    pub report: &'a mut Report,
}

/// Another tool's document as one of ours.
pub struct Taken {
    /// What the other tool's documents are called.
    pub tool: &'static str,
    /// The same values, with their places, in the form of a document of ours.
    pub node: Node,
    /// What of it has no meaning here: a place and a warning.
    pub warnings: Vec<(crate::yaml::Span, crate::diag::Problem)>,
}

/// What stands around an object when it is created or updated: the server predicts from it what it will store.
pub struct Around<'a> {
    pub capabilities: &'a Capabilities,
    /// The configuration of the object that this one lives in (a consumer's stream), as it will be by then.
    pub parent: Option<&'a Value>,
    /// The same as it is now, which is what live values were derived from.
    pub parent_now: Option<&'a Value>,
}

/// One object on its way from one configuration to another, for [`Kind::risks`].
pub struct Turning<'a> {
    pub address: &'a Address,
    /// The object as it is.
    pub live: &'a Live,
    /// What the server will store; `None` for a delete.
    pub settled: Option<&'a Value>,
    /// Whether the object is deleted and made again.
    pub replace: bool,
    pub capabilities: &'a Capabilities,
    /// Live objects inside this one (a stream's consumers), where they were read.
    pub inside: &'a [&'a Live],
    /// The object around this one (a consumer's stream).
    pub parent: Option<&'a Live>,
}

/// The pure half: one kind of object.
pub trait Kind: Sync {
    /// What documents call it: `Stream`.
    fn name(&self) -> &'static str;
    /// What its addresses begin with: `stream`.
    fn word(&self) -> &'static str;
    /// One paragraph for the docs and the schema.
    fn doc(&self) -> &'static str;
    fn shape(&self) -> &'static Shape;
    /// Other words of addresses whose objects have this shape to the server (a bucket is a stream).
    fn stands_for(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether the object is ours entirely and carries its own memory, so that the inventory has none of it; else its
    /// fields are owned one by one.
    fn is_whole(&self) -> bool {
        false
    }
    /// Why the object has to be written although nothing of what it says changes: what it says is not all in force.
    fn unrest(&self, _live: &Live) -> Option<String> {
        None
    }
    /// Fields of `spec` that belong to other objects or to the envelope (a stream's `consumers`, a consumer's `stream`),
    /// as name, documentation and JSON Schema; `decode` takes them out.
    fn extras(&self) -> Vec<(&'static str, &'static str, Value)> {
        Vec::new()
    }
    /// An example document for the docs and `init`.
    fn example(&self) -> &'static str;
    /// Another tool's document that says what one of this kind would. `name` is what it is called where it has no name
    /// of its own. It is read as it is: nothing in it is a variable.
    fn take(&self, _document: &Node, _name: &str) -> Option<Taken> {
        None
    }
    /// Systems that documents of this kind may name as their target and that only a later version plans.
    fn later_targets(&self) -> &'static [&'static str] {
        &[]
    }
    /// What one document says, about this object and others.
    fn decode(&self, spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece>;
    /// The lens: what a live configuration says, in manifest terms: canonical values, defaults left out.
    fn view(&self, config: &Value) -> Value;
    /// The lens back: the live configuration with a declaration put in, everything else as it came. `reset` are paths
    /// that go back to their defaults. For a create `config` is null.
    fn put(
        &self,
        address: &Address,
        config: &Value,
        declared: &Value,
        reset: &[crate::model::Path],
        around: &Around<'_>,
    ) -> Value;
    /// A configuration without what the server itself put there: what a create of the same object may send.
    fn portable(&self, config: &Value) -> Value {
        config.clone()
    }
    /// What the server will silently make of `sent`; `before` is the stored configuration, for an update.
    fn settle(&self, before: Option<&Value>, sent: &Value, around: &Around<'_>) -> Value;
    /// Offline rules of one resource.
    fn check(&self, _resource: &Resource, _report: &mut Report) {}
    /// What the resource speaks of.
    fn mentions(&self, _resource: &Resource) -> Vec<Mention> {
        Vec::new()
    }
    /// The expressions that the resource holds, for the checks across kinds.
    fn expressions(&self, _resource: &Resource) -> Vec<Expression> {
        Vec::new()
    }
    /// The address of the object that this one lives in.
    fn parent(&self, _address: &Address) -> Option<Address> {
        None
    }
    /// Names of live objects that this address stands for, so that two addresses for one object are seen.
    fn occupies(&self, address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }
    /// Why this live object must never be adopted or pruned (a server's own, a bucket's backing stream); `None` where it
    /// is an ordinary object.
    fn reserved(&self, _live: &Live) -> Option<&'static str> {
        None
    }
    /// What a change would do, from what was read.
    fn risks(&self, _turning: &Turning<'_>) -> Vec<Finding> {
        Vec::new()
    }
}

/// Whom a run speaks for: where objects are told apart by names that carry it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The project's id.
    pub project: String,
    pub environment: String,
}

/// How the live system looks beside an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Met,
    Unmet {
        wanted: String,
        found: String,
    },
    /// What would be needed to tell.
    Unread(&'static str),
}

/// The half that talks.
#[async_trait]
pub trait System: Sync {
    fn name(&self) -> &'static str;
    fn kinds(&self) -> &'static [&'static dyn Kind];
    /// What an environment and `metadata.target` call its connections; the first one is the key of the environment.
    fn connections(&self) -> &'static [&'static str];
    /// Whether its scopes are accounts of one connection; else each scope is a connection of its own.
    fn has_accounts(&self) -> bool {
        false
    }

    /// Reads everything of the run's connections. What cannot be read is a place with gaps.
    async fn read(&self, ask: &Ask, scope: &Scope) -> World;

    /// The step that makes the key-value bucket of the inventory, with this configuration of its backing stream; `None`
    /// where the system keeps no buckets.
    fn inventory_step(&self, _bucket: &str, _scope: &str, _config: &Value) -> Option<Step> {
        None
    }

    /// Whether an expectation of the environment is met. `name` is its path below `expect`.
    fn expect(&self, _place: &Place, _name: &str, _wanted: &Value) -> Expected {
        Expected::Unread("it is not known here")
    }

    /// Asks the live system what its steps would do, where nothing that was read can tell: what it finds goes to the
    /// steps' findings. It is bounded in time and never fails: what cannot be found out is said in a note.
    async fn probe(&self, _ask: &Ask, _steps: &mut [Step], _world: &World) {}

    /// What the steps of a plan, of which this system minds its own, mean for each other: findings that no single step
    /// shows, and verdicts of those that only go together.
    fn across(&self, _steps: &mut [Step], _world: &World) {}

    /// What will be sent for the steps that may go, in the system's own requests. Edges between the ops follow from the
    /// steps' `needs` and from what the system knows.
    fn lower(&self, steps: &[&Step], world: &World, scope: &Scope, first: usize) -> Vec<Op>;

    /// Locks what these ops write and other projects may write, too, where the project's own lock does not cover it.
    ///
    /// # Errors
    /// Who holds it, or what kept it from being taken; what was taken before is given back.
    async fn lock(
        &self,
        _ports: &Ports,
        _ops: &[Op],
        _claimant: &Claimant<'_>,
    ) -> Result<Vec<Box<dyn Lease>>, Refusal> {
        Ok(Vec::new())
    }

    /// Takes away whatever [`Self::lock`] would find held, and says by whom.
    ///
    /// # Errors
    /// Why one cannot be taken away.
    async fn unlock(&self, _ports: &Ports) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// One op: check what it expects, write, and prove it.
    async fn perform(&self, ports: &Ports, op: &Op) -> Outcome;
}
