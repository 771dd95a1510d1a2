//! NF00xx: files and YAML.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF0001",
        "the file is no valid YAML",
        "The parser stopped here. The document it stands in is not read; the other documents of the file are. Usual \
         reasons: a tab in the indentation, a `: ` or a bracket in a value that is not quoted, a bracket that is not \
         closed.",
    ),
    (
        "NF0002",
        "a key appears twice",
        "A mapping has the same key twice, and readers disagree about which one counts. Keep one of them. Two merge keys \
         are written as one: `<<: [*a, *b]`.",
    ),
    ("NF0003", "the file is not UTF-8", "Save the file as UTF-8. The place is that of the first wrong byte."),
    (
        "NF0004",
        "YAML tags are not used",
        "`!name` and `!!str` ask a reader to make something special of a value, and nothing here does. Remove the tag, or \
         quote text that begins with `!`.",
    ),
    (
        "NF0005",
        "an alias without its anchor",
        "`*name` stands for the value marked `&name` before it in the same document: anchors end at `---`. Text that \
         begins with `*` must be quoted.",
    ),
    (
        "NF0006",
        "aliases expand to too much",
        "Aliases of aliases can make a small file stand for billions of values. The document is refused before anything \
         expands it.",
    ),
    (
        "NF0007",
        "the file is too large",
        "A limit was passed: 16 MiB for a file, 1 MiB for a line, 100 collections inside each other, 10,000 aliases in a \
         document.",
    ),
    (
        "NF0008",
        "a control character",
        "YAML files hold no control characters but tab and line breaks. Inside double quotes they are written as escapes, \
         as `\\x1B`.",
    ),
    (
        "NF0009",
        "a key must be text",
        "A key is a list, a mapping or nothing. The usual reason is text that begins with `{` or `[` and is not quoted: \
         `summary: {{ $value }}` must be `summary: \"{{ $value }}\"`.",
    ),
    (
        "NF0010",
        "the text is not read as it looks",
        "Valid YAML that says something else than it seems to: a comma inside `{…}` or `[…]` ends a value \
         (`{expr: sum by (a, b) (x)}`), and `>` or `|` alone begins an empty block of text. Quote the value.",
    ),
    (
        "NF0011",
        "an unknown field",
        "The field is not one of those that may stand here: nothing would ever read it. The help names the nearest one, or \
         all.",
    ),
    (
        "NF0012",
        "a wrong value",
        "The value is not of the kind that belongs here: text where a number is wanted, a list where a mapping is wanted. \
         Booleans are `true` and `false`, whole numbers are decimal without leading zeros, and may be grouped as \
         `1_000_000`.",
    ),
    ("NF0013", "a field is missing", "The field must be given here; `null` counts as not given."),
];
