//! The walls of ARCHITECTURE.md: which module may use which of ours, and which outside crates are fenced in.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Module → what it may use of ours.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let all = [
        "apply",
        "checks",
        "cli",
        "diag",
        "drivers",
        "engine",
        "inventory",
        "manifest",
        "model",
        "plan",
        "ports",
        "promql",
        "render",
        "shape",
        "systems",
        "units",
        "yaml",
    ];
    let but = |not: &[&str]| all.into_iter().filter(|m| !not.contains(m)).collect::<Vec<_>>();
    BTreeMap::from([
        ("units", vec![]),
        ("promql", vec![]),
        ("yaml", vec!["units"]),
        ("model", vec!["units"]),
        ("ports", vec!["model"]),
        ("diag", vec!["yaml", "model"]),
        ("shape", vec!["model", "yaml", "diag", "units"]),
        ("inventory", vec!["model", "ports", "units"]),
        ("systems", vec!["model", "shape", "ports", "yaml", "diag", "units", "promql"]),
        ("checks", vec!["model", "yaml", "diag", "units", "promql", "systems"]),
        ("manifest", vec!["model", "shape", "ports", "yaml", "diag", "units", "systems"]),
        ("plan", vec!["model", "shape", "systems", "inventory", "units"]),
        ("render", vec!["model", "units"]),
        ("apply", vec!["model", "shape", "plan", "systems", "inventory", "ports", "units"]),
        ("drivers", vec!["ports", "model"]),
        ("engine", but(&["cli"])),
        ("cli", all.to_vec()),
    ])
}

/// What only some modules may say.
const FENCES: &[(&str, &[&str])] = &[
    ("async_nats", &["drivers"]),
    ("reqwest", &["drivers"]),
    ("rustls", &["drivers"]),
    ("std::fs", &["drivers"]),
    ("std::process", &["drivers", "cli"]),
    ("std::env", &["cli"]),
    ("SystemTime", &["drivers"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("similar::", &["render"]),
    ("nkeys::", &["drivers"]),
    ("println!", &["cli"]),
    ("miette", &["diag"]),
    ("granit_parser", &["yaml"]),
];

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir).expect("a directory").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The code of a file line by line: comments blanked, and tests left out (they may use what they test with).
fn code(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    text.lines().map(|line| line.split("//").next().unwrap_or("").to_owned()).collect()
}

fn module(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    (inside.components().count() > 1).then(|| first.to_owned())
}

/// The modules of ours that a stretch of code names: `crate::x`, and each `x::` of a `use crate::{…}` list.
fn uses(code: &[String]) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    for (i, line) in code.iter().enumerate() {
        for part in line.split("crate::").skip(1) {
            match part.strip_prefix('{') {
                Some(_) => depth = 1,
                None => out.push((i + 1, word(part))),
            }
        }
        let list = if let Some((_, rest)) = line.split_once("crate::{") {
            rest
        } else if depth > 0 {
            line.as_str()
        } else {
            ""
        };
        if depth > 0 {
            let mut current = String::new();
            for c in list.chars() {
                match c {
                    '{' => {
                        if depth == 1 {
                            out.push((i + 1, word(current.trim())));
                        }
                        depth += 1;
                        current.clear();
                    }
                    '}' => {
                        if depth == 1 && !current.trim().is_empty() {
                            out.push((i + 1, word(current.trim())));
                        }
                        depth = depth.saturating_sub(1);
                        current.clear();
                    }
                    ',' => {
                        if depth == 1 && !current.trim().is_empty() {
                            out.push((i + 1, word(current.trim())));
                        }
                        current.clear();
                    }
                    _ if depth >= 1 => current.push(c),
                    _ => {}
                }
            }
        }
    }
    out.retain(|(_, m)| !m.is_empty());
    out
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn sources() -> Vec<(String, PathBuf, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths
        .into_iter()
        .filter(|p| {
            !p.components().any(|c| c.as_os_str() == "tests") && !p.ends_with("tests.rs") && !p.ends_with("fake.rs")
        })
        .filter_map(|p| {
            let module = module(&root, &p)?;
            let text = fs::read_to_string(&p).expect("a source file");
            Some((module, p, code(&text)))
        })
        .collect()
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        let may = allowed.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` is not in the table of layers"));
        for (line, used) in uses(&code) {
            if used != module && allowed.contains_key(used.as_str()) && !may.contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: `{module}` uses `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_behind_their_fences() {
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        for (i, line) in code.iter().enumerate() {
            for (what, inside) in
                FENCES.iter().filter(|(what, inside)| line.contains(what) && !inside.contains(&module.as_str()))
            {
                wrong.push(format!("{}:{}: `{what}` belongs to {}", path.display(), i + 1, inside.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_walls_are_seen() {
    let code: Vec<String> =
        ["use crate::{", "    model::{Address, Path},", "    plan::draft,", "};", "let x = crate::units::count(1);"]
            .map(String::from)
            .to_vec();
    let found: Vec<(usize, String)> = uses(&code);
    assert_eq!(found, [(2, "model".to_owned()), (3, "plan".to_owned()), (5, "units".to_owned())]);
}

/// What walks every system must know none: what is printed about one comes from that system's data.
#[test]
fn nothing_that_serves_all_systems_names_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names: Vec<String> = natsform::systems::ALL.iter().map(|s| s.name().to_lowercase()).collect();
    for (_, kind) in natsform::systems::kinds() {
        names.extend([kind.name().to_lowercase(), kind.word().to_owned(), format!("{}s", kind.word())]);
        names.extend(kind.stands_for().iter().map(|word| (*word).to_owned()));
    }
    let mut found = Vec::new();
    for dir in ["plan", "apply", "render", "engine"] {
        let mut paths = Vec::new();
        files(&root.join(dir), &mut paths);
        for path in paths.iter().filter(|p| !p.ends_with("tests.rs")) {
            let text = fs::read_to_string(path).expect("a source file");
            let mut using = false;
            for (i, line) in code(&text).iter().enumerate() {
                using |= line.starts_with("use ") || line.starts_with("pub use ");
                let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_lowercase);
                let named: Vec<String> = words.filter(|w| !using && names.contains(w)).collect();
                using &= !line.ends_with(';');
                if !named.is_empty() {
                    found.push(format!("{}:{}: {}", path.display(), i + 1, named.join(", ")));
                }
            }
        }
    }
    assert!(found.is_empty(), "systems and kinds are named in:\n{}", found.join("\n"));
}
