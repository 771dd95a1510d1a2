//! The comment that a file begins with: what the object remembers of its last apply.

use crate::model::{Address, Declared, Memory, Value, json};

const MARK: &str = "# natsform: ";

/// The lines of a file's head.
pub fn print(address: &Address, owner: &str, memory: &Memory) -> String {
    let mut out = json!({"declared": memory.declared});
    for (name, flag) in [("protect", memory.protect), ("orphan", memory.orphan)] {
        if flag {
            out[name] = json!(true);
        }
    }
    if !memory.acks.is_empty() {
        out["acks"] = json!(memory.acks);
    }
    format!(
        "# {} of {owner}, written by natsform: the next apply reverts what is changed here.\n{MARK}{out}\n",
        address.short()
    )
}

/// What a file says of itself; nothing where somebody took the line away.
pub fn parse(text: &str) -> Memory {
    let line = text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(MARK));
    let value: Option<Value> = line.and_then(|json| serde_json::from_str(json).ok());
    let lost = value.is_none();
    let value = value.unwrap_or_default();
    let declared: Declared = value["declared"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned())))
        .collect();
    let flag = |name: &str| value[name].as_bool().unwrap_or(false);
    let acks = value["acks"].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned));
    Memory { declared, protect: flag("protect"), orphan: flag("orphan"), acks: acks.collect(), waits: false, lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let memory = Memory {
            declared: Declared::from([("groups".into(), "ab12".into())]),
            protect: true,
            orphan: false,
            acks: vec!["NF2501:rules/a@main:12".into()],
            waits: false,
            lost: false,
        };
        let text = print(&Address::new("rules", ["a"], "main"), "edr/prod", &memory);
        assert_eq!(parse(&format!("{text}groups: []\n")), memory);
        assert_eq!(parse("groups: []\n# natsform: {\"protect\":true}\n"), Memory { lost: true, ..Memory::default() });
        assert!(parse("# natsform: {{\n").lost);
    }
}
