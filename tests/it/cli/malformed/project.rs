//! Project files, environments, variables, defaults, overlays, selections.

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
    (
        "a URL of another protocol",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {url: http://x}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:34 NF0012 `http://` is no NATS URL"],
    ),
    (
        "two ways to connect",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {url: nats://x, context: y}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:53 NF0116 give one of `url`, `urls` and `context`"],
    ),
    (
        "a secret in a URL",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {url: nats://u:CANARY@x}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:34 NF0120 a literal secret in a URL"],
    ),
    (
        "a literal password",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {user: u, password: CANARY}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:63 NF0120 a literal secret"],
    ),
    (
        "a literal password among references",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {user: u, password: [{env: X}, CANARY]}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:74 NF0120 a literal secret"],
    ),
    (
        "an account that is a text",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: CANARY}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:43 NF0012 expected an account's login, a mapping"],
    ),
    (
        "an account that is a list",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: [CANARY]}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:44 NF0012 expected an account's login, a mapping"],
    ),
    (
        "accounts that are a text",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: CANARY}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:39 NF0012 expected the accounts, a mapping"],
    ),
    (
        "a secret with two references",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {creds: {env: A, file: b}}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:52 NF0121 a secret is one reference"],
    ),
    (
        "a secret with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {creds: {fle: b}}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:52 NF0011 unknown key `fle` in a secret"],
    ),
    (
        "a literal token under a wrong key",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {tokn: CANARY}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:44 NF0011 unknown key `tokn` in an account's login"],
    ),
    (
        "a user without a password",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {user: u}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:44 NF0013 `user` and `password` go together"],
    ),
    (
        "a default account that is none",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {account: B, accounts: {A: {creds: {env: A}}}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:38 NF0111 the environment has no account `B`"],
    ),
    (
        "an inventory that is none",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {inventory: on}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:40 NF0012 expected `off` or `{account: NAME}`, found `on`"],
    ),
    (
        "an expectation with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {expect: {clutser: x}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:38 NF0011 unknown key `clutser` in expectations"],
    ),
    (
        "an expected version that is none",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {expect: {version: new}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:47 NF0012 `new` is no version"],
    ),
    (
        "a certificate without a key",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {tls: {cert: c.pem}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:35 NF0013 `cert` and `key` go together"],
    ),
    (
        "an account of a document that is unknown",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  environments: {a: {nats: {accounts: {A: {creds: {env: A}}}}}}\n",
            ),
            (
                "m.yaml",
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A, account: B}\nspec: {subjects: [a]}\n",
            ),
        ],
        &[],
        &["m.yaml:3:30 NF0111 the environment `a` has no account `B`"],
    ),
    (
        "a variable's type with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {type: strng}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &[
            "natsform.yaml:5:25 NF0012 expected `string`, `integer`, `number`, `boolean`, `duration` or `size`, found `strng`",
        ],
    ),
    (
        "a variable's name with a space",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a b: {default: x}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:15 NF0145 `a b` cannot be a variable's name"],
    ),
    (
        "a pattern that is none",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {pattern: \"[\"}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:28 NF0145 not a regular expression: found unclosed character class"],
    ),
    (
        "a bound of a text",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {min: 1}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:24 NF0145 `min` and `max` are for numbers, durations and sizes"],
    ),
    (
        "a default of the wrong type",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {type: integer, default: x}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:43 NF0143 variable `a`: expected a whole number, found `x`"],
    ),
    (
        "a default above its maximum",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {type: duration, default: 60d, max: 30d}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:44 NF0143 variable `a`: `60d` is more than the greatest value `30d`"],
    ),
    (
        "a value that the pattern refuses",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {pattern: \"^[a-z]+$\", default: x}}\n  environments: {e: {values: {a: X1}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:6:34 NF0143 variable `a`: `X1` does not match `^[a-z]+$`"],
    ),
    (
        "a value that is no choice",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {enum: [x, y], default: x}}\n  environments: {e: {values: {a: z}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:6:34 NF0143 variable `a`: `z` is none of `x` and `y`"],
    ),
    (
        "a value of an unknown variable",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {region: {default: x}}\n  environments: {e: {values: {regoin: z}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:6:31 NF0140 no variable is called `regoin`"],
    ),
    (
        "a sensitive variable with a value",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {sensitive: true, default: CANARY}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:45 NF0120 the sensitive variable `a` has its value in the file"],
    ),
    (
        "a sensitive variable in a document",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {sensitive: true, from_env: X}}\n",
            ),
            (
                "m.yaml",
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {description: \"${{ var.a }}\"}\n",
            ),
        ],
        &[],
        &["m.yaml:4:26 NF0144 the sensitive variable `a` can only be a secret"],
    ),
    (
        "a variable without a value",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {type: integer}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  max_msgs: ${{ var.a }}\n"),
        ],
        &[],
        &["m.yaml:5:17 NF0142 variable `a` has no value"],
    ),
    (
        "an unknown variable where a number is wanted",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {many: {type: integer, default: 1}}\n",
            ),
            (
                "m.yaml",
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec:\n  max_msgs: ${{ var.mny }}\n",
            ),
        ],
        &[],
        &["m.yaml:5:17 NF0140 no variable is called `mny`"],
    ),
    (
        "a variable of the wrong type",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  variables: {a: {default: x}}\n",
            ),
            (
                "m.yaml",
                "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {max_msgs: \"${{ var.a }}\"}\n",
            ),
        ],
        &[],
        &["m.yaml:4:18 NF0012 expected a whole number, found the text `x`"],
    ),
    (
        "defaults of an unknown kind",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  defaults: {Steam: {spec: {}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:14 NF0152 unknown kind `Steam`"],
    ),
    (
        "a name as a default",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  defaults: {Stream: {metadata: {name: x}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:34 NF0135 a name cannot be a default"],
    ),
    (
        "consumers as a default",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  defaults: {Stream: {spec: {consumers: {}}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:30 NF0135 `consumers` cannot be a default"],
    ),
    (
        "a default with a slip",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  defaults: {Stream: {spec: {storge: file}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:30 NF0011 unknown field `storge`"],
    ),
    (
        "a default of the wrong type",
        &[
            (
                "natsform.yaml",
                "apiVersion: natsform/v1\nkind: Project\nmetadata: {name: p}\nspec:\n  defaults: {Stream: {spec: {max_age: 5}}}\n",
            ),
            ("m.yaml", "apiVersion: natsform/v1\nkind: Stream\nmetadata: {name: A}\nspec: {subjects: [a]}\n"),
        ],
        &[],
        &["natsform.yaml:5:39 NF0012 a bare number is nanoseconds, and 5 ns is no useful duration"],
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
