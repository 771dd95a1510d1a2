//! One target of a system that is reached over HTTP and files: its reading half and its writing half.

use super::{Http, HttpReader, Shelf, ShelfReader};
use crate::model::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A system and the name of one of its connections in the project file.
pub type TargetId = (String, String);

/// What a run that reads sees of a target.
#[derive(Clone, Default)]
pub struct Target {
    /// One for each server, in the order of the project file.
    pub https: Vec<HttpReader>,
    /// By what lies there: `rules`, `scrape`.
    pub shelves: BTreeMap<String, ShelfReader>,
    /// What the project file says beside: for each kind of files its `server_directory`.
    pub settings: Value,
}

/// What a run that writes has of a target.
#[derive(Clone, Default)]
pub struct Outlet {
    pub https: Vec<Arc<dyn Http>>,
    pub shelves: BTreeMap<String, Arc<dyn Shelf>>,
    pub settings: Value,
}

impl Outlet {
    /// The reading half.
    pub fn target(&self) -> Target {
        Target {
            https: self.https.iter().cloned().map(HttpReader::new).collect(),
            shelves: self.shelves.iter().map(|(role, s)| (role.clone(), ShelfReader::new(s.clone()))).collect(),
            settings: self.settings.clone(),
        }
    }
}
