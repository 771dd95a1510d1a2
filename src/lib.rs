//! natsform: plan and apply for NATS, its streams, accounts and monitoring.
//!
//! Manifests and live systems become the same kind of data; pure functions turn the two into a plan; everything else is
//! a port. See ARCHITECTURE.md.

pub mod apply;
pub mod checks;
pub mod cli;
pub mod diag;
pub mod drivers;
pub mod engine;
pub mod inventory;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod ports;
pub mod promql;
pub mod render;
pub mod shape;
pub mod systems;
pub mod units;
pub mod yaml;
