//! What breaks in the middle of an apply, on the model: lost answers, lost requests, a dead process, other people.
//!
//! The model counts writes, so every one of an apply is broken in turn, before and after it took effect.

mod breaks;
mod intruders;
mod locks;
mod memory;
mod newer;
mod replaces;
mod scenario;
mod swaps;
