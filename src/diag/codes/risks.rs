//! NF2xxx: what a change would do.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF2001",
        "a stream with messages is deleted",
        "Its messages and its consumers go with it. The figures are those of the live stream; `deny_delete`, `deny_purge` \
         and `sealed` do not protect a stream from being deleted. Acknowledge it with the token that the plan shows.",
    ),
    (
        "NF2002",
        "a stream is replaced",
        "The server refuses the change in place, so the stream would be deleted and made again, empty. Without loss: make \
         a stream of another name that sources this one, move the clients, then delete the old one.",
    ),
    (
        "NF2003",
        "a limit is lowered",
        "`max_msgs`, `max_bytes`, `max_age` or `max_msgs_per_subject` is set or lowered, and the server deletes what is \
         beyond it at once: with `discard: new`, too, for `max_age` and `max_msgs_per_subject`. A figure that says \"at \
         most\" is an upper bound.",
    ),
    (
        "NF2004",
        "the retention changes",
        "With `interest` the server deletes what no consumer wants any more; 2.15 deletes everything at once where there is \
         no consumer at all.",
    ),
    ("NF2005", "the discard policy changes", "From `new` to `old`: a stream beyond a limit is trimmed to it at once."),
    (
        "NF2006",
        "a source changes",
        "A source with another filter or transform is a new source to the server: everything that matches is imported \
         again, and what was imported before stands twice in the stream.",
    ),
    ("NF2007", "a switch that cannot be turned back", "Once on, the server never lets it be turned off again."),
    (
        "NF2008",
        "a subject is no longer captured",
        "What is published there is refused to JetStream publishers and silently lost for others, unless another stream \
         takes the subject. Messages that are stored already stay.",
    ),
    (
        "NF2009",
        "natsform did not create this object",
        "An application that creates it at start-up with its own settings is refused by the server once they differ \
         (10058, 10148). Change them there, too.",
    ),
    (
        "NF2010",
        "a field cannot be taken back",
        "Its line left the manifest, and the server has no way back to the default. It stays as it is, and natsform no \
         longer minds it.",
    ),
    (
        "NF2011",
        "idle consumers will be deleted",
        "`consumer_limits.inactive_threshold` becomes the threshold of every consumer that has none of its own, and the \
         server deletes a consumer, a durable one too, when nobody uses it for so long. On an interest stream the messages \
         that only it wanted go with it.",
    ),
    (
        "NF2012",
        "an object is replaced",
        "The server refuses the change in place, so the object would be deleted and made again.",
    ),
    (
        "NF2013",
        "a subject goes to another stream",
        "No server lets two streams capture one subject, so the one that has it gives it up before the other one takes it, \
         back to back and with nothing else in between. For these milliseconds no stream takes it: JetStream publishers \
         are answered \"no responders\" (503), or in a cluster perhaps not at all, and have to publish again; what others \
         publish is lost. An apply says how long it was. Messages that are stored stay in the stream that has them; to have \
         them in the other one, too, let it source the first one. Both changes are done or none: where one of them is \
         blocked or not acknowledged, the other one waits.",
    ),
    (
        "NF2014",
        "streams take subjects from each other",
        "No order of their updates is right, because each stream wants what another one has. So one of them gives its \
         subjects up first, in a write of its own: two streams that swap are two steps and three writes. A stream that has \
         nothing left meanwhile captures a subject of natsform's own, `_NATSFORM.` and the stream's name. A run that dies in \
         between leaves it so, and the next apply goes on from there.",
    ),
    (
        "NF2101",
        "a consumer is replaced",
        "It is deleted and made again, and begins where its `deliver_policy` says: what was acknowledged may come again, \
         what was not may be skipped, and on an interest stream unacknowledged messages are deleted.",
    ),
    (
        "NF2102",
        "a consumer is deleted",
        "Its position goes with it. On an interest stream, messages that no other consumer wants are deleted at once.",
    ),
    (
        "NF2103",
        "a consumer's filter changes",
        "A consumer never goes back: messages below its position on subjects that it newly matches are never delivered.",
    ),
    (
        "NF2104",
        "an interest stream's consumer wants less",
        "Messages that no consumer of an interest stream wants any more are deleted.",
    ),
    (
        "NF2105",
        "an idle consumer will be deleted",
        "With `inactive_threshold` the server deletes the consumer, a durable one too, when nobody uses it for so long: its \
         position goes, and on an interest stream the messages that only it wanted.",
    ),
    (
        "NF2201",
        "alerts lose their state",
        "A server knows an alert by its file, its group, its name and its labels, those of the group included. Where one of \
         them changes, or the rule goes, what is pending or firing now begins anew: Prometheus stops sending it, \
         Alertmanager takes it for resolved after about four minutes and says so, and what comes after it fires once its \
         `for` has passed, as a new alert. Another expression keeps the state of the series that it still gives. A plan \
         counts the alerts (`alerts_reset`) and names them (`resets`); more of them than the environment's \
         `limits.max_alert_resets` (0 where it says nothing) take an acknowledgement. They are counted again just before \
         the write.",
    ),
    (
        "NF2202",
        "an alert would fire now",
        "The expression of a new or changed alert was evaluated: it holds for so many series now (`firing_now`), and these \
         are the first texts that people would read (`texts`: the annotation `summary`, else `description`, rendered). \
         It is information, and changes neither the plan nor its exit code.",
    ),
    (
        "NF2203",
        "an alert could not be tried",
        "A plan evaluates the expressions of new and changed alerts on the live server, within 5 seconds, 2 for each, and \
         for at most 200 alerts and 500 series. What does not fit into that, or what the server refused, is not known; \
         nothing else changes for it.",
    ),
    (
        "NF2204",
        "rules that an old file has, too",
        "The file of a document is named after it. A document that was renamed makes a new file, and the old one stays as \
         something that may be pruned: until then both are loaded, alerts fire twice, and recording rules write the same \
         series twice. Remove the old one in the same run (`--prune delete`), or keep the old name.",
    ),
];
