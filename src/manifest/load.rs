//! One run's input, from the working directory to the resources.

use super::{
    assemble::{self, Document, Parts, said_at},
    connect, defaults,
    discover::{self, Found, Missing, Walk},
    documents::{self, What},
    environment::{Environment, Inventory, NatsConnection, ProjectId, RemovedRule, TakeRule},
    faults::Faults,
    fields,
    mask::masked,
    project::{self, Named, Project},
    table::{Documents, Role},
    text::{counted, normal, shown},
    variables::{Scope, Substitution, ValueUsed},
};
use crate::{
    diag::{Problem, Report, SourceId},
    model::{Address, Origin, Path as FieldPath, Resource, Source},
    ports::Files,
    shape, systems,
    yaml::{self, Budgets, Node, Span},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

/// What a run is about.
pub struct Inputs<'a> {
    pub files: &'a dyn Files,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// `-f`: files and directories instead of the project's manifests; `-` is standard input.
    pub only: Vec<PathBuf>,
    /// What standard input holds, where `only` names it.
    pub stdin: Option<Vec<u8>>,
    /// `--env`.
    pub environment: Option<String>,
    /// `--project`.
    pub project_id: Option<String>,
    /// `--environment-file`: the connections, from outside the repository.
    pub environment_file: Option<PathBuf>,
    /// `--secret-dir`: where secret files may lie beside the project's directory.
    pub secret_dirs: Vec<PathBuf>,
    /// Looks up an environment variable: for variables with `from_env`, and for nothing else.
    pub getenv: &'a dyn Fn(&str) -> Option<String>,
    /// A document that is not planned is an error.
    pub all_systems: bool,
    /// Work without a project file where there is none.
    pub quick: bool,
    /// The command line says how NATS is reached, so that an environment without `nats` has one all the same.
    pub connected: bool,
}

/// What a run works on.
#[derive(Debug)]
pub struct Loaded {
    pub project: ProjectId,
    pub environment: Environment,
    /// By address.
    pub resources: Vec<Resource>,
    /// What `-f` narrowed the run to, inside a project; nothing outside it is pruned.
    pub only: Option<BTreeSet<Address>>,
    /// Things to say that are no problems: what was skipped.
    pub notes: Vec<String>,
    pub removed: Vec<RemovedRule>,
    pub take_from: Vec<TakeRule>,
    /// The variables that went into documents.
    pub values_used: BTreeMap<String, ValueUsed>,
    /// The project's directory; the working directory without a project.
    pub directory: PathBuf,
    /// The project file, as reports show it; `None` in quick mode.
    pub project_file: Option<String>,
    /// How many files and documents of ours were read.
    pub counts: (usize, usize),
    pub documents: Documents,
}

impl Loaded {
    /// The place of an origin, for people.
    pub fn source(&self, origin: &Origin) -> Option<Source> {
        self.documents.source(origin)
    }

    /// Where an object is declared: the name of its document, or its key inside another one.
    pub fn resource_source(&self, resource: &Resource) -> Option<Source> {
        let (source, span) = assemble::name_place(&self.documents, resource.origins.first()?)?;
        self.documents.at(source, span)
    }

    /// The place of every declared value of a resource.
    pub fn field_sources(&self, resource: &Resource) -> BTreeMap<FieldPath, Source> {
        let Some((_, kind)) = systems::kind_by_word(&resource.address.kind) else { return BTreeMap::new() };
        let declared = shape::declared(kind.shape(), &resource.body);
        let place = |path: FieldPath| {
            let origin = said_at(resource, &path, &self.documents)?;
            Some((path, self.documents.source(&origin)?))
        };
        declared.into_iter().filter_map(place).collect()
    }
}

/// Reads everything. `None` where there were errors: all of them are in the report.
pub fn load(inputs: &Inputs<'_>, report: &mut Report) -> Option<Loaded> {
    let before = report.errors();
    let loaded = Run { inputs, report, table: Documents::default(), notes: Vec::new(), skipped: BTreeMap::new(), files: 0 }.run();
    loaded.filter(|_| report.errors() == before)
}

/// A file in the report.
struct File {
    source: SourceId,
    text: Arc<str>,
    documents: Vec<Node>,
}

struct Run<'a, 'r> {
    inputs: &'a Inputs<'a>,
    report: &'r mut Report,
    table: Documents,
    notes: Vec<String>,
    /// Documents that are not planned: why and which, and how many.
    skipped: BTreeMap<(String, String), usize>,
    files: usize,
}

/// The project file, read as far as the environment allows.
struct Base {
    project: Project,
    /// The file, its source and its index in the table; `None` in quick mode.
    file: Option<(Found, File, usize)>,
    dir: PathBuf,
    environment: Environment,
    scope: Scope,
    /// The overlay directories of all environments.
    overlays: BTreeSet<PathBuf>,
    overlays_at: Option<Span>,
}

impl Run<'_, '_> {
    fn run(mut self) -> Option<Loaded> {
        let cwd = normal(&self.inputs.cwd);
        let found = match discover::project_file(self.inputs.files, &cwd) {
            Ok(found) => found,
            Err(missing) => return self.fail(missing, None),
        };
        if found.is_none() && (!self.inputs.quick || self.inputs.only.is_empty()) {
            let mut problem = Problem::error("NF0150", "no `natsform.yaml` here or in a parent directory");
            problem = problem.help("`natsform init` writes one");
            self.report.push(problem.help("or name manifests with `-f FILE`"));
            return None;
        }
        let base = match found {
            Some(found) => self.project(found, &cwd)?,
            None => self.quick(&cwd),
        };
        let documents = self.manifests(&base, &cwd);
        let overlays = self.overlays(&base, &cwd);
        self.assemble(base, documents, overlays)
    }

    fn fail<T>(&mut self, missing: Missing, at: Option<(SourceId, Span)>) -> Option<T> {
        let mut problem = Problem::error(missing.code, missing.message);
        if let Some((source, span)) = at {
            problem = problem.at(source, span);
        }
        self.report.push(missing.help.into_iter().fold(problem, Problem::help));
        None
    }

    /// Reads a file into nodes; `None` where it cannot be read.
    fn open(&mut self, found: &Found) -> Option<File> {
        match self.inputs.files.read(&found.path) {
            Ok(Some(bytes)) => Some(self.parse(&found.shown, &bytes)),
            Ok(None) => {
                self.fail(Missing { code: "NF0153", message: format!("`{}` does not exist any more", found.shown), help: vec![] }, None)
            }
            Err(e) => {
                let message = format!("cannot read `{}`: {e}", found.shown);
                self.fail(Missing { code: "NF0153", message, help: vec![] }, None)
            }
        }
    }

    fn parse(&mut self, shown: &str, bytes: &[u8]) -> File {
        let loaded = yaml::load(bytes, &Budgets::default());
        let text: Arc<str> = masked(&loaded.text, &loaded.documents).into();
        let source = self.report.add_source(shown, text.clone());
        self.table.add_file(source, shown, &text);
        self.report.yaml(source, loaded.problems);
        File { source, text, documents: loaded.documents }
    }

    fn register(&mut self, source: SourceId, node: &Rc<Node>, role: Role) -> usize {
        let index = self.report.add_document(source, node.clone());
        self.table.add(index, source, node, role);
        index
    }

    fn quick(&mut self, cwd: &Path) -> Base {
        let name = self.inputs.environment.clone().unwrap_or_else(|| "default".into());
        let id = self.inputs.project_id.clone().unwrap_or_else(|| "default".into());
        let mut environment = Environment { name: name.clone(), nats: Some(NatsConnection::default()), ..Environment::default() };
        let source = self.report.add_source("", "".into());
        let mut faults = Faults::new(self.report, source, &"".into());
        let scope = Scope::new(&[], None, None, (&id, &name), &mut faults);
        self.environment_file(&mut environment, &scope, cwd);
        Base {
            project: Project { name: id.clone(), id, ..Project::default() },
            file: None,
            dir: cwd.to_path_buf(),
            environment,
            scope,
            overlays: BTreeSet::new(),
            overlays_at: None,
        }
    }

    fn project(&mut self, found: Found, cwd: &Path) -> Option<Base> {
        let file = self.open(&found)?;
        let dir = found.path.parent().map_or_else(|| cwd.to_path_buf(), Path::to_path_buf);
        let Some(node) = file.documents.first().cloned() else {
            if !self.report.has_errors() {
                let problem = Problem::error("NF0013", "the project file holds no project");
                self.report.push(problem.at(file.source, Span::default()));
            }
            return None;
        };
        let node = Rc::new(node);
        let index = self.register(file.source, &node, Role::Project);
        let mut faults = Faults::new(self.report, file.source, &file.text);
        for other in file.documents.iter().skip(1) {
            faults.error("NF0155", other.head(), "the project file holds one document, the project", &[]);
        }
        let mut project = project::read(&node, &mut faults)?;
        for (rule, span) in &mut project.removed {
            rule.source = self.table.at(file.source, *span);
        }
        for (rule, span) in &mut project.take_from {
            rule.source = self.table.at(file.source, *span);
        }
        if let Some(id) = &self.inputs.project_id {
            project.id.clone_from(id);
        }
        let (environment, scope, overlays_at) = self.environments(&project, &file, &dir)?;
        let overlays = project.environments.iter().flat_map(|e| overlay_dirs(&e.node, &dir)).collect();
        let mut base = Base { project, file: Some((found, file, index)), dir, environment, scope, overlays, overlays_at };
        self.environment_file(&mut base.environment, &base.scope, cwd);
        Some(base)
    }

    /// Reads all environments and gives the chosen one.
    fn environments(&mut self, project: &Project, file: &File, dir: &Path) -> Option<(Environment, Scope, Option<Span>)> {
        let chosen = match project::choose(project, self.inputs.environment.as_deref()) {
            Ok(chosen) => chosen,
            Err((message, help)) => {
                let at = project.environments_at.map(|span| (file.source, span));
                return self.fail(Missing { code: "NF0110", message, help }, at);
            }
        };
        for other in &project.environments {
            // one that cannot have all its values here is not checked
            let complete = project.variables.iter().all(|d| d.default.is_some() || other.node.get("values").is_some_and(|v| v.get(&d.name).is_some()));
            if chosen.is_none_or(|c| c.name != other.name) && complete {
                self.environment(project, Some(other), file, dir, false);
            }
        }
        let (mut environment, scope) = self.environment(project, chosen, file, dir, true);
        if environment.nats.is_none() && (chosen.is_none() || self.inputs.connected) {
            environment.nats = Some(NatsConnection::default());
        }
        let at = chosen.and_then(|c| c.node.get("overlays")).map(Node::head);
        Some((environment, scope, at))
    }

    fn environment(
        &mut self,
        project: &Project,
        named: Option<&Named>,
        file: &File,
        dir: &Path,
        chosen: bool,
    ) -> (Environment, Scope) {
        let wanted = self.inputs.environment.as_deref().unwrap_or("default");
        let name = named.map_or(wanted, |n| &n.name);
        let values = named.and_then(|n| n.node.get("values"));
        let getenv = chosen.then_some(self.inputs.getenv);
        let mut faults = Faults::new(self.report, file.source, &file.text);
        let scope = Scope::new(&project.variables, values, getenv, (&project.name, name), &mut faults);
        let mut environment = Environment { name: name.to_owned(), ..Environment::default() };
        if let Some(named) = named {
            let node = without_later(&named.node);
            let node = Substitution::new(&scope, true).run(&node, &mut faults);
            let mut within = vec![dir.to_path_buf()];
            within.extend(self.inputs.secret_dirs.iter().map(|d| normal(&self.inputs.cwd.join(d))));
            let mut around = connect::Around { dir, within, scope: &scope, plaintext: false };
            environment = connect::environment(&node, name, &mut around, &mut faults);
        }
        (environment, scope)
    }

    /// `--environment-file`: its connections replace those of the project file.
    fn environment_file(&mut self, environment: &mut Environment, scope: &Scope, cwd: &Path) {
        let Some(path) = &self.inputs.environment_file else { return };
        let path = normal(&cwd.join(path));
        let found = Found { shown: shown(&path, cwd), path };
        let Some(file) = self.open(&found) else { return };
        let mut faults = Faults::new(self.report, file.source, &file.text);
        let Some(node) = file.documents.first() else {
            faults.error("NF0013", Span::default(), "the environment file says nothing", &[]);
            return;
        };
        let dir = found.path.parent().unwrap_or(cwd);
        let node = Substitution::new(scope, true).run(&without_later(node), &mut faults);
        let mut around = connect::Around { dir, within: Vec::new(), scope, plaintext: environment.allow_plaintext };
        let read = connect::environment(&node, &environment.name, &mut around, &mut faults);
        let Some(mut nats) = read.nats else { return };
        let written = node.get("nats");
        let says = |key: &str| written.and_then(|n| n.get(key)).is_some();
        if let Some(old) = &environment.nats {
            // what is no connection stays the project's, unless the file says it
            if !says("expect") {
                nats.expect = old.expect.clone();
            }
            if !says("account") && (nats.accounts.is_empty() || nats.accounts.contains_key(&old.account)) {
                nats.account.clone_from(&old.account);
                nats.inventory = Inventory::Account(nats.account.clone());
            }
            if !says("inventory") {
                nats.inventory = old.inventory.clone();
            }
        }
        environment.nats = Some(nats);
    }

    /// Finds, reads and tells apart the manifests.
    fn manifests(&mut self, base: &Base, cwd: &Path) -> Vec<Document> {
        let mut documents = Vec::new();
        let source = base.file.as_ref().map(|(_, file, _)| file.source);
        let none = BTreeSet::new();
        let skip = if self.inputs.only.is_empty() { &base.overlays } else { &none };
        let mut walk = Walk::new(self.inputs.files, cwd, skip);
        let mut listed: Vec<(PathBuf, Option<Span>)> = Vec::new();
        let mut stdin = false;
        if self.inputs.only.is_empty() {
            match &base.project.manifests {
                Some(paths) => listed.extend(paths.iter().map(|(p, span)| (base.dir.join(p), Some(*span)))),
                None => listed.push((base.dir.clone(), None)),
            }
        } else {
            stdin = self.inputs.only.iter().any(|p| p.as_os_str() == "-");
            listed.extend(self.inputs.only.iter().filter(|p| p.as_os_str() != "-").map(|p| (cwd.join(p), None)));
        }
        for (path, span) in &listed {
            let at = source.zip(*span);
            if span.is_some() && !normal(path).starts_with(&base.dir) {
                let help = vec!["name what lies outside with `-f`".to_owned()];
                let message = format!("`{}` lies outside the project directory", shown(path, cwd));
                self.fail::<()>(Missing { code: "NF0117", message, help }, at);
            } else if let Err(missing) = walk.add(path) {
                self.fail::<()>(missing, at);
            }
        }
        if listed.is_empty() && !stdin {
            let missing = Missing { code: "NF0154", message: "`spec.manifests` is empty".into(), help: vec![] };
            self.fail::<()>(missing, source.zip(base.project.environments_at));
        }
        self.notes.extend(walk.projects.iter().map(|p| format!("`{p}` is a project of its own and was not read")));
        for found in walk.found() {
            if let Some(file) = self.open(&found) {
                self.read(&file, base, Role::Plain, &mut documents);
            }
        }
        if stdin {
            let bytes = self.inputs.stdin.clone().unwrap_or_default();
            let file = self.parse("<stdin>", &bytes);
            if file.documents.is_empty() && !self.report.has_errors() {
                let missing = Missing { code: "NF0154", message: "standard input holds no document".into(), help: vec![] };
                self.fail::<()>(missing, None);
            }
            self.read(&file, base, Role::Plain, &mut documents);
        }
        documents
    }

    fn overlays(&mut self, base: &Base, cwd: &Path) -> Vec<Document> {
        let mut documents = Vec::new();
        let source = base.file.as_ref().map(|(_, file, _)| file.source);
        let skip = BTreeSet::new();
        for dir in &base.environment.overlays {
            let mut walk = Walk::new(self.inputs.files, cwd, &skip);
            if let Err(missing) = walk.add(dir) {
                let message = format!("an overlay of `{}` is missing: {}", base.environment.name, missing.message);
                self.fail::<()>(Missing { code: "NF0134", message, ..missing }, source.zip(base.overlays_at));
            }
            for found in walk.found() {
                if let Some(file) = self.open(&found) {
                    self.read(&file, base, Role::Overlay, &mut documents);
                }
            }
        }
        documents
    }

    /// Reads the documents of a file.
    fn read(&mut self, file: &File, base: &Base, role: Role, out: &mut Vec<Document>) {
        self.files += 1;
        for node in file.documents.iter().filter(|n| !n.is_null()) {
            let mut faults = Faults::new(self.report, file.source, &file.text);
            match documents::what(node, &mut faults) {
                What::Broken => {}
                What::Later(kind) => {
                    self.skip("this version of natsform does not plan them yet", kind, file, node);
                }
                What::Foreign(tool) => {
                    self.skip("this version of natsform does not read them yet", tool, file, node);
                }
                What::Ours { kind, .. } if base.environment.nats.is_none() => {
                    let why = format!("the environment `{}` has no nats", base.environment.name);
                    self.skip(&why, kind.name(), file, node);
                }
                What::Ours { kind, .. } => {
                    let node = Rc::new(Substitution::new(&base.scope, false).run(node, &mut faults));
                    let (meta, _) = documents::envelope(&node, kind, &mut faults);
                    let index = self.register(file.source, &node, role);
                    if let Some(meta) = meta {
                        out.push(Document { index, source: file.source, node, kind, meta });
                    }
                }
            }
        }
    }

    fn skip(&mut self, why: &str, what: &str, file: &File, node: &Node) {
        if self.inputs.all_systems {
            let problem = Problem::error("NF0114", format!("a document of `{what}` is not planned: {why}"));
            self.report.push(problem.at(file.source, node.head()).help("without `--all-systems` it is skipped"));
            return;
        }
        *self.skipped.entry((what.to_owned(), why.to_owned())).or_default() += 1;
    }

    fn assemble(mut self, base: Base, documents: Vec<Document>, overlays: Vec<Document>) -> Option<Loaded> {
        let mut by_kind = BTreeMap::new();
        if let Some((_, file, index)) = &base.file
            && let Some(node) = &base.project.defaults
        {
            let mut faults = Faults::new(self.report, file.source, &file.text);
            let node = Substitution::new(&base.scope, false).run(node, &mut faults);
            by_kind = defaults::read(&node, *index, &mut faults);
        }
        let narrowed = !self.inputs.only.is_empty();
        let count = documents.len();
        let parts = Parts { documents, overlays, defaults: by_kind, environment: &base.environment, narrowed };
        let resources = assemble::assemble(&parts, &self.table, self.report);
        for ((what, why), n) in &self.skipped {
            self.notes.push(format!("{} of `{what}` skipped: {why}", counted(*n, "document")));
        }
        let only = (narrowed && base.file.is_some()).then(|| resources.iter().map(|r| r.address.clone()).collect());
        Some(Loaded {
            project: ProjectId { name: base.project.name, id: base.project.id },
            resources,
            only,
            notes: self.notes,
            removed: base.project.removed.into_iter().map(|(r, _)| r).collect(),
            take_from: base.project.take_from.into_iter().map(|(r, _)| r).collect(),
            values_used: base.scope.used(),
            directory: base.dir,
            project_file: base.file.map(|(found, ..)| found.shown),
            counts: (self.files, count),
            documents: self.table,
            environment: base.environment,
        })
    }
}

/// The overlay directories that an environment names.
fn overlay_dirs(node: &Node, dir: &Path) -> Vec<PathBuf> {
    let Some(overlays) = node.get("overlays") else { return Vec::new() };
    let items = if overlays.items().is_empty() { std::slice::from_ref(overlays) } else { overlays.items() };
    items.iter().filter_map(Node::as_str).filter(|t| !t.is_empty()).map(|t| normal(&dir.join(t))).collect()
}

/// The sections of later systems keep their text: nothing reads it.
fn without_later(node: &Node) -> Node {
    if !node.is_map() {
        return node.clone();
    }
    let unread = |key: &str| connect::LATER.contains(&key) || key == "values";
    let blank = |n: &Node| fields::scalar(n, "", yaml::Style::Plain);
    let one = |(k, v): (&Node, &Node)| {
        let keep = !k.as_str().is_some_and(unread);
        (k.clone(), if keep { v.clone() } else { blank(v) })
    };
    Node { span: node.span, kind: yaml::Kind::Map(node.entries().into_iter().map(one).collect()) }
}
