//! Files of this machine.

use crate::ports::Files;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The file system. Files above [`LocalFiles::LIMIT`] are refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFiles;

impl LocalFiles {
    /// What a file may hold, in bytes: a manifest is text that a person wrote, and input is not trusted.
    pub const LIMIT: u64 = 64 << 20;

    /// The bytes of a file that lies in one of the directories after all links are followed; `None` where there is none.
    /// An empty list allows every place.
    ///
    /// # Errors
    /// The operating system's own text, or that the file lies elsewhere.
    pub fn read_within(&self, path: &Path, within: &[PathBuf]) -> Result<Option<Vec<u8>>, String> {
        if within.is_empty() {
            return self.read(path);
        }
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        if !within.iter().filter_map(|dir| fs::canonicalize(dir).ok()).any(|dir| real.starts_with(dir)) {
            let real = real.display();
            return Err(format!(
                "a link to `{real}`, outside the project directory: give its directory with `--secret-dir`"
            ));
        }
        self.read(&real)
    }
}

impl Files for LocalFiles {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = Vec::new();
        // The size in the metadata says nothing of pipes and devices.
        file.take(Self::LIMIT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > Self::LIMIT {
            return Err(format!("it is larger than {} MiB", Self::LIMIT >> 20));
        }
        Ok(Some(bytes))
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<(String, bool)>>, String> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|name| format!("it holds a name that is not UTF-8: {}", name.display()))?;
            // Through links: a linked directory is one; a link to nothing is none.
            let is_directory = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
            all.push((name, is_directory));
        }
        all.sort();
        Ok(Some(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_lists() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("b.yaml"), "x").unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        let files = LocalFiles;
        assert_eq!(files.read(&dir.path().join("b.yaml")), Ok(Some(b"x".to_vec())));
        assert_eq!(files.read(&dir.path().join("c")), Ok(None));
        assert!(files.read(dir.path()).is_err());
        assert_eq!(files.list(dir.path()), Ok(Some(vec![("a".into(), true), ("b.yaml".into(), false)])));
        assert_eq!(files.list(&dir.path().join("c")), Ok(None));
        assert!(files.list(&dir.path().join("b.yaml")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_out() {
        use std::os::unix::fs::symlink;
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "x").unwrap();
        fs::write(inside.path().join("own"), "y").unwrap();
        symlink(outside.path().join("secret"), inside.path().join("file")).unwrap();
        symlink(outside.path(), inside.path().join("dir")).unwrap();
        symlink(inside.path().join("own"), inside.path().join("fine")).unwrap();
        symlink(inside.path(), outside.path().join("project")).unwrap();
        let own = vec![inside.path().to_owned()];
        let read = |name: &str, within: &[PathBuf]| LocalFiles.read_within(&inside.path().join(name), within);
        for name in ["file", "dir/secret"] {
            assert!(read(name, &own).unwrap_err().contains("--secret-dir"), "{name}");
            assert_eq!(read(name, &[]), Ok(Some(b"x".to_vec())));
            assert_eq!(read(name, &[own[0].clone(), outside.path().to_owned()]), Ok(Some(b"x".to_vec())));
        }
        assert_eq!(read("fine", &own), Ok(Some(b"y".to_vec())));
        assert_eq!(read("fine", &[outside.path().join("project")]), Ok(Some(b"y".to_vec())));
        assert_eq!(read("none", &own), Ok(None));
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_file_is_refused() {
        assert_eq!(LocalFiles.read(Path::new("/dev/zero")), Err("it is larger than 64 MiB".into()));
    }
}
