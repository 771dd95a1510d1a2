//! Places inside the texts of scalars.

use super::*;
use proptest::prelude::*;

/// The value of the only key of a file.
fn scalar(file: &str) -> Node {
    node(file).get("k").cloned().expect("the key")
}

/// What the file holds at the place of `part` in the value of `k`.
fn found(file: &str, part: &str) -> (String, usize) {
    let node = scalar(file);
    let text = node.as_str().expect("a scalar").to_owned();
    let offset = text.find(part).unwrap_or_else(|| panic!("{part:?} in {text:?}"));
    let span = node.inside(file, offset, part.len());
    (file[span.start..span.end].to_owned(), span.start)
}

#[test]
fn every_style_knows_where_its_characters_stand() {
    for file in [
        "k: a BAD b",
        "k: a\n  c\n  BAD b\n",
        "k: a\n\n\n  c BAD b\n",
        "k: 'it''s BAD b'",
        "k: 'it''s\n\n  two BAD b'",
        "k: \"a \\\"x\\\" \\u00e9 \\x41 BAD b\"",
        "k: \"a \\\n   c   \n   d BAD b\"",
        "k: é ü BAD b",
        "k: |\n  a\n  BAD b\n",
        "k: |-\n  a\n\n    c\n  BAD b\n",
        "k: |2\n    a\n   BAD b\n",
        "k: |+ # why\n  a\n  BAD b\n\n\n",
        "k: >\n  a\n  BAD b\n",
        "k: >-\n  a\n  c\n\n  d\n    e\n    f\n  BAD b\n",
        "k: >-\n\n  a\n\n\n  c BAD b",
        "k: >-\r\n  a\r\n  c BAD b\r\n",
        "k: &x >-\n  a\n  c BAD b\n",
        "k:\n  a BAD b",
        "k: [1, 2]\n---\nk: >\n  a\n  c BAD b\n",
    ] {
        let last = file.rfind("k:").expect("the key");
        let cut = &file[last..];
        assert_eq!(found(cut, "BAD"), ("BAD".to_owned(), cut.find("BAD").expect("there")), "{cut:?}");
    }
}

#[test]
fn the_end_of_a_text_and_a_text_that_was_replaced_have_places() {
    let file = "k: >-\n  a\n  b +\n";
    let node = scalar(file);
    assert_eq!(node.inside(file, 5, 0).start, file.find('+').expect("there") + 1);
    // the loader's node, with a variable replaced: what stands before and behind is still exact
    let file = "k: up{job=\"${{ var.x }}\"} BAD\n";
    let node = Node {
        span: scalar(file).span,
        kind: Kind::Scalar { text: "up{job=\"api\"} BAD".into(), style: Style::Plain },
    };
    let span = node.inside(file, 14, 3);
    assert_eq!(&file[span.start..span.end], "BAD");
    assert_eq!(&file[node.inside(file, 3, 3).start..][..3], "job");
    assert_eq!(node.inside(file, 8, 3), node.span);
}

/// Texts in every style that can hold them, as another tool would write them.
fn written(lines: &[String], style: usize) -> String {
    let join = |between: &str| lines.join(between);
    match style {
        0 => format!("k: {}\n", join("\n  ")),
        1 => format!("k: '{}'\n", join("\n   ").replace('\'', "''")),
        2 => format!("k: \"{}\"\n", join("\n\n  ").replace('\\', "\\\\").replace('"', "\\\"")),
        3 => format!("k: |\n    {}\n", join("\n    ")),
        4 => format!("k: >-\n  {}\n", join("\n  ")),
        _ => format!("k: >\n\n  {}\n\n  x\n", join("\n\n  ")),
    }
}

proptest! {
    #[test]
    fn each_character_stands_where_it_is_said_to_stand(
        lines in proptest::collection::vec("[a-z(é][a-z() é=\\\\'\"]{0,8}[a-zé)]", 1..6),
        style in 0..6_usize,
    ) {
        let file = written(&lines, style);
        let loaded = load(file.as_bytes(), &Budgets::default());
        prop_assume!(loaded.problems.is_empty());
        let node = loaded.documents[0].get("k").cloned().expect("the key");
        let text = node.as_str().expect("a text").to_owned();
        for (i, c) in text.char_indices() {
            let span = node.inside(&file, i, c.len_utf8());
            prop_assert!(span != node.span || text.chars().count() == 1, "{c:?} at {i} of {text:?} in {file:?}");
            let here = &file[span.start..];
            let ok = match c {
                ' ' | '\n' => here.starts_with([' ', '\n']),
                '"' | '\\' if style == 2 => here.starts_with(&format!("\\{c}")),
                c => here.starts_with(c),
            };
            prop_assert!(ok, "{c:?} at {i} of {text:?} in {file:?}: {here:?}");
        }
    }
}
