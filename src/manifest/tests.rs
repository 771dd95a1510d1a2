//! Whole runs over files in memory: what is read, what is reported, and where.

use super::{fake::Tree, *};
use crate::{
    diag::Report,
    model::{Address, Path, Prune, Resource, json},
};
use std::path::PathBuf;

mod environments;
mod objects;
mod taken;
mod values;

const PROJECT: &str = "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: shop}\n";
const STREAM: &str = "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: ORDERS}\nspec: {subjects: [orders.>]}\n";

struct Run {
    loaded: Option<Loaded>,
    report: Report,
}

fn env(name: &str) -> Option<String> {
    (name == "BUILD").then(|| "77".to_owned())
}

fn inputs(tree: &Tree) -> Inputs<'_> {
    Inputs {
        files: tree,
        cwd: PathBuf::from("/p"),
        only: Vec::new(),
        stdin: None,
        environment: None,
        project_id: None,
        environment_file: None,
        secret_dirs: Vec::new(),
        getenv: &env,
        all_systems: false,
        quick: false,
        connected: false,
    }
}

fn run_with(files: &[(&str, &str)], change: impl FnOnce(&mut Inputs<'_>)) -> Run {
    let tree = Tree::new(files);
    let mut inputs = inputs(&tree);
    change(&mut inputs);
    let mut report = Report::default();
    let loaded = load(&inputs, &mut report);
    Run { loaded, report }
}

fn run(files: &[(&str, &str)]) -> Run {
    run_with(files, |_| {})
}

/// A project's `spec` and one manifest.
fn project(spec: &str, manifest: &str) -> Run {
    let spec = spec.lines().map(|l| format!("  {l}\n")).collect::<String>();
    run(&[("/p/natsform.yaml", &format!("{PROJECT}spec:\n{spec}")), ("/p/m.yaml", manifest)])
}

impl Run {
    /// `file:line:column code message` of every problem, sorted.
    fn problems(&mut self) -> Vec<String> {
        self.report.sort();
        let line = |p: &crate::diag::Problem| {
            let place = p.at.as_ref().map_or(String::new(), |at| {
                let s = self.report.place(at.source, at.span.start);
                format!("{}:{}:{} ", s.file, s.line, s.column)
            });
            format!("{place}{} {}", p.code, p.message)
        };
        self.report.problems().iter().map(line).collect()
    }

    #[track_caller]
    fn fails(mut self, wanted: &[&str]) {
        assert_eq!(self.problems(), wanted);
        assert!(self.loaded.is_none() || !self.report.has_errors());
    }

    #[track_caller]
    fn fine(mut self) -> Loaded {
        assert_eq!(self.problems(), Vec::<String>::new());
        self.loaded.expect("loaded")
    }
}

fn addresses(loaded: &Loaded) -> String {
    loaded.resources.iter().map(|r| r.address.to_string()).collect::<Vec<_>>().join(" ")
}

fn find<'l>(loaded: &'l Loaded, short: &str) -> &'l Resource {
    loaded.resources.iter().find(|r| r.address.short() == short).expect(short)
}

fn place(loaded: &Loaded, short: &str, path: &str) -> String {
    let places = loaded.field_sources(find(loaded, short));
    let source = &places[&Path::parse(path).unwrap()];
    format!("{}:{}:{}", source.file, source.line, source.column)
}

#[test]
fn a_project_with_one_stream() {
    let loaded = run(&[("/p/natsform.yaml", PROJECT), ("/p/a/orders.yaml", STREAM)]).fine();
    assert_eq!(loaded.project, ProjectId { name: "shop".into(), id: "shop".into() });
    assert_eq!(addresses(&loaded), "stream/ORDERS@default");
    assert_eq!(loaded.environment.name, "default");
    assert_eq!(loaded.resources[0].body["subjects"], json!(["orders.>"]));
    assert_eq!(place(&loaded, "stream/ORDERS", "subjects"), "a/orders.yaml:4:8");
    let named = loaded.resource_source(&loaded.resources[0]).unwrap();
    assert_eq!((named.line, named.column), (3, 18));
}

#[test]
fn without_a_project_file_only_f_helps() {
    run(&[("/p/m.yaml", STREAM)]).fails(&["NF0150 no `natsform.yaml` here or in a parent directory"]);
    let quick = |only: &str| {
        run_with(&[("/p/m.yaml", STREAM)], |i| {
            (i.quick, i.only, i.stdin) = (true, vec![only.into()], Some(STREAM.into()));
        })
    };
    for only in ["m.yaml", ".", "-"] {
        let loaded = quick(only).fine();
        assert_eq!(addresses(&loaded), "stream/ORDERS@default", "{only}");
        assert_eq!((loaded.project.id.as_str(), loaded.only), ("default", None));
    }
    quick("nope").fails(&["NF0154 `nope` does not exist"]);
}

#[test]
fn f_inside_a_project_narrows() {
    let other = STREAM.replace("ORDERS", "OTHER");
    let loaded = run_with(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", STREAM), ("/p/o.yaml", &other)], |i| {
        i.only = vec!["o.yaml".into()];
    })
    .fine();
    assert_eq!(addresses(&loaded), "stream/OTHER@default");
    assert_eq!(loaded.only.map(|o| o.len()), Some(1));
}

#[test]
fn paths_that_hold_nothing_are_errors() {
    let files = |manifests: &str| {
        run(&[("/p/natsform.yaml", &format!("{PROJECT}spec: {{manifests: {manifests}}}\n")), ("/p/x/readme.md", "")])
    };
    files("[nope]").fails(&["natsform.yaml:4:20 NF0154 `nope` does not exist"]);
    files("[x]").fails(&["natsform.yaml:4:20 NF0154 no manifest in `x`"]);
    files("[../y]").fails(&["natsform.yaml:4:20 NF0117 `/y` lies outside the project directory"]);
    files("[]").fails(&["natsform.yaml:4:19 NF0154 `spec.manifests` is empty"]);
    run(&[("/p/natsform.yaml", PROJECT)]).fails(&["NF0154 no manifest in `.`"]);
}

#[test]
fn envelopes_are_checked_in_one_run() {
    let manifest = "\
apiVersion: natsform/v2
kind: Stream
---
apiVersion: natsform/v1
kind: Steam
---
apiVersion: natsform/v1
kind: Project
---
kind: Stream
metadata: {nam: X}
spec: {}
---
apiVersion: natsform/v1
kind: Stream
metadata:
  name: A
  lifecycle: {protect: yes, on_remove: keep, ignore: [{path: placement.tag}, {path: metadata.team}], x: 1}
  target: prometheus
specs: {}
---
[1]
---
apiVersion: natsform/v1
";
    let mut run = run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", manifest)]);
    let problems = run.problems();
    let wanted = [
        "m.yaml:1:13 NF0151 unknown apiVersion `natsform/v2`",
        "m.yaml:5:7 NF0152 unknown kind `Steam`",
        "m.yaml:8:7 NF0155 a second project",
        "m.yaml:10:1 NF0013 `apiVersion` is missing in a document",
        "m.yaml:11:12 NF0011 unknown key `nam` in metadata",
        "m.yaml:11:12 NF0013 `name` is missing in metadata",
        "m.yaml:18:24 NF0012 expected `true` or `false`, found `yes`",
        "m.yaml:18:40 NF0012 expected `delete` or `orphan`, found `keep`",
        "m.yaml:18:62 NF0113 unknown field path `placement.tag`",
        "m.yaml:18:102 NF0011 unknown key `x` in a lifecycle",
        "m.yaml:19:11 NF0112 unknown target `prometheus`",
        "m.yaml:20:1 NF0011 unknown key `specs` in a document",
        "m.yaml:22:2 NF0012 expected a document, a mapping, found a list",
        "m.yaml:24:1 NF0013 `kind` is missing in a document",
    ];
    assert_eq!(problems, wanted);
    let help: Vec<&str> = run.report.problems().iter().flat_map(|p| &p.help).map(String::as_str).collect();
    for wanted in [
        "did you mean `Stream`?",
        "did you mean `name`?",
        "write `true`",
        "did you mean `tags`?",
        "did you mean `spec`?",
    ] {
        assert!(help.iter().any(|h| h.contains(wanted)), "{wanted} in {help:?}");
    }
}

#[test]
fn documents_of_later_kinds_and_other_tools_are_counted() {
    let later = "apiVersion: natsform/v1\nkind: KeyValue\nmetadata: {name: X}\nspec: {x: '${{ nothing }}'}\n";
    let all = format!(
        "{STREAM}---\n{later}---\n{later}---\napiVersion: jetstream.nats.io/v1beta2\nkind: Stream\n---\ngroups: [{{name: a}}]\n"
    );
    let files = [("/p/natsform.yaml", PROJECT), ("/p/m.yaml", all.as_str())];
    assert_eq!(
        run(&files).fine().notes,
        [
            "2 documents of `KeyValue` skipped: this version of natsform does not plan them yet",
            "1 document of `NACK` skipped: this version of natsform does not read them yet",
            "1 document of `Prometheus rule file` skipped: the environment `default` has no prometheus",
        ]
    );
    assert_eq!(run_with(&files, |i| i.all_systems = true).report.errors(), 4);
}

#[test]
fn faults_of_the_project_file_are_told_at_once() {
    let spec = "\
manifest: []
removed: [{select: stream, then: transfer}, {select: stream/A, then: forget, to: a/b}]
take_from: [{project: web, select: stream/A}]
environments:
  prod:
    prune: deleted
    allow_data_loss: {max_bytes: 10GB}
    nats:
      url: http://x
      context: y
      acount: A
      accounts: {A: {user: a}, B: {password: hunter2, user: b}}
      account: AA
      expect: {version: new, servers: -1}";
    let mut run = project(spec, STREAM);
    let problems = run.problems();
    let wanted = [
        "natsform.yaml:5:3 NF0011 unknown key `manifest` in a project",
        "natsform.yaml:6:22 NF0012 `stream` is no address",
        "natsform.yaml:6:36 NF0013 `to` is missing in a transfer",
        "natsform.yaml:6:84 NF0012 `to` belongs to `then: transfer`",
        "natsform.yaml:7:25 NF0012 `web` names no project and environment",
        "natsform.yaml:10:14 NF0012 expected `never`, `report` or `delete`, found `deleted`",
        "natsform.yaml:11:",
        "natsform.yaml:13:14 NF0012 `http://` is no NATS URL",
        "natsform.yaml:14:18 NF0116 give one of `url`, `urls` and `context`",
        "natsform.yaml:15:9 NF0011 unknown key `acount` in a NATS connection",
        "natsform.yaml:16:24 NF0013 `user` and `password` go together",
        "natsform.yaml:16:48 NF0120 a literal secret",
        "natsform.yaml:17:18 NF0111 the environment has no account `AA`",
        "natsform.yaml:18:27 NF0012 `new` is no version",
        "natsform.yaml:18:41 NF0012 expected a whole number from 0, found `-1`",
    ];
    assert_eq!(problems.len(), wanted.len(), "{problems:#?}");
    for (problem, wanted) in problems.iter().zip(wanted) {
        assert!(problem.starts_with(wanted), "{wanted}\n{problems:#?}");
    }
}

#[test]
fn rendered_documents_read_back_the_same() {
    let stream =
        STREAM.replace("spec: {", "spec: {max_age: 36h, max_bytes: 1_000_000, consumers: {billing: {ack_wait: 1s}}, ");
    let first = project("variables: {x: {default: y}}", &stream).fine();
    let text = render_documents(&first);
    assert!(text.contains("max_bytes: 1000000  #"), "{text}");
    assert!(text.contains("max_age: 1d12h  # m.yaml:4:8\n"), "{text}");
    let again = project("", &text).fine();
    let bodies = |l: &Loaded| l.resources.iter().map(|r| (r.address.clone(), r.body.clone())).collect::<Vec<_>>();
    assert_eq!(bodies(&again), bodies(&first));
}

#[test]
fn odd_input_never_panics() {
    for text in [
        "",
        "---\n",
        "null\n",
        "[]\n",
        "a\n",
        "apiVersion: [1]\nkind: {}\n",
        "{apiVersion: natsform/v1, kind: Stream, metadata: [], spec: x}\n",
        "&a [*a]\n",
        "\u{feff}",
        "kind: Stream\n<<: {apiVersion: natsform/v1}\n",
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: [x]}\nspec: {variables: x, defaults: [], removed: y, take_from: {}, environments: [z], manifests: {}}\n",
    ] {
        run(&[("/p/natsform.yaml", text), ("/p/m.yaml", STREAM)]);
        run(&[("/p/natsform.yaml", PROJECT), ("/p/m.yaml", text)]);
    }
}
