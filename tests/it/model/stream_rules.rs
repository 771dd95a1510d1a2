//! What a stream may be: defaults, silent adjustments and static rules, in the order in which the server finds them.

use super::{
    error::{ApiError, Check, bad, invalid, pedantic as refuse},
    schema::{Config, Fields},
    source_rules, subjects,
};
use serde_json::json;
use std::collections::BTreeMap;

const MS: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MS;

/// What the rules look at beside the configuration itself.
pub struct Around<'a> {
    pub minor: u32,
    pub pedantic: bool,
    /// The streams that there are.
    pub streams: &'a BTreeMap<String, Config>,
    pub limits: &'a Limits,
}

/// The account's limits; 0 is none.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub max_streams: usize,
    /// Enforced per stream, as the servers do.
    pub max_consumers: usize,
    pub max_storage: i64,
    pub max_memory: i64,
    pub max_ack_pending: i64,
    pub storage_max_stream_bytes: i64,
    pub memory_max_stream_bytes: i64,
    pub max_bytes_required: bool,
}

/// The configuration as it would be stored.
///
/// # Errors
/// The server's own.
pub fn check(mut c: Config, around: &Around) -> Check<Config> {
    names(&c, around)?;
    limits(&mut c, around)?;
    times(&mut c, around)?;
    if c.on("deny_purge") && c.on("allow_rollup_hdrs") {
        return invalid("roll-ups require the purge permission");
    }
    counter(&c, around)?;
    discard_per_subject(&c)?;
    markers(&mut c, around)?;
    schedules(&mut c, around)?;
    persist(&c)?;
    source_rules::mirror(&mut c, around)?;
    source_rules::sources(&c, around)?;
    source_rules::cycles(&c, around)?;
    own_subjects(&mut c, around)?;
    account(&c, around)?;
    mapping(&c, around)?;
    republish(&mut c, around)?;
    placement(&mut c, around)?;
    Ok(c)
}

fn names(c: &Config, around: &Around) -> Check {
    let name = c.text("name");
    let fits = |n: &str| {
        if around.minor < 11 {
            !n.is_empty() && !n.contains([' ', '\t', '\r', '\n', '\x0c', '.', '*', '>'])
        } else {
            subjects::valid_name(n)
        }
    };
    if !fits(name) {
        let more = if around.minor < 11 { "" } else { ", '\\', '/'" };
        return invalid(format!("stream name is required and can not contain '.', '*', '>'{more}"));
    }
    if name.len() > 255 {
        return invalid("stream name is too long, maximum allowed is 255");
    }
    if c.text("description").len() > 4096 {
        return invalid("stream description is too long, maximum allowed is 4096");
    }
    let size: usize =
        c.object("metadata").into_iter().flatten().map(|(k, v)| k.len() + v.as_str().map_or(0, str::len)).sum();
    if size > 131_072 {
        return invalid("stream metadata exceeds maximum size of 131072 bytes");
    }
    Ok(())
}

fn limits(c: &mut Config, around: &Around) -> Check {
    if c.text("storage").is_empty() {
        c.set("storage", json!("file"));
    }
    match c.int("num_replicas") {
        0 => c.set("num_replicas", json!(1)),
        n if n > 5 => return invalid("maximum replicas is 5"),
        n if n < 0 => return bad(10133, "replicas count cannot be negative"),
        _ => {}
    }
    for name in ["max_msgs", "max_msgs_per_subject", "max_bytes", "max_msg_size", "max_consumers"] {
        let n = c.int(name);
        if n < -1 && around.minor >= 12 && around.pedantic {
            return refuse(&format!("{name} must be set to -1"));
        }
        if n == 0 || (n < -1 && around.minor >= 12) {
            c.set(name, json!(-1));
        }
    }
    Ok(())
}

fn times(c: &mut Config, around: &Around) -> Check {
    let age = c.int("max_age");
    if around.minor >= 11 {
        age_rules(age)?;
    }
    let derives = !c.contains_key("mirror") && (around.minor < 14 || !c.contains_key("sources"));
    if c.int("duplicate_window") == 0 && derives {
        if age != 0 && age < 120 * SECOND && around.pedantic {
            return refuse("duplicate window cannot be bigger than max age");
        }
        c.set("duplicate_window", json!(if age == 0 { 120 * SECOND } else { age.min(120 * SECOND) }));
    }
    let window = c.int("duplicate_window");
    if age > 0 && age < 100 * MS {
        return age_rules(age);
    }
    if window < 0 {
        return invalid("duplicates window can not be negative");
    }
    if age != 0 && window > age {
        return invalid("duplicates window can not be larger then max age");
    }
    if window > 0 && window < 100 * MS {
        return invalid("duplicates window needs to be >= 100ms");
    }
    Ok(())
}

fn age_rules(age: i64) -> Check {
    if age < 0 {
        return invalid("max age can not be negative");
    }
    if age != 0 && age < 100 * MS {
        return invalid("max age needs to be >= 100ms");
    }
    Ok(())
}

fn counter(c: &Config, around: &Around) -> Check {
    if !c.on("allow_msg_counter") {
        return Ok(());
    }
    if c.text("discard") == "new" {
        return invalid("counter stream cannot use discard new");
    }
    if c.on("allow_msg_ttl") {
        return invalid("counter stream cannot use message TTLs");
    }
    if c.on("allow_msg_schedules") && around.minor >= 14 {
        return invalid("counter stream cannot use message schedules");
    }
    if !c.text("retention").is_empty() {
        return invalid("counter stream can only use limits retention");
    }
    Ok(())
}

fn discard_per_subject(c: &Config) -> Check {
    if c.on("discard_new_per_subject") {
        if c.text("discard") != "new" {
            return invalid("discard new per subject requires discard new policy to be set");
        }
        if c.int("max_msgs_per_subject") <= 0 {
            return invalid("discard new per subject requires max msgs per subject > 0");
        }
    }
    Ok(())
}

fn markers(c: &mut Config, around: &Around) -> Check {
    let ttl = c.int("subject_delete_marker_ttl");
    if ttl < 0 {
        return invalid("subject delete marker TTL must not be negative");
    }
    if ttl == 0 {
        return Ok(());
    }
    if ttl < SECOND {
        return invalid("subject delete marker TTL must be at least 1 second");
    }
    if !c.on("allow_msg_ttl") {
        if around.pedantic {
            return invalid("subject delete marker cannot be set if message TTLs are disabled");
        }
        c.set("allow_msg_ttl", json!(true));
    }
    rollup(c, around, "subject delete marker cannot be set if roll-ups are disabled")
}

fn schedules(c: &mut Config, around: &Around) -> Check {
    if !c.on("allow_msg_schedules") {
        return Ok(());
    }
    if c.text("discard") == "new" && around.minor >= 14 {
        return invalid("message scheduling cannot use discard new");
    }
    rollup(c, around, "message scheduling cannot be set if roll-ups are disabled")
}

/// Turns roll-ups on, and with them the denial of purges off, without a word.
fn rollup(c: &mut Config, around: &Around, refusal: &str) -> Check {
    if !c.on("allow_rollup_hdrs") {
        if around.pedantic {
            return invalid(refusal);
        }
        c.set("allow_rollup_hdrs", json!(true));
        c.set("deny_purge", json!(false));
    }
    Ok(())
}

fn persist(c: &Config) -> Check {
    if c.text("persist_mode") != "async" {
        return Ok(());
    }
    if c.text("storage") != "file" {
        return invalid("async persist mode is only supported on file storage");
    }
    if c.int("num_replicas") > 1 {
        return invalid("async persist mode is not supported on replicated streams");
    }
    if c.on("allow_atomic") {
        return invalid("async persist mode is not supported with atomic batch publish");
    }
    Ok(())
}

fn own_subjects(c: &mut Config, around: &Around) -> Check {
    if c.list("subjects").is_empty() {
        if !c.contains_key("mirror") && !c.contains_key("sources") {
            let name = c.text("name").to_owned();
            c.set("subjects", json!([name]));
        }
        return Ok(());
    }
    let own = c.list("subjects");
    for (i, subject) in own.iter().enumerate() {
        if !subjects::valid(subject) {
            return invalid("invalid subject");
        }
        if own[..i].contains(subject) {
            return invalid("duplicate subjects detected");
        }
        if *subject == ">" && !c.on("no_ack") {
            return invalid("capturing all subjects requires no-ack to be true");
        }
        if *subject == ">" && c.int("num_replicas") != 1 {
            return invalid("capturing all subjects requires replicas of 1");
        }
        if !c.on("no_ack") {
            reserved(subject, around)?;
        }
        // Before 2.11 the server looked for overlaps after all else: with one subject wrong in two ways it matters.
        let others = own[i + 1..].iter().filter(|_| around.minor >= 11);
        for other in others {
            overlap(subject, other)?;
        }
    }
    for subject in own.iter().filter(|_| around.minor < 11) {
        for other in own.iter().filter(|o| *o != subject) {
            overlap(subject, other)?;
        }
    }
    Ok(())
}

fn overlap(a: &str, b: &str) -> Check {
    if subjects::collide(a, b) { invalid(format!("subject {a:?} overlaps with {b:?}")) } else { Ok(()) }
}

fn reserved(subject: &str, around: &Around) -> Check {
    let touches = |space: &str| {
        if around.minor < 11 { subjects::within(subject, space) } else { subjects::collide(subject, space) }
    };
    let api: &[&str] = if around.minor < 11 { &["$JS.>", "$JSC.>"] } else { &["$JS.>", "$JSC.>", "$NRG.>"] };
    if api.iter().any(|space| touches(space)) && !subjects::within(subject, "$JS.EVENT.>") {
        return invalid("subjects that overlap with jetstream api require no-ack to be true");
    }
    if touches("$SYS.>") && !subjects::within(subject, "$SYS.ACCOUNT.>") {
        return invalid("subjects that overlap with system api require no-ack to be true");
    }
    Ok(())
}

fn account(c: &Config, around: &Around) -> Check {
    let limits = around.limits;
    let most =
        if c.text("storage") == "memory" { limits.memory_max_stream_bytes } else { limits.storage_max_stream_bytes };
    if limits.max_bytes_required && c.int("max_bytes") <= 0 {
        return bad(10113, "account requires a stream config to have max bytes set");
    }
    if most > 0 && c.int("max_bytes") > most {
        return bad(10122, "stream max bytes exceeds account limit max stream bytes");
    }
    Ok(())
}

fn mapping(c: &Config, around: &Around) -> Check {
    let Some(map) = c.object("subject_transform") else { return Ok(()) };
    let (src, dest) = (map.text("src"), map.text("dest"));
    // 2.10 finds out only when it has begun: `source_rules::late`.
    if around.minor < 11 {
        return Ok(());
    }
    if !src.is_empty() && !subjects::valid(src) {
        return bad(10155, &format!("stream transform source: invalid subject {src}"));
    }
    subjects::transform(src, dest).map_err(|e| ApiError::new(400, 10156, format!("stream transform: {e}")))
}

fn republish(c: &mut Config, around: &Around) -> Check {
    let Some(mut re) = c.object("republish").cloned() else { return Ok(()) };
    if re.text("src").is_empty() {
        if around.pedantic {
            return refuse("republish source can not be empty");
        }
        re.set("src", json!(">"));
    }
    let whole = re.text("src") == ">" && re.text("dest") == ">";
    if let Some(map) = c.object("subject_transform").filter(|_| whole && around.minor >= 11)
        && c.list("subjects") == [map.text("src")]
    {
        let dest = map.text("dest").to_owned();
        re.set("src", json!(dest));
        re.set("dest", json!(dest));
    }
    if c.list("subjects").iter().any(|s| subjects::collide(re.text("dest"), s)) {
        return invalid("stream configuration for republish destination forms a cycle");
    }
    if subjects::transform(re.text("src"), re.text("dest")).is_err() {
        let (src, dest) = (re.text("src"), re.text("dest"));
        return invalid(format!(
            "stream configuration for republish with transform from '{src}' to '{dest}' not valid"
        ));
    }
    c.set("republish", json!(re));
    Ok(())
}

fn placement(c: &mut Config, around: &Around) -> Check {
    if around.minor < 11 {
        return Ok(());
    }
    match c.object("placement") {
        Some(p) if p.is_empty() => c.set("placement", json!(null)),
        Some(p) if !p.text("preferred").is_empty() => return invalid("preferred server not permitted in placement"),
        _ => {}
    }
    Ok(())
}
