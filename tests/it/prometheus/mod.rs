//! Prometheus: what the tests stand on, and the connection to it.

mod checks;
mod connection;
mod counted;
mod delivery;
mod harness;
mod patterns;
mod wrong;
