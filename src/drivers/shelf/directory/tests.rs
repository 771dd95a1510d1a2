//! The directory shelf on a real file system.

use super::*;
use crate::ports::shelf::{TEMPORARY, temporary};
use std::path::Path;

fn names(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

fn why<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    result.expect_err("a failure").to_string()
}

#[tokio::test]
async fn files_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = DirectoryShelf::new(dir.path());
    assert_eq!(shelf.list().await, Ok(Some(vec![])));
    assert_eq!(shelf.get("a.yml").await, Ok(None));
    assert_eq!(shelf.put("a.yml", b"one").await, Ok(()));
    assert_eq!(shelf.put("a.yml", b"two").await, Ok(()));
    assert_eq!(shelf.get("a.yml").await, Ok(Some(b"two".to_vec())));
    assert_eq!((shelf.claim("a.yml", b"x").await, shelf.claim("lease", b"me").await), (Ok(false), Ok(true)));
    assert_eq!(shelf.get("lease").await, Ok(Some(b"me".to_vec())));
    fs::create_dir(dir.path().join("sub")).unwrap();
    assert_eq!(shelf.list().await, Ok(Some(vec!["a.yml".into(), "lease".into()])), "directories are no files");
    assert_eq!((shelf.remove("a.yml").await, shelf.remove("a.yml").await), (Ok(()), Ok(())));
    assert_eq!(names(dir.path()), ["lease", "sub"], "no temporary file stays");
    assert!(shelf.readable() && shelf.place() == dir.path().display().to_string());
}

#[tokio::test]
async fn names_from_outside_stay_inside() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = DirectoryShelf::new(dir.path().join("rules"));
    fs::create_dir(dir.path().join("rules")).unwrap();
    for name in ["../a.yml", "..", "", "/etc/passwd", "a/b", "a\0b"] {
        assert!(matches!(shelf.put(name, b"x").await, Err(Failure::Garbled { .. })), "{name}");
        assert!(matches!(shelf.get(name).await, Err(Failure::Garbled { .. })), "{name}");
        assert!(matches!(shelf.remove(name).await, Err(Failure::Garbled { .. })), "{name}");
    }
    assert_eq!(names(dir.path()), ["rules"]);
}

#[tokio::test]
async fn a_directory_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("rules");
    let shelf = DirectoryShelf::new(&missing);
    assert_eq!(shelf.list().await, Ok(None));
    assert_eq!(shelf.get("a.yml").await, Ok(None));
    assert_eq!(shelf.remove("a.yml").await, Ok(()));
    let shown = missing.display();
    assert_eq!(why(shelf.put("a.yml", b"x").await), format!("the request was not sent: `{shown}` does not exist"));
    fs::write(&missing, "").unwrap();
    assert_eq!(why(shelf.list().await), format!("the request was not sent: `{shown}` is no directory"));

    let rendered = DirectoryShelf::rendered(dir.path().join("out/rules"));
    assert_eq!(rendered.put("a.yml", b"x").await, Ok(()));
    assert!(!rendered.readable());
    assert_eq!(names(&dir.path().join("out/rules")), ["a.yml"]);
}

#[tokio::test]
async fn leftovers_of_dead_runs_go_and_those_of_living_ones_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (dead, living) = (temporary(1), temporary(2));
    let foreign = format!("{}mine{}", TEMPORARY.0, TEMPORARY.1);
    for name in [&dead, &living, &foreign] {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    let writer = fs::File::open(dir.path().join(&living)).unwrap();
    writer.try_lock().unwrap();
    let shelf = DirectoryShelf::new(dir.path());
    shelf.put("a.yml", b"x").await.unwrap();
    assert_eq!(names(dir.path()), [living.clone(), foreign.clone(), "a.yml".into()]);
    assert_eq!(shelf.list().await, Ok(Some(vec![foreign.clone(), "a.yml".into()])), "temporary files are not listed");
    drop(writer);
    shelf.remove("a.yml").await.unwrap();
    shelf.put("a.yml", b"x").await.unwrap();
    assert_eq!(names(dir.path()), [foreign, "a.yml".into()]);
}

#[tokio::test]
async fn many_writers_leave_one_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = DirectoryShelf::new(dir.path());
    let contents: Vec<Vec<u8>> = (0..16_u8).map(|n| vec![n; 100_000]).collect();
    let all = futures_util::future::join_all(contents.iter().map(|bytes| shelf.put("a.yml", bytes))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let last = shelf.get("a.yml").await.unwrap().unwrap();
    assert!(contents.contains(&last), "{} bytes", last.len());
    let claims = futures_util::future::join_all(contents.iter().map(|bytes| shelf.claim("lease", bytes))).await;
    assert_eq!(claims.iter().filter(|c| **c == Ok(true)).count(), 1, "{claims:?}");
    assert_eq!(names(dir.path()), ["a.yml", "lease"]);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[tokio::test]
    async fn mode_and_owner_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (shelf, path) = (DirectoryShelf::new(dir.path()), dir.path().join("a.yml"));
        shelf.put("a.yml", b"new").await.unwrap();
        fs::write(dir.path().join("ordinary"), "").unwrap();
        assert_eq!(mode(&path), mode(&dir.path().join("ordinary")) & 0o644, "a new file has what the umask leaves");
        for wanted in [0o640, 0o664, 0o600, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
            shelf.put("a.yml", b"newer").await.unwrap();
            assert_eq!(mode(&path), wanted);
        }
        if chown(&path, Some(12345), Some(23456)).is_err() {
            eprintln!("!!! SKIPPED: owners can be changed by root only");
            return;
        }
        shelf.put("a.yml", b"newest").await.unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), mode(&path)), (12345, 23456, 0o444));
    }

    #[tokio::test]
    async fn a_linked_directory_is_followed_and_a_linked_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(dir.path().join("elsewhere.yml"), "old").unwrap();
        symlink(&real, dir.path().join("rules")).unwrap();
        symlink(dir.path().join("elsewhere.yml"), real.join("link.yml")).unwrap();
        symlink("/nowhere", real.join("loose.yml")).unwrap();
        let shelf = DirectoryShelf::new(dir.path().join("rules"));
        shelf.put("a.yml", b"x").await.unwrap();
        assert_eq!(names(&real), ["a.yml", "link.yml", "loose.yml"]);
        assert_eq!(shelf.get("link.yml").await, Ok(Some(b"old".to_vec())), "as the server reads it");
        assert_eq!(shelf.get("loose.yml").await, Ok(None));
        assert_eq!(shelf.list().await.unwrap().unwrap().len(), 3);
        let link = dir.path().join("rules/link.yml");
        let refused = format!(
            "the request was not sent: `{}` is a symbolic link, which natsform neither replaces nor removes",
            link.display()
        );
        assert_eq!(why(shelf.put("link.yml", b"new").await), refused);
        assert_eq!(why(shelf.remove("link.yml").await), refused);
        assert_eq!(fs::read_to_string(dir.path().join("elsewhere.yml")).unwrap(), "old");
        assert_eq!(shelf.claim("loose.yml", b"x").await, Ok(false));
    }

    #[tokio::test]
    async fn what_is_no_file_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = DirectoryShelf::new(dir.path());
        let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.yml")).status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("!!! SKIPPED: no mkfifo");
            return;
        }
        assert!(why(shelf.get("pipe.yml").await).ends_with("pipe.yml` is no file"));
        assert!(why(shelf.put("pipe.yml", b"x").await).contains("is a device or a pipe"));
    }

    /// A file system of 64 KiB; `None`: this machine lets us mount nothing.
    struct Small(tempfile::TempDir);

    impl Small {
        fn mount() -> Option<Self> {
            let dir = tempfile::tempdir().unwrap();
            let mut mount = std::process::Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(dir.path()).stderr(std::process::Stdio::null());
            if mount.status().is_ok_and(|status| status.success()) {
                return Some(Self(dir));
            }
            eprintln!("!!! SKIPPED: nothing can be mounted here");
            None
        }

        fn read_only(&self) {
            let mut mount = std::process::Command::new("mount");
            assert!(mount.args(["-o", "remount,ro"]).arg(self.0.path()).status().unwrap().success());
        }
    }

    impl Drop for Small {
        fn drop(&mut self) {
            let _ = std::process::Command::new("umount").arg(self.0.path()).status();
        }
    }

    #[tokio::test]
    async fn a_full_disk_leaves_the_old_file() {
        let Some(small) = Small::mount() else { return };
        let (dir, shelf) = (small.0.path(), DirectoryShelf::new(small.0.path()));
        shelf.put("a.yml", b"old").await.unwrap();
        let full = format!("the request was not sent: `{}`: no space is left on the device", dir.display());
        assert_eq!(why(shelf.put("a.yml", &[b'x'; 100_000]).await), full);
        assert_eq!(why(shelf.claim("lease", &[b'x'; 100_000]).await), full);
        assert_eq!(shelf.get("a.yml").await, Ok(Some(b"old".to_vec())));
        assert_eq!(names(dir), ["a.yml"]);
        shelf.put("a.yml", &[b'x'; 30_000]).await.expect("what was in the way is gone");
    }

    #[tokio::test]
    async fn a_read_only_file_system_and_a_locked_directory() {
        let Some(small) = Small::mount() else { return };
        let (dir, shelf) = (small.0.path(), DirectoryShelf::new(small.0.path()));
        shelf.put("a.yml", b"old").await.unwrap();
        small.read_only();
        let shown = dir.display();
        let said = why(shelf.put("a.yml", b"new").await);
        assert_eq!(said, format!("the request was not sent: `{shown}` is on a read-only file system"));
        let said = why(shelf.remove("a.yml").await);
        assert_eq!(said, format!("the request was not sent: `{shown}/a.yml` is on a read-only file system"));
        assert_eq!(shelf.get("a.yml").await, Ok(Some(b"old".to_vec())));
    }

    #[tokio::test]
    async fn a_directory_that_may_not_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = DirectoryShelf::new(dir.path());
        shelf.put("a.yml", b"old").await.unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let probe = fs::write(dir.path().join("probe"), "");
        let result = shelf.put("a.yml", b"new").await;
        let removed = shelf.remove("a.yml").await;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        if probe.is_ok() {
            eprintln!("!!! SKIPPED: root may write everywhere");
            return;
        }
        assert_eq!(why(result), format!("permission denied for `{}`", dir.path().display()));
        assert_eq!(why(removed), format!("permission denied for `{}/a.yml`", dir.path().display()));
        assert_eq!(names(dir.path()), ["a.yml"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_keeps_files_from_being_written_shows_without_writing() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let shelf = DirectoryShelf::new(dir.path());
    fs::write(dir.path().join("real.yml"), "x").unwrap();
    symlink(dir.path().join("real.yml"), dir.path().join("link.yml")).unwrap();
    for name in [None, Some("real.yml"), Some("new.yml")] {
        assert_eq!(shelf.hindrance(name).await, None, "{name:?}");
    }
    let link = shelf.hindrance(Some("link.yml")).await.expect("a link").to_string();
    assert!(link.contains("a symbolic link"), "{link}");
    let missing = DirectoryShelf::new(dir.path().join("missing"));
    assert_eq!(missing.hindrance(None).await, None, "that it is not there is said elsewhere");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let held = shelf.hindrance(None).await;
    let root = fs::write(dir.path().join("probe"), "").is_ok();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if root {
        eprintln!("!!! SKIPPED: root may write everywhere");
    } else {
        assert_eq!(held.map(|f| f.to_string()), Some(format!("permission denied for `{}`", dir.path().display())));
    }
}
