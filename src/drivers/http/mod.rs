//! HTTP over reqwest. Opening a connection sends nothing; the environment's proxy variables are not looked at; no redirect
//! is followed, because it would carry the credentials to where nobody wrote them down for.

mod client;
mod fail;
mod settings;

pub use client::open;
pub use settings::{Auth, OpenError, Settings, Tls};
