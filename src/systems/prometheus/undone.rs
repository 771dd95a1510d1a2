//! After a rollback: whether what we touched is as it was, and what of others a reload has put in force on the way. It
//! takes everybody's files, and also a refused one leaves behind what it took of prometheus.yml (facts: prometheus.md
//! section 2).

use super::{read::base_name, rule, server::Server};
use crate::model::Value;
use std::collections::{BTreeMap, BTreeSet};

type Groups = BTreeMap<(String, String), Value>;

/// The groups by file and name, those of `names` or those of others.
fn defined(groups: &[Value], names: &BTreeSet<&str>, ours: bool) -> Groups {
    let key = |g: &Value| (base_name(g).to_owned(), g["name"].as_str().unwrap_or_default().to_owned());
    let some = groups.iter().filter(|g| names.contains(base_name(g)) == ours);
    some.map(|g| (key(g), rule::view_of_groups(std::slice::from_ref(g), 0.0))).collect()
}

/// Whether every group of our files is defined as before.
///
/// # Errors
/// That it is not, for people.
pub fn as_before(before: &Server, groups: &[Value], names: &BTreeSet<&str>) -> Result<(), String> {
    if defined(&before.groups, names, true) == defined(groups, names, true) {
        return Ok(());
    }
    Err(unlike(before))
}

/// What is said of a server whose groups of ours are not as they were.
pub fn unlike(before: &Server) -> String {
    format!("{} has not loaded again what it had before", before.url)
}

/// What somebody else had changed and a reload has put in force; empty where there is nothing.
pub fn activated(before: &Server, now: &Server, names: &BTreeSet<&str>) -> String {
    let (was, is) = (defined(&before.groups, names, false), defined(&now.groups, names, false));
    let keys: BTreeSet<_> = was.keys().chain(is.keys()).filter(|key| was.get(*key) != is.get(*key)).collect();
    let mut what: Vec<String> = keys.into_iter().map(|(file, _)| format!("`{file}`")).collect();
    what.dedup();
    let sections: BTreeSet<&String> =
        [&before.config, &now.config].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys()).collect();
    let changed = sections.into_iter().filter(|name| before.config[name.as_str()] != now.config[name.as_str()]);
    what.extend(changed.map(|name| format!("`{name}` of its configuration")));
    if what.is_empty() {
        return String::new();
    }
    format!("; what others had changed is in force by now: {}", what.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json;

    fn server(ours: &str, theirs: &str, scrape: &str) -> Server {
        let group = |file: &str, expr: &str| {
            let rule = json!({"type": "alerting", "name": "A", "query": expr, "labels": {}, "annotations": {}});
            json!({"file": format!("/x/{file}"), "name": "g", "interval": 1.0, "rules": [rule]})
        };
        let groups = vec![group("ours.yml", ours), group("theirs.yml", theirs)];
        Server { groups, config: json!({"scrape_configs": [scrape]}), ..Server::default() }
    }

    #[test]
    fn ours_is_proven_and_theirs_is_told() {
        let names = BTreeSet::from(["ours.yml"]);
        let before = server("up", "up", "a");
        let after = |ours: &str, theirs: &str, scrape: &str| {
            let now = server(ours, theirs, scrape);
            (as_before(&before, &now.groups, &names).is_ok(), activated(&before, &now, &names))
        };
        assert_eq!(after("up", "up", "a"), (true, String::new()));
        assert_eq!(after("up == 1", "up", "a"), (false, String::new()));
        let told = "; what others had changed is in force by now: `theirs.yml`, `scrape_configs` of its configuration";
        assert_eq!(after("up", "up == 1", "b"), (true, told.to_owned()));
    }
}
