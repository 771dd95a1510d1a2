//! Values of streams and consumers. Every row is what follows the envelope, from line 4 on.

use super::Row;

/// Behind the envelope of the stream `A`.
pub const STREAM: &[Row] = &[
    (
        "a switch as yes",
        "spec: {deny_delete: yes}\n",
        &["4:21 NF0012 expected `true` or `false`, found the text `yes`"],
    ),
    ("a switch as on", "spec: {allow_direct: on}\n", &["4:22 NF0012 expected `true` or `false`, found the text `on`"]),
    (
        "a switch in quotes",
        "spec: {allow_direct: \"true\"}\n",
        &["4:22 NF0012 expected `true` or `false`, found the text `true`"],
    ),
    ("a switch as a number", "spec: {no_ack: 1}\n", &["4:16 NF0012 expected `true` or `false`, found the text `1`"]),
    ("a switch as a list", "spec: {no_ack: [true]}\n", &["4:17 NF0012 expected `true` or `false`, found a list"]),
    ("10GB", "spec: {max_bytes: 10GB}\n", &["4:21 NF0012 `10GB` can be read in two ways"]),
    ("10K", "spec: {max_bytes: 10K}\n", &["4:21 NF0012 `10K` can be read in two ways"]),
    ("10gib", "spec: {max_bytes: 10gib}\n", &["4:21 NF0012 unknown unit `gib`"]),
    ("10 GiB", "spec: {max_bytes: 10 GiB}\n", &["4:21 NF0012 unknown unit ` GiB`"]),
    ("half a byte", "spec: {max_bytes: 1.5}\n", &["4:19 NF0012 `1.5` is no whole number of bytes"]),
    ("a size below -1", "spec: {max_bytes: -5}\n", &["4:19 NF0012 a size is not negative"]),
    ("a size past 2^63", "spec: {max_bytes: 8388608TiB}\n", &["4:19 NF0012 the size is 2^63 bytes (8 EiB) or more"]),
    (
        "a message size past 2^31",
        "spec: {max_msg_size: 2GiB}\n",
        &["4:22 NF0012 expected a whole number from -1 to 2147483647, found 2147483648"],
    ),
    ("a size that is a word", "spec: {max_bytes: big}\n", &["4:19 NF0012 `big` is no size"]),
    ("a bare 5", "spec: {max_age: 5}\n", &["4:17 NF0012 a bare number is nanoseconds, and 5 ns is no useful duration"]),
    (
        "a bare 30",
        "spec: {duplicate_window: 30}\n",
        &["4:26 NF0012 a bare number is nanoseconds, and 30 ns is no useful duration"],
    ),
    (
        "a negative duration",
        "spec: {max_age: -5s}\n",
        &["4:17 NF0012 expected a duration that is not negative, found the text `-5s`"],
    ),
    (
        "a duration of minus one",
        "spec: {max_age: -1}\n",
        &["4:17 NF0012 expected a duration that is not negative, found the text `-1`"],
    ),
    (
        "a duration past 292 years",
        "spec: {max_age: 300y}\n",
        &["4:17 NF0012 the duration is longer than 2^63 nanoseconds (292 years)"],
    ),
    ("a month", "spec: {max_age: 2mo}\n", &["4:18 NF0012 unknown unit `mo`"]),
    ("hours in words", "spec: {max_age: 24 hours}\n", &["4:19 NF0012 expected a unit, found ` `"]),
    ("a part of a nanosecond", "spec: {max_age: 0.1ns}\n", &["4:17 NF0012 `0.1ns` is no whole number of nanoseconds"]),
    ("a duration in quotes without a unit", "spec: {max_age: \"24\"}\n", &["4:20 NF0012 `24` has no unit"]),
    ("a duration that is a word", "spec: {max_age: soon}\n", &["4:17 NF0012 expected a number, found `s`"]),
    (
        "a retention with a slip",
        "spec: {retention: workque}\n",
        &["4:19 NF0012 `workque` is none of limits, interest, workqueue"],
    ),
    ("a storage in capitals", "spec: {storage: FILE}\n", &["4:17 NF0012 `FILE` is none of file, memory"]),
    (
        "a discard that nothing resembles",
        "spec: {discard: everything}\n",
        &["4:17 NF0012 `everything` is none of old, new"],
    ),
    ("an enum as a list", "spec: {storage: [file]}\n", &["4:18 NF0012 expected one word, found a list"]),
    ("a number in quotes", "spec: {max_msgs: \"5\"}\n", &["4:18 NF0012 expected a whole number, found the text `5`"]),
    (
        "a number with a point",
        "spec: {max_msgs: 5.0}\n",
        &["4:18 NF0012 expected a whole number, found the text `5.0`"],
    ),
    (
        "a number with an exponent",
        "spec: {max_msgs: 1e6}\n",
        &["4:18 NF0012 expected a whole number, found the text `1e6`"],
    ),
    ("an octal number", "spec: {max_msgs: 0755}\n", &["4:18 NF0012 expected a whole number, found the text `0755`"]),
    (
        "a hexadecimal number",
        "spec: {max_msgs: 0x10}\n",
        &["4:18 NF0012 expected a whole number, found the text `0x10`"],
    ),
    (
        "a number past 2^63",
        "spec: {max_msgs: 9223372036854775808}\n",
        &["4:18 NF0012 expected a whole number from -1 to 9223372036854775807, found 9223372036854775808"],
    ),
    (
        "a limit below -1",
        "spec: {max_msgs: -2}\n",
        &["4:18 NF0012 expected a whole number from -1 to 9223372036854775807, found -2"],
    ),
    ("no replicas", "spec: {num_replicas: -1}\n", &["4:22 NF0012 expected a whole number from 1 to 5, found -1"]),
    ("six replicas", "spec: {num_replicas: 6}\n", &["4:22 NF0012 expected a whole number from 1 to 5, found 6"]),
    (
        "a number with misplaced underscores",
        "spec: {max_msgs: 1__0}\n",
        &["4:18 NF0012 expected a whole number, found the text `1__0`"],
    ),
    ("subjects as a text", "spec: {subjects: orders.>}\n", &["4:18 NF0012 expected a list, found the text `orders.>`"]),
    ("subjects as a mapping", "spec: {subjects: {a: b}}\n", &["4:19 NF0012 expected a list, found a mapping"]),
    ("a subject that is a list", "spec: {subjects: [a, [b]]}\n", &["4:23 NF0012 expected text, found a list"]),
    ("a subject that is nothing", "spec: {subjects: [a, null]}\n", &["4:22 NF0012 expected text, found nothing"]),
    ("a description that is a list", "spec: {description: [a]}\n", &["4:22 NF0012 expected text, found a list"]),
    ("placement as a text", "spec: {placement: eu}\n", &["4:19 NF0012 expected a mapping, found the text `eu`"]),
    ("a field of placement with a slip", "spec: {placement: {tag: [eu]}}\n", &["4:20 NF0011 unknown field `tag`"]),
    (
        "a field of a source with a slip",
        "spec: {sources: [{name: A, filter_subjects: x}]}\n",
        &["4:28 NF0011 unknown field `filter_subjects`"],
    ),
    ("sources as a mapping", "spec: {sources: {name: A}}\n", &["4:18 NF0012 expected a list, found a mapping"]),
    (
        "metadata of the server",
        "spec: {metadata: {_nats.ver: x}}\n",
        &["4:19 NF0162 the metadata key `_nats.ver` belongs to the server"],
    ),
    ("metadata that is a list", "spec: {metadata: [a]}\n", &["4:19 NF0012 expected a mapping, found a list"]),
    ("a metadata value that is a list", "spec: {metadata: {a: [b]}}\n", &["4:23 NF0012 expected text, found a list"]),
    ("a field with a slip", "spec: {max_mesgs: 5}\n", &["4:8 NF0011 unknown field `max_mesgs`"]),
    ("a field by half its name", "spec: {replicas: 3}\n", &["4:8 NF0011 unknown field `replicas`"]),
    ("a field that nothing resembles", "spec: {colour: red}\n", &["4:8 NF0011 unknown field `colour`"]),
    ("the name of the API", "spec: {name: A}\n", &["4:8 NF0161 `name` cannot be declared in a spec"]),
    (
        "two that exclude each other",
        "spec: {deny_purge: true, allow_rollup_hdrs: true}\n",
        &["4:20 NF0164 `deny_purge` and `allow_rollup_hdrs` exclude each other"],
    ),
    (
        "consumers as a list",
        "spec: {consumers: [billing]}\n",
        &["4:20 NF0012 consumers must be a mapping from names to consumers"],
    ),
    (
        "a consumer that is a text",
        "spec: {consumers: {billing: yes}}\n",
        &["4:29 NF0012 expected a mapping, found the text `yes`"],
    ),
    (
        "a consumer with a dot in its name",
        "spec: {consumers: {a.b: {}}}\n",
        &["4:20 NF0163 the consumer name \"a.b\" holds `.`"],
    ),
    (
        "a consumer's field with a slip",
        "spec: {consumers: {a: {ack_polcy: all}}}\n",
        &["4:24 NF0011 unknown field `ack_polcy`"],
    ),
    (
        "a consumer that names its stream",
        "spec: {consumers: {a: {stream: A}}}\n",
        &["4:24 NF0011 unknown field `stream`"],
    ),
    (
        "a consumer's durable_name",
        "spec: {consumers: {a: {durable_name: a}}}\n",
        &["4:24 NF0161 `durable_name` cannot be declared in a spec"],
    ),
];

/// Behind the envelope of the consumer `c`.
pub const CONSUMER: &[Row] = &[
    ("no stream", "spec: {ack_policy: all}\n", &["4:1 NF0013 `spec.stream` is missing"]),
    ("no spec", "", &["1:1 NF0013 `spec.stream` is missing"]),
    ("a stream that is a list", "spec: {stream: [A]}\n", &["4:8 NF0012 `stream` must be the name of a stream"]),
    ("a stream with a dot", "spec: {stream: a.b}\n", &["4:16 NF0163 the stream name \"a.b\" holds `.`"]),
    (
        "an ack policy with a slip",
        "spec: {stream: A, ack_policy: explict}\n",
        &["4:31 NF0012 `explict` is none of none, all, explicit, flow_control"],
    ),
    (
        "a wait of 30",
        "spec: {stream: A, ack_wait: 30}\n",
        &["4:29 NF0012 a bare number is nanoseconds, and 30 ns is no useful duration"],
    ),
    ("backoff as a text", "spec: {stream: A, backoff: 1s}\n", &["4:28 NF0012 expected a list, found the text `1s`"]),
    ("a wrong step of backoff", "spec: {stream: A, backoff: [1s, 5x]}\n", &["4:34 NF0012 unknown unit `x`"]),
    (
        "a start time that is a date",
        "spec: {stream: A, opt_start_time: 2024-12-01}\n",
        &["4:35 NF0012 expected a time in RFC 3339, found the text `2024-12-01`"],
    ),
    (
        "a start sequence below zero",
        "spec: {stream: A, opt_start_seq: -1}\n",
        &["4:34 NF0012 expected a whole number from 0 to 18446744073709551615, found -1"],
    ),
    (
        "a sequence past 2^64",
        "spec: {stream: A, opt_start_seq: 18446744073709551616}\n",
        &["4:34 NF0012 expected a whole number from 0 to 18446744073709551615, found 18446744073709551616"],
    ),
    (
        "filters as a text",
        "spec: {stream: A, filter_subjects: a}\n",
        &["4:36 NF0012 expected a list, found the text `a`"],
    ),
    (
        "a pause without an instant",
        "spec: {stream: A, pause_until: tomorrow}\n",
        &["4:32 NF0012 expected a time in RFC 3339, found the text `tomorrow`"],
    ),
    ("the server's own switch", "spec: {stream: A, direct: true}\n", &["4:19 NF0011 unknown field `direct`"]),
    (
        "six replicas",
        "spec: {stream: A, num_replicas: 6}\n",
        &["4:33 NF0012 expected a whole number from 0 to 5, found 6"],
    ),
    (
        "a percentage that is a list",
        "spec: {stream: A, sample_freq: [5]}\n",
        &["4:33 NF0012 expected text, found a list"],
    ),
    (
        "six mistakes at once",
        "spec:\n  stream: A\n  ack_polcy: all\n  ack_wait: 30\n  max_deliver: \"5\"\n  backoff: 1s\n  headers_only: yes\n  max_bytes: 10MB\n",
        &[
            "6:3 NF0011 unknown field `ack_polcy`",
            "7:13 NF0012 a bare number is nanoseconds, and 30 ns is no useful duration",
            "8:16 NF0012 expected a whole number, found the text `5`",
            "9:12 NF0012 expected a list, found the text `1s`",
            "10:17 NF0012 expected `true` or `false`, found the text `yes`",
            "11:16 NF0012 `10MB` can be read in two ways",
        ],
    ),
];
