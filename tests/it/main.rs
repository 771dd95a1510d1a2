//! The one integration test binary: each further binary would link some two hundred crates once more.

mod cli;
mod generated;
mod model;
mod support;
