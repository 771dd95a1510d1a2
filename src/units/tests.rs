use super::*;
use proptest::prelude::*;

const S: i64 = 1_000_000_000;

#[test]
fn durations_read_like_go_with_days() {
    for (text, ns) in [
        ("0", 0),
        ("0s", 0),
        ("1h30m", 5400 * S),
        ("1.5h", 5400 * S),
        ("1d", 86_400 * S),
        ("1w", 604_800 * S),
        ("1y", 31_536_000 * S),
        ("-1s", -S),
        ("+1s", S),
        ("500ms", S / 2),
        ("1µs", 1000),
        ("1μs", 1000),
        (".5s", S / 2),
        ("1.s", S),
        ("1.000000001s", S + 1),
        ("-9223372036854775808ns", i64::MIN),
        ("9223372036854775807ns", i64::MAX),
    ] {
        assert_eq!(parse_duration(text), Ok(ns), "{text}");
    }
}

#[test]
fn what_is_no_duration_says_where() {
    for (text, offset, len, message, help) in [
        ("", 0, 0, "a duration is missing", "write it as `30s`, `1h30m` or `7d`"),
        ("30", 2, 0, "`30` has no unit", "units are ns, us, ms, s, m, h, d, w and y: write `30s` for seconds"),
        ("1M", 1, 1, "unknown unit `M`", "a month has no fixed length; write days, as `30d` (`m` is minutes)"),
        ("5min", 1, 3, "unknown unit `min`", "write `5m`"),
        ("7days", 1, 4, "unknown unit `days`", "write `7d`"),
        ("24H", 2, 1, "unknown unit `H`", "write `24h`"),
        ("2h 30m", 2, 1, "a duration holds no spaces", "write `2h30m`"),
        ("1h3q", 3, 1, "unknown unit `q`", "units are ns, us, ms, s, m, h, d, w (7 days) and y (365 days)"),
        ("forever", 0, 1, "expected a number, found `f`", "write a duration as `30s`, `1h30m` or `7d`"),
        ("1h-3m", 2, 1, "expected a number, found `-`", "write a duration as `30s`, `1h30m` or `7d`"),
    ] {
        let error = UnitError { offset, len, message: message.into(), help: Some(help.into()) };
        assert_eq!(parse_duration(text), Err(error), "{text}");
    }
    for text in [
        "300y",
        "9223372036854775808ns",
        "0.3ns",
        "1__0s",
        "1.2.3s",
        "99999999999999999999999999999999999999999s",
        "-",
        "1h\n",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn durations_print_in_the_largest_exact_units() {
    for (ns, text) in [
        (0, "0s"),
        (90 * S, "1m30s"),
        (86_400 * S, "1d"),
        (30 * 86_400 * S, "30d"),
        (5400 * S, "1h30m"),
        (120 * S, "2m"),
        (-S / 2, "-500ms"),
    ] {
        assert_eq!(print_duration(ns), text);
    }
}

#[test]
fn sizes_are_binary_or_plain() {
    for (text, bytes) in [
        ("0", 0),
        ("1_000_000", 1_000_000),
        ("10GiB", 10 << 30),
        ("1.5KiB", 1536),
        ("-1", -1),
        ("2TiB", 2 << 40),
        ("9223372036854775807", i64::MAX),
    ] {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
    }
    for (text, help) in [
        ("10GB", "`10GB` is 10737418240 to nats and nats-server, 10000000000 in SI; write `10GiB` or `10_000_000_000`"),
        ("10g", "`10g` is 10737418240 to nats and nats-server, 10000000000 in SI; write `10GiB` or `10_000_000_000`"),
        ("1.5kb", "`1.5kb` is 1536 to nats and nats-server, 1500 in SI; write `1.5KiB` or `1_500`"),
        ("10Gi", "write `10GiB`"),
        ("10gib", "write `10GiB`"),
        ("10 GiB", "write `10GiB`"),
        ("100B", "write plain bytes as `100`"),
        ("1PiB", "units are KiB, MiB, GiB and TiB; without one it is bytes"),
        ("-2", "`-1` stands for unlimited"),
    ] {
        assert_eq!(parse_size(text).map_err(|e| e.help), Err(Some(help.into())), "{text}");
    }
    for text in ["", "x", "0.3KiB", "1.5", "1.0", "8388608TiB", "9223372036854775808", "1__0", "10é"] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}

#[test]
fn sizes_print() {
    for (bytes, text) in
        [(10 << 30, "10GiB"), (1536, "1536"), (-1, "-1"), (0, "0"), (1024, "1KiB"), (5 << 50, "5120TiB")]
    {
        assert_eq!(print_size(bytes), text);
    }
    for (bytes, text) in [
        (0, "0 B"),
        (512, "512 B"),
        (212 << 30, "212 GiB"),
        (3 << 19, "1.5 MiB"),
        (1023, "1023 B"),
        (1024 * 1024 - 1, "1 MiB"),
        (u64::MAX, "16 EiB"),
    ] {
        assert_eq!(about_size(bytes), text);
    }
}

#[test]
fn counts_round_up() {
    for (n, text) in [
        (0, "0"),
        (17, "17"),
        (100, "100"),
        (101, "110"),
        (1000, "1k"),
        (1234, "1.3k"),
        (68_000_000, "68M"),
        (61_204_332, "62M"),
        (990_001, "1M"),
        (120_001, "130k"),
        (u64::MAX, "19E"),
    ] {
        assert_eq!(count(n), text);
    }
    assert_eq!((ceiling(0), ceiling(17), ceiling(61_204_332), ceiling(u64::MAX)), (0, 19, 68_000_000, u64::MAX));
    assert_eq!(parse_count("1.3k"), Some(1300));
    assert_eq!(parse_count("61204332"), Some(61_204_332));
    for text in ["", "k", "1.5", "-1", "20E", "1.2345k", "1K", "1 k"] {
        assert_eq!(parse_count(text), None, "{text}");
    }
    assert_eq!(grouped(61_204_332), "61,204,332");
    assert_eq!(grouped(1), "1");
}

#[test]
fn whole_numbers() {
    for (text, value) in [("0", 0), ("1_000", 1000), ("-1", -1), ("+5", 5)] {
        assert_eq!(parse_int(text), Some(value));
    }
    for text in ["", "-", "017", "0o17", "0x1", "_1", "1_", "1__0", "1.0", "1e3", "-01", "٣"] {
        assert_eq!(parse_int(text), None, "{text}");
    }
}

#[test]
fn one_instant_in_two_zones_is_one_instant() {
    assert_eq!(time_key("2024-06-01T12:00:00+02:00"), time_key("2024-06-01T10:00:00Z"));
    assert_eq!(time_key("1970-01-01T00:00:00.000000001Z"), Some(1));
    assert!(time_key("0001-01-01T00:00:00Z").is_some_and(|t| t < 0));
    assert_eq!(time_key("yesterday"), None);
}

proptest! {
    #[test]
    fn a_duration_survives_its_text(ns in any::<i64>()) {
        prop_assert_eq!(parse_duration(&print_duration(ns)), Ok(ns));
    }

    #[test]
    fn a_size_survives_its_text(bytes in prop_oneof![0..=i64::MAX, Just(-1), (0_i64..8000).prop_map(|n| n << 40), (0_i64..8000).prop_map(|n| n << 20)]) {
        prop_assert_eq!(parse_size(&print_size(bytes)), Ok(bytes));
    }

    #[test]
    fn a_ceiling_survives_its_text(n in any::<u64>(), shift in 0_u32..64) {
        let n = n >> shift;
        let top = ceiling(n);
        prop_assert!(top >= n);
        prop_assert_eq!(parse_count(&count(top)), Some(top));
        prop_assert!(parse_count(&count(n)) >= Some(n));
    }

    #[test]
    fn nothing_panics(text in "\\PC*", tail in "[-+0-9._a-zA-Zµ ]{0,12}") {
        for text in [text, tail] {
            for error in [parse_duration(&text).err(), parse_size(&text).err()].into_iter().flatten() {
                prop_assert!(text.is_char_boundary(error.offset) && text.is_char_boundary(error.offset + error.len));
            }
            let _ = (parse_int(&text), parse_count(&text), time_key(&text));
        }
    }
}
