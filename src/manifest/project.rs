//! The project file `natsform.yaml`.

use super::{
    environment::{RemovedRule, TakeRule, Then},
    faults::{Faults, did_you_mean},
    fields::{self, Fields},
    select::Glob,
    variables::{self, Definition},
};
use crate::yaml::{Node, Span};

/// What the project file says, as far as it does not depend on the environment.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub name: String,
    /// `metadata.id`; the name where it is not given.
    pub id: String,
    /// `spec.manifests`, where it is given.
    pub manifests: Option<Vec<(String, Span)>>,
    /// Where it stands.
    pub manifests_at: Option<Span>,
    pub variables: Vec<Definition>,
    /// `spec.defaults`.
    pub defaults: Option<Node>,
    pub removed: Vec<(RemovedRule, Span)>,
    pub take_from: Vec<(TakeRule, Span)>,
    pub environments: Vec<Named>,
    /// Where the list of environments stands.
    pub environments_at: Option<Span>,
}

/// An environment that is not read yet.
#[derive(Debug)]
pub(super) struct Named {
    pub name: String,
    pub node: Node,
    pub default: bool,
}

/// Reads a project file.
pub(super) fn read(node: &Node, faults: &mut Faults<'_>) -> Option<Project> {
    let mut f = Fields::open(node, "a project file", faults)?;
    let mut project = Project::default();
    envelope(&mut f, faults);
    if let Some(n) = f.require("metadata", faults) {
        metadata(n, &mut project, faults);
    }
    let spec = f.take("spec");
    f.close(faults);
    if let Some(mut f) = spec.and_then(|n| Fields::open(n, "a project", faults)) {
        let manifests = f.take("manifests");
        project.manifests_at = manifests.map(Node::head);
        project.manifests = manifests.map(|n| fields::texts(n, faults).into_iter().map(|(t, n)| (t, n.span)).collect());
        project.variables = f.take("variables").map_or_else(Vec::new, |n| variables::definitions(n, faults));
        project.defaults = f.take("defaults").cloned();
        project.removed = f.take("removed").map_or_else(Vec::new, |n| list(n, "a list of rules", removed, faults));
        project.take_from = f.take("take_from").map_or_else(Vec::new, |n| list(n, "a list of rules", take, faults));
        if let Some(n) = f.take("environments") {
            project.environments_at = Some(n.head());
            project.environments = environments(n, faults);
        }
        f.close(faults);
    }
    Some(project)
}

fn envelope(f: &mut Fields<'_>, faults: &mut Faults<'_>) {
    if let Some(n) = f.require("apiVersion", faults)
        && n.as_str() != Some(super::API_VERSION)
    {
        let help = format!("write `apiVersion: {}`", super::API_VERSION);
        faults.error("NF0151", n.head(), format!("unknown apiVersion {}", fields::describe(n)), &[help]);
    }
    if let Some(n) = f.require("kind", faults)
        && n.as_str() != Some("Project")
    {
        faults.error("NF0152", n.head(), format!("expected `kind: Project`, found {}", fields::describe(n)), &[]);
    }
}

fn metadata(node: &Node, project: &mut Project, faults: &mut Faults<'_>) {
    let Some(mut f) = Fields::open(node, "metadata", faults) else { return };
    let mut id_at = node.head();
    if let Some(n) = f.require("name", faults) {
        id_at = n.span;
        project.name = fields::name(n, faults).unwrap_or_default();
        project.id.clone_from(&project.name);
    }
    if let Some(n) = f.take("id") {
        id_at = n.span;
        project.id = fields::name(n, faults).unwrap_or_default();
    }
    f.skip(&["description", "labels"]);
    f.close(faults);
    if !project.id.is_empty() {
        check_id(&project.id, id_at, faults);
    }
}

/// Whether a text can be part of keys and file names.
pub(super) fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !id.is_empty() && id.len() <= 64 && id.chars().all(fits) && !id.starts_with('.')
}

/// A project's or environment's id becomes part of keys and file names.
pub(super) fn check_id(id: &str, span: Span, faults: &mut Faults<'_>) {
    if !is_id(id) {
        faults.error(
            "NF0115",
            span,
            format!("`{id}` cannot be an id"),
            &["use at most 64 letters, digits, `.`, `_` and `-`; `metadata.id` may differ from the name".into()],
        );
    }
}

fn list<T>(
    node: &Node,
    what: &str,
    read: fn(&Node, &mut Faults<'_>) -> Option<T>,
    faults: &mut Faults<'_>,
) -> Vec<(T, Span)> {
    let items = fields::items(node, what, faults);
    items.iter().filter_map(|n| read(n, faults).map(|t| (t, n.head()))).collect()
}

fn glob(node: &Node, faults: &mut Faults<'_>) -> Option<String> {
    let text = fields::name(node, faults)?;
    if let Err(e) = Glob::parse(&text) {
        faults.error("NF0012", node.span, e, &[]);
    }
    Some(text)
}

fn removed(node: &Node, faults: &mut Faults<'_>) -> Option<RemovedRule> {
    let mut f = Fields::open(node, "a rule of `removed`", faults)?;
    let select = f.require("select", faults).and_then(|n| glob(n, faults));
    let then = f.require("then", faults);
    let word = then.and_then(|n| fields::word(n, &[("forget", false), ("transfer", true)], faults));
    let to = f.take("to");
    f.close(faults);
    let then = match (word?, to) {
        (false, None) => Then::Forget,
        (false, Some(to)) => {
            faults.error("NF0012", to.span, "`to` belongs to `then: transfer`", &[]);
            Then::Forget
        }
        (true, Some(to)) => Then::Transfer { to: project_ref(to, faults)? },
        (true, None) => {
            let help = "write `to: PROJECT/ENVIRONMENT`".to_owned();
            faults.error("NF0013", then.map_or(node.head(), Node::head), "`to` is missing in a transfer", &[help]);
            return None;
        }
    };
    Some(RemovedRule { select: select?, then, source: None })
}

fn take(node: &Node, faults: &mut Faults<'_>) -> Option<TakeRule> {
    let mut f = Fields::open(node, "a rule of `take_from`", faults)?;
    let project = f.require("project", faults).and_then(|n| project_ref(n, faults));
    let select = f.require("select", faults).and_then(|n| glob(n, faults));
    f.close(faults);
    Some(TakeRule { project: project?, select: select?, source: None })
}

fn project_ref(node: &Node, faults: &mut Faults<'_>) -> Option<String> {
    let text = fields::name(node, faults)?;
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() != 2 || parts.iter().any(|p| p.is_empty()) {
        let help = "write PROJECT/ENVIRONMENT, for example `web/prod`".to_owned();
        faults.error("NF0012", node.span, format!("`{text}` names no project and environment"), &[help]);
        return None;
    }
    Some(text)
}

fn environments(node: &Node, faults: &mut Faults<'_>) -> Vec<Named> {
    if Fields::open(node, "the environments", faults).is_none() {
        return Vec::new();
    }
    let mut out: Vec<Named> = Vec::new();
    for (key, value) in node.entries() {
        let name = key.as_str().unwrap_or_default().to_owned();
        check_id(&name, key.span, faults);
        let default = value.get("default").filter(|n| !n.is_null());
        let is_default = default.and_then(|n| fields::boolean(n, faults)).unwrap_or(false);
        if let (true, Some(other)) = (is_default, out.iter().find(|e| e.default)) {
            let message = format!("two environments are the default: `{}` and `{name}`", other.name);
            faults.error("NF0110", default.map_or(key.span, |n| n.span), message, &[]);
        }
        out.push(Named { name, node: value.clone(), default: is_default });
    }
    out
}

/// The environment that a run works on: the wanted one, else the default one, else the only one. `Err` says why there is
/// none; `Ok(None)`: the project has no environments.
pub(super) fn choose<'p>(
    project: &'p Project,
    wanted: Option<&str>,
) -> Result<Option<&'p Named>, (String, Vec<String>)> {
    let all = &project.environments;
    let names = || super::text::listed(all.iter().map(|e| e.name.as_str()), "and");
    match wanted {
        Some(_) if all.is_empty() => Ok(None),
        Some(name) => all.iter().find(|e| e.name == name).map(Some).ok_or_else(|| {
            let mut help = did_you_mean(name, all.iter().map(|e| e.name.as_str()));
            help.push(format!("the project has {}", names()));
            (format!("no environment is called `{name}`"), help)
        }),
        None => match all.iter().find(|e| e.default) {
            Some(found) => Ok(Some(found)),
            None if all.len() <= 1 => Ok(all.first()),
            None => Err((
                "which environment?".into(),
                vec![format!("the project has {}: choose with `--env NAME`, or give one `default: true`", names())],
            )),
        },
    }
}
