//! What the live server would refuse: fields, names and expressions that its version or its flags do not know.
//!
//! A server from 3.9 on lists what it has (`/api/v1/features`, the fact `features`): that is asked first, because a
//! server that somebody built says no version at all. The flags of the others are the fact `flags`.

use super::text;
use crate::{
    model::{Capabilities, Turn, Value, Version},
    promql::{self, Feature, FeatureKind},
};

/// Servers from this version on list their features.
const LISTS_FEATURES: Version = Version(3, 9, 0);

/// The version as far as it is known: a server that lists its features and names no version is no older than those.
pub(super) fn version(caps: &Capabilities) -> Version {
    let lists = !caps.fact("features").is_null();
    if lists { caps.version.max(LISTS_FEATURES) } else { caps.version }
}

fn since(caps: &Capabilities, major: u32, minor: u32) -> Result<(), String> {
    if version(caps) >= Version(major, minor, 0) {
        return Ok(());
    }
    Err(format!("it needs {} {major}.{minor}, this is {}", caps.product, caps.version))
}

pub fn keep_firing_for(turn: &Turn<'_>) -> Result<(), String> {
    since(turn.capabilities, 2, 42)
}

pub fn limit(turn: &Turn<'_>) -> Result<(), String> {
    since(turn.capabilities, 2, 31)
}

pub fn query_offset(turn: &Turn<'_>) -> Result<(), String> {
    since(turn.capabilities, 2, 53)
}

pub fn group_labels(turn: &Turn<'_>) -> Result<(), String> {
    since(turn.capabilities, 3, 0)?;
    label_names(turn)
}

/// Servers before 3.0 know plain names only.
pub fn label_names(turn: &Turn<'_>) -> Result<(), String> {
    let names = turn.after.as_object().into_iter().flat_map(|map| map.keys());
    names.filter(|name| !text::is_plain_label(name)).try_for_each(|name| any_name(turn, name))
}

pub fn metric_name(turn: &Turn<'_>) -> Result<(), String> {
    let name = turn.after.as_str().unwrap_or_default();
    if text::is_plain_metric(name) { Ok(()) } else { any_name(turn, name) }
}

fn any_name(turn: &Turn<'_>, name: &str) -> Result<(), String> {
    since(turn.capabilities, 3, 0).map_err(|why| format!("the name `{name}`: {why}"))
}

/// Functions, operators and modifiers of an expression; templates are the same on all servers.
pub fn expression(turn: &Turn<'_>) -> Result<(), String> {
    let text = turn.after.as_str().unwrap_or_default();
    if text::is_plain_expression(text) {
        return Ok(());
    }
    // what cannot be read was refused where it is written
    let Ok(expr) = promql::parse(text) else { return Ok(()) };
    let mut lacking: Vec<String> =
        promql::needs(&expr).iter().filter_map(|feature| lacks(feature, turn.capabilities)).collect();
    lacking.dedup();
    if lacking.is_empty() { Ok(()) } else { Err(lacking.join("; ")) }
}

/// Why the server does not have a feature; `None` where it does.
fn lacks(feature: &Feature, caps: &Capabilities) -> Option<String> {
    let (name, version) = (&feature.name, version(caps));
    if let Some(until) = feature.until.filter(|until| (version.0, version.1) >= *until) {
        return Some(format!("`{name}` is gone since {} {}.{}", caps.product, until.0, until.1));
    }
    match listed(feature, caps.fact("features")) {
        Some(true) => return None,
        Some(false) if feature.flag.is_some() => {
            let flag = feature.flag.unwrap_or_default();
            return Some(format!("`{name}` is off on this server: it needs `--enable-feature={flag}`"));
        }
        Some(false) => return Some(format!("`{name}` is not known to this server{}", brought(feature, caps))),
        None => {}
    }
    let flags = caps.fact("flags")["enable-feature"].as_str().unwrap_or_default();
    let enabled: Vec<&str> = flags.split(',').map(str::trim).filter(|flag| !flag.is_empty()).collect();
    if feature.met((version.0, version.1), &enabled) {
        return None;
    }
    if (version.0, version.1) < feature.since {
        return Some(format!("`{name}` is not known to this server{}", brought(feature, caps)));
    }
    let flag = feature.flag.unwrap_or_default();
    Some(format!("`{name}` is off on this server: it needs `--enable-feature={flag}`"))
}

/// The version that brings a feature, for the end of a message.
fn brought(feature: &Feature, caps: &Capabilities) -> String {
    let (major, minor) = feature.since;
    let flag = feature.flag.filter(|_| feature.stable.is_none());
    let flag = flag.map(|flag| format!(" with `--enable-feature={flag}`")).unwrap_or_default();
    format!(": it needs {} {major}.{minor}{flag}, this is {}", caps.product, caps.version)
}

/// What the server's own list says of a feature; `None` where it says nothing.
fn listed(feature: &Feature, features: &Value) -> Option<bool> {
    let name = feature.name.as_str();
    if features.is_null() {
        return None;
    }
    let said = |section: &str, name: &str| features[section][name].as_bool();
    match feature.kind {
        // a list without a function is that of a server without it; aggregations stand among the operators
        FeatureKind::Function => {
            Some(said("promql_functions", name).or_else(|| said("promql_operators", name)).unwrap_or(false))
        }
        FeatureKind::Operator => Some(said("promql_operators", name).unwrap_or(false)),
        FeatureKind::Modifier => match name {
            "@" => said("promql", "at_modifier"),
            "negative offset" => said("promql", "negative_offset"),
            "duration expression" => said("promql", "duration_expr"),
            _ => said("promql", name),
        },
    }
}
