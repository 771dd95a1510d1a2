//! Who is to blame when a reload fails: the server's answer names neither file nor rule (facts: prometheus.md section 2),
//! so every file of the directory is read as the server would read it.

use super::{preflight, rule::parse_file, server::Server};
use crate::{
    model::Value,
    ports::{Shelf, Target},
    promql,
};

/// What is wrong with the files of a shelf that a server loads, as `FILE:LINE: what`; empty where nothing is found.
pub async fn culprits(shelf: &dyn Shelf, server: &Server, target: &Target) -> Vec<String> {
    let mut out = Vec::new();
    for name in shelf.list().await.ok().flatten().unwrap_or_default() {
        if !preflight::loads(server, target, &name) {
            continue;
        }
        let Ok(Some(bytes)) = shelf.get(&name).await else { continue };
        out.extend(faults(&name, &String::from_utf8_lossy(&bytes)));
    }
    out
}

/// What is wrong with one rule file.
pub fn faults(name: &str, text: &str) -> Vec<String> {
    let body = match parse_file(text) {
        Ok(body) => body,
        Err(why) => return vec![format!("{name}: {why}")],
    };
    let mut out = Vec::new();
    let list = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    for group in list(&body, "groups") {
        let title = group["name"].as_str().unwrap_or_default().to_owned();
        if seen.contains(&title) {
            out.push(format!("{name}:{}: two groups are called `{title}`", line(text, &title)));
        }
        for rule in list(&group, "rules") {
            let said = rule["alert"].as_str().or_else(|| rule["record"].as_str()).unwrap_or_default();
            let expr = rule["expr"].as_str().unwrap_or_default();
            if let Err(fault) = promql::parse(expr) {
                out.push(format!("{name}:{}: `{said}` of group `{title}`: {fault}", line(text, said)));
            }
            // those of a recording rule are plain text
            let maps: &[&str] = if rule["alert"].is_string() { &["labels", "annotations"] } else { &[] };
            for map in maps.iter().copied() {
                for value in rule[map].as_object().into_iter().flat_map(|m| m.values()).filter_map(Value::as_str) {
                    if let Err(fault) = promql::template(value) {
                        out.push(format!("{name}:{}: `{said}` of group `{title}`: {fault}", line(text, said)));
                    }
                }
            }
        }
        seen.push(title);
    }
    out
}

/// The line of a name, from 1.
pub(super) fn line(text: &str, name: &str) -> usize {
    let at = |line: &str| {
        let value = line.split_once(':').map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        value == Some(name)
    };
    text.lines().position(at).map_or(1, |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::faults;

    #[test]
    fn a_broken_rule_is_named_with_its_line() {
        let text =
            "groups:\n- name: g\n  rules:\n  - alert: Down\n    expr: up ==\n  - alert: Fine\n    expr: up == 0\n";
        let found = faults("legacy.yml", text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("legacy.yml:4: `Down` of group `g`: "), "{found:?}");
        assert!(faults("x.yml", "groups: [\n")[0].starts_with("x.yml: line "));
        assert!(faults("x.yml", "groups: []\n").is_empty());
    }
}
