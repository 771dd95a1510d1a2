//! Where to connect, as whom, and why that cannot even be tried.

use crate::drivers::{Redactor, Secret};
use std::{fmt, path::PathBuf, time::Duration};

/// Who we are to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    #[default]
    None,
    Basic {
        user: String,
        password: Secret,
    },
    Bearer(Secret),
}

/// How to speak TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities to trust (PEM), instead of the system's.
    pub ca: Option<PathBuf>,
    /// The client's certificate and key (PEM): both or none.
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// Everything a connection needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base, with a path prefix where there is one.
    pub url: String,
    pub auth: Auth,
    /// Sent with every request.
    pub headers: Vec<(String, Secret)>,
    pub tls: Tls,
    /// The only proxy that is used.
    pub proxy: Option<String>,
    /// Bound of making a connection.
    pub connect_timeout: Duration,
    /// Bound of a request that names no other, the connection included.
    pub timeout: Duration,
    /// What an answer may have, in bytes, where the request names no other bound.
    pub max_response: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            auth: Auth::None,
            headers: Vec::new(),
            tls: Tls::default(),
            proxy: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            // ten thousand rules are 6 MB (measured)
            max_response: 64 << 20,
        }
    }
}

impl Settings {
    /// What must not show in any text.
    pub fn redactor(&self) -> Redactor {
        let auth = match &self.auth {
            Auth::None => None,
            Auth::Basic { password, .. } => Some(password),
            Auth::Bearer(token) => Some(token),
        };
        Redactor::new(auth.into_iter().chain(self.headers.iter().map(|(_, value)| value)).cloned())
    }
}

/// Why a connection cannot be tried: a setting of it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// What the project file calls the setting: `url`, `tls.ca`.
    pub field: String,
    /// A lowercase fragment without secrets.
    pub why: String,
}

impl OpenError {
    pub(super) fn new(field: &str, why: impl Into<String>) -> Self {
        Self { field: field.to_owned(), why: why.into() }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}
