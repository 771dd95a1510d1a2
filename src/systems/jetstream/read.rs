//! Reading an account whole, and knowing when it was not whole.
//!
//! A listing in a cluster can be incomplete and look fine: streams whose replicas do not answer stand in `missing` only
//! (facts: jetstream.md finding 8). So existence comes from STREAM.NAMES, configuration from STREAM.LIST, and whatever
//! stands in the one and not in the other is unknown, never absent.

use super::{NAME, identity};
use crate::{
    model::{Address, Capabilities, Failure, Live, Place, Presence, Value, Version, World, json},
    ports::{
        Ask, Reader,
        api::{is_absent, query},
    },
};
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// Pages asked for at a time; consumers' lists likewise. Far below the server's queue of 10,000, which it drops whole
/// when it overflows.
const WIDTH: usize = 64;
/// How often a listing that changed while it was read is read again.
const ATTEMPTS: usize = 8;
/// More objects than any server holds. What says so is no server of NATS, and every page would be a request.
const MOST: u64 = 10_000_000;

/// Reads the accounts of the run, one after the other.
pub async fn read(ask: &Ask) -> World {
    let mut world = World::default();
    for (scope, reader) in &ask.nats {
        world.absorb(account(reader, scope).await);
    }
    for (scope, why) in &ask.unreached {
        let place = Place { gaps: vec![format!("account {scope}: {why}")], ..Place::default() };
        world.places.insert((NAME.to_owned(), scope.clone()), place);
    }
    world
}

async fn account(reader: &Reader, scope: &str) -> World {
    let mut world = World::default();
    let place = place(reader, scope, &mut world).await;
    world.places.insert((NAME.to_owned(), scope.to_owned()), place);
    world
}

async fn place(reader: &Reader, scope: &str, world: &mut World) -> Place {
    let mut place = Place { label: label(reader, scope), ..Place::default() };
    match query(reader, "INFO", &Value::Null).await {
        Ok(info) => place.capabilities = capabilities(reader, &info),
        Err(failure) => {
            place.capabilities = capabilities(reader, &Value::Null);
            place.gaps.push(match &failure {
                Failure::Refused { code, .. } if code == "503" => {
                    format!("account {scope}: nobody answers at `{}`: is JetStream enabled there?", reader.api_prefix())
                }
                _ => format!("account {scope}: {failure}"),
            });
            return place;
        }
    }
    match streams(reader, scope).await {
        Ok(read) => {
            place.listed = true;
            world.objects.extend(read);
        }
        Err(why) => {
            place.gaps.push(format!("streams of account {scope}: {why}"));
            return place;
        }
    }
    let unread = world.objects.iter().filter(|(_, p)| matches!(p, Presence::Unknown { .. }));
    let unknown: Vec<String> = unread.map(|(a, _)| a.short()).collect();
    if !unknown.is_empty() {
        place.gaps.push(format!("not readable in account {scope}: {}", unknown.join(", ")));
    }
    if let Some(clustered) = is_clustered(reader, &world.objects).await {
        place.capabilities.facts.insert("clustered", json!(clustered));
    }
    consumers(reader, scope, &mut place, world).await;
    place
}

/// `nats://127.0.0.1:4222 · cluster C1 · account APP · nats-server 2.12.8`.
fn label(reader: &Reader, scope: &str) -> String {
    let info = reader.info();
    let mut parts = vec![format!("nats://{}", info.url)];
    parts.extend(info.cluster.map(|c| format!("cluster {c}")));
    parts.push(format!("account {scope}"));
    parts.push(format!("nats-server {}", info.version));
    parts.join(" · ")
}

fn capabilities(reader: &Reader, info: &Value) -> Capabilities {
    let server = reader.info();
    let mut facts = BTreeMap::from([("account", info.clone()), ("level", info["api"]["level"].clone())]);
    facts.insert("cluster", json!(server.cluster));
    facts.insert("domain", json!(server.domain.or_else(|| info["domain"].as_str().map(str::to_owned))));
    facts.insert("server_name", json!(server.name));
    // a server with no cluster name is alone; one with a name may still be (a cluster of one)
    if server.cluster.is_none() {
        facts.insert("clustered", json!(false));
    }
    Capabilities { product: "nats-server", version: Version::parse(&server.version).unwrap_or_default(), facts }
}

/// Whether JetStream is clustered there: only then STREAM.INFO has a `cluster.leader` with a group. `None`: no stream to
/// ask, so the connection's own word counts.
async fn is_clustered(reader: &Reader, objects: &BTreeMap<Address, Presence>) -> Option<bool> {
    reader.info().cluster.as_ref()?;
    let any = objects.values().find_map(Presence::live)?;
    let info = query(reader, &format!("STREAM.INFO.{}", any.address.leaf()), &Value::Null).await.ok()?;
    Some(info["cluster"].get("raft_group").is_some() || info["cluster"].get("name").is_some())
}

async fn streams(reader: &Reader, scope: &str) -> Result<BTreeMap<Address, Presence>, String> {
    let names = proven(reader, "STREAM.NAMES", &of_names("streams")).await?;
    let list = whole(reader, "STREAM.LIST", &STREAMS, "STREAM.INFO", Some(&names), "STREAM.NAMES").await?;
    let word = identity::Word::of(&reader.info());
    let mut out = BTreeMap::new();
    for (name, element) in &list.items {
        let Some(live) = identity::stream(element, &word, scope) else {
            return Err(format!("stream `{name}`: no configuration"));
        };
        out.insert(live.address.clone(), Presence::Present(live.into()));
    }
    // every name that was not listed was asked by itself: what is left answered nothing
    let unknown = || Presence::Unknown { why: "its leader is offline".into() };
    out.extend(list.missing.iter().map(|name| (identity::stream_address(name, scope), unknown())));
    Ok(out)
}

async fn consumers(reader: &Reader, scope: &str, place: &mut Place, world: &mut World) {
    let word = &identity::Word::of(&reader.info());
    let busy: Vec<Live> = world
        .objects
        .values()
        .filter_map(Presence::live)
        .filter(|live| live.state["consumer_count"].as_u64().unwrap_or(1) > 0)
        .map(|live| Live { config: Value::Null, state: Value::Null, ..live.clone() })
        .collect();
    let reads = busy.into_iter().map(|live| async move {
        let name = live.address.leaf().to_owned();
        let (list, info) = (format!("CONSUMER.LIST.{name}"), format!("CONSUMER.INFO.{name}"));
        let read = whole(reader, &list, &CONSUMERS, &info, None, &format!("CONSUMER.NAMES.{name}")).await;
        (live, read)
    });
    let mut reads = stream::iter(reads).buffer_unordered(WIDTH);
    while let Some((live, result)) = reads.next().await {
        let name = live.address.leaf();
        match result {
            Ok(list) => {
                for element in list.items.values() {
                    if let Some(c) = identity::consumer(element, name, live.identity.own.as_deref(), word, scope) {
                        world.objects.insert(c.address.clone(), Presence::Present(c.into()));
                    }
                }
                for missing in &list.missing {
                    let address = identity::consumer_address(name, missing, scope);
                    world.objects.insert(address, Presence::Unknown { why: "its leader is offline".into() });
                    place.gaps.push(format!("not readable in account {scope}: consumer/{name}/{missing}"));
                }
            }
            // the consumers of a stream that cannot say which it has are all unknown, and so is what it declares
            Err(why) => {
                place.gaps.push(format!("consumers of stream/{name} in account {scope}: {why}"));
                world.blind.insert(live.address.clone(), why);
            }
        }
    }
    place.gaps.sort();
}

struct Listed {
    items: BTreeMap<String, Value>,
    /// Names that exist but whose servers did not answer.
    missing: BTreeSet<String>,
}

/// How the elements of a listing are found and named.
struct Elements {
    key: &'static str,
    name: fn(&Value) -> Option<String>,
}

const STREAMS: Elements = Elements { key: "streams", name: |v| v["config"]["name"].as_str().map(str::to_owned) };
const CONSUMERS: Elements = Elements { key: "consumers", name: |v| v["name"].as_str().map(str::to_owned) };

/// Of a listing that has only names.
fn of_names(key: &'static str) -> Elements {
    Elements { key, name: |v| v.as_str().map(str::to_owned) }
}

/// A listing that is whole although others make and delete objects while its pages are read: what the names have and the
/// pages missed is asked one by one. `names` where they were read already.
async fn whole(
    reader: &Reader,
    list: &str,
    elements: &Elements,
    info: &str,
    names: Option<&Listed>,
    names_operation: &str,
) -> Result<Listed, String> {
    let (pages, total) = pages(reader, list).await.map_err(|f| f.to_string())?;
    let proof = prove(list, &pages, total, elements);
    let read;
    let names = match (names, &proof) {
        (Some(names), _) => names,
        (None, Ok(_)) => return proof,
        (None, Err(_)) => {
            read = proven(reader, names_operation, &of_names(elements.key)).await?;
            &read
        }
    };
    let mut listed = match proof {
        Ok(listed) => listed,
        Err(_) => collect(list, &pages, elements)?.0,
    };
    let asked = left(&mut listed, names).into_iter().map(|name| async move {
        let answer = query(reader, &format!("{info}.{name}"), &Value::Null).await;
        (name, answer)
    });
    let mut asked = stream::iter(asked).buffer_unordered(WIDTH);
    while let Some((name, answer)) = asked.next().await {
        match answer {
            Ok(element) => {
                listed.items.insert(name, element);
            }
            Err(failure) if is_absent(&failure) => {}
            Err(_) => {
                listed.missing.insert(name);
            }
        }
    }
    Ok(listed)
}

/// The names that a listing says nothing of: each is worth a question. What is a name only in both is missing in both.
fn left(listed: &mut Listed, names: &Listed) -> Vec<String> {
    listed.missing.extend(names.missing.iter().filter(|name| !listed.items.contains_key(*name)).cloned());
    let unsaid = |name: &&String| !listed.items.contains_key(*name) && !listed.missing.contains(*name);
    names.items.keys().filter(unsaid).cloned().collect()
}

/// A listing with its proof, read again where it changed meanwhile.
async fn proven(reader: &Reader, operation: &str, elements: &Elements) -> Result<Listed, String> {
    let mut why = String::new();
    for _ in 0..ATTEMPTS {
        let (pages, total) = pages(reader, operation).await.map_err(|f| f.to_string())?;
        match prove(operation, &pages, total, elements) {
            Ok(listed) => return Ok(listed),
            Err(gap) => why = gap,
        }
    }
    Err(why)
}

/// All pages: page 0 for the total, the others at once.
async fn pages(reader: &Reader, operation: &str) -> Result<(Vec<Value>, u64), Failure> {
    let first = match query(reader, operation, &json!({"offset": 0})).await {
        Err(failure) if is_absent(&failure) => json!({"total": 0}),
        other => other?,
    };
    let total = first["total"].as_u64().ok_or_else(|| Failure::Garbled { why: format!("{operation}: no `total`") })?;
    if total > MOST {
        return Err(Failure::Garbled { why: format!("{operation}: a `total` of {total}") });
    }
    let step = first["limit"].as_u64().filter(|l| *l > 0).unwrap_or(256);
    let offsets = (1..).map(|page| page * step).take_while(|offset| *offset < total);
    let rest = offsets.map(|offset| async move { query(reader, operation, &json!({"offset": offset})).await });
    let mut pages = vec![first];
    let mut rest = stream::iter(rest).buffered(WIDTH);
    while let Some(page) = rest.next().await {
        pages.push(page?);
    }
    Ok((pages, total))
}

/// The proof that names are unique and that everything which should be there is there.
fn prove(operation: &str, pages: &[Value], total: u64, elements: &Elements) -> Result<Listed, String> {
    let (listed, unique) = collect(operation, pages, elements)?;
    if !unique || pages.iter().any(|page| page["total"].as_u64() != Some(total)) {
        return Err(format!("{operation} changed while it was read"));
    }
    let found = (listed.items.len() + listed.missing.len()) as u64;
    if found == total { Ok(listed) } else { Err(format!("{operation} answered {found} of {total}")) }
}

/// What the pages hold, and whether no name stood twice.
fn collect(operation: &str, pages: &[Value], elements: &Elements) -> Result<(Listed, bool), String> {
    let mut listed = Listed { items: BTreeMap::new(), missing: BTreeSet::new() };
    let mut unique = true;
    for page in pages {
        for item in page[elements.key].as_array().into_iter().flatten() {
            let name = (elements.name)(item).ok_or_else(|| format!("{operation}: an element without a name"))?;
            unique &= listed.items.insert(name, item.clone()).is_none();
        }
        let missing = page["missing"].as_array().into_iter().flatten();
        listed.missing.extend(missing.filter_map(|v| v.as_str().map(str::to_owned)));
        listed.missing.extend(page["offline"].as_object().into_iter().flat_map(|m| m.keys().cloned()));
    }
    // another server of the cluster answered for it
    let Listed { items, missing } = &mut listed;
    missing.retain(|name| !items.contains_key(name));
    Ok((listed, unique))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pages: &[Value], total: u64) -> Result<(usize, usize), String> {
        prove("STREAM.NAMES", pages, total, &of_names("streams")).map(|l| (l.items.len(), l.missing.len()))
    }

    #[test]
    fn a_listing_is_whole_only_when_everything_is_accounted_for() {
        assert_eq!(names(&[json!({"total": 3, "streams": ["a", "b"], "missing": ["c"]})], 3), Ok((2, 1)));
        assert_eq!(names(&[json!({"total": 1, "streams": ["a"], "missing": ["a"]})], 1), Ok((1, 0)));
        assert_eq!(names(&[json!({"total": 0, "streams": null})], 0), Ok((0, 0)));
        assert!(names(&[json!({"total": 3, "streams": ["a", "b"]})], 3).is_err());
        assert!(names(&[json!({"total": 2, "streams": ["a", "a"]})], 2).is_err());
        assert!(names(&[json!({"total": 2, "streams": ["a"]}), json!({"total": 3, "streams": ["b"]})], 2).is_err());
    }

    /// A listing that did not prove itself is used all the same, with the names beside it.
    #[test]
    fn what_a_changing_listing_does_not_say_is_asked_or_missing_and_never_forgotten() {
        let consumers = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
        let page = json!({"total": 9, "consumers": consumers(&["a", "b"]), "missing": ["b", "c"]});
        let mut listed = collect("CONSUMER.LIST.S", &[page], &CONSUMERS).unwrap().0;
        assert_eq!(listed.missing.iter().collect::<Vec<_>>(), ["c"], "one server answered for `b`");
        let page = json!({"total": 5, "consumers": ["a", "c", "d"], "missing": ["b", "e"]});
        let names = prove("CONSUMER.NAMES.S", &[page], 5, &of_names("consumers")).unwrap();
        assert_eq!(left(&mut listed, &names), ["d"]);
        assert_eq!(listed.missing.iter().collect::<Vec<_>>(), ["c", "e"]);
    }
}
