//! A connection that counts what is not a read.

use super::{Nats, Reply, ServerInfo, query::is_read};
use crate::model::Failure;
use async_trait::async_trait;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(super) struct Counted {
    pub inner: Arc<dyn Nats>,
    pub writes: Arc<AtomicU64>,
}

#[async_trait]
impl Nats for Counted {
    async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        let operation = subject.strip_prefix(self.inner.api_prefix()).and_then(|s| s.strip_prefix('.'));
        if !operation.is_some_and(is_read) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.request(subject, headers, body, wait).await
    }

    fn info(&self) -> ServerInfo {
        self.inner.info()
    }

    fn api_prefix(&self) -> &str {
        self.inner.api_prefix()
    }

    fn read_timeout(&self) -> Duration {
        self.inner.read_timeout()
    }

    fn write_timeout(&self) -> Duration {
        self.inner.write_timeout()
    }
}
