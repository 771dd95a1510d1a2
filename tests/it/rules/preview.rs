//! What a plan says new alerts would do, beside what they do; and templates, beside what a real server renders.

use super::bed::{Bed, on_each, rules, unfolded};
use crate::support::until;
use natsform::promql::{About, render};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

fn findings(plan: &Value, code: &str) -> Vec<Value> {
    let all =
        plan["changes"].as_array().expect("changes").iter().flat_map(|c| c["findings"].as_array().expect("findings"));
    all.filter(|f| f["code"] == code).cloned().collect()
}

fn series(values: &[&str]) -> String {
    let one = |i: &&str| format!("label_replace(vector(7), \"i\", \"{i}\", \"\", \"\")");
    values.iter().map(one).collect::<Vec<_>>().join(" or ")
}

#[test]
fn a_plan_says_what_would_fire_and_with_which_words() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let many = series(&["a", "b", "c", "d"]);
        bed.program.manifest(&rules(
            "g",
            &format!(
                "- {{alert: Four, expr: '{many}', annotations: {{summary: \"{{{{ $labels.i | title }}}} has {{{{ $value }}}}\"}}}}\n\
                 - {{alert: Waits, expr: '{}', for: 5m, annotations: {{description: none}}}}\n\
                 - {{alert: Quiet, expr: 'vector(1) > 1'}}\n\
                 - {{alert: Scalar, expr: '3'}}\n\
                 - {{alert: Broken, expr: 'vector(1) * on() (vector(1) or label_replace(vector(1), \"i\", \"a\", \"\", \"\"))'}}\n",
                series(&["z"])
            ),
        ));
        let finished = bed.program.must(2, &["plan", "--detailed-exitcode", "--format", "json"]);
        let plan = finished.json();
        let fires = findings(&plan, "NF2202");
        let figures: Vec<(&str, u64)> =
            fires.iter().map(|f| (f["path"].as_str().unwrap(), f["firing_now"].as_u64().unwrap())).collect();
        assert_eq!(
            figures,
            [("groups[g].rules[Four]", 4), ("groups[g].rules[Waits]", 1), ("groups[g].rules[Scalar]", 1)]
        );
        assert_eq!(fires[0]["texts"], json!(["A has 7", "B has 7", "C has 7"]));
        assert_eq!(fires[1]["texts"], json!(["none"]));
        let untried = findings(&plan, "NF2203");
        assert_eq!(untried.len(), 1, "{plan:#}");
        assert!(untried[0]["message"].as_str().unwrap().starts_with("Broken could not be tried: "), "{}", untried[0]);
        let text = unfolded(&bed.program.must(0, &["plan"]));
        assert!(text.contains("Four fires for 4 series now"), "{text}");
        assert!(text.contains("“A has 7” · “B has 7”"), "{text}");
        assert!(text.contains("Waits holds for 1 series now, and fires if it does for 5m"), "{text}");
        // drift asks nothing of the kind
        assert!(!bed.program.run(&["drift"]).stdout.contains("NF2202"));
    });
}

/// An annotation edit tries nothing; another expression does.
#[test]
fn only_what_fires_otherwise_is_tried() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let rule = |more: &str, expr: &str| rules("g", &format!("- {{alert: A, expr: '{expr}'{more}}}"));
        bed.program.manifest(&rule("", "vector(1)"));
        bed.apply(0);
        for (more, expr, tried) in [
            (", annotations: {summary: s}", "vector(1)", 0),
            ("", "vector(1) > 0", 1),
            (", for: 1m", "vector(1)", 1),
            (", labels: {a: b}", "vector(1)", 1),
        ] {
            bed.program.manifest(&rule(more, expr));
            let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
            assert_eq!(findings(&plan, "NF2202").len(), tried, "{more} {expr}: {plan:#}");
        }
    });
}

/// Labels of the one series that templates are rendered for.
fn labels() -> BTreeMap<String, String> {
    let pairs = [
        ("instance", "web-1.example.com:9100"),
        ("job", "node"),
        ("namespace", "shop"),
        ("pod", "web-6f9c-x"),
        ("device", "/dev/sda1"),
        ("stream_name", "ORDERS"),
        ("mixed", "two words, UPPER"),
        ("ip", "[::1]:80"),
    ];
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// The templates of the table, and those of the corpus.
fn templates() -> Vec<String> {
    let table = [
        "{{ $value }}",
        "{{ .Value }}|{{ $labels.nothing }}|{{ .Labels.job }}|{{ index $labels \"job\" }}",
        "{{ $value | humanize }} {{ humanize1024 $value }} {{ $value | humanizeDuration }} {{ $value | humanizePercentage }}",
        "{{ $value | humanizeTimestamp }}",
        "{{ printf \"%.2f\" $value }} {{ $value | printf \"%.1f%%\" }} {{ printf \"%s-%q\" $labels.job $labels.pod }}",
        "{{ printf \"%d\" $value }} {{ printf \"%v %g %e\" $value $value $value }} {{ printf \"%5.1f|%-8s|\" $value \"a\" }}",
        "{{ $labels.instance | stripPort }} {{ stripDomain $labels.instance }} {{ stripPort $labels.ip }} {{ stripDomain $labels.ip }}",
        "{{ title $labels.mixed }} {{ toUpper $labels.mixed }} {{ toLower $labels.mixed }}",
        "{{ reReplaceAll \"(.*):.*\" \"$1\" $labels.instance }} {{ if match \"^web\" $labels.instance }}yes{{ else }}no{{ end }}",
        "{{ if eq $labels.job \"node\" }}a{{ else if gt $value 1.0 }}b{{ end }}{{ with $labels.nothing }}x{{ else }}none{{ end }}",
        "{{ if gt $value 1000.0 }}big{{ else }}small{{ end }} {{ len $labels.job }} {{ not true }} {{ and 1 0 }} {{ or \"\" \"b\" }}",
        "{{ graphLink \"up == 0\" }} {{ tableLink \"a{b='c'}\" }} {{ safeHtml \"<b>\" }} {{ \"<&>\" | html }}",
        "{{ range $i, $x := args 1 2 }}{{ $i }}={{ $x }} {{ end }}{{ $x := 3 }}{{ $x }}{{- /* gone */ -}}  end",
        "{{ parseDuration \"1h30m\" }} {{ urlquery $labels.mixed }} {{ \"a\" }}\n  two lines\t{{ 1.5 }} {{ 100 }}",
        "{{ $labels.nothing | title }}{{ printf \"%s\" $labels.nothing }}|{{ if $labels.nothing }}x{{ end }}",
        "{{ externalURL }} {{ pathPrefix }} {{ $externalURL }} {{ $externalLabels.site }}{{ .ExternalLabels.nothing }}",
        "{{ humanize \"1234.5\" }} {{ humanizeDuration 0.0012 }} {{ humanize 0 }} {{ humanizeDuration -61.0 }}",
    ];
    let mut out: Vec<String> = table.iter().map(|t| (*t).to_owned()).collect();
    match std::env::var_os("NATSFORM_CORPUS") {
        Some(folder) => {
            let folder = std::path::Path::new(&folder);
            let nested = folder.join("promql/templates.jsonl");
            let path = if nested.exists() { nested } else { folder.join("templates.jsonl") };
            let text = std::fs::read_to_string(path).expect("the corpus' templates");
            out.extend(text.lines().map(|line| serde_json::from_str::<String>(line).expect("a string")));
        }
        None => eprintln!("!!! SKIPPED: NATSFORM_CORPUS is not set, so its templates are not rendered"),
    }
    out
}

#[test]
fn templates_say_what_the_server_says() {
    on_each(|binary| {
        let server = crate::support::Prometheus::start_with(
            binary,
            &["--web.enable-lifecycle", "--web.external-url=http://prom.example:9/base"],
            "global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {site: eu}}\nrule_files: [rules/*.yml]\n",
        );
        let (labels, templates) = (labels(), templates());
        let values = ["0.000123456", "0", "1", "42.5", "1234567.891", "93784", "-12", "1e21"];
        let mut expr = "vector(VALUE)".to_owned();
        for (name, value) in &labels {
            expr = format!("label_replace({expr}, \"{name}\", \"{value}\", \"\", \"\")");
        }
        let mut rules = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let annotations: BTreeMap<String, &String> =
                templates.iter().enumerate().map(|(i, t)| (format!("t{i}"), t)).collect();
            rules.push(
                json!({"alert": format!("V{i}"), "expr": expr.replace("VALUE", value), "annotations": annotations}),
            );
        }
        server.rule_file("t.yml", &json!({"groups": [{"name": "t", "rules": rules}]}).to_string());
        let (status, said) = http_reload(&server);
        assert_eq!(status, 200, "{said}");
        let rules = until("all alerts to fire", || {
            let groups = server.api("/base/api/v1/rules")["groups"].clone();
            let rules = groups[0]["rules"].as_array()?.clone();
            rules.iter().all(|r| r["alerts"].as_array().is_some_and(|a| a.len() == 1)).then_some(rules)
        });
        let external = BTreeMap::from([("site".to_owned(), "eu".to_owned())]);
        let (mut same, mut differ, mut not, mut failing) = (0, Vec::new(), BTreeMap::<String, usize>::new(), 0);
        for (value, rule) in values.iter().zip(&rules) {
            let about = About {
                labels: &labels,
                external_labels: &external,
                external_url: Some("http://prom.example:9/base"),
                value: value.parse().expect("a number"),
            };
            for (i, template) in templates.iter().enumerate() {
                let theirs = rule["alerts"][0]["annotations"][format!("t{i}")].as_str().unwrap_or_default();
                match render(template, &about) {
                    Ok(ours) if ours == theirs => same += 1,
                    Ok(ours) => differ.push(format!("{value} {template:?}:\n  ours   {ours:?}\n  theirs {theirs:?}")),
                    // it fails there, too
                    Err(_) if theirs.contains("error expanding template") => failing += 1,
                    Err(why) => *not.entry(why).or_default() += 1,
                }
            }
        }
        eprintln!("{same} the same, {failing} fail on both sides, not rendered: {not:?}");
        assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(25)].join("\n"));
        let not: usize = not.iter().filter(|(why, _)| !why.contains("queries")).map(|(_, n)| n).sum();
        assert_eq!(not, 0, "what the server renders is rendered");
    });
}

fn http_reload(server: &crate::support::Prometheus) -> (u16, String) {
    server.post("/base/-/reload")
}

/// Something between the program and a server that never answers queries, and passes everything else on.
fn deaf_to_queries(upstream: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let upstream = upstream.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = upstream.clone();
            std::thread::spawn(move || pass_on(client, &upstream));
        }
    });
    address
}

/// One request, for each connection: the next one is on another.
fn pass_on(mut client: TcpStream, upstream: &str) -> Option<()> {
    let mut request = Vec::new();
    let mut byte = [0_u8; 1];
    while !request.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    if head.contains(" /api/v1/query ") {
        // until the other side gives up
        return client.read_to_end(&mut Vec::new()).ok().map(drop);
    }
    let mut server = TcpStream::connect(upstream).ok()?;
    server.write_all(head.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()).ok()?;
    std::io::copy(&mut server, &mut client).ok().map(drop)
}

#[test]
fn a_server_that_answers_no_query_is_planned_and_applied_all_the_same() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let of = |values: &[&str]| rules("g", &format!("- {{alert: A, expr: '{}'}}", series(values)));
        bed.program.manifest(&of(&["a", "b"]));
        bed.apply(0);
        until("two alerts", || (bed.server.alerts().len() == 2).then_some(()));
        let deaf = deaf_to_queries(&bed.server.url());
        let file = super::bed::project_file("shop", &bed.server);
        bed.program.write("natsform.yaml", &file.replace(&bed.server.url(), &deaf));
        bed.program.manifest(&of(&["b", "c"]));
        let begin = std::time::Instant::now();
        let plan = bed.program.must(2, &["plan", "--detailed-exitcode", "--format", "json"]).json();
        assert!(begin.elapsed().as_secs() < 9, "{:?}", begin.elapsed());
        let (resets, untried) = (findings(&plan, "NF2201"), findings(&plan, "NF2203"));
        assert_eq!((&resets[0]["alerts_reset"], &resets[0]["exact"]), (&json!(2), &json!(false)), "{plan:#}");
        assert!(resets[0]["message"].as_str().expect("words").contains("unless the new expression still gives them"));
        assert_eq!((untried.len(), findings(&plan, "NF2202").len()), (1, 0), "{plan:#}");
        bed.apply(0);
        bed.program.write("natsform.yaml", &file);
        bed.is_settled();
    });
}
