//! `kind: Stream`: a JetStream stream with every field that servers up to 2.15 know.
//!
//! The spec carries the API's own names. `consumers:` is the same as separate `Consumer` documents; they inherit the
//! stream's labels and lifecycle.

mod decode;
#[cfg(test)]
mod decode_tests;
mod gates;
mod nested;
mod risks;
mod settle;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use decode::{check_name, inside, refuse_names, refuse_reserved_metadata};
pub(super) use risks::now_captured;

use crate::{
    diag::Report,
    model::{Address, Finding, Live, Mention, Path, Piece, Resource, Shape, Value, json},
    shape as walk,
    systems::{
        Around, Decode, Kind, Turning,
        jetstream::fields::{self, says, without_server_metadata, word_of},
    },
    yaml::Node,
};

/// The kind.
pub struct Stream;

const DOC: &str = "A JetStream stream: which subjects it captures, how long it keeps messages and how it stores them. \
    What is written is enforced; what is not written is left alone.";

const EXAMPLE: &str = include_str!("example.yaml");

impl Kind for Stream {
    fn name(&self) -> &'static str {
        "Stream"
    }

    fn word(&self) -> &'static str {
        "stream"
    }

    fn doc(&self) -> &'static str {
        DOC
    }

    fn stands_for(&self) -> &'static [&'static str] {
        &["kv"]
    }

    fn shape(&self) -> &'static Shape {
        &shape::SHAPE
    }

    fn extras(&self) -> Vec<(&'static str, &'static str, Value)> {
        let doc = "Consumers of this stream by name, each with the spec of a Consumer document.";
        vec![(
            "consumers",
            doc,
            json!({"type": "object", "additionalProperties": walk::schema(&super::consumer::SHAPE)}),
        )]
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn decode(&self, spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
        decode::decode(spec, cx)
    }

    fn view(&self, config: &Value) -> Value {
        walk::view(&shape::SHAPE, &without_server_metadata(config))
    }

    fn put(&self, address: &Address, config: &Value, declared: &Value, reset: &[Path], around: &Around<'_>) -> Value {
        let live = if config.is_object() { config.clone() } else { json!({"name": address.leaf()}) };
        let mut sent = walk::patch(&shape::SHAPE, &live, declared);
        for path in reset {
            fields::reset(&shape::SHAPE, &mut sent, path);
        }
        settle::drop_headless(&mut sent, reset);
        settle::take_derived(&live, declared, &mut sent, around);
        sent
    }

    fn portable(&self, config: &Value) -> Value {
        without_server_metadata(config)
    }

    fn settle(&self, _before: Option<&Value>, sent: &Value, around: &Around<'_>) -> Value {
        settle::settle(sent, around)
    }

    fn check(&self, resource: &Resource, report: &mut Report) {
        decode::check_name("stream", resource, report);
        decode::check_inventory(resource, report);
        decode::check_purge(resource, report);
    }

    fn mentions(&self, resource: &Resource) -> Vec<Mention> {
        let mut out = Vec::new();
        let mut origin = |source: &Value, at: Path| {
            if says(&source["name"]) && !says(&source["external"]) {
                let address = Address::new("stream", [word_of(source, "name")], &resource.address.scope);
                out.push(Mention { address, at: at.field("name"), needed: true });
            }
        };
        origin(&resource.body["mirror"], Path::root().field("mirror"));
        for source in resource.body["sources"].as_array().into_iter().flatten() {
            origin(source, Path::root().field("sources").key(word_of(source, "name")));
        }
        out
    }

    fn reserved(&self, live: &Live) -> Option<&'static str> {
        let name = live.address.leaf();
        if name.starts_with("KV_") {
            Some("it is the backing stream of a key-value bucket")
        } else if name.starts_with("OBJ_") {
            Some("it is the backing stream of an object store")
        } else if name.starts_with('$') {
            Some("it belongs to the server")
        } else {
            None
        }
    }

    fn risks(&self, turning: &Turning<'_>) -> Vec<Finding> {
        risks::all(turning)
    }
}
