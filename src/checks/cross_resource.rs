//! A rule that names a stream, a consumer or an account that nobody knows. Only who sees both sides can tell.

use super::{Check, Finding, Place, Rule, Subject, text};
use crate::{
    model::{Address, Place as Where, Presence, World},
    promql::{self, MatchOp, Matcher, Selector},
    systems,
};
use std::collections::BTreeSet;

pub struct CrossResource;

const STREAM: &str = "stream";
const CONSUMER: &str = "consumer";

impl Check for CrossResource {
    fn id(&self) -> &'static str {
        "cross-resource"
    }

    fn code(&self) -> &'static str {
        "NF0616"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Some(known) = subject.world.and_then(|world| Known::of(subject, world)) else { return Vec::new() };
        let mut out = Vec::new();
        for rule in subject.rules {
            for selector in rule.expr.selectors() {
                if selector.name.as_deref().is_some_and(|name| !promql::lookup(name).is_empty()) {
                    known.judge(rule, selector, &mut out);
                }
            }
        }
        out
    }
}

/// Everything that the manifests and JetStream know.
struct Known {
    streams: BTreeSet<String>,
    /// Stream and consumer.
    consumers: BTreeSet<(String, String)>,
    /// Streams whose consumers are not known, all of them.
    blind: BTreeSet<String>,
    accounts: BTreeSet<String>,
}

impl Known {
    /// `None` where JetStream was not read, or nobody knows which streams there are.
    fn of(subject: &Subject<'_>, world: &World) -> Option<Self> {
        let (system, _) = systems::kind_by_word(STREAM)?;
        let places: Vec<(&String, &Where)> =
            world.places.iter().filter(|((name, _), _)| name == system.name()).map(|((_, s), p)| (s, p)).collect();
        if places.is_empty() || places.iter().any(|(_, place)| !place.listed) {
            return None;
        }
        let mut known = Self {
            streams: BTreeSet::new(),
            consumers: BTreeSet::new(),
            blind: BTreeSet::new(),
            accounts: places.into_iter().map(|(scope, _)| scope.clone()).collect(),
        };
        subject.resources.iter().for_each(|resource| known.add(&resource.address));
        for (address, presence) in &world.objects {
            if !matches!(presence, Presence::Absent) {
                known.add(address);
            }
            // who cannot tell of a stream was not asked for its consumers
            if matches!(presence, Presence::Unknown { .. }) && address.kind == STREAM {
                known.blind.insert(address.leaf().to_owned());
            }
        }
        known.blind.extend(world.blind.keys().map(|address| address.leaf().to_owned()));
        Some(known)
    }

    fn add(&mut self, address: &Address) {
        match (address.kind.as_str(), &address.parts[..]) {
            (STREAM, [name]) => {
                self.streams.insert(name.clone());
            }
            (CONSUMER, [stream, name]) => {
                self.consumers.insert((stream.clone(), name.clone()));
            }
            (word, _) => {
                // a bucket is a stream
                let kind = systems::kind_by_word(word).map(|(_, kind)| kind);
                let backing = kind.map(|kind| kind.occupies(address)).unwrap_or_default();
                let parsed = backing.iter().filter_map(|text| Address::parse(text, ""));
                self.streams.extend(parsed.filter(|a| a.kind == STREAM).map(|a| a.leaf().to_owned()));
            }
        }
    }

    fn judge(&self, rule: &Rule<'_>, selector: &Selector, out: &mut Vec<Finding>) {
        // Surveyor's advisories call the file of their connection `account`
        let advisory = selector.name.as_deref().is_some_and(|name| name.starts_with("nats_jetstream_"));
        let account = if advisory { Vec::new() } else { named(selector, &["account_name", "account"]) };
        out.extend(account.iter().filter_map(|named| self.account(rule, named)));
        if account.iter().all(|(_, name)| self.accounts.contains(*name)) {
            let streams = named(selector, &["stream_name", "stream"]);
            out.extend(streams.iter().filter_map(|named| self.stream(rule, named)));
            let consumers = named(selector, &["consumer_name", "consumer"]);
            out.extend(consumers.iter().filter_map(|named| self.consumer(rule, named, &streams)));
        }
    }

    /// Other accounts exist that this run does not read: only a slip of the pen is said.
    fn account(&self, rule: &Rule<'_>, (matcher, name): &Named<'_>) -> Option<Finding> {
        let near = text::nearest(name, self.accounts.iter().map(String::as_str));
        let near = near.first().filter(|_| !self.accounts.contains(*name))?;
        let message = format!("no connection of this environment has an account `{name}`");
        let finding = Finding::note(rule.index, Place::Expr(matcher.value_span), message);
        Some(finding.help(format!("did you mean `{near}`?")))
    }

    fn stream(&self, rule: &Rule<'_>, (matcher, name): &Named<'_>) -> Option<Finding> {
        // a bucket's stream has a name of its own form
        if self.streams.contains(*name) || name.starts_with("KV_") || name.starts_with("OBJ_") {
            return None;
        }
        let message = format!("neither the manifests nor JetStream know a stream `{name}`");
        let found = Finding::warning(rule.index, Place::Expr(matcher.value_span), message);
        Some(meant(found, name, self.streams.iter().map(String::as_str)))
    }

    fn consumer(&self, rule: &Rule<'_>, (matcher, name): &Named<'_>, streams: &[Named<'_>]) -> Option<Finding> {
        let stream = |s: &str| streams.is_empty() || streams.iter().any(|(_, stream)| *stream == s);
        let unknown = streams.iter().any(|(_, stream)| !self.streams.contains(*stream));
        let here = || self.consumers.iter().filter(|(s, _)| stream(s)).map(|(_, name)| name.as_str());
        if unknown || self.blind.iter().any(|s| stream(s)) || here().any(|known| known == *name) {
            return None;
        }
        let of = match streams {
            [(_, stream)] => format!(" of the stream `{stream}`"),
            _ => String::new(),
        };
        let message = format!("neither the manifests nor JetStream know a consumer `{name}`{of}");
        let found = Finding::warning(rule.index, Place::Expr(matcher.value_span), message);
        Some(meant(found, name, here()))
    }
}

/// A matcher and a name that it asks for.
type Named<'s> = (&'s Matcher, &'s str);

fn meant<'n>(finding: Finding, name: &str, known: impl Iterator<Item = &'n str>) -> Finding {
    match text::nearest(name, known).first() {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("the alert can never fire for it"),
    }
}

/// The names that matchers of these labels ask for.
fn named<'s>(selector: &'s Selector, labels: &[&str]) -> Vec<Named<'s>> {
    let matchers = selector.matchers.iter().filter(|m| labels.contains(&m.label.as_str()));
    matchers
        .flat_map(|matcher| {
            let names = match matcher.op {
                MatchOp::Equal if !matcher.value.is_empty() => vec![matcher.value.as_str()],
                MatchOp::Regex => text::alternatives(&matcher.value).unwrap_or_default(),
                _ => Vec::new(),
            };
            names.into_iter().map(move |name| (matcher, name))
        })
        .collect()
}
