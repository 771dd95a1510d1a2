//! What one server says of itself and of its rules.

use crate::{
    model::{Capabilities, Failure, Value, Version, json},
    ports::{HttpReader, http},
    yaml,
};
use std::{collections::BTreeMap, time::Duration};

/// How long what was written may take to be loaded.
pub const LOADED: Duration = Duration::from_secs(10);

/// One server of a target, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Server {
    pub url: String,
    pub version: Version,
    /// As `/api/v1/rules` shows them: everybody's.
    pub groups: Vec<Value>,
    /// `/api/v1/status/flags`.
    pub flags: Value,
    /// prometheus.yml as it is in force, defaults filled in. After a failed reload it is the new one all the same.
    pub config: Value,
    pub runtime: Value,
    /// `/api/v1/features`; null before 3.9.
    pub features: Value,
}

/// Gets the `data` of an API path.
///
/// # Errors
/// What kept the answer away, or what is wrong with it.
pub async fn data(reader: &HttpReader, path: &str) -> Result<Value, Failure> {
    data_with(reader, path, &[]).await
}

/// The same with a query.
///
/// # Errors
/// As [`data`].
pub async fn data_with(reader: &HttpReader, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
    told(path, &reader.get(path, query).await?)
}

/// The `data` of an answer.
///
/// # Errors
/// As [`data`].
pub fn told(path: &str, response: &http::Response) -> Result<Value, Failure> {
    let mut answer = http::json(path, response)?;
    let succeeded = answer["status"] == "success";
    match answer.get_mut("data").map(Value::take).filter(|data| succeeded && !data.is_null()) {
        Some(data) => Ok(data),
        None => Err(odd(path)),
    }
}

/// What is JSON and says nothing that this API says: nothing may be concluded from it.
pub fn odd(path: &str) -> Failure {
    Failure::Garbled { why: format!("`{path}` gave something else than that API does: is it a Prometheus?") }
}

/// The rule groups that a server has loaded, with their alerts.
///
/// # Errors
/// As [`data`]; `Garbled` where the answer has no groups.
pub async fn groups(reader: &HttpReader) -> Result<Vec<Value>, Failure> {
    let path = "/api/v1/rules";
    let data = data(reader, path).await?;
    let is_group = |group: &Value| group["name"].is_string() && group["file"].is_string() && group["rules"].is_array();
    match data.get("groups").and_then(Value::as_array) {
        Some(groups) if groups.iter().all(is_group) => Ok(groups.clone()),
        _ => Err(odd(path)),
    }
}

impl Server {
    /// Reads everything.
    ///
    /// # Errors
    /// As [`data`].
    pub async fn read(reader: &HttpReader) -> Result<Self, Failure> {
        let (build, runtime, flags, config, groups, features) = tokio::join!(
            data(reader, "/api/v1/status/buildinfo"),
            data(reader, "/api/v1/status/runtimeinfo"),
            data(reader, "/api/v1/status/flags"),
            data(reader, "/api/v1/status/config"),
            self::groups(reader),
            data(reader, "/api/v1/features"),
        );
        let config = config?;
        let config = config["yaml"].as_str().map(parsed).filter(Value::is_object);
        let (build, flags, runtime) = (build?, flags?, runtime?);
        // one that somebody built themselves has a version, and it is empty
        let version = build["version"].as_str().ok_or_else(|| odd("/api/v1/status/buildinfo"))?;
        // each says at least this, in every version that we know
        if !flags["config.file"].is_string() || !runtime["reloadConfigSuccess"].is_boolean() {
            return Err(odd("/api/v1/status"));
        }
        Ok(Self {
            url: reader.url().to_owned(),
            version: Version::parse(version).unwrap_or_default(),
            groups: groups?,
            flags,
            config: config.ok_or_else(|| odd("/api/v1/status/config"))?,
            runtime,
            // the path is younger than the oldest servers
            features: features.unwrap_or_default(),
        })
    }

    /// What it can do, as the kinds ask for it.
    pub fn capabilities(&self) -> Capabilities {
        let facts = BTreeMap::from([
            ("evaluation_interval", json!(self.evaluation_interval())),
            ("features", self.features.clone()),
            ("flags", self.flags.clone()),
            ("config", self.config.clone()),
        ]);
        Capabilities { product: "Prometheus", version: self.version, facts }
    }

    /// How long it may take until it has looked for changes by itself and loaded them.
    pub fn looks_within(&self) -> Duration {
        let ms = crate::promql::parse_duration(self.flag("config.auto-reload-interval")).unwrap_or(30_000);
        Duration::from_millis(u64::try_from(ms).unwrap_or_default()) + LOADED
    }

    fn flag(&self, name: &str) -> &str {
        self.flags[name].as_str().unwrap_or_default()
    }

    /// Whether a POST makes it load its configuration again.
    pub fn has_lifecycle(&self) -> bool {
        self.flag("web.enable-lifecycle") == "true"
    }

    /// Whether it looks for changes by itself.
    pub fn reloads_itself(&self) -> bool {
        self.flag("config.auto-reload") == "true"
            || self.flag("enable-feature").split(',').any(|f| f.trim() == "auto-reload-config")
    }

    /// Whether its last load of a configuration worked.
    pub fn is_intact(&self) -> bool {
        self.runtime["reloadConfigSuccess"] != false
    }

    /// The interval of groups that say none, in seconds.
    pub fn evaluation_interval(&self) -> f64 {
        let text = self.config["global"]["evaluation_interval"].as_str().unwrap_or("1m");
        crate::promql::parse_seconds(text).unwrap_or(60.0)
    }

    /// The globs of `rule_files`, absolute as far as the server tells where it runs. Relative ones are relative to the
    /// directory of its configuration file.
    pub fn globs(&self) -> Vec<String> {
        let file = absolute(self.runtime["CWD"].as_str().unwrap_or_default(), self.flag("config.file"));
        let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
        let globs = self.config["rule_files"].as_array().into_iter().flatten().filter_map(Value::as_str);
        globs.map(|glob| absolute(directory, glob)).collect()
    }
}

/// The one of these servers that can do least: what it can, all of them can. `None` where there is none.
pub fn least(servers: &[Server]) -> Option<&Server> {
    servers.iter().min_by_key(|server| server.version)
}

/// A path below a directory, unless it is absolute itself; `.` and `..` taken out as Go's `filepath.Join` does.
pub fn absolute(directory: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut out: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(out.pop()),
            part => out.push(part),
        }
    }
    format!("/{}", out.join("/"))
}

fn parsed(text: &str) -> Value {
    let loaded = yaml::load(text.as_bytes(), &yaml::Budgets::default());
    loaded.documents.first().and_then(|node| yaml::to_value(node, &yaml::Cx::new()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_globs_are_relative_to_the_configuration() {
        let server = Server {
            flags: json!({"config.file": "conf/prometheus.yml"}),
            runtime: json!({"CWD": "/srv/prom"}),
            config: parsed("rule_files:\n- rules.d/*.yml\n- ../other/x.yml\n- /etc/a.yml\n"),
            ..Server::default()
        };
        assert_eq!(server.globs(), ["/srv/prom/conf/rules.d/*.yml", "/srv/prom/other/x.yml", "/etc/a.yml"]);
    }

    #[test]
    fn a_server_that_loads_by_itself_says_so_in_one_of_two_ways() {
        for flags in [json!({"config.auto-reload": "true"}), json!({"enable-feature": "x,auto-reload-config"})] {
            assert!(Server { flags, ..Server::default() }.reloads_itself());
        }
        assert!(!Server { flags: json!({"enable-feature": ""}), ..Server::default() }.reloads_itself());
    }
}
