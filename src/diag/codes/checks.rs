//! NF06xx: what checks across kinds find. How to silence one stands on the page of NF0690.

use super::Page;

pub static CODES: &[Page] = &[
    (
        "NF0601",
        "metric-unknown: a metric that nothing exports",
        "An alert on a metric that does not exist never fires, and nobody notices. A metric is known where a rule of the \
         run records it, where nats-surveyor or prometheus-nats-exporter export it (their names are shipped with \
         natsform), or where the live server has it. Without a server only names that begin as those of NATS' exporters \
         are judged; with one, a NATS metric that nobody knows is an error.\n\n\
         Bad: `nats_core_conn_count > 1000`. Good: `nats_core_connection_count > 1000`.\n\n\
         To silence it: `# natsform:ignore metric-unknown WHY` (see NF0690).",
    ),
    (
        "NF0602",
        "label-unknown: a label that the metric never has",
        "A matcher of such a label never fits, and `by` makes one group of everything. The two exporters of NATS call the \
         same by other names: `stream` and `stream_name`.\n\n\
         Bad: `jetstream_stream_total_bytes{stream=\"S\"} > 1e9`. Good: `jetstream_stream_total_bytes{stream_name=\"S\"} > 1e9`.\n\n\
         To silence it: `# natsform:ignore label-unknown WHY` (see NF0690).",
    ),
    (
        "NF0603",
        "no-comparison: an alert without a condition",
        "An alert fires for every series of its expression, also for those that are 0. What reads no metric at all, as \
         `vector(1)`, fires always on purpose.\n\n\
         Bad: `rate(errors_total[5m])`. Good: `rate(errors_total[5m]) > 0.1`.\n\n\
         To silence it: `# natsform:ignore no-comparison WHY` (see NF0690).",
    ),
    (
        "NF0604",
        "counter-misuse: a counter read as a gauge, or the other way round",
        "A counter only grows and begins again with its process: a threshold on it holds for ever once it is passed. And \
         `rate` takes each drop of a gauge for a restart. What a metric is comes from natsform's own catalogue (the exporter \
         declares its counters as gauges), else from the live server.\n\n\
         Bad: `gnatsd_varz_slow_consumers > 10`. Good: `increase(gnatsd_varz_slow_consumers[5m]) > 10`.\n\n\
         To silence it: `# natsform:ignore counter-misuse WHY` (see NF0690).",
    ),
    (
        "NF0605",
        "window: a range that holds too few samples",
        "`rate` needs two samples in its range. With less than twice the scrape interval it mostly gives nothing; with less \
         than four times, one lost scrape is enough. A range shorter than the group's interval leaves times that nobody \
         looks at.\n\n\
         Bad, at a scrape interval of 1m: `rate(x_total[1m])`. Good: `rate(x_total[5m])`.\n\n\
         To silence it: `# natsform:ignore window WHY` (see NF0690).",
    ),
    (
        "NF0606",
        "duplicate: the same rule twice",
        "Two rules of one name with the same labels in a group write the same series, or page twice for one fault. The same \
         is said of a rule that stands in another group with the same expression, and of one that somebody else has \
         loaded already.\n\n\
         Bad: the alert `Down` twice in a group. Good: two alerts with another `severity` each.\n\n\
         To silence it: `# natsform:ignore duplicate WHY` (see NF0690).",
    ),
    (
        "NF0607",
        "self-ratio: series divided by themselves",
        "Both sides of a division are paired by all their labels. Where they are the same metric, each series is paired with \
         itself, and the quotient is always 1.\n\n\
         Bad: `rate(req_total{code=~\"5..\"}[5m]) / rate(req_total[5m]) > 0.05`. Good: \
         `sum(rate(req_total{code=~\"5..\"}[5m])) / sum(rate(req_total[5m])) > 0.05`.\n\n\
         To silence it: `# natsform:ignore self-ratio WHY` (see NF0690).",
    ),
    (
        "NF0608",
        "maybe-zero-divisor: a divisor that may be 0",
        "x / 0 is +Inf, which is more than any threshold: the alert fires for ever. Limits are 0 where there is none. It is \
         said of limits by their names (`…_limit_…`, `…_max_…`, `…_quota_…`), of metrics of NATS and of rates; not of \
         totals, and not of limits that are always set, as those of the kernel.\n\n\
         Bad: `redis_memory_used_bytes / redis_memory_max_bytes > 0.8`. Good: \
         `redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.8`.\n\n\
         To silence it: `# natsform:ignore maybe-zero-divisor WHY` (see NF0690).",
    ),
    (
        "NF0609",
        "unscoped: a metric of every job, and no matcher",
        "`up`, `process_…` and `go_…` come from every process, Prometheus itself among them. A note. `up == 0` is about \
         each job by itself, and a share as `process_open_fds / process_max_fds` means the same for all: nothing is said of \
         them.\n\n\
         Bad: `process_resident_memory_bytes > 1e9`. Good: `process_resident_memory_bytes{job=\"api\"} > 1e9`.\n\n\
         To silence it: `# natsform:ignore unscoped WHY` (see NF0690).",
    ),
    (
        "NF0610",
        "alert-name-vs-target: named after a server, asks after what watches it",
        "`up` of a surveyor, an exporter or a prober tells whether that one answers. An exporter goes on when its server is \
         down. A note.\n\n\
         Bad: `NATSNodeDown` with `up{job=\"nats-surveyor\"} == 0`. Good: `NATSSurveyorDown` with the same, and `NATSNodeDown` \
         with `nats_survey_surveyed_count < nats_survey_expected_count`.\n\n\
         To silence it: `# natsform:ignore alert-name-vs-target WHY` (see NF0690).",
    ),
    (
        "NF0611",
        "metric-needs-flag: a metric that is there only with a flag",
        "NATS' exporters have many metrics only with a flag. Offline it is a note, once for each metric; where the live \
         server does not have the metric, a warning.\n\n\
         Bad: `nats_connz_total > 1000` beside an exporter without `-connz`. Good: the same beside \
         `prometheus-nats-exporter -connz -prefix nats`.\n\n\
         To silence it: `# natsform:ignore metric-needs-flag WHY` (see NF0690).",
    ),
    (
        "NF0612",
        "for-interval: times that do not go with the interval",
        "An alert changes only when its group is evaluated, so that `for: 90s` at an interval of 1m means 2m. Series of a \
         group with an interval above 5m have gaps, because a server looks back 5m. Where nobody says the interval, 1m is \
         taken and it is a note.\n\n\
         Bad: `for: 30s` in a group with `interval: 1m`. Good: `for: 1m`.\n\n\
         To silence it: `# natsform:ignore for-interval WHY` (see NF0690).",
    ),
    (
        "NF0613",
        "summary: an alert that does not say what it is about",
        "Who is woken reads the annotations first. One note for each group, about alerts that have labels.\n\n\
         Bad: no annotations. Good: `annotations: {summary: \"{{ $labels.instance }} is down\"}`.\n\n\
         To silence it: `# natsform:ignore summary WHY` (see NF0690).",
    ),
    (
        "NF0614",
        "replicas: a sum over the replicas of a stream",
        "Every replica of a stream reports it and its consumers: `sum()` counts a stream with three replicas three times. \
         Where no stream of the run is known it is a note, where all have one replica nothing is said.\n\n\
         Bad: `sum(nats_stream_total_messages)`. Good: `sum(max by (account_name, stream) (nats_stream_total_messages))`.\n\n\
         To silence it: `# natsform:ignore replicas WHY` (see NF0690).",
    ),
    (
        "NF0615",
        "both-exporters: everything is there twice",
        "With `-prefix nats` the exporter calls its metrics of streams and consumers as nats-surveyor does. A server that \
         scrapes both has each twice, with other labels.\n\n\
         Bad: `sum(nats_consumer_num_pending)`. Good: `sum(nats_consumer_num_pending{job=\"nats-surveyor\"})`.\n\n\
         To silence it: `# natsform:ignore both-exporters WHY` (see NF0690).",
    ),
    (
        "NF0616",
        "cross-resource: a stream, consumer or account that nobody knows",
        "A rule names an object that neither the manifests nor JetStream know: it can never fire. It is said only where \
         JetStream was read completely. Of accounts only a slip of the pen is said, because a run does not see all of \
         them.\n\n\
         Bad: `nats_consumer_num_pending{stream=\"ODRERS\"} > 1000`. Good: `…{stream=\"ORDERS\"}`.\n\n\
         To silence it: `# natsform:ignore cross-resource WHY` (see NF0690).",
    ),
    (
        "NF0617",
        "same-port: two jobs scrape one address",
        "On one host one process listens on a port: the two jobs show the same process, and one of them is believed to be \
         another. It is said at a rule that asks for one of the jobs.\n\n\
         Bad: the jobs `analytics` and `nats-exporter` both with the target `host:7778`. Good: each with a port of its own.\n\n\
         To silence it: `# natsform:ignore same-port WHY` (see NF0690).",
    ),
    (
        "NF0618",
        "matcher-covers: a pattern that catches some of the jobs",
        "A pattern for `job` in an alert on `up` that catches no job of the live server is a warning: it never fires. One that \
         leaves out jobs whose `up` no other alert asks for is a note that names them.\n\n\
         Bad: `up{job=~\"chat.*\"} == 0` beside a job `bot_server`. Good: `up{job=~\"(chat|bot)_server\"} == 0`.\n\n\
         To silence it: `# natsform:ignore matcher-covers WHY` (see NF0690).",
    ),
    (
        "NF0690",
        "a suppression without a reason",
        "`# natsform:ignore CHECK WHY` silences a check: on a rule or in the line above it for the rule, above or on a group \
         for the group, at the top of the document for the document. CHECK is the first word of the title of these pages \
         (`metric-unknown`), or several with commas between. Say why: who reads it next asks. Comments of pint (`# pint \
         disable promql/series`) silence the checks that are the same.",
    ),
    (
        "NF0691",
        "a suppression that suppresses nothing",
        "What it was for is gone, or it stands at the wrong place. Remove it.",
    ),
    ("NF0692", "a suppression of no check", "No check is called so: it suppresses nothing."),
];
