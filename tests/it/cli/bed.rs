//! Where a command line is tested: a directory of its own, an environment with nothing in it, the binary.

use crate::support::NatsServer;
use std::{
    fmt,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What stands between the two outputs of a command while their text is made readable.
const BETWEEN: &str = "\u{0}";

/// A project on disk and how the binary is run in it. Gone when dropped.
pub struct TestBed {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
    /// What is written for texts that differ from run to run.
    names: Vec<(String, String)>,
}

impl TestBed {
    /// An empty directory.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let at = dir.path().canonicalize().expect("a path").display().to_string();
        Self { dir, env: Vec::new(), names: vec![(at, "[dir]".to_owned())] }
    }

    /// A project `p` with one manifest `m.yaml`, on this server.
    pub fn project(server: &NatsServer, manifest: &str) -> Self {
        let bed = Self::on(server);
        bed.file("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n");
        bed.file("m.yaml", manifest);
        bed
    }

    /// An empty directory whose commands reach this server.
    pub fn on(server: &NatsServer) -> Self {
        let mut bed = Self::new();
        let port = server.url().rsplit(':').next().expect("a port").to_owned();
        bed.env("NATSFORM_SERVER", server.url()).name(&port, "[port]");
        bed
    }

    /// The directory that commands run in.
    pub fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("a path")
    }

    /// Writes a file, and the directories on its way.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, content).expect("a file");
    }

    /// What a file holds.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).expect("a file")
    }

    /// Copies a directory of this repository into the bed.
    pub fn copy(&self, from: &str) {
        fn walk(from: &Path, to: &Path) {
            std::fs::create_dir_all(to).expect("a directory");
            for entry in std::fs::read_dir(from).expect("a directory") {
                let path = entry.expect("an entry").path();
                let target = to.join(path.file_name().expect("a name"));
                if path.is_dir() {
                    walk(&path, &target);
                } else {
                    std::fs::copy(&path, target).expect("a copy");
                }
            }
        }
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(from), self.dir.path());
    }

    /// Sets a variable for every command from here on; an empty value takes it away.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.env.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Shows `name` wherever `text` is printed: a port, a path, a date.
    pub fn name(&mut self, text: &str, name: &str) -> &mut Self {
        self.names.push((text.to_owned(), name.to_owned()));
        self
    }

    /// Runs `natsform` with the words of `line`.
    pub fn run(&self, line: &str) -> Ran {
        self.args(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs `natsform` with these arguments.
    pub fn args(&self, args: &[&str]) -> Ran {
        self.ended(self.command(env!("CARGO_BIN_EXE_natsform")).args(args), b"")
    }

    /// Runs `natsform` with something on its standard input.
    pub fn fed(&self, line: &str, input: &str) -> Ran {
        self.ended(self.command(env!("CARGO_BIN_EXE_natsform")).args(line.split_whitespace()), input.as_bytes())
    }

    /// Runs a line of shell, in which `$natsform` is the binary.
    pub fn shell(&self, line: &str) -> Ran {
        self.ended(self.command("sh").env("natsform", env!("CARGO_BIN_EXE_natsform")).args(["-c", line]), b"")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("NO_COLOR", "1").envs(self.env.iter().cloned());
        command.current_dir(self.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn ended(&self, command: &mut Command, input: &[u8]) -> Ran {
        let mut child = command.spawn().expect("the program starts");
        // a program that does not read its input may be gone already
        let _ = child.stdin.take().expect("standard input").write_all(input);
        let out = child.wait_with_output().expect("the program ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(out.stdout), text(out.stderr));
        let shown = self.shown(&format!("{stdout}{BETWEEN}{stderr}"));
        Ran { exit: out.status.code(), stdout, stderr, shown }
    }

    fn shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in self.names.iter().rev() {
            text = text.replace(value, name);
        }
        let rules = [
            (r"natsform \d+\.\d+\.\d+", "natsform [version]"),
            (r":[0-9a-f]{4}<=", ":[hash]<="),
            (r"nats-server \d+\.\d+\.\d+", "nats-server [version]"),
            (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[instant]"),
            (r"/tmp/[A-Za-z0-9._-]+", "[tmp]"),
            (r"pid \d+", "pid [pid]"),
        ];
        for (rule, name) in rules {
            text = regex_lite::Regex::new(rule).expect("a rule").replace_all(&text, name).into_owned();
        }
        text
    }
}

/// How a command ended.
pub struct Ran {
    /// `None` where a signal ended it.
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    shown: String,
}

impl Ran {
    /// The run, which must have ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.exit, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON; there must be nothing else on it.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let text = &self.stdout;
        serde_json::from_str(text).unwrap_or_else(|e| panic!("no JSON ({e}):\n{text}\nstderr:\n{}", self.stderr))
    }

    /// The problems on standard error, `PLACE CODE message` each.
    pub fn problems(&self) -> Vec<String> {
        let line =
            regex_lite::Regex::new(r"(?m)^(?:(\S+:\d+:\d+): )?(?:error|warning)\[(NF\d+)\]: (.*)$").expect("a rule");
        let part = |c: &regex_lite::Captures<'_>, i| c.get(i).map_or("", |m| m.as_str()).to_owned();
        line.captures_iter(&self.stderr)
            .map(|c| format!("{} {} {}", part(&c, 1), part(&c, 2), part(&c, 3)).trim_start().to_owned())
            .collect()
    }
}

/// The whole run for a snapshot.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exit = self.exit.map_or("signal".to_owned(), |code| code.to_string());
        let (stdout, stderr) = self.shown.split_once(BETWEEN).unwrap_or((&self.shown, ""));
        write!(f, "exit {exit}")?;
        for (name, text) in [("stdout", stdout.trim_end()), ("stderr", stderr.trim_end())] {
            if !text.is_empty() {
                write!(f, "\n--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// An address at which nobody may knock.
pub struct Forbidden(TcpListener);

impl Forbidden {
    /// Begins to listen.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not wait");
        Self(listener)
    }

    /// `nats://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("nats://{}", self.0.local_addr().expect("an address"))
    }

    /// Whether somebody has connected: the system keeps connections that nobody accepted, closed ones too.
    pub fn was_opened(&self) -> bool {
        self.0.accept().is_ok()
    }
}
