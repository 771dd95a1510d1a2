//! The one integration test binary: each further binary would link some two hundred crates once more.

#![expect(clippy::print_stderr, reason = "a server that is missing is said loudly")]

mod cli;
mod contract;
mod faults;
mod fuzz;
mod generated;
mod invariants;
mod live;
mod model;
mod prometheus;
mod rules;
mod support;
