//! Connections, logins, accounts and what is expected of them.

use super::ProjectRow;

/// Name, files, arguments, and what is said.
pub const CONNECTIONS: &[ProjectRow] = &[
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
];
