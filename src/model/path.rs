//! Where inside a body something stands.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seg {
    /// A field of an object: `.max_age`.
    Field(String),
    /// A key of a map or of a list element: `[team]`.
    Key(String),
}

/// A field path such as `placement.tags`, `metadata[team]` or `sources[ORDERS].filter_subject`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Seg>);

impl Path {
    /// The path of the whole body.
    pub fn root() -> Self {
        Self::default()
    }

    /// This path, one field deeper.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.with(Seg::Field(name.to_owned()))
    }

    /// This path, one key deeper.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Seg::Key(key.to_owned()))
    }

    /// Whether this path is `other` or lies inside it.
    pub fn within(&self, other: &Self) -> bool {
        self.0.len() >= other.0.len() && self.0[..other.0.len()] == other.0[..]
    }

    /// Reads what [`Path`]'s `Display` wrote. `None` where the text is no path.
    pub fn parse(text: &str) -> Option<Self> {
        let mut segs = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let end = end_of_quoted(inner)?;
                segs.push(Seg::Key(serde_json::from_str(&format!("\"{}\"", &inner[..end])).ok()?));
                rest = inner[end + 1..].strip_prefix(']')?;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let end = inner.find(']')?;
                segs.push(Seg::Key(inner[..end].to_owned()));
                rest = &inner[end + 1..];
            } else {
                let inner = if segs.is_empty() { rest } else { rest.strip_prefix('.')? };
                let end = inner.find(['.', '[']).unwrap_or(inner.len());
                if end == 0 {
                    return None;
                }
                segs.push(Seg::Field(inner[..end].to_owned()));
                rest = &inner[end..];
            }
        }
        Some(Self(segs))
    }

    fn with(&self, seg: Seg) -> Self {
        let mut segs = self.0.clone();
        segs.push(seg);
        Self(segs)
    }
}

/// The offset of the quote that ends a JSON string whose opening quote is already read.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(i),
            _ => {}
        }
    }
    None
}

/// Whether a key can stand between brackets without quotes.
fn plain(key: &str) -> bool {
    !key.is_empty()
        && key.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '[' | ']' | '"' | '\\'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, seg) in self.0.iter().enumerate() {
            match seg {
                Seg::Field(name) if i == 0 => write!(f, "{name}")?,
                Seg::Field(name) => write!(f, ".{name}")?,
                Seg::Key(key) if plain(key) => write!(f, "[{key}]")?,
                Seg::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_its_own_text() {
        let root = Path::root();
        for path in [
            root.field("max_age"),
            root.field("placement").field("tags"),
            root.field("metadata").key("a.b/c"),
            root.field("metadata").key("Messages \"in\" [1]\\"),
            root.field("metadata").key("").field("x"),
        ] {
            assert_eq!(Path::parse(&path.to_string()), Some(path.clone()), "{path}");
        }
    }

    #[test]
    fn a_path_lies_within_its_ancestors() {
        let tags = Path::root().field("placement").field("tags");
        assert!(tags.within(&Path::root().field("placement")));
        assert!(!Path::root().field("placement").within(&tags));
    }
}
