//! Writing: intents before the first write of an apply, outcomes after the last.

use super::{Intent, Inventory, Journal, Mine, Record, bucket};
use crate::{
    inventory::Bucket,
    model::{Address, Failure, Value, json},
    ports::{Nats, Reader},
};
use std::{collections::BTreeMap, sync::Arc};

/// Records are spread over so many entries, by hash of their address.
const SHARDS: u8 = 64;
/// How often an entry that somebody else wrote meanwhile is read and written again.
const TRIES: usize = 5;

/// What an apply changes in the memory: a record, or `None` to forget the object.
pub type Changes = BTreeMap<Address, Option<Record>>;

/// How an apply ends, as far as the memory goes.
pub struct Conclusion<'a> {
    /// The apply that this is the end of.
    pub plan: &'a str,
    pub changes: Changes,
    /// Intents that stay open: their objects are half done, or nobody knows what became of them.
    pub open: &'a dyn Fn(&Intent) -> bool,
    /// Objects that were found to be what their manifests say: whatever they say of themselves now names them.
    pub confirmed: &'a dyn Fn(&Address) -> bool,
}

/// Who else may write an entry while an apply is at work.
#[derive(Clone, Copy)]
enum Shared<'a> {
    /// Everybody, each their own part.
    Parts,
    /// Nobody but this apply, which says so in the entry.
    OnlyBy(&'a str),
}

impl Inventory {
    /// Stores what is about to happen. Open intents of earlier, broken runs are kept with their own time; one that is
    /// fulfilled is all that says that its object is ours, and stays beside a new one for the same object.
    ///
    /// # Errors
    /// Whatever kept the write from being acknowledged; then nothing else must be written.
    pub async fn intend(&mut self, nats: &Arc<dyn Nats>, intents: Vec<Intent>, plan: &str) -> Result<(), Failure> {
        let mut all = self.journal.intents.clone();
        all.retain(|old| self.rests_on(old) || !intents.iter().any(|new| new.address == old.address));
        all.extend(intents);
        let mut journal = Journal { intents: all };
        for (i, value) in journal.to_json(plan).into_iter().enumerate() {
            self.write(nats, &format!("j.{i}"), Shared::OnlyBy(plan), |_| value.clone()).await?;
        }
        // they may have to outlive this run, and then with the time of now
        let first = Bucket::new(Reader::new(nats.clone())).read(&format!("{}j.0", self.tenant.prefix())).await?;
        let time = first.map(|entry| entry.time);
        journal.intents.iter_mut().filter(|i| i.since.is_none()).for_each(|i| i.since.clone_from(&time));
        self.journal = journal;
        Ok(())
    }

    /// Whether an object is ours only because of this open intent.
    fn rests_on(&self, intent: &Intent) -> bool {
        self.mine.get(&intent.address).is_some_and(|m| m.pending && m.record.plan == intent.record.plan)
    }

    /// Merges outcomes, and intents that earlier runs left fulfilled, into the records, and closes the journal but for
    /// the intents that stay open.
    ///
    /// # Errors
    /// Whatever kept a write from being acknowledged; open intents then still speak for what was done.
    pub async fn conclude(&mut self, nats: &Arc<dyn Nats>, end: Conclusion<'_>) -> Result<(), Failure> {
        let Conclusion { plan, mut changes, open, confirmed } = end;
        let mut left = self.journal.intents.clone();
        left.retain(|i| i.since.is_some() && open(i) && !changes.contains_key(&i.address));
        let left = Journal { intents: left };
        for (address, mine) in self.mine.iter().filter(|(_, mine)| mine.pending) {
            changes.entry(address.clone()).or_insert_with(|| Some(mine.record.clone()));
        }
        let closing: Vec<String> = self.journal_entries().map(|(key, _)| key.clone()).collect();
        if !changes.is_empty() || !closing.is_empty() {
            self.restamp(&mut changes, confirmed);
        }
        self.merge(nats, changes).await?;
        let mut kept = left.to_json(plan).into_iter().filter(|entry| entry["intents"] != json!([]));
        for key in closing {
            let entry = kept.next().unwrap_or_else(|| json!({"plan": plan, "intents": []}));
            self.write(nats, &key, Shared::OnlyBy(plan), |_| entry.clone()).await?;
        }
        self.journal = left;
        Ok(())
    }

    /// Completes the identities of records while something is written anyway.
    fn restamp(&self, changes: &mut Changes, confirmed: &dyn Fn(&Address) -> bool) {
        for (address, identity) in &self.fresh {
            let Some(mine) = self.mine.get(address) else { continue };
            if mine.record.identity.is_proven_by(identity) || confirmed(address) {
                let record = Record { identity: identity.clone(), ..mine.record.clone() };
                changes.entry(address.clone()).or_insert(Some(record));
            }
        }
    }

    /// Merges outcomes into the records.
    ///
    /// # Errors
    /// Whatever kept a write from being acknowledged.
    pub async fn merge(&mut self, nats: &Arc<dyn Nats>, changes: Changes) -> Result<(), Failure> {
        let mut shards: BTreeMap<String, Changes> = BTreeMap::new();
        for (address, record) in changes {
            shards.entry(shard(&address)).or_default().insert(address, record);
        }
        for (key, changes) in shards {
            self.write(nats, &key, Shared::Parts, |old| merged(old, &changes)).await?;
            for (address, record) in changes {
                self.fresh.remove(&address);
                match record {
                    Some(record) => self.mine.insert(address, Mine { record, pending: false }),
                    None => self.mine.remove(&address),
                };
            }
        }
        Ok(())
    }

    /// One entry, read-modify-write with compare-and-set.
    async fn write(
        &mut self,
        nats: &Arc<dyn Nats>,
        key: &str,
        shared: Shared<'_>,
        value: impl Fn(&Value) -> Value,
    ) -> Result<(), Failure> {
        let full = format!("{}{key}", self.tenant.prefix());
        for _ in 0..TRIES {
            let (old, revision) = self.entries.get(key).map_or((Value::Null, 0), |e| (e.value.clone(), e.revision));
            let new = value(&old);
            match bucket::put(nats, &full, &new, revision).await {
                Ok(revision) => {
                    let entry = bucket::Entry { value: new, revision, time: String::new() };
                    self.entries.insert(key.to_owned(), entry);
                    return Ok(());
                }
                // written by somebody else, or our own write whose answer was lost: what is there decides
                Err(Failure::Stale { .. } | Failure::Unknown { .. }) => {
                    let there = Bucket::new(Reader::new(nats.clone())).read(&full).await?;
                    if there.as_ref().is_some_and(|e| e.value == new) {
                        self.entries.extend(there.map(|entry| (key.to_owned(), entry)));
                        return Ok(());
                    }
                    let moved = there.as_ref().map_or(0, |e| e.revision) != revision;
                    if let (Shared::OnlyBy(plan), true) = (shared, moved)
                        && there.as_ref().is_none_or(|e| e.value["plan"] != plan)
                    {
                        return Err(Failure::Stale { what: format!("another apply has written entry `{full}`") });
                    }
                    match there {
                        Some(entry) => self.entries.insert(key.to_owned(), entry),
                        None => self.entries.remove(key),
                    };
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Stale { what: format!("entry `{full}` is written by somebody else all the time") })
    }
}

fn merged(old: &Value, changes: &Changes) -> Value {
    let mut objects = old["objects"].as_object().cloned().unwrap_or_default();
    for (address, record) in changes {
        match record {
            Some(record) => objects.insert(address.to_string(), record.to_json()),
            None => objects.shift_remove(&address.to_string()),
        };
    }
    objects.sort_keys();
    json!({"objects": objects})
}

/// The entry that an address belongs to.
pub(super) fn shard(address: &Address) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, address.to_string().as_bytes());
    format!("s.{:02x}", hash.as_ref().first().copied().unwrap_or(0) % SHARDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_the_records_that_are_not_spoken_of() {
        let (a, b) = (Address::new("stream", ["A"], "APP"), Address::new("stream", ["B"], "APP"));
        let old = merged(
            &Value::Null,
            &Changes::from([(a.clone(), Some(Record::default())), (b.clone(), Some(Record::default()))]),
        );
        let new = merged(&old, &Changes::from([(a, None)]));
        assert_eq!(
            new["objects"].as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()),
            Some(vec![b.to_string()])
        );
    }
}
