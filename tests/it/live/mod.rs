//! The program and the driver against real servers.

mod connection;
mod cuts;
mod guards;
mod identities;
mod kills;
mod neighbours;
mod permissions;
mod scale;
mod secrets;
mod swaps;
mod traffic;
mod unreachable;
