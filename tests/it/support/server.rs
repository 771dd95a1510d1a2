//! A real nats-server for one test: ports from the system, a private store, gone when dropped.

use std::{
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What the tests run against: the lines of versions that natsform promises to work with.
const VERSIONS: [&str; 3] = ["2.10", "2.12", "2.15"];

/// The servers of the version matrix that are installed. One that is not is reported loudly, and is an error where
/// `NATSFORM_REQUIRE_SERVERS=1` (CI) says so: there a missing binary must never look green.
pub fn servers() -> Vec<(&'static str, PathBuf)> {
    let required = std::env::var_os("NATSFORM_REQUIRE_SERVERS").is_some_and(|v| v == "1");
    let mut found = Vec::new();
    for version in VERSIONS {
        match binary(version) {
            Some(path) => found.push((version, path)),
            None if required => {
                panic!("no nats-server {version}, and NATSFORM_REQUIRE_SERVERS=1: run scripts/install-servers")
            }
            None => eprintln!("!!! SKIPPED: no nats-server {version}; scripts/install-servers installs it"),
        }
    }
    found
}

/// The binary of `version` (`2.12` or `2.12.8`): `$NATSFORM_NATS_SERVER_2_12`, else the newest fitting one that
/// `scripts/install-servers` left in the cache.
pub fn binary(version: &str) -> Option<PathBuf> {
    let minor: Vec<&str> = version.split('.').take(2).collect();
    if let Some(path) = std::env::var_os(format!("NATSFORM_NATS_SERVER_{}", minor.join("_"))) {
        return Some(path.into());
    }
    let fits = |name: &str| name == version || name.starts_with(&format!("{version}."));
    let patch = |name: &str| name.rsplit('.').next().and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
    let servers = cache("nats-server")?;
    fs::read_dir(&servers)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| fits(name))
        .max_by_key(|name| patch(name))
        .map(|name| servers.join(name).join("nats-server"))
        .filter(|path| path.is_file())
}

/// Where `scripts/install-servers` puts the servers called `name`.
pub(super) fn cache(name: &str) -> Option<PathBuf> {
    let filled = |name| std::env::var_os(name).filter(|v: &OsString| !v.is_empty()).map(PathBuf::from);
    let base = filled("XDG_CACHE_HOME").or_else(|| filled("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("natsform").join(name))
}

/// One running nats-server with JetStream. `Drop` kills it, and prints its log where the test panics.
pub struct NatsServer {
    child: Child,
    dir: tempfile::TempDir,
    binary: PathBuf,
    config: String,
    url: String,
    monitor: String,
}

impl NatsServer {
    /// A standalone server of this version (`2.12`, `2.12.8`).
    pub fn start(version: &str) -> Self {
        Self::start_with(version, "")
    }

    /// A standalone server whose configuration also holds `extra`. `@DIR@` in it is the server's own directory, for
    /// files and stores. A `jetstream` block in it replaces the usual one.
    pub fn start_with(version: &str, extra: &str) -> Self {
        let binary = binary(version).unwrap_or_else(|| panic!("no nats-server {version}: run scripts/install-servers"));
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut me = Self::prepare(binary, dir, extra, (-1, -1));
        me.wait_for_ports();
        me
    }

    /// Starts the process and returns at once: what a cluster needs, whose members are ready only together. `ports` are
    /// those of clients and of monitoring, -1 for any.
    pub(super) fn prepare(binary: PathBuf, dir: tempfile::TempDir, extra: &str, ports: (i32, i32)) -> Self {
        let at = dir.path().display().to_string();
        let mut config = format!("ports_file_dir: \"{at}\"\n{}\n", extra.replace("@DIR@", &at));
        if !extra.contains("jetstream") {
            config.push_str(&format!("jetstream {{ store_dir: \"{at}/store\", max_mem: 1G, max_file: 10G }}\n"));
        }
        let child = spawn(&binary, dir.path(), &listen(ports), &config);
        Self { child, dir, binary, config, url: String::new(), monitor: String::new() }
    }

    /// What clients connect to. Stays the same over [`Self::restart`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The monitoring endpoint, `http://127.0.0.1:PORT`.
    pub fn monitor_url(&self) -> &str {
        &self.monitor
    }

    /// The monitoring endpoint's answer to `GET path` (`/jsz?streams=true`).
    pub fn monitor(&self, path: &str) -> Option<serde_json::Value> {
        get(self.monitor.strip_prefix("http://")?, path)
    }

    /// The directory of configuration, store and log.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Kills it without letting it finish anything. The store stays; [`Self::restart`] brings it back.
    pub fn kill9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it and starts it again: the same store, the same ports.
    pub fn restart(&mut self) {
        let config = self.config.clone();
        self.restart_as(None, &config);
    }

    /// Kills it and starts another version on the same store and ports: an upgrade, or a downgrade.
    pub fn restart_version(&mut self, version: &str) {
        let other = binary(version).unwrap_or_else(|| panic!("no nats-server {version}: run scripts/install-servers"));
        let config = self.config.clone();
        self.restart_as(Some(other), &config);
    }

    fn restart_as(&mut self, other: Option<PathBuf>, config: &str) {
        self.respawn(other, config);
        self.wait_for_ports();
    }

    /// Kills it and starts the process again without waiting for it.
    pub(super) fn respawn(&mut self, other: Option<PathBuf>, config: &str) {
        self.kill9();
        self.binary = other.unwrap_or_else(|| self.binary.clone());
        let port = |url: &str| url.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(-1);
        let ports = (port(&self.url), port(&self.monitor));
        self.child = spawn(&self.binary, self.dir.path(), &listen(ports), config);
    }

    /// The configuration without the ports, as a restart would use it.
    pub(super) fn config(&self) -> &str {
        &self.config
    }

    /// The server writes this file once it listens: no guessing of ports, no reading of logs.
    pub(super) fn wait_for_ports(&mut self) {
        let file = self.dir.path().join(format!("nats-server_{}.ports", self.child.id()));
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let ports = fs::read(&file).ok().and_then(|b| serde_json::from_slice::<serde_json::Value>(&b).ok());
            if let Some(ports) = ports {
                let first = |kind: &str| ports[kind][0].as_str().unwrap_or_default().to_owned();
                (self.url, self.monitor) = (first("nats"), first("monitoring"));
                if self.healthy() {
                    return;
                }
            }
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                panic!("nats-server ended with {status}: {}", self.log());
            }
            assert!(Instant::now() < until, "nats-server not ready: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether JetStream is up: a cluster's member is healthy only with the others, so it is not asked here.
    fn healthy(&self) -> bool {
        let clustered = self.config.contains("cluster {");
        clustered || self.monitor("/healthz").is_some_and(|v| v["status"] == "ok")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            eprintln!("--- log of nats-server at {}\n{}", self.url, self.log());
        }
    }
}

fn listen((client, monitor): (i32, i32)) -> String {
    format!("host: 127.0.0.1\nport: {client}\nhttp: \"127.0.0.1:{monitor}\"\n")
}

/// Starts the process. Ports files of an earlier life are removed: a process id can come back.
fn spawn(binary: &Path, dir: &Path, listen: &str, config: &str) -> Child {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|e| e == "ports") {
            let _ = fs::remove_file(entry.path());
        }
    }
    let file = dir.join("server.conf");
    fs::write(&file, format!("{listen}{config}")).expect("a configuration to write");
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("a log to write");
    Command::new(binary)
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", binary.display()))
}

/// An HTTP GET of JSON in ten lines; an HTTP client for one endpoint of our own server would be the larger evil.
fn get(authority: &str, path: &str) -> Option<serde_json::Value> {
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}
