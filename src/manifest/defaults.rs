//! `spec.defaults` of the project file: what every document of a kind says unless it says otherwise.

use super::{
    assemble::KindDefault,
    documents::{self, LATER_KINDS, Meta},
    faults::{Faults, did_you_mean},
    fields::Fields,
};
use crate::{
    model::{Map, Origin, Path, Value},
    shape,
    systems::{self, Kind},
    yaml::Node,
};
use std::collections::BTreeMap;

/// Reads the defaults; expressions are already replaced. `document` is the project file's index.
pub(super) fn read(node: &Node, document: usize, faults: &mut Faults<'_>) -> BTreeMap<&'static str, KindDefault> {
    let mut out = BTreeMap::new();
    if Fields::open(node, "the defaults, by kind", faults).is_none() {
        return out;
    }
    for (key, value) in node.entries() {
        let name = key.as_str().unwrap_or_default();
        if let Some((_, kind)) = systems::kind_by_name(name) {
            if let Some(default) = one(kind, value, document, faults) {
                out.insert(kind.name(), default);
            }
        } else if !LATER_KINDS.contains(&name) {
            let known = systems::kinds().map(|(_, k)| k.name()).chain(LATER_KINDS.iter().copied());
            let help = did_you_mean(name, known);
            faults.error("NF0152", key.span, format!("unknown kind `{name}`"), &help);
        }
    }
    out
}

fn one(kind: &'static dyn Kind, node: &Node, document: usize, faults: &mut Faults<'_>) -> Option<KindDefault> {
    let mut f = Fields::open(node, "the defaults of a kind", faults)?;
    let (metadata, spec) = (f.take("metadata"), f.take("spec"));
    f.close(faults);
    let mut meta = Meta::default();
    if let Some(n) = metadata {
        if let Some((key, _)) = n.entry("name") {
            faults.error("NF0135", key.span, "a name cannot be a default", &[]);
        }
        let nameless = without(n, "name");
        meta = documents::metadata(&nameless, Some(kind), false, faults).unwrap_or_default();
    }
    let path = ["spec", "defaults", kind.name(), "spec"].iter().fold(Path::root(), |p, f| p.field(f));
    let origin = Origin { document, path };
    let mut body = Value::Object(Map::new());
    if let Some(n) = spec {
        let extras: Vec<&str> = kind.extras().iter().map(|(name, ..)| *name).collect();
        for (key, _) in n.entries() {
            if let Some(extra) = extras.iter().find(|e| key.as_str() == Some(**e)) {
                faults.error("NF0135", key.span, format!("`{extra}` cannot be a default"), &[]);
            }
        }
        body = shape::decode(kind.shape(), n, &origin, &extras, faults.report);
    }
    Some(KindDefault { meta, body, origin })
}

fn without(node: &Node, name: &str) -> Node {
    let entries = node.entries().into_iter().filter(|(k, _)| k.as_str() != Some(name));
    if !node.is_map() {
        return node.clone();
    }
    let kept = entries.map(|(k, v)| (k.clone(), v.clone())).collect();
    Node { span: node.span, kind: crate::yaml::Kind::Map(kept) }
}
