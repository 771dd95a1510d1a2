//! Annotations of a GitHub workflow (`::error file=…,line=…::…`), which a pull request shows at the manifest's line.
//!
//! GitHub shows at most ten of each level for a step, so each level has its most important ones first, and a change that
//! needs nobody gets none: one notice holds the counts. Errors are what an apply would refuse or could not read;
//! warnings are risks, accepted losses and drift; notices are the rest.

use super::{drift_text, line, step::quoted, text};
use crate::model::{
    Diagnostic, Drifted, Expectation, Finding, Level, Planned, Severity, Source, Step, Verdict, path_source,
};

/// One annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    severity: Severity,
    source: Option<Source>,
    title: String,
    message: String,
}

/// The annotations of a plan. `root` is the working directory as the repository's root sees it (empty for the root
/// itself): GitHub wants paths from there.
pub fn plan(planned: &Planned, diagnostics: &[Diagnostic], root: &str) -> String {
    let mut notes: Vec<Note> = diagnostics.iter().map(problem).collect();
    notes.extend(planned.refusals.iter().map(|r| Note::new(Severity::Error, "refused", r.clone())));
    let mut steps: Vec<&Step> = planned.plan.changes().collect();
    steps.sort_by_cached_key(|s| text::order(s));
    for level in [Level::Loss, Level::Risk, Level::Note] {
        let of = |s: &Step| -> Vec<Note> {
            s.findings.iter().filter(|f| f.level == level).map(|f| finding(planned.scoped, s, f)).collect()
        };
        notes.extend(steps.iter().flat_map(|s| of(s)));
    }
    notes.extend(steps.iter().filter_map(|s| stuck(planned.scoped, s)));
    if !planned.plan.complete && !steps.iter().any(|s| matches!(s.verdict, Verdict::Unknown { .. })) {
        notes.push(Note::new(Severity::Error, "incomplete", "not everything could be read".to_owned()));
    }
    notes.extend(planned.expectations.iter().map(expectation));
    notes.extend(steps.iter().filter_map(|s| reverted(planned.scoped, s)));
    notes.push(Note::new(Severity::Note, &title(&planned.header.environment), text::summary(planned)));
    notes.extend(planned.notes.iter().map(|n| Note::new(Severity::Note, "natsform", n.clone())));
    print(notes, root)
}

/// The annotations of a drift report.
pub fn drift(drifted: &Drifted, diagnostics: &[Diagnostic], root: &str) -> String {
    let mut notes: Vec<Note> = diagnostics.iter().map(problem).collect();
    let name = |word: &str, a: &crate::model::Address| format!("{word} {}", a.text(drifted.scoped));
    for (address, known) in &drifted.missing {
        let text = known.clone().unwrap_or_else(|| "it is ours, and gone".to_owned());
        notes.push(Note::new(Severity::Warning, &name("missing", address), text));
    }
    for (address, why) in &drifted.unknown {
        notes.push(Note::new(Severity::Error, &name("unknown", address), format!("not readable: {why}")));
    }
    for step in &drifted.changed {
        let text = format!("somebody changed {}", paths(step, |_| true));
        notes.push(Note {
            source: step.source.clone(),
            ..Note::new(Severity::Warning, &name("drift", &step.address), text)
        });
    }
    notes.extend(drifted.expectations.iter().map(expectation));
    let summary = line::print(&[drift_text::last(drifted)], false);
    notes.push(Note::new(Severity::Note, &title(&drifted.header.environment), summary.trim().to_owned()));
    notes.extend(drifted.notes.iter().map(|n| Note::new(Severity::Note, "natsform", n.clone())));
    print(notes, root)
}

/// The annotations of problems alone.
pub fn problems(diagnostics: &[Diagnostic], root: &str) -> String {
    print(diagnostics.iter().map(problem).collect(), root)
}

/// An error without a code or a place.
pub fn error(message: &str) -> String {
    print(vec![Note::new(Severity::Error, "natsform", message.to_owned())], "")
}

impl Note {
    fn new(severity: Severity, title: &str, message: String) -> Self {
        Self { severity, source: None, title: title.to_owned(), message }
    }
}

fn title(environment: &str) -> String {
    if environment.is_empty() { "natsform".to_owned() } else { format!("natsform {environment}") }
}

fn problem(d: &Diagnostic) -> Note {
    let help: String = d.help.iter().map(|h| format!("\nhelp: {h}")).collect();
    let note = Note::new(d.severity, d.code, format!("{}{help}", d.message));
    Note { source: d.source.clone(), ..note }
}

fn finding(scoped: bool, step: &Step, finding: &Finding) -> Note {
    let waits = finding.ack.as_ref().filter(|_| !step.accepts(finding));
    let severity = match (finding.level, waits) {
        (_, Some(_)) => Severity::Error,
        (Level::Loss | Level::Risk, None) => Severity::Warning,
        (Level::Note | Level::Safe, None) => Severity::Note,
    };
    let title = format!("{} {} {}", finding.level.word(), finding.code, step.address.text(scoped));
    let ack = waits.map(|token| format!("\n--ack {}", quoted(&token.to_string()))).unwrap_or_default();
    let source = finding.path.as_ref().and_then(|p| path_source(step, p)).or(step.source.as_ref());
    let accepted = if step.accepts(finding) { "\naccepted" } else { "" };
    Note { source: source.cloned(), ..Note::new(severity, &title, format!("{}{ack}{accepted}", finding.message)) }
}

fn stuck(scoped: bool, step: &Step) -> Option<Note> {
    let (word, why) = match &step.verdict {
        Verdict::Blocked { why } => ("BLOCKED", why.clone()),
        Verdict::Unknown { why } => ("UNKNOWN", format!("not readable: {why}")),
        Verdict::Go | Verdict::NeedsAck { .. } => return None,
    };
    let title = format!("{word} {}", step.address.text(scoped));
    Some(Note { source: step.source.clone(), ..Note::new(Severity::Error, &title, why) })
}

fn reverted(scoped: bool, step: &Step) -> Option<Note> {
    let any = step.drift || step.changes.iter().any(|c| c.drift);
    let what = paths(step, |drift| drift || step.drift);
    let title = format!("drift {}", step.address.text(scoped));
    let text = format!("somebody changed {what}; this plan reverts it");
    any.then(|| Note { source: step.source.clone(), ..Note::new(Severity::Warning, &title, text) })
}

/// The changed fields by name.
fn paths(step: &Step, keep: impl Fn(bool) -> bool) -> String {
    let names: Vec<String> = step.changes.iter().filter(|c| keep(c.drift)).map(|c| format!("`{}`", c.path)).collect();
    if names.is_empty() { "it".to_owned() } else { names.join(", ") }
}

fn expectation(e: &Expectation) -> Note {
    let text = format!("{}: wanted {}, found {}", e.path, e.wanted, e.found);
    Note { source: e.source.clone(), ..Note::new(Severity::Warning, "expected otherwise", text) }
}

/// The workflow commands, errors first.
fn print(mut notes: Vec<Note>, root: &str) -> String {
    notes.sort_by_key(|n| n.severity);
    notes.iter().map(|n| command(n, root)).collect()
}

fn command(note: &Note, root: &str) -> String {
    let word = match note.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let place = match &note.source {
        Some(s) => format!("file={},line={},col={},", property(&from_root(root, &s.file)), s.line, s.column),
        None => String::new(),
    };
    format!("::{word} {place}title={}::{}\n", property(&note.title), data(&note.message))
}

/// A path as the root of the repository sees it, `..` resolved as far as it can be.
fn from_root(root: &str, file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in root.split('/').chain(file.split('/')).filter(|p| !p.is_empty() && *p != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A message: a runner takes these escapes back and nothing else.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A property, where `:` and `,` have a meaning, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            markdown::tests::any_plan,
            tests::{drifted, everything, planned, risky},
        },
        *,
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_annotation_is_one_command(planned in any_plan()) {
            let shown = plan(&planned, &[], "");
            let form = regex_lite::Regex::new(
                "^::(error|warning|notice) (file=[^:,\r\n]*,line=[0-9]+,col=[0-9]+,)?title=[^:,\r\n]*::[^\r\n]*$",
            ).unwrap();
            let mut last = 0;
            for line in shown.split_terminator('\n') {
                let found = form.captures(line);
                prop_assert!(found.is_some(), "{}", line);
                let level = ["error", "warning", "notice"].iter().position(|l| found.as_ref().unwrap()[1] == **l).unwrap();
                prop_assert!(level >= last, "{}", shown);
                last = level;
            }
            let findings = planned.plan.changes().flat_map(|s| &s.findings).filter(|f| f.level > Level::Safe).count();
            prop_assert!(shown.matches('\n').count() > findings + planned.refusals.len());
        }
    }

    #[test]
    fn annotations_stand_at_the_manifest_s_line() {
        insta::assert_snapshot!(plan(&risky(), &[], "deploy"), @"
        ::error file=deploy/streams/orders.yaml,line=1,col=3,title=LOSS NF2003 stream/ORDERS::61,204,332 messages (212 GiB, 71 %25 of the stream) are older than 7d and go at once%0Aconsumers behind that point: billing (1,022,118 pending), audit (3 pending)%0A--ack 'NF2003:stream/ORDERS@APP:8c1f<=68M'
        ::error file=deploy/streams/orders.yaml,line=41,col=3,title=LOSS NF2101 consumer/ORDERS/audit::3 pending, 12 unacknowledged messages lose their position%0A--ack 'NF2101:consumer/ORDERS/audit@APP:11d0<=17'
        ::error title=UNKNOWN stream/CLICKS::not readable: its leader is offline; dependants are blocked
        ::warning title=drift stream/PAYMENTS::somebody changed `max_msgs_per_subject`; this plan reverts it
        ::notice title=natsform prod::Plan: 2 update · 1 replace · 1 unknown
        ");
        insta::assert_snapshot!(plan(&everything(), &[], ""), @"
        ::error title=refused::21 deletes are more than max_deletes (20)
        ::error title=BLOCKED stream/THEIRS::it is not ours and differs
        ::warning title=LOSS NF2001 stream/OLD::at most 12 messages go%0Aaccepted
        ::warning file=natsform.yaml,line=12,col=7,title=expected otherwise::nats.expect.servers: wanted 3, found 1
        ::warning file=streams/orders.yaml,line=41,col=3,title=drift consumer/ORDERS/billing::somebody changed `max_waiting`; this plan reverts it
        ::notice title=NOTE NF2007 stream/OLD::3 clients are bound to it now
        ::notice title=natsform prod::Plan: 2 create · 1 update · 1 delete · 1 adopt · 1 forget · 1 blocked
        ::notice title=natsform::the inventory is off: nothing is pruned or reset
        ");
        insta::assert_snapshot!(plan(&planned(vec![]), &[], ""), @"::notice title=natsform prod::No changes.");
    }

    #[test]
    fn annotations_of_drift_and_of_problems() {
        insta::assert_snapshot!(drift(&drifted(), &[], ""), @"
        ::error title=unknown stream/CLICKS::not readable: its leader is offline
        ::warning title=missing stream/LOST::last seen by plan 01JD
        ::warning title=drift stream/PAYMENTS::somebody changed `max_msgs_per_subject`
        ::notice title=natsform prod::Drift: 1 changed · 1 missing · 1 unknown
        ");
        let problem = Diagnostic {
            code: "NF0102",
            severity: Severity::Error,
            message: "`a:b` is 50% off".into(),
            help: vec!["write it\notherwise".into()],
            source: Some(Source { file: "m,1.yaml".into(), line: 3, column: 7 }),
        };
        insta::assert_snapshot!(problems(&[problem], ""), @"::error file=m%2C1.yaml,line=3,col=7,title=NF0102::`a:b` is 50%25 off%0Ahelp: write it%0Aotherwise");
    }

    #[test]
    fn what_a_runner_reads_is_escaped() {
        assert_eq!(data("50% a:b,c\r\n::error::x\u{1b}"), "50%25 a:b,c%0D%0A::error::x ");
        assert_eq!(property("a: b, 5%"), "a%3A b%2C 5%25");
    }

    #[test]
    fn paths_are_the_repository_s() {
        assert_eq!(from_root("", "m/a.yaml"), "m/a.yaml");
        assert_eq!(from_root("deploy/nats", "m/a.yaml"), "deploy/nats/m/a.yaml");
        assert_eq!(from_root("deploy/nats", "../m/a.yaml"), "deploy/m/a.yaml");
        assert_eq!(from_root("", "../m/a.yaml"), "../m/a.yaml");
        assert_eq!(from_root("x", "/m/a.yaml"), "/m/a.yaml");
    }
}
