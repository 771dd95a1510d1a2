//! NF05xx: rule files.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF0501",
        "not a PromQL expression",
        "The place is that of the character at which the expression stops to make sense, in texts of several lines, too. \
         What only an older server does not know is no such fault: the plan says it.",
    ),
    (
        "NF0502",
        "not a duration of Prometheus",
        "Prometheus writes whole numbers with the units y, w, d, h, m, s and ms, the largest first: `1h30m`. There are no \
         fractions and no spaces.",
    ),
    (
        "NF0503",
        "not a template",
        "Labels and annotations of an alert are Go templates with the functions of Prometheus and the variables `$labels`, \
         `$value`, `$externalLabels` and `$externalURL`. A server refuses the whole reload for one that it cannot read.",
    ),
    ("NF0504", "an empty name", "Groups, alerts and recording rules have names."),
    (
        "NF0505",
        "two groups of one name",
        "The name of a group is unique in a document: a server refuses the whole file.",
    ),
    ("NF0506", "neither an alert nor a recording rule", "A rule has exactly one of `alert` and `record`."),
    (
        "NF0507",
        "a name that cannot be recorded",
        "A recording rule names a metric. A selector with braces belongs into `expr`, labels under `labels`.",
    ),
    (
        "NF0508",
        "a field that only alerts have",
        "`for`, `keep_firing_for` and `annotations` are fields of alerting rules. A server refuses the whole file.",
    ),
    ("NF0509", "a label that cannot be", "The name of a label is not empty and not `__name__`."),
    (
        "NF0510",
        "a label without a value",
        "A label or an annotation is a text. Numbers and booleans are taken as they are written; nothing at all is most \
         likely a forgotten value.",
    ),
    (
        "NF0511",
        "a field of another tool",
        "A document of the prometheus-operator holds a field that Prometheus itself does not know. It is left out.",
    ),
    (
        "NF0512",
        "a document without rules",
        "A server loads a rule file without groups without a word. A plan shows the rules that go with it; where that is \
         meant for good, remove the document.",
    ),
    (
        "NF0513",
        "a document with a name that is too long for a file",
        "The file of a document is called `natsform--PROJECT--ENVIRONMENT--DOCUMENT.yml`: whose it is, is told by this name \
         alone, so that it is not shortened. File systems take 255 bytes; what is no ASCII letter, digit, `_`, `.` or `-` \
         takes three each.",
    ),
];
