//! What a document without a name of its own is called: by the path of its file below the manifests.

use super::{base::Base, text::normal};
use crate::yaml::Span;
use std::path::{Path, PathBuf};

/// Where manifests are looked for: the names of documents without one are paths below these.
pub(super) fn roots(base: &Base, listed: Vec<(PathBuf, Option<Span>)>) -> Vec<PathBuf> {
    let project: Vec<PathBuf> = match &base.project.manifests {
        Some(paths) => paths.iter().map(|(path, _)| base.dir.join(path)).collect(),
        None if base.file.is_some() => vec![base.dir.clone()],
        None => Vec::new(),
    };
    project.into_iter().chain(listed.into_iter().map(|(path, _)| path)).map(|path| normal(&path)).collect()
}

/// A path below the first of `roots` that holds it, without its extension, with `.` between its parts.
pub(super) fn stem(path: &Path, roots: &[PathBuf]) -> String {
    let inside = roots.iter().find_map(|root| path.strip_prefix(root).ok().filter(|rest| rest.iter().count() > 0));
    let path = inside.or_else(|| path.file_name().map(Path::new)).unwrap_or(path).with_extension("");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_name_is_called_by_its_path_below_the_manifests() {
        let roots = [PathBuf::from("/p/rules"), PathBuf::from("/p/one.yaml"), PathBuf::from("/p")];
        for (path, wanted) in [
            ("/p/rules/node/disk.yml", "node.disk"),
            ("/p/rules/a.b.yaml", "a.b"),
            ("/p/one.yaml", "one"),
            ("/p/x/y.yaml", "x.y"),
            ("/q/z.yaml", "z"),
            ("stdin", "stdin"),
        ] {
            assert_eq!(stem(Path::new(path), &roots), wanted, "{path}");
        }
    }
}
