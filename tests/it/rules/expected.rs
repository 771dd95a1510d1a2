//! What the environment expects of a server: compared, told at its place, and never written.

use super::bed::{Bed, alert, on_each, project_file, unfolded};

#[test]
fn what_a_server_is_not_is_told_where_it_is_expected() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&alert("g", "up == 0"));
        let file = project_file("shop", &bed.server);
        let with =
            |expect: &str| file.replace("prometheus: {url:", &format!("prometheus: {{expect: {{{expect}}}, url:"));
        bed.program.write("natsform.yaml", &with("version: '>=99', scrape_interval: 7s, retention: 3d"));
        let plan = bed.program.run(&["plan", "--format", "json"]).json();
        let told = plan["expectations"].as_array().unwrap_or_else(|| panic!("{plan}")).iter().map(|e| {
            let text = |key: &str| e[key].as_str().unwrap_or_default().to_owned();
            let at = (&e["source"]["line"], &e["source"]["column"]);
            format!("{} {} {} {}:{}", text("path"), text("wanted"), text("found"), at.0, at.1)
        });
        let build: serde_json::Value =
            serde_json::from_str(&bed.server.get("/api/v1/status/buildinfo").1).expect("JSON");
        let version = build["data"]["version"].as_str().expect("a version").split('+').next().expect("a number");
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "prometheus.main.expect.scrape_interval 7s 1s 9:63".to_owned(),
                "prometheus.main.expect.retention 3d 15d 9:78".to_owned(),
                format!("prometheus.main.expect.version >=99 {version} 9:38"),
            ]
        );
        bed.program.write("natsform.yaml", &with("version: '>=2', scrape_interval: 1s, retention: 15d"));
        assert!(!unfolded(&bed.program.must(0, &["plan"])).contains("expected"));
    });
}
