//! Writes are counted, reads are not: what "a second apply writes nothing" is measured with.

use crate::support::http::{Answer, Stub};
use natsform::{
    drivers::{
        SystemClock, SystemRandom,
        http::{self, Settings},
        shelf::DirectoryShelf,
    },
    model::json,
    ports::{Outlet, Ports, Shelf, http::Request},
};
use std::{collections::BTreeMap, sync::Arc};

#[tokio::test]
async fn writes_are_counted() {
    let stub = Stub::with(Answer::ok("application/json", "{}"));
    let dir = tempfile::tempdir().expect("a directory");
    let outlet = Outlet {
        https: vec![http::open(&Settings { url: stub.url(), ..Settings::default() }).expect("a connection")],
        shelves: BTreeMap::from([("rules".to_owned(), Arc::new(DirectoryShelf::new(dir.path())) as Arc<dyn Shelf>)]),
        settings: json!({"expect": {}}),
    };
    let ports = Ports::new(BTreeMap::new(), Arc::new(SystemClock), Arc::new(SystemRandom::default()));
    let ports = ports.with(BTreeMap::from([(("prometheus".to_owned(), "main".to_owned()), outlet)]));

    let target = ports.targets[&("prometheus".to_owned(), "main".to_owned())].clone();
    assert_eq!((target.https[0].url(), &target.settings), (stub.url().as_str(), &json!({"expect": {}})));
    let (http, shelf) =
        (&ports.http("prometheus", "main")[0], ports.shelf("prometheus", "main", "rules").expect("one"));
    http.send(&Request::get("/api/v1/rules", &[])).await.expect("an answer");
    http.send(&Request::post("/api/v1/query", &[])).await.expect("an answer");
    target.https[0].ask("/api/v1/query", &[]).await.expect("an answer");
    assert_eq!((shelf.list().await, shelf.get("a").await), (Ok(Some(vec![])), Ok(None)));
    assert_eq!(ports.writes(), 0);
    http.send(&Request::post("/-/reload", &[])).await.expect("an answer");
    shelf.put("a", b"x").await.expect("a write");
    assert_eq!(shelf.claim("b", b"x").await, Ok(true));
    shelf.remove("a").await.expect("a write");
    assert_eq!(ports.writes(), 4);
    assert_eq!(shelf.claim(".natsform.lease", b"x").await, Ok(true));
    shelf.put(".natsform.lease", b"y").await.expect("a lease");
    shelf.remove(".natsform.lease").await.expect("a lease");
    assert_eq!(ports.writes(), 4, "a lease is no write of an object");
    assert_eq!(target.shelves["rules"].list().await, Ok(Some(vec!["b".to_owned()])));
    assert!(ports.http("prometheus", "edge").is_empty() && ports.shelf("prometheus", "main", "scrape").is_none());
}
