//! Which files a server's `rule_files` pick: Go's `filepath.Match`, where `*` stays within a directory and takes dot files
//! too, and where `**` and `{a,b}` mean nothing special (facts: prometheus.md section 2).

/// Whether a pattern picks a path. A pattern that Go refuses picks nothing.
pub fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    rest(&pattern, &path).unwrap_or(false)
}

/// `None`: the pattern is malformed.
fn rest(pattern: &[char], path: &[char]) -> Option<bool> {
    let Some((&first, after)) = pattern.split_first() else { return Some(path.is_empty()) };
    match first {
        '*' => {
            let most = path.iter().position(|c| *c == '/').unwrap_or(path.len());
            for taken in 0..=most {
                if rest(after, path.get(taken..)?)? {
                    return Some(true);
                }
            }
            Some(false)
        }
        '?' => match path.split_first() {
            Some((c, left)) if *c != '/' => rest(after, left),
            _ => Some(false),
        },
        '[' => {
            let (picked, after) = class(after, path.first().copied())?;
            match path.split_first() {
                Some((c, left)) if picked && *c != '/' => rest(after, left),
                _ => Some(false),
            }
        }
        literal => {
            let (literal, after) =
                if literal == '\\' { after.split_first().map(|(c, a)| (*c, a))? } else { (literal, after) };
            match path.split_first() {
                Some((c, left)) if *c == literal => rest(after, left),
                _ => Some(false),
            }
        }
    }
}

/// A class `[a-z]` or `[^a-z]` up to its end: whether it picks the character, and what stands behind it.
fn class(pattern: &[char], c: Option<char>) -> Option<(bool, &[char])> {
    let (negated, mut left) = match pattern.split_first() {
        Some(('^', left)) => (true, left),
        _ => (false, pattern),
    };
    let (mut picked, mut ranges) = (false, 0);
    loop {
        if let (Some((']', after)), true) = (left.split_first(), ranges > 0) {
            return Some((picked != negated, after));
        }
        let (low, after) = one(left)?;
        let (high, after) = match after.split_first() {
            Some(('-', after)) => one(after)?,
            _ => (low, after),
        };
        picked |= c.is_some_and(|c| low <= c && c <= high);
        left = after;
        ranges += 1;
    }
}

fn one(pattern: &[char]) -> Option<(char, &[char])> {
    match pattern.split_first()? {
        ('-' | ']', _) => None,
        ('\\', after) => after.split_first().map(|(c, a)| (*c, a)),
        (c, after) => Some((*c, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn as_go_matches_paths() {
        for (pattern, path) in [
            ("/etc/rules.d/*.yml", "/etc/rules.d/a.yml"),
            ("/etc/rules.d/*.yml", "/etc/rules.d/.hidden.yml"),
            ("/etc/rules.d/**.yml", "/etc/rules.d/a.yml"),
            ("a[b-d]e", "ace"),
            ("a[^x]e", "ace"),
            ("a\\*b", "a*b"),
            ("a?c", "aéc"),
            ("*", ""),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/etc/*/a.yml", "/etc/x/y/a.yml"),
            ("/etc/rules.d/{a,b}.yml", "/etc/rules.d/a.yml"),
            ("*.yml", "a.yml.tmp"),
            ("a?c", "a/c"),
            ("a[^x]e", "a/e"),
            ("a[", "a["),
            ("a[]e", "a]e"),
            ("[b-]", "b"),
            ("a\\", "a"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
