//! The one integration test binary: each further binary would link some two hundred crates once more.

mod contract;
mod generated;
mod model;
mod support;
