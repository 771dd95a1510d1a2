//! What checks look at.

use super::{Rule, Server};
use crate::{
    model::{Resource, World},
    systems,
};
use std::collections::{BTreeMap, BTreeSet};

/// The rules of a run with everything around them.
pub struct Subject<'a> {
    pub rules: &'a [Rule<'a>],
    pub resources: &'a [Resource],
    pub world: Option<&'a World>,
    /// Live servers, by system and scope.
    servers: BTreeMap<(&'static str, &'a str), Server<'a>>,
    recorded: BTreeSet<&'a str>,
}

impl<'a> Subject<'a> {
    pub fn new(rules: &'a [Rule<'a>], resources: &'a [Resource], world: Option<&'a World>) -> Self {
        let mut servers = BTreeMap::new();
        for rule in rules {
            let Some(key) = place_of(rule) else { continue };
            if let Some(place) = world.and_then(|w| w.place(key.0, key.1)).filter(|place| place.listed) {
                servers.entry(key).or_insert_with(|| Server::new(&place.capabilities));
            }
        }
        let recorded = rules.iter().filter(|r| !r.alerts).map(|r| r.name.as_str()).collect();
        Self { rules, resources, world, servers, recorded }
    }

    /// The live server of a rule, where there is one.
    pub fn server(&self, rule: &Rule<'a>) -> Option<&Server<'a>> {
        self.servers.get(&place_of(rule)?)
    }

    /// Every live server with the rules that it is to have.
    pub fn servers(&self) -> impl Iterator<Item = (&Server<'a>, Vec<&'a Rule<'a>>)> {
        self.servers.iter().map(|(key, server)| {
            (server, self.rules.iter().filter(|rule| place_of(rule).as_ref() == Some(key)).collect())
        })
    }

    /// Whether a rule of the run records a metric of this name.
    pub fn records(&self, name: &str) -> bool {
        self.recorded.contains(name)
    }
}

/// The system and the scope that a rule goes to.
fn place_of<'a>(rule: &Rule<'a>) -> Option<(&'static str, &'a str)> {
    let (system, _) = systems::kind_by_word(&rule.resource.address.kind)?;
    Some((system.name(), rule.resource.address.scope.as_str()))
}
