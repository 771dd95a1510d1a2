//! What a run stands on: the project file and the environment, or neither.

use super::{
    connect,
    discover::{Found, Missing},
    environment::{Delivery, Environment, Inventory, NatsConnection, TargetConnection, TargetExpect},
    expressions::Substitution,
    faults::Faults,
    fields,
    load::{File, Run},
    mask::blanked,
    project::{self, Named, Project},
    table::{Role, Tree},
    text::{normal, shown},
    variables::Scope,
};
use crate::{
    diag::{Problem, Report},
    yaml::{self, Node, Span},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The project file, read as far as the environment allows.
pub(super) struct Base {
    pub project: Project,
    /// The file, its source and its index in the table; `None` in quick mode.
    pub file: Option<(Found, File, usize)>,
    pub dir: PathBuf,
    pub environment: Environment,
    pub scope: Scope,
    /// Directories of the project that hold no manifests of its own: the overlays of all environments, and where their
    /// files are delivered to. A rule file is a document, too, and what was delivered is no second declaration of it.
    pub aside: BTreeSet<PathBuf>,
    pub overlays_at: Option<Span>,
}

impl Run<'_, '_> {
    /// What a run without a project file stands on.
    pub fn quick(&mut self, cwd: &Path) -> Base {
        let name = self.inputs.environment.clone().unwrap_or_else(|| "default".into());
        let id = self.inputs.project_id.clone().unwrap_or_else(|| "default".into());
        let mut environment =
            Environment { name: name.clone(), nats: Some(NatsConnection::default()), ..Environment::default() };
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
            aside: BTreeSet::new(),
            overlays_at: None,
        }
    }

    /// Reads the project file and the environment.
    pub fn project(&mut self, found: Found, cwd: &Path) -> Option<Base> {
        let file = self.open(&found)?;
        let dir = found.path.parent().map_or_else(|| cwd.to_path_buf(), Path::to_path_buf);
        let Some(node) = file.documents.first().cloned() else {
            if !self.report.has_errors() {
                let problem = Problem::error("NF0013", "the project file holds no project");
                self.report.push(problem.at(file.source, Span::default()));
            }
            return None;
        };
        let index = self.register(file.source, &Tree::new(blanked(&node, false)), Role::Project);
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
        let aside = self.aside(&project, &file, &dir);
        let mut base = Base { project, file: Some((found, file, index)), dir, environment, scope, aside, overlays_at };
        self.environment_file(&mut base.environment, &base.scope, cwd);
        base.aside.extend(delivered(&base.environment));
        Some(base)
    }

    /// What the environments of the project file set aside, whichever is chosen. Each has values of its own; one that is
    /// not known here leaves its directory unknown, and what is wrong with it is told where the environment is read.
    fn aside(&self, project: &Project, file: &File, dir: &Path) -> BTreeSet<PathBuf> {
        let mut out = BTreeSet::new();
        let mut unsaid = Report::default();
        let mut faults = Faults::new(&mut unsaid, file.source, &file.text);
        for named in &project.environments {
            let (values, names) = (named.node.get("values"), (project.name.as_str(), named.name.as_str()));
            let scope = Scope::new(&project.variables, values, Some(self.inputs.getenv), names, &mut faults);
            let node = Substitution::new(&scope, true).run(&without_later(&named.node), &mut faults);
            out.extend(overlay_dirs(&node, dir));
            delivery_dirs(&node, dir, &mut out);
        }
        out
    }

    /// Reads all environments and gives the chosen one.
    fn environments(
        &mut self,
        project: &Project,
        file: &File,
        dir: &Path,
    ) -> Option<(Environment, Scope, Option<Span>)> {
        let chosen = match project::choose(project, self.inputs.environment.as_deref()) {
            Ok(chosen) => chosen,
            Err((message, help)) => {
                let at = project.environments_at.map(|span| (file.source, span));
                return self.fail(Missing { code: "NF0110", message, help }, at);
            }
        };
        for other in &project.environments {
            // one that cannot have all its values here is not checked
            let complete = project
                .variables
                .iter()
                .all(|d| d.default.is_some() || other.node.get("values").is_some_and(|v| v.get(&d.name).is_some()));
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
        targets_of_file(&node, environment, read.targets, &mut faults);
        let Some(mut nats) = read.nats else {
            if node.get("nats").is_none() && (environment.nats.is_some() || environment.targets.is_empty()) {
                let help = ["without it the connection of the repository would be used: write `nats:` into the file"];
                faults.error("NF0013", node.head(), "the environment file has no `nats`", &help.map(Into::into));
            }
            return;
        };
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
}

/// The same for systems that are read over HTTP: a connection of the repository is never used beside the file's.
fn targets_of_file(node: &Node, environment: &mut Environment, mut read: Targets, faults: &mut Faults<'_>) {
    for (system, old) in std::mem::take(&mut environment.targets) {
        let Some(new) = read.get_mut(&system) else {
            let message = format!("the environment file has no `{system}`");
            let help =
                format!("without it the connection of the repository would be used: write `{system}:` into the file");
            faults.error("NF0013", node.head(), message, &[help]);
            continue;
        };
        for (name, connection) in new.iter_mut() {
            // what is no connection stays the project's, unless the file says it
            if let Some(old) = old.get(name).filter(|_| connection.expect == TargetExpect::default()) {
                connection.expect = old.expect.clone();
            }
        }
    }
    environment.targets = read;
}

/// Connections by system and name.
type Targets = BTreeMap<String, BTreeMap<String, TargetConnection>>;

/// The overlay directories that an environment names.
fn overlay_dirs(node: &Node, dir: &Path) -> Vec<PathBuf> {
    let Some(overlays) = node.get("overlays") else { return Vec::new() };
    let items = if overlays.items().is_empty() { std::slice::from_ref(overlays) } else { overlays.items() };
    items.iter().filter_map(Node::as_str).filter(|t| !t.is_empty()).map(|t| normal(&dir.join(t))).collect()
}

/// The directories below an environment that anything is written to: `directory` and `render`, wherever they stand.
fn delivery_dirs(node: &Node, dir: &Path, out: &mut BTreeSet<PathBuf>) {
    for (key, value) in node.entries() {
        match (key.as_str(), value.as_str()) {
            (Some("directory" | "render"), Some(text)) if !text.is_empty() => {
                out.insert(normal(&dir.join(text)));
            }
            _ if value.is_map() => delivery_dirs(value, dir, out),
            _ => {}
        }
    }
}

/// The same of the environment of this run: its connections may have come from elsewhere.
fn delivered(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    let files = environment.targets.values().flat_map(BTreeMap::values).flat_map(|target| target.files.values());
    files.filter_map(|files| match &files.delivery {
        Delivery::Directory(path) | Delivery::Render(path) => Some(normal(path)),
        Delivery::Command(_) => None,
    })
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
