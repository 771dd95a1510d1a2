//! One run's input, from the working directory to the resources.

use super::{
    assemble::{self, Document, Parts, said_at},
    base::Base,
    defaults,
    discover::{self, Found, Missing, Walk},
    documents::{self, What},
    environment::{Environment, ProjectId, RemovedRule, TakeRule},
    expressions::Substitution,
    faults::Faults,
    mask::masked,
    naming::{roots, stem},
    table::{Documents, Role, Tree},
    text::{counted, normal, shown},
    variables::ValueUsed,
};
use crate::{
    diag::{Problem, Report, SourceId},
    model::{Address, Origin, Path as FieldPath, Resource, Source},
    ports::Files,
    shape, systems,
    yaml::{self, Budgets, Node, Span},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
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

impl Loaded {
    /// The places of changes inside lists, which no declared path names: of the changed value, or of the innermost
    /// element around it that the manifests have.
    pub fn change_sources<'a>(
        &self,
        resource: &Resource,
        changed: impl IntoIterator<Item = &'a FieldPath>,
    ) -> BTreeMap<FieldPath, Source> {
        let Some((_, kind)) = systems::kind_by_word(&resource.address.kind) else { return BTreeMap::new() };
        let place = |path: &FieldPath| {
            (1..=path.0.len()).rev().find_map(|depth| {
                let at = shape::indexed(kind.shape(), &resource.body, &FieldPath(path.0[..depth].to_vec()))?;
                self.documents.source(&said_at(resource, &at, &self.documents)?)
            })
        };
        changed.into_iter().filter_map(|path| Some((path.clone(), place(path)?))).collect()
    }
}

/// Reads everything. `None` where there were errors: all of them are in the report.
pub fn load(inputs: &Inputs<'_>, report: &mut Report) -> Option<Loaded> {
    let before = report.errors();
    let loaded = Run::new(inputs, report).run();
    loaded.filter(|_| report.errors() == before)
}

/// The names of the project and of the environment that a run is about, also where [`load`] finds errors. `None` where
/// the project file itself cannot be read.
pub fn whose(inputs: &Inputs<'_>) -> Option<(String, String)> {
    let base = Run::new(inputs, &mut Report::default()).base(&normal(&inputs.cwd))?;
    Some((base.project.name, base.environment.name))
}

/// A file in the report.
pub(super) struct File {
    pub source: SourceId,
    pub text: Arc<str>,
    pub documents: Vec<Node>,
    /// What a document without a name of its own is called: the file's path below the manifests.
    pub stem: String,
}

/// What a file says, before anybody is told.
struct Decoded {
    text: Arc<str>,
    documents: Vec<Node>,
    problems: Vec<yaml::YamlProblem>,
}

impl Decoded {
    fn of(bytes: &[u8]) -> Self {
        let loaded = yaml::load(bytes, &Budgets::default());
        let text = masked(&loaded.text, &loaded.documents, loaded.dropped > 0).into();
        Self { text, documents: loaded.documents, problems: loaded.problems }
    }

    fn read(files: &dyn Files, found: &Found) -> Result<Option<Self>, String> {
        Ok(files.read(&found.path)?.map(|bytes| Self::of(&bytes)))
    }
}

/// A run while it reads.
pub(super) struct Run<'a, 'r> {
    pub inputs: &'a Inputs<'a>,
    pub report: &'r mut Report,
    pub table: Documents,
    notes: Vec<String>,
    /// Documents that are not planned: why and which, and how many.
    skipped: BTreeMap<(String, String), usize>,
    files: usize,
}

impl<'a, 'r> Run<'a, 'r> {
    fn new(inputs: &'a Inputs<'a>, report: &'r mut Report) -> Self {
        Self { inputs, report, table: Documents::default(), notes: Vec::new(), skipped: BTreeMap::new(), files: 0 }
    }
}

impl Run<'_, '_> {
    fn run(mut self) -> Option<Loaded> {
        let cwd = normal(&self.inputs.cwd);
        let base = self.base(&cwd)?;
        let documents = self.manifests(&base, &cwd);
        let overlays = self.overlays(&base, &cwd);
        self.assemble(base, documents, overlays)
    }

    /// The project and the environment.
    fn base(&mut self, cwd: &Path) -> Option<Base> {
        let found = match discover::project_file(self.inputs.files, cwd) {
            Ok(found) => found,
            Err(missing) => return self.fail(missing, None),
        };
        if found.is_none() && (!self.inputs.quick || self.inputs.only.is_empty()) {
            let mut problem = Problem::error("NF0150", "no `natsform.yaml` here or in a parent directory");
            problem = problem.help("`natsform init` writes one");
            self.report.push(problem.help("or name manifests with `-f FILE`"));
            return None;
        }
        if let Some(id) = self.inputs.project_id.as_ref().filter(|id| !super::project::is_id(id)) {
            let problem = Problem::error("NF0115", format!("`--project {id}` cannot be an id"));
            self.report.push(problem.help("use at most 64 letters, digits, `.`, `_` and `-`"));
            return None;
        }
        match found {
            Some(found) => self.project(found, cwd),
            None => Some(self.quick(cwd)),
        }
    }

    /// Reports what is missing.
    pub fn fail<T>(&mut self, missing: Missing, at: Option<(SourceId, Span)>) -> Option<T> {
        let mut problem = Problem::error(missing.code, missing.message);
        if let Some((source, span)) = at {
            problem = problem.at(source, span);
        }
        self.report.push(missing.help.into_iter().fold(problem, Problem::help));
        None
    }

    /// Reads a file into nodes; `None` where it cannot be read.
    pub fn open(&mut self, found: &Found) -> Option<File> {
        let read = Decoded::read(self.inputs.files, found);
        self.opened(found, read)
    }

    /// The same for many: they are read on all processors, and reported in their order.
    fn open_all(&mut self, all: Vec<Found>) -> Vec<(Found, File)> {
        let files = self.inputs.files;
        let read: Vec<_> = all.into_par_iter().map(|found| (Decoded::read(files, &found), found)).collect();
        let opened = |(read, found): (_, Found)| self.opened(&found, read).map(|file| (found, file));
        read.into_iter().filter_map(opened).collect()
    }

    fn opened(&mut self, found: &Found, read: Result<Option<Decoded>, String>) -> Option<File> {
        match read {
            Ok(Some(decoded)) => Some(self.add(&found.shown, decoded)),
            Ok(None) => self.fail(
                Missing { code: "NF0153", message: format!("`{}` does not exist any more", found.shown), help: vec![] },
                None,
            ),
            Err(e) => {
                let message = format!("cannot read `{}`: {e}", found.shown);
                self.fail(Missing { code: "NF0153", message, help: vec![] }, None)
            }
        }
    }

    fn add(&mut self, shown: &str, decoded: Decoded) -> File {
        let Decoded { text, documents, problems } = decoded;
        let source = self.report.add_source(shown, text.clone());
        self.table.add_file(source, shown, &text);
        self.report.yaml(source, problems);
        File { source, text, documents, stem: stem(Path::new(shown.trim_matches(['<', '>'])), &[]) }
    }

    /// Adds a document to the table and to the report.
    pub fn register(&mut self, source: SourceId, node: &Tree, role: Role) -> usize {
        let index = self.report.add_document(source, node.clone());
        self.table.add(index, source, node, role);
        index
    }

    /// Finds, reads and tells apart the manifests.
    fn manifests(&mut self, base: &Base, cwd: &Path) -> Vec<Document> {
        let mut documents = Vec::new();
        let source = base.file.as_ref().map(|(_, file, _)| file.source);
        let none = BTreeSet::new();
        let skip = if self.inputs.only.is_empty() { &base.aside } else { &none };
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
            self.fail::<()>(missing, source.zip(base.project.manifests_at));
        }
        self.notes.extend(walk.projects.iter().map(|p| format!("`{p}` is a project of its own and was not read")));
        let roots = roots(base, listed);
        for (found, mut file) in self.open_all(walk.found()) {
            file.stem = stem(&found.path, &roots);
            self.read(&file, base, Role::Plain, &mut documents);
        }
        if stdin {
            let bytes = self.inputs.stdin.clone().unwrap_or_default();
            let file = self.add("<stdin>", Decoded::of(&bytes));
            if file.documents.is_empty() && !self.report.has_errors() {
                let missing =
                    Missing { code: "NF0154", message: "standard input holds no document".into(), help: vec![] };
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
            for (found, mut file) in self.open_all(walk.found()) {
                file.stem = stem(&found.path, &[normal(dir)]);
                self.read(&file, base, Role::Overlay, &mut documents);
            }
        }
        documents
    }

    /// Reads the documents of a file.
    fn read(&mut self, file: &File, base: &Base, role: Role, out: &mut Vec<Document>) {
        self.files += 1;
        for node in file.documents.iter().flat_map(documents::listed).filter(|n| !n.is_null()) {
            let mut faults = Faults::new(self.report, file.source, &file.text);
            let (kind, node, foreign) = match documents::what(node, &file.stem, &mut faults) {
                What::Broken => continue,
                What::Later(kind) => {
                    self.skip("this version of natsform does not plan them yet", kind, file, node);
                    continue;
                }
                What::Foreign(tool) => {
                    self.skip("this version of natsform does not read them yet", tool, file, node);
                    continue;
                }
                What::Ours(kind) => (kind, node.clone(), None),
                What::Taken(kind, taken) => (kind, taken.node, Some((taken.tool, taken.warnings))),
            };
            let name = foreign.as_ref().map_or(kind.name(), |(tool, _)| *tool);
            if let Some(why) = documents::not_planned(&node, kind, &base.environment) {
                self.skip(&why, name, file, &node);
                continue;
            }
            let node = match foreign {
                None => Substitution::new(&base.scope, false).run(&node, &mut faults),
                Some((_, warnings)) => {
                    for (span, problem) in warnings {
                        faults.report.push(problem.at(file.source, span));
                    }
                    node
                }
            };
            let node = Tree::new(node);
            let (meta, _) = documents::envelope(&node, kind, &mut faults);
            let index = self.register(file.source, &node, role);
            if let Some(meta) = meta {
                out.push(Document { index, source: file.source, node, kind, meta });
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
