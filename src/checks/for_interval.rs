//! Times of an alert that do not go with how often it is evaluated.

use super::{Check, Finding, Place, Rule, Subject, text};

pub struct ForInterval;

/// The interval of a server that says none.
const DEFAULT: i64 = 60_000;
/// How far a server looks back for a sample.
const LOOKBACK: i64 = 300_000;

impl Check for ForInterval {
    fn id(&self) -> &'static str {
        "for-interval"
    }

    fn code(&self) -> &'static str {
        "NF0612"
    }

    fn asks_the_server(&self) -> bool {
        true
    }

    fn pint(&self) -> &'static [&'static str] {
        &["alerts/for", "rule/for"]
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut out = Vec::new();
        for rule in subject.rules {
            let server = subject.server(rule).map(super::Server::evaluation);
            let (interval, sure) = match rule.interval.or(server) {
                Some(interval) => (interval, true),
                None => (DEFAULT, false),
            };
            for (field, time) in [("for", rule.wait), ("keep_firing_for", rule.keep)] {
                out.extend(time.and_then(|time| judge(rule, field, time, interval, sure)));
            }
            out.extend(stale(rule, interval));
        }
        out
    }
}

fn judge(rule: &Rule<'_>, field: &'static str, time: i64, interval: i64, sure: bool) -> Option<Finding> {
    if time % interval == 0 {
        return None;
    }
    let up = (time / interval + 1).saturating_mul(interval);
    let (time_text, every) = (text::span(time), text::span(interval));
    let message = if time < interval {
        format!("`{field}: {time_text}` is shorter than the interval of {every}")
    } else {
        format!("`{field}: {time_text}` is no multiple of the interval of {every}")
    };
    let help = format!("the alert changes only when it is evaluated: this is `{field}: {}`", text::span(up));
    Some(match sure {
        true => Finding::warning(rule.index, Place::Field(field), message).help(help),
        false => Finding::note(rule.index, Place::Field(field), message)
            .help(help)
            .help("the group says no `interval`: the server's `evaluation_interval` counts, by default 1m"),
    })
}

/// Above the lookback, the series of a rule have gaps. Once for each group.
fn stale(rule: &Rule<'_>, interval: i64) -> Option<Finding> {
    let first = rule.at.to_string().ends_with("rules[0]");
    if !first || interval <= LOOKBACK || rule.interval.is_none() {
        return None;
    }
    let message =
        format!("the group `{}` is evaluated every {}: its series have gaps", rule.group, text::span(interval));
    let help = "a server looks back 5m for a sample: use at most that";
    Some(Finding::warning(rule.index, Place::Name, message).help(help))
}
