//! What the operating system says of a file, as a failure.

use crate::model::Failure;
use std::{io, path::Path};

/// A step that changed nothing: the file is as it was.
pub(super) fn of(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => return Failure::Denied { what: shown.to_string() },
        io::ErrorKind::StorageFull => format!("`{shown}`: no space is left on the device"),
        io::ErrorKind::QuotaExceeded => format!("`{shown}`: the disk quota is used up"),
        io::ErrorKind::ReadOnlyFilesystem => format!("`{shown}` is on a read-only file system"),
        io::ErrorKind::NotFound => format!("`{shown}` does not exist"),
        io::ErrorKind::NotADirectory => format!("`{shown}` is no directory"),
        io::ErrorKind::IsADirectory => format!("`{shown}` is a directory"),
        _ => format!("`{shown}`: {error}"),
    };
    Failure::NotSent { why }
}

/// The step is done, and whether it outlives a power cut is not known.
pub(super) fn unsure(path: &Path, error: &io::Error) -> Failure {
    Failure::Unknown { why: format!("`{}` was changed and could not be flushed to the disk: {error}", path.display()) }
}
