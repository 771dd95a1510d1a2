//! One server.

use super::{
    fail,
    settings::{Auth, OpenError, Settings, Tls},
};
use crate::{
    drivers::Redactor,
    model::Failure,
    ports::{
        Http,
        http::{Method, Request, Response},
    },
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Certificate, Client, ClientBuilder, Identity, Proxy, RequestBuilder, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect, retry,
};
use std::{fs, path::Path, sync::Arc, time::Duration};

struct Connection {
    /// Keeps connections. One that the server has closed meanwhile is seen only when it is used: a read is asked once more.
    kept: Client,
    /// Connects anew each time: over a kept connection nobody would know whether a write had arrived.
    fresh: Client,
    base: Url,
    /// The base without credentials and without a slash at the end.
    shown: String,
    timeout: Duration,
    most: usize,
    /// Whether we have one to show.
    certificate: bool,
    redactor: Redactor,
}

/// Makes a connection ready. Nothing is sent.
///
/// # Errors
/// A setting that cannot be used: a URL that is none, a file that cannot be read.
pub fn open(settings: &Settings) -> Result<Arc<dyn Http>, OpenError> {
    let base = base(&settings.url)?;
    // whoever was first: all of this program's are ring's
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kept = client(settings, &base)?;
    let fresh = client(settings, &base)?.pool_max_idle_per_host(0);
    let build = |client: ClientBuilder| client.build().map_err(|error| OpenError::new("tls", fail::deepest(&error)));
    Ok(Arc::new(Connection {
        kept: build(kept)?,
        fresh: build(fresh)?,
        shown: base.as_str().trim_end_matches('/').to_owned(),
        base,
        timeout: settings.timeout,
        most: settings.max_response,
        certificate: settings.tls.cert.is_some(),
        redactor: settings.redactor(),
    }))
}

fn client(settings: &Settings, base: &Url) -> Result<ClientBuilder, OpenError> {
    let client = Client::builder()
        .user_agent(concat!("natsform/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers(settings)?)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(settings.connect_timeout.min(settings.timeout));
    tls(proxied(client, settings)?, settings, base)
}

/// The base URL: of HTTP, and without what belongs elsewhere.
fn base(text: &str) -> Result<Url, OpenError> {
    let wrong = |why: String| OpenError::new("url", why);
    let url = Url::parse(text).map_err(|error| wrong(format!("it is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("`{}://` is no URL of HTTP", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("credentials do not belong into the URL: give `user` and `password`".into()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends with a query or a fragment: give the URL before the `?` or `#`".into()));
    }
    Ok(url)
}

fn headers(settings: &Settings) -> Result<HeaderMap, OpenError> {
    let mut out = HeaderMap::new();
    out.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &settings.headers {
        let field = format!("headers.{name}");
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| OpenError::new(&field, "it is no name of a header"))?;
        out.insert(key, secret(value.expose(), &field)?);
    }
    let (field, auth) = match &settings.auth {
        Auth::None => return Ok(out),
        Auth::Basic { user, password } => {
            ("password", format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
        }
        Auth::Bearer(token) => ("token", format!("Bearer {}", token.expose())),
    };
    out.insert(AUTHORIZATION, secret(&auth, field)?);
    Ok(out)
}

fn secret(text: &str, field: &str) -> Result<HeaderValue, OpenError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| OpenError::new(field, "it holds a character that no header may have"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn proxied(client: ClientBuilder, settings: &Settings) -> Result<ClientBuilder, OpenError> {
    let Some(proxy) = &settings.proxy else { return Ok(client) };
    let wrong = |why: String| OpenError::new("proxy", why);
    let url = Url::parse(proxy).map_err(|error| wrong(format!("it is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("`{}://` is no proxy that natsform can use: give an `http://` one", url.scheme())));
    }
    Ok(client.proxy(Proxy::all(url).map_err(|error| wrong(fail::deepest(&error)))?))
}

fn tls(client: ClientBuilder, settings: &Settings, base: &Url) -> Result<ClientBuilder, OpenError> {
    let Tls { ca, cert, key } = &settings.tls;
    let secure = base.scheme() == "https" || settings.proxy.as_ref().is_some_and(|p| p.starts_with("https"));
    let client = match ca {
        Some(path) => client.tls_certs_only(authorities(path)?),
        None if secure => client,
        // the system's authorities are not read for nothing
        None => client.tls_certs_only([]),
    };
    let (Some(cert), Some(key)) = (cert, key) else { return Ok(client) };
    let mut pem = read(cert, "tls.cert")?;
    pem.push(b'\n');
    pem.extend(read(key, "tls.key")?);
    let identity = Identity::from_pem(&pem).map_err(|_| {
        let why = format!("`{}` and `{}` hold no certificate and key in PEM form", cert.display(), key.display());
        OpenError::new("tls.cert", why)
    })?;
    Ok(client.identity(identity))
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, OpenError> {
    let none = || OpenError::new("tls.ca", format!("`{}` holds no certificate in PEM form", path.display()));
    let found = Certificate::from_pem_bundle(&read(path, "tls.ca")?).map_err(|_| none())?;
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

fn read(path: &Path, field: &str) -> Result<Vec<u8>, OpenError> {
    fs::read(path).map_err(|error| OpenError::new(field, format!("`{}`: {error}", path.display())))
}

impl Connection {
    /// The URL of a request: below the base, wherever its path leads.
    fn url(&self, request: &Request) -> Result<Url, Failure> {
        let outside = || Failure::Garbled { why: format!("`{}` is no path below `{}`", request.path, self.shown) };
        if !request.path.starts_with('/') || request.path.contains(['?', '#']) {
            return Err(outside());
        }
        let mut url = Url::parse(&format!("{}{}", self.shown, request.path)).map_err(|_| outside())?;
        let prefix = self.base.path().trim_end_matches('/');
        if url.origin() != self.base.origin() || !url.path().starts_with(&format!("{prefix}/")) {
            return Err(outside());
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }

    fn clean(&self, failure: Failure) -> Failure {
        let clean = |why: String| self.redactor.redact(&why);
        match failure {
            Failure::NotSent { why } => Failure::NotSent { why: clean(why) },
            Failure::Unknown { why } => Failure::Unknown { why: clean(why) },
            Failure::Garbled { why } => Failure::Garbled { why: clean(why) },
            other => other,
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Response, Failure> {
        let url = self.url(request)?;
        let wait = request.wait.unwrap_or(self.timeout);
        let around = fail::Around { url: &self.shown, path: &request.path, wait, certificate: self.certificate };
        let read = request.is_read();
        let first = if read { &self.kept } else { &self.fresh };
        let mut answer = built(first, request, &url).timeout(wait).send().await;
        if read && answer.as_ref().is_err_and(fail::hung_up) {
            answer = built(&self.fresh, request, &url).timeout(wait).send().await;
        }
        let answer = answer.map_err(|error| fail::request(&error, &around))?;
        body(answer, request.most.unwrap_or(self.most), &around).await
    }
}

fn built(client: &Client, request: &Request, url: &Url) -> RequestBuilder {
    match request.method {
        Method::Get => client.get(url.clone()),
        Method::Post => client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&request.form)),
    }
}

#[async_trait]
impl Http for Connection {
    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.exchange(request).await.map_err(|failure| self.clean(failure))
    }

    fn url(&self) -> &str {
        &self.shown
    }
}

/// A form in the encoding of URLs.
fn encoded(form: &[(String, String)]) -> String {
    let Ok(mut url) = Url::parse("form:") else { return String::new() };
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}

/// Reads an answer to its end, or to one byte more than is allowed.
async fn body(mut answer: reqwest::Response, most: usize, around: &fail::Around<'_>) -> Result<Response, Failure> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| fail::body(&error, body.len(), around))? {
        if body.len() + chunk.len() > most {
            return Err(fail::too_large(most, around));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

#[cfg(test)]
mod tests;
