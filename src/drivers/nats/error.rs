//! Why there is no connection. No text here holds a secret.

use super::{Auth, Settings};
use async_nats::{ConnectErrorKind, ServerError, rustls};
use std::{error::Error, fmt, io};

/// What a server did that ended the connection before it was one.
const HUNG_UP: &str = "it closed the connection";

/// Why there is no connection. `Display` is a lowercase fragment, [`ConnectError::help`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// No server answered as one: `tried` has each `host:port` with what happened.
    Unreachable { tried: Vec<(String, String)> },
    /// The server does not accept who we are; `identity` is its class, `said` the server's own text.
    Refused { at: String, identity: String, said: String },
    /// The credentials themselves cannot be used.
    Credentials { why: String },
    /// TLS failed; `own_ca`: an authority was named, so the system's are not asked.
    Tls { at: String, why: String, own_ca: bool },
    /// It is no URL of a NATS server; user info is not shown.
    BadUrl { url: String, why: String },
    /// A prefix cannot be used.
    BadPrefix { prefix: String, why: String },
    /// This identity may not receive replies.
    Inbox { at: String, subject: String, identity: String },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { tried } => {
                let each: Vec<String> = tried.iter().map(|(at, why)| format!("{at}: {why}")).collect();
                write!(f, "cannot reach a NATS server at {}", each.join("; "))
            }
            Self::Refused { at, identity, said } => write!(f, "{at} refused {identity}: {said}"),
            Self::Credentials { why } => write!(f, "the credentials cannot be used: {why}"),
            Self::Tls { at, why, .. } => write!(f, "TLS with {at} failed: {why}"),
            Self::BadUrl { url, .. } if url.is_empty() => f.write_str("no server URL is given"),
            Self::BadUrl { url, why } => write!(f, "bad server URL `{url}`: {why}"),
            Self::BadPrefix { prefix, why } => write!(f, "bad inbox prefix `{prefix}`: {why}"),
            Self::Inbox { at, subject, identity } => {
                write!(f, "{at} does not let {identity} receive replies: subscribing to `{subject}` is denied")
            }
        }
    }
}

impl Error for ConnectError {}

impl ConnectError {
    /// What to do about it: one line.
    pub fn help(&self) -> String {
        match self {
            Self::Unreachable { tried } if tried.iter().any(|(_, why)| why.contains("no greeting")) => {
                "something listens there but does not greet: a server with `handshake_first` needs --tlsfirst".into()
            }
            Self::Unreachable { tried } if tried.iter().any(|(_, why)| why == HUNG_UP) => {
                "it hangs up on what it does not want: a server with `handshake_first` needs --tlsfirst, one that \
                 verifies its clients --tlscert and --tlskey"
                    .into()
            }
            Self::Unreachable { .. } => {
                "check the address (--server, NATS_URL, --context) and that the server runs".into()
            }
            Self::Refused { identity, .. } if *identity == Auth::None.class() => {
                "give an identity: --creds, --nkey, --user and --password, --token or --context".into()
            }
            Self::Refused { .. } => "check --creds, --nkey, --user and --password, --token or --context".into(),
            Self::Credentials { .. } => {
                "--creds takes a file with a user's JWT and seed, --nkey one with a user's seed (`SU…`)".into()
            }
            Self::Tls { own_ca, why, .. } => tls_help(*own_ca, why),
            Self::BadUrl { .. } => "a server URL looks like `nats://host:4222` or `tls://host:4222`".into(),
            Self::BadPrefix { .. } => {
                "--inbox-prefix takes a subject without wildcards and without a dot at its end, such as `_INBOX.ops`"
                    .into()
            }
            Self::Inbox { .. } => {
                "set --inbox-prefix to what its permissions allow, or let it subscribe to `_INBOX.>`".into()
            }
        }
    }

    /// Whether another try might help.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

fn tls_help(own_ca: bool, why: &str) -> String {
    if why.contains("UnknownIssuer") && own_ca {
        "the server's certificate was not issued by the authority in --tlsca".into()
    } else if why.contains("UnknownIssuer") {
        "name the authority that issued the server's certificate: --tlsca".into()
    } else if why.contains("CertificateRequired") || why.contains("BadCertificate") || why.contains("HandshakeFailure")
    {
        "the server wants a certificate it accepts: --tlscert and --tlskey".into()
    } else if why.contains("no TLS") {
        "use `nats://` and no TLS options, or leave out --tlsfirst if the server greets first".into()
    } else {
        "check --tlsca, --tlscert, --tlskey and the host name in the URL".into()
    }
}

/// Sorts an error of async-nats into ours.
pub(super) fn classify(error: &async_nats::ConnectError, at: &str, auth: &Auth, settings: &Settings) -> ConnectError {
    let redactor = auth.redactor();
    let refused = |said: &str| ConnectError::Refused {
        at: at.into(),
        identity: auth.class(),
        said: redactor.redact(said.strip_prefix("nats: ").unwrap_or(said)),
    };
    let tls = |why: String| ConnectError::Tls { at: at.into(), why, own_ca: settings.tls.ca.is_some() };
    let unreachable = |why: String| ConnectError::Unreachable { tried: vec![(at.into(), redactor.redact(&why))] };
    let source = error.source();
    let text = || source.map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(said) = source.and_then(|source| source.downcast_ref::<ServerError>()) {
        return match said {
            ServerError::AuthorizationViolation => refused("authorization violation"),
            ServerError::Other(text) if text.contains("Secure Connection") => tls("the server requires TLS".into()),
            ServerError::Other(text) if text.to_lowercase().contains("authentication") => refused(text),
            other => unreachable(format!("the server said `{}`", other.to_string().trim_start_matches("nats: "))),
        };
    }
    if let Some(why) = source.and_then(|source| rustls_error(source)) {
        return tls(plain_tls(why));
    }
    match error.kind() {
        ConnectErrorKind::Tls => tls(text()),
        ConnectErrorKind::Authentication => {
            ConnectError::Credentials { why: "the server's challenge cannot be signed".into() }
        }
        ConnectErrorKind::AuthorizationViolation => refused("authorization violation"),
        ConnectErrorKind::Dns => unreachable(format!("its name cannot be resolved ({})", text())),
        ConnectErrorKind::TimedOut => unreachable(super::link::no_greeting(None)),
        // async-nats has these words only for the end of the stream before the greeting.
        _ if text() == "expected INFO, got nothing" => unreachable(HUNG_UP.into()),
        _ => unreachable(plain_io(source).unwrap_or_else(text)),
    }
}

/// The TLS error inside an I/O error.
fn rustls_error<'a>(source: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    source.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

fn plain_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => "the server speaks no TLS there".into(),
        other => other.to_string(),
    }
}

fn plain_io(source: Option<&(dyn Error + 'static)>) -> Option<String> {
    let error = source?.downcast_ref::<io::Error>()?;
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => HUNG_UP.into(),
        io::ErrorKind::InvalidInput => "what answers there is no NATS server".into(),
        _ => error.to_string(),
    })
}
