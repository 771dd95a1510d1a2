//! Connections that count what is not a read.

use super::{
    Http, Layer, Nats, Outlet, Reply, Shelf,
    http::{Request, Response},
    query::is_read,
    shelf::is_own,
};
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
impl Layer for Counted {
    fn below(&self) -> &dyn Nats {
        self.inner.as_ref()
    }

    async fn pass(
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
}

/// A target whose writes are counted.
pub(super) fn outlet(outlet: Outlet, writes: &Arc<AtomicU64>) -> Outlet {
    let http = |inner| Arc::new(CountedHttp { inner, writes: writes.clone() }) as Arc<dyn Http>;
    let shelf = |inner| Arc::new(CountedShelf { inner, writes: writes.clone() }) as Arc<dyn Shelf>;
    Outlet {
        https: outlet.https.into_iter().map(http).collect(),
        shelves: outlet.shelves.into_iter().map(|(role, inner)| (role, shelf(inner))).collect(),
        settings: outlet.settings,
    }
}

struct CountedHttp {
    inner: Arc<dyn Http>,
    writes: Arc<AtomicU64>,
}

#[async_trait]
impl Http for CountedHttp {
    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        if !request.is_read() {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.send(request).await
    }

    fn url(&self) -> &str {
        self.inner.url()
    }
}

struct CountedShelf {
    inner: Arc<dyn Shelf>,
    writes: Arc<AtomicU64>,
}

impl CountedShelf {
    /// A lease is no write of anything that anybody declared.
    fn write(&self, name: &str) -> &Arc<dyn Shelf> {
        if !is_own(name) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        &self.inner
    }
}

#[async_trait]
impl Shelf for CountedShelf {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn readable(&self) -> bool {
        self.inner.readable()
    }

    async fn list(&self) -> Result<Option<Vec<String>>, Failure> {
        self.inner.list().await
    }

    async fn directories(&self) -> Vec<String> {
        self.inner.directories().await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.inner.get(name).await
    }

    async fn hindrance(&self, name: Option<&str>) -> Option<Failure> {
        self.inner.hindrance(name).await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.write(name).put(name, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.write(name).remove(name).await
    }

    async fn claim(&self, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
        self.write(name).claim(name, bytes).await
    }
}
