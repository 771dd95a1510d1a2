//! What people get wrong: every mistake is an error at its place, all of them in one run, and no connection is opened.

mod connections;
mod envelope;
mod environments;
mod made;
mod project;
mod specs;
mod values;
mod yaml;

use super::bed::{Forbidden, Ran, TestBed};

/// Name, text, and what is said: `LINE:COLUMN CODE message`; a message that ends in `…` is only a beginning.
pub type Row = (&'static str, &'static str, &'static [&'static str]);
/// Name, files, arguments, and what is said: `FILE:LINE:COLUMN CODE message`.
pub type ProjectRow =
    (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str], &'static [&'static str]);

/// Every table of projects.
const PROJECTS: &[&[ProjectRow]] =
    &[project::PROJECT, environments::ENVIRONMENTS, connections::CONNECTIONS, values::VALUES];

const STREAM: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\n";
const CONSUMER: &str = "apiVersion: natsform/v1\nkind: Consumer\nmetadata: {name: c}\n";
/// What must not be printed wherever it stands in a file of these tables.
const CANARY: &str = "CANARY";

#[test]
fn malformed_yaml() {
    yaml::YAML.iter().for_each(|(name, text, says)| manifest(name, text.as_bytes(), says));
}

#[test]
fn malformed_files_that_a_table_cannot_hold() {
    made::all().iter().for_each(|(name, text, says)| manifest(name, text, &[*says]));
}

#[test]
fn malformed_envelopes() {
    envelope::ENVELOPE.iter().for_each(|(name, text, says)| manifest(name, text.as_bytes(), says));
}

#[test]
fn malformed_specs() {
    for (head, rows) in [(STREAM, specs::STREAM), (CONSUMER, specs::CONSUMER)] {
        rows.iter().for_each(|(name, text, says)| manifest(name, format!("{head}{text}").as_bytes(), says));
    }
}

#[test]
fn malformed_projects() {
    for (name, files, arguments, says) in PROJECTS.iter().copied().flatten() {
        let nobody = Forbidden::new();
        let mut bed = TestBed::new();
        // the project file of a row has connections of its own, so that places stay what they are: this wins over them
        bed.env("NATSFORM_SERVER", &nobody.url());
        files.iter().for_each(|(file, text)| bed.file(file, text));
        let says: Vec<String> = says.iter().map(|s| (*s).to_owned()).collect();
        refused(name, &bed, arguments, &says);
        assert!(!nobody.was_opened(), "{name}: a connection was opened");
    }
}

#[test]
fn the_tables_hold_more_than_two_hundred_mistakes() {
    let rows = yaml::YAML.len() + envelope::ENVELOPE.len() + specs::STREAM.len() + specs::CONSUMER.len();
    assert!(rows + PROJECTS.iter().map(|rows| rows.len()).sum::<usize>() + made::all().len() > 200);
}

/// One manifest `m.yaml` in a project whose server is not to be reached.
fn manifest(name: &str, text: &[u8], says: &[&str]) {
    let nobody = Forbidden::new();
    let bed = TestBed::new();
    let environments = format!("spec: {{environments: {{local: {{nats: {{url: \"{}\"}}}}}}}}\n", nobody.url());
    bed.file("natsform.yaml", format!("apiVersion: natsform/v1\nkind: Project\nmetadata: {{name: p}}\n{environments}"));
    bed.file("m.yaml", text);
    let says: Vec<String> = says.iter().map(|s| format!("m.yaml:{s}")).collect();
    refused(name, &bed, &[], &says);
    assert!(!nobody.was_opened(), "{name}: a connection was opened");
}

/// Every command that reads manifests says the same of them and gives up.
fn refused(name: &str, bed: &TestBed, arguments: &[&str], says: &[String]) {
    for command in [&["validate"][..], &["plan"], &["apply", "--yes"]] {
        let ran = bed.args(&[command, arguments].concat());
        assert_eq!((ran.exit, ran.stdout.as_str()), (Some(1), ""), "{name}: {command:?}\n{}", ran.stderr);
        same(name, &ran.problems(), says);
        quiet_about_secrets(name, &ran);
    }
    let ran = bed.args(&[&["drift", "--format", "json"], arguments].concat());
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(1), ""), "{name}: drift\n{}", ran.stdout);
    same(name, &of_json(&ran), says);
    quiet_about_secrets(name, &ran);
}

fn same(name: &str, found: &[String], says: &[String]) {
    let fits = |(found, says): (&String, &String)| match says.strip_suffix('…') {
        Some(begin) => found.starts_with(begin),
        None => found == says,
    };
    assert!(found.len() == says.len() && found.iter().zip(says).all(fits), "{name}\nfound {found:#?}\nnot {says:#?}");
}

fn quiet_about_secrets(name: &str, ran: &Ran) {
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{name}\n{}\n{}", ran.stdout, ran.stderr);
}

/// The diagnostics of a JSON result in the form of [`Ran::problems`].
fn of_json(ran: &Ran) -> Vec<String> {
    let all = ran.json()["diagnostics"].as_array().cloned().expect("diagnostics");
    let one = |d: &serde_json::Value| {
        let text = |key: &str| d[key].as_str().expect(key).to_owned();
        assert_eq!(text("severity"), "error");
        let place = &d["source"];
        let place = match place["file"].as_str() {
            Some(file) => format!("{file}:{}:{} ", place["line"], place["column"]),
            None => String::new(),
        };
        format!("{place}{} {}", text("code"), text("message"))
    };
    all.iter().map(one).collect()
}
