//! The program itself, run as a user runs it: in a directory of its own, with an environment of its own.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

/// A project directory for the program, gone when dropped.
pub struct Program {
    dir: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// As one text, for assertions.
    pub fn told(&self) -> String {
        format!("exit {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }

    /// The result as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.told()))
    }

    /// The acknowledgements that the plan in the output asks for, one for each loss.
    pub fn tokens(&self) -> Vec<String> {
        let shown = self.stdout.split("--ack '").skip(1);
        let each = shown.filter_map(|rest| rest.split('\'').next()).filter(|token| !token.starts_with("LOSS:"));
        each.map(str::to_owned).collect()
    }
}

impl Program {
    /// A project called `live` with one environment at this URL.
    pub fn at(url: &str) -> Self {
        Self::called("live", url)
    }

    /// The same under another name: its objects are its own.
    pub fn called(name: &str, url: &str) -> Self {
        let project = format!(
            "apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: {name}}}\nspec:\n  environments:\n    test:\n      \
             default: true\n      nats: {{url: '{url}'}}\n"
        );
        let me = Self::bare();
        me.write("natsform.yaml", &project);
        me
    }

    /// A directory with nothing in it.
    pub fn bare() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), environment: Vec::new() }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("a file to write");
    }

    /// Sets the one manifest beside the project file.
    pub fn manifest(&self, text: &str) {
        self.write("all.yaml", text);
    }

    /// The same project seen from elsewhere: its files, at another URL.
    pub fn also_at(&self, url: &str) -> Self {
        let other = Self::at(url);
        let manifest = std::fs::read_to_string(self.dir.path().join("all.yaml")).expect("a manifest");
        other.manifest(&manifest);
        other
    }

    /// Sets a variable of the program's environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_natsform"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.envs(self.environment.iter().map(|(k, v)| (k, v)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).end()
    }

    /// As [`Self::run`], and the exit code must be this one.
    pub fn must(&self, code: i32, arguments: &[&str]) -> Finished {
        let finished = self.run(arguments);
        assert_eq!(finished.code, Some(code), "{arguments:?}: {}", finished.told());
        finished
    }

    /// Starts it and returns at once.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments).spawn().expect("the program to start"))
    }
}

/// The program while it runs. Killed when dropped.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    /// Lines of standard error as they come.
    said: mpsc::Receiver<String>,
}

impl Running {
    fn of(mut child: Child) -> Self {
        let (mut out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (sender, said) = mpsc::channel();
        let stdout = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = out.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stderr = std::thread::spawn(move || {
            let mut all = String::new();
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                all.push_str(&line);
                all.push('\n');
                let _ = sender.send(line);
            }
            all
        });
        Self { child, stdout: Some(stdout), stderr: Some(stderr), said }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a line of standard error holds this text.
    pub fn wait_for(&self, text: &str) {
        loop {
            match self.said.recv_timeout(Duration::from_secs(20)) {
                Ok(line) if line.contains(text) => return,
                Ok(_) => {}
                Err(e) => panic!("`{text}` was not said: {e}"),
            }
        }
    }

    /// Sends a signal by its name: `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|s| s.success()), "kill -{name}");
    }

    /// Kills it without letting it finish anything.
    pub fn kill9(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end.
    pub fn end(mut self) -> Finished {
        let text = |thread: &mut Option<JoinHandle<String>>| thread.take().expect("a thread").join().expect("its text");
        let (stdout, stderr) = (text(&mut self.stdout), text(&mut self.stderr));
        let code = self.child.wait().expect("its end").code();
        Finished { code, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
