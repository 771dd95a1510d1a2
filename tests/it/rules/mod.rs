//! Documents of rules on a real Prometheus.

mod bed;
mod neighbours;
mod once;
mod preview;
mod refused;
mod resets;
mod torn;
