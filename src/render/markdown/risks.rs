//! What is never cut: refusals, losses and risks, what is blocked or unknown, and the acknowledgements asked for.

use super::{
    super::{
        Context,
        changes::place,
        step::{beside, quoted},
    },
    escape::{code, fence, prose},
};
use crate::model::{Address, Finding, Level, Planned, Source, Step, Verdict, path_source};
use std::collections::{BTreeMap, BTreeSet};

/// The list; empty where nothing needs a person. `short` gives each entry its shortest form.
pub(super) fn plan(cx: &Context<'_>, planned: &Planned, short: bool) -> String {
    let mut out = String::new();
    for refusal in &planned.refusals {
        out.push_str(&format!("- 🔴 **REFUSED** {}\n", prose(refusal)));
    }
    let mut steps: Vec<&Step> = planned.plan.changes().collect();
    steps.sort_by_cached_key(|s| super::super::text::order(s));
    for level in [Level::Loss, Level::Risk] {
        for step in &steps {
            let findings = step.findings.iter().filter(|f| f.level == level);
            out.extend(findings.map(|f| finding(cx, step, f, short)));
        }
    }
    out.push_str(&stuck(cx, &steps, short));
    let unknown = steps.iter().any(|s| matches!(s.verdict, Verdict::Unknown { .. }));
    if !planned.plan.complete && !unknown {
        out.push_str("- 🟡 **UNKNOWN** not everything could be read\n");
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &tokens(planned, &steps)
}

fn finding(cx: &Context<'_>, step: &Step, finding: &Finding, short: bool) -> String {
    let mark = if finding.level == Level::Loss { "🔴" } else { "🟡" };
    let address = code(&step.address.text(cx.scoped));
    if short {
        let message = prose(finding.message.lines().next().unwrap_or_default());
        return format!("- {mark} {} {} {address} {message}\n", finding.level.word(), finding.code);
    }
    let source = finding.path.as_ref().and_then(|p| path_source(step, p)).or(step.source.as_ref());
    let more: String = beside(finding).map(|text| format!("<br>{}", prose(text))).collect();
    let accepted = match (step.accepts(finding), &finding.ack) {
        (false, _) => "",
        (true, Some(_)) => "<br>acknowledged",
        (true, None) => "<br>within what `allow_data_loss` allows",
    };
    format!(
        "- {mark} **{}** {} {} {address}{}: {}{more}{accepted}\n",
        finding.level.word(),
        finding.code,
        step.action.word(),
        at(source),
        prose(&finding.message)
    )
}

fn at(source: Option<&Source>) -> String {
    source.map(|s| format!(" at {}", code(&place(s)))).unwrap_or_default()
}

/// What is blocked and what is not readable, together where the reason is the same.
fn stuck(cx: &Context<'_>, steps: &[&Step], short: bool) -> String {
    let mut groups: Vec<(&str, &str, Vec<&Step>)> = Vec::new();
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for step in steps {
        let (word, why) = match &step.verdict {
            Verdict::Blocked { why } => ("BLOCKED", why),
            Verdict::Unknown { why } => ("UNKNOWN", why),
            Verdict::Go | Verdict::NeedsAck { .. } => continue,
        };
        let at = *known.entry((word, why)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, _, all)) => all.push(step),
            None => groups.push((word, why, vec![step])),
        }
    }
    let name = |a: &Address| code(&a.text(cx.scoped));
    let line = |(word, why, all): (&str, &str, Vec<&Step>)| {
        let mark = if word == "BLOCKED" { "🔴" } else { "🟡" };
        let why = if short { prose(why.lines().next().unwrap_or_default()) } else { prose(why) };
        let names: Vec<String> = match all.as_slice() {
            [step] if !short => vec![format!("{}{}", name(&step.address), at(step.source.as_ref()))],
            all => all.iter().map(|s| name(&s.address)).collect(),
        };
        format!("- {mark} **{word}** {}: {why}\n", names.join(", "))
    };
    groups.into_iter().map(line).collect()
}

/// The acknowledgements, as they go into a shell.
fn tokens(planned: &Planned, steps: &[&Step]) -> String {
    let needed = |s: &&Step| match &s.verdict {
        Verdict::NeedsAck { tokens } => tokens.clone(),
        _ => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    let mut lines: Vec<String> = steps
        .iter()
        .flat_map(needed)
        .filter(|token| seen.insert(token.clone()))
        .map(|token| format!("--ack {}", quoted(&token)))
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let last = lines.len() - 1;
    lines.iter_mut().take(last).for_each(|line| line.push_str(" \\"));
    let list = fence("sh", &lines);
    let all = planned
        .digest
        .as_ref()
        .map(|token| format!("\nAll of them at once:\n\n{}", fence("sh", &[format!("--ack {}", quoted(token))])));
    format!(
        "To accept: write the token into `metadata.lifecycle.ack` of the object's document, or give it to apply:\n\n{list}{}\n",
        all.unwrap_or_default()
    )
}
