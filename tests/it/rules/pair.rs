//! Two servers that share a directory: one after the other, and none after one that fails.

use super::bed::{Bed, alert, on_each, unfolded};
use crate::support::Prometheus;
use std::path::Path;

/// A project at two servers that load the rules of the first one's directory, and whatever the second has of its own.
fn pair(binary: &Path) -> (Bed, Prometheus) {
    let bed = Bed::start(binary);
    let rules = bed.server.rules();
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [\"{}/*.yml\", rules/*.yml]\n",
        rules.display()
    );
    let second = Prometheus::start_with(binary, &["--web.enable-lifecycle"], &config);
    let (url, other) = (bed.server.url(), second.url());
    let file = super::bed::project_file("shop", &bed.server)
        .replace(&format!("{{url: \"{url}\""), &format!("{{urls: [\"{url}\", \"{other}\"]"));
    bed.program.write("natsform.yaml", &file);
    (bed, second)
}

fn reloads(server: &Prometheus) -> usize {
    server.log().matches("Completed loading of configuration file").count()
}

fn loaded(server: &Prometheus) -> Vec<String> {
    let text = |g: &serde_json::Value| g["rules"][0]["query"].as_str().unwrap_or_default().to_owned();
    server.groups().iter().map(text).collect()
}

#[test]
fn both_servers_are_reloaded_once() {
    on_each(|binary| {
        let (bed, second) = pair(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        let before = (reloads(&bed.server), reloads(&second));
        bed.apply(0);
        bed.is_settled();
        assert_eq!((reloads(&bed.server), reloads(&second)), (before.0 + 1, before.1 + 1));
        assert_eq!((loaded(&bed.server), loaded(&second)), (vec!["up == 0".into()], vec!["up == 0".into()]));
        // one of a pair that is down leaves everything as it is: nobody knows what it would load
        let mut second = second;
        second.kill9();
        let planned = bed.program.must(7, &["plan"]);
        assert!(unfolded(&planned).contains(&second.url()), "{}", planned.told());
    });
}

#[test]
fn a_difference_on_the_second_server_is_seen_and_taken_back() {
    on_each(|binary| {
        let (bed, second) = pair(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        bed.apply(0);
        let (name, text) = bed.files().into_iter().next().expect("a file");
        bed.server.rule_file(&name, &text.replace("up == 0", "up == 1"));
        assert_eq!(second.reload().0, 200);
        bed.server.rule_file(&name, &text);
        assert_eq!((loaded(&bed.server), loaded(&second)), (vec!["up == 0".into()], vec!["up == 1".into()]));
        let planned = bed.program.must(2, &["plan", "--detailed-exitcode"]);
        assert!(unfolded(&planned).contains(&second.url()), "{}", planned.told());
        bed.program.must(2, &["drift"]);
        bed.apply(0);
        assert_eq!(loaded(&second), ["up == 0"]);
        bed.is_settled();
    });
}

/// What only the reload tells: a file that nobody here can see.
fn breaks(server: &Prometheus) {
    let elsewhere = server.dir().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    let config = std::fs::read_to_string(server.dir().join("prometheus.yml")).expect("a configuration");
    server.config(&config.replace("rules/*.yml]", "rules/*.yml, elsewhere/*.yml]"));
    assert_eq!(server.reload().0, 200);
    std::fs::write(elsewhere.join("x.yml"), "groups: [{name: x, rules: [{alert: X}]}]\n").expect("a file");
}

#[test]
fn the_first_failure_stops() {
    on_each(|binary| {
        for first_fails in [true, false] {
            let (bed, second) = pair(binary);
            bed.program.manifest(&alert("g", "up == 0"));
            bed.apply(0);
            let files = bed.files();
            breaks(if first_fails { &bed.server } else { &second });
            let before = (reloads(&bed.server), reloads(&second));
            bed.program.manifest(&alert("g", "up == 1"));
            let applied = bed.apply(1);
            assert!(applied.stdout.contains("Rolled back (1)"), "{}", applied.told());
            let broken = if first_fails { bed.server.url() } else { second.url() };
            assert!(unfolded(&applied).contains(&format!("{broken} refused the reload")), "{}", applied.told());
            assert_eq!((loaded(&bed.server), loaded(&second)), (vec!["up == 0".into()], vec!["up == 0".into()]));
            assert_eq!(bed.files(), files);
            // the first one loads the new rules and the old ones again, or neither; the second one is never asked after it
            let asked = (reloads(&bed.server) - before.0, reloads(&second) - before.1);
            assert_eq!(asked, if first_fails { (0, 0) } else { (2, 0) });
        }
    });
}
