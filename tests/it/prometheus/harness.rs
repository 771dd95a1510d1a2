//! The tests' Prometheus is a real one: rules written by hand fire, are reloaded, and are seen through our own connection.

use crate::support::{Exporter, Fault, HttpProxy, Prometheus, http::Answer, prometheuses, until};
use natsform::{
    drivers::http::{self, Settings},
    model::{Failure, Value},
    ports::{
        HttpReader,
        http::{Request, json},
    },
};

const RULES: &str = "groups: [{name: disks, rules: [{alert: DiskFull, expr: disk_free < 5}]}]\n";

/// Our own connection to a server.
pub fn reader(url: &str) -> HttpReader {
    HttpReader::new(http::open(&Settings { url: url.to_owned(), ..Settings::default() }).expect("a connection"))
}

async fn get(reader: &HttpReader, path: &str) -> Value {
    json(path, &reader.get(path, &[]).await.expect("an answer")).expect("JSON")
}

#[tokio::test]
async fn rules_fire_and_are_seen() {
    for (version, binary) in prometheuses() {
        let exporter = Exporter::start("disk_free 3");
        let mut server = Prometheus::start_scraping(&binary, &exporter);
        let reader = reader(&server.url());
        let build = get(&reader, "/api/v1/status/buildinfo").await;
        assert!(build["data"]["version"].as_str().is_some_and(|v| v.starts_with(&version)), "{version}: {build}");
        server.rule_file("hand.yml", RULES);
        assert_eq!(server.reload(), (200, String::new()));
        until("a firing alert", || server.alerts().iter().find(|a| a["state"] == "firing").cloned());
        let alerts = get(&reader, "/api/v1/alerts").await;
        assert_eq!(alerts["data"]["alerts"][0]["labels"]["alertname"], "DiskFull", "{alerts}");
        exporter.set("disk_free 7");
        until("no alert", || server.alerts().is_empty().then_some(()));

        server.rule_file("hand.yml", &RULES.replace("DiskFull", "DiskAlmostFull"));
        assert_eq!(server.groups()[0]["rules"][0]["name"], "DiskFull", "nothing happens before a reload");
        assert_eq!(server.reload().0, 200);
        assert_eq!(get(&reader, "/api/v1/rules").await["data"]["groups"][0]["rules"][0]["name"], "DiskAlmostFull");

        server.rule_file("bad.yml", "groups: [{name: x, rules: [{alert: A, expr: '1 +'}]}]\n");
        let (status, said) = server.reload();
        assert!(status == 500 && said.contains("failed to reload config"), "{status}: {said}");
        assert_eq!(server.groups().len(), 1, "the old rules stay");
        assert!(server.try_restart().is_err(), "and a restart does not come up");
        std::fs::remove_file(server.rules().join("bad.yml")).expect("a file to remove");
        let before = server.url();
        server.restart();
        assert_eq!((server.url(), server.groups().len()), (before, 1));
        let again = get(&reader, "/api/v1/rules").await;
        assert_eq!(again["status"], "success", "a connection outlives a restart");
        let writer = http::open(&Settings { url: server.url(), ..Settings::default() }).expect("a connection");
        for _ in 0..2 {
            let answer = writer.send(&Request::post("/-/reload", &[])).await.expect("an answer");
            assert_eq!(answer.status, 200, "a write goes over a connection of its own");
            server.restart();
        }
    }
}

#[tokio::test]
async fn the_lifecycle_api_can_be_off() {
    for (_, binary) in prometheuses() {
        let server = Prometheus::start_with(&binary, &[], &Prometheus::config_for(&[]));
        let (status, said) = server.reload();
        assert!(status == 403 && said.contains("Lifecycle API is not enabled"), "{status}: {said}");
    }
}

/// A reload whose answer is lost may have happened, and one that never arrived did not: we cannot tell them apart.
#[tokio::test]
async fn faults_between_us_and_the_server() {
    for (_, binary) in prometheuses() {
        let server = Prometheus::start(&binary);
        let proxy = HttpProxy::before(&server.url());
        let http = http::open(&Settings { url: proxy.url(), ..Settings::default() }).expect("a connection");
        let reload = Request::post("/-/reload", &[]);
        server.rule_file("a.yml", RULES);
        for (fault, groups) in [(Fault::Refuse, 0), (Fault::Lose, 1)] {
            proxy.rule(move |_, what| if what == "POST /-/reload" { fault.clone() } else { Fault::Pass });
            let failure = http.send(&reload).await.expect_err("no answer");
            assert!(matches!(failure, Failure::Unknown { .. }), "{failure}");
            let answer = http.send(&Request::get("/api/v1/rules", &[])).await.expect("an answer");
            let rules = json("/api/v1/rules", &answer).expect("JSON");
            assert_eq!(rules["data"]["groups"].as_array().map(Vec::len), Some(groups));
            assert_eq!(proxy.heard(), ["POST /-/reload", "GET /api/v1/rules"], "a write is not repeated");
        }
        proxy.rule(|n, _| if n == 0 { Fault::Refuse } else { Fault::Pass });
        assert_eq!(http.send(&Request::get("/-/ready", &[])).await.expect("a second try").status, 200);
        proxy.rule(|_, _| Fault::Answer(Answer::of("500 No", &[], b"failed to reload config: because")));
        assert_eq!(http.send(&reload).await.expect("an answer").status, 500);
    }
}
