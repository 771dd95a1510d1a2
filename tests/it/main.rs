//! The one integration test binary: each further binary would link some two hundred crates once more.

#![expect(clippy::print_stderr, reason = "a server that is missing is said loudly")]

mod contract;
mod fuzz;
mod generated;
mod model;
mod support;
