//! A NATS connection over async-nats, which does connection, TLS and authentication only: requests are raw bytes.
//!
//! - One async-nats client is one TCP connection ([`link`]). It never reconnects by itself, because it would then send
//!   what was queued, long after we said that no answer came. A lost link is replaced by a new one ([`connection`]),
//!   and a request that was under way on the old one is `Unknown`.
//! - The server tells a permission violation only as an error event of the whole connection; [`violations`] finds the
//!   request it belongs to, so that it fails at once instead of after its time.
//! - Credentials are taken out of URLs before anything else sees them ([`urls`]).

mod connection;
mod error;
mod link;
mod settings;
mod urls;
mod violations;

pub use connection::connect;
pub use error::ConnectError;
pub use settings::{Auth, Settings, Tls};
pub use urls::{split_user_info, without_user_info};
