use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> String {
    parse_duration(text).map_or_else(|fault| line(text, &fault), |ms| format!("accepted: {ms}"))
}

#[test]
fn reads_durations_of_prometheus() {
    let cases: &[(&str, i64)] = &[
        ("0", 0),
        ("0s", 0),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("1y2w3d4h5m6s7ms", 33_019_506_007),
        ("90s", 90_000),
        ("15ms", 15),
        ("0001s", 1_000),
        ("292y", 9_208_512_000_000),
    ];
    for (text, ms) in cases {
        assert_eq!(parse_duration(text), Ok(*ms), "{text}");
    }
    let printed = [
        (0, "0s"),
        (86_400_000, "1d"),
        (5_400_000, "1h30m"),
        (31_622_400_000, "366d"),
        (604_800_000, "1w"),
        (1, "1ms"),
        (-90_000, "-1m30s"),
    ];
    for (ms, text) in printed {
        assert_eq!(print_duration(ms), text);
    }
}

#[test]
fn refuses_the_rest_with_a_place() {
    let cases = [
        ("", "0+0 \"\": a duration is missing (write it as `30s`, `5m` or `1h30m`)"),
        ("5", "0+1 \"5\": `5` has no unit (write `5s` for seconds)"),
        ("5min", "1+3 \"min\": unknown unit `min` (write `5m`)"),
        (
            "1.5h",
            "1+1 \".\": expected a unit, found `.` (numbers in a duration are whole: write `1h30m` for one and a half hours)",
        ),
        ("30m1h", "3+2 \"1h\": `1h` is out of order (units stand once each, the largest first: y, w, d, h, m, s, ms)"),
        ("1h1h", "2+2 \"1h\": `1h` is out of order (units stand once each, the largest first: y, w, d, h, m, s, ms)"),
        ("-5m", "0+1 \"-\": expected a number, found `-` (a duration is not negative)"),
        ("1h 30m", "2+1 \" \": expected a number, found ` ` (a duration holds no spaces)"),
        ("3M", "1+1 \"M\": unknown unit `M` (a month has no fixed length: write days, as `30d`)"),
        ("5ü", "1+2 \"ü\": unknown unit `ü` (units are y, w, d, h, m, s and ms)"),
        ("293y", "0+4 \"293y\": the duration is longer than 292 years"),
        ("99999999999999999999s", "0+21 \"99999999999999999999s\": the duration is longer than 292 years"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected);
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(ms in 0_i64..9_223_372_036_854) {
        prop_assert_eq!(parse_duration(&print_duration(ms)), Ok(ms));
    }

    #[test]
    fn printing_is_the_shortest_normal_form(text in "([0-9]{1,2}w)?([0-9]{1,2}d)?([0-9]{1,2}h)?([0-9]{1,2}m)?[0-9]{1,2}s") {
        let ms = parse_duration(&text).unwrap();
        let printed = print_duration(ms);
        prop_assert_eq!(parse_duration(&printed), Ok(ms));
        prop_assert_eq!(print_duration(parse_duration(&printed).unwrap()), printed);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
        if let Err(fault) = parse_duration(&text) {
            prop_assert!(text.get(fault.offset..fault.offset + fault.len).is_some(), "{:?}", fault);
        }
    }
}
