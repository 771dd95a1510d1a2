//! A directory of this machine.

use super::{fail, files};
use crate::{
    drivers::LocalFiles,
    model::Failure,
    ports::{
        Files, Shelf,
        shelf::{checked, is_temporary},
    },
};
use async_trait::async_trait;
use std::{fs, io, path::PathBuf};

/// A directory, which may be a link to one: the files lie in what it leads to.
#[derive(Clone, Debug)]
pub struct DirectoryShelf {
    path: PathBuf,
    /// Another tool delivers from here: the directory is made where there is none, and proves nothing.
    rendered: bool,
}

impl DirectoryShelf {
    /// A directory that a server reads. It has to be there: a misspelt one would be read by nobody.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), rendered: false }
    }

    /// A directory for a tool that delivers files itself.
    pub fn rendered(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), rendered: true }
    }

    /// Runs one step where it may wait for a disk.
    async fn run<T: Send + 'static>(
        &self,
        name: &str,
        step: impl FnOnce(Self, String) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (me, name) = (self.clone(), checked(name)?.to_owned());
        let ended = tokio::task::spawn_blocking(move || step(me, name)).await;
        ended.unwrap_or_else(|_| Err(Failure::Unknown { why: "the work on a file ended early".into() }))
    }

    fn prepared(&self) -> Result<&PathBuf, Failure> {
        if self.rendered {
            fs::create_dir_all(&self.path).map_err(|error| fail::of(&self.path, &error))?;
        }
        Ok(&self.path)
    }

    /// The names of all entries that are directories, or are not.
    fn names(&self, directories: bool) -> Result<Option<Vec<String>>, Failure> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail::of(&self.path, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| fail::of(&self.path, &error))?;
            // a link that leads nowhere is a name that a server's glob finds, too
            let directory = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
            let name = entry.file_name().to_string_lossy().into_owned();
            if directory == directories && !is_temporary(&name) {
                names.push(name);
            }
        }
        names.sort();
        Ok(Some(names))
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path.join(name);
        // whatever is no file would be waited for
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(metadata) if metadata.is_dir() => return Err(fail::of(&path, &io::ErrorKind::IsADirectory.into())),
            Ok(_) => return Err(Failure::NotSent { why: format!("`{}` is no file", path.display()) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail::of(&path, &error)),
        }
        // for the kind of failure: below there is only a text
        fs::File::open(&path).map_err(|error| fail::of(&path, &error))?;
        LocalFiles.read(&path).map_err(|why| Failure::NotSent { why: format!("`{}`: {why}", path.display()) })
    }
}

#[async_trait]
impl Shelf for DirectoryShelf {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn readable(&self) -> bool {
        !self.rendered
    }

    async fn list(&self) -> Result<Option<Vec<String>>, Failure> {
        self.run("list", |me, _| me.names(false)).await
    }

    async fn directories(&self) -> Vec<String> {
        self.run("list", |me, _| me.names(true)).await.ok().flatten().unwrap_or_default()
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.run(name, |me, name| me.bytes(&name)).await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let bytes = bytes.to_vec();
        self.run(name, move |me, name| files::put(me.prepared()?, &name, &bytes)).await
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.run(name, |me, name| files::remove(&me.path, &name)).await
    }

    async fn hindrance(&self, name: Option<&str>) -> Option<Failure> {
        // a directory for another tool is made when it is needed
        if self.rendered && !self.path.exists() {
            return None;
        }
        let own = name.map(str::to_owned);
        let looked = self.run(name.unwrap_or("directory"), move |me, _| match own {
            Some(name) => files::replaceable(&me.path, &name),
            None => files::writable(&me.path),
        });
        looked.await.err()
    }

    async fn claim(&self, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
        let bytes = bytes.to_vec();
        self.run(name, move |me, name| files::claim(me.prepared()?, &name, &bytes)).await
    }
}

#[cfg(test)]
mod tests;
