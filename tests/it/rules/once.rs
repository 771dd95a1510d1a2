//! One reload for everything, and none for nothing.

use super::bed::{Bed, alert, on_each, rules};

#[test]
fn fifty_documents_are_one_reload_and_one_of_them_is_one_file() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let all = |threshold: &str| -> String {
            (0..50).map(|i| alert(&format!("A{i}"), if i == 7 { threshold } else { "up == 0" })).collect()
        };
        bed.program.manifest(&all("up == 0"));
        let before = bed.reloads();
        bed.apply(0);
        assert_eq!((bed.files().len(), bed.reloads() - before), (50, 1));
        bed.is_settled();

        let files = bed.files();
        bed.program.manifest(&all("up == 1"));
        let planned = bed.program.must(2, &["plan", "--detailed-exitcode"]);
        assert!(planned.stdout.contains("groups[A7].rules[A7].expr  \"up == 0\" → \"up == 1\""), "{}", planned.told());
        bed.apply(0);
        let changed: Vec<String> = bed
            .files()
            .into_iter()
            .filter(|(name, text)| files.get(name) != Some(text))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            (changed.as_slice(), bed.reloads() - before),
            (&["natsform--shop--local--A7.yml".to_owned()][..], 2)
        );
        assert_eq!(bed.loaded()["A7/A7"], "up == 1");

        let files = bed.files();
        let again = bed.apply(0);
        bed.program.must(0, &["drift"]);
        assert!(again.stdout.ends_with("No changes.\n"), "{}", again.told());
        assert_eq!((bed.files(), bed.reloads() - before), (files, 2));

        bed.program.manifest(&alert("A0", "up == 0"));
        bed.apply(0);
        assert_eq!((bed.files().len(), bed.loaded().len(), bed.reloads() - before), (1, 1, 3));
        bed.is_settled();
    });
}

/// How a rule is written is nothing that anybody applies.
#[test]
fn cosmetic_edits_are_no_change() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        bed.program.manifest(&rules(
            "g",
            "- {record: 'a:b', expr: 'sum by(job)(rate(http_requests_total{code=~\"5..\",job=\"x\"}[300s]))'}\n\
             - {alert: A, expr: 'up==0', for: 90m, labels: {a: '1'}, annotations: {summary: s}}",
        ));
        bed.apply(0);
        let before = bed.reloads();
        bed.program.manifest(&rules(
            "g",
            "# a comment\n\
             - expr: |\n    sum(\n      rate(http_requests_total{job=\"x\", code=~'5..'}[5m]) # five minutes\n    ) by (job)\n  record: a:b\n\
             - {annotations: {summary: s}, for: 1h30m, alert: A, labels: {a: '1'}, expr: up == 0, keep_firing_for: 0s}",
        ));
        bed.is_settled();
        bed.apply(0);
        assert_eq!(bed.reloads(), before);
    });
}

/// Each field, one after the other: seen by the server, and nothing left to do.
#[test]
fn every_field_is_created_changed_and_taken_back() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let steps = [
            "- {alert: A, expr: up == 0}",
            "- {alert: A, expr: up == 1}",
            "- {alert: A, expr: up == 1, for: 1m}",
            "- {alert: A, expr: up == 1, for: 1m, keep_firing_for: 2m}",
            "- {alert: A, expr: up == 1, for: 1m, labels: {severity: info, team: a}}",
            "- {alert: A, expr: up == 1, labels: {severity: info}, annotations: {summary: '{{ $value | humanize }}'}}",
            "- {alert: A, expr: up == 1}\n- {record: 'a:b', expr: vector(1), labels: {x: y}}",
            "- {record: 'a:b', expr: vector(1)}\n- {alert: A, expr: up == 1}",
            "- {record: 'a:c', expr: vector(1)}",
        ];
        for step in steps {
            bed.program.manifest(&rules("g", step));
            bed.program.must(2, &["plan", "--detailed-exitcode"]);
            bed.apply(0);
            bed.is_settled();
        }
        let group = |more: &str| {
            rules("g", "- {alert: A, expr: up == 0}").replace("- name: g", &format!("- name: g\n      {more}"))
        };
        for more in ["interval: 7s", "interval: 7s\n      limit: 3", "limit: 4"] {
            bed.program.manifest(&group(more));
            bed.program.must(2, &["plan", "--detailed-exitcode"]);
            bed.apply(0);
            bed.is_settled();
        }
        let live = bed.server.groups()[0].clone();
        assert_eq!((live["interval"].as_f64(), live["limit"].as_i64()), (Some(1.0), Some(4)), "{live}");
    });
}
