//! The nouns: plain data that every other module speaks. Nothing here does I/O and nothing knows a kind.
//!
//! What is *declared* ([`Piece`], [`Resource`]), what is *reviewed* ([`Step`]) and what is *sent* ([`Op`]) are three
//! things. One document may speak of several objects, one step may need several requests, and one request may carry
//! several steps.

mod address;
mod capabilities;
mod failure;
mod live;
mod path;
mod plan;
mod report;
mod resource;
mod shape;

pub use address::Address;
pub use capabilities::{Capabilities, Version};
pub use failure::{Failure, Outcome};
pub use live::{Identity, Live, Memory, Place, Presence, World};
pub use path::{Path, Seg};
pub use plan::{
    Action, Allowances, Budget, Ceiling, Change, Class, Counted, Declared, Detail, Effect, Expect, Finding, Level, Op,
    OpId, Plan, Prune, Source, Step, Token, Verdict,
};
pub use report::{
    Applied, Diagnostic, Drifted, Exit, Expectation, Header, Observer, Planned, Severity, StepOutcome, StepResult,
    change_source, path_source,
};
pub use resource::{Expression, Head, Lifecycle, Mention, Origin, Piece, Resource};
pub use serde_json::{Map, Value, json};
pub use shape::{Choice, Default, Field, Gate, Leaf, Members, Order, Seen, Shape, Syntax, Turn, Type, always, frozen};
