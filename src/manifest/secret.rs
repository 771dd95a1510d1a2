//! Secrets are references. They are resolved when a connection is made and at no other time.

use super::text::normal;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a secret comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file. `within`: the directories it must lie in; empty where it was named on the command line.
    File { path: PathBuf, within: Vec<PathBuf> },
    /// What a program prints.
    Command(Vec<String>),
    /// Written out (`allow_plaintext`, or given on the command line).
    Literal(String),
    /// Tried in order, so that a password can be rotated without a deadlock.
    AnyOf(Vec<SecretRef>),
}

/// How environment variables, files and programs are reached.
pub type GetEnv<'a> = &'a dyn Fn(&str) -> Option<String>;
/// Reads a file that lies, its links followed, in one of the directories (in any where the list is empty); `Err` says why
/// not.
pub type ReadFile<'a> = &'a dyn Fn(&Path, &[PathBuf]) -> Result<String, String>;
/// Runs a program and gives what it printed; `Err` says why not (also: commands are not allowed).
pub type Run<'a> = &'a dyn Fn(&[String]) -> Result<String, String>;

impl SecretRef {
    /// The secret: of several, the first that can be had.
    ///
    /// # Errors
    /// Why it cannot be had, without any part of it.
    pub fn resolve(&self, env: GetEnv<'_>, read: ReadFile<'_>, run: Run<'_>) -> Result<String, String> {
        let mut why = Vec::new();
        for one in self.alternatives() {
            match one.one(env, read, run) {
                Ok(secret) => return Ok(secret),
                Err(e) => why.push(e),
            }
        }
        Err(if why.is_empty() { "an empty list of secrets".into() } else { why.join("; ") })
    }

    /// Every secret that can be had, in order: a login tries them one after the other.
    ///
    /// # Errors
    /// As [`SecretRef::resolve`], where there is none at all.
    pub fn resolve_all(&self, env: GetEnv<'_>, read: ReadFile<'_>, run: Run<'_>) -> Result<Vec<String>, String> {
        let found: Vec<String> = self.alternatives().iter().filter_map(|one| one.one(env, read, run).ok()).collect();
        if found.is_empty() { self.resolve(env, read, run).map(|s| vec![s]) } else { Ok(found) }
    }

    /// The references that are tried in order.
    pub fn alternatives(&self) -> Vec<&Self> {
        match self {
            Self::AnyOf(list) => list.iter().flat_map(Self::alternatives).collect(),
            one => vec![one],
        }
    }

    fn one(&self, env: GetEnv<'_>, read: ReadFile<'_>, run: Run<'_>) -> Result<String, String> {
        let secret = match self {
            Self::Env(name) => env(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?,
            Self::File { path, within } => {
                confined(path, within)?;
                read(path, within)?
            }
            Self::Command(argv) => run(argv)?,
            Self::Literal(secret) => secret.clone(),
            Self::AnyOf(_) => return self.resolve(env, read, run),
        };
        let secret = secret.trim_end_matches(['\n', '\r']).to_owned();
        if secret.is_empty() { Err(format!("{self:?} is empty")) } else { Ok(secret) }
    }
}

/// Whether a path lies in one of the directories, as it is written: what lies elsewhere is not even looked at. Links are
/// the reader's to refuse.
fn confined(path: &Path, within: &[PathBuf]) -> Result<(), String> {
    let path = normal(path);
    if within.is_empty() || within.iter().any(|dir| path.starts_with(normal(dir))) {
        return Ok(());
    }
    Err(format!("`{}` lies outside the project directory: give its directory with `--secret-dir`", path.display()))
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable `{name}`"),
            Self::File { path, .. } => write!(f, "the file `{}`", path.display()),
            Self::Command(argv) => write!(f, "the command `{}`", argv.first().map_or("", String::as_str)),
            Self::Literal(_) => f.write_str("a literal secret"),
            Self::AnyOf(list) => f.debug_list().entries(list).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(secret: &SecretRef) -> Result<String, String> {
        secret.resolve(
            &|name| (name == "SET").then(|| "from env".to_owned()),
            &|path, _| if path.ends_with("a.creds") { Ok("from file\r\n".into()) } else { Err("no such file".into()) },
            &|_| Err("commands are not allowed: pass `--allow-commands`".into()),
        )
    }

    #[test]
    fn a_list_is_tried_in_order() {
        let (set, unset) = (SecretRef::Env("SET".into()), SecretRef::Env("UNSET".into()));
        assert_eq!(resolve(&SecretRef::AnyOf(vec![unset.clone(), set.clone()])), Ok("from env".into()));
        let err = resolve(&SecretRef::AnyOf(vec![unset.clone(), SecretRef::Command(vec!["pass".into()])])).unwrap_err();
        assert_eq!(
            err,
            "the environment variable `UNSET` is not set; commands are not allowed: pass `--allow-commands`"
        );
        assert!(resolve(&SecretRef::AnyOf(vec![])).is_err());
        let both = SecretRef::AnyOf(vec![set, SecretRef::Literal("x".into()), unset]);
        let all = both.resolve_all(&|_| Some("e".into()), &|_, _| Err("".into()), &|_| Err("".into())).unwrap();
        assert_eq!(all, ["e", "x", "e"]);
    }

    #[test]
    fn a_file_stays_within_its_directories() {
        let file = |path: &str, within: &[&str]| SecretRef::File {
            path: path.into(),
            within: within.iter().map(PathBuf::from).collect(),
        };
        assert_eq!(resolve(&file("/p/secrets/a.creds", &["/p"])), Ok("from file".into()));
        assert_eq!(resolve(&file("/s/a.creds", &["/p", "/s"])), Ok("from file".into()));
        assert_eq!(resolve(&file("/x/a.creds", &[])), Ok("from file".into()));
        for outside in ["/p/../etc/a.creds", "/pp/a.creds", "/etc/a.creds"] {
            assert!(resolve(&file(outside, &["/p"])).unwrap_err().contains("--secret-dir"), "{outside}");
        }
    }

    #[test]
    fn a_secret_has_no_text() {
        assert_eq!(format!("{:?}", SecretRef::AnyOf(vec![SecretRef::Literal("hunter2".into())])), "[a literal secret]");
    }
}
