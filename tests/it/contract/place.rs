//! A server that the contract is played on, with a way to look at it that is not natsform's.

use crate::{
    model::{ModelServer, When},
    support::{NatsCluster, NatsServer, RawClient},
};
use natsform::{
    drivers::nats::{Settings, connect},
    ports::Nats,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The model, a real server, or three of them.
pub struct Place {
    /// For messages: `model 2.12`, `nats-server 2.12`.
    pub name: String,
    pub minor: u32,
    end: End,
}

enum End {
    Model(Arc<ModelServer>),
    Alone(Box<NatsServer>, RawClient),
    Cluster(NatsCluster, RawClient),
}

/// The versions that the model plays, newest patch of each.
pub const MODELS: [(u32, u32); 3] = [(10, 26), (12, 8), (15, 1)];

impl Place {
    /// The model of a version `2.minor.patch`.
    pub fn model((minor, patch): (u32, u32)) -> Self {
        let end = End::Model(Arc::new(ModelServer::new((2, minor, patch), false)));
        Self { name: format!("model 2.{minor}"), minor, end }
    }

    /// A real, standalone server of a version: `2.12`.
    pub async fn alone(version: &str) -> Self {
        let server = NatsServer::start(version);
        let client = RawClient::connect(server.url()).await;
        Self {
            name: format!("nats-server {version}"),
            minor: minor(version),
            end: End::Alone(Box::new(server), client),
        }
    }

    /// Three real servers; each has the tag `node:n1`, `node:n2` or `node:n3`.
    pub async fn cluster(version: &str) -> Self {
        let cluster = NatsCluster::start(version, 3);
        let client = RawClient::connect(cluster.url(0)).await;
        Self { name: format!("cluster {version}"), minor: minor(version), end: End::Cluster(cluster, client) }
    }

    /// What natsform works over.
    pub async fn connect(&self) -> Arc<dyn Nats> {
        let url = match &self.end {
            End::Model(model) => return model.clone(),
            End::Alone(server, _) => server.url(),
            End::Cluster(cluster, _) => cluster.url(0),
        };
        let settings = Settings { urls: vec![url.to_owned()], ..Settings::default() };
        connect(&settings).await.unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// natsform dies right after its `nth` write from now on: the write happens, and nothing more is sent.
    pub fn die_after_write(&self, nth: usize) {
        match &self.end {
            End::Model(model) => model.die_at_write(nth, When::After),
            _ => panic!("only a model breaks on demand"),
        }
    }

    /// The process lives again.
    pub fn revive(&self) {
        if let End::Model(model) = &self.end {
            model.revive();
        }
    }

    /// A request past natsform; an error in the answer is an answer.
    pub async fn api(&self, operation: &str, body: Value) -> Value {
        match &self.end {
            End::Model(model) => model.api(operation, body),
            End::Alone(_, client) | End::Cluster(_, client) => client.api(operation, body).await,
        }
    }

    /// A request past natsform that must not fail.
    pub async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.api(operation, body.clone()).await;
        assert!(answer.get("error").is_none(), "{}: {operation} {body}: {answer}", self.name);
        answer
    }

    /// The configuration of a stream (`[name]`) or of a consumer (`[stream, name]`), the server's own metadata left out.
    pub async fn config(&self, parts: &[&str]) -> Option<Value> {
        let group = if parts.len() == 1 { "STREAM" } else { "CONSUMER" };
        let answer = self.api(&format!("{group}.INFO.{}", parts.join(".")), Value::Null).await;
        let mut config = answer.get("config")?.clone();
        if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|key, _| !key.starts_with("_nats."));
        }
        Some(config)
    }

    /// As an application makes a stream or a consumer: the answer.
    pub async fn create(&self, parts: &[&str], config: &Value) -> Value {
        self.write(parts, "create", config).await
    }

    /// As an application changes one: the answer.
    pub async fn update(&self, parts: &[&str], config: &Value) -> Value {
        self.write(parts, "update", config).await
    }

    async fn write(&self, parts: &[&str], action: &str, config: &Value) -> Value {
        let mut config = config.clone();
        match parts {
            [stream] => {
                config["name"] = json!(stream);
                self.api(&format!("STREAM.{}.{stream}", action.to_uppercase()), config).await
            }
            [stream, name] => {
                (config["name"], config["durable_name"]) = (json!(name), json!(name));
                let body = json!({"stream_name": stream, "config": config, "action": action});
                self.api(&format!("CONSUMER.CREATE.{stream}.{name}"), body).await
            }
            _ => panic!("{parts:?} is no stream and no consumer"),
        }
    }

    /// Removes a stream or a consumer.
    pub async fn delete(&self, parts: &[&str]) {
        let group = if parts.len() == 1 { "STREAM" } else { "CONSUMER" };
        self.ok(&format!("{group}.DELETE.{}", parts.join(".")), Value::Null).await;
    }

    /// The names of all streams.
    pub async fn streams(&self) -> Vec<String> {
        let answer = self.ok("STREAM.NAMES", Value::Null).await;
        let names = answer["streams"].as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// Kills a standalone server and starts it again on its store. Nothing happens to a model, which has nothing to
    /// forget.
    pub async fn restart(&mut self) -> bool {
        let End::Alone(server, client) = &mut self.end else { return false };
        server.restart();
        *client = RawClient::connect(server.url()).await;
        true
    }
}

fn minor(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|n| n.parse().ok()).expect("a version")
}
