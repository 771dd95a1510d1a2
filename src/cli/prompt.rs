//! The question before writes.

use super::{Cx, terminal::answer};

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// There is no terminal to ask.
    Nobody,
}

/// Asks on the terminal; only `yes` is yes.
pub async fn ask(cx: &Cx, question: &str) -> Answer {
    if !cx.terminal.can_ask {
        return Answer::Nobody;
    }
    cx.terminal.talk(&format!("\n{question} Only `yes` is accepted: "));
    // A thread of its own, so that a signal is heard while nobody answers.
    match tokio::task::spawn_blocking(answer).await {
        Ok(Some(text)) if text == "yes" => Answer::Yes,
        _ => Answer::No,
    }
}
