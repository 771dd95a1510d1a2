//! `kind: Consumer`: a durable JetStream consumer with every field that servers up to 2.15 know.
//!
//! Written as a document of its own with `spec.stream`, or inside its stream under `consumers:`.

mod gates;
mod risks;
mod settle;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use risks::{open_messages, threshold, tightens};
pub(crate) use settle::tightens as tightens_limits;
pub use shape::SHAPE;

use super::stream::{check_name, inside, refuse_names, refuse_reserved_metadata};
use crate::{
    diag::{Problem, Report},
    model::{Address, Finding, Head, Live, Mention, Origin, Path, Piece, Resource, Shape, Value, json},
    shape as walk,
    systems::{
        Around, Decode, Kind, Turning,
        jetstream::fields::{self, on, says, without_server_metadata},
    },
    yaml::Node,
};

/// The kind.
pub struct Consumer;

const DOC: &str = "A durable JetStream consumer: which messages of a stream it delivers, how they are acknowledged and \
    how often they are tried. What is written is enforced; what is not written is left alone.";

const STREAM_DOC: &str = "The stream that the consumer reads. Required in a Consumer document, and not written inside a \
    stream's `consumers:`.";

impl Kind for Consumer {
    fn name(&self) -> &'static str {
        "Consumer"
    }

    fn word(&self) -> &'static str {
        "consumer"
    }

    fn doc(&self) -> &'static str {
        DOC
    }

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn extras(&self) -> Vec<(&'static str, &'static str, Value)> {
        vec![("stream", STREAM_DOC, json!({"type": "string", "minLength": 1, "maxLength": 255}))]
    }

    fn example(&self) -> &'static str {
        include_str!("example.yaml")
    }

    fn decode(&self, spec: &Node, cx: &mut Decode<'_>) -> Vec<Piece> {
        let stream = spec.get("stream").map(Node::resolve);
        let Some(stream) = stream.and_then(Node::as_str).filter(|s| !s.is_empty()) else {
            let (at, code, what) = match stream.filter(|n| !n.is_null()) {
                Some(_) => {
                    (inside(&cx.origin, |p| p.field("stream")), "NF0012", "`stream` must be the name of a stream")
                }
                None => (cx.origin.clone(), "NF0013", "`spec.stream` is missing"),
            };
            let problem = Problem::error(code, what).help("name the stream that the consumer reads: `stream: ORDERS`");
            cx.report.at_key(&at, problem);
            walk::decode(&SHAPE, spec, &cx.origin, &["stream"], cx.report);
            return Vec::new();
        };
        vec![piece(stream, &cx.head.name, spec, cx.head.clone(), &cx.origin, cx.report)]
    }

    fn view(&self, config: &Value) -> Value {
        walk::view(&SHAPE, &without_server_metadata(config))
    }

    fn put(&self, address: &Address, config: &Value, declared: &Value, reset: &[Path], around: &Around<'_>) -> Value {
        let name = address.leaf();
        let live = if config.is_object() { config.clone() } else { json!({"name": name, "durable_name": name}) };
        let mut sent = walk::patch(&SHAPE, &live, declared);
        for path in reset {
            fields::reset(&SHAPE, &mut sent, path);
        }
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
        check_name("consumer", resource, report);
    }

    fn mentions(&self, resource: &Resource) -> Vec<Mention> {
        let stream = self.parent(&resource.address).into_iter();
        stream.map(|address| Mention { address, at: Path::root().field("stream"), needed: true }).collect()
    }

    fn parent(&self, address: &Address) -> Option<Address> {
        let stream = address.parts.first()?;
        Some(Address::new("stream", [stream.as_str()], &address.scope))
    }

    fn reserved(&self, live: &Live) -> Option<&'static str> {
        let name = live.address.leaf();
        if on(&live.config, "direct") || on(&live.config, "sourcing") {
            Some("it feeds a mirror or a source")
        } else if name.starts_with("JS_SRC_") || name.starts_with("JS_MIRROR_") {
            Some("it belongs to the server")
        } else if !says(&live.config["durable_name"]) {
            Some("it is not durable: it lives and dies with its client")
        } else {
            None
        }
    }

    fn risks(&self, turning: &Turning<'_>) -> Vec<Finding> {
        risks::all(turning)
    }
}

/// One consumer of a stream, from a document of its own or from the stream's.
pub fn piece(stream: &str, name: &str, spec: &Node, head: Head, origin: &Origin, report: &mut Report) -> Piece {
    let nested = matches!(origin.path.0.last(), Some(crate::model::Seg::Key(_)));
    let skip: &[&str] = if nested { &["name", "durable_name"] } else { &["stream", "name", "durable_name"] };
    let body = if spec.is_null() {
        json!({})
    } else {
        refuse_names(spec, origin, report);
        walk::decode(&SHAPE, spec, origin, skip, report)
    };
    refuse_reserved_metadata(&body, origin, report);
    let address = Address::new("consumer", [stream, name], &head.scope);
    Piece { address, body, origin: origin.clone(), head, overrides: false }
}
