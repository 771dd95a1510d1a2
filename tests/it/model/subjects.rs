//! Subjects as the server compares them: written from its documentation, not from natsform.

/// Whether some subject matches both (the server's `SubjectsCollide`).
pub fn collide(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    for i in 0..a.len().max(b.len()) {
        let (Some(x), Some(y)) = (a.get(i), b.get(i)) else { return false };
        if *x == ">" || *y == ">" {
            return true;
        }
        if x != y && *x != "*" && *y != "*" {
            return false;
        }
    }
    true
}

/// Whether everything that `subject` matches is matched by `pattern`.
pub fn within(subject: &str, pattern: &str) -> bool {
    let (s, p): (Vec<&str>, Vec<&str>) = (subject.split('.').collect(), pattern.split('.').collect());
    for (i, want) in p.iter().enumerate() {
        let Some(have) = s.get(i) else { return false };
        match (*want, *have) {
            (">", _) => return true,
            (_, ">") => return false,
            ("*", _) => {}
            (want, have) if want != have => return false,
            _ => {}
        }
    }
    s.len() == p.len()
}

pub fn valid(subject: &str) -> bool {
    let tokens: Vec<&str> = subject.split('.').collect();
    tokens.iter().enumerate().all(|(i, t)| {
        !t.is_empty() && !t.contains([' ', '\t', '\n', '\r', '\x0c']) && (*t != ">" || i + 1 == tokens.len())
    })
}

pub fn literal(subject: &str) -> bool {
    !subject.split('.').any(|t| t == "*" || t == ">")
}

/// The name of a stream or consumer.
pub fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains([' ', '\t', '\r', '\n', '\x0c', '.', '*', '>', '\\', '/'])
}

/// Whether subjects can be mapped from `src` to `dest`.
pub fn transform(src: &str, dest: &str) -> Result<(), String> {
    if dest.is_empty() {
        return Ok(());
    }
    let src = if src.is_empty() { ">" } else { src };
    let full = |s: &str| s.split('.').any(|t| t == ">");
    if !valid(src) || !valid(dest) || dest.split('.').any(|t| t == "*") || full(src) != full(dest) {
        return Err("invalid subject".into());
    }
    let wildcards = src.split('.').filter(|t| *t == "*").count() as i64;
    for token in dest.split('.') {
        let Some(arguments) = place_holder(token)? else { continue };
        let counts = if token.contains("partition") || token.contains("Partition") {
            arguments.get(1..)
        } else {
            arguments.get(..1)
        };
        if wildcards == 0
            && !full(src)
            && !token.to_lowercase().contains("partition")
            && !token.to_lowercase().contains("random")
            || counts.unwrap_or_default().iter().any(|i| *i > wildcards || *i < 1)
        {
            return Err(format!("invalid mapping destination: wildcard index out of range in {token}"));
        }
    }
    Ok(())
}

/// Whether all functions in a mapping's destination are known.
pub fn functions(dest: &str) -> Result<(), String> {
    dest.split('.').try_for_each(|token| place_holder(token).map(drop))
}

/// The numbers in `$1` or `{{wildcard(1)}}`; `None` for an ordinary token.
fn place_holder(token: &str) -> Result<Option<Vec<i64>>, String> {
    if let Some(n) = token.strip_prefix('$') {
        return Ok(n.parse().ok().map(|n| vec![n]));
    }
    let Some(inner) = token.strip_prefix("{{").and_then(|t| t.strip_suffix("}}")) else { return Ok(None) };
    let Some((name, rest)) = inner.trim().split_once('(') else {
        return Err(format!("invalid mapping destination: unknown function in {token}"));
    };
    let known = [
        "wildcard",
        "partition",
        "split",
        "splitfromleft",
        "splitfromright",
        "slicefromleft",
        "slicefromright",
        "left",
        "right",
        "random",
    ];
    if !known.contains(&name.trim().to_lowercase().as_str()) {
        return Err(format!("invalid mapping destination: unknown function in {token}"));
    }
    Ok(Some(rest.trim_end_matches(')').split(',').filter_map(|n| n.trim().parse().ok()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_compared_as_the_server_does() {
        assert!(collide("a.*", "*.b") && collide("a.>", "a.b.c") && !collide("a.>", "a") && !collide("a", "A"));
        assert!(within("a.b", "a.*") && within("a.*", "a.>") && !within("a.*", "a.b") && !within("a.>", "a.*"));
        assert!(valid("a.*.>") && !valid("a..b") && !valid("a.>.b") && !valid("") && !valid("a b"));
        assert!(
            transform("a.*", "b.$1").is_ok() && transform("a.*", "b.$2").is_err() && transform("a.>", "b").is_err()
        );
    }
}
