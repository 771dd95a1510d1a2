//! One file of a transaction: what it was, what it becomes, and what a rollback makes of it.

use super::super::{read, rule, server::Server};
use crate::model::{Address, Value};

/// One file of the transaction.
pub(super) struct File {
    pub(super) name: String,
    pub(super) address: Option<Address>,
    /// The fingerprint that was planned with.
    pub(super) was: String,
    /// `None`: it is removed.
    pub(super) text: Option<String>,
    /// What the text says, read once for all looks at the server.
    pub(super) body: Option<Result<Value, String>>,
    /// What was there; `None`: nothing.
    pub(super) old: Option<Vec<u8>>,
    pub(super) written: bool,
}

impl File {
    pub(super) fn of(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let new = text("text");
        Self {
            name: text("name").unwrap_or_default(),
            address: text("address").and_then(|a| Address::parse(&a, "")),
            was: text("was").unwrap_or_default(),
            body: new.as_deref().map(rule::parse_file),
            text: new,
            old: None,
            written: false,
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.old.as_deref() == self.text.as_ref().map(String::as_bytes)
    }

    /// Whether what lay there is something else than what the server had loaded: an apply died in between, or somebody
    /// edited it.
    pub(super) fn is_astray(&self, server: &Server) -> bool {
        self.old.as_ref().is_some_and(|old| {
            let parsed = rule::parse_file(&String::from_utf8_lossy(old));
            parsed.is_err() || rule::at_rest(&self.config(parsed, server)).is_some()
        })
    }

    /// What lay there and what the server had loaded, side by side.
    fn config(&self, old: Result<Value, String>, server: &Server) -> Value {
        read::config(Some(old), read::groups_of(&server.groups, &self.name), server.evaluation_interval())
    }

    /// What a rollback puts there: what lay there, or, where that was not what is in force, what is.
    pub(super) fn back(&self, server: Option<&Server>) -> Option<Vec<u8>> {
        match server {
            Some(server) if self.is_astray(server) => {
                let text = String::from_utf8_lossy(self.old.as_deref().unwrap_or_default()).into_owned();
                let config = self.config(rule::parse_file(&text), server);
                let loaded = config["loaded"].as_array().is_some_and(|groups| !groups.is_empty());
                let head: String = text.lines().take_while(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
                loaded.then(|| format!("{head}{}", rule::to_file(&rule::view(&config))).into_bytes())
            }
            _ => self.old.clone(),
        }
    }
}
