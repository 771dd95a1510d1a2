//! Files become resources: the project file, discovery, envelopes, variables, defaults and overlays.
//!
//! Everything here is offline: [`load`] reads files through a port, resolves no secret and runs no command, and reports
//! every problem of the run at its place. What a document *means* is its kind's business; this module finds the
//! documents, tells the kinds apart by name, and merges what several places say of one object.

mod assemble;
mod base;
mod connect;
mod defaults;
mod discover;
mod documents;
mod environment;
mod expected;
mod expressions;
#[cfg(test)]
pub(crate) mod fake;
mod faults;
mod fields;
mod load;
mod mask;
mod naming;
mod overlay;
mod project;
mod project_schema;
mod render;
mod secret;
mod select;
mod table;
mod targets;
mod text;
mod variables;

#[cfg(test)]
mod tests;

pub use discover::{Found, PROJECT_FILE, project_file};
pub use environment::{
    DEFAULT_ACCOUNT, Delivery, Environment, Expect, FileCommands, FileTarget, Inventory, Limits, Login, LossBudget,
    MAIN, NatsConnection, OnDrift, ProjectId, RemovedRule, TakeRule, TargetConnection, TargetExpect, Then, Tls,
};
pub use expected::Expected;
pub use load::{Inputs, Loaded, load, whose};
pub use project_schema::project as project_schema;
pub use render::render_documents;
pub use secret::SecretRef;
pub use select::{Glob, selected, wildcard};
pub use table::Documents;
pub use targets::target_systems;
pub use variables::{Ty, ValueUsed};

pub use crate::systems::API_VERSION;
