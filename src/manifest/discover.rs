//! Finding the project file and the manifests.

use super::text::{normal, shown};
use crate::ports::Files;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What the project file is called.
pub const PROJECT_FILE: &str = "natsform.yaml";

/// Directories deeper than this are not walked: a loop of symbolic links ends here.
const DEPTH: usize = 32;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Absolute.
    pub path: PathBuf,
    /// As reports show it: relative to the working directory.
    pub shown: String,
}

/// Why files could not be found: a message and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub code: &'static str,
    pub message: String,
    pub help: Vec<String>,
}

impl Missing {
    fn new(code: &'static str, message: String) -> Self {
        Self { code, message, help: Vec::new() }
    }
}

/// The project file in `cwd` or the nearest parent.
///
/// # Errors
/// Where a directory on the way cannot be read.
pub fn project_file(files: &dyn Files, cwd: &Path) -> Result<Option<Found>, Missing> {
    for dir in cwd.ancestors() {
        let path = dir.join(PROJECT_FILE);
        match files.read(&path) {
            Ok(Some(_)) => return Ok(Some(Found { shown: shown(&path, cwd), path })),
            Ok(None) => {}
            Err(e) => return Err(Missing::new("NF0153", format!("cannot read `{}`: {e}", shown(&path, cwd)))),
        }
    }
    Ok(None)
}

/// Walks directories for manifests.
pub struct Walk<'a> {
    pub files: &'a dyn Files,
    /// What paths are shown relative to.
    pub cwd: &'a Path,
    /// Directories that are not walked: overlays, and what is delivered.
    pub skip: &'a BTreeSet<PathBuf>,
    found: BTreeSet<PathBuf>,
    /// Directories that hold a project of their own.
    pub projects: Vec<String>,
}

impl<'a> Walk<'a> {
    /// A walk that has found nothing yet.
    pub fn new(files: &'a dyn Files, cwd: &'a Path, skip: &'a BTreeSet<PathBuf>) -> Self {
        Self { files, cwd, skip, found: BTreeSet::new(), projects: Vec::new() }
    }

    /// Adds a file, or every manifest in and below a directory.
    ///
    /// # Errors
    /// Where there is no such path, where it cannot be read, and where a directory holds no manifest.
    pub fn add(&mut self, path: &Path) -> Result<(), Missing> {
        let path = normal(path);
        let name = shown(&path, self.cwd);
        let unreadable = |e: String| Missing::new("NF0153", format!("cannot read `{name}`: {e}"));
        match self.files.list(&path) {
            Ok(Some(entries)) => {
                let before = self.found.len();
                let seen = self.below(&path, &entries, 0)?;
                if seen == 0 && self.found.len() == before {
                    let mut missing = Missing::new("NF0154", format!("no manifest in `{name}`"));
                    missing.help.push(
                        "manifests end in `.yaml` or `.yml`; a JSON file is read where it is named itself".into(),
                    );
                    return Err(missing);
                }
                Ok(())
            }
            // a file is no directory: what the operating system says about that differs
            listed => match self.files.read(&path) {
                Ok(Some(_)) => {
                    self.found.insert(path);
                    Ok(())
                }
                Ok(None) => Err(Missing::new("NF0154", format!("`{name}` does not exist"))),
                Err(e) => Err(unreadable(listed.err().unwrap_or(e))),
            },
        }
    }

    fn below(&mut self, dir: &Path, entries: &[(String, bool)], depth: usize) -> Result<usize, Missing> {
        let mut seen = 0;
        for (name, is_dir) in entries {
            let path = dir.join(name);
            if *is_dir {
                seen += self.enter(&path, name, depth)?;
            } else if is_manifest(name) {
                seen += 1;
                self.found.insert(path);
            }
        }
        Ok(seen)
    }

    fn enter(&mut self, path: &Path, name: &str, depth: usize) -> Result<usize, Missing> {
        if name.starts_with('.') || matches!(name, "node_modules" | "target") || self.skip.contains(path) {
            return Ok(0);
        }
        let shown = shown(path, self.cwd);
        if depth >= DEPTH {
            return Err(Missing::new("NF0154", format!("`{shown}` is nested too deep: is there a loop of links?")));
        }
        let entries = match self.files.list(path) {
            Ok(entries) => entries.unwrap_or_default(),
            Err(e) => return Err(Missing::new("NF0153", format!("cannot read `{shown}`: {e}"))),
        };
        if entries.iter().any(|(name, dir)| name == PROJECT_FILE && !dir) {
            self.projects.push(shown);
            return Ok(0);
        }
        self.below(path, &entries, depth + 1)
    }

    /// What was found, sorted by path.
    pub fn found(self) -> Vec<Found> {
        let cwd = self.cwd;
        self.found.into_iter().map(|path| Found { shown: shown(&path, cwd), path }).collect()
    }
}

/// Whether a directory's file is read without being named: plans and schemas are JSON files beside the manifests.
fn is_manifest(name: &str) -> bool {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(end, "yaml" | "yml") && name != PROJECT_FILE && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::fake::Tree;

    fn walk(tree: &Tree, paths: &[&str], skip: &[&str]) -> Result<String, String> {
        let skip = skip.iter().map(PathBuf::from).collect();
        let mut walk = Walk::new(tree, Path::new("/p"), &skip);
        for path in paths {
            walk.add(Path::new(path)).map_err(|e| e.message)?;
        }
        let projects = walk.projects.clone();
        let found: Vec<String> = walk.found().into_iter().map(|f| f.shown).collect();
        Ok(format!("{}|{}", found.join(" "), projects.join(" ")))
    }

    #[test]
    fn the_nearest_project_file_is_found() {
        let tree = Tree::new(&[("/p/natsform.yaml", ""), ("/p/a/b/x.yaml", "")]);
        let found = |cwd: &str| project_file(&tree, Path::new(cwd)).unwrap().map(|f| f.shown);
        assert_eq!(found("/p"), Some("natsform.yaml".into()));
        assert_eq!(found("/p/a/b"), Some("../../natsform.yaml".into()));
        assert_eq!(found("/q"), None);
    }

    #[test]
    fn a_walk_takes_manifests_in_order_and_leaves_the_rest() {
        let tree = Tree::new(&[
            ("/p/natsform.yaml", ""),
            ("/p/z.yaml", ""),
            ("/p/a/b.yml", ""),
            ("/p/a/c.json", ""),
            ("/p/a/readme.md", ""),
            ("/p/.github/x.yaml", ""),
            ("/p/.hidden.yaml", ""),
            ("/p/node_modules/x.yaml", ""),
            ("/p/target/x.yaml", ""),
            ("/p/env/prod/x.yaml", ""),
            ("/p/other/natsform.yaml", ""),
            ("/p/other/x.yaml", ""),
        ]);
        assert_eq!(walk(&tree, &["/p"], &["/p/env/prod"]), Ok("a/b.yml z.yaml|other".into()));
        assert_eq!(walk(&tree, &["/p/a", "/p/./a/c.json"], &[]), Ok("a/b.yml a/c.json|".into()));
    }

    #[test]
    fn a_path_without_manifests_is_an_error() {
        let tree = Tree::new(&[("/p/a/readme.md", "")]);
        assert_eq!(walk(&tree, &["/p/x"], &[]), Err("`x` does not exist".into()));
        assert_eq!(walk(&tree, &["/p/a"], &[]), Err("no manifest in `a`".into()));
    }

    /// A directory that holds itself.
    struct Loop;
    impl Files for Loop {
        fn read(&self, _: &Path) -> Result<Option<Vec<u8>>, String> {
            Ok(None)
        }
        fn list(&self, _: &Path) -> Result<Option<Vec<(String, bool)>>, String> {
            Ok(Some(vec![("again".into(), true)]))
        }
    }

    #[test]
    fn a_loop_of_links_ends() {
        let skip = BTreeSet::new();
        let mut walk = Walk::new(&Loop, Path::new("/"), &skip);
        assert!(walk.add(Path::new("/x")).unwrap_err().message.contains("too deep"));
    }
}
