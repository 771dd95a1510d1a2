//! Asking a server what an expression gives now, within bounds.

use super::server::{odd, told};
use crate::{
    model::{Failure, Value},
    ports::{HttpReader, http::Request},
};
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, time::Duration};

/// The most series that are looked at: an alert with more of them is a mistake, or nothing to read.
pub const SERIES: usize = 500;
/// The most bytes of an answer.
const BYTES: usize = 4 << 20;
const PATH: &str = "/api/v1/query";

/// One series that an expression gives.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name of the metric included, where there is one.
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// What an expression gives.
#[derive(Clone, Debug)]
pub enum Answer {
    Series(Vec<Sample>),
    /// More than [`SERIES`]: how many.
    Many(u64),
}

/// How many queries are open at once.
const AT_ONCE: usize = 8;
/// How long one query may take.
const QUERY: Duration = Duration::from_secs(2);

/// Evaluates expressions, a few at once. What has no answer within `whole` has none.
pub async fn ask_all(questions: Vec<(HttpReader, String)>, whole: Duration) -> Vec<Option<Result<Answer, Failure>>> {
    let mut out: Vec<Option<Result<Answer, Failure>>> = questions.iter().map(|_| None).collect();
    let futures = questions.into_iter().enumerate().map(|(i, (reader, expression))| {
        Box::pin(async move { (i, ask(&reader, &expression, QUERY.min(whole)).await) })
    });
    let mut answers = stream::iter(futures.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let all = async {
        while let Some((i, answer)) = answers.next().await {
            out[i] = Some(answer);
        }
    };
    let _ = tokio::time::timeout(whole, all).await;
    drop(answers);
    out
}

/// Evaluates an expression as a rule would. It is counted first, so that one that gives everything costs little.
///
/// # Errors
/// What the server said, or what kept its answer away.
pub async fn ask(reader: &HttpReader, expression: &str, wait: Duration) -> Result<Answer, Failure> {
    match instant(reader, &format!("count(\n{expression}\n)"), wait).await {
        Ok(counted) => {
            let n = counted.first().map_or(0.0, |sample| sample.value);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let n = n as u64;
            if n == 0 {
                return Ok(Answer::Series(Vec::new()));
            }
            if n > SERIES as u64 {
                return Ok(Answer::Many(n));
            }
        }
        // a scalar cannot be counted, and is one series
        Err(Failure::Refused { .. }) => {}
        Err(failure) => return Err(failure),
    }
    instant(reader, expression, wait).await.map(Answer::Series)
}

/// The series that an expression gives now.
///
/// # Errors
/// As [`ask`].
pub async fn instant(reader: &HttpReader, expression: &str, wait: Duration) -> Result<Vec<Sample>, Failure> {
    let timeout = format!("{}ms", wait.as_millis());
    let limit = SERIES.to_string();
    let form = [("query", expression), ("timeout", timeout.as_str()), ("limit", limit.as_str())];
    let request = Request { wait: Some(wait), most: Some(BYTES), ..Request::post(PATH, &form) };
    let response = reader.read(&request).await?;
    let data = told(PATH, &response)?;
    samples(&data).ok_or_else(|| odd(PATH))
}

/// What a result holds; `None` where it is none, which is not the same as no series.
fn samples(data: &Value) -> Option<Vec<Sample>> {
    let result = data["result"].as_array()?;
    let value = |pair: &Value| pair[1].is_string().then(|| number(&pair[1]));
    if data["resultType"] == "scalar" {
        return Some(vec![Sample { labels: BTreeMap::new(), value: value(&data["result"])? }]);
    }
    let one = |one: &Value| {
        one["metric"].is_object().then_some(())?;
        Some(Sample { labels: labels(&one["metric"]), value: value(&one["value"])? })
    };
    result.iter().map(one).collect()
}

fn labels(of: &Value) -> BTreeMap<String, String> {
    let entries = of.as_object().into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// A number as Prometheus writes it: `1e+06`, `NaN`, `+Inf`.
pub fn number(text: &Value) -> f64 {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}
