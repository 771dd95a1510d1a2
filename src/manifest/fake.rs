//! Files in memory, for tests.

use crate::ports::Files;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Files by absolute path; directories follow.
pub(crate) struct Tree(BTreeMap<PathBuf, Vec<u8>>);

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(p, t)| (PathBuf::from(p), t.as_bytes().to_vec())).collect())
    }
}

impl Files for Tree {
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }

    fn list(&self, path: &Path) -> Result<Option<Vec<(String, bool)>>, String> {
        let mut out: BTreeMap<String, bool> = BTreeMap::new();
        for file in self.0.keys() {
            let Ok(rest) = file.strip_prefix(path) else { continue };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                out.insert(first.as_os_str().to_string_lossy().into_owned(), parts.next().is_some());
            }
        }
        Ok((!out.is_empty()).then(|| out.into_iter().collect()))
    }
}
