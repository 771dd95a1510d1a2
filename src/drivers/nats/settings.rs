//! Where to connect and as whom.

use crate::drivers::{Redactor, Secret};
use std::{path::PathBuf, time::Duration};

/// Who we are to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    #[default]
    None,
    UserPassword {
        user: String,
        password: Secret,
    },
    Token(Secret),
    /// An nkey seed, or what a file with one holds.
    NkeySeed(Secret),
    /// What a credentials file holds: a JWT and a seed.
    Creds(Secret),
}

impl Auth {
    /// The class of identity for messages: it names a user and never a secret.
    pub fn class(&self) -> String {
        match self {
            Self::None => "no credentials".into(),
            Self::UserPassword { user, .. } => format!("user `{user}` with a password"),
            Self::Token(_) => "a token".into(),
            Self::NkeySeed(_) => "an nkey".into(),
            Self::Creds(_) => "a credentials file".into(),
        }
    }

    /// What must not show in any text.
    pub fn redactor(&self) -> Redactor {
        match self {
            Self::None => Redactor::default(),
            Self::UserPassword { password: secret, .. } | Self::Token(secret) => Redactor::new([secret.clone()]),
            Self::NkeySeed(file) | Self::Creds(file) => Redactor::new(
                file.expose()
                    .lines()
                    .map(str::trim)
                    .filter(|line| line.len() > 40 && !line.contains(' '))
                    .map(Secret::new),
            ),
        }
    }
}

/// How to speak TLS. With any of these set, a connection without TLS is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities to trust (PEM), instead of the system's.
    pub ca: Option<PathBuf>,
    /// The client's certificate and key (PEM): both or none.
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// The handshake comes before the server's greeting (`handshake_first` in its configuration).
    pub first: bool,
}

impl Tls {
    /// Whether TLS was asked for.
    pub fn wanted(&self) -> bool {
        *self != Self::default()
    }
}

/// Everything a connection needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Tried in this order; each may hold several, separated by commas. User info in one (`nats://user:password@host`,
    /// `nats://token@host`) is used instead of a user, password or token of `auth`, as the `nats` CLI does.
    pub urls: Vec<String>,
    pub auth: Auth,
    pub tls: Tls,
    /// What reply subjects begin with, without the last dot; `_INBOX` by default.
    pub inbox_prefix: Option<String>,
    /// What JetStream API subjects begin with, without the last dot.
    pub api_prefix: String,
    /// Bound of connecting, over all URLs together.
    pub connect_timeout: Duration,
    /// Bound of one read.
    pub read_timeout: Duration,
    /// Bound of one write.
    pub write_timeout: Duration,
    /// The connection's name in the server's monitoring.
    pub name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            urls: vec!["nats://127.0.0.1:4222".into()],
            auth: Auth::None,
            tls: Tls::default(),
            inbox_prefix: None,
            api_prefix: "$JS.API".into(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(15),
            name: "natsform".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_show_no_secret() {
        let auth = Auth::UserPassword { user: "bob".into(), password: Secret::new("canary-1") };
        let settings = Settings { auth: auth.clone(), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("canary"));
        assert_eq!(auth.class(), "user `bob` with a password");
        assert_eq!(auth.redactor().redact("no canary-1 here"), "no *** here");
    }
}
