#!/usr/bin/env python3
"""Writes src/promql/nats-metrics.json from facts/nats-metrics.yaml (given as the argument)."""
import json, re, sys, yaml

facts = yaml.safe_load(open(sys.argv[1]))
sets, rows = [], []

# What counts up although its type says gauge (exporter: every number of varz is one).
COUNTS = re.compile(
    r"_(in|out)_(client_)?(msgs|bytes)$|_varz_(total_connections|slow_consumers|stale_connections|stalled_clients)$"
    r"|_(slow_consumer|stale_connection)_stats_|_http_req_stats_|_jetstream_stats_api_(total|errors)$"
    r"|_accstatz_((received|sent)_|slow_consumers$|total_connections$)|_subsz_num_(inserts|removes|matches)$"
    r"|_core_slow_consumer_count$|_core_account_slow_consumer_count$"
)
UNCLEAR = re.compile(r"_disk_io_wait_stats_(waits|wait_time|max_wait_time)$|_gateway_inbound_msg_count$")
SEQUENCE = re.compile(r"_seq$|_raftz_meta_(applied|committed|pindex)$")
TIME = re.compile(r"_varz_(start|config_load_time)$|_connz_(start|last_activity)$|_start_time(_seconds)?$|_timestamp_seconds$")
INFO = re.compile(r"_info$")


def semantic(m, name):
    if m["type"] == "counter" or COUNTS.search(name): return "counter"
    if m["type"] in ("histogram", "summary"): return m["type"]
    if UNCLEAR.search(name): return "unclear"
    if SEQUENCE.search(name): return "sequence"
    if TIME.search(name): return "time"
    if INFO.search(name) or ("value" in m["labels"] and "healthz" not in name): return "info"
    return "gauge"


def surveyor_flags(name):
    if name.startswith("nats_core_account_"): return ["--accounts"]
    if name.startswith("nats_core_gatewayz_"): return ["--gatewayz"]
    if re.match(r"nats_(stream|consumer)_", name): return ["--jsz"]
    if name.startswith("nats_jetstream_"): return ["--jetstream"]
    if name.startswith("nats_latency_"): return ["--observe"]
    return []


def exporter_flags(flag):
    if flag.startswith("-connz:") or "with -connz only" in flag: return ["-connz", "-connz_detailed"]
    return [re.split(r"[ ,:]", flag)[0]]


def row(tool, m, name, other, flags, detailed):
    labels = sorted(m["labels"])
    if labels not in sets: sets.append(labels)
    note = {"not_on": m.get("not_on"), "never_emitted": m.get("never_emitted"), "detailed": detailed or None}
    note = {k: v for k, v in note.items() if v}
    rows.append([tool, name, other, m["type"], semantic(m, name), sets.index(labels), flags, m["unit"]] + ([note] if note else []))


for m in facts["surveyor"]:
    row("surveyor", m, m["name"], None, surveyor_flags(m["name"]), False)
for m in facts["exporter"]:
    flags = exporter_flags(m["flag"])
    row("exporter", m, m["name"], m["name_prefix_nats"], flags, len(flags) > 1)

aliases = []
for d in facts["described_names"]:
    if not d["real"]:
        names = [n for n in re.findall(r"nats_[a-z0-9_]+", d["use"])]
        aliases.append([d["name"], names, d["use"]])

# facts/prometheus.md section 10 is finer here: streams are counted once for each replica, their leaders are not
leaders = "nats_core_jetstream_server_total_stream_leaders"
for alias in aliases:
    if alias[0] == "nats_jetstream_streams":
        alias[1] = ["nats_server_total_streams", leaders]
        alias[2] = f"nats_server_total_streams (exporter -jsz; counts replicas) or {leaders} (surveyor; its sum is the true count)"

compact = lambda x: json.dumps(x, separators=(",", ":"))
out = ['{"labels":[']
out.append(",\n".join(compact(s) for s in sets))
out.append('],"metrics":[')
out.append(",\n".join(compact(r) for r in rows))
out.append('],"aliases":[')
out.append(",\n".join(compact(a) for a in aliases))
out.append("]}")
open("src/promql/nats-metrics.json", "w").write("\n".join(out) + "\n")
