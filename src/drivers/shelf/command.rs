//! Programs that carry files to where the server is: `ssh`, `kubectl`, `docker`.

use crate::{
    drivers::{Bounds, Redactor, exec},
    model::Failure,
    ports::{Shelf, shelf::checked},
};
use async_trait::async_trait;

/// What stands for the file's name in an argument.
const NAME: &str = "{name}";

/// Programs with their arguments. No shell is involved on this side; the other side may have one, so names are plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// Prints the file names, one on each line.
    pub list: Vec<String>,
    /// Prints a file.
    pub get: Vec<String>,
    /// Reads a file's content.
    pub put: Vec<String>,
    pub delete: Vec<String>,
}

/// A place that only programs reach.
#[derive(Clone, Debug)]
pub struct CommandShelf {
    commands: Commands,
    /// The user said `--allow-commands`.
    allowed: bool,
    bounds: Bounds,
}

impl CommandShelf {
    /// A shelf over these programs. What they say of a failure is shown without the secrets of the `redactor`.
    pub fn new(commands: Commands, allowed: bool, redactor: Redactor) -> Self {
        Self { commands, allowed, bounds: Bounds::files(redactor) }
    }

    async fn run(&self, argv: &[String], name: &str, stdin: &[u8]) -> Result<Vec<u8>, Failure> {
        if !self.allowed {
            return Err(Failure::NotSent { why: "commands are not allowed: pass `--allow-commands`".into() });
        }
        let argv: Vec<String> = argv.iter().map(|argument| argument.replace(NAME, name)).collect();
        exec(&argv, stdin, &self.bounds).await.map_err(|why| Failure::Unknown { why })
    }

    async fn names(&self) -> Result<Vec<String>, Failure> {
        let out = self.run(&self.commands.list, "", b"").await?;
        let program = self.commands.list.first().map_or("", String::as_str);
        let garbled = |why: String| Failure::Garbled { why: format!("`{program}`: {why}") };
        let text = String::from_utf8(out).map_err(|_| garbled("it printed no UTF-8".into()))?;
        let mut names = Vec::new();
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let name = checked(line).map_err(|_| {
                garbled(format!("it printed `{}`, and not file names, one on each line", line.escape_debug()))
            })?;
            names.push(name.to_owned());
        }
        names.sort();
        Ok(names)
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.run(&self.commands.put, name, bytes).await.map(drop)
    }
}

/// Whether a name means nothing to a shell and is no option.
fn plain(name: &str) -> Result<&str, Failure> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-+=@,".contains(c);
    if checked(name)?.chars().all(fits) && !name.starts_with('-') {
        return Ok(name);
    }
    Err(Failure::Garbled { why: format!("the file name `{}` cannot be given to a command", name.escape_debug()) })
}

#[async_trait]
impl Shelf for CommandShelf {
    fn place(&self) -> String {
        format!("the command `{}`", self.commands.put.first().map_or("", String::as_str))
    }

    fn readable(&self) -> bool {
        true
    }

    async fn list(&self) -> Result<Option<Vec<String>>, Failure> {
        self.names().await.map(Some)
    }

    /// A program that fails says nothing of the file: what is not listed is not there.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let name = plain(name)?;
        match self.run(&self.commands.get, name, b"").await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(failure) => match self.names().await {
                Ok(names) if !names.iter().any(|n| n == name) => Ok(None),
                _ => Err(failure),
            },
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.write(plain(name)?, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        let name = plain(name)?;
        match self.run(&self.commands.delete, name, b"").await {
            Ok(_) => Ok(()),
            Err(failure) => match self.names().await {
                Ok(names) if !names.iter().any(|n| n == name) => Ok(()),
                _ => Err(failure),
            },
        }
    }

    /// Programs cannot create and refuse in one step, so this is no proof: of two runs that look in the same moment the
    /// one whose bytes lie there when it looks again has it, and both do where the other one writes only after that look.
    async fn claim(&self, name: &str, bytes: &[u8]) -> Result<bool, Failure> {
        let name = plain(name)?;
        // a program that lists no dot files may well print one
        if self.names().await?.iter().any(|n| n == name) || self.get(name).await?.is_some() {
            return Ok(false);
        }
        self.write(name, bytes).await?;
        Ok(self.get(name).await?.as_deref() == Some(bytes))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn sh(dir: &Path, script: &str) -> Vec<String> {
        let dir = dir.display();
        ["sh", "-c", &format!("cd '{dir}' && {script}"), "sh", "{name}"].map(String::from).to_vec()
    }

    fn shelf(dir: &Path, allowed: bool) -> CommandShelf {
        let commands = Commands {
            list: sh(dir, "ls -1"),
            get: sh(dir, "cat \"$1\""),
            put: sh(dir, "cat > \"$1\""),
            delete: sh(dir, "rm \"$1\""),
        };
        CommandShelf::new(commands, allowed, Redactor::default())
    }

    #[tokio::test]
    async fn files_go_through_programs() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), true);
        assert_eq!(shelf.list().await, Ok(Some(vec![])));
        assert_eq!(shelf.get("a.yml").await, Ok(None), "a failing `cat` of what is not listed");
        assert_eq!(shelf.put("a.yml", "grüße\n".as_bytes()).await, Ok(()));
        assert_eq!(fs::read_to_string(dir.path().join("a.yml")).unwrap(), "grüße\n");
        assert_eq!(shelf.get("a.yml").await, Ok(Some("grüße\n".into())));
        assert_eq!((shelf.claim("a.yml", b"x").await, shelf.claim("b.yml", b"x").await), (Ok(false), Ok(true)));
        assert_eq!(shelf.list().await, Ok(Some(vec!["a.yml".into(), "b.yml".into()])));
        assert_eq!((shelf.remove("a.yml").await, shelf.remove("a.yml").await), (Ok(()), Ok(())));
        assert_eq!(shelf.place(), "the command `sh`");
    }

    #[tokio::test]
    async fn a_claim_sees_a_file_that_is_not_listed() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), true);
        assert_eq!((shelf.claim(".lease", b"a").await, shelf.claim(".lease", b"b").await), (Ok(true), Ok(false)));
        assert_eq!(shelf.get(".lease").await, Ok(Some(b"a".to_vec())), "`ls -1` does not print it");
    }

    #[tokio::test]
    async fn nothing_runs_that_may_not() {
        let dir = tempfile::tempdir().unwrap();
        let refused = shelf(dir.path(), false).put("a.yml", b"x").await;
        let why = "commands are not allowed: pass `--allow-commands`".to_owned();
        assert_eq!(refused, Err(Failure::NotSent { why }));
        for name in ["a;b", "$(x)", "-rf", "a b", "../a", "a\n", ""] {
            let refused = shelf(dir.path(), true).put(name, b"x").await;
            assert!(matches!(refused, Err(Failure::Garbled { .. })), "{name}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_program_that_fails_is_not_an_empty_shelf() {
        let shelf = shelf(Path::new("/nowhere/at/all"), true);
        let failure = shelf.list().await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }));
        assert!(failure.to_string().contains("/nowhere/at/all"), "what the program said: {failure}");
        assert!(matches!(shelf.get("a.yml").await, Err(Failure::Unknown { .. })));
        assert!(matches!(shelf.remove("a.yml").await, Err(Failure::Unknown { .. })));
        let paths = Commands { list: ["echo", "rules/a.yml"].map(String::from).to_vec(), ..Commands::default() };
        let failure = CommandShelf::new(paths, true, Redactor::default()).list().await.unwrap_err().to_string();
        assert!(
            failure.ends_with("`echo`: it printed `rules/a.yml`, and not file names, one on each line"),
            "{failure}"
        );
    }
}
