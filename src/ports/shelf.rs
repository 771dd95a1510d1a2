//! Where files are delivered to: a directory, a program that carries them, or a directory for another tool. One type for
//! every system whose configuration is files.

use crate::model::Failure;
use async_trait::async_trait;
use std::sync::Arc;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// A file name, no directory.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What temporary files of a shelf begin and end with: `.natsform-XXXX.tmp`. A server whose globs match such a name would
/// load half a file.
pub const TEMPORARY: (&str, &str) = (".natsform-", ".tmp");

/// A temporary name with that number in it.
pub fn temporary(number: u64) -> String {
    format!("{}{number:016x}{}", TEMPORARY.0, TEMPORARY.1)
}

/// Whether a file is natsform's own: a lease or a temporary one, and nothing that is delivered.
pub fn is_own(name: &str) -> bool {
    name.starts_with(".natsform")
}

/// Whether a name is one of ours that a dead run may have left.
pub fn is_temporary(name: &str) -> bool {
    let middle = name.strip_prefix(TEMPORARY.0).and_then(|rest| rest.strip_suffix(TEMPORARY.1));
    middle.is_some_and(|m| m.len() == 16 && m.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Whether a text is a file name and nothing more: what comes from outside leads nowhere else.
///
/// # Errors
/// `Garbled`, with the name.
pub fn checked(name: &str) -> Result<&str, Failure> {
    let why = if name.is_empty() || name == "." || name == ".." {
        "is no file name"
    } else if name.contains(['/', '\\']) {
        "names a directory, too"
    } else if name.chars().any(char::is_control) {
        "has a control character"
    } else if name.len() > 255 {
        "is longer than 255 bytes"
    } else {
        return Ok(name);
    };
    Err(Failure::Garbled { why: format!("the file name `{}` {why}", name.escape_debug()) })
}

/// A place that files are delivered to.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// For people: the directory, or the program.
    fn place(&self) -> String;

    /// Whether what lies here is what the server reads: a directory for another tool proves nothing.
    fn readable(&self) -> bool;

    /// The names of all files, sorted, our temporary ones left out; `None`: there is no such directory.
    ///
    /// # Errors
    /// `Denied`, or `NotSent` with the operating system's own text.
    async fn list(&self) -> Result<Option<Vec<String>>, Failure>;

    /// The names of what is no file but a directory, sorted, as far as it shows: a server's glob picks them as well.
    async fn directories(&self) -> Vec<String> {
        Vec::new()
    }

    /// The bytes of a file; `None`: there is none.
    ///
    /// # Errors
    /// As [`Self::list`]; `Garbled` where the name is no file name.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure>;

    /// Writes a file, complete or not at all.
    ///
    /// # Errors
    /// As [`Self::get`]: the file is as it was. `Unknown`: it may be the new one.
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure>;

    /// Takes a file away; one that is not there is no error.
    ///
    /// # Errors
    /// As [`Self::put`].
    async fn remove(&self, name: &str) -> Result<(), Failure>;

    /// What would keep a file from being written or removed, as far as it shows without writing: of the directory itself
    /// where no name is given.
    async fn hindrance(&self, _name: Option<&str>) -> Option<Failure> {
        None
    }

    /// Creates a file where nothing is there; `false`: something is.
    ///
    /// # Errors
    /// As [`Self::put`].
    async fn claim(&self, name: &str, bytes: &[u8]) -> Result<bool, Failure>;
}

/// The reading half of a [`Shelf`].
#[derive(Clone)]
pub struct ShelfReader(Arc<dyn Shelf>);

impl ShelfReader {
    /// The reading half of a shelf.
    pub fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self(shelf)
    }

    /// As [`Shelf::place`].
    pub fn place(&self) -> String {
        self.0.place()
    }

    /// As [`Shelf::readable`].
    pub fn readable(&self) -> bool {
        self.0.readable()
    }

    /// As [`Shelf::list`].
    ///
    /// # Errors
    /// As [`Shelf::list`].
    pub async fn list(&self) -> Result<Option<Vec<String>>, Failure> {
        self.0.list().await
    }

    /// As [`Shelf::directories`].
    pub async fn directories(&self) -> Vec<String> {
        self.0.directories().await
    }

    /// As [`Shelf::hindrance`].
    pub async fn hindrance(&self, name: Option<&str>) -> Option<Failure> {
        self.0.hindrance(name).await
    }

    /// As [`Shelf::get`].
    ///
    /// # Errors
    /// As [`Shelf::get`].
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get(name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for good in ["a.yml", "natsform--x.yml", "..a", "a b", "ü.yml", ".lock"] {
            assert_eq!(checked(good), Ok(good));
        }
        for bad in ["", ".", "..", "a/b", "../a", "/a", "a\\b", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(matches!(checked(bad), Err(Failure::Garbled { .. })), "{bad}");
        }
    }

    #[test]
    fn only_our_own_temporary_names() {
        assert!(is_temporary(&temporary(7)) && is_temporary(&temporary(u64::MAX)));
        for other in [".natsform-.tmp", ".natsform-lock.tmp", "x.tmp", ".natsform-000000000000000g.tmp", ".tmp"] {
            assert!(!is_temporary(other), "{other}");
        }
    }
}
