#![no_main]

#[path = "../bodies/units.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|text: &str| body::run(text));
