//! Prometheus: what the tests stand on, and the connection to it.

mod checks;
mod connection;
mod harness;
mod wrong;
