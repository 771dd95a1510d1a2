//! JetStream in memory: bytes in, bytes out, behind the same port as the real connection.
//!
//! Written from the server's behaviour, never from natsform: it calls nothing of natsform but the port's own types, so
//! that a prediction and the thing predicted cannot be wrong in the same way. `agrees` holds it to real servers, request
//! by request; where the two differ, the server is right.
//!
//! Standalone behaviour is complete as far as `agrees` goes; `clustered` adds what an operator sees (leaders, replicas,
//! 10005, 10123, silent streams), not elections.
#![allow(dead_code, unused_imports, reason = "a toolbox: not every test module uses every tool")]

mod agrees;
mod api;
mod cases;
mod consumer;
mod consumer_rules;
mod error;
mod handles;
mod schema;
mod server;
mod source_rules;
mod store;
mod stream_rules;
mod subjects;
mod world;

pub use server::{ModelServer, When};
pub use stream_rules::Limits;
