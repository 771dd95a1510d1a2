//! Documents of rules on a real Prometheus.

mod bed;
mod both;
mod corpus;
mod drift;
mod expected;
mod faults;
mod kept;
mod killed;
mod locks;
mod neighbours;
mod odd;
mod once;
mod pair;
mod preview;
mod refused;
mod resets;
mod torn;
mod wire;
