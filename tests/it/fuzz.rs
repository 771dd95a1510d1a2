//! The bodies of the fuzz targets, run for some seconds: on the examples, broken in some thousand ways. The real fuzzing
//! is `cargo +nightly fuzz run`.

#[path = "../../fuzz/bodies/manifests.rs"]
mod manifests;
#[path = "../../fuzz/bodies/units.rs"]
mod units;
#[path = "../../fuzz/bodies/yaml_load.rs"]
mod yaml_load;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

const SEEDS: &[&str] = &[
    include_str!("../../examples/quickstart/manifests/orders.yaml"),
    include_str!("../../examples/sysarmor/manifests/sysdig-events.yaml"),
    include_str!("../../examples/chat-platform/manifests/streams.yaml"),
    "a: &a [x, *a, {y: !t 1}]\n---\n? {}\n: |\n  z\n--- {a: 1, a: 2}\n",
];
/// What breaks a document well.
const WORDS: &[&str] = &[
    "\t",
    "\n",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a",
    "*a",
    "!t",
    "|",
    ">",
    "\"",
    "'",
    "#",
    "---",
    "-1",
    "null",
    "1_0",
    "10GB",
    "\u{feff}",
    "\u{0}",
    "é",
    "${{ var.x }}",
];

/// A seed with some of its stretches cut out, doubled or replaced.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let cut = (any::<prop::sample::Index>(), 0..40_usize, prop::sample::select(WORDS), any::<bool>());
    (prop::sample::select(SEEDS), prop::collection::vec(cut, 0..6)).prop_map(|(seed, cuts)| {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, length, word, keep) in cuts {
            let from = at.index(bytes.len() + 1);
            let to = (from + length).min(bytes.len());
            let mut put = word.as_bytes().to_vec();
            if keep {
                put.extend_from_slice(&bytes[from..to]);
                put.extend_from_slice(&bytes[from..to]);
            }
            bytes.splice(from..to, put);
        }
        bytes
    })
}

fn run(cases: u32, body: fn(&[u8])) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&broken(), |bytes| {
        body(&bytes);
        Ok(())
    });
    tried.expect("no input breaks it");
}

#[test]
fn fuzz_yaml_load() {
    run(1_500, yaml_load::run);
}

#[test]
fn fuzz_manifests() {
    run(1_000, manifests::run);
}

#[test]
fn fuzz_units() {
    let mut runner = TestRunner::new(Config { cases: 20_000, failure_persistence: None, ..Config::default() });
    let text = "[-+]?[0-9_.]{0,6}(ns|us|ms|s|m|h|d|w|y|K|KB|KiB|GiB|TiB|%|é)?[0-9]{0,3}[a-z]{0,2}";
    let tried = runner.run(&text, |text| {
        units::run(&text);
        Ok(())
    });
    tried.expect("no input breaks it");
}
