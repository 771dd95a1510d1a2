//! Documents of rules on a real Prometheus.

mod bed;
mod both;
mod corpus;
mod differential;
mod drift;
mod faults;
mod kept;
mod killed;
mod locks;
mod neighbours;
mod once;
mod pair;
mod preview;
mod refused;
mod resets;
mod torn;
mod wire;
