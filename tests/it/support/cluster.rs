//! Several nats-servers that are one JetStream.

use super::{
    RawClient,
    server::{NatsServer, binary},
};
use serde_json::{Value, json};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    net::TcpListener,
    time::{Duration, Instant},
};

/// A cluster with JetStream on every node; ready when a meta leader is elected and every node is in it.
pub struct NatsCluster {
    nodes: Vec<NatsServer>,
}

impl NatsCluster {
    /// A cluster of `n` servers of this version, called `n1`, `n2` … in the cluster `test`.
    pub fn start(version: &str, n: usize) -> Self {
        Self::start_with(version, n, "")
    }

    /// A cluster whose configuration also holds `extra` on every node (`@N@` is the node's number from 1).
    pub fn start_with(version: &str, n: usize, extra: &str) -> Self {
        let server = binary(version).unwrap_or_else(|| panic!("no nats-server {version}: run scripts/install-servers"));
        let ports = free_ports(n);
        let routes: Vec<String> = ports.iter().map(|p| format!("nats-route://127.0.0.1:{p}")).collect();
        let mut nodes: Vec<NatsServer> = (1..=n)
            .map(|i| {
                let cluster = format!(
                    "server_name: n{i}\nserver_tags: [\"node:n{i}\"]\ncluster {{ name: test, listen: \"127.0.0.1:{}\", routes: [{}] }}\n{}",
                    ports[i - 1],
                    routes.join(", "),
                    extra.replace("@N@", &i.to_string())
                );
                let dir = tempfile::tempdir().expect("a temporary directory");
                NatsServer::prepare(server.clone(), dir, &cluster, (-1, -1))
            })
            .collect();
        nodes.iter_mut().for_each(NatsServer::wait_for_ports);
        let me = Self { nodes };
        me.wait_ready();
        me
    }

    /// The clients' URL of a node, counted from 0.
    pub fn url(&self, node: usize) -> &str {
        self.nodes[node].url()
    }

    /// The URLs of all nodes, with commas between.
    pub fn urls(&self) -> String {
        self.nodes.iter().map(NatsServer::url).collect::<Vec<_>>().join(",")
    }

    /// A node, counted from 0.
    pub fn node(&self, node: usize) -> &NatsServer {
        &self.nodes[node]
    }

    /// How many nodes there are, dead ones included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Kills a node; its store stays.
    pub fn kill9(&mut self, node: usize) {
        self.nodes[node].kill9();
    }

    /// Starts a node again (after killing it where it still runs) and waits until the whole cluster is healthy.
    pub fn restart(&mut self, node: usize) {
        let config = self.nodes[node].config().to_owned();
        self.nodes[node].respawn(None, &config);
        self.nodes[node].wait_for_ports();
        self.wait_ready();
    }

    /// Waits until the cluster places streams by the nodes' tags: those that the leader has not heard of yet are no place
    /// (10005), and the servers tell each other their tags later than that they are there.
    pub async fn wait_for_tags(&self, client: &RawClient) {
        for tag in (1..=self.nodes.len()).map(|i| format!("node:n{i}")) {
            let probe = json!({"name": "PROBE", "subjects": ["probe"], "placement": {"tags": [tag]}});
            let until = Instant::now() + Duration::from_secs(60);
            while client.api("STREAM.CREATE.PROBE", probe.clone()).await["error"].is_object() {
                assert!(Instant::now() < until, "no place for a stream with tag {tag} after a minute");
            }
            let gone = client.api("STREAM.DELETE.PROBE", Value::Null).await;
            assert_eq!(gone["success"], true, "{gone}");
        }
    }

    /// The number of the node that leads JetStream's meta group, if any does.
    pub fn meta_leader(&self) -> Option<usize> {
        let answer = self.nodes.iter().find_map(|node| node.monitor("/jsz"))?;
        let name = answer["meta_cluster"]["leader"].as_str()?.to_owned();
        (0..self.nodes.len()).find(|i| format!("n{}", i + 1) == name)
    }

    /// Waits until every node says that JetStream is up, all nodes name the same leader, and that one has heard of all
    /// the others: until then it finds no place for a stream (10005, "peer offline").
    pub fn wait_ready(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.ready() {
            assert!(Instant::now() < until, "no JetStream cluster after a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ready(&self) -> bool {
        let size = self.nodes.len();
        let mut placeable = false;
        let leaders: Option<Vec<String>> = self
            .nodes
            .iter()
            .map(|node| {
                node.monitor("/healthz").filter(|v| v["status"] == "ok")?;
                let meta = node.monitor("/jsz")?["meta_cluster"].clone();
                let others = meta["replicas"].as_array().map_or(&[][..], Vec::as_slice);
                let here = others.iter().filter(|r| r["current"] == true && r["offline"] != true).count();
                // only the leader knows its replicas
                placeable |= here + 1 == size;
                let agreed = meta["cluster_size"].as_u64()?;
                let leader = meta["leader"].as_str().filter(|l| !l.is_empty())?;
                (agreed as usize == size).then(|| leader.to_owned())
            })
            .collect();
        placeable && leaders.is_some_and(|l| l.windows(2).all(|w| w[0] == w[1]))
    }
}

/// Ports that were free a moment ago. Routes must be known before the nodes start, so here, and only here, the ports
/// cannot come from the servers; all are held open together so that they differ. They lie below those that the system
/// gives to everybody who asks for any, and to every outgoing connection: one of these would often be first.
fn free_ports(n: usize) -> Vec<u16> {
    let any = || 15_000 + (RandomState::new().build_hasher().finish() % 15_000) as u16;
    let free = |_| TcpListener::bind(("127.0.0.1", any())).ok();
    let held: Vec<TcpListener> = (0..1000).filter_map(free).take(n).collect();
    assert_eq!(held.len(), n, "no free ports");
    held.iter().map(|l| l.local_addr().expect("a bound port").port()).collect()
}
