//! Everything that is known of one object.

use super::{PlanOptions, Run, humanise, plan::source_text};
use crate::{
    diag::{Problem, Report},
    inventory::Ownership,
    manifest::MAIN,
    model::{Address, Default, Exit, Live, Path, Presence, Resource, Shape, Step, Value, Verdict},
    render, shape,
    systems::{self, Kind},
};
use std::fmt::Write;

impl Run {
    /// Declared value, place, live value, default, owner, and what apply would do.
    ///
    /// # Errors
    /// `Exit::Error` with a report: no such object, neither declared nor live.
    pub async fn explain(&mut self, address: &str, report: &mut Report) -> Result<String, Exit> {
        let word = address.split('/').next().unwrap_or_default();
        let scope = match systems::kind_by_word(word) {
            Some((system, _)) if !system.has_accounts() => MAIN,
            _ => self.loaded.environment.account(),
        };
        let Some(address) = Address::parse(address, scope) else {
            let words: Vec<String> = systems::kinds().map(|(_, kind)| format!("{}/…", kind.word())).collect();
            let problem = Problem::error("NF0207", format!("`{address}` is no address: write KIND/NAME"));
            report.push(problem.help(format!("kinds: {}", words.join(", "))));
            return Err(Exit::Error);
        };
        let Some((system, kind)) = systems::kind_by_word(&address.kind) else {
            let words: Vec<&str> = systems::kinds().map(|(_, kind)| kind.word()).collect();
            report.error("NF0207", format!("`{}` is no kind; kinds: {}", address.kind, words.join(", ")));
            return Err(Exit::Error);
        };
        let planned = self.outlook(&PlanOptions::default(), report).await?;
        let presence = self.world.presence(system.name(), &address, kind.parent(&address).as_ref());
        let resource = self.loaded.resources.iter().find(|r| r.address == address);
        if resource.is_none() && matches!(presence, Presence::Absent) {
            report.error("NF0207", format!("{} is neither declared nor live", self.address_text(&address)));
            return Err(Exit::Error);
        }
        let step = planned.plan.step(&address);
        let mut out = format!("{address} ({})\n", kind.name());
        let _ = writeln!(
            out,
            "  declared  {}",
            resource
                .and_then(|r| self.loaded.resource_source(r))
                .map_or_else(|| "no".into(), |s| source_text(Some(&s)))
        );
        let _ = writeln!(out, "  live      {}", self.live_text(&presence));
        let _ = writeln!(out, "  owner     {}", self.owner_text(&presence));
        let _ = writeln!(out, "  apply     {}", apply_text(step, &planned.plan.prunable, &address));
        self.fields(&address, kind, resource, presence.live(), &mut out);
        Ok(out)
    }

    fn live_text(&self, presence: &Presence) -> String {
        match presence {
            Presence::Absent => "no".into(),
            Presence::Unknown { why } => format!("not readable: {why}"),
            Presence::Present(live) => {
                live.identity.own.as_ref().map_or_else(|| "yes".into(), |c| format!("since {c}"))
            }
        }
    }

    fn owner_text(&self, presence: &Presence) -> String {
        let Some((inventory, live)) = self.inventory.as_ref().zip(presence.live()) else { return "-".into() };
        match inventory.ownership(live) {
            Ownership::Ours(record) if record.adopted => format!("{} (adopted)", self.tenant),
            Ownership::Ours(_) => self.tenant.to_string(),
            Ownership::Recreated(_) => "nobody: somebody deleted ours and made it again".into(),
            Ownership::Others(tenant, _) => tenant.to_string(),
            Ownership::Contested(_, other) => format!("{} and {other}: both say that it is theirs", self.tenant),
            Ownership::Nobodys => "nobody".into(),
        }
    }

    fn fields(
        &self,
        address: &Address,
        kind: &dyn Kind,
        resource: Option<&Resource>,
        live: Option<&Live>,
        out: &mut String,
    ) {
        let Shape::Object(fields) = shape::resolve(kind.shape()) else { return };
        let view = live.map(|l| kind.view(&l.config)).unwrap_or_default();
        let record = live.and_then(|l| self.inventory.as_ref()?.record(&l.address));
        let sources = resource.map(|r| self.loaded.field_sources(r)).unwrap_or_default();
        for f in *fields {
            let declared = resource.map_or(&Value::Null, |r| &r.body[f.name]);
            let now = &view[f.name];
            let at = Path::root().field(f.name);
            let remembered =
                record.is_some_and(|r| r.declared.keys().filter_map(|p| Path::parse(p)).any(|p| p.within(&at)));
            if declared.is_null() && now.is_null() && !remembered {
                continue;
            }
            let _ = writeln!(out, "\n  {}\n    {}", f.name, f.doc);
            if !declared.is_null() {
                let place = sources
                    .iter()
                    .find(|(path, _)| path.within(&at))
                    .map(|(_, s)| source_text(Some(s)))
                    .unwrap_or_default();
                let _ = writeln!(out, "    declared  {}  {place}", text(address, f, declared));
            }
            if !now.is_null() {
                let _ = writeln!(out, "    live      {}", text(address, f, now));
            } else if live.is_some() {
                let _ = writeln!(out, "    live      the default");
            }
            let _ = writeln!(out, "    default   {}", default_text(address, f));
            if remembered && declared.is_null() {
                let _ = writeln!(out, "    it was declared last time: apply puts it back to the default");
            }
        }
    }
}

/// How the value of a field is written.
fn text(address: &Address, f: &crate::model::Field, value: &Value) -> String {
    render::print(&humanise, address, &Path::root().field(f.name), value)
}

fn default_text(address: &Address, f: &crate::model::Field) -> String {
    match f.default {
        Default::Absent => "none".into(),
        Default::Derived => "derived by the server".into(),
        other => text(address, f, &other.value()),
    }
}

fn apply_text(step: Option<&Step>, prunable: &[Address], address: &Address) -> String {
    match step {
        None if prunable.contains(address) => "would leave it; --prune delete would delete it".into(),
        None => "would leave it alone".into(),
        Some(step) => match &step.verdict {
            Verdict::Blocked { why } => format!("blocked: {why}"),
            Verdict::Unknown { why } => format!("unknown: {why}"),
            Verdict::NeedsAck { tokens } => {
                format!("would {} it, once acknowledged: {}", step.action.word(), tokens.join(" "))
            }
            Verdict::Go => format!("would {} it", step.action.word()),
        },
    }
}
