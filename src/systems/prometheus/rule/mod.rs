//! `kind: PrometheusRule`: a rule file with alerting and recording rules.
//!
//! The spec is the rule-file format itself. A document is one file on the server and owns it whole: what is not written
//! means the default. Rules are compared by what they mean and not by how they are written.

mod file;
mod foreign;
mod gates;
mod judge;
pub mod risks;
mod rules;
mod shape;
mod spoken;
#[cfg(test)]
mod tests;
mod text;
mod wire;

pub use file::{header, parse_file, to_file, to_file_with};
pub use judge::{faults, faults_around, first_document};
pub use wire::{at_rest, live_config, object, trimmed, view, view_of_groups};

/// What addresses begin with.
pub const WORD: &str = "rules";

use crate::{
    diag::Report,
    model::{Address, Expression, Finding, Live, Mention, Path, Piece, Resource, Shape, Value, json},
    systems::{Around, Decode, Kind, Taken, Turning},
    yaml::Node,
};

/// The kind.
pub struct PrometheusRule;

const DOC: &str = "Alerting and recording rules of a Prometheus server, in the format of its rule files. A document is one \
    file and owns it whole.";

const EXAMPLE: &str = include_str!("example.yaml");

impl Kind for PrometheusRule {
    fn name(&self) -> &'static str {
        "PrometheusRule"
    }

    fn word(&self) -> &'static str {
        WORD
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn unrest(&self, live: &Live) -> Option<String> {
        let known = live.state["unrest"].as_str().map(str::to_owned);
        known.or_else(|| at_rest(&live.config))
    }

    fn doc(&self) -> &'static str {
        DOC
    }

    fn shape(&self) -> &'static Shape {
        &shape::SHAPE
    }

    fn extras(&self) -> Vec<(&'static str, &'static str, Value)> {
        let doc = "Unit tests of the rules, in promtool's format. This version of natsform does not run them.";
        vec![("tests", doc, json!({"type": "array", "items": {"type": "object"}}))]
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn take(&self, document: &Node, name: &str) -> Option<Taken> {
        foreign::take(document, name)
    }

    fn later_targets(&self) -> &'static [&'static str] {
        &["loki"]
    }

    fn decode(&self, spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
        rules::decode(spec, cx)
    }

    fn view(&self, config: &Value) -> Value {
        wire::view(config)
    }

    fn put(&self, _address: &Address, config: &Value, declared: &Value, _reset: &[Path], around: &Around<'_>) -> Value {
        wire::put(config, declared, around.capabilities.fact("evaluation_interval").as_f64())
    }

    fn settle(&self, before: Option<&Value>, sent: &Value, _around: &Around<'_>) -> Value {
        wire::settled(before, sent)
    }

    fn check(&self, resource: &Resource, report: &mut Report) {
        rules::check(resource, report);
    }

    fn mentions(&self, resource: &Resource) -> Vec<Mention> {
        spoken::mentions(resource)
    }

    fn expressions(&self, resource: &Resource) -> Vec<Expression> {
        spoken::expressions(resource)
    }

    fn risks(&self, turning: &Turning<'_>) -> Vec<Finding> {
        risks::all(turning)
    }
}
