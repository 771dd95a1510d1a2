//! Every field on its way through one server: created with a value, changed, taken out of the manifest.
//!
//! All fields go together, one object each, so that a phase is one apply; a failure is noted and the others go on, so that
//! one run shows everything that is wrong on a version.

use super::{
    meaning::{at, equal, put, says},
    place::Place,
    project::{Project, consumer, step, stream, tokens, told},
    steps_consumer, steps_stream,
    steps_stream::FieldStep,
};
use natsform::{
    engine::Adopt,
    model::{Action, Exit, Finding, Planned, Step, Verdict},
};
use serde_json::{Value, json};

/// The stream that the table's consumers read.
const PARENT: &str = "CONSUMERS";

/// A field, and the object that shows it.
struct Case {
    step: FieldStep,
    consumer: bool,
    name: String,
    declared: Value,
}

impl Case {
    /// What to declare of the object called `name`, with the field at `value`.
    fn spec(&self, name: &str, value: Option<Value>) -> Value {
        let mut spec = (self.step.base)();
        if let Some(value) = value {
            put(&mut spec, self.step.path(), value);
        }
        if self.consumer { spec } else { apart(spec, name) }
    }

    fn with(&self, name: &str, value: fn() -> Value) -> Value {
        self.spec(name, Some(value()))
    }

    /// What is left to declare without the field, and without all else where nothing else can stand alone.
    fn without(&self, name: &str) -> Value {
        if self.step.required { json!({}) } else { self.spec(name, None) }
    }

    fn parts<'a>(&self, name: &'a str) -> Vec<&'a str> {
        if self.consumer { vec![PARENT, name] } else { vec![name] }
    }

    fn short(&self) -> String {
        if self.consumer { format!("consumer/{PARENT}/{}", self.name) } else { format!("stream/{}", self.name) }
    }

    fn document(&self) -> Value {
        if self.consumer { consumer(PARENT, &self.name, &self.declared) } else { stream(&self.name, &self.declared) }
    }

    /// The name of an object to try things on, past natsform.
    fn scratch(&self) -> String {
        format!("{}x", self.name)
    }
}

/// Gives the steps' subjects to one stream: no two streams may capture the same.
fn apart(value: Value, name: &str) -> Value {
    match value {
        Value::String(s) => match s.strip_prefix("step.") {
            Some(rest) => json!(format!("{name}.{rest}")),
            None => Value::String(s),
        },
        Value::Array(a) => a.into_iter().map(|v| apart(v, name)).collect(),
        Value::Object(o) => o.into_iter().map(|(k, v)| (k, apart(v, name))).collect::<serde_json::Map<_, _>>().into(),
        other => other,
    }
}

/// The table on one server.
pub struct Table {
    place: Place,
    project: Project,
    cases: Vec<Case>,
    wrong: Vec<String>,
}

impl Table {
    /// Plays all phases and demands that nothing was wrong.
    pub async fn play(place: Place) {
        let cases = |steps: Vec<FieldStep>, consumer: bool, letter: char| {
            let named = move |(i, step): (usize, FieldStep)| {
                let mut case = Case { step, consumer, name: format!("{letter}{i}"), declared: Value::Null };
                case.declared = case.with(&case.name, case.step.first);
                case
            };
            steps.into_iter().enumerate().map(named).collect::<Vec<_>>()
        };
        let mut all = cases(steps_stream::steps(), false, 's');
        all.extend(cases(steps_consumer::steps(), true, 'c'));
        let mut table = Self { place, project: Project::new(), cases: all, wrong: Vec::new() };
        table.create().await;
        table.change().await;
        table.remove().await;
        assert!(table.wrong.is_empty(), "{}:\n{}", table.place.name, table.wrong.join("\n"));
    }

    fn note(&mut self, case: usize, what: &str) {
        let case = &self.cases[case];
        self.wrong.push(format!("{} {} ({}): {what}", case.short(), case.step.field, case.step.note));
    }

    fn declare(&self) {
        let parent = stream(PARENT, &steps_consumer::stream());
        let documents: Vec<Value> = std::iter::once(parent).chain(self.cases.iter().map(Case::document)).collect();
        self.project.declare(&documents);
    }

    async fn plan(&self) -> Planned {
        self.declare();
        self.project.plan(&self.place).await
    }

    /// Applies; what does not work is noted.
    async fn apply(&mut self, phase: &str, acks: &[String]) {
        self.declare();
        let applied = self.project.try_apply(&self.place, acks).await;
        let failed = applied.steps.iter().filter(|s| s.error.is_some());
        let named = |address: &str| self.cases.iter().find(|c| c.short() == address).map_or("", |c| c.step.field);
        let failed: Vec<String> = failed
            .map(|s| format!("{phase}: {} {}: {:?}", s.address.short(), named(&s.address.short()), s.error))
            .collect();
        if applied.exit != Some(Exit::Ok) {
            self.wrong.push(format!("{phase}: the apply ends with {:?} {:?}", applied.exit, applied.errors));
        }
        self.wrong.extend(failed);
    }

    /// Nothing is left to do, neither now nor after a restart; but what lived in memory died with the server.
    async fn rests(&mut self, phase: &str) {
        self.rests_now(phase).await;
        if !self.place.restart().await {
            return;
        }
        let mortal = |c: &Case| c.declared["storage"] == "memory" || c.declared["mem_storage"] == true;
        let mortals: Vec<String> = self.cases.iter().filter(|c| mortal(c)).map(Case::short).collect();
        if !mortals.is_empty() {
            let planned = self.plan().await;
            let gone = planned.plan.changes().filter(|s| s.action == Action::Create).map(|s| s.address.short());
            let gone: Vec<String> = gone.collect();
            if gone.iter().any(|short| !mortals.contains(short)) {
                self.wrong.push(format!("gone after {phase} and a restart: {gone:?}, and only {mortals:?} may be"));
            }
            self.apply(&format!("{phase} again"), &[]).await;
        }
        self.rests_now(&format!("{phase} and a restart")).await;
        // a forgetful server's objects are confirmed, or none of them may be replaced from here on
        let adopt = std::mem::replace(&mut self.project.adopt, Adopt::Always);
        self.apply(&format!("{phase} confirmed"), &[]).await;
        self.project.adopt = adopt;
    }

    async fn rests_now(&mut self, when: &str) {
        let left = self.project.left(&self.place).await;
        self.wrong.extend(left.into_iter().map(|l| format!("not at rest after {when}: {l}")));
    }

    /// What the plan says of each case, and the tokens that it asks for.
    async fn steps(&self) -> (Vec<Step>, Vec<String>) {
        let planned = self.plan().await;
        let steps = self.cases.iter().map(|case| step(&planned, &case.short()).clone()).collect();
        (steps, tokens(&planned))
    }

    async fn create(&mut self) {
        let (steps, _) = self.steps().await;
        let blocked: Vec<usize> = (0..steps.len()).filter(|i| is_blocked(&steps[*i])).collect();
        if !blocked.is_empty() {
            let applied = self.project.try_apply(&self.place, &[]).await;
            assert_eq!((applied.exit, applied.writes), (Some(Exit::Refused), 0), "{}: blocked steps", self.place.name);
            assert!(self.place.streams().await.is_empty(), "{}: something was created", self.place.name);
        }
        self.place.ok(&format!("STREAM.CREATE.{PARENT}"), parent()).await;
        for i in blocked.iter().copied() {
            self.cannot_create(i).await;
        }
        self.place.delete(&[PARENT]).await;
        let mut i = 0;
        self.cases.retain(|_| (!blocked.contains(&i), i += 1).0);
        self.apply("create", &[]).await;
        self.lives().await;
        self.rests("create").await;
    }

    /// What the plan refuses to create the server refuses too, or forgets.
    async fn cannot_create(&mut self, i: usize) {
        let (case, scratch) = (&self.cases[i], self.cases[i].scratch());
        let spec = case.with(&scratch, case.step.first);
        let answer = self.place.create(&case.parts(&scratch), &spec).await;
        if answer.get("error").is_none() {
            let stored = says(at(&spec, case.step.path()), at(&answer["config"], case.step.path()));
            self.place.delete(&case.parts(&scratch)).await;
            if stored {
                self.note(i, &format!("the plan blocks a create that the server takes: {answer}"));
            }
        }
    }

    /// Every live value is as declared.
    async fn lives(&mut self) {
        for i in 0..self.cases.len() {
            let case = &self.cases[i];
            let expected = at(&case.declared, case.step.path()).clone();
            let config = self.place.config(&case.parts(&case.name)).await.unwrap_or_default();
            let live = at(&config, case.step.path());
            if !says(&expected, live) {
                let what = format!("declared {expected}, live {live}");
                self.note(i, &what);
            }
        }
    }

    async fn change(&mut self) {
        let before: Vec<Value> = self.cases.iter().map(|c| c.declared.clone()).collect();
        for case in &mut self.cases {
            case.declared = case.with(&case.name, case.step.second);
        }
        let (steps, asked) = self.steps().await;
        for (i, step) in steps.into_iter().enumerate() {
            if step.action == Action::Keep || (step.changes.is_empty() && !is_blocked(&step)) {
                self.note(i, &format!("the plan sees no change: {}", told(&step)));
            }
            if is_blocked(&step) || step.action == Action::Replace {
                self.cannot_update(i, &step).await;
            }
            if is_blocked(&step) {
                self.cases[i].declared = before[i].clone();
            }
        }
        self.declare();
        let refused = self.project.try_apply(&self.place, &[]).await;
        let expected = if asked.is_empty() { Exit::Ok } else { Exit::Refused };
        if refused.exit != Some(expected) || (expected == Exit::Refused && refused.writes > 0) {
            self.wrong.push(format!("without tokens: {:?}, {} writes", refused.exit, refused.writes));
        }
        self.apply("change", &asked).await;
        self.lives().await;
        self.rests("change").await;
    }

    /// What the plan does not change in place the server does not either.
    async fn cannot_update(&mut self, i: usize, step: &Step) {
        let (case, scratch) = (&self.cases[i], self.cases[i].scratch());
        // Standalone servers before 2.14 store a number of replicas and make none.
        if case.step.needs_cluster {
            return;
        }
        let parts = case.parts(&scratch);
        let made = self.place.create(&parts, &case.with(&scratch, case.step.first)).await;
        let mut config = made["config"].clone();
        let wanted = case.with(&scratch, case.step.second);
        put(&mut config, case.step.path(), at(&wanted, case.step.path()).clone());
        let answer = self.place.update(&parts, &config).await;
        self.place.delete(&parts).await;
        let without_effect = step.reason.as_ref().is_some_and(|why| why.contains("no effect"));
        // Old servers forget what they do not know.
        let stored = says(at(&wanted, case.step.path()), at(&answer["config"], case.step.path()));
        if answer.get("error").is_none() && stored && !without_effect {
            self.note(i, &format!("the server takes what the plan does not: {} / {answer}", told(step)));
        }
    }

    async fn remove(&mut self) {
        for case in &mut self.cases {
            case.declared = case.without(&case.name);
        }
        let (steps, asked) = self.steps().await;
        for (i, step) in steps.iter().enumerate() {
            if is_blocked(step) || step.action == Action::Keep || step.action == Action::Replace {
                self.note(i, &format!("a removal that is no reset: {}", told(step)));
            }
        }
        let before = self.configs().await;
        self.apply("remove", &asked).await;
        for (i, step) in steps.iter().enumerate() {
            self.is_reset(i, step, &before[i]).await;
        }
        self.rests("remove").await;
    }

    async fn configs(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for case in &self.cases {
            out.push(self.place.config(&case.parts(&case.name)).await.unwrap_or_default());
        }
        out
    }

    /// The field is what it is on an object that never had it, or the plan has said that it cannot be taken back.
    async fn is_reset(&mut self, i: usize, step: &Step, before: &Value) {
        let (case, scratch) = (&self.cases[i], self.cases[i].scratch());
        let path = case.step.path();
        let answer = self.place.create(&case.parts(&scratch), &case.without(&scratch)).await;
        let Some(fresh) = self.place.config(&case.parts(&scratch)).await else {
            return self.note(i, &format!("a fresh object cannot be made: {answer}"));
        };
        self.place.delete(&case.parts(&scratch)).await;
        let config = self.place.config(&case.parts(&case.name)).await.unwrap_or_default();
        // A field whose default is the object's own name.
        let live = renamed(at(&config, path), &case.name, &scratch);
        let released =
            |f: &Finding| f.code == "NF2010" && f.path.as_ref().is_some_and(|p| p.to_string().starts_with(path));
        let released = step.findings.iter().any(released);
        let expected =
            if released { renamed(at(before, path), &case.name, &scratch) } else { at(&fresh, path).clone() };
        if !equal(&expected, &live) {
            let what = format!("removed (released: {released}): expected {expected}, live {live}: {}", told(step));
            self.note(i, &what);
        }
    }
}

fn is_blocked(step: &Step) -> bool {
    matches!(step.verdict, Verdict::Blocked { .. })
}

fn parent() -> Value {
    let mut config = steps_consumer::stream();
    config["name"] = json!(PARENT);
    config
}

fn renamed(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(s) if s == from => json!(to),
        Value::Array(a) => a.iter().map(|v| renamed(v, from, to)).collect(),
        other => other.clone(),
    }
}
