//! Writing a file completely or not at all: a temporary file beside it, flushed, then renamed.
//!
//! A temporary file is locked while somebody writes it. The lock of a dead process is gone, so whoever writes next takes
//! its leftovers away, and nobody takes away what somebody else is writing just now.

use super::fail;
use crate::{
    drivers::SystemRandom,
    model::Failure,
    ports::{
        Random,
        shelf::{is_temporary, temporary},
    },
};
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Replaces or creates a file. A link is refused: a rename would put a file in its place, and writing through it would
/// change a file that nobody named.
pub(super) fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    sweep(dir);
    let target = dir.join(name);
    let old = own(&target)?;
    let new = Temporary::write(dir, bytes, old.as_ref())?;
    fs::rename(&new.path, &target).map_err(|error| fail::of(&target, &error))?;
    new.keep();
    flush(dir)
}

/// Creates a file with its content where nothing is; `false`: something is there.
pub(super) fn claim(dir: &Path, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
    sweep(dir);
    let target = dir.join(name);
    let new = Temporary::write(dir, bytes, None)?;
    match fs::hard_link(&new.path, &target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        // a file system without links: the content comes after the name, which is all that a claim is about
        Err(_) => match OpenOptions::new().write(true).create_new(true).open(&target) {
            Ok(mut file) => {
                if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
                    let _ = fs::remove_file(&target);
                    return Err(fail::of(&target, &error));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(fail::of(&target, &error)),
        },
    }
    drop(new);
    flush(dir).map(|()| true)
}

/// Takes a file away; one that is not there is no error, and a link is refused as in [`put`].
pub(super) fn remove(dir: &Path, name: &str) -> Result<(), Failure> {
    sweep(dir);
    let target = dir.join(name);
    if own(&target)?.is_none() {
        return Ok(());
    }
    match fs::remove_file(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(fail::of(&target, &error)),
        Ok(()) => flush(dir),
    }
}

/// Whether [`put`] and [`remove`] would touch a file of this name.
pub(super) fn replaceable(dir: &Path, name: &str) -> Result<(), Failure> {
    own(&dir.join(name)).map(drop)
}

/// Whether files may be made in a directory, as the system says without one being made. A directory that is not there is
/// somebody else's finding.
pub(super) fn writable(dir: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        match access(dir, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(errno) => Err(fail::of(dir, &io::Error::from(errno))),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = dir;
        Ok(())
    }
}

/// What is known of the file to be replaced; `None` where there is none.
fn own(target: &Path) -> Result<Option<Metadata>, Failure> {
    let metadata = match fs::symlink_metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail::of(target, &error)),
    };
    let what = if metadata.is_symlink() {
        "a symbolic link"
    } else if metadata.is_dir() {
        "a directory"
    } else if !metadata.is_file() {
        "a device or a pipe"
    } else {
        return Ok(Some(metadata));
    };
    Err(Failure::NotSent {
        why: format!("`{}` is {what}, which natsform neither replaces nor removes", target.display()),
    })
}

/// Removes what dead runs left, and nothing else. That it may fail is no reason to write nothing.
fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(is_temporary);
        // opening a pipe would wait for ever, opening a link would lock something else
        if !ours || !entry.file_type().is_ok_and(|t| t.is_file()) {
            continue;
        }
        // the lock is held until the file is gone: its writer may have opened it and not locked it yet
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes sure that the directory's new entries outlive a power cut.
fn flush(dir: &Path) -> Result<(), Failure> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| fail::unsure(dir, &error))
}

/// A temporary file; removed when dropped, unless it was renamed.
struct Temporary {
    path: PathBuf,
    /// Holds the lock.
    file: File,
    kept: bool,
}

impl Temporary {
    /// A complete, flushed file with the mode and owner of `old`.
    fn write(dir: &Path, bytes: &[u8], old: Option<&Metadata>) -> Result<Self, Failure> {
        let mut me = Self::locked(dir).map_err(|error| fail::of(dir, &error))?;
        me.file.write_all(bytes).map_err(|error| fail::of(dir, &error))?;
        if let Some(old) = old {
            alike(&me.file, old, dir)?;
        }
        me.file.sync_all().map_err(|error| fail::of(dir, &error))?;
        Ok(me)
    }

    /// An empty file that nobody else takes away. Before it is locked somebody may have: then it is another one.
    fn locked(dir: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        loop {
            let path = dir.join(temporary(SystemRandom::default().next()));
            let file = options.open(&path)?;
            let me = Self { path, file, kept: false };
            // a file system without locks: nobody can take its files away, and leftovers stay
            let _ = me.file.lock();
            if me.path.exists() {
                return Ok(me);
            }
        }
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Gives a file the owner and mode of another. Where the owner cannot be kept, whoever reads the old one must be able to
/// read the new one.
#[cfg(unix)]
fn alike(file: &File, old: &Metadata, dir: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let now = file.metadata().map_err(|error| fail::of(dir, &error))?;
    let owner = now.uid() == old.uid() || fchown(file, Some(old.uid()), None).is_ok();
    let group = now.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    let mode = old.mode() & 0o7777;
    let readable = mode & 0o004 != 0 || (group && mode & 0o040 != 0);
    if !owner && !readable {
        let (uid, gid) = (old.uid(), old.gid());
        let why = format!(
            "`{}`: the file belongs to user {uid}, group {gid}, with mode {mode:o}, and a file of ours would not be \
             readable for them: run as that user, or make the file readable for its group",
            dir.display()
        );
        return Err(Failure::NotSent { why });
    }
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(|error| fail::of(dir, &error))
}

#[cfg(not(unix))]
fn alike(_: &File, _: &Metadata, _: &Path) -> Result<(), Failure> {
    Ok(())
}
