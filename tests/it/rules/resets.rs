//! What a plan says of alerts that lose their state, beside what becomes of them (facts: prometheus.md section 4).

use super::bed::{Bed, on_each};
use crate::support::until;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An expression that gives a series for each of these values of `i`.
fn series(all: &str) -> String {
    let one = |i: &str| format!("label_replace(vector(1), \"i\", \"{i}\", \"\", \"\")");
    all.split_whitespace().map(one).collect::<Vec<_>>().join(" or ")
}

/// A document of groups, each a name and its rules.
fn document(name: &str, groups: &[(&str, &str)]) -> String {
    let mut out =
        format!("apiVersion: natsform/v1\nkind: PrometheusRule\nmetadata: {{name: {name}}}\nspec:\n  groups:\n");
    for (group, rules) in groups {
        let (fields, rules) = rules.split_once('|').unwrap_or(("", rules));
        out.push_str(&format!("    - name: {group}\n"));
        fields.split_terminator('\n').for_each(|field| out.push_str(&format!("      {field}\n")));
        out.push_str("      rules:\n");
        rules.lines().for_each(|rule| out.push_str(&format!("        {rule}\n")));
    }
    out + "---\n"
}

fn alert(name: &str, values: &str, more: &str) -> String {
    format!("- {{alert: {name}, expr: '{}'{more}}}", series(values))
}

/// The live alerts by their labels, with when each became active. Two of the same labels are told apart by that.
fn alerts(bed: &Bed) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alert in bed.server.alerts() {
        let at = alert["activeAt"].as_str().expect("a time").to_owned();
        out.entry(labels(&alert["labels"])).or_default().insert(at);
    }
    out
}

fn labels(of: &Value) -> String {
    let sorted: BTreeMap<&String, &Value> = of.as_object().expect("labels").iter().collect();
    serde_json::to_string(&sorted).expect("JSON")
}

/// The labels of alerts that fire.
fn firing(bed: &Bed) -> BTreeSet<String> {
    let all = bed.server.alerts();
    all.iter().filter(|alert| alert["state"] == "firing").map(|alert| labels(&alert["labels"])).collect()
}

/// The alerts that are not there any more, or that became active anew, or that fired and do not any more (servers from
/// 3.11 on make them pending where `for` is longer now).
fn lost(bed: &Bed, before: &BTreeMap<String, BTreeSet<String>>, fired: &BTreeSet<String>) -> BTreeSet<String> {
    let (now, firing) = (alerts(bed), firing(bed));
    let lost = before.iter().filter(|(labels, at)| {
        let anew = now.get(*labels).is_none_or(|now| now.is_disjoint(at));
        anew || fired.contains(*labels) && !firing.contains(*labels)
    });
    lost.map(|(labels, _)| labels.clone()).collect()
}

/// The alerts that a plan says begin anew, and whether it is sure of all of them.
fn predicted(plan: &Value) -> (BTreeSet<String>, bool) {
    let findings =
        plan["changes"].as_array().expect("changes").iter().flat_map(|c| c["findings"].as_array().expect("findings"));
    let (mut out, mut exact) = (BTreeSet::new(), true);
    for finding in findings.filter(|f| f["code"] == "NF2201") {
        let list = finding["resets"].as_array().expect("resets");
        assert_eq!(finding["alerts_reset"], list.len(), "{finding}");
        out.extend(list.iter().map(|reset| labels(&reset["labels"])));
        exact &= finding["exact"].as_bool().expect("exact");
    }
    (out, exact)
}

/// Every row of the table that a server of any version can run, each in a document of its own: before, after.
fn rows() -> Vec<(String, String)> {
    let same = alert("Same", "a b", "");
    let row = |name: &str, before: &str, after: &str| {
        let of = |rules: &str| document(&name.to_lowercase(), &[("g", rules)]);
        (of(before), of(after))
    };
    let one =
        |name: &str, before: &str, after: &str| row(name, &alert(name, "a b", before), &alert(name, "a b", after));
    let rename = |name: &str| same.replace("Same", name);
    vec![
        (
            document("other-group", &[("g", &rename("OtherGroup")), ("h", &rename("Changes"))]),
            document("other-group", &[("g", &rename("OtherGroup")), ("h", &alert("Changes", "b c", ""))]),
        ),
        row(
            "Reordered",
            &format!("{}\n{}\n{}", rename("One"), rename("Two"), rename("Removed")),
            &format!("{}\n{}\n{}", rename("Two"), rename("Added"), rename("One")),
        ),
        row("Expr", &alert("Expr", "a b", ", for: 1h"), &alert("Expr", "b c", ", for: 1h")),
        row("ExprEmpty", &rename("ExprEmpty"), "- {alert: ExprEmpty, expr: 'vector(1) > 1'}"),
        row("ExprScalar", "- {alert: ExprScalar, expr: 'vector(1)'}", "- {alert: ExprScalar, expr: '1'}"),
        row("Cosmetic", "- {alert: Cosmetic, expr: 'vector(1) > 0'}", "- {alert: Cosmetic, expr: '(vector(1))>0'}"),
        one("Annotation", "", ", annotations: {summary: other}"),
        one("ForRaised", ", for: 1h", ", for: 2h"),
        one("Demoted", "", ", for: 1h"),
        one("ForLowered", ", for: 1h", ", for: 0s"),
        one("Keep", "", ", keep_firing_for: 1m"),
        row("Interval", &rename("Interval"), &format!("interval: 2s|{}", rename("Interval"))),
        one("LabelAdded", "", ", labels: {severity: page}"),
        one("LabelChanged", ", labels: {severity: page}", ", labels: {severity: info}"),
        one("LabelRemoved", ", for: 1h, labels: {severity: page}", ", for: 1h"),
        one("LabelTemplate", ", labels: {who: \"{{ $labels.i }}\"}", ", labels: {who: \"{{ $labels.i }}\"}, for: 1ms"),
        row(
            "TemplateExpr",
            &alert("TemplateExpr", "a b", ", labels: {who: \"{{ $labels.i }}-{{ $value }}\"}"),
            &alert("TemplateExpr", "b c", ", labels: {who: \"{{ $labels.i }}-{{ $value }}\"}"),
        ),
        one("EmptyLabel", "", ", labels: {team: \"\"}"),
        one("EmptyLabelGoes", ", labels: {job: \"\"}", ""),
        row(
            "KeptExpr",
            &alert("KeptExpr", "a b", ", keep_firing_for: 1h"),
            &alert("KeptExpr", "b c", ", keep_firing_for: 1h"),
        ),
        row("KeptFromNow", &alert("KeptFromNow", "a b", ""), &alert("KeptFromNow", "b c", ", keep_firing_for: 1h")),
        row(
            "KeptPending",
            &alert("KeptPending", "a b", ", for: 1h, keep_firing_for: 1h"),
            &alert("KeptPending", "b c", ", for: 1h, keep_firing_for: 1h"),
        ),
        row("Renamed", &rename("Renamed"), &rename("OtherName")),
        (document("group", &[("g", &rename("Group"))]), document("group", &[("h", &rename("Group"))])),
        (document("file-a", &[("g", &rename("File"))]), document("file-b", &[("g", &rename("File"))])),
        (
            document("from", &[("g", &rename("Stays")), ("h", &rename("Moves"))])
                + &document("to", &[("i", "- {record: x, expr: '1'}")]),
            document("from", &[("g", &rename("Stays"))])
                + &document("to", &[("i", "- {record: x, expr: '1'}"), ("h", &rename("Moves"))]),
        ),
        row("Second", &rename("Second"), &format!("{}\n{}", alert("Second", "c", ""), rename("Second"))),
        row(
            "SecondBehind",
            &rename("SecondBehind"),
            &format!("{}\n{}", rename("SecondBehind"), alert("SecondBehind", "c", "")),
        ),
        row("Recording", &rename("Recording"), "- {record: Recording, expr: '1'}"),
        (document("goes", &[("g", &rename("Goes"))]), String::new()),
        (document("unchanged", &[("g", &rename("Unchanged"))]), document("unchanged", &[("g", &rename("Unchanged"))])),
    ]
}

#[test]
fn what_a_plan_says_is_reset_is_what_is() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let (before, after): (Vec<String>, Vec<String>) = rows().into_iter().unzip();
        bed.program.manifest(&before.concat());
        bed.apply(0);
        let wanted = before.concat().matches("label_replace").count() + 2;
        let live = until("all alerts", || Some(alerts(&bed)).filter(|a| a.len() == wanted));
        let fired = firing(&bed);

        bed.program.manifest(&after.concat());
        let plan = bed.program.must(0, &["plan", "--format", "json", "--prune", "delete"]).json();
        let (predicted, exact) = predicted(&plan);
        assert!(exact, "{plan:#}");
        bed.apply(0);
        // what is gone is gone at the first evaluation; a new one is there after it
        until("every rule to be evaluated", || {
            let groups = bed.server.groups();
            let mut rules = groups.iter().flat_map(|g| g["rules"].as_array().unwrap());
            rules.all(|r| r["health"] != "unknown").then_some(())
        });
        let lost = lost(&bed, &live, &fired);
        assert_eq!(
            predicted,
            lost,
            "said but kept: {:?}; lost and not said: {:?}",
            predicted.difference(&lost),
            lost.difference(&predicted)
        );
        assert!(lost.len() > 20 && live.len() > lost.len() + 15, "{} of {}", lost.len(), live.len());
        bed.is_settled();
    });
}

/// What fires only because it is kept ends without the time that keeps it.
#[test]
fn what_is_only_kept_ends_without_its_time() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let end = jiff::Timestamp::now().as_second() + 4;
        let rules = |keep: &str| {
            let all = format!("({}) and on() (vector(time()) < {end})", series("a b"));
            let longer = format!("- {{alert: Longer, expr: '{all}', keep_firing_for: 1h}}");
            document("kept", &[("g", &format!("- {{alert: Kept, expr: '{all}'{keep}}}\n{longer}"))])
        };
        bed.program.manifest(&rules(", keep_firing_for: 1h"));
        bed.apply(0);
        until("alerts that are only kept", || {
            let groups = bed.server.groups();
            let rules = groups.iter().flat_map(|g| g["rules"].as_array().unwrap());
            let alerts: Vec<&Value> = rules.flat_map(|r| r["alerts"].as_array().unwrap()).collect();
            (alerts.len() == 4 && alerts.iter().all(|a| a["keepFiringSince"].is_string())).then_some(())
        });
        let (live, fired) = (alerts(&bed), firing(&bed));
        bed.program.manifest(&rules(", keep_firing_for: 2h"));
        let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
        assert_eq!(predicted(&plan), (BTreeSet::new(), true), "{plan:#}");
        bed.program.manifest(&rules(""));
        let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
        limited(&bed, Some(2));
        bed.apply(0);
        let lost = until("two to end", || Some(lost(&bed, &live, &fired)).filter(|lost| !lost.is_empty()));
        assert_eq!((predicted(&plan), lost.len()), ((lost, true), 2), "{plan:#}");
    });
}

/// The project without `max_alert_resets`, or with another one.
fn limited(bed: &Bed, most: Option<u32>) {
    let file = super::bed::project_file("shop", &bed.server);
    let most = most.map_or(String::new(), |n| format!(", max_alert_resets: {n}"));
    bed.program.write("natsform.yaml", &file.replace(", max_alert_resets: 1000", &most));
}

#[test]
fn more_resets_than_are_allowed_take_an_acknowledgement() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let document = |more: &str| document("lag", &[("g", &alert("HighLag", "a b c", more))]);
        bed.program.manifest(&document(""));
        bed.apply(0);
        let before = until("three alerts", || Some(alerts(&bed)).filter(|a| a.len() == 3));

        bed.program.manifest(&document(", labels: {severity: page}, for: 5m"));
        limited(&bed, None);
        let reloads = bed.reloads();
        let plan = bed.program.must(0, &["plan"]);
        let said = "3 firing alerts (HighLag) will drop to pending for 5m; Alertmanager resolves the old ones after about 4m \
                    and notifies again";
        assert!(super::bed::unfolded(&plan).contains(said), "{}", plan.told());
        let tokens = plan.tokens();
        assert!(
            matches!(tokens.as_slice(), [t] if t.starts_with("NF2201:rules/lag@") && t.ends_with("<=4")),
            "{tokens:?}"
        );
        bed.apply(3);
        assert_eq!((alerts(&bed), bed.reloads()), (before, reloads), "nothing was written");
        limited(&bed, Some(2));
        bed.apply(3);
        limited(&bed, Some(3));
        let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
        let found = plan["changes"][0]["findings"].as_array().unwrap().iter().find(|f| f["code"] == "NF2201").cloned();
        let found = found.expect("it is still said");
        assert_eq!((&found["level"], &found["ack"]), (&"NOTE".into(), &Value::Null), "{found}");
        limited(&bed, None);
        bed.program.must(0, &["apply", "--yes", "--ack", &tokens[0]]);
        until("the new ones to be pending", || {
            bed.server.alerts().iter().all(|a| a["state"] == "pending").then_some(())
        });
        bed.is_settled();
    });
}

/// Whatever is edited, in any combination: what is said is what happens.
#[test]
fn random_edits_reset_what_the_plan_says() {
    on_each(|binary| {
        let bed = Bed::start(binary);
        let mut seed = 20_240_601_u64;
        let mut next = move |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let plain: Vec<[u64; 4]> = (0..6).map(|i| [i, 0, 0, 0]).collect();
        let document = |rules: &[[u64; 4]], group: u64| {
            let rule = |[name, label, wait, shift]: &[u64; 4]| {
                let values = ["a b", "b c", "c"][usize::try_from(*shift).unwrap()];
                let label = ["", ", labels: {x: y}"][usize::try_from(*label).unwrap()];
                alert(&format!("A{name}"), values, &format!("{label}, for: {wait}s"))
            };
            let rules: Vec<String> = rules.iter().map(rule).collect();
            document("x", &[(["g", "h"][usize::try_from(group).unwrap()], &rules.join("\n"))])
        };
        for round in 0..6 {
            bed.program.manifest(&document(&plain, 0));
            bed.apply(0);
            let live = until("twelve alerts", || {
                let firing = bed.server.alerts().iter().all(|a| a["state"] == "firing");
                Some(alerts(&bed)).filter(|a| firing && a.len() == 12)
            });
            let fired = firing(&bed);
            let mut rules = plain.clone();
            for _ in 0..=next(3) {
                let (i, j) = (usize::try_from(next(6)).unwrap(), usize::try_from(next(6)).unwrap());
                match next(5) {
                    // no second rule of one name and labels: it gives other values of the same series, and is rolled back
                    0 => rules[i][0] = u64::try_from(6 + i).unwrap(),
                    1 => rules[i][1] = 1,
                    2 => rules[i][2] = next(2) * 3600,
                    3 => rules[i][3] = next(3),
                    _ => rules.swap(i, j),
                }
            }
            let after = document(&rules, u64::from(next(6) == 0));
            bed.program.manifest(&after);
            let plan = bed.program.must(0, &["plan", "--format", "json"]).json();
            let (predicted, _) = predicted(&plan);
            bed.apply(0);
            until("every rule to be evaluated", || {
                let groups = bed.server.groups();
                let mut rules = groups.iter().flat_map(|g| g["rules"].as_array().unwrap());
                rules.all(|r| r["health"] != "unknown").then_some(())
            });
            let lost = lost(&bed, &live, &fired);
            assert_eq!(predicted, lost, "round {round}: {after}");
        }
    });
}
