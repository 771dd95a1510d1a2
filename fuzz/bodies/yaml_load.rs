//! No bytes make loading, decoding or drawing a problem panic, and what was read survives being written.

use natsform::{
    diag::Report,
    yaml::{Budgets, Cx, decode, emit, load, to_value},
};

pub fn run(bytes: &[u8]) {
    let budgets = Budgets { values: 10_000, ..Budgets::default() };
    let loaded = load(bytes, &budgets);
    let mut report = Report::default();
    let source = report.add_source("fuzz.yaml", loaded.text.clone());
    for node in &loaded.documents {
        let cx = Cx::new();
        let _ = decode::<serde_json::Value>(node, &cx);
        let Ok(value) = to_value(node, &cx) else { continue };
        let again = load(emit(&value).as_bytes(), &budgets);
        // a value that is itself null is no document, and what is emitted may pass a limit that its source did not
        if let ([node], []) = (again.documents.as_slice(), again.problems.as_slice()) {
            assert_eq!(to_value(node, &cx).ok(), Some(value));
        }
        report.yaml(source, cx.take());
    }
    report.yaml(source, loaded.problems);
    let _ = (report.render_lines(), report.render_fancy(false, 80), report.to_json());
}
