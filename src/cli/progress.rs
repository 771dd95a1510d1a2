//! What an apply does, while it does it: one live line on a terminal, a line per finished step elsewhere.

use super::{Cx, terminal::Terminal};
use crate::model::{Action, Address, Observer, StepResult};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Tells on standard error how far an apply is.
pub struct Progress<'a> {
    terminal: &'a Terminal,
    scoped: bool,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: BTreeSet<String>,
    done: usize,
    total: usize,
}

impl<'a> Progress<'a> {
    /// Live on a terminal, in lines elsewhere, silent with `-q`.
    pub fn new(cx: &'a Cx, scoped: bool) -> Self {
        let terminal = &cx.terminal;
        let bar = (terminal.lively && !terminal.quiet).then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let color = if terminal.color_err { ".green" } else { "" };
            let template = format!("{{spinner{color}}} {{pos}}/{{len}}  {{msg}}");
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.tick_chars("|/-\\ "));
            }
            bar
        });
        Self { terminal, scoped, bar, state: Mutex::new(State::default()) }
    }

    /// Takes the live line away.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.terminal.say(text)),
            None => self.terminal.say(text),
        }
    }

    fn show(&self, state: &State) {
        if let Some(bar) = &self.bar {
            let names: Vec<&str> = state.running.iter().take(3).map(String::as_str).collect();
            let more = state.running.len().saturating_sub(names.len());
            let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
            bar.set_position(u64::try_from(state.done).unwrap_or(u64::MAX));
            bar.set_message(format!("{}{tail}", names.join(", ")));
        }
    }
}

impl Observer for Progress<'_> {
    fn begin(&self, steps: usize) {
        self.state().total = steps;
        if let Some(bar) = &self.bar {
            bar.set_length(u64::try_from(steps).unwrap_or(u64::MAX));
            bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn started(&self, address: &Address, _action: Action) {
        let mut state = self.state();
        state.running.insert(address.text(self.scoped));
        self.show(&state);
    }

    fn ended(&self, result: &StepResult) {
        let name = result.address.text(self.scoped);
        let mut state = self.state();
        state.running.remove(&name);
        state.done += 1;
        self.show(&state);
        if self.bar.is_none() {
            self.line(&ended(&state, result, &name));
        }
    }

    fn say(&self, text: &str) {
        self.line(text);
    }
}

/// `[2/5] + stream/ORDERS done`.
fn ended(state: &State, result: &StepResult, name: &str) -> String {
    let error = result.error.as_ref().map(|e| format!(": {e}")).unwrap_or_default();
    let word = result.outcome.word().replace('_', " ");
    format!("[{}/{}] {} {name} {word}{error}", state.done, state.total, result.action.symbol())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepOutcome;

    #[test]
    fn a_finished_step_is_one_line() {
        let state = State { done: 2, total: 5, ..State::default() };
        let result = StepResult {
            address: Address::new("stream", ["A"], "APP"),
            action: Action::Create,
            outcome: StepOutcome::NotStarted,
            error: Some("depends on stream/B".into()),
            notes: Vec::new(),
        };
        assert_eq!(ended(&state, &result, "stream/A"), "[2/5] + stream/A not started: depends on stream/B");
    }
}
