//! A disk that can be full or read-only, for one test.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// A file system of its own on a temporary directory; unmounted when dropped.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// A file system of that many KiB; `None`, said loudly, where nothing may be mounted.
    pub fn mount(kib: u32) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]).arg(dir.path()).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(dir));
        }
        eprintln!("!!! SKIPPED: nothing can be mounted here");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let _ = std::fs::write(self.path().join("filler"), vec![b'x'; 64 << 20]);
    }

    /// From here on nothing can be written, or again everything.
    pub fn read_only(&self, on: bool) {
        let how = if on { "remount,ro" } else { "remount,rw" };
        let status = Command::new("mount").args(["-o", how]).arg(self.path()).status().expect("mount");
        assert!(status.success(), "mount -o {how}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
