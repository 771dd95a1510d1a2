//! HTTP as bytes: a request below a base URL, and what came back. No word of any system; status codes are the caller's
//! business, and [`json`] turns the usual wrong answers into failures that say what is wrong.

mod answer;

pub use answer::json;

use crate::model::Failure;
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Get,
    Post,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: Method,
    /// Below the base; begins with `/`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The body of a POST, form-encoded.
    pub form: Vec<(String, String)>,
    /// How long it may take; `None`: what the connection says.
    pub wait: Option<Duration>,
    /// How many bytes the answer may have, unpacked; `None`: what the connection says.
    pub most: Option<usize>,
}

impl Request {
    /// A GET.
    pub fn get(path: &str, query: &[(&str, &str)]) -> Self {
        Self { path: path.to_owned(), query: pairs(query), ..Self::default() }
    }

    /// A POST with a form.
    pub fn post(path: &str, form: &[(&str, &str)]) -> Self {
        Self { method: Method::Post, path: path.to_owned(), form: pairs(form), ..Self::default() }
    }

    /// Whether it changes nothing: every GET, and the POSTs of the read list.
    pub fn is_read(&self) -> bool {
        self.method == Method::Get || READS.contains(&self.path.as_str())
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// What may be asked with a POST and only reads: queries that do not fit into a URL.
const READS: &[&str] =
    &["/api/v1/query", "/api/v1/query_range", "/api/v1/series", "/api/v1/format_query", "/api/v1/labels"];

/// An answer of any status.
#[derive(Clone, Debug, Default)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Unpacked.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One HTTP server under one identity.
#[async_trait]
pub trait Http: Send + Sync {
    /// One request and its answer, whatever its status. A redirect is an answer, too: none is followed.
    ///
    /// # Errors
    /// `NotSent` where no connection was made; `Unknown` where none or half an answer came; `Garbled` where it is no HTTP
    /// or has more bytes than it may.
    async fn send(&self, request: &Request) -> Result<Response, Failure>;

    /// The base, without credentials.
    fn url(&self) -> &str;
}

/// The reading half of an [`Http`] connection.
#[derive(Clone)]
pub struct HttpReader(Arc<dyn Http>);

impl HttpReader {
    /// The reading half of a connection.
    pub fn new(http: Arc<dyn Http>) -> Self {
        Self(http)
    }

    /// Gets a path.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, Failure> {
        self.read(&Request::get(path, query)).await
    }

    /// Asks by POST, which changes nothing: only paths of the read list.
    ///
    /// # Errors
    /// As [`Http::send`]; `Garbled` where the path is not on the read list.
    pub async fn ask(&self, path: &str, form: &[(&str, &str)]) -> Result<Response, Failure> {
        self.read(&Request::post(path, form)).await
    }

    /// A request with bounds of its own.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn read(&self, request: &Request) -> Result<Response, Failure> {
        if !request.is_read() {
            return Err(Failure::Garbled { why: format!("`POST {}` is no read", request.path) });
        }
        self.0.send(request).await
    }

    /// The base, without credentials.
    pub fn url(&self) -> &str {
        self.0.url()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_are_asked() {
        assert!(Request::get("/-/reload", &[]).is_read(), "a GET changes nothing: the server answers 405");
        assert!(Request::post("/api/v1/query", &[]).is_read());
        for write in ["/-/reload", "/-/quit", "/api/v1/admin/tsdb/delete_series", "/api/v1/query/", "/API/v1/query", ""]
        {
            assert!(!Request::post(write, &[]).is_read(), "{write}");
        }
    }
}
