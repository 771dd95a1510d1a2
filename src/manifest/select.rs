//! Picking objects by address and by label.

use crate::model::{Address, Resource};
use std::collections::BTreeSet;

/// A pattern over addresses: `stream/*`, `consumer/ORDERS/*`, `stream/ORDERS@APP`.
///
/// `*` stands for any characters but `/`, so a pattern has as many parts as what it matches. Without an `@` it matches
/// in every account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    path: String,
    scope: Option<String>,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A fragment that says what is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, scope) = match text.split_once('@') {
            Some((path, scope)) => (path, Some(scope.to_owned())),
            None => (text, None),
        };
        if path.split('/').count() < 2 || path.split('/').any(str::is_empty) {
            return Err(format!(
                "`{text}` is no address: write KIND/NAME, for example `stream/ORDERS` or `consumer/ORDERS/*`"
            ));
        }
        Ok(Self { path: path.to_owned(), scope })
    }

    /// Whether an address is one of those meant.
    pub fn matches(&self, address: &Address) -> bool {
        let full = address.to_string();
        let (path, scope) = full.split_once('@').unwrap_or((&full, ""));
        wildcard(&self.path, path) && self.scope.as_deref().is_none_or(|s| wildcard(s, scope))
    }
}

/// Whether `text` is what `pattern` describes; `*` stands for any characters but `/`.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else {
            match star {
                Some((sp, st)) if text[st] != '/' => {
                    star = Some((sp, st + 1));
                    (p, t) = (sp + 1, st + 1);
                }
                _ => return false,
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The resources that `targets` (globs; any of them) and `labels` (all of them) pick. Without either: all of them.
///
/// # Errors
/// A target that is no address or that matches nothing, and labels that match nothing.
pub fn selected(
    resources: &[Resource],
    targets: &[String],
    labels: &[(String, String)],
) -> Result<BTreeSet<Address>, String> {
    let mut picked: BTreeSet<&Address> = BTreeSet::new();
    for target in targets {
        let glob = Glob::parse(target)?;
        let before = picked.len();
        let mut any = false;
        for resource in resources.iter().filter(|r| glob.matches(&r.address)) {
            any = true;
            picked.insert(&resource.address);
        }
        if !any && picked.len() == before {
            return Err(nothing(target, resources));
        }
    }
    let out: BTreeSet<Address> = resources
        .iter()
        .filter(|r| targets.is_empty() || picked.contains(&r.address))
        .filter(|r| labels.iter().all(|(k, v)| r.head.labels.get(k) == Some(v)))
        .map(|r| r.address.clone())
        .collect();
    if out.is_empty() && !labels.is_empty() {
        let text: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let all = if targets.is_empty() { "no declared object" } else { "no selected object" };
        return Err(format!("{all} has the label `{}`", text.join(",")));
    }
    Ok(out)
}

fn nothing(target: &str, resources: &[Resource]) -> String {
    let names: Vec<String> = resources.iter().flat_map(|r| [r.address.short(), r.address.to_string()]).collect();
    let near = super::text::nearest(target, names.iter().map(String::as_str));
    let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    format!("`{target}` matches no declared object{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Head, json};

    fn resource(address: &str, team: &str) -> Resource {
        let head = Head { labels: [("team".to_owned(), team.to_owned())].into(), ..Head::default() };
        let address = Address::parse(address, "APP").unwrap();
        Resource { address, body: json!({}), head, needs: vec![], origins: vec![] }
    }

    #[test]
    fn a_star_stays_within_its_part() {
        for (pattern, text, want) in [
            ("stream/*", "stream/ORDERS", true),
            ("stream/*", "stream/ORDERS@X", true),
            ("stream/*", "consumer/ORDERS/a", false),
            ("stream/O*S", "stream/ORDERS", true),
            ("stream/O*X", "stream/ORDERS", false),
            ("consumer/*", "consumer/ORDERS/a", false),
            ("consumer/*/a*", "consumer/ORDERS/ab", true),
            ("*/*", "stream/ORDERS", true),
            ("stream/ORDERS@WEB", "stream/ORDERS@APP", false),
            ("stream/ORDERS@A*", "stream/ORDERS@APP", true),
            ("stream/**", "stream/a/b", false),
        ] {
            let address = Address::parse(text, "APP").unwrap();
            assert_eq!(Glob::parse(pattern).unwrap().matches(&address), want, "{pattern} {text}");
        }
        for bad in ["", "stream", "stream/", "/x", "@A"] {
            assert!(Glob::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_matches_nothing_is_an_error() {
        let all = [resource("stream/ORDERS", "a"), resource("consumer/ORDERS/billing", "b")];
        let pick = |t: &[&str], l: &[(&str, &str)]| {
            let t: Vec<String> = t.iter().map(|s| (*s).to_owned()).collect();
            let l: Vec<(String, String)> = l.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            selected(&all, &t, &l).map(|s| s.iter().map(Address::short).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(pick(&[], &[]).unwrap(), "consumer/ORDERS/billing stream/ORDERS");
        assert_eq!(pick(&["stream/*", "stream/ORDERS"], &[]).unwrap(), "stream/ORDERS");
        assert_eq!(pick(&[], &[("team", "b")]).unwrap(), "consumer/ORDERS/billing");
        assert_eq!(
            pick(&["stream/ORDRES"], &[]).unwrap_err(),
            "`stream/ORDRES` matches no declared object; did you mean `stream/ORDERS`?"
        );
        assert_eq!(pick(&["stream/*"], &[("team", "b")]).unwrap_err(), "no selected object has the label `team=b`");
    }
}
