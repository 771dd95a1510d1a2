//! Documents that are no document of ours, and their `metadata`.

use super::Row;

/// Whole files.
pub const ENVELOPE: &[Row] = &[
    ("a text", "hello\n", &["1:1 NF0012 expected a document, a mapping, found `hello`"]),
    ("a list", "- a\n", &["1:3 NF0012 expected a document, a mapping, found a list"]),
    ("no apiVersion", "kind: Stream\nmetadata: {name: A}\n", &["1:1 NF0013 `apiVersion` is missing in a document"]),
    ("no kind", "apiVersion: natsform/v1\nmetadata: {name: A}\n", &["1:1 NF0013 `kind` is missing in a document"]),
    ("neither", "spec: {subjects: [a]}\n", &["1:1 NF0013 `apiVersion` is missing in a document"]),
    (
        "another apiVersion",
        "apiVersion: natsform/v2\nkind: Stream\nmetadata: {name: A}\n",
        &["1:13 NF0151 unknown apiVersion `natsform/v2`"],
    ),
    (
        "an apiVersion of somebody else",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: A}\n",
        &["1:13 NF0151 unknown apiVersion `apps/v1`"],
    ),
    (
        "apiVersion as a list",
        "apiVersion: [natsform/v1]\nkind: Stream\nmetadata: {name: A}\n",
        &["1:14 NF0151 unknown apiVersion a list"],
    ),
    (
        "a kind with a slip",
        "apiVersion: natsform/v1\nkind: Steam\nmetadata: {name: A}\n",
        &["2:7 NF0152 unknown kind `Steam`"],
    ),
    (
        "a kind in small letters",
        "apiVersion: natsform/v1\nkind: stream\nmetadata: {name: A}\n",
        &["2:7 NF0152 unknown kind `stream`"],
    ),
    (
        "a kind that nothing resembles",
        "apiVersion: natsform/v1\nkind: Deployment\nmetadata: {name: A}\n",
        &["2:7 NF0152 unknown kind `Deployment`"],
    ),
    (
        "a kind that is a list",
        "apiVersion: natsform/v1\nkind: [Stream]\nmetadata: {name: A}\n",
        &["2:8 NF0152 unknown kind a list"],
    ),
    (
        "a project among manifests",
        "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: A}\n",
        &["2:7 NF0155 a second project"],
    ),
    (
        "no metadata",
        "apiVersion: natsform/v1\nkind: Stream\nspec: {max_msgs: 1}\n",
        &["1:1 NF0013 `metadata` is missing in a document"],
    ),
    (
        "metadata as a text",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: A\n",
        &["3:11 NF0012 expected metadata, a mapping, found `A`"],
    ),
    (
        "no name",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {labels: {a: b}}\n",
        &["3:12 NF0013 `name` is missing in metadata"],
    ),
    (
        "an empty name",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: \"\"}\n",
        &["3:18 NF0012 expected a name, found an empty text"],
    ),
    (
        "a null name",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: null}\n",
        &["3:12 NF0013 `name` is missing in metadata"],
    ),
    (
        "a name that is a list",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: [A]}\n",
        &["3:19 NF0012 expected a text, found a list"],
    ),
    (
        "a key of metadata with a slip",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lables: {a: b}}\n",
        &["3:21 NF0011 unknown key `lables` in metadata"],
    ),
    (
        "a key of the document with a slip",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspecs: {max_msgs: 1}\n",
        &["4:1 NF0011 unknown key `specs` in a document"],
    ),
    (
        "a spec that is a list",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: [a]\n",
        &["4:8 NF0012 expected `spec`, a mapping, found a list"],
    ),
    (
        "a spec that is a text",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: a\n",
        &["4:7 NF0012 expected `spec`, a mapping, found `a`"],
    ),
    (
        "labels as a list",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, labels: [a]}\n",
        &["3:30 NF0012 expected labels, a mapping, found a list"],
    ),
    (
        "a label that is a mapping",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, labels: {a: {b: c}}}\n",
        &["3:34 NF0012 expected a text, found a mapping"],
    ),
    (
        "a lifecycle that is a text",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: protect}\n",
        &["3:32 NF0012 expected a lifecycle, a mapping, found `protect`"],
    ),
    (
        "protect as yes",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {protect: yes}}\n",
        &["3:42 NF0012 expected `true` or `false`, found `yes`"],
    ),
    (
        "protect in quotes",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {protect: \"true\"}}\n",
        &["3:42 NF0012 expected `true` or `false`, found `true`"],
    ),
    (
        "on_remove with a slip",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {on_remove: orphen}}\n",
        &["3:44 NF0012 expected `delete` or `orphan`, found `orphen`"],
    ),
    (
        "ignore as a text",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {ignore: max_age}}\n",
        &["3:41 NF0012 expected a list of `{path, reason}`, found `max_age`"],
    ),
    (
        "ignore without a path",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {ignore: [{reason: x}]}}\n",
        &["3:43 NF0013 `path` is missing in an ignored field, `{path, reason}`"],
    ),
    (
        "ignore of a field that is none",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {ignore: [{path: placement.tag}]}}\n",
        &["3:49 NF0113 unknown field path `placement.tag`"],
    ),
    (
        "ignore of a part of a list",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {ignore: [{path: \"subjects[a]\"}]}}\n",
        &["3:49 NF0113 unknown field path `subjects[a]`"],
    ),
    (
        "an acknowledgement that is a mapping",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {ack: {a: b}}}\n",
        &["3:39 NF0012 expected a text, found a mapping"],
    ),
    (
        "a key of the lifecycle with a slip",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, lifecycle: {protected: true}}\n",
        &["3:33 NF0011 unknown key `protected` in a lifecycle"],
    ),
    (
        "a target that is none",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, target: prometheus}\n",
        &["3:29 NF0112 unknown target `prometheus`"],
    ),
    (
        "a name with a dot",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: a.b}\n",
        &["3:18 NF0163 the stream name \"a.b\" holds `.`"],
    ),
    (
        "a name with a space",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: a b}\n",
        &["3:18 NF0163 the stream name \"a b\" holds white space"],
    ),
    (
        "a name of 256 bytes",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\n",
        &["3:18 NF0163 the stream name \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"],
    ),
    (
        "a variable without a project's word",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: \"${{ var.nope }}\"}\n",
        &["3:23 NF0140 no variable is called `nope`"],
    ),
    (
        "a function in an expression",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"${{ upper(x) }}\"}\n",
        &["4:26 NF0141 `upper(x)` is no expression"],
    ),
    (
        "an expression without an end",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"${{ environment\"}\n",
        &["4:22 NF0141 an expression without its end `}}`"],
    ),
    (
        "an expression in a key",
        "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {metadata: {\"${{ environment }}\": a}}\n",
        &["4:19 NF0141 expressions are read in values, not in keys"],
    ),
];
