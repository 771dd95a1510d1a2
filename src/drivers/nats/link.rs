//! One TCP connection to one server.

use super::{
    Auth, ConnectError, Settings,
    error::classify,
    urls::Target,
    violations::{Violation, Waiting},
};
use crate::{
    model::Failure,
    ports::{Reply, ServerInfo},
};
use async_nats::{
    Client, ConnectOptions, HeaderMap, HeaderName, HeaderValue, Message, Request, RequestErrorKind, connection::State,
};
use std::{path::Path, sync::Arc, sync::Once, time::Duration};
use tokio::time::{Instant, timeout};

/// How long a new link may take to show that replies come. Both the refusal and the answer take one round trip.
const PROBE: Duration = Duration::from_secs(1);

/// A connection that ends when it breaks.
pub(super) struct Link {
    client: Client,
    pub info: ServerInfo,
    waiting: Arc<Waiting>,
}

impl Link {
    /// Connects to one server within `bound`.
    pub async fn open(settings: &Settings, target: &Target, bound: Duration) -> Result<Self, ConnectError> {
        let begin = Instant::now();
        let at = target.to_string();
        let auth = effective(&settings.auth, target.auth.as_ref());
        let waiting = Arc::new(Waiting::default());
        let options = options(settings, auth, &at, bound, &waiting)?;
        let client = match timeout(bound, options.connect(&target.addr)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) if error.kind() == async_nats::ConnectErrorKind::TimedOut => {
                return Err(silent(&at, bound));
            }
            Ok(Err(error)) => return Err(classify(&error, &at, auth, settings)),
            Err(_) => return Err(silent(&at, bound)),
        };
        keep_down(&client).await;
        let said = client.server_info();
        let info = ServerInfo {
            version: said.version,
            id: said.server_id,
            name: said.server_name,
            url: at.clone(),
            cluster: said.cluster,
            domain: said.domain,
        };
        let link = Self { client, info, waiting };
        link.probe(settings, bound.saturating_sub(begin.elapsed()).min(PROBE)).await;
        match link.waiting.refused_inbox() {
            Some(subject) => Err(ConnectError::Inbox { at, subject, identity: auth.class() }),
            None => Ok(link),
        }
    }

    /// Asks something harmless, so that an inbox that is not allowed shows before anything is written: a write whose
    /// answer cannot come would have happened all the same.
    async fn probe(&self, settings: &Settings, wait: Duration) {
        let subject = format!("{}.INFO", settings.api_prefix);
        // Every other outcome is for the requests that follow.
        let _ = self.request(&subject, &[], &[], wait).await;
    }

    /// Whether requests can be sent.
    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// One request and its first answer.
    pub async fn request(
        &self,
        subject: &str,
        headers: &[(String, String)],
        body: &[u8],
        wait: Duration,
    ) -> Result<Reply, Failure> {
        if let Some(inbox) = self.waiting.refused_inbox() {
            return Err(Failure::Denied { what: inbox_text(&inbox) });
        }
        let mut request = Request::new().payload(body.to_vec().into()).timeout(Some(wait));
        if !headers.is_empty() {
            request = request.headers(header_map(headers)?);
        }
        let (id, violated) = self.waiting.register(subject);
        let answer = tokio::select! {
            biased;
            answer = self.client.send_request(subject.to_owned(), request) => match answer {
                Ok(message) => Ok(reply(message)),
                Err(error) => Err(self.failure(&error, subject, wait, body.len())),
            },
            Ok(violation) = violated => Err(match violation {
                Violation::Publish(subject) => Failure::Denied { what: subject },
                // The request itself may have been allowed.
                Violation::Inbox(inbox) => {
                    Failure::Unknown { why: format!("permission denied for `{}`", inbox_text(&inbox)) }
                }
            }),
        };
        self.waiting.forget(id);
        answer
    }

    fn failure(&self, error: &async_nats::RequestError, subject: &str, wait: Duration, size: usize) -> Failure {
        match error.kind() {
            RequestErrorKind::TimedOut => {
                Failure::Unknown { why: format!("none on `{subject}` within {}", text(wait)) }
            }
            RequestErrorKind::NoResponders => {
                Failure::Refused { code: "503".into(), message: format!("nobody listens on `{subject}`") }
            }
            RequestErrorKind::InvalidSubject => Failure::NotSent { why: format!("`{subject}` is not a subject") },
            RequestErrorKind::MaxPayloadExceeded => Failure::NotSent {
                why: format!(
                    "it has {size} bytes and its headers, and the server takes {} bytes (`max_payload`)",
                    self.client.max_payload()
                ),
            },
            // Whether it had left cannot be told.
            RequestErrorKind::Other => Failure::Unknown { why: self.lost() },
        }
    }

    /// Why the link is down.
    pub fn lost(&self) -> String {
        match self.waiting.last_word() {
            Some(word) => format!("the connection to {} was lost: the server said `{word}`", self.info.url),
            None => format!("the connection to {} was lost", self.info.url),
        }
    }
}

/// Who we are at a server: what its URL says stands for a user, password or token.
fn effective<'a>(settings: &'a Auth, url: Option<&'a Auth>) -> &'a Auth {
    match (settings, url) {
        (Auth::None | Auth::UserPassword { .. } | Auth::Token(_), Some(auth)) => auth,
        _ => settings,
    }
}

/// async-nats would connect again by itself, and send then what was queued. It is given an address where nobody can
/// be, and one attempt (0 attempts would mean endless ones), so that a lost link ends, its queue with it.
async fn keep_down(client: &Client) {
    if let Ok(nowhere) = "nats://127.0.0.1:0".parse::<async_nats::ServerAddr>() {
        // Fails only where the link is lost already.
        let _ = client.set_server_pool(nowhere).await;
    }
}

fn options(
    settings: &Settings,
    auth: &Auth,
    at: &str,
    bound: Duration,
    waiting: &Arc<Waiting>,
) -> Result<ConnectOptions, ConnectError> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only where another part of the process was first.
        let _ = async_nats::rustls::crypto::ring::default_provider().install_default();
    });
    let waiting = waiting.clone();
    let mut options = ConnectOptions::new()
        .name(&settings.name)
        .connection_timeout(bound)
        .request_timeout(None)
        .ignore_discovered_servers()
        .max_reconnects(1)
        .event_callback(move |event| {
            waiting.hear(event);
            std::future::ready(())
        });
    if let Some(prefix) = &settings.inbox_prefix {
        options = options.custom_inbox_prefix(prefix);
    }
    with_tls(with_auth(options, auth)?, settings, at)
}

fn with_auth(options: ConnectOptions, auth: &Auth) -> Result<ConnectOptions, ConnectError> {
    let unusable = |why: &str| ConnectError::Credentials { why: why.into() };
    Ok(match auth {
        Auth::None => options,
        Auth::UserPassword { user, password } => options.user_and_password(user.clone(), password.expose().into()),
        Auth::Token(token) => options.token(token.expose().into()),
        Auth::NkeySeed(file) => {
            let seed = file
                .expose()
                .lines()
                .map(str::trim)
                .find(|line| line.starts_with('S') && !line.contains(' '))
                .ok_or_else(|| unusable("there is no nkey seed"))?;
            let pair = nkeys::KeyPair::from_seed(seed).map_err(|_| unusable("the nkey seed is not valid"))?;
            if pair.key_pair_type() != nkeys::KeyPairType::User {
                return Err(unusable("the nkey seed is not a user's"));
            }
            options.nkey(seed.into())
        }
        // Its errors are about the form and show nothing of the contents.
        Auth::Creds(file) => options.credentials(file.expose()).map_err(|error| unusable(&error.to_string()))?,
    })
}

fn with_tls(mut options: ConnectOptions, settings: &Settings, at: &str) -> Result<ConnectOptions, ConnectError> {
    let tls = &settings.tls;
    let failed = |why: String| ConnectError::Tls { at: at.into(), why, own_ca: tls.ca.is_some() };
    let readable = |path: &Path| match std::fs::read(path) {
        Ok(_) => Ok(path.to_owned()),
        Err(error) => Err(failed(format!("{} cannot be read: {error}", path.display()))),
    };
    if let Some(ca) = &tls.ca {
        options = options.add_root_certificates(readable(ca)?);
    }
    options = match (&tls.cert, &tls.key) {
        (Some(cert), Some(key)) => options.add_client_certificate(readable(cert)?, readable(key)?),
        (None, None) => options,
        (Some(_), None) => return Err(failed("there is a client certificate and no key for it".into())),
        (None, Some(_)) => return Err(failed("there is a client key and no certificate for it".into())),
    };
    if tls.first {
        options = options.tls_first();
    }
    Ok(options.require_tls(tls.wanted()))
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let bad = |_| Failure::NotSent { why: format!("`{name}` is not a header's name") };
        let name: HeaderName = name.parse().map_err(bad)?;
        let value: HeaderValue =
            value.parse().map_err(|_| Failure::NotSent { why: format!("header `{name}` holds a line break") })?;
        map.append(name, value);
    }
    Ok(map)
}

/// Headers sorted by name; an inline status (`NATS/1.0 404 Message Not Found`) as `Status` and `Description`, as other
/// clients show it.
fn reply(message: Message) -> Reply {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        headers.extend(values.iter().map(|value| (name.to_string(), value.as_str().to_owned())));
    }
    headers.extend(message.status.map(|status| ("Status".into(), status.as_u16().to_string())));
    headers.extend(message.description.map(|description| ("Description".into(), description)));
    // Stable: several values of one name keep their order.
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    Reply { headers, body: message.payload.to_vec() }
}

fn inbox_text(subject: &str) -> String {
    format!("{subject} (where replies arrive; see --inbox-prefix)")
}

fn silent(at: &str, bound: Duration) -> ConnectError {
    ConnectError::Unreachable { tried: vec![(at.into(), no_greeting(Some(bound)))] }
}

/// The text for a server that says nothing.
pub(super) fn no_greeting(bound: Option<Duration>) -> String {
    bound.map_or_else(|| "no greeting in time".into(), |bound| format!("no greeting within {}", text(bound)))
}

/// Rounded up to 10 ms: what is left of a bound is a little less than the bound.
fn text(duration: Duration) -> String {
    match duration.as_millis().div_ceil(10) * 10 {
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms if ms > 1000 => format!("{:.1} s", duration.as_secs_f64()),
        ms => format!("{ms} ms"),
    }
}
