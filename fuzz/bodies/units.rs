//! No text makes a unit panic, offsets are inside the text, and what is read survives being printed.

use natsform::units;

pub fn run(text: &str) {
    match units::parse_duration(text) {
        Ok(ns) => assert_eq!(units::parse_duration(&units::print_duration(ns)), Ok(ns)),
        Err(error) => assert!(text.get(error.offset..error.offset + error.len).is_some()),
    }
    match units::parse_size(text) {
        Ok(bytes) => assert_eq!(units::parse_size(&units::print_size(bytes)), Ok(bytes)),
        Err(error) => assert!(text.get(error.offset..error.offset + error.len).is_some()),
    }
    if let Some(n) = units::parse_count(text) {
        let top = units::ceiling(n);
        assert_eq!(units::parse_count(&units::count(top)), Some(top));
    }
    let _ = (units::parse_int(text), units::time_key(text));
}
