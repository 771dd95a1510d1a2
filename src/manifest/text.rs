//! Words and paths, for messages.

pub use crate::{units::listed, yaml::nearest};
use std::path::{Component, Path, PathBuf};

/// `1 document`, `2 documents`.
pub fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// A path without `.` and without `..` where that can be said from the text alone.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            Component::ParentDir if out.has_root() => {}
            other => out.push(other),
        }
    }
    out
}

/// How a path is shown: relative to the working directory, with `/` between the parts.
pub fn shown(path: &Path, cwd: &Path) -> String {
    let (path, cwd) = (normal(path), normal(cwd));
    let (a, b): (Vec<_>, Vec<_>) = (path.components().collect(), cwd.components().collect());
    let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    // Nothing but the root in common: an absolute path reads better.
    if common <= 1 && !b.is_empty() && a.len() > 1 && common < b.len() {
        return path.display().to_string();
    }
    let up = std::iter::repeat_n("..".to_owned(), b.len() - common);
    let down = a[common..].iter().map(|c| c.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_one_stands() {
        let of = |p: &str, cwd: &str| shown(Path::new(p), Path::new(cwd));
        assert_eq!(of("/p/a/b.yaml", "/p"), "a/b.yaml");
        assert_eq!(of("/p/a/b.yaml", "/p/c/d"), "../../a/b.yaml");
        assert_eq!(of("/p/./a/../b.yaml", "/p"), "b.yaml");
        assert_eq!(of("/etc/x.yaml", "/p/q"), "/etc/x.yaml");
        assert_eq!(of("/p/x.yaml", "/"), "p/x.yaml");
        assert_eq!(of("/p", "/p"), ".");
        assert_eq!(normal(Path::new("/../a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("../a")), Path::new("../a"));
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("Steam", ["Consumer", "Stream"]), Some("Stream"));
        assert_eq!(nearest("stream", ["Consumer", "Stream"]), Some("Stream"));
        assert_eq!(nearest("Zebra", ["Consumer", "Stream"]), None);
    }
}
