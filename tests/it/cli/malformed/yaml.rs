//! Files that are no YAML, or YAML that says something else than it seems to.

use super::Row;

/// Whole files.
pub const YAML: &[Row] = &[
    (
        "a tab indents",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n\tsubjects: [a]\n",
        &["5:1 NF0001 a tab stands where only spaces may"],
    ),
    (
        "a tab indents a list item",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  subjects:\n\t- a\n",
        &["6:1 NF0001 a tab stands where only spaces may"],
    ),
    (
        "a bracket stays open",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a, b}\n",
        &["4:18 NF0001 `[` is closed by `}`"],
    ),
    (
        "a brace stays open",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]\n",
        &["4:7 NF0001 `{` is not closed"],
    ),
    (
        "a bracket is closed without being open",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: ]\n",
        &["4:7 NF0001 a closing bracket without its opening one"],
    ),
    (
        "a list is closed as a mapping",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a}]\n",
        &["4:18 NF0001 `[` is closed by `}`"],
    ),
    (
        "a quote stays open",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"half}\n",
        &["4:21 NF0001 a quote is not closed, or the document ends too early"],
    ),
    (
        "a single quote stays open",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: 'half}\n",
        &["4:21 NF0001 a quote is not closed, or the document ends too early"],
    ),
    (
        "a key stands one column off",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  max_msgs: 1\n   max_age: 1h\n",
        &["6:11 NF0001 `:` cannot stand here"],
    ),
    (
        "a key stands back between two levels",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n    max_msgs: 1\n  max_age: 1h\n",
        &["6:3 NF0001 while parsing a block mapping, did not find expected key"],
    ),
    (
        "a list item among keys",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  max_msgs: 1\n  - a\n",
        &["6:3 NF0001 while parsing a block mapping, did not find expected key"],
    ),
    (
        "a colon in a plain value",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: a: b}\n",
        &["4:22 NF0001 `{` is not closed, or a comma is missing"],
    ),
    (
        "a colon in a plain block value",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  description: note: b\n",
        &["5:20 NF0001 `:` cannot stand here"],
    ),
    (
        "a bad escape",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"a\\qb\"}\n",
        &["4:21 NF0001 unknown escape in double quotes"],
    ),
    (
        "an at sign begins a value",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: @home}\n",
        &["4:21 NF0001 text cannot begin with `@`"],
    ),
    (
        "a backtick begins a value",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: `home`}\n",
        &["4:21 NF0001 text cannot begin with a backtick"],
    ),
    (
        "a percent sign begins a value",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {sample: %5}\n",
        &["4:16 NF0001 text cannot begin with `%`"],
    ),
    (
        "a directive that is none",
        "%YAML x\n---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\n",
        &["1:1 NF0001 while scanning a YAML directive, did not find expected version number"],
    ),
    (
        "a block header that is none",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  description: |x\n    a\n",
        &["5:16 NF0001 while scanning a block scalar, did not find expected comment or line break"],
    ),
    (
        "a key twice",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  max_msgs: 1\n  max_msgs: 2\n",
        &["6:3 NF0002 key `max_msgs` appears twice in this mapping"],
    ),
    (
        "a key twice in one line",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msgs: 1, max_age: 1h, max_msgs: 2}\n",
        &["4:34 NF0002 key `max_msgs` appears twice in this mapping"],
    ),
    (
        "a key twice, once in quotes",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msgs: 1, \"max_msgs\": 2}\n",
        &["4:21 NF0002 key `max_msgs` appears twice in this mapping"],
    ),
    (
        "a document's kind twice",
        "apiVersion: natsform/v1\nkind: Stream\nkind: Consumer\nmetadata: {name: A}\n",
        &["3:1 NF0002 key `kind` appears twice in this mapping"],
    ),
    (
        "two consumers of one name",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  consumers:\n    b: {}\n    b: {}\n",
        &["7:5 NF0002 key `b` appears twice in this mapping"],
    ),
    (
        "a tag",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: !!str 5}\n",
        &["4:21 NF0004 the YAML tag `!!str` means nothing here"],
    ),
    (
        "a tag of one's own",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: !stream {max_msgs: 1}\n",
        &["4:7 NF0004 the YAML tag `!stream` means nothing here"],
    ),
    (
        "a NUL",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"a\0b\"}\n",
        &["4:23 NF0008 the control character U+0000 stands here"],
    ),
    (
        "an escape character",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"a\u{1b}[2Jb\"}\n",
        &["4:23 NF0008 the control character U+001B stands here"],
    ),
    (
        "an alias without an anchor",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: *missing\n",
        &["4:7 NF0005 no anchor `&missing` stands before this alias"],
    ),
    (
        "an alias with a slip",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msgs: &many 5, max_msgs_per_subject: *mnay}\n",
        &["4:49 NF0005 no anchor `&mnay` stands before this alias"],
    ),
    (
        "an anchor of the document before",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: &name A}\n---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: *name}\n",
        &["7:18 NF0005 no anchor `&name` stands before this alias"],
    ),
    (
        "an anchor inside itself",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: &a {description: *a}\n",
        &["4:24 NF0005 alias `*a` stands inside its own anchor"],
    ),
    (
        "a star begins a subject",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [*.created]}\n",
        &["4:19 NF0005 no anchor `&.created` stands before this alias"],
    ),
    (
        "an alias bomb",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
        &["1:1 NF0006 the document has 12,345,685 values once its aliases are expanded, more than 1,000,000"],
    ),
    (
        "brackets in brackets in brackets",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
        &["4:107 NF0007 too many collections inside each other"],
    ),
    (
        "lists in lists in lists",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - x\n",
        &["5:201 NF0007 too many collections inside each other"],
    ),
    (
        "a comma cuts a value short",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: sum by (a, b) (x)}\n",
        &["4:32 NF0010 `b) (x)` is cut off from the text before it"],
    ),
    (
        "a block sign without a block",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  subjects:\n    - >\n",
        &["6:7 NF0010 `>` begins a block of text here, and the block is empty"],
    ),
    (
        "a template that is a mapping",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: {{ x }}}\n",
        &["4:21 NF0012 expected text, found a mapping", "4:22 NF0009 a key must be text, not a list or a mapping"],
    ),
    (
        "a list as a key",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {[a, b]: c}\n",
        &["4:8 NF0009 a key must be text, not a list or a mapping"],
    ),
    (
        "nothing as a key",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {: c}\n",
        &["4:8 NF0009 a key is missing"],
    ),
    (
        "JSON with a comma too many",
        "{\"apiVersion\": \"natsform/v1\", \"kind\": \"Stream\", \"metadata\": {\"name\": \"A\",}, \"spec\": {\"max_msgs\": \"x\",},}\n",
        &["1:98 NF0012 expected a whole number, found the text `x`"],
    ),
    (
        "JSON without a comma",
        "{\n  \"apiVersion\": \"natsform/v1\"\n  \"kind\": \"Stream\"\n}\n",
        &["3:3 NF0001 `{` is not closed, or a comma is missing"],
    ),
    (
        "JSON with a comment",
        "{\"apiVersion\": \"natsform/v1\", // no\n \"kind\": \"Stream\"}\n",
        &["1:2 NF0013 `kind` is missing in a document"],
    ),
    (
        "behind a byte order mark",
        "\u{feff}apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n",
        &["4:8 NF0011 unknown field `max_msg`"],
    ),
    (
        "a byte order mark in the first line",
        "\u{feff}apiVersion: natsform/v2\n",
        &["1:13 NF0151 unknown apiVersion `natsform/v2`"],
    ),
    (
        "with the line ends of Windows",
        "apiVersion: natsform/v1\r\nkind: Stream\r\nmetadata: {name: A}\r\nspec:\r\n  max_msg: 1\r\n  max_age: x\r\n",
        &["5:3 NF0011 unknown field `max_msg`", "6:12 NF0012 expected a number, found `x`"],
    ),
    (
        "byte order mark, Windows and wide letters",
        "\u{feff}apiVersion: natsform/v1\r\nkind: Stream\r\nmetadata: {name: A}\r\nspec: {description: \"Größe – 漢字\", max_msg: 1}\r\n",
        &["4:35 NF0011 unknown field `max_msg`"],
    ),
    (
        "a broken document before a good one",
        "a: [\n---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n",
        &["1:4 NF0001 `[` is not closed", "6:8 NF0011 unknown field `max_msg`"],
    ),
    (
        "a broken document after a good one",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n---\na: b: c\n",
        &["4:8 NF0011 unknown field `max_msg`", "6:5 NF0001 `:` cannot stand here"],
    ),
    (
        "a broken document between two",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n---\nspec: {a: \"\n---\napiVersion: natsform/v1\nkind: Stream\nmetadata: {name: B}\nspec: {max_age: x}\n",
        &[
            "4:8 NF0011 unknown field `max_msg`",
            "6:11 NF0001 while scanning a quoted scalar, found unexpected document indicator",
            "11:17 NF0012 expected a number, found `x`",
        ],
    ),
];
