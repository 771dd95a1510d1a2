//! NF01xx: manifests and the project file.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF0110",
        "which environment?",
        "The run must be about one environment: the one that `--env` names, the one with \
      `default: true`, or the only one.",
    ),
    (
        "NF0111",
        "an unknown account",
        "The environment lists the accounts that natsform can log in to, and this is none \
      of them.",
    ),
    (
        "NF0112",
        "an unknown target",
        "`metadata.target` is SYSTEM or SYSTEM/NAME and names a connection of the \
      environment. JetStream kinds live on `nats`.",
    ),
    (
        "NF0113",
        "an unknown field path",
        "`metadata.lifecycle.ignore` names a field of the kind, or a key of a map as \
      `metadata[team]`.",
    ),
    (
        "NF0114",
        "a document was not planned",
        "With `--all-systems` every document must be planned, and this one is of \
      a system that the environment does not configure, of a kind that this version of natsform does not know yet, or \
      of another tool.",
    ),
    (
        "NF0115",
        "not usable as an id",
        "Project ids and environment names become part of keys, file names and rule \
      namespaces: at most 64 letters, digits, `.`, `_` and `-`.",
    ),
    ("NF0116", "settings that exclude each other", "Only one of these settings can be given."),
    (
        "NF0117",
        "a path that leaves the project",
        "Paths in `spec.manifests` stay inside the project's directory. Paths \
      in an environment may leave it.",
    ),
    (
        "NF0120",
        "a literal secret",
        "Secrets are references, so that they are in no repository, plan or log: \
      `{env: NAME}`, `{file: path}` or `{command: [argv]}`. `allow_plaintext: true` on an environment turns this into a \
      warning.",
    ),
    (
        "NF0121",
        "a secret reference that cannot be read",
        "A secret is `{env: NAME}`, `{file: path}`, \
      `{command: [argv]}`, or a list of these, tried in order.",
    ),
    (
        "NF0130",
        "two places disagree",
        "An object may be described in several places, as long as they do not give one \
      field different values. Remove one of the two, or use an overlay, which is meant to win.",
    ),
    (
        "NF0131",
        "declared twice",
        "Two documents declare the same object. Remove one of them; to change an object for \
      one environment, use an overlay.",
    ),
    ("NF0132", "two names for one live object", "Two declared objects would be one and the same live object."),
    (
        "NF0133",
        "an overlay that changes nothing",
        "An overlay patches a document of the same kind, name and account. \
      None matches this one.",
    ),
    (
        "NF0134",
        "an overlay directory is missing",
        "The environment names an overlay directory that does not exist or \
      holds no manifest.",
    ),
    (
        "NF0135",
        "no default possible",
        "Defaults hold `metadata` (account, labels, lifecycle) and fields of the kind's \
      own `spec`.",
    ),
    ("NF0140", "an unknown variable", "Variables are defined under `spec.variables` of the project file."),
    (
        "NF0141",
        "not an expression",
        "An expression is `${{ var.NAME }}`, `${{ project.name }}` or `${{ environment }}`. \
      `$${{` is a literal `${{`.",
    ),
    (
        "NF0142",
        "a variable without a value",
        "Nothing gives the variable a value: neither the environment's `values`, \
      nor its environment variable, nor a default.",
    ),
    (
        "NF0143",
        "a value that the variable does not allow",
        "The value is not of the variable's type, or its `pattern`, \
      `min`, `max` or `enum` refuses it.",
    ),
    (
        "NF0144",
        "a sensitive variable outside a secret",
        "A variable with `sensitive: true` may only stand alone in a \
      field that holds a secret.",
    ),
    (
        "NF0145",
        "a definition that cannot be used",
        "The definition of a variable contradicts itself: a regular \
      expression that cannot be read, or a bound for a type without one.",
    ),
    (
        "NF0150",
        "nothing to work on",
        "There is no `natsform.yaml` in the working directory or a parent of it, and no \
      manifests were named with `-f`. An empty input is never taken for \"delete everything\".",
    ),
    (
        "NF0151",
        "an unknown apiVersion",
        "natsform's own documents say `apiVersion: natsform/v1`. Documents of other \
      tools are told apart by their own apiVersion.",
    ),
    ("NF0152", "an unknown kind", "No kind has this name. Kinds are written with capitals: `Stream`, `Consumer`."),
    ("NF0153", "a file cannot be read", "The operating system refused to read a file or a directory of the project."),
    (
        "NF0154",
        "no manifests there",
        "A path that the project file or `-f` names does not exist or holds no manifest. \
      This is an error and never an empty input, because an empty input would mean that everything was removed.",
    ),
    ("NF0155", "a second project", "A project has one `kind: Project` document: its `natsform.yaml`."),
    (
        "NF0156",
        "pruning without a project",
        "Without a project file everybody's project id is `default`, so \
      `--prune delete` could delete what somebody else applied. Give the id with `--project`, at every apply.",
    ),
    (
        "NF0157",
        "a setting that this version does not act on",
        "It belongs to the manifest language, and this version of natsform does nothing for it. It is said, so that nobody \
         counts on it.",
    ),
    (
        "NF0161",
        "a name in a spec",
        "`name` and `durable_name` stand in the API's configuration; in a manifest the name is `metadata.name` (or the key \
         under `consumers:`). Remove the line.",
    ),
    (
        "NF0162",
        "a metadata key of the server",
        "Metadata keys that begin with `_nats.` are written by nats-server itself. Remove the key.",
    ),
    (
        "NF0163",
        "a name that servers refuse",
        "The name of a stream or consumer has at most 255 bytes and no white space, `.`, `*`, `>`, `/` or `\\`.",
    ),
    (
        "NF0164",
        "purging is denied and needed",
        "`deny_purge` excludes roll-ups, and `subject_delete_marker_ttl` and `allow_msg_schedules` turn roll-ups on. A server \
         drops `deny_purge` from a create without a word and refuses an update with both. Declare one of the two.",
    ),
    (
        "NF0165",
        "the stream of the inventory",
        "`KV_NATSFORM` is the bucket in which natsform keeps what it owns. It makes it where it is missing and looks after \
         it; a manifest cannot declare it. Remove the document.",
    ),
];
