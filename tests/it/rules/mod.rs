//! Documents of rules on a real Prometheus.

mod bed;
mod neighbours;
mod once;
mod refused;
mod resets;
mod torn;
