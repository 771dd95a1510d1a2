//! What always holds (the invariants of the design, by their numbers), over generated worlds on the model.
//!
//! A world is: a manifest that was applied, what others did since, and the manifest of now. A bystander with messages
//! and a consumer is always there.

mod always;
mod sure;
mod worlds;
