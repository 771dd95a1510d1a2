use super::*;

#[test]
fn the_catalogue_is_whole() {
    let of = |tool, prefixed| catalogue().iter().filter(|m| m.tool == tool && m.prefixed == prefixed).count();
    assert_eq!((of(Tool::Surveyor, false), of(Tool::Exporter, false), of(Tool::Exporter, true)), (179, 209, 209));
    assert!(catalogue().iter().all(|m| !m.labels.is_empty() || m.tool == Tool::Surveyor));
    let both: Vec<_> = catalogue().iter().filter(|m| lookup(&m.name).len() > 1 && m.tool == Tool::Surveyor).collect();
    assert_eq!(both.len(), 14, "facts section 10: names that both tools export");
}

#[test]
fn a_metric_is_found_under_its_names() {
    let [varz] = lookup("nats_varz_in_msgs")[..] else { panic!() };
    assert_eq!(
        (varz.tool, varz.prefixed, varz.metric_type, varz.semantic),
        (Tool::Exporter, true, Type::Gauge, Semantic::Counter)
    );
    assert_eq!(varz.other_name.as_deref(), Some("gnatsd_varz_in_msgs"));
    assert_eq!(varz.flags, ["-varz"]);
    assert!(varz.has_label("server_id") && varz.has_label("job") && !varz.has_label("stream_name"));
    assert!(lookup("gnatsd_varz_in_msgs").len() == 1 && lookup("jetstream_stream_total_messages").len() == 1);
    assert_eq!(lookup("nats_connz_total")[0].flags, ["-connz", "-connz_detailed"]);
    assert!(lookup("nats_connz_total")[0].detailed);
    assert_eq!(lookup("nats_stream_last_seq")[0].semantic, Semantic::Sequence);
    assert_eq!(lookup("nats_varz_start")[0].semantic, Semantic::Time);
    assert_eq!(lookup("nats_varz_version")[0].semantic, Semantic::Info);
    assert_eq!(lookup("nats_healthz_status_value")[0].semantic, Semantic::Gauge);
    let histogram = lookup("nats_jetstream_acknowledgement_duration_bucket");
    assert!(histogram.len() == 1 && histogram[0].has_label("le"));
    assert!(lookup("nats_nothing").is_empty());
    assert!(lookup("nats_core_mem_bytes")[0].flags.is_empty());
}

#[test]
fn a_misspelt_metric_finds_its_name() {
    let cases = [
        ("nats_jetstream_enabled", "nats_core_jetstream_enabled"),
        ("nats_jetstream_memory", "nats_varz_jetstream_stats_memory"),
        ("nats_jetstream_streams", "nats_server_total_streams"),
        ("nats_varz_in_msgs_total", "nats_varz_in_msgs"),
        ("nats_varz_out_msgs_total", "nats_varz_out_msgs"),
        ("nats_core_conn_count", "nats_core_connection_count"),
        ("nats_core_sub_count", "nats_core_subs_count"),
        ("nats_jetstream_messages_total", "nats_server_total_messages"),
        ("nats_consumer_pending", "nats_consumer_num_pending"),
        ("nats_varz_conections", "nats_varz_connections"),
        ("nats_stream_messages", "nats_stream_total_messages"),
        ("gnatsd_varz_slow_consumer", "gnatsd_varz_slow_consumers"),
    ];
    for (written, meant) in cases {
        assert_eq!(nearest(written).first(), Some(&meant), "{written}: {:?}", nearest(written));
    }
    assert!(nearest("http_requests_total").is_empty(), "{:?}", nearest("http_requests_total"));
    assert!(aliases("nats_core_conn_count").is_some() && aliases("up").is_none());
}
