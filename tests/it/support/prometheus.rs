//! A real Prometheus for one test: a port from the system, its own data and rules, gone when dropped.

use super::http;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binaries that tests run against, with their versions: the one that `scripts/install-servers` left in the cache, and
/// those of `NATSFORM_PROMETHEUS_BINS`. None is reported loudly, and is an error where `NATSFORM_REQUIRE_SERVERS=1`.
pub fn prometheuses() -> Vec<(String, PathBuf)> {
    let further = std::env::var_os("NATSFORM_PROMETHEUS_BINS").unwrap_or_default();
    let further: Vec<PathBuf> = std::env::split_paths(&further).filter(|path| !path.as_os_str().is_empty()).collect();
    let all: Vec<(String, PathBuf)> =
        cached().into_iter().chain(further).map(|binary| (version(&binary), binary)).collect();
    if all.is_empty() {
        let required = std::env::var_os("NATSFORM_REQUIRE_SERVERS").is_some_and(|v| v == "1");
        assert!(!required, "no Prometheus, and NATSFORM_REQUIRE_SERVERS=1: run scripts/install-servers");
        eprintln!("!!! SKIPPED: no Prometheus; scripts/install-servers installs it");
    }
    all
}

/// The newest Prometheus of the cache.
fn cached() -> Option<PathBuf> {
    let numbers = |path: &Path| -> Vec<u32> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.split('.').filter_map(|n| n.parse().ok()).collect()
    };
    let versions = fs::read_dir(super::server::cache("prometheus")?).ok()?.filter_map(|e| Some(e.ok()?.path()));
    let newest = versions.filter(|path| path.join("prometheus").is_file()).max_by_key(|path| numbers(path))?;
    Some(newest.join("prometheus"))
}

/// What a binary says of itself: `2.42.0`. A self-built one may say nothing, and is then called by its path.
fn version(binary: &Path) -> String {
    let said = Command::new(binary).arg("--version").output();
    let said = said.unwrap_or_else(|e| panic!("cannot run {}: {e}", binary.display()));
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    let found = text.split("prometheus, version ").nth(1).and_then(|rest| rest.split([' ', '+', '-']).next());
    found.filter(|v| !v.is_empty()).map_or_else(|| binary.display().to_string(), str::to_owned)
}

/// One running Prometheus. `Drop` kills it, and prints its log where the test panics.
pub struct Prometheus {
    child: Child,
    dir: tempfile::TempDir,
    binary: PathBuf,
    arguments: Vec<String>,
    authority: String,
}

impl Prometheus {
    /// A server with the lifecycle API, rules in `rules/*.yml`, everything every second, and nothing to scrape.
    pub fn start(binary: &Path) -> Self {
        Self::start_with(binary, &["--web.enable-lifecycle"], &Self::config_for(&[]))
    }

    /// The same that scrapes one exporter as job `test`. The first scrape comes 5 s after a start: discovery has a clock
    /// of its own (measured on 2.42). Rules over `vector(1)` or `time()` need not wait for it.
    pub fn start_scraping(binary: &Path, exporter: &Exporter) -> Self {
        Self::start_with(binary, &["--web.enable-lifecycle"], &Self::config_for(&[("test", exporter)]))
    }

    /// A server with these arguments and this configuration; `@DIR@` in either is its own directory.
    pub fn start_with(binary: &Path, arguments: &[&str], config: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("rules")).expect("a directory for rules");
        let at = dir.path().display().to_string();
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("@DIR@", &at)).collect();
        write_config(dir.path(), config);
        let (child, authority) =
            launch(binary, dir.path(), &arguments, "127.0.0.1:0").unwrap_or_else(|log| panic!("Prometheus: {log}"));
        Self { child, dir, binary: binary.to_owned(), arguments, authority }
    }

    /// The usual configuration with these jobs.
    pub fn config_for(jobs: &[(&str, &Exporter)]) -> String {
        let mut out = "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules/*.yml]\n".to_owned();
        out.push_str("scrape_configs:\n");
        for (name, exporter) in jobs {
            let address = exporter.address();
            out.push_str(&format!("- {{job_name: {name}, static_configs: [{{targets: [\"{address}\"]}}]}}\n"));
        }
        out
    }

    /// Rewrites `prometheus.yml`. Nothing happens before [`Self::reload`].
    pub fn config(&self, text: &str) {
        write_config(self.dir.path(), text);
    }

    /// What clients talk to, without the prefix of `--web.external-url`. Stays the same over [`Self::restart`].
    pub fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// The directory of everything.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The directory that the usual configuration takes rule files from.
    pub fn rules(&self) -> PathBuf {
        self.dir.path().join("rules")
    }

    /// Puts a rule file there by hand.
    pub fn rule_file(&self, name: &str, text: &str) {
        fs::write(self.rules().join(name), text).expect("a rule file to write");
    }

    /// The answer to a GET: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        http::ask(&self.authority, "GET", path).unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// `data` of an answer of the API.
    pub fn api(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        let mut value: Value =
            serde_json::from_str(&body).unwrap_or_else(|e| panic!("{status} of {path}: {e}: {body}"));
        assert_eq!(value["status"], "success", "{path}: {value}");
        value["data"].take()
    }

    /// All groups that are loaded.
    pub fn groups(&self) -> Vec<Value> {
        self.api("/api/v1/rules")["groups"].as_array().cloned().unwrap_or_default()
    }

    /// The alerts that are pending or firing.
    pub fn alerts(&self) -> Vec<Value> {
        self.api("/api/v1/alerts")["alerts"].as_array().cloned().unwrap_or_default()
    }

    /// `POST /-/reload`: status and body.
    pub fn reload(&self) -> (u16, String) {
        http::ask(&self.authority, "POST", "/-/reload").expect("an answer to a reload")
    }

    /// The answer to a POST: status and body.
    pub fn post(&self, path: &str) -> (u16, String) {
        http::ask(&self.authority, "POST", path).unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// What the server has logged, over all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Kills it without letting it finish anything. Its data stay; [`Self::restart`] brings it back.
    pub fn kill9(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it and starts it again: the same data, the same port.
    pub fn restart(&mut self) {
        self.try_restart().unwrap_or_else(|log| panic!("Prometheus did not come back: {log}"));
    }

    /// The same where it may not start (a bad file): what it logged.
    pub fn try_restart(&mut self) -> Result<(), String> {
        self.kill9();
        let arguments = self.arguments.clone();
        (self.child, _) = launch(&self.binary, self.dir.path(), &arguments, &self.authority)?;
        Ok(())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            eprintln!("--- log of Prometheus at {}\n{}", self.authority, self.log());
        }
    }
}

/// Asks again and again until there is something; panics with `what` where it never comes.
pub fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < end, "not within {} s: {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn write_config(dir: &Path, text: &str) {
    let text = text.replace("@DIR@", &dir.display().to_string());
    fs::write(dir.join("prometheus.yml"), text).expect("a configuration to write");
}

/// Starts the process, waits until it logs that it is ready, and learns its address from there; `Err`: it ended, with its
/// log. Behind TLS or a login the log is the only witness.
fn launch(binary: &Path, dir: &Path, arguments: &[String], listen: &str) -> Result<(Child, String), String> {
    let path = dir.join("log");
    let log = fs::OpenOptions::new().create(true).append(true).open(&path).expect("a log to write");
    let before = log.metadata().map_or(0, |m| usize::try_from(m.len()).unwrap_or(0));
    let mut child = Command::new(binary)
        .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
        .arg(format!("--web.listen-address={listen}"))
        // usually 5 s on top of those that discovery takes anyway
        .arg("--scrape.discovery-reload-interval=100ms")
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", binary.display()));
    let logged = || {
        let text = fs::read(&path).unwrap_or_default();
        String::from_utf8_lossy(text.get(before..).unwrap_or_default()).into_owned()
    };
    let address = |text: &str| {
        text.lines().find(|line| line.contains("Server is ready to receive web requests"))?;
        let line = text.lines().find(|line| line.contains("\"Listening on\""))?;
        line.split("address=").nth(1)?.split_whitespace().next().map(str::to_owned)
    };
    let found = until("a Prometheus that is ready", || match address(&logged()) {
        Some(address) => Some(Ok(address)),
        None => child.try_wait().expect("a child to wait for").map(|status| Err(format!("{status}\n{}", logged()))),
    });
    found.map(|address| (child, address))
}

/// What a test's Prometheus scrapes: text that the test sets.
pub struct Exporter(http::Stub);

impl Exporter {
    /// An exporter of these metrics, in the text format.
    pub fn start(metrics: &str) -> Self {
        let me = Self(http::Stub::start());
        me.set(metrics);
        me
    }

    /// Other metrics from the next scrape on.
    pub fn set(&self, metrics: &str) {
        let body = if metrics.ends_with('\n') { metrics.to_owned() } else { format!("{metrics}\n") };
        self.0.answer(http::Answer::ok("text/plain; version=0.0.4", &body));
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        self.0.address()
    }
}
