//! A connection over another one.

use super::{Nats, Reply, ServerInfo};
use crate::model::Failure;
use async_trait::async_trait;
use std::time::Duration;

/// What stands between a caller and a connection, and has a say in the requests alone: everything else is as below.
#[async_trait]
pub trait Layer: Send + Sync {
    /// The connection below.
    fn below(&self) -> &dyn Nats;

    /// As [`Nats::request`].
    ///
    /// # Errors
    /// As [`Nats::request`].
    async fn pass(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure>;

    /// As [`Nats::info`].
    fn shown(&self) -> ServerInfo {
        self.below().info()
    }
}

#[async_trait]
impl<T: Layer> Nats for T {
    async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        self.pass(subject, headers, body, wait).await
    }

    fn info(&self) -> ServerInfo {
        self.shown()
    }

    fn api_prefix(&self) -> &str {
        self.below().api_prefix()
    }

    fn read_timeout(&self) -> Duration {
        self.below().read_timeout()
    }

    fn write_timeout(&self) -> Duration {
        self.below().write_timeout()
    }
}
