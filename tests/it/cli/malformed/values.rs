//! Variables and defaults.

use super::ProjectRow;

/// Name, files, arguments, and what is said.
pub const VALUES: &[ProjectRow] = &[
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
];
