//! Project files, removals, selections, and what is not there.

use super::ProjectRow;

/// Name, files, arguments, and what is said.
pub const PROJECT: &[ProjectRow] = &[
    (
        "an empty project file",
        &[
            ("natsform.yaml", ""),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:1:1 NF0013 the project file holds no project"],
    ),
    (
        "a project file that is a list",
        &[
            ("natsform.yaml", "- a\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:1:3 NF0012 expected a project file, a mapping, found a list"],
    ),
    (
        "a project file of another kind",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: p}\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:2:7 NF0152 expected `kind: Project`, found `Stream`"],
    ),
    (
        "a project file of another version",
        &[
            ("natsform.yaml", "apiVersion: natsform/v9\nkind: Project\nmetadata: {name: p}\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:1:13 NF0151 unknown apiVersion `natsform/v9`"],
    ),
    (
        "a project file of two documents",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n---\napiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:1 NF0155 the project file holds one document, the project"],
    ),
    (
        "a project without a name",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {}\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:3:11 NF0013 `name` is missing in metadata"],
    ),
    (
        "an id with a slash",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p, id: a/b}\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:3:25 NF0115 `a/b` cannot be an id"],
    ),
    (
        "a broken project file",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec: {environments: [\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:4:22 NF0001 `[` is not closed"],
    ),
    (
        "a key of the project with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  enviroments: {}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:3 NF0011 unknown key `enviroments` in a project"],
    ),
    (
        "manifests outside the project",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  manifests: [../other]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:15 NF0117 `../other` lies outside the project directory"],
    ),
    (
        "manifests that are not there",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  manifests: [nope]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:15 NF0154 `nope` does not exist"],
    ),
    (
        "no manifests at all",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  manifests: []\n"),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:14 NF0154 `spec.manifests` is empty"],
    ),
    (
        "a removal without its end",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  removed: [{select: stream/A}]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:14 NF0013 `then` is missing in a rule of `removed`"],
    ),
    (
        "a removal with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  removed: [{select: stream/A, then: forgt}]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:38 NF0012 expected `forget` or `transfer`, found `forgt`"],
    ),
    (
        "a transfer to nowhere",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  removed: [{select: stream/A, then: transfer}]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:38 NF0013 `to` is missing in a transfer"],
    ),
    (
        "a transfer to half a project",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  removed: [{select: stream/A, then: transfer, to: web}]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:52 NF0012 `web` names no project and environment"],
    ),
    (
        "a selection that is no address",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  removed: [{select: A, then: forget}]\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &[
            "natsform.yaml:5:22 NF0012 `A` is no address: write KIND/NAME, for example `stream/ORDERS` or `consumer/ORDERS/*`",
        ],
    ),
    (
        "one stream in two files",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n"),
            ("a.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
            ("b.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["b.yaml:3:18 NF0131 duplicate stream/A"],
    ),
    (
        "a consumer in its stream and in a file",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n"),
            (
                "a.yaml",
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  consumers:\n    c: {ack_wait: 30s}\n",
            ),
            (
                "b.yaml",
                "apiVersion: natsform/v1\nkind: Consumer\nmetadata: {name: c}\nspec: {stream: A, ack_wait: 31s}\n",
            ),
        ],
        &[],
        &["a.yaml:6:19 NF0130 two places disagree about `ack_wait` of consumer/A/c"],
    ),
    (
        "mistakes in three files",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n"),
            ("a.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n"),
            ("b.yaml", "a: [\n"),
            ("c.yaml", "kind: Steam\n"),
        ],
        &[],
        &[
            "a.yaml:4:8 NF0011 unknown field `max_msg`",
            "b.yaml:1:4 NF0001 `[` is not closed",
            "c.yaml:1:1 NF0013 `apiVersion` is missing in a document",
            "c.yaml:1:7 NF0152 unknown kind `Steam`",
        ],
    ),
    (
        "a path that is not there",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n"),
            ("a.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &["-f", "nope"],
        &["NF0154 `nope` does not exist"],
    ),
    (
        "a directory without manifests",
        &[
            ("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n"),
            ("a.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
            ("x/readme.md", ""),
        ],
        &["-f", "x"],
        &["NF0154 no manifest in `x`"],
    ),
    (
        "a project without manifests",
        &[("natsform.yaml", "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\n")],
        &[],
        &["NF0154 no manifest in `.`"],
    ),
    (
        "no project",
        &[("a.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n")],
        &[],
        &["NF0150 no `natsform.yaml` here or in a parent directory"],
    ),
    (
        "a file without a project",
        &[("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n")],
        &["-f", "m.yaml"],
        &["m.yaml:4:8 NF0011 unknown field `max_msg`"],
    ),
];
