//! Whose an object is.

use super::{Bucket, Journal, Record, Tenant, bucket::Entry};
use crate::{
    model::{Address, Declared, Live, Presence, Value, World},
    ports::Reader,
};
use std::collections::BTreeMap;

/// Whether there is a memory at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    On,
    /// There is no bucket yet: the first apply makes it.
    Missing,
    /// The environment says `inventory: off`.
    Off,
    Unreadable {
        why: String,
    },
}

/// One of our records.
#[derive(Clone, Debug)]
pub struct Mine {
    pub record: Record,
    /// It comes from an open intent and is not written as a record yet.
    pub pending: bool,
}

/// Whose one live object is.
#[derive(Clone, Debug)]
pub enum Ownership<'a> {
    Ours(&'a Record),
    /// We had one of that name, but it was deleted and made again.
    Recreated(&'a Record),
    Others(&'a Tenant, &'a Record),
    Nobodys,
}

/// Everything that the bucket says, as this run needs it.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub tenant: Tenant,
    /// The account that the bucket lives in.
    pub scope: String,
    pub state: State,
    pub(super) mine: BTreeMap<Address, Mine>,
    others: BTreeMap<Address, Vec<(Tenant, Record)>>,
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) journal: Journal,
}

impl Inventory {
    /// No memory: everything works but prune, resets and the lock.
    pub fn none(tenant: Tenant, scope: &str, state: State) -> Self {
        let (mine, others, entries) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { tenant, scope: scope.into(), state, mine, others, entries, journal: Journal::default() }
    }

    /// Reads the bucket in the account `scope`.
    pub async fn read(reader: &Reader, tenant: Tenant, scope: &str) -> Self {
        match Bucket::new(reader.clone()).read_all().await {
            Err(failure) => Self::none(tenant, scope, State::Unreadable { why: failure.to_string() }),
            Ok(None) => Self::none(tenant, scope, State::Missing),
            Ok(Some(entries)) => {
                let mut inventory = Self::none(tenant, scope, State::On);
                for (key, entry) in entries {
                    inventory.add(key, entry);
                }
                inventory
            }
        }
    }

    fn add(&mut self, key: String, entry: Entry) {
        let Some((tenant, rest)) = Tenant::of_key(&key) else { return };
        let ours = tenant == self.tenant;
        if rest.starts_with("s.") {
            for (address, value) in entry.value["objects"].as_object().into_iter().flatten() {
                let Some(address) = Address::parse(address, "") else { continue };
                let record = Record::from_json(value);
                if ours {
                    self.mine.insert(address, Mine { record, pending: false });
                } else {
                    self.others.entry(address).or_default().push((tenant.clone(), record));
                }
            }
        } else if ours && rest.starts_with("j.") {
            self.journal.add_entry(&entry.value, &entry.time);
        }
        if ours {
            self.entries.insert(rest.to_owned(), entry);
        }
    }

    /// Makes records of the open intents that the live objects fulfil. `digest` tells what an object says, in manifest
    /// terms, of what was declared.
    pub fn resolve(&mut self, world: &World, digest: impl Fn(&Live, &Declared) -> String) {
        for intent in &self.journal.intents {
            let Some(Presence::Present(live)) = world.objects.get(&intent.address) else { continue };
            let known = self.mine.get(&intent.address);
            if known.is_some_and(|m| m.record.plan == intent.record.plan) {
                continue;
            }
            if intent.is_fulfilled(&live.identity, &digest(live, &intent.record.declared), "") {
                let record = Record { identity: live.identity.clone(), ..intent.record.clone() };
                self.mine.insert(intent.address.clone(), Mine { record, pending: true });
            }
        }
    }

    /// Whose a live object is.
    pub fn ownership(&self, live: &Live) -> Ownership<'_> {
        if let Some(mine) = self.mine.get(&live.address) {
            let holds = mine.record.identity.holds(&live.identity);
            return if holds { Ownership::Ours(&mine.record) } else { Ownership::Recreated(&mine.record) };
        }
        let others = self.others.get(&live.address).into_iter().flatten();
        let other = others.into_iter().find(|(_, record)| record.identity.holds(&live.identity));
        other.map_or(Ownership::Nobodys, |(tenant, record)| Ownership::Others(tenant, record))
    }

    /// Whether another project (`web/prod`) has a record of this live object.
    pub fn is_held_by(&self, tenant: &str, live: &Live) -> bool {
        let others = self.others.get(&live.address).into_iter().flatten();
        others.into_iter().any(|(other, record)| other.to_string() == tenant && record.identity.holds(&live.identity))
    }

    /// What a replace that was broken off after its delete was about to create, with what it had declared.
    pub fn interrupted(&self, address: &Address) -> Option<(&Value, &Record)> {
        let intents = self.journal.intents.iter().rev();
        let half = intents.into_iter().find(|i| i.address == *address && !i.again.is_null())?;
        Some((&half.again, &half.record))
    }

    /// Our records, by address.
    pub fn records(&self) -> impl Iterator<Item = (&Address, &Record)> {
        self.mine.iter().map(|(address, mine)| (address, &mine.record))
    }

    /// Our record of an address, whatever lives there now.
    pub fn record(&self, address: &Address) -> Option<&Record> {
        self.mine.get(address).map(|m| &m.record)
    }

    /// Whether things are remembered: there is a bucket, or the next apply makes one.
    pub fn remembers(&self) -> bool {
        matches!(self.state, State::On | State::Missing)
    }

    /// The open entries of the journal, so that an apply that writes anything closes them.
    pub(super) fn journal_entries(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter().filter(|(key, entry)| key.starts_with("j.") && has_intents(&entry.value))
    }
}

fn has_intents(value: &Value) -> bool {
    value["intents"].as_array().is_some_and(|i| !i.is_empty())
}
