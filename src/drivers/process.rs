//! Who we are and whether somebody else still is: facts for the holder of a lock (safety.md section 2).

use std::fs;

/// What tells this process from every other. What cannot be read is `None`, and then nothing may be concluded from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub host: String,
    pub pid: u32,
    /// When it started, in clock ticks since the machine did: process ids are used again.
    pub started: Option<u64>,
    /// Another one after each start of the machine.
    pub boot_id: Option<String>,
    /// The PID namespace: two containers may share a host name and not see each other's processes.
    pub pid_namespace: Option<String>,
}

/// The facts about this process.
pub fn facts() -> Facts {
    let pid = std::process::id();
    Facts {
        host: line("/proc/sys/kernel/hostname").or_else(|| line("/etc/hostname")).unwrap_or_else(|| "unknown".into()),
        pid,
        started: own_view().then(|| stat(pid).ok().flatten()).flatten().map(|stat| stat.started),
        boot_id: line("/proc/sys/kernel/random/boot_id"),
        pid_namespace: fs::read_link("/proc/self/ns/pid").ok().map(|link| link.to_string_lossy().into_owned()),
    }
}

/// Whether the process with this id and start time is still there; `None` where that cannot be known. Only for a
/// process of the same boot and the same PID namespace.
pub fn alive(pid: u32, started: u64) -> Option<bool> {
    // Under `hidepid` the processes of others are not to be seen, and the first process is somebody else's.
    if !own_view() || fs::metadata("/proc/1/stat").is_err() {
        return None;
    }
    let found = stat(pid).ok()?;
    Some(found.is_some_and(|stat| stat.started == started && !stat.ended))
}

/// Whether `/proc` shows the processes as we number them ourselves.
fn own_view() -> bool {
    fs::read_link("/proc/self").is_ok_and(|link| link.to_string_lossy() == std::process::id().to_string())
}

struct Stat {
    started: u64,
    ended: bool,
}

/// `/proc/<pid>/stat`; `None` where there is no such process.
fn stat(pid: u32) -> Result<Option<Stat>, ()> {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => parse(&text).map(Some).ok_or(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err(()),
    }
}

/// Field 3 is the state, field 22 the start time (proc(5)); field 2 is a name in brackets that may hold anything.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    Some(Stat { started: fields.nth(18)?.parse().ok()?, ended: matches!(state, "Z" | "X" | "x") })
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let text = "77 (a ) R b) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        let stat = parse(text).unwrap();
        assert_eq!((stat.started, stat.ended), (4242, true));
        assert!(parse("77 (x) S 1").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn we_are_alive_and_a_child_that_ended_is_not() {
        let me = facts();
        assert!(!me.host.is_empty() && me.boot_id.is_some() && me.pid_namespace.is_some());
        let Some(started) = me.started else { return };
        assert_eq!(alive(me.pid, started), Some(true));
        assert_eq!(alive(me.pid, started + 1), Some(false));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let child_started = stat(child.id()).unwrap().unwrap().started;
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(alive(child.id(), child_started), Some(false), "a zombie");
        child.wait().unwrap();
        assert_eq!(alive(child.id(), child_started), Some(false));
    }
}
