//! What mirrors and sources may be.

use super::{
    error::{ApiError, Check, bad, invalid, pedantic},
    schema::{Config, Fields},
    stream_rules::Around,
    subjects,
};
use serde_json::json;
use std::collections::BTreeSet;

/// The codes in which the rules that mirrors and sources share differ.
struct Codes {
    word: &'static str,
    filters: u32,
    bad_source: u32,
    bad_destination: u32,
    overlap: u32,
    consumer: u32,
    name: u32,
    size: (u32, &'static str),
}

const MIRROR: Codes = Codes {
    word: "mirror",
    filters: 10150,
    bad_source: 10151,
    bad_destination: 10154,
    overlap: 10152,
    consumer: 10213,
    name: 10142,
    size: (10030, "stream mirror must have max message size >= source"),
};
const SOURCE: Codes = Codes {
    word: "source",
    filters: 10144,
    bad_source: 10145,
    bad_destination: 10146,
    overlap: 10147,
    consumer: 10215,
    name: 10141,
    size: (10046, "stream source must have max message size >= target"),
};

pub fn mirror(c: &mut Config, around: &Around) -> Check {
    let Some(mirror) = c.object("mirror").cloned() else { return Ok(()) };
    let excluded = [
        (c.int("first_seq") > 0, 10143, "stream mirrors can not have first sequence configured"),
        (!c.list("subjects").is_empty(), 10034, "stream mirrors can not contain subjects"),
        (c.contains_key("sources"), 10031, "stream mirrors can not also contain other sources"),
        (c.on("allow_msg_counter"), 10173, "stream mirrors can not also calculate counters"),
        (c.on("allow_atomic"), 10198, "stream mirrors can not also use atomic publishing"),
        (c.on("allow_batched"), 10209, "stream mirrors can not also use batch publishing"),
        (c.on("allow_msg_schedules"), 10186, "stream mirrors can not also schedule messages"),
    ];
    for (is, code, text) in excluded {
        if is {
            return bad(code, text);
        }
    }
    consumer(&mirror, &MIRROR)?;
    one_filter(&mirror, &MIRROR)?;
    if c.int("subject_delete_marker_ttl") > 0 {
        return invalid("subject delete markers forbidden on mirrors");
    }
    transforms(&mirror, &MIRROR, around)?;
    if mirror.contains_key("external") {
        return external(&mirror, c, around);
    }
    name(&mirror, &MIRROR, around)?;
    let Some(origin) = around.streams.get(mirror.text("name")) else { return Ok(()) };
    size(c, origin, &MIRROR)?;
    let direct = origin.on("allow_direct");
    if around.pedantic && c.on("mirror_direct") != direct {
        return pedantic("origin stream has direct get set, mirror has it disabled");
    }
    c.set("mirror_direct", json!(direct));
    Ok(())
}

pub fn sources(c: &Config, around: &Around) -> Check {
    let list = c.objects("sources");
    if !list.is_empty() && c.on("allow_msg_schedules") {
        return bad(10187, "stream source can not also schedule messages");
    }
    let (mut seen, mut consumers) = (BTreeSet::new(), BTreeSet::new());
    for source in list {
        name(source, &SOURCE, around)?;
        if !seen.insert(identity(source)) {
            return bad(10140, "duplicate source configuration detected");
        }
        // Before 2.11 the server did not look into the filters of sources elsewhere.
        if around.minor >= 11 || !source.contains_key("external") {
            one_filter(source, &SOURCE)?;
            transforms(source, &SOURCE, around)?;
        }
        consumer(source, &SOURCE)?;
        if let Some(by) = source.object("consumer")
            && !consumers.insert((source.text("name").to_owned(), by.text("name").to_owned()))
        {
            return bad(10216, "duplicate stream source consumer detected");
        }
        match around.streams.get(source.text("name")) {
            _ if source.contains_key("external") => external(source, c, around)?,
            Some(origin) => size(c, origin, &SOURCE)?,
            None => {}
        }
    }
    Ok(())
}

/// What makes a source the same source: a change of any of it imports everything again.
pub fn identity(source: &Config) -> String {
    let transforms: Vec<String> =
        source.objects("subject_transforms").iter().map(|t| format!("{}>{}", t.text("src"), t.text("dest"))).collect();
    let api = source.object("external").map(|e| e.text("api")).unwrap_or_default();
    let by = source.object("consumer").map(|c| c.text("name")).unwrap_or_default();
    format!("{} {api} {} {} {by}", source.text("name"), source.text("filter_subject"), transforms.join(","))
}

fn name(source: &Config, codes: &Codes, around: &Around) -> Check {
    let name = source.text("name");
    let fits = if around.minor < 11 {
        !name.is_empty() && !name.contains([' ', '.', '*', '>'])
    } else {
        subjects::valid_name(name)
    };
    if fits {
        Ok(())
    } else {
        bad(codes.name, &format!("{}d stream name is invalid", codes.word.replace("mirror", "mirrore")))
    }
}

fn size(c: &Config, origin: &Config, codes: &Codes) -> Check {
    let (own, its) = (c.int("max_msg_size"), origin.int("max_msg_size"));
    if own > 0 && its > 0 && own < its { bad(codes.size.0, codes.size.1) } else { Ok(()) }
}

fn one_filter(source: &Config, codes: &Codes) -> Check {
    if !source.text("filter_subject").is_empty() && source.contains_key("subject_transforms") {
        let text = format!("{} with multiple subject transforms cannot also have a single subject filter", codes.word);
        return bad(codes.filters, &text);
    }
    Ok(())
}

fn transforms(source: &Config, codes: &Codes, around: &Around) -> Check {
    let list = source.objects("subject_transforms");
    for map in &list {
        let (src, dest) = (map.text("src"), map.text("dest"));
        if (!src.is_empty() || around.minor < 11) && !subjects::valid(src) {
            return bad(codes.bad_source, &format!("{} transform source: invalid subject {src}", codes.word));
        }
        let destination = match around.minor {
            0..=10 if codes.word == "mirror" => Ok(()),
            0..=10 => subjects::functions(dest),
            _ => subjects::transform(src, dest),
        };
        if let Err(why) = destination {
            return Err(ApiError::new(400, codes.bad_destination, format!("{} transform: {why}", codes.word)));
        }
    }
    let meet = |a: &str, b: &str| if codes.word == "mirror" { subjects::collide(a, b) } else { subjects::within(a, b) };
    for (i, a) in list.iter().enumerate() {
        if list.iter().enumerate().any(|(j, b)| i != j && meet(a.text("src"), b.text("src"))) {
            let what = if codes.word == "mirror" { "mirror subject" } else { "source" };
            return bad(codes.overlap, &format!("{what} filters can not overlap"));
        }
    }
    Ok(())
}

fn consumer(source: &Config, codes: &Codes) -> Check {
    let Some(by) = source.object("consumer") else { return Ok(()) };
    let deliver = by.text("deliver_subject");
    let starts = source.contains_key("opt_start_seq") || source.contains_key("opt_start_time");
    let fits = subjects::valid_name(by.text("name"))
        && subjects::literal(deliver)
        && subjects::valid(deliver)
        && !starts
        && source.text("filter_subject").is_empty();
    if fits { Ok(()) } else { bad(codes.consumer, &format!("stream {} consumer config is invalid", codes.word)) }
}

fn external(source: &Config, c: &Config, around: &Around) -> Check {
    let Some(external) = source.object("external") else { return Ok(()) };
    let (api, deliver) = (external.text("api"), external.text("deliver"));
    let publishable = |s: &str| subjects::valid(s) && subjects::literal(s);
    if !deliver.is_empty() {
        if !publishable(deliver) {
            return bad(10024, &format!("stream external delivery prefix {deliver} must not contain wildcards"));
        }
        let _ = (c, around);
    }
    if !api.is_empty() {
        if !publishable(api) {
            return invalid(format!("stream external api prefix {api:?} must be a valid subject without wildcards"));
        }
        if subjects::collide(api, "$JS.API") {
            return bad(10021, &format!("stream external api prefix {api} must not overlap with $JS.API"));
        }
    }
    Ok(())
}

/// What 2.10 finds only after all else: mappings that cannot be.
pub fn late(c: &Config) -> Result<(), String> {
    let own = c.object("subject_transform");
    let others =
        c.object("mirror").into_iter().chain(c.objects("sources")).flat_map(|s| s.objects("subject_transforms"));
    for map in others.chain(own) {
        subjects::transform(map.text("src"), map.text("dest"))?;
    }
    Ok(())
}

/// A stream may not feed itself, over however many others.
pub fn cycles(c: &Config, around: &Around) -> Check {
    let (mut queue, mut visited) = (vec![c.clone()], BTreeSet::new());
    while !queue.is_empty() {
        let at = queue.remove(0);
        visited.insert(at.text("name").to_owned());
        for source in at.objects("sources").into_iter().filter(|s| !s.contains_key("external")) {
            let (name, filter) = (source.text("name"), source.text("filter_subject"));
            let meets = filter.is_empty() || at.list("subjects").iter().any(|s| subjects::collide(s, filter));
            if visited.contains(name) {
                if meets {
                    return invalid("detected cycle");
                }
            } else if let Some(next) = around.streams.get(name) {
                queue.push(next.clone());
            }
        }
        if let Some(mirror) = at.object("mirror").filter(|m| !m.contains_key("external")) {
            if visited.contains(mirror.text("name")) {
                return invalid("detected cycle");
            }
            queue.extend(around.streams.get(mirror.text("name")).cloned());
        }
    }
    Ok(())
}
