//! Subjects that change hands while somebody publishes on them.

use crate::support::{At, NatsServer, Program, Proxy, RawClient, servers};
use async_nats::RequestErrorKind;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Documents of streams with these subjects, all of them in memory.
fn streams(all: &[(&str, &str)]) -> String {
    let one = |(name, subjects): &(&str, &str)| {
        format!(
            "apiVersion: natsform/v1\nkind: Stream\nmetadata: {{name: {name}}}\nspec: {{subjects: [{subjects}], storage: memory}}\n"
        )
    };
    all.iter().map(one).collect::<Vec<_>>().join("---\n")
}

/// Publishers that try again what nobody took, each with ids of its own and on a thread of its own: a test that waits for
/// the program does nothing else.
struct Publishers {
    stop: Arc<AtomicBool>,
    acked: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<Published>>,
}

/// What became of one publisher's messages.
#[derive(Default)]
struct Published {
    /// By id: the stream that acknowledged it.
    acked: BTreeMap<String, String>,
    /// From the first refusal's arrival to the moment when the last message that was refused was sent: a gap is no shorter.
    refused: Option<(Instant, Instant)>,
}

impl Publishers {
    fn start(url: &str, subjects: &[&str]) -> Self {
        let (stop, acked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let run = |subject: &&str| {
            let (url, subject) = (url.to_owned(), (*subject).to_owned());
            let (stop, acked) = (stop.clone(), acked.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async { publish(RawClient::connect(&url).await, subject, &stop, &acked).await })
            })
        };
        let threads = subjects.iter().map(run).collect();
        Self { stop, acked, threads }
    }

    /// Waits until so many more messages were acknowledged.
    async fn more(&self, n: usize) {
        let wanted = self.acked.load(Ordering::Relaxed) + n;
        let until = Instant::now() + Duration::from_secs(30);
        while self.acked.load(Ordering::Relaxed) < wanted {
            assert!(Instant::now() < until, "the publishers do not get on");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn end(self) -> Vec<Published> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|thread| thread.join().expect("a publisher")).collect()
    }
}

async fn publish(client: RawClient, subject: String, stop: &AtomicBool, acked: &AtomicUsize) -> Published {
    let mut out = Published::default();
    for i in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{subject}#{i}");
        loop {
            let sent = Instant::now();
            match client.nats.request(subject.clone(), id.clone().into()).await {
                Ok(answer) => {
                    let ack: Value = serde_json::from_slice(&answer.payload).expect("an acknowledgement");
                    assert!(ack["error"].is_null(), "{id}: {ack}");
                    out.acked.insert(id, ack["stream"].as_str().expect("a stream").to_owned());
                    acked.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(e) if e.kind() == RequestErrorKind::NoResponders => {
                    let first = out.refused.map_or_else(Instant::now, |(first, _)| first);
                    out.refused = Some((first, sent));
                }
                Err(e) => panic!("{id}: {e}"),
            }
        }
    }
    out
}

/// Every id that was acknowledged is in the stream that acknowledged it, once, and nothing else is anywhere.
async fn nothing_lost_nothing_twice(case: &str, client: &RawClient, all: &[Published], old: &[(&str, &str, u64)]) {
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (stream, subject, n) in old {
        let bodies = (0..*n).map(|i| format!("{subject} message {i}"));
        wanted.entry((*stream).to_owned()).or_default().extend(bodies);
    }
    for (id, stream) in all.iter().flat_map(|p| &p.acked) {
        let subject = id.split('#').next().expect("a subject");
        wanted.entry(stream.clone()).or_default().push(format!("{subject} {id}"));
    }
    for (stream, mut wanted) in wanted {
        let mut stored: Vec<String> =
            client.stored(&stream).await.into_iter().map(|(subject, body)| format!("{subject} {body}")).collect();
        stored.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(stored.len(), wanted.len(), "{case} {stream}");
        assert!(stored == wanted, "{case} {stream}: as many, and others");
    }
}

/// What an apply says of the gaps: the subjects, and for how long at most.
fn gaps(applied: &Value) -> BTreeMap<String, Duration> {
    let notes =
        applied["steps"].as_array().into_iter().flatten().flat_map(|s| s["notes"].as_array().into_iter().flatten());
    let one = |note: &Value| {
        let (subjects, most) = note.as_str()?.strip_prefix("no stream took ")?.split_once(" for at most ")?;
        let most = natsform::units::parse_duration(most).expect("a duration");
        Some((subjects.to_owned(), Duration::from_nanos(most.unsigned_abs())))
    };
    notes.map(|note| one(note).unwrap_or_else(|| panic!("{note}"))).collect()
}

/// The stream writes of a run, without the prefix.
fn stream_writes(proxy: &Proxy) -> Vec<String> {
    proxy.writes().iter().filter_map(|s| s.strip_prefix("$JS.API.STREAM.")).map(str::to_owned).collect()
}

/// Changes hands under publishers: what is written, what is said, and that every message is where it was acknowledged.
async fn under_publishers(
    version: &str,
    before: &[(&str, &str)],
    after: &[(&str, &str)],
    publish: &[&str],
    writes: &[&str],
    expected_gaps: &[&str],
) {
    let server = NatsServer::start(version);
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    let client = RawClient::connect(server.url()).await;
    program.manifest(&streams(before));
    program.must(0, &["apply", "--yes"]);
    let mut old = Vec::new();
    for subject in publish {
        let ack = client.publish_bytes(subject, b"message 0").await;
        client.publish_bytes(subject, b"message 1").await;
        let stream = ack["stream"].as_str().expect("a stream").to_owned();
        old.push((stream, *subject, 2));
    }
    let old: Vec<(&str, &str, u64)> = old.iter().map(|(stream, subject, n)| (stream.as_str(), *subject, *n)).collect();
    // others in the same run, which must not come in between
    let names: Vec<(String, String)> = (0..20).map(|i| (format!("N{i}"), format!("n{i}.>"))).collect();
    let mut all = after.to_vec();
    all.extend(names.iter().map(|(name, subject)| (name.as_str(), subject.as_str())));
    program.manifest(&streams(&all));
    proxy.clear();
    let publishers = Publishers::start(server.url(), publish);
    publishers.more(200).await;
    let applied = program.must(0, &["apply", "--yes", "--format", "json"]).json();
    publishers.more(200).await;
    let published = publishers.end();
    let case = format!("{version} {before:?}");

    nothing_lost_nothing_twice(&case, &client, &published, &old).await;
    let sent = stream_writes(&proxy);
    let at = sent.iter().position(|s| s == writes[0]).unwrap_or_else(|| panic!("{case}: {sent:?}"));
    assert_eq!(sent[at..(at + writes.len()).min(sent.len())], *writes, "{case}: back to back: {sent:?}");
    assert_eq!(sent.len(), 20 + writes.len(), "{case}: {sent:?}");
    let gaps = gaps(&applied);
    assert_eq!(gaps.keys().map(String::as_str).collect::<Vec<_>>(), expected_gaps, "{case}: {applied}");
    for (subject, published) in publish.iter().zip(&published) {
        let Some((first, last)) = published.refused else { continue };
        let own = gaps.iter().find(|(gap, _)| natsform::systems::jetstream::collide(gap.trim_matches('`'), subject));
        let (_, most) = own.unwrap_or_else(|| panic!("{case}: {subject} was refused and nothing told: {gaps:?}"));
        let seen = last.saturating_duration_since(first);
        assert!(seen <= *most, "{case} {subject}: refused for {seen:?}, and {most:?} were told");
    }
    for (name, subjects) in after {
        let config = client.stream_config(name).await.expect("a stream");
        let subjects: Vec<&str> = subjects.split(", ").collect();
        assert_eq!(config["subjects"], json!(subjects), "{case}");
    }
    program.must(0, &["plan", "--detailed-exitcode"]);
}

#[tokio::test]
async fn two_streams_swap_under_publishers() {
    for (version, _) in servers() {
        under_publishers(
            version,
            &[("A", "x.>"), ("B", "y.>")],
            &[("A", "y.>"), ("B", "x.>")],
            &["x.1", "y.1"],
            &["UPDATE.A", "UPDATE.B", "UPDATE.A"],
            &["`x.>`", "`y.>`"],
        )
        .await;
    }
}

#[tokio::test]
async fn three_streams_pass_their_subjects_round() {
    for (version, _) in servers() {
        under_publishers(
            version,
            &[("A", "a.*"), ("B", "b.>"), ("C", "c, k.C")],
            &[("A", "b.1"), ("B", "c"), ("C", "a.1, k.C")],
            &["a.1", "b.1", "c", "k.C"],
            &["UPDATE.C", "UPDATE.B", "UPDATE.A", "UPDATE.C"],
            &["`a.1`", "`b.1`", "`c`"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_subject_moves_to_another_stream_and_to_a_new_one() {
    for (version, _) in servers() {
        under_publishers(
            version,
            &[("A", "a.>, x.>"), ("B", "b.>")],
            &[("A", "a.>"), ("B", "b.>, x.>")],
            &["x.1", "a.1"],
            &["UPDATE.A", "UPDATE.B"],
            &["`x.>`"],
        )
        .await;
        under_publishers(
            version,
            &[("A", "a.>, x.>")],
            &[("A", "a.>"), ("B", "x.>")],
            &["x.1", "a.1"],
            &["UPDATE.A", "CREATE.B"],
            &["`x.>`"],
        )
        .await;
    }
}

/// Without `subjects` a stream captures its own name: who has that gives it up before the stream is there.
#[tokio::test]
async fn a_stream_without_subjects_takes_its_name_from_another() {
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let program = Program::at(server.url());
        let client = RawClient::connect(server.url()).await;
        program.manifest(&streams(&[("OLD", "k.>, NEW"), ("A", "x"), ("B", "A")]));
        program.must(0, &["apply", "--yes"]);
        client.publish("NEW", 2).await;
        // beside it one that goes back to its name, which another one has: a swap
        let next = streams(&[("OLD", "k.>"), ("NEW", ""), ("A", ""), ("B", "x")]);
        program.manifest(&next.replace("subjects: [], ", ""));
        let plan = program.must(0, &["plan"]).stdout;
        assert!(
            plan.contains("`NEW` comes from stream/OLD") && plan.contains("2 steps, 3 writes"),
            "{version}: {plan}"
        );
        assert!(!plan.contains("NF2008"), "{version}: every subject is taken: {plan}");
        let applied = program.must(0, &["apply", "--yes", "--format", "json"]).json();
        assert_eq!(gaps(&applied).into_keys().collect::<Vec<_>>(), ["`A`", "`NEW`", "`x`"], "{version}: {applied}");
        for (name, subjects) in [("OLD", "k.>"), ("NEW", "NEW"), ("A", "A"), ("B", "x")] {
            let config = client.stream_config(name).await.expect("a stream");
            assert_eq!(config["subjects"], json!([subjects]), "{version} {name}");
        }
        assert_eq!(client.messages("OLD").await, 2, "{version}: what is stored stays");
        program.must(0, &["plan", "--detailed-exitcode"]);
    }
}

const BEFORE: [(&str, &str); 2] = [("A", "x.>"), ("B", "y.>")];
const AFTER: [(&str, &str); 2] = [("A", "y.>"), ("B", "x.>")];

/// A plan of a swap, in text and as JSON.
#[tokio::test]
async fn a_plan_names_the_writes_of_a_swap() {
    let server = NatsServer::start("2.15");
    let program = Program::at(server.url());
    program.manifest(&streams(&BEFORE));
    program.must(0, &["apply", "--yes"]);
    program.manifest(&streams(&AFTER));
    let text = program.must(0, &["plan"]).stdout;
    for words in ["2 writes: release, update", "NOTE NF2013", "NOTE NF2014", "2 steps, 3 writes", "Plan: 2 update"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("NF2008") && !text.contains("RISK"), "no subject is left to nobody: {text}");
    let json = program.must(0, &["plan", "--format", "json"]).json();
    assert_eq!(json["changes"][0]["writes"], json!(["release", "update"]), "{json}");
    assert_eq!(json["changes"][1]["writes"], json!(["update"]), "{json}");
}

/// The two streams, one of them with a consumer of its own subject.
fn with_reader([(a, x), (b, y)]: [(&str, &str); 2]) -> String {
    let reader = format!("consumers: {{reader: {{ack_policy: explicit, filter_subject: {x}}}}}");
    streams(&[(a, x), (b, y)]).replacen("storage: memory", &format!("storage: memory, {reader}"), 1)
}

/// A server with the streams before, and a program behind a proxy that is to swap them.
async fn about_to_swap(version: &str) -> (NatsServer, Proxy, Program, RawClient) {
    let server = NatsServer::start(version);
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    let client = RawClient::connect(server.url()).await;
    program.manifest(&with_reader(BEFORE));
    program.must(0, &["apply", "--yes"]);
    client.publish("x.1", 3).await;
    client.publish("y.1", 2).await;
    program.manifest(&with_reader(AFTER));
    proxy.clear();
    (server, proxy, program, client)
}

/// Kills at each write of a swap; the next apply goes on, and what is stored stays where it is.
async fn dies_in_a_swap(version: &str) {
    let (_server, proxy, program, _) = about_to_swap(version).await;
    program.must(0, &["apply", "--yes"]);
    let writes = proxy.writes().len();
    assert!(writes > 6, "{:?}", proxy.writes());
    let mut parked = 0;
    for (nth, at) in (1..=writes).flat_map(|nth| [(nth, At::Before), (nth, At::After)]) {
        let case = format!("{version}, write {nth} of {writes}, {at:?}");
        let (_server, proxy, program, client) = about_to_swap(version).await;
        proxy.hold(nth, at);
        let running = program.start(&["apply", "--yes"]);
        assert!(proxy.wait_held(|| false), "{case}");
        running.kill9();
        proxy.abandon();
        let subjects = client.stream_config("A").await.expect("a stream")["subjects"].clone();
        if subjects == json!(["_NATSFORM.A"]) {
            parked += 1;
            let plan = program.must(0, &["plan"]).stdout;
            assert!(plan.contains("[_NATSFORM.A] → [y.>]") && !plan.contains("NF2008"), "{case}: {plan}");
        }
        let again = program.run(&["apply", "--yes"]);
        assert_eq!(again.code, Some(0), "{case}: {}", again.told());
        for (name, subject) in AFTER {
            let config = client.stream_config(name).await.expect("a stream");
            assert_eq!(config["subjects"], json!([subject]), "{case}: {}", again.told());
        }
        assert_eq!((client.messages("A").await, client.messages("B").await), (3, 2), "{case}");
        program.must(0, &["plan", "--detailed-exitcode"]);
        let doomed = program.run(&["destroy", "--yes", "--format", "json"]).json();
        assert_eq!(doomed["steps"].as_array().map_or(0, Vec::len), 2, "both are ours: {case}: {doomed}");
    }
    assert_eq!(parked, 4, "{version}: after the release, and before and after the write that follows");
}

#[tokio::test]
async fn killed_at_each_write_of_a_swap_on_2_10() {
    dies_in_a_swap("2.10").await;
}

#[tokio::test]
async fn killed_at_each_write_of_a_swap_on_2_15() {
    dies_in_a_swap("2.15").await;
}

/// What was given up is taken, although the run was told to stop in between.
#[tokio::test]
async fn a_signal_between_the_writes_of_a_swap_lets_it_end() {
    let server = NatsServer::start("2.15");
    let proxy = Proxy::to(server.url());
    let program = Program::at(proxy.url());
    program.manifest(&streams(&BEFORE));
    program.must(0, &["apply", "--yes"]);
    program.manifest(&streams(&AFTER));
    proxy.clear();
    // the lock, the intents, and then the release
    proxy.hold(3, At::After);
    let running = program.start(&["apply", "--yes"]);
    assert!(proxy.wait_held(|| false));
    assert_eq!(stream_writes(&proxy), ["UPDATE.A"]);
    running.signal("INT");
    running.wait_for("stopping");
    proxy.release();
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.told());
    assert_eq!(stream_writes(&proxy), ["UPDATE.A", "UPDATE.B", "UPDATE.A"]);
    program.must(0, &["plan", "--detailed-exitcode"]);
}

/// A selection leaves the stream that has the subject as it is: the plan sees that, and not only the server (10065).
#[test]
fn a_selection_that_takes_what_another_stream_has_is_blocked() {
    for (version, _) in servers() {
        let server = NatsServer::start(version);
        let program = Program::at(server.url());
        program.manifest(&streams(&[("A", "x.>")]));
        program.must(0, &["apply", "--yes"]);
        program.manifest(&streams(&[("A", "y.>"), ("B", "x.1")]));
        for (code, run) in [(0, ["plan", "-t", "stream/B"].as_slice()), (3, &["apply", "--yes", "-t", "stream/B"])] {
            let blocked = program.must(code, run);
            let told = blocked.told().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains("`x.1` belongs to stream/A"), "{version}: {told}");
        }
        program.must(0, &["apply", "--yes"]);
        program.must(0, &["plan", "--detailed-exitcode"]);
    }
}
