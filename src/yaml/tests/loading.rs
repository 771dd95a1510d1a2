use super::*;
use proptest::prelude::*;

fn loaded(bytes: &[u8]) -> Loaded {
    load(bytes, &Budgets::default())
}

/// What loading says, and how many documents were read and dropped.
fn said(text: &str) -> (Vec<String>, usize, usize) {
    let loaded = loaded(text.as_bytes());
    (problems(&loaded.text, &loaded.problems), loaded.documents.len(), loaded.dropped)
}

#[test]
fn a_broken_document_hides_no_other() {
    let (problems, read, dropped) =
        said("a: 1\na: 2\n---\n# nothing\n---\nb: [1\n---\nc: !x 2\n---\nd: *y\n---\ne: 1\n");
    let flow = "inside `{…}` and `[…]`, text that holds any of `, [ ] { }` must be quoted";
    assert_eq!(
        problems,
        [
            "2:1 NF0002 key `a` appears twice in this mapping <a> (1:1 first here)".to_owned(),
            format!("6:4 NF0001 `[` is not closed <[> | {flow}"),
            "8:4 NF0004 the YAML tag `!x` means nothing here <!x> | remove it; text that begins with `!` must be quoted".into(),
            "10:4 NF0005 no anchor `&y` stands before this alias <*y> | text that begins with `*` must be quoted".into(),
        ]
    );
    assert_eq!((read, dropped), (3, 2));
}

#[test]
fn every_trap_has_its_words() {
    for (text, problem) in [
        (
            "x: {expr: sum by (a, b) (x), for: 5m}\n",
            "1:22 NF0010 `b) (x)` is cut off from the text before it <b) (x)> | a comma ends the value here: quote it (1:11 a comma ends the value here: quote it)",
        ),
        (
            "x: [sum by (a, b) (x), c]\n",
            "1:16 NF0010 `b) (x)` is cut off from the text before it <b) (x)> | a comma ends the value here: quote it (1:5 a comma ends the value here: quote it)",
        ),
        (
            "a: &x 1\n---\nb: *x\n",
            "3:4 NF0005 no anchor `&x` stands before this alias <*x> | anchors end at `---`: repeat it in this document (1:4 in an earlier document)",
        ),
        (
            "a: *x\nb: &x 1\n",
            "1:4 NF0005 no anchor `&x` stands before this alias <*x> | an anchor must stand before its aliases (2:4 it stands here)",
        ),
        (
            "a: &other 2\nd: *othr\n",
            "2:4 NF0005 no anchor `&othr` stands before this alias <*othr> | did you mean `*other`?",
        ),
        ("a: &a [*a]\n", "1:8 NF0005 alias `*a` stands inside its own anchor <*a> | a value cannot hold itself"),
        (
            "*x : 1\n",
            "1:1 NF0005 no anchor `&x` stands before this alias <*x> | text that begins with `*` must be quoted",
        ),
        (
            "s: {{ $v }}\n",
            "1:5 NF0009 a key must be text, not a list or a mapping <{ $v }> | text that begins with `{` must be quoted",
        ),
        (": 1\n", "1:1 NF0009 a key is missing <>"),
        ("~: 1\n", "1:1 NF0009 `~` is no key <~> | quote it"),
        (
            "filter: >\nb: 1\n",
            "1:9 NF0010 `>` begins a block of text here, and the block is empty <>> | to mean the character, quote it: `\">\"`",
        ),
        ("x: [>]\n", "1:5 NF0001 text cannot begin with `>` <>> | quote it (1:4 opened here)"),
        ("x: *\n", "1:4 NF0001 text cannot begin with `*` <*> | quote it"),
        ("x: @y\n", "1:4 NF0001 text cannot begin with `@` <@> | quote it"),
        ("x: `y\n", "1:4 NF0001 text cannot begin with a backtick <`> | quote it"),
        ("x: , y\n", "1:4 NF0001 text cannot begin with `,` <,> | quote it"),
        (
            "x: b: c\n",
            "1:5 NF0001 `:` cannot stand here <:> | text that holds `: ` must be quoted, and keys of one mapping stand in one column",
        ),
        (
            "x: \"\\d\"\n",
            "1:4 NF0001 unknown escape in double quotes <\"> | use single quotes, where `\\` is only a character",
        ),
        ("x:\n\t- 1\n", "2:1 NF0001 a tab stands where only spaces may <\t> | indent with spaces"),
        ("x: 'y\n", "2:1 NF0001 a quote is not closed, or the document ends too early <>"),
        (
            "x: [1}\n",
            "1:4 NF0001 `[` is closed by `}` <[> | inside `{…}` and `[…]`, text that holds any of `, [ ] { }` must be quoted",
        ),
        (
            "<<: {a: 1}\n<<: {b: 1}\n",
            "2:1 NF0002 key `<<` appears twice in this mapping <<<> | merge several as `<<: [*a, *b]` (1:1 first here)",
        ),
        (
            "x: \u{1}\n",
            "1:4 NF0008 the control character U+0001 stands here <\u{1}> | inside double quotes it is written as `\\x01`",
        ),
    ] {
        assert_eq!(said(text).0, [problem], "{text}");
    }
}

#[test]
fn bombs_and_monsters_are_refused_and_do_not_hide_the_rest() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..10 {
        bomb += &format!("a{i}: &a{i} [{}]\n", [format!("*a{}", i - 1)].repeat_with_commas(9));
    }
    assert_eq!(
        said(&(bomb + "---\nb: 1\n")),
        (vec!["1:1 NF0006 the document has 4,412,961,516 values once its aliases are expanded, more than 1,000,000 <a0>".into()], 1, 1)
    );
    let deep: String = (0..150).map(|i| " ".repeat(i) + "a:\n").collect();
    let chain: String = (1..200).map(|i| format!("a{i}: &a{i} [*a{}]\n", i - 1)).collect();
    for text in [
        deep,
        "[".repeat(20_000),
        format!("a0: &a0 [x]\n{chain}"),
        format!("a: &a 1\nb: [{}]\n", "*a, ".repeat(10_001)),
    ] {
        let (problems, read, dropped) = said(&(text + "\n---\nb: 1\n"));
        assert!(problems.len() == 1 && problems[0].contains("NF0007"), "{problems:?}");
        assert_eq!((read, dropped), (1, 1), "{problems:?}");
    }
    assert_eq!(
        said(&format!("a: {}\n", "x".repeat(2 << 20))).0,
        ["1:1 NF0007 a line of more than 1 MiB <a> | break it into lines"]
    );
    assert_eq!(
        said(&"x\n".repeat(9 << 20)).0,
        ["1:1 NF0007 the file has 18 MiB, more than 16 MiB <> | split it into several files"]
    );
}

trait Repeat {
    fn repeat_with_commas(&self, n: usize) -> String;
}

impl Repeat for [String; 1] {
    fn repeat_with_commas(&self, n: usize) -> String {
        vec![self[0].as_str(); n].join(",")
    }
}

#[test]
fn encodings() {
    let bad = loaded(b"a: 1\n\xc3\xb6: \xff\xfe\nb: 1\nb: 2\n");
    let said = problems(&bad.text, &bad.problems);
    assert_eq!(said[0], "2:4 NF0003 byte 0xFF is no UTF-8 <\u{FFFD}> | save it as UTF-8");
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(loaded(b"\xff\xfea\0").problems[0].message, "the file is UTF-16 and not UTF-8");
    let marked = loaded("\u{feff}a: 1\r\na: ü\r\nä: {ö: 1, ö: 2}\r\n".as_bytes());
    let said = problems(&marked.text, &marked.problems);
    assert!(said[0].starts_with("2:1 ") && said[1].starts_with("3:11 "), "{said:?}");
    assert_eq!(marked.documents[0].get("a").and_then(Node::as_str), Some("1"));
}

#[test]
fn json_is_yaml() {
    let node = node("{\n\t\"a\": \"\\u00e9\\/\\ud83c\\udfb5\",\"b\":[1,{\"c\":null}]}");
    assert_eq!(node.get("a").and_then(Node::as_str), Some("é/🎵"));
    assert!(node.find(&["b", "1", "c"]).is_some_and(Node::is_null));
}

#[test]
fn anchors_and_merge_keys() {
    let node = node("base: &base {a: 1, b: 2}\nx: {<<: *base, b: 3}\ny: {<<: [{a: 0}, *base]}\nz: *base\n");
    let keys = |key: &str| {
        let entries = node.get(key).map(Node::entries).unwrap_or_default();
        entries
            .iter()
            .map(|(k, v)| format!("{}={}", k.as_str().unwrap(), v.as_str().unwrap()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!([keys("base"), keys("x"), keys("y"), keys("z")], ["a=1 b=2", "b=3 a=1", "a=0 b=2", "a=1 b=2"]);
    assert_eq!(node.find(&["x", "a"]).and_then(Node::as_str), Some("1"));
}

#[test]
fn places() {
    let text = "spec:\n  subjects: [a.b, c]\n  expr: |\n    sum(\n      x)\n  q: \"ab c\"\n";
    let node = node(text);
    let cut = |span: Span| &text[span.start..span.end];
    assert_eq!(cut(node.at(&["spec", "subjects", "1"]).span), "c");
    assert_eq!(cut(node.at(&["spec", "subjects", "7"]).span), "[a.b, c]");
    assert_eq!(cut(node.key_span(&["spec", "subjects"])), "subjects");
    assert_eq!(cut(node.at(&["spec", "expr"]).inside(text, 7, 1)), "x");
    assert_eq!(cut(node.at(&["spec", "expr"]).inside(text, 3, 1)), "(");
    assert_eq!(cut(node.at(&["spec", "q"]).inside(text, 3, 1)), "c");
    assert_eq!(cut(node.at(&["spec", "subjects", "0"]).inside(text, 2, 1)), "b");
    let lines = Lines::new("ä€\r\nb\rc".into());
    assert_eq!(
        [0, 2, 3, 5, 7, 8, 9, 99].map(|o| lines.line_col(o)),
        [(1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 2)]
    );
}

/// YAML-like text: pieces of syntax in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a: "),
        Just("- "),
        Just("\n"),
        Just("\n  "),
        Just("\n    "),
        Just("---\n"),
        Just("&x "),
        Just("*x"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("\""),
        Just("'"),
        Just("|"),
        Just(">-"),
        Just("? "),
        Just(": "),
        Just("!t "),
        Just("# c"),
        Just("<<: "),
        Just("\t"),
        Just("~"),
        Just("\u{feff}"),
        Just("\0"),
        Just("é€𝄞"),
        Just("\r\n"),
        Just("..."),
        Just("%YAML 1.2\n"),
        Just("\\x"),
        Just("1e3"),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn walk(node: &Node, text: &str) {
    assert!(text.get(node.span.start..node.span.end).is_some(), "{node:?}");
    let _ = (node.inside(text, 1, 1), node.head());
    for (key, value) in node.entries() {
        walk(key, text);
        walk(value, text);
    }
    node.items().iter().for_each(|n| walk(n, text));
}

fn survives(bytes: &[u8]) {
    let loaded = loaded(bytes);
    for problem in &loaded.problems {
        let also = problem.also.as_ref().map_or(problem.span, |also| also.0);
        for span in [problem.span, also] {
            assert!(loaded.text.get(span.start..span.end).is_some(), "{problem:?}");
        }
    }
    for node in &loaded.documents {
        walk(node, &loaded.text);
        let cx = Cx::new();
        let _ = to_value(node, &cx);
        let _ = decode::<serde_json::Value>(node, &cx);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn no_soup_makes_it_panic(text in soup(), cut in any::<prop::sample::Index>()) {
        survives(text.as_bytes());
        survives(&text.as_bytes()[..cut.index(text.len() + 1)]);
    }
}
