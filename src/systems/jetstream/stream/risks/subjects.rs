//! NF2008: a subject is removed or narrowed. What is stored stays and stays readable; what is published from now on is
//! refused (JetStream publishers) or lost without a word (core publishers).

use super::Update;
use crate::model::{Finding, Level, Value};

pub fn find(turn: &Update<'_>) -> Vec<Finding> {
    let list = |config: &Value| -> Vec<String> {
        let items = config["subjects"].as_array().into_iter().flatten();
        items.filter_map(|s| s.as_str().map(ToOwned::to_owned)).collect()
    };
    let (before, after) = (list(turn.before), list(turn.after));
    let gone: Vec<String> = before
        .into_iter()
        .filter(|old| !after.iter().any(|new| covers(new, old)))
        .map(|old| format!("`{old}`"))
        .collect();
    if gone.is_empty() {
        return Vec::new();
    }
    let narrowed = if gone.len() == 1 { "is no longer captured whole" } else { "are no longer captured whole" };
    let message =
        format!("{} {narrowed}: what is published there is lost or refused; what is stored stays", gone.join(", "));
    vec![turn.field("NF2008", Level::Risk, "subjects", message)]
}

/// Whether every subject that `inner` stands for is one that `outer` stands for.
pub(crate) fn covers(outer: &str, inner: &str) -> bool {
    let (mut outer, mut inner) = (outer.split('.'), inner.split('.'));
    loop {
        match (outer.next(), inner.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn patterns_cover_what_they_stand_for() {
        for (outer, inner) in
            [(">", "a"), ("a.>", "a.*"), ("a.>", "a.>"), ("a.*", "a.b"), ("a.*", "a.*"), ("a.b", "a.b")]
        {
            assert!(covers(outer, inner), "{outer} {inner}");
        }
        for (outer, inner) in
            [("a.>", "a"), ("a.*", "a.>"), ("a.*", "a.b.c"), ("a.b", "a.*"), ("a.b", "a.b.c"), ("a", "b")]
        {
            assert!(!covers(outer, inner), "{outer} {inner}");
        }
    }
}
