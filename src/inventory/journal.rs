//! What an apply is about to do, written before its first write.

use super::Record;
use crate::model::{Action, Address, Declared, Value, json};

/// What is meant to happen to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub address: Address,
    /// Whether the object is made (create, replace) or changed.
    pub creates: bool,
    /// A digest of what the object will say when it is done, in manifest terms.
    pub target: String,
    /// What will be remembered of it.
    pub record: Record,
    /// Paths that were declared before and are not any more: their values are part of the target, too.
    pub reset: Vec<String>,
    /// Of a replace: what is created once the old object is deleted. It says what nobody declares, too, and between the
    /// two nothing else remembers that. Null otherwise.
    pub again: Value,
    /// When the intent was stored, by the server's clock; `None`: when its journal entry was.
    pub since: Option<String>,
}

impl Intent {
    /// The paths whose values the target speaks of.
    pub fn proof(&self) -> Declared {
        let reset = self.reset.iter().map(|path| (path.clone(), String::new()));
        reset.chain(self.record.declared.clone()).collect()
    }

    /// Whether the live object is what was meant. A created object has to be younger than the intent: an equal one that
    /// was there before, or that was made elsewhere and restored, is not ours.
    pub fn is_fulfilled(&self, identity: &crate::model::Identity, digest: &str, since: &str) -> bool {
        if digest != self.target {
            return false;
        }
        if !self.creates {
            return self.record.identity.holds(identity);
        }
        let key = |text: &str| crate::units::time_key(text);
        // a consumer of a server without stable `created` has its stream's: then only the intent speaks
        let born = identity.own.as_deref().and_then(key);
        born.is_none_or(|born| key(self.since.as_deref().unwrap_or(since)).is_some_and(|since| born >= since))
    }
}

/// The open intents of a tenant, over all of its journal entries.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub intents: Vec<Intent>,
}

/// An entry stays below this many bytes.
const ENTRY: usize = 512 * 1024;

impl Journal {
    /// The entries' values; one unless the intents are many.
    pub fn to_json(&self, plan: &str) -> Vec<Value> {
        let (mut entries, mut current, mut size) = (Vec::new(), Vec::new(), 0);
        for intent in &self.intents {
            let value = intent_json(intent);
            let length = value.to_string().len();
            if size + length > ENTRY && !current.is_empty() {
                entries.push(std::mem::take(&mut current));
                size = 0;
            }
            size += length;
            current.push(value);
        }
        entries.push(current);
        entries.into_iter().map(|intents| json!({"plan": plan, "intents": intents})).collect()
    }

    /// Adds the intents of one entry that was stored at `time`.
    pub fn add_entry(&mut self, value: &Value, time: &str) {
        for intent in value["intents"].as_array().into_iter().flatten() {
            self.intents.extend(intent_of(intent, time));
        }
    }
}

fn intent_json(intent: &Intent) -> Value {
    let action = if intent.creates { Action::Create } else { Action::Update };
    let mut out = json!({
        "address": intent.address.to_string(),
        "action": action.word(),
        "target": intent.target,
        "record": intent.record.to_json(),
        "since": intent.since,
    });
    if !intent.reset.is_empty() {
        out["reset"] = json!(intent.reset);
    }
    if !intent.again.is_null() {
        out["again"] = intent.again.clone();
    }
    out
}

fn intent_of(value: &Value, time: &str) -> Option<Intent> {
    Some(Intent {
        address: Address::parse(value["address"].as_str()?, "")?,
        creates: value["action"] == "create",
        target: value["target"].as_str()?.to_owned(),
        record: Record::from_json(&value["record"]),
        reset: value["reset"].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        again: value["again"].clone(),
        since: Some(value["since"].as_str().unwrap_or(time).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Identity;

    fn intent(creates: bool) -> Intent {
        Intent {
            address: Address::new("stream", ["A"], "APP"),
            creates,
            target: "t".into(),
            record: Record {
                identity: Identity { parent: None, own: Some("2026-01-01T00:00:00Z".into()), run: None },
                ..Record::default()
            },
            reset: Vec::new(),
            again: Value::Null,
            since: None,
        }
    }
    fn born(at: &str) -> Identity {
        Identity { parent: None, own: Some(at.into()), run: None }
    }

    #[test]
    fn only_a_younger_object_fulfils_a_create() {
        let since = "2026-02-01T00:00:00Z";
        assert!(intent(true).is_fulfilled(&born("2026-02-01T00:00:01Z"), "t", since));
        assert!(!intent(true).is_fulfilled(&born("2026-01-31T00:00:00Z"), "t", since));
        assert!(!intent(true).is_fulfilled(&born("2026-02-01T00:00:01Z"), "other", since));
    }

    #[test]
    fn an_update_is_fulfilled_by_the_same_object_with_the_target() {
        assert!(intent(false).is_fulfilled(&born("2026-01-01T00:00:00Z"), "t", ""));
        assert!(!intent(false).is_fulfilled(&born("2026-01-02T00:00:00Z"), "t", ""));
    }

    #[test]
    fn many_intents_take_several_entries() {
        let mut journal = Journal::default();
        for i in 0..9_000 {
            journal.intents.push(Intent { address: Address::new("stream", [format!("S{i}")], "APP"), ..intent(true) });
        }
        let entries = journal.to_json("p");
        assert!(entries.len() > 1 && entries.iter().all(|e| e.to_string().len() < 600 * 1024));
        let mut back = Journal::default();
        for entry in &entries {
            back.add_entry(entry, "2026-02-01T00:00:00Z");
        }
        assert_eq!(back.intents.len(), 9_000);
        assert_eq!(back.intents[8_999].since.as_deref(), Some("2026-02-01T00:00:00Z"));
    }
}
