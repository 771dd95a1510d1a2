//! Files in the directory that a real Prometheus reads.

use crate::support::{Prometheus, SmallDisk, prometheuses, until};
use natsform::{
    drivers::shelf::DirectoryShelf,
    model::Failure,
    ports::{Shelf, shelf::temporary},
};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const RULES: &str = "groups: [{name: a, rules: [{alert: A, expr: vector(1)}]}]\n";

#[tokio::test]
async fn a_shelf_feeds_a_server_and_half_a_file_is_not_seen() {
    for (_, binary) in prometheuses() {
        let server = Prometheus::start(&binary);
        let shelf = DirectoryShelf::new(server.rules());
        shelf.put("a.yml", RULES.as_bytes()).await.expect("a write");
        fs::write(server.rules().join(temporary(1)), "groups: [{name").expect("a leftover");
        assert_eq!((server.reload().0, server.groups().len()), (200, 1), "no usual glob matches a temporary name");
        server.config("rule_files: [rules/*]\n");
        assert_eq!(server.reload().0, 500, "this one does: a preflight has to look for it");
        shelf.remove("a.yml").await.expect("a write");
        assert_eq!((server.reload().0, server.groups().len()), (200, 0), "the leftover went with the next write");
    }
}

#[tokio::test]
async fn a_full_disk_keeps_what_is_loaded() {
    let Some(disk) = SmallDisk::mount(64) else { return };
    for (_, binary) in prometheuses() {
        let config = format!("rule_files: [\"{}/*.yml\"]\n", disk.path().display());
        let server = Prometheus::start_with(&binary, &["--web.enable-lifecycle"], &config);
        let shelf = DirectoryShelf::new(disk.path());
        shelf.put("a.yml", RULES.as_bytes()).await.expect("a write");
        assert_eq!((server.reload().0, server.groups().len()), (200, 1));
        disk.fill();
        let larger = format!("{RULES}{}", "# more\n".repeat(2000));
        let failure = shelf.put("a.yml", larger.as_bytes()).await.expect_err("no room");
        assert!(
            matches!(&failure, Failure::NotSent { why } if why.ends_with("no space is left on the device")),
            "{failure}"
        );
        assert_eq!(shelf.get("a.yml").await, Ok(Some(RULES.into())));
        assert_eq!((server.reload().0, server.groups().len()), (200, 1));
        fs::remove_file(disk.path().join("filler")).expect("a file to remove");
    }
}

const INSIDE: &str = "NATSFORM_TEST_SHELF";
const SIZE: usize = 300_000;

/// The test runs itself once more as a program that writes and writes, and kills it wherever it is.
#[tokio::test]
async fn a_killed_writer_leaves_a_whole_file() {
    if let Some(dir) = std::env::var_os(INSIDE) {
        let shelf = DirectoryShelf::new(dir);
        loop {
            for byte in [b'a', b'b'] {
                shelf.put("a.yml", &[byte; SIZE]).await.expect("a write");
            }
        }
    }
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("a.yml");
    let mut leftovers = 0;
    for round in 0..25_u64 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "prometheus::delivery::a_killed_writer_leaves_a_whole_file"])
            .env(INSIDE, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a second run");
        let begin = Instant::now();
        let before = fs::metadata(&file).and_then(|m| m.modified()).ok();
        until("a write", || (fs::metadata(&file).and_then(|m| m.modified()).ok() != before).then_some(()));
        // another moment of the write in each round
        while begin.elapsed() < Duration::from_micros(2000 + 770 * round) {
            std::hint::spin_loop();
        }
        child.kill().expect("a kill");
        child.wait().expect("its end");
        let bytes = fs::read(&file).expect("a file");
        assert!(bytes.len() == SIZE && bytes.windows(2).all(|w| w[0] == w[1]), "round {round}: {} bytes", bytes.len());
        leftovers += names(dir.path()).len() - 1;
    }
    assert!(leftovers > 0, "no kill hit a write: the test proves nothing");
    DirectoryShelf::new(dir.path()).put("a.yml", b"whole").await.expect("a write");
    assert_eq!(names(dir.path()), ["a.yml"], "what the dead ones left is gone");
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a directory");
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}
