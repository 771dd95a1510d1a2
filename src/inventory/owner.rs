//! Whose an object is.

use super::{
    Bucket, Journal, Record, Tenant,
    bucket::{Entry, Want},
    entries::shard,
};
use crate::{
    model::{Address, Declared, Failure, Identity, Live, Presence, Value, World},
    ports::Reader,
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Ours, and another project's as well: neither may change it before one of them lets go.
    Contested(&'a Record, &'a Tenant),
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
    /// Identities that live objects of ours say more fully, or otherwise after a restart, than our records.
    pub(super) fresh: BTreeMap<Address, Identity>,
}

impl Inventory {
    /// No memory: everything works but prune, resets and the lock.
    pub fn none(tenant: Tenant, scope: &str, state: State) -> Self {
        let (mine, others, entries, fresh) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { tenant, scope: scope.into(), state, mine, others, entries, journal: Journal::default(), fresh }
    }

    /// Reads the bucket in the account `scope`.
    pub async fn read(reader: &Reader, tenant: Tenant, scope: &str) -> Self {
        let want = |key: &str| match Tenant::of_key(key) {
            Some((of, rest)) if of == tenant && is_memory(rest) => Want::Needed,
            Some((of, rest)) if of != tenant && rest.starts_with("s.") => Want::WhereReadable,
            _ => Want::No,
        };
        match Bucket::new(reader.clone()).read_all(">", want).await {
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

    /// Whether another run of ours has written anything since this inventory was read.
    ///
    /// # Errors
    /// Whatever kept an answer away.
    pub async fn has_moved(&self, reader: &Reader) -> Result<bool, Failure> {
        let prefix = self.tenant.prefix();
        let want = |key: &str| match key.strip_prefix(&prefix) {
            Some(rest) if is_memory(rest) => Want::Needed,
            _ => Want::No,
        };
        let now = Bucket::new(reader.clone()).read_all(&format!("{prefix}>"), want).await?.unwrap_or_default();
        let then = self.entries.iter().map(|(key, entry)| (key.as_str(), entry.revision));
        Ok(!now.iter().map(|(key, entry)| (&key[prefix.len()..], entry.revision)).eq(then))
    }

    /// Which of these objects another project has put into its records by now.
    ///
    /// # Errors
    /// Whatever kept an answer away.
    pub async fn taken(
        &self,
        reader: &Reader,
        objects: &BTreeMap<Address, Identity>,
    ) -> Result<BTreeMap<Address, Tenant>, Failure> {
        let shards: BTreeSet<String> = objects.keys().map(shard).collect();
        if shards.is_empty() {
            return Ok(BTreeMap::new());
        }
        let want = |key: &str| match Tenant::of_key(key) {
            Some((of, rest)) if of != self.tenant && shards.contains(rest) => Want::WhereReadable,
            _ => Want::No,
        };
        let entries = Bucket::new(reader.clone()).read_all("v1.*.*.s.*", want).await?.unwrap_or_default();
        let mut now = Self::none(self.tenant.clone(), &self.scope, State::On);
        for (key, entry) in entries {
            now.add(key, entry);
        }
        let taken = objects.iter().filter_map(|(a, identity)| Some((a.clone(), now.rival(a, identity)?.0.clone())));
        Ok(taken.collect())
    }

    /// Makes records of what live objects carry of themselves, and of the open intents that they fulfil. `digest` tells what an object says, in manifest
    /// terms, of what was declared.
    pub fn resolve(&mut self, world: &World, digest: impl Fn(&Live, &Declared) -> String) {
        for live in world.objects.values().filter_map(Presence::live) {
            if let Some(memory) = &live.memory {
                let record = Record::carried(memory);
                self.mine.insert(live.address.clone(), Mine { record, pending: false });
            }
        }
        for intent in &self.journal.intents {
            let Some(Presence::Present(live)) = world.objects.get(&intent.address) else { continue };
            let known = self.mine.get(&intent.address);
            if known.is_some_and(|m| m.record.plan == intent.record.plan) {
                continue;
            }
            if intent.is_fulfilled(&live.identity, &digest(live, &intent.proof()), "") {
                let record = Record { identity: live.identity.clone(), ..intent.record.clone() };
                self.mine.insert(intent.address.clone(), Mine { record, pending: true });
            }
        }
        // what was about to be made again is there: nothing waits for it any more
        for intent in &mut self.journal.intents {
            if world.live(&intent.address).is_some() {
                intent.again = Value::Null;
            }
        }
        let known = self.mine.iter().filter_map(|(address, mine)| {
            let (live, was) = (&world.live(address)?.identity, &mine.record.identity);
            (was.holds(live) && was.is_outdone_by(live)).then(|| (address.clone(), live.clone()))
        });
        self.fresh = known.collect();
    }

    /// Whose a live object is.
    pub fn ownership(&self, live: &Live) -> Ownership<'_> {
        if let Some(mine) = self.mine.get(&live.address) {
            if !mine.record.identity.holds(&live.identity) {
                return Ownership::Recreated(&mine.record);
            }
            return match self.rival(&live.address, &live.identity) {
                None => Ownership::Ours(&mine.record),
                Some((other, theirs)) if mine.record.offered.as_ref() == Some(&other.to_string()) => {
                    Ownership::Others(other, theirs)
                }
                Some((other, _)) => Ownership::Contested(&mine.record, other),
            };
        }
        let others = self.others.get(&live.address).into_iter().flatten();
        let other = others.into_iter().find(|(_, record)| record.identity.holds(&live.identity));
        other.map_or(Ownership::Nobodys, |(tenant, record)| Ownership::Others(tenant, record))
    }

    /// Who else has a record of the object that lives there and does not offer it to us.
    fn rival(&self, address: &Address, live: &Identity) -> Option<&(Tenant, Record)> {
        let me = self.tenant.to_string();
        let others = self.others.get(address).into_iter().flatten();
        others.into_iter().find(|(_, record)| record.identity.holds(live) && record.offered.as_ref() != Some(&me))
    }

    /// Who else has a record of this live object.
    pub fn held_by(&self, live: &Live) -> Option<&Tenant> {
        self.rival(&live.address, &live.identity).map(|(tenant, _)| tenant)
    }

    /// Whether our record of a live object names it for certain. After the restart of a server that forgets when it made
    /// its objects, one that was deleted and made again looks the same as one that was not.
    pub fn is_proven(&self, live: &Live) -> bool {
        self.record(&live.address).is_some_and(|record| record.identity.is_proven_by(&live.identity))
    }

    /// What a replace that was broken off after its delete was about to create, with what it had declared.
    pub fn interrupted(&self, address: &Address) -> Option<(&Value, &Record)> {
        let intents = self.journal.intents.iter().rev();
        let half = intents.into_iter().find(|i| i.address == *address && !i.again.is_null())?;
        Some((&half.again, &half.record))
    }

    /// What replaces that were broken off were about to create.
    pub fn half_done(&self) -> impl Iterator<Item = &Address> {
        self.journal.intents.iter().filter(|i| !i.again.is_null()).map(|i| &i.address)
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

/// Whether an entry of ours is a part of the memory: the lock is not.
fn is_memory(rest: &str) -> bool {
    rest.starts_with("s.") || rest.starts_with("j.")
}

fn has_intents(value: &Value) -> bool {
    value["intents"].as_array().is_some_and(|i| !i.is_empty())
}
