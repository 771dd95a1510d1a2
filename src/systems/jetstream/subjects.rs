//! Subjects: which of them a stream captures, whether one stands for all of another, and whether two of them have a
//! literal subject in common.

use crate::model::Value;
use std::collections::BTreeMap;

/// The subjects of a stream's configuration. Only what a server stores says them all: of no subjects it makes the
/// stream's own name.
pub fn captured(config: &Value) -> impl Iterator<Item = &str> {
    config["subjects"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether every subject that `inner` stands for is one that `outer` stands for.
pub fn covers(outer: &str, inner: &str) -> bool {
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

/// Whether some literal subject matches both patterns: the server's own rule for overlapping streams.
pub fn collide(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(">"), Some(_)) | (Some(_), Some(">")) => return true,
            (Some(x), Some(y)) if x == "*" || y == "*" || x == y => {}
            _ => return false,
        }
    }
}

/// The pattern of what two patterns that [`collide`] both stand for.
pub fn meet(a: &str, b: &str) -> String {
    let (mut x, mut y) = (a.split('.'), b.split('.'));
    let mut out: Vec<&str> = Vec::new();
    loop {
        match (x.next(), y.next()) {
            (Some(">"), Some(token)) => out.extend(std::iter::once(token).chain(y.by_ref())),
            (Some(token), Some(">")) => out.extend(std::iter::once(token).chain(x.by_ref())),
            (Some("*"), Some(token)) | (Some(token), Some(_)) => out.push(token),
            _ => return out.join("."),
        }
    }
}

/// Things under subject patterns, found by a pattern that collides with theirs, without a look at all the others.
pub struct Patterns<T> {
    below: BTreeMap<String, Self>,
    here: Vec<T>,
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self { below: BTreeMap::new(), here: Vec::new() }
    }
}

impl<T: Copy> Patterns<T> {
    /// Puts a thing under a pattern.
    pub fn insert(&mut self, pattern: &str, thing: T) {
        let mut at = self;
        for token in pattern.split('.') {
            at = at.below.entry(token.to_owned()).or_default();
        }
        at.here.push(thing);
    }

    /// What stands under patterns that [`collide`] with this one.
    pub fn colliding(&self, pattern: &str) -> Vec<T> {
        let mut out = Vec::new();
        self.walk(&mut pattern.split('.'), &mut out);
        out
    }

    fn walk<'a>(&self, rest: &mut (impl Iterator<Item = &'a str> + Clone), out: &mut Vec<T>) {
        let Some(token) = rest.next() else { return out.extend(&self.here) };
        match token {
            ">" => self.below.values().for_each(|b| b.all(out)),
            "*" => self.below.iter().filter(|(t, _)| *t != ">").for_each(|(_, b)| b.walk(&mut rest.clone(), out)),
            literal => {
                for below in [literal, "*"].iter().filter_map(|t| self.below.get(*t)) {
                    below.walk(&mut rest.clone(), out);
                }
            }
        }
        if let Some(open) = self.below.get(">").filter(|_| token != ">") {
            open.all(out);
        }
    }

    fn all(&self, out: &mut Vec<T>) {
        out.extend(&self.here);
        self.below.values().for_each(|below| below.all(out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn an_index_of_patterns_finds_exactly_what_collides() {
        let tokens = ["a", "b", "*", ">"];
        let mut all: Vec<String> = Vec::new();
        for x in tokens {
            all.push(x.to_owned());
            for y in tokens.into_iter().filter(|_| x != ">") {
                all.push(format!("{x}.{y}"));
                all.extend(tokens.into_iter().filter(|_| y != ">").map(|z| format!("{x}.{y}.{z}")));
            }
        }
        let mut index = Patterns::default();
        all.iter().enumerate().for_each(|(i, pattern)| index.insert(pattern, i));
        for pattern in &all {
            let mut found = index.colliding(pattern);
            found.sort_unstable();
            let wanted: Vec<usize> = (0..all.len()).filter(|i| collide(&all[*i], pattern)).collect();
            assert_eq!(found, wanted, "{pattern}");
        }
    }

    #[test]
    fn what_two_patterns_have_in_common_is_a_pattern() {
        for (a, b, both) in [
            ("a.b", "a.b", "a.b"),
            ("a.*", "a.b", "a.b"),
            ("a.*", "*.b", "a.b"),
            ("a.>", "a.*.c", "a.*.c"),
            ("*.b.>", "a.>", "a.b.>"),
            (">", "x", "x"),
        ] {
            assert_eq!((meet(a, b).as_str(), meet(b, a).as_str()), (both, both), "{a} {b}");
        }
    }

    #[test]
    fn patterns_collide_where_a_literal_matches_both() {
        for (a, b) in [("a.b", "a.b"), ("a.*", "a.b"), ("a.>", "a.b.c"), ("*.b", "a.*"), (">", "x"), ("a.>", "*.b")] {
            assert!(collide(a, b) && collide(b, a), "{a} {b}");
        }
        for (a, b) in [("a.b", "a.c"), ("a.*", "a.b.c"), ("a.>", "a"), ("a.>", "b.>")] {
            assert!(!collide(a, b) && !collide(b, a), "{a} {b}");
        }
    }
}
