//! The one integration test binary: each further binary would link some two hundred crates once more.

mod contract;
mod model;
mod support;
