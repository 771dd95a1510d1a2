//! What the tests stand on: real servers, one per test, and a client that is not natsform's.
//!
//! Nothing here is shared between tests: no statics, no fixed ports, no names in common. A server is dead when its
//! value is dropped.
#![allow(dead_code, reason = "a toolbox: not every test module uses every tool")]

pub mod bench;
mod certificates;
mod cluster;
mod disk;
mod files;
pub mod http;
mod http_proxy;
mod program;
mod prometheus;
mod proxy;
mod raw;
mod server;

pub use certificates::certificates;
pub use cluster::NatsCluster;
pub use disk::SmallDisk;
pub use files::yaml_files;
pub use http_proxy::{Fault, HttpProxy};
pub use program::{Finished, Program};
pub use prometheus::{Exporter, Prometheus, prometheuses, until};
pub use proxy::{At, Proxy, is_write};
pub use raw::{RawClient, Traffic};
pub use server::{NatsServer, servers};

mod works;
