//! Files that a table cannot hold: bytes that are no text, and very much of something.

use super::{CONSUMER, STREAM};

/// Name, content of the file, and the one thing that is said.
pub fn all() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let bytes = |begin: &str, wrong: &[u8]| [STREAM.as_bytes(), begin.as_bytes(), wrong, b"\"}\n"].concat();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let stream = |rest: String| format!("{STREAM}{rest}\n").into_bytes();
    vec![
        ("a byte that is no UTF-8", bytes("spec: {description: \"", b"\xff"), "4:22 NF0003 byte 0xFF is no UTF-8"),
        (
            "a letter cut in half behind wide ones",
            bytes("spec: {description: \"Größe ", b"\xe2\x82"),
            "4:28 NF0003 byte 0xE2 is no UTF-8",
        ),
        ("UTF-16", utf16("\u{feff}kind: Stream\n"), "1:1 NF0003 the file is UTF-16 and not UTF-8"),
        (
            "more aliases than anybody needs",
            format!("a: &a x\nb: [{}]\n", vec!["*a"; 10_001].join(",")).into_bytes(),
            "2:30005 NF0007 more than 10000 aliases in one document",
        ),
        (
            "a line of more than a mebibyte",
            stream(format!("# {}", "x".repeat(1 << 20))),
            "4:1 NF0007 a line of more than 1 MiB",
        ),
        (
            "a file of more than 16 MiB",
            stream("# comment\n".repeat(1_700_000)),
            "1:1 NF0007 the file has 16 MiB, more than 16 MiB",
        ),
        (
            "a description past 4096 bytes",
            stream(format!("spec: {{description: {}}}", "x".repeat(4097))),
            "4:21 NF0012 this text has 4097 bytes, at most 4096 are allowed",
        ),
        (
            "a stream's name of 256 bytes",
            format!("{CONSUMER}spec: {{stream: {}}}\n", "x".repeat(256)).into_bytes(),
            "4:16 NF0163 the stream name \"xxx…",
        ),
        (
            "ten thousand brackets",
            stream(format!("spec: {}", "[".repeat(10_000))),
            "4:107 NF0007 too many collections inside each other",
        ),
        (
            "ten thousand braces",
            stream(format!("spec: {}", "{a: ".repeat(10_000))),
            "4:403 NF0007 too many collections inside each other",
        ),
    ]
}
