//! JetStream's errors, with the server's numbers and texts.

use serde_json::{Value, json};

/// An error as it stands in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub code: u16,
    pub err_code: u32,
    pub description: String,
}

pub type Check<T = ()> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: u16, err_code: u32, description: impl Into<String>) -> Self {
        Self { code, err_code, description: description.into() }
    }

    pub fn json(&self) -> Value {
        json!({"code": self.code, "err_code": self.err_code, "description": self.description})
    }
}

/// A refusal of class 400.
pub fn bad<T>(err_code: u32, description: &str) -> Check<T> {
    Err(ApiError::new(400, err_code, description))
}

/// 10052, the server's word for most things that a stream cannot be.
pub fn invalid<T>(why: impl Into<String>) -> Check<T> {
    Err(ApiError::new(500, 10052, why))
}

/// 10012, an update of a consumer that is not possible.
pub fn frozen<T>(what: &str) -> Check<T> {
    Err(ApiError::new(500, 10012, format!("{what} can not be updated")))
}

/// 10157, what pedantic mode refuses instead of adjusting.
pub fn pedantic<T>(why: &str) -> Check<T> {
    bad(10157, &format!("pedantic mode: {why}"))
}

/// 10025. Servers before 2.11 do not say why.
pub fn json_error<T>(minor: u32, why: &str) -> Check<T> {
    if minor < 11 { bad(10025, "invalid JSON") } else { bad(10025, &format!("invalid JSON: {why}")) }
}

pub fn stream_not_found<T>() -> Check<T> {
    Err(ApiError::new(404, 10059, "stream not found"))
}

pub fn consumer_not_found<T>() -> Check<T> {
    Err(ApiError::new(404, 10014, "consumer not found"))
}
