//! NF02xx: connections and selections. NF03xx: the plan as a whole. NF04xx: writing.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF0201",
        "how to connect is not clear",
        "The environment, the flags or a context of the `nats` CLI do not say where or how to connect. Nothing was opened.",
    ),
    (
        "NF0202",
        "an account cannot be logged in to",
        "A secret of the environment could not be had, or the environment has no login for an account that a document \
         names. Secrets come from environment variables, from files in the project directory (others with \
         `--secret-dir`), and from commands (with `--allow-commands`).",
    ),
    (
        "NF0203",
        "the connection failed",
        "No server could be reached in time, or the server refused the identity. The message says which address and which \
         class of identity; it never holds the secret.",
    ),
    (
        "NF0204",
        "this is another cluster",
        "`expect: {cluster: …}` or `--expect-cluster` names another cluster than the one that answered. The run ends \
         before anything is read.",
    ),
    (
        "NF0205",
        "the selection matches nothing",
        "A selection that matches nothing is an error, because it is nearly always a slip, and because \"nothing\" must \
         never mean \"everything\".",
    ),
    ("NF0206", "the lock cannot be taken away", "There is no inventory, or it could not be written."),
    ("NF0207", "no such object", "The address is no address, or nothing of that name is declared or live."),
    (
        "NF0208",
        "a connection cannot be used",
        "A setting of a system's connection is wrong: its URL, its proxy, a TLS file that cannot be read, or a secret that \
         could not be had. Nothing was sent.",
    ),
    (
        "NF0301",
        "changes that wait for each other",
        "Each of these changes needs another one of them to be done first, so no order is right. Apply them in two runs.",
    ),
    (
        "NF0302",
        "an acknowledgement that nothing asks for",
        "The loss that it accepts is not part of this plan: it was applied already, or the change became another one. \
         Remove it, so that it cannot be mistaken for one that is in force.",
    ),
    (
        "NF0401",
        "the server stored something else",
        "The write was acknowledged, and reading it back shows another configuration than the one that was sent. Please \
         report it with the server's version: natsform predicts every silent adjustment, and this one was not known.",
    ),
    (
        "NF0402",
        "messages of a deleted stream came back",
        "nats-server answers a delete before its files are gone, and a stream of the same name that is made at once can \
         find the old messages. natsform deletes it and makes it again, later each time, while it can prove that every \
         message in it is of the deleted stream. This time it could not, because new messages arrive already, or it did \
         not help. The stream is there, with old messages at its beginning: look at it, purge what is old, and run apply \
         again.",
    ),
];
