//! Documents of rules on a real Prometheus.

mod bed;
mod both;
mod corpus;
mod drift;
mod faults;
mod kept;
mod killed;
mod locks;
mod neighbours;
mod newer;
mod once;
mod pair;
mod preview;
mod quiet;
mod refusals;
mod refused;
mod resets;
mod torn;
mod wire;
