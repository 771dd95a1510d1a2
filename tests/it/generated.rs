//! What is generated from the code is current: `scripts/generate` writes it.

use crate::support::yaml_files;
use natsform::{diag, engine, systems};
use std::{fs, path::Path};

fn current(path: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("NATSFORM_GENERATE").is_some() {
        fs::create_dir_all(path.parent().expect("a directory")).expect("the directory is made");
        fs::write(&path, wanted).expect("the file is written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{} is not current: run scripts/generate", path.display());
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON") + "\n"
}

#[test]
fn generated_schemas_are_current() {
    current("schemas/natsform.schema.json", &pretty(&engine::schema(None).expect("all kinds")));
    for (_, kind) in systems::kinds() {
        let schema = engine::schema(Some(kind.name())).expect("a kind has a schema");
        current(&format!("schemas/{}.schema.json", kind.name()), &pretty(&schema));
    }
}

#[test]
fn generated_pages_are_current() {
    current("docs/errors.md", &diag::codes_page());
}

#[test]
fn generated_schemas_accept_every_example() {
    let schema = engine::schema(None).expect("all kinds");
    let validator = jsonschema::validator_for(&schema).expect("the schema itself is valid");
    let mut seen = 0;
    for path in yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")) {
        let text = fs::read_to_string(&path).expect("an example");
        assert!(text.starts_with("# yaml-language-server: $schema="), "{}: the editor line is missing", path.display());
        let line = text.lines().next().and_then(|l| l.split_once("$schema=")).map(|(_, p)| p.trim()).expect("a path");
        assert!(path.parent().expect("a directory").join(line).exists(), "{}: no schema at {line}", path.display());
        for document in serde_yaml::Deserializer::from_str(&text) {
            let value: serde_json::Value = serde::Deserialize::deserialize(document).expect("an example is YAML");
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} documents");
}
