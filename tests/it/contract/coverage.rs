//! That the table is whole: a field without a step is a promise that nobody has tried.

use super::{steps_consumer, steps_stream, steps_stream::FieldStep};
use natsform::{model::Shape, shape::resolve, systems::kind_by_name};
use std::collections::BTreeSet;

/// The paths of everything that a manifest can say: leaves, lists and maps, and what is in the elements of a list.
fn paths(shape: &'static Shape, at: &str, out: &mut BTreeSet<String>) {
    match resolve(shape) {
        Shape::Object(fields) => {
            for field in *fields {
                let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
                if !matches!(resolve(&field.shape), Shape::Object(_)) {
                    out.insert(path.clone());
                }
                paths(&field.shape, &path, out);
            }
        }
        Shape::List { item, .. } => paths(item, &format!("{at}[]"), out),
        Shape::Map(_) | Shape::Leaf(_) | Shape::Lazy(_) => {}
    }
}

fn holds(kind: &str, steps: &[FieldStep]) {
    let (_, known) = kind_by_name(kind).expect("the kind");
    let mut declarable = BTreeSet::new();
    paths(known.shape(), "", &mut declarable);
    let stepped: BTreeSet<String> = steps.iter().map(|s| s.field.to_owned()).collect();
    let missing: Vec<_> = declarable.difference(&stepped).collect();
    let unknown: Vec<_> = stepped.difference(&declarable).collect();
    assert!(missing.is_empty(), "{kind}: fields without a step in tests/it/contract: {missing:?}");
    assert!(unknown.is_empty(), "{kind}: steps of fields that are not in the shape: {unknown:?}");
    assert_eq!(steps.len(), stepped.len(), "{kind}: a field has two steps");
}

#[test]
fn every_field_of_a_stream_has_its_step() {
    holds("Stream", &steps_stream::steps());
}

#[test]
fn every_field_of_a_consumer_has_its_step() {
    holds("Consumer", &steps_consumer::steps());
}
