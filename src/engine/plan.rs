//! The plan of a run: read, draft, judge, guard, lower.

use super::{PlanOptions, Run, Select};
use crate::{
    checks,
    diag::{Problem, Report},
    inventory::{self, BUCKET, State},
    manifest::{self, Glob, Then},
    model::{
        Action, Address, Allowances, Budget, Exit, Op, OpId, Plan, Planned, Resource, Source, Step, Value, Verdict,
        World,
    },
    plan::{self, Input, Judgement, Limits},
    systems,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a command is about: the declared objects that are selected, and whether undeclared ones are within the
/// selection, too.
pub(super) struct Selected {
    pub addresses: BTreeSet<Address>,
    globs: Vec<Glob>,
    /// Neither flags nor `-f` narrow the run.
    whole: bool,
}

impl Selected {
    /// Whether an object that nobody declares is within the selection: labels and files pick only what is declared.
    fn within(&self, address: &Address) -> bool {
        self.whole || self.globs.iter().any(|glob| glob.matches(address))
    }
}

impl Run {
    /// Reads the world and says what would happen.
    ///
    /// # Errors
    /// `Exit::Error` with a report: a selection that matches nothing, ops that wait for each other.
    pub async fn plan(&mut self, options: &PlanOptions, report: &mut Report) -> Result<Planned, Exit> {
        let selected = self.select(&options.select, report)?;
        self.read().await;
        let planned = self.planned(options, &selected, report).await?;
        if !options.destroy {
            let about = |address: &Address| selected.addresses.contains(address);
            checks::run(&self.loaded.resources, Some(&self.world), &about, report);
        }
        Ok(planned)
    }

    /// The plan of a command that is about something else than the manifests: nothing is checked again.
    pub(super) async fn outlook(&mut self, options: &PlanOptions, report: &mut Report) -> Result<Planned, Exit> {
        let selected = self.select(&options.select, report)?;
        self.read().await;
        self.planned(options, &selected, report).await
    }

    pub(super) fn select(&self, select: &Select, report: &mut Report) -> Result<Selected, Exit> {
        let refuse = |report: &mut Report, why: String| {
            report.error("NF0205", why);
            Exit::Error
        };
        let globs = select.targets.iter().map(|t| Glob::parse(t)).collect::<Result<Vec<_>, _>>();
        let globs = globs.map_err(|why| refuse(report, why))?;
        let declared = manifest::selected(&self.loaded.resources, &select.targets, &select.labels);
        let mut addresses = declared.map_err(|why| refuse(report, why))?;
        if let Some(only) = &self.loaded.only {
            addresses.retain(|a| only.contains(a));
        }
        let narrowed = self.loaded.only.is_some() || !select.labels.is_empty();
        let whole = !narrowed && globs.is_empty();
        let globs = if narrowed { Vec::new() } else { globs };
        Ok(Selected { addresses, globs, whole })
    }

    async fn planned(&self, options: &PlanOptions, selected: &Selected, report: &mut Report) -> Result<Planned, Exit> {
        let Some(inventory) = &self.inventory else { return Err(Exit::Error) };
        let environment = &self.loaded.environment;
        let prune = options.prune.unwrap_or(environment.prune);
        let draft = plan::draft(&Input {
            resources: &self.loaded.resources,
            world: &self.world,
            inventory,
            adopt: options.adopt,
            prune,
            strict: environment.strict,
            hold: environment.drift == manifest::OnDrift::Hold && !options.report_only,
            destroy: options.destroy,
            selected: &|address| selected.addresses.contains(address),
            within: &|address| selected.within(address),
            removed: &|address| self.removed(address),
            take: &|address| self.taken_from(address),
        });
        let mut steps = draft.steps;
        let budget = environment
            .allow_data_loss
            .map_or(Budget::default(), |b| Budget { max_messages: b.max_messages, max_bytes: b.max_bytes });
        // a report of drift changes nothing, and a removal raises no new questions
        if !options.destroy && !options.report_only {
            for system in systems::ALL {
                system.probe(&self.ports, &mut steps, &self.world).await;
            }
        }
        let counts = environment.limits.max_alert_resets.map(|n| ("max_alert_resets", n)).into_iter().collect();
        let judgement = plan::judge(&mut steps, &options.acks, &Allowances { loss: budget, counts });
        systems::ALL.iter().for_each(|system| system.across(&mut steps, &self.world));
        let max = options.max_deletes.or_else(|| environment.limits.max_deletes.and_then(|n| usize::try_from(n).ok()));
        let mut planned = Planned {
            header: self.header(),
            scoped: self.scoped(),
            expectations: self.expectations(),
            refusals: plan::guard(
                &steps,
                inventory,
                Limits {
                    max_deletes: max,
                    percent: !options.destroy,
                    nothing_declared: self.loaded.resources.is_empty() && !options.destroy,
                    backup: environment.backup,
                },
            ),
            ..Planned::default()
        };
        planned.digest = judgement.digest.as_ref().map(ToString::to_string);
        self.locate(&mut steps);
        self.report_unused(&steps, judgement, report);
        self.notes(&draft.left, &mut planned.notes);
        steps.splice(0..0, self.bucket_step(&steps));
        planned.plan = self.lowered(steps, draft.prunable, report)?;
        planned.gone = self.gone(selected);
        if let State::Unreadable { why } = &inventory.state
            && planned.plan.ops.iter().flat_map(|op| &op.carries).any(|a| !is_whole(a))
        {
            let why =
                format!("the inventory cannot be read, so nobody knows what is ours and who else is at work: {why}");
            planned.refusals.push(why);
        }
        Ok(planned)
    }

    fn lowered(&self, steps: Vec<Step>, prunable: Vec<Address>, report: &mut Report) -> Result<Plan, Exit> {
        let complete = !steps.iter().any(|s| matches!(s.verdict, Verdict::Unknown { .. }));
        let mut ops = Vec::new();
        for system in systems::ALL {
            let going: Vec<&Step> =
                steps.iter().filter(|s| s.system == system.name() && s.verdict == Verdict::Go).collect();
            ops.extend(system.lower(&going, &self.world, &self.scope(), ops.len()));
        }
        self.arrange(&steps, &mut ops);
        if let Err(plan::Cycle(ids)) = plan::order(&ops) {
            let names: Vec<String> = ids
                .iter()
                .flat_map(|id| ops.iter().filter(move |op| op.id == *id))
                .flat_map(|op| &op.carries)
                .map(Address::short)
                .collect();
            report.push(
                Problem::error("NF0301", format!("these wait for each other: {}", names.join(" → ")))
                    .help("apply them in two runs"),
            );
            return Err(Exit::Error);
        }
        Ok(Plan { steps, ops, prunable, complete })
    }

    /// Orders ops of different systems: what is spoken of is made before what speaks of it, and goes after that has
    /// ceased to. Where this would be a circle it is no order at all.
    fn arrange(&self, steps: &[Step], ops: &mut [Op]) {
        let going: Vec<&Step> = steps.iter().filter(|s| s.verdict == Verdict::Go && s.action != Action::Keep).collect();
        if going.windows(2).all(|two| matches!(two, [a, b] if a.system == b.system)) {
            return;
        }
        let free: Vec<Op> = ops.to_vec();
        for step in &going {
            let (now, before) = spoken_of(step);
            for other in going.iter().filter(|other| other.system != step.system) {
                let goes = other.action == Action::Delete;
                let (first, second) = match goes {
                    false if speaks(&now, &other.address) => (&other.address, &step.address),
                    true if speaks(&before, &other.address) => (&step.address, &other.address),
                    _ => continue,
                };
                let firsts: Vec<OpId> = free.iter().filter(|op| op.carries.contains(first)).map(|op| op.id).collect();
                for op in ops.iter_mut().filter(|op| op.carries.contains(second)) {
                    op.behind.extend(firsts.iter().filter(|id| !op.behind.contains(id)).copied().collect::<Vec<_>>());
                }
            }
        }
        if plan::order(ops).is_err() {
            ops.clone_from_slice(&free);
        }
    }

    /// The step that makes the inventory's bucket, where this plan is the first to need it.
    fn bucket_step(&self, steps: &[Step]) -> Option<Step> {
        let inventory = self.inventory.as_ref()?;
        let needed = steps.iter().any(Step::is_remembered);
        if inventory.state != State::Missing || !needed {
            return None;
        }
        let here = self.world.places.iter().filter(|((_, scope), _)| *scope == inventory.scope);
        here.filter_map(|((system, _), place)| {
            let config = inventory::bucket_config(&place.capabilities);
            systems::system(system)?.inventory_step(BUCKET, &inventory.scope, &config)
        })
        .next()
    }

    fn removed(&self, address: &Address) -> plan::Removed {
        match self.loaded.removed.iter().find(|rule| picks(&rule.select, address)).map(|rule| &rule.then) {
            None => plan::Removed::Unsaid,
            Some(Then::Forget) => plan::Removed::Forget,
            Some(Then::Transfer { to }) => plan::Removed::Transfer { to: to.clone() },
        }
    }

    fn taken_from(&self, address: &Address) -> Option<String> {
        self.loaded.take_from.iter().find(|rule| picks(&rule.select, address)).map(|rule| rule.project.clone())
    }

    /// Puts the places in the manifests on the steps.
    pub(super) fn locate(&self, steps: &mut [Step]) {
        let by_address: BTreeMap<&Address, &Resource> = self.loaded.resources.iter().map(|r| (&r.address, r)).collect();
        for step in steps {
            let Some(resource) = by_address.get(&step.address) else { continue };
            step.source = self.loaded.resource_source(resource);
            step.field_sources = self.loaded.field_sources(resource);
            let inside = self.loaded.change_sources(resource, step.changes.iter().map(|c| &c.path));
            step.field_sources.extend(inside);
        }
    }

    fn report_unused(&self, steps: &[Step], judgement: Judgement, report: &mut Report) {
        let asked: Vec<String> =
            steps.iter().flat_map(|s| &s.findings).filter_map(|f| Some(f.ack.as_ref()?.to_string())).collect();
        let unused = judgement.unused.into_iter().map(|(step, ack)| (step, why_unused(&ack, &asked)));
        let spent = judgement.spent.into_iter().map(|(step, ack)| {
            (Some(step), format!("the acknowledgement `{ack}` was used by an earlier apply and does not count again"))
        });
        for (step, text) in unused.chain(spent) {
            let problem = Problem::warning("NF0302", text);
            let origin = step.and_then(|i| steps.get(i)).and_then(|s| s.origin.as_ref());
            match origin {
                Some(origin) => report.at(origin, problem.help("remove it from `lifecycle.ack`")),
                None => report.push(problem),
            }
        }
    }

    fn notes(&self, left: &[Address], notes: &mut Vec<String>) {
        notes.extend(self.loaded.notes.iter().cloned());
        notes.extend(self.unread_expectations());
        match self.inventory.as_ref().map(|i| &i.state) {
            Some(State::Off) if self.needs_inventory() => {
                notes.push("no inventory: nothing is reset or pruned, and there is no lock".into());
            }
            Some(State::Unreadable { why }) if self.needs_inventory() => {
                notes.push(format!(
                    "the inventory cannot be read: nothing is reset or pruned, and there is no lock ({why})"
                ));
            }
            _ => {}
        }
        for place in self.world.places.values() {
            notes.extend(place.gaps.iter().chain(&place.notes).cloned());
        }
        if !left.is_empty() {
            let names: Vec<String> = left.iter().map(|a| self.address_text(a)).collect();
            notes.push(format!("not ours, left alone: {}", names.join(", ")));
        }
    }

    /// Whether the run has anything that only the inventory remembers.
    fn needs_inventory(&self) -> bool {
        self.loaded.environment.nats.is_some() || self.loaded.resources.iter().any(|r| !is_whole(&r.address))
    }

    /// What we remember of objects within the selection that are gone for certain and that nobody declares.
    pub(super) fn gone(&self, selected: &Selected) -> Vec<Address> {
        let Some(inventory) = &self.inventory else { return Vec::new() };
        let declared: BTreeSet<&Address> = self.loaded.resources.iter().map(|r| &r.address).collect();
        let known = inventory.records().map(|(address, _)| address).chain(inventory.half_done());
        known.filter(|a| !declared.contains(a) && selected.within(a) && is_gone(&self.world, a)).cloned().collect()
    }
}

/// Why an acknowledgement does not count: it covers too little, or this plan asks for nothing of the kind.
fn why_unused(ack: &str, asked: &[String]) -> String {
    let key = |text: &str| text.rsplit_once("<=").map(|(key, _)| key.to_owned());
    match asked.iter().find(|a| key(a).is_some() && key(a) == key(ack)) {
        Some(asked) => format!("the acknowledgement `{ack}` covers too little: this plan asks for `{asked}`"),
        None if key(ack).is_none() => {
            format!("`{ack}` is no acknowledgement: a plan prints them, as `CODE:ADDRESS:HASH<=COUNT`")
        }
        None => format!("the acknowledgement `{ack}` does not fit: nothing in this plan asks for it"),
    }
}

/// What a step's object will speak of, and what it speaks of now.
fn spoken_of(step: &Step) -> (Vec<Address>, Vec<Address>) {
    let Some((_, kind)) = systems::kind_by_word(&step.address.kind) else { return (Vec::new(), Vec::new()) };
    let of = |config: &Value| -> Vec<Address> {
        if config.is_null() {
            return Vec::new();
        }
        let body = kind.view(config);
        let resource = Resource {
            address: step.address.clone(),
            body,
            head: step.head.clone(),
            needs: Vec::new(),
            origins: Vec::new(),
        };
        kind.mentions(&resource).into_iter().map(|mention| mention.address).collect()
    };
    (of(&step.settled), step.before.as_ref().map_or_else(Vec::new, |live| of(&live.config)))
}

/// Whether one of these is the object. A mention without a scope may mean any.
fn speaks(mentions: &[Address], of: &Address) -> bool {
    let same = |a: &Address| a.kind == of.kind && a.parts == of.parts && (a.scope.is_empty() || a.scope == of.scope);
    mentions.iter().any(same)
}

fn picks(select: &str, address: &Address) -> bool {
    Glob::parse(select).is_ok_and(|glob| glob.matches(address))
}

/// Whether an object carries its own memory.
pub(super) fn is_whole(address: &Address) -> bool {
    systems::kind_by_word(&address.kind).is_some_and(|(_, kind)| kind.is_whole())
}

fn is_gone(world: &World, address: &Address) -> bool {
    let Some((system, kind)) = systems::kind_by_word(&address.kind) else { return false };
    let parent = kind.parent(address);
    matches!(world.presence(system.name(), address, parent.as_ref()), crate::model::Presence::Absent)
}

/// Where a step's object is declared, for those who have only the resources.
pub(super) fn source_text(source: Option<&Source>) -> String {
    source.map(|s| format!("{}:{}", s.file, s.line)).unwrap_or_default()
}
