//! The binary itself, as people and scripts run it: whole outputs, exit codes, and what never happens.

mod bed;
mod lifecycle;
mod malformed;
mod ownership;
mod risky;
