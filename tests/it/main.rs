//! The one integration test binary: each further binary would link some two hundred crates once more.

mod faults;
mod invariants;
mod live;
mod model;
mod support;
