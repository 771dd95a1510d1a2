//! What is remembered of one object.

use crate::model::{Declared, Identity, Memory, Value, json};

/// One object of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub identity: Identity,
    /// The declared field paths, each with a digest of its value.
    pub declared: Declared,
    pub protect: bool,
    /// Leaving the manifests means to leave the object alone.
    pub orphan: bool,
    /// It was there before us: its own creator may still be at work.
    pub adopted: bool,
    /// The project and environment (`web/prod`) that may take the object over.
    pub offered: Option<String>,
    /// The keys of the document's acknowledgements that were used: each counts once.
    pub acks: Vec<String>,
    /// The apply that wrote the record.
    pub plan: String,
}

impl Record {
    /// Of an object that carries its own.
    pub fn carried(memory: &Memory) -> Self {
        let Memory { declared, protect, orphan, acks, .. } = memory.clone();
        Self { declared, protect, orphan, acks, ..Self::default() }
    }

    /// As it stands in the bucket; what is false or absent is left out.
    pub fn to_json(&self) -> Value {
        let mut out = json!({"declared": self.declared, "plan": self.plan});
        let Identity { parent, own, run } = &self.identity;
        let texts = [("parent", parent), ("created", own), ("run", run), ("offered", &self.offered)];
        for (name, value) in texts {
            if let Some(value) = value {
                out[name] = json!(value);
            }
        }
        if !self.acks.is_empty() {
            out["acks"] = json!(self.acks);
        }
        for (name, flag) in [("protect", self.protect), ("orphan", self.orphan), ("adopted", self.adopted)] {
            if flag {
                out[name] = json!(true);
            }
        }
        out
    }

    /// What stands in the bucket; unknown fields are ignored.
    pub fn from_json(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let declared = value["declared"].as_object().into_iter().flatten();
        Self {
            identity: Identity { parent: text("parent"), own: text("created"), run: text("run") },
            declared: declared.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect(),
            protect: value["protect"].as_bool().unwrap_or(false),
            orphan: value["orphan"].as_bool().unwrap_or(false),
            adopted: value["adopted"].as_bool().unwrap_or(false),
            offered: text("offered"),
            acks: value["acks"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|a| a.as_str().map(str::to_owned))
                .collect(),
            plan: text("plan").unwrap_or_default(),
        }
    }

    /// Whether the bucket would say the same of the object, the apply that wrote it aside.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.declared == other.declared && self.protect == other.protect && self.orphan == other.orphan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_own_json() {
        let record = Record {
            identity: Identity { parent: Some("s".into()), own: None, run: Some("r".into()) },
            declared: Declared::from([("max_age".into(), "0123abcd".into())]),
            protect: true,
            orphan: false,
            adopted: true,
            offered: Some("web/prod".into()),
            acks: vec!["NF2003:stream/A@APP:0000".into()],
            plan: "p1".into(),
        };
        assert_eq!(Record::from_json(&record.to_json()), record);
        assert_eq!(Record::from_json(&json!({"new": 1})), Record::default());
    }
}
