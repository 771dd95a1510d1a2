//! Environments and their overlays.

use super::ProjectRow;

/// Name, files, arguments, and what is said.
pub const ENVIRONMENTS: &[ProjectRow] = &[
    (
        "an environment that nobody named",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {}, b: {}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:18 NF0110 which environment?"],
    ),
    (
        "an environment that is not there",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {prod: {}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &["-e", "prd"],
        &["natsform.yaml:5:18 NF0110 no environment is called `prd`"],
    ),
    (
        "two defaults",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments:\n    a: {default: true}\n    b: {default: true}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:7:18 NF0110 two environments are the default: `a` and `b`"],
    ),
    (
        "an environment with a slash",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a/b: {}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:18 NF0115 `a/b` cannot be an id"],
    ),
    (
        "a key of the environment with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nat: {}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:22 NF0011 unknown key `nat` in an environment"],
    ),
    (
        "prune with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {prune: deletes}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:29 NF0012 expected `never`, `report` or `delete`, found `deletes`"],
    ),
    (
        "strict as yes",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {strict: yes}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:30 NF0012 expected `true` or `false`, found `yes`"],
    ),
    (
        "limits that are words",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {limits: {max_deletes: many}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:44 NF0012 expected a whole number from 0, found `many`"],
    ),
    (
        "a loss budget with a two-faced size",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {allow_data_loss: {max_bytes: 10MB}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:53 NF0012 `10MB` can be read in two ways"],
    ),
    (
        "an overlay that is not there",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {overlays: [nope], nats: {}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:33 NF0134 an overlay of `a` is missing: `nope` does not exist"],
    ),
    (
        "an overlay that matches nothing",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {overlays: [o], nats: {}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
            ("o/x.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: B}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["o/x.yaml:3:18 NF0133 the overlay matches no document: stream/B@default is not declared"],
    ),
    (
        "an overlay with a mistake",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {overlays: [o], nats: {}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
            ("o/x.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msg: 1}\n"),
        ],
        &[],
        &["o/x.yaml:4:8 NF0011 unknown field `max_msg`"],
    ),
];
