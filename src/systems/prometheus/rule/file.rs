//! Rule files: bodies to text and back.

use super::{judge::first_document, shape::SHAPE, wire::trimmed};
use crate::{
    model::{Shape, Type, Value},
    shape as walk,
    yaml::{self, Budgets, Kind, Lines, Node},
};

/// A rule file: the same bytes for the same body, and every text such that a YAML 1.1 reader gives it back.
pub fn to_file(body: &Value) -> String {
    yaml::emit(&trimmed(body))
}

/// As [`to_file`], behind a comment; `header` is given without `#`, in as many lines as it takes.
pub fn to_file_with(header: &str, body: &Value) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let lines = header.lines().map(|line| format!("# {}", line.chars().map(printable).collect::<String>()));
    let head: String = lines.map(|line| format!("{}\n", line.trim_end())).collect();
    format!("{head}{}", to_file(body))
}

/// The header that [`to_file_with`] wrote: the comment at the beginning of a file, without `#`.
pub fn header(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix('#'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// Reads a rule file as a server would: anybody's, so that what is no rule is left out instead of refused. A server reads
/// the first document only.
///
/// # Errors
/// Where it is no YAML, and where it is no rule file: a line for people.
pub fn parse_file(text: &str) -> Result<Value, String> {
    let loaded = yaml::load(first_document(text).0.as_bytes(), &Budgets::default());
    // a tag changes nothing that a rule file can say
    if let Some(problem) = loaded.problems.iter().find(|p| p.code != "NF0004") {
        let (line, column) = Lines::new(loaded.text.clone()).line_col(problem.span.start);
        return Err(format!("line {line}, column {column}: {}", problem.message));
    }
    let Some(root) = loaded.documents.first().filter(|n| !n.is_null()) else { return Ok(trimmed(&Value::Null)) };
    if !root.is_map() {
        return Err(format!("a rule file is a mapping, and this is {}", root.describe()));
    }
    Ok(trimmed(&value(&SHAPE, root)))
}

/// A node as a body of that shape holds it; what does not fit is taken as text or left out.
fn value(shape: &'static Shape, node: &Node) -> Value {
    match (walk::resolve(shape), &node.resolve().kind) {
        (Shape::Object(fields), Kind::Map(_)) => {
            let known = |(key, content): (&Node, &Node)| {
                let f = walk::field(fields, key.as_str()?)?;
                (!content.is_null()).then(|| (f.name.to_owned(), value(&f.shape, content)))
            };
            Value::Object(node.entries().into_iter().filter_map(known).collect())
        }
        (Shape::Map(item), Kind::Map(_)) => {
            let entry =
                |(key, content): (&Node, &Node)| (key.as_str().unwrap_or_default().to_owned(), value(item, content));
            Value::Object(node.entries().into_iter().map(entry).collect())
        }
        (Shape::List { item, .. }, Kind::Seq(items)) => items.iter().map(|n| value(item, n)).collect(),
        (Shape::Leaf(leaf), Kind::Scalar { text, .. }) => match (leaf.ty, text.parse::<i64>()) {
            (Type::Int { .. }, Ok(number)) => Value::from(number),
            // a server reads no text at all as the empty one
            _ if node.is_null() => Value::from(""),
            _ => Value::from(&**text),
        },
        _ => Value::Null,
    }
}
