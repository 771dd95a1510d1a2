//! Which live object an answer speaks of, and whether somebody changed it.

use crate::{
    model::{Address, Identity, Live, Value, Version},
    ports::ServerInfo,
};

/// How far a server can be believed when it says `created`.
///
/// Measured: a standalone server that was restarted writes the time of its restart with the next update of an object, and
/// tells it as `created` from its next start on (streams before 2.14, consumers before 2.15). Before 2.12 a consumer's
/// `created` is a new one after every restart. A cluster keeps both with its assignments.
pub struct Word {
    version: Version,
    /// The run of a standalone server.
    run: Option<String>,
}

impl Word {
    /// Of the server at the other end.
    pub fn of(info: &ServerInfo) -> Self {
        let version = Version::parse(&info.version).unwrap_or_default();
        let run = Some(info.id.clone()).filter(|id| !id.is_empty() && info.cluster.is_none());
        Self { version, run }
    }

    fn run_before(&self, steady: Version) -> Option<String> {
        self.run.clone().filter(|_| self.version < steady)
    }
}

/// A stream's own address.
pub fn stream_address(name: &str, scope: &str) -> Address {
    Address::new("stream", [name], scope)
}

/// A consumer's own address.
pub fn consumer_address(stream: &str, name: &str, scope: &str) -> Address {
    Address::new("consumer", [stream, name], scope)
}

/// A stream from an element of STREAM.LIST or from STREAM.INFO.
pub fn stream(element: &Value, word: &Word, scope: &str) -> Option<Live> {
    let config = element.get("config").filter(|c| c.is_object())?;
    let own = element["created"].as_str().map(str::to_owned);
    Some(Live {
        address: stream_address(config["name"].as_str()?, scope),
        config: config.clone(),
        state: element["state"].clone(),
        identity: Identity { parent: None, own, run: word.run_before(Version(2, 14, 0)) },
        fingerprint: fingerprint(config),
        memory: None,
    })
}

/// A consumer from an element of CONSUMER.LIST or from CONSUMER.INFO. Before 2.12 its own `created` is no identity.
pub fn consumer(element: &Value, stream: &str, stream_created: Option<&str>, word: &Word, scope: &str) -> Option<Live> {
    let config = element.get("config").filter(|c| c.is_object())?;
    let name = element["name"].as_str().or_else(|| config["name"].as_str())?;
    let own = (word.version >= Version(2, 12, 0)).then(|| element["created"].as_str().map(str::to_owned)).flatten();
    let mut state = element.clone();
    if let Some(map) = state.as_object_mut() {
        map.shift_remove("config");
    }
    Some(Live {
        address: consumer_address(stream, name, scope),
        config: config.clone(),
        state,
        identity: Identity { parent: stream_created.map(str::to_owned), own, run: word.run_before(Version(2, 15, 0)) },
        fingerprint: fingerprint(config),
        memory: None,
    })
}

/// A digest of a configuration without the metadata that the server itself keeps there: LIST and INFO disagree on it,
/// and an upgrade changes it (facts: jetstream.md 4.2).
pub fn fingerprint(config: &Value) -> String {
    let mut config = config.clone();
    if let Some(map) = config.as_object_mut() {
        let own = map.get_mut("metadata").and_then(Value::as_object_mut);
        let empty = own.is_some_and(|metadata| {
            metadata.retain(|key, _| !key.starts_with("_nats."));
            metadata.is_empty()
        });
        if empty {
            map.shift_remove("metadata");
        }
        map.sort_keys();
    }
    crate::units::digest(&config.to_string(), 12)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json;

    #[test]
    fn only_forgetful_servers_sign_with_their_run() {
        let of = |version: &str, cluster: Option<&str>| {
            let (version, cluster) = (version.to_owned(), cluster.map(str::to_owned));
            let word = Word::of(&ServerInfo { version, cluster, id: "R".into(), ..ServerInfo::default() });
            let element = json!({"name": "c", "config": {"name": "c"}, "created": "t"});
            let (s, c) = (stream(&element, &word, "A"), consumer(&element, "S", Some("t"), &word, "A"));
            (s.and_then(|l| l.identity.run).is_some(), c.and_then(|l| l.identity.run).is_some())
        };
        assert_eq!(of("2.10.26", None), (true, true));
        assert_eq!(of("2.14.6", None), (false, true));
        assert_eq!(of("2.15.1", None), (false, false));
        assert_eq!(of("2.10.26", Some("C1")), (false, false));
    }

    #[test]
    fn what_the_server_keeps_in_metadata_is_no_change() {
        let list = json!({"name": "A", "metadata": {"_nats.req.level": "0"}});
        let info = json!({"metadata": {"_nats.ver": "2.15.1", "_nats.req.level": "0"}, "name": "A"});
        assert_eq!(fingerprint(&list), fingerprint(&info));
        assert_eq!(fingerprint(&list), fingerprint(&json!({"name": "A"})));
        assert_ne!(fingerprint(&list), fingerprint(&json!({"name": "A", "metadata": {"a": "b"}})));
    }
}
