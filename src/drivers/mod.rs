//! The real ports: the only users of `async_nats`, `reqwest`, `std::fs`, `std::process` and the wall clock.

mod clock;
pub mod context;
mod exec;
mod files;
pub mod http;
pub mod nats;
pub mod output;
pub mod process;
mod random;
mod secret;
pub mod shelf;

pub use clock::SystemClock;
pub use exec::{Bounds, exec};
pub use files::LocalFiles;
pub use random::SystemRandom;
pub use secret::{Redactor, Secret};
