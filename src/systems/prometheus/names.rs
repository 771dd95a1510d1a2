//! File names that say whose a file is: `natsform--PROJECT--ENVIRONMENT--DOCUMENT.yml`.
//!
//! Ownership rests on the name alone, so it must be reversible: a part never begins or ends with `-` and never holds two
//! of them, and what is no letter, digit, `_`, `.` or `-` stands there as `=XX`.

use crate::{
    systems::Scope,
    units::{escape_part, unescape_part},
};

const BEGIN: &str = "natsform--";
const END: &str = ".yml";

/// The lease of a directory. As a dot file with another ending it lies outside every usual glob.
pub const LEASE: &str = ".natsform.lease";

/// How long the name of a file may be, in bytes: what Linux and macOS take.
pub const LONGEST: usize = 255;

/// The file of a document.
pub fn file_name(scope: &Scope, document: &str) -> String {
    file_below(&prefix(scope), document)
}

/// The same with the [`prefix`] of its project and environment.
pub fn file_below(prefix: &str, document: &str) -> String {
    format!("{prefix}{}{END}", escape(document))
}

/// The document of a file of this project and environment; `None` for files of others.
pub fn document(scope: &Scope, file_name: &str) -> Option<String> {
    let part = file_name.strip_prefix(&prefix(scope))?.strip_suffix(END)?;
    let document = unescape_part(part, '=')?;
    // only the one spelling is ours: another would be written beside it
    (escape(&document) == part).then_some(document)
}

/// What the names of all files of a project and environment begin with.
pub fn prefix(scope: &Scope) -> String {
    format!("{BEGIN}{}--{}--", escape(&scope.project), escape(&scope.environment))
}

fn escape(text: &str) -> String {
    escape_part(text, '=', |before, left| match left {
        // never at an end, never two
        [b'-', rest @ ..] => !before.is_empty() && !rest.is_empty() && !before.ends_with('-'),
        [b, ..] => b.is_ascii_alphanumeric() || b"_.".contains(b),
        [] => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scope(project: &str, environment: &str) -> Scope {
        Scope { project: project.into(), environment: environment.into() }
    }

    #[test]
    fn names_read_well_and_tell_their_parts() {
        assert_eq!(file_name(&scope("edr", "prod"), "nats.rules-1"), "natsform--edr--prod--nats.rules-1.yml");
        assert_eq!(file_name(&scope("a-", "-b"), "x--y/z"), "natsform--a=2D--=2Db--x-=2Dy=2Fz.yml");
        for other in ["natsform--edr--prod--a=2Eb.yml", "natsform--edr--prod--a.yaml", "natsform--edr--prod-2--a.yml"] {
            assert_eq!(document(&scope("edr", "prod"), other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_document_is_found_again_by_its_own_project_alone(
            a in "[-a.=é/]{0,5}", b in "[-a.=é/]{0,5}", c in "[-a.=é/]{0,5}", d in "[-a.=é/]{0,5}", e in "[-a.=é/]{0,5}",
        ) {
            let name = file_name(&scope(&a, &b), &c);
            prop_assert!(!name.contains('/'));
            prop_assert_eq!(document(&scope(&a, &b), &name), Some(c));
            if (&a, &b) != (&d, &e) {
                prop_assert_eq!(document(&scope(&d, &e), &name), None);
            }
        }
    }
}
