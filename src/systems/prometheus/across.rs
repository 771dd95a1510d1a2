//! What shows only when all documents of a plan are known: whether each one's file can be delivered and is loaded then, and
//! whether what it says is there already, in a file that no document speaks for any more.

use super::{
    NAME, names, preflight,
    rule::{self, risks::TWICE},
};
use crate::model::{Action, Address, Finding, Level, Path, Presence, Step, Value, Verdict, World};
use std::collections::BTreeSet;

/// Blocks what would not be loaded, and says what would be there twice.
pub fn across(steps: &mut [Step], world: &World) {
    let known: BTreeSet<Address> = steps.iter().map(|step| step.address.clone()).collect();
    for step in steps.iter_mut().filter(|step| step.system == NAME && may(step)) {
        if let Some(why) = undeliverable(step, world) {
            step.reason = Some(why.clone());
            step.verdict = Verdict::Blocked { why };
        } else if step.action == Action::Create {
            step.findings.extend(twice(step, &known, world));
        }
    }
}

fn may(step: &Step) -> bool {
    let writes = !matches!(step.action, Action::Keep | Action::Adopt | Action::Forget);
    writes && matches!(step.verdict, Verdict::Go | Verdict::NeedsAck { .. })
}

/// Why the file of a step cannot be written, or would never be loaded.
fn undeliverable(step: &Step, world: &World) -> Option<String> {
    let delivery = world.place(NAME, &step.address.scope)?.capabilities.fact("delivery");
    let name = names::file_below(delivery["prefix"].as_str()?, step.address.leaf());
    if name.len() > names::LONGEST {
        return Some(format!(
            "the name of its file would be {} bytes long, and {} is the most: give the document a shorter name",
            name.len(),
            names::LONGEST
        ));
    }
    if let Some(why) = delivery["held"][name.as_str()].as_str() {
        return Some(why.to_owned());
    }
    let directory = delivery["directory"].as_str().filter(|_| step.action != Action::Delete)?;
    delivery["servers"].as_array().into_iter().flatten().find_map(|server| {
        let globs = server["globs"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let globs: Vec<String> = globs.collect();
        let url = server["url"].as_str().unwrap_or_default();
        preflight::picked_by(&globs, directory, &name).is_none().then(|| preflight::not_picked(url, directory, &name))
    })
}

/// Rules by what they are called and what they ask.
fn rules(groups: &Value) -> BTreeSet<(String, String)> {
    let rules =
        groups.as_array().into_iter().flatten().flat_map(|group| group["rules"].as_array().into_iter().flatten());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |rule: &Value| {
        let name = if rule["alert"].is_null() { &rule["record"] } else { &rule["alert"] };
        (text(name), crate::promql::norm(&text(&rule["expr"])).text().to_owned())
    };
    rules.map(of).collect()
}

/// The rules of a new document that a file of ours has, which no document speaks for: mostly the same one under the name
/// that it had.
fn twice(step: &Step, known: &BTreeSet<Address>, world: &World) -> Option<Finding> {
    let new = rules(&step.target["file"]["groups"]);
    let others = world.objects.iter().filter(|(address, _)| {
        address.kind == step.address.kind && address.scope == step.address.scope && !known.contains(*address)
    });
    let prefix = world.place(NAME, &step.address.scope)?.capabilities.fact("delivery")["prefix"].as_str()?;
    let mut found: Vec<String> = Vec::new();
    let mut count = 0;
    for (address, presence) in others {
        let Presence::Present(live) = presence else { continue };
        let old = rules(&rule::view(&live.config)["groups"]);
        let same = new.intersection(&old).count();
        if same > 0 {
            found.push(format!("`{}`", names::file_below(prefix, address.leaf())));
            count += same;
        }
    }
    if found.is_empty() {
        return None;
    }
    let (rules, files) = (if count == 1 { "rule is" } else { "rules are" }, found.join(", "));
    let text = format!(
        "{count} {rules} in {files}, too, which no document speaks for any more: until that is removed (`--prune delete`) \
         everything is there twice"
    );
    Some(Finding { path: Some(Path::root().field("groups")), ..Finding::new(TWICE, Level::Note, text) })
}
