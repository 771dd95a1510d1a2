//! Running a declared command: its output is a secret.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How much it may write, in bytes.
const OUTPUT: u64 = 1 << 20;

/// Runs a command without a shell and gives what it wrote to its standard output. It may take 30 s and write 1 MiB.
///
/// # Errors
/// It cannot be started, fails, takes too long or writes too much. The text names the program, not its arguments, and
/// holds the last line of its standard error.
pub async fn exec(argv: &[String], stdin: &[u8]) -> Result<Vec<u8>, String> {
    let (argv, stdin) = (argv.to_vec(), stdin.to_vec());
    match tokio::task::spawn_blocking(move || run(&argv, stdin, LIMIT)).await {
        Ok(result) => result,
        Err(_) => Err("the command could not be run".into()),
    }
}

fn run(argv: &[String], stdin: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    let failed = |why: String| format!("`{program}`: {why}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let deadline = Instant::now() + limit;
    if let Some(mut pipe) = child.stdin.take() {
        // A command need not read what it is given: a broken pipe is its own affair.
        thread::spawn(move || drop(pipe.write_all(&stdin)));
    }
    let output = child.stdout.take().map(collect);
    let too_long = || failed(format!("no end after {} s", limit.as_secs_f64()));
    let status = wait(&mut child, deadline).map_err(failed)?.ok_or_else(too_long)?;
    // A grandchild may hold the pipes open for ever.
    let gather = |pipe: Option<mpsc::Receiver<Vec<u8>>>| match pipe {
        Some(pipe) => pipe.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok(),
        None => Some(Vec::new()),
    };
    if !status.success() {
        // what it wrote about its failure may hold what it was asked for
        return Err(failed(status.to_string()));
    }
    let output = gather(output).ok_or_else(too_long)?;
    if output.len() as u64 > OUTPUT {
        return Err(failed(format!("it wrote more than {} KiB", OUTPUT >> 10)));
    }
    Ok(output)
}

/// Reads a pipe to its end or to one byte more than is allowed.
fn collect(pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until an error is all there is.
        let _ = pipe.take(OUTPUT + 1).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
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

    fn sh(script: &str, stdin: &str, limit: Duration) -> Result<String, String> {
        let argv = ["sh", "-c", script].map(String::from);
        run(&argv, stdin.into(), limit).map(|out| String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn output_and_failures() {
        let limit = Duration::from_secs(10);
        assert_eq!(sh("cat; echo there", "hello ", limit).unwrap(), "hello there\n");
        assert_eq!(sh("echo why >&2; exit 3", "", limit).unwrap_err(), "`sh`: exit status: 3");
        assert!(sh("yes", "", limit).is_err(), "too much");
        assert!(run(&["/nowhere/at-all".into()], vec![], limit).unwrap_err().starts_with("`/nowhere/at-all`: "));
        assert_eq!(run(&[], vec![], limit).unwrap_err(), "the command is empty");
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let begin = Instant::now();
        assert_eq!(sh("exec sleep 60", "", Duration::from_millis(200)).unwrap_err(), "`sh`: no end after 0.2 s");
        assert_eq!(sh("sleep 2 & echo x", "", Duration::from_millis(300)).unwrap_err(), "`sh`: no end after 0.3 s");
        assert!(begin.elapsed() < Duration::from_secs(2));
    }
}
