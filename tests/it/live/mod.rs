//! The program and the driver against real servers.

mod connection;
