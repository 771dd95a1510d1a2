//! Running a declared command: what it may take, and how much of what it says may be seen.

use super::{LocalFiles, Redactor};
use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// What is kept of a standard error, in bytes: its end, where the reason stands.
const KEPT: usize = 4 << 10;

/// How much of it goes into a message: lines, and characters of all of them.
const LINES: usize = 3;
const CHARS: usize = 300;

/// How long the pipes of a command that failed are waited for: something that it left running may hold them.
const PIPES: Duration = Duration::from_secs(1);

/// What a run of a command may take, and what of it may be seen.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub time: Duration,
    /// Bytes of its standard output.
    pub output: u64,
    /// What the end of its standard error goes through into the message of a failure; `None`: none of it is shown.
    pub shown: Option<Redactor>,
}

impl Bounds {
    /// For a command that prints a secret: what it says of its failure may hold what it was asked for.
    pub fn secret() -> Self {
        Self { time: Duration::from_secs(30), output: 1 << 20, shown: None }
    }

    /// For a program that carries files. What it says is shown without the secrets of the connection.
    pub fn files(redactor: Redactor) -> Self {
        Self { time: Duration::from_secs(60), output: LocalFiles::LIMIT, shown: Some(redactor) }
    }
}

/// Runs a command without a shell and gives what it wrote to its standard output.
///
/// # Errors
/// It cannot be started, fails, takes too long or writes too much. The text names the program, not its arguments, and
/// holds what the bounds allow of its standard error.
pub async fn exec(argv: &[String], stdin: &[u8], bounds: &Bounds) -> Result<Vec<u8>, String> {
    let (argv, stdin, bounds) = (argv.to_vec(), stdin.to_vec(), bounds.clone());
    match tokio::task::spawn_blocking(move || run(&argv, stdin, &bounds)).await {
        Ok(result) => result,
        Err(_) => Err("the command could not be run".into()),
    }
}

fn run(argv: &[String], stdin: Vec<u8>, bounds: &Bounds) -> Result<Vec<u8>, String> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    let failed = |why: String| format!("`{program}`: {why}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(if bounds.shown.is_some() { Stdio::piped() } else { Stdio::null() })
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let deadline = Instant::now() + bounds.time;
    if let Some(mut pipe) = child.stdin.take() {
        // A command need not read what it is given: a broken pipe is its own affair.
        thread::spawn(move || drop(pipe.write_all(&stdin)));
    }
    let most = bounds.output;
    let output = child.stdout.take().map(|pipe| aside(move || beginning(pipe, most)));
    let errors = child.stderr.take().map(|pipe| aside(move || end(pipe)));
    let told = |why: String| {
        let words = errors.as_ref().and_then(|pipe| pipe.recv_timeout(PIPES).ok()).zip(bounds.shown.as_ref());
        let words = words.map(|(bytes, redactor)| last_words(&bytes, redactor)).filter(|words| !words.is_empty());
        failed(words.map_or_else(|| why.clone(), |words| format!("{why}: {words}")))
    };
    let too_long = || told(format!("no end after {} s", bounds.time.as_secs_f64()));
    let status = wait(&mut child, deadline).map_err(failed)?.ok_or_else(too_long)?;
    let left = deadline.saturating_duration_since(Instant::now());
    let left = if status.success() { left } else { left.min(PIPES) };
    let output = output.map_or(Some(Vec::new()), |pipe| pipe.recv_timeout(left).ok());
    // a pipe that is closed on it may be all that such a command dies of
    if output.as_ref().is_some_and(|bytes| bytes.len() as u64 > most) {
        return Err(failed(format!("it wrote more than {} MiB", most >> 20)));
    }
    if !status.success() {
        return Err(told(status.to_string()));
    }
    output.ok_or_else(too_long)
}

/// Reads in a thread of its own: something that outlives the command may hold a pipe open for ever.
fn aside(read: impl FnOnce() -> Vec<u8> + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(read()));
    receiver
}

/// A pipe to its end or to one byte more than is allowed.
fn beginning(pipe: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was read until an error is all there is.
    let _ = pipe.take(most + 1).read_to_end(&mut bytes);
    bytes
}

/// The last lines of a pipe, whatever stands before them.
fn end(mut pipe: impl Read) -> Vec<u8> {
    let (mut kept, mut buffer) = (Vec::new(), [0; KEPT]);
    let mut whole = true;
    while let Ok(n @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..n]);
        whole &= kept.len() <= 2 * KEPT;
        kept.drain(..kept.len().saturating_sub(2 * KEPT));
    }
    // the rest of a line may be the rest of a secret, which nothing would find
    let from = if whole { 0 } else { kept.iter().position(|b| *b == b'\n').map_or(kept.len(), |i| i + 1) };
    kept.split_off(from)
}

/// What a message shows of a standard error.
fn last_words(bytes: &[u8], redactor: &Redactor) -> String {
    let text = redactor.redact(&String::from_utf8_lossy(bytes));
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.split_off(lines.len().saturating_sub(LINES)).join(" / ");
    let shown: String = last.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CHARS).collect();
    if last.chars().nth(CHARS).is_some() { format!("{shown}…") } else { shown }
}

/// Waits for the end, or kills.
fn wait(child: &mut Child, deadline: Instant) -> Result<Option<std::process::ExitStatus>, String> {
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::drivers::Secret;

    fn sh(script: &str, stdin: &str, bounds: &Bounds) -> Result<String, String> {
        let argv = ["sh", "-c", script].map(String::from);
        run(&argv, stdin.into(), bounds).map(|out| String::from_utf8_lossy(&out).into_owned())
    }

    fn within(time: Duration) -> Bounds {
        Bounds { time, ..Bounds::secret() }
    }

    #[test]
    fn output_and_failures() {
        let secret = Bounds::secret();
        assert_eq!(sh("cat; echo there", "hello ", &secret).unwrap(), "hello there\n");
        assert_eq!(sh("echo why >&2; exit 3", "", &secret).unwrap_err(), "`sh`: exit status: 3");
        assert_eq!(sh("yes", "", &secret).unwrap_err(), "`sh`: it wrote more than 1 MiB", "and not what it died of");
        assert!(run(&["/nowhere/at-all".into()], vec![], &secret).unwrap_err().starts_with("`/nowhere/at-all`: "));
        assert_eq!(run(&[], vec![], &secret).unwrap_err(), "the command is empty");
        let large = "head -c 2000000 /dev/zero";
        assert_eq!(sh(large, "", &secret).unwrap_err(), "`sh`: it wrote more than 1 MiB");
        assert_eq!(sh(large, "", &Bounds::files(Redactor::default())).map(|out| out.len()), Ok(2_000_000));
    }

    #[test]
    fn what_a_program_that_carries_files_says_of_its_failure_is_shown() {
        let files = Bounds::files(Redactor::new([Secret::new("canary")]));
        let fails = |script: &str| sh(script, "", &files).unwrap_err();
        assert_eq!(fails("exit 3"), "`sh`: exit status: 3");
        assert_eq!(
            fails("printf 'one\\n\\ntwo\\nno route, canary\\n  three \\033[1m\\n' >&2; exit 3"),
            "`sh`: exit status: 3: two / no route, *** / three  [1m"
        );
        let long = fails("printf '%01000d' 0 >&2; exit 1");
        assert!(long.len() < 350 && long.ends_with('…'), "{long}");
        let much = fails("yes canary of many lines | head -n 100000 >&2; echo end >&2; exit 1");
        assert_eq!(much, "`sh`: exit status: 1: *** of many lines / *** of many lines / end");
        // half a line may be half a secret, which nothing would find
        assert_eq!(fails("printf '%0100000d' 0 >&2; echo canary >&2; exit 1"), "`sh`: exit status: 1");
        // what it left running holds its pipes: the status is told all the same
        let begin = Instant::now();
        assert!(fails("sleep 20 & echo why >&2; exit 4").starts_with("`sh`: exit status: 4"));
        assert!(begin.elapsed() < Duration::from_secs(10));
        assert_eq!(sh("echo a warning >&2; echo out", "", &files).unwrap(), "out\n");
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let begin = Instant::now();
        assert_eq!(
            sh("exec sleep 60", "", &within(Duration::from_millis(200))).unwrap_err(),
            "`sh`: no end after 0.2 s"
        );
        assert_eq!(
            sh("sleep 2 & echo x", "", &within(Duration::from_millis(300))).unwrap_err(),
            "`sh`: no end after 0.3 s"
        );
        assert!(begin.elapsed() < Duration::from_secs(2));
    }
}
