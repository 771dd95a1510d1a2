//! How a request can end.

use super::Live;
use std::{fmt, time::Duration};

/// Why a request to a live system did not give the wanted answer. The class decides what may be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It certainly did not reach the server: safe to send again.
    NotSent { why: String },
    /// No answer came: it may have happened. Only a read-back tells.
    Unknown { why: String },
    /// The server asked to come back later.
    Busy { why: String, after: Option<Duration> },
    /// The identity that natsform uses may not do this; `what` is the subject or path.
    Denied { what: String },
    /// The server understood and said no. `code` is its own (`10058`, `404`).
    Refused { code: String, message: String },
    /// The object is not what the plan saw.
    Stale { what: String },
    /// The answer could not be understood.
    Garbled { why: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { why } => write!(f, "the request was not sent: {why}"),
            Self::Unknown { why } => write!(f, "no answer: {why}"),
            Self::Busy { why, .. } => write!(f, "the server is busy: {why}"),
            Self::Denied { what } => write!(f, "permission denied for `{what}`"),
            Self::Refused { code, message } => write!(f, "the server refused it: {message} ({code})"),
            Self::Stale { what } => write!(f, "stale: {what}"),
            Self::Garbled { why } => write!(f, "the answer could not be understood: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// How an operation of an apply ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Done and verified; the objects as they are now.
    Done(Vec<Live>),
    /// It was already so: nothing was written.
    Already(Vec<Live>),
    /// It failed and the live system is as it was before.
    RolledBack { why: String },
    /// It failed and the live system is not as before; `left` names what is left, `now` holds the objects as they are.
    Dirty { why: String, left: String, now: Vec<Live> },
    /// It failed.
    Failed(Failure),
}
