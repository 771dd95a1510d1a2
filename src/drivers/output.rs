//! Files that the user asked for: a starter project, a report beside the output.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Writes a file, in place of one that is there.
///
/// # Errors
/// The operating system's own.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)
}

/// Writes a file that must not be there yet, with the directories above it.
///
/// # Errors
/// `AlreadyExists` where something of that name is there, a link to nothing included; else the operating system's own.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

/// Whether something of that name is there, a link to nothing included.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
