//! Text of manifests and servers inside Markdown: it shows as it is and does nothing.
//!
//! It may not open or close a code span, a fence or an element, name a person, link anywhere, refer to an issue, hide or
//! turn round what stands beside it, or look like the marker by which a comment is found again.

/// What is put behind a character that would begin a mention or a reference: seen by nobody, and it ends the word.
const STOP: char = '\u{200b}';

/// Text without line ends, control characters and characters that change the direction of others.
fn clean(text: &str) -> String {
    let calm = |c: char| match c {
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(calm).collect()
}

/// A comment cannot begin in it, not even where nothing is escaped: whoever looks for the marker in the text of a
/// comment must not find another one.
fn unmarked(text: &str) -> String {
    text.replace("<!--", "<! --")
}

/// Words of a sentence; what stands between backticks is code.
pub(super) fn prose(text: &str) -> String {
    // an empty line means nothing here, and `<br>` alone on a line would be an element of its own
    let parts: Vec<String> = text.lines().filter(|l| !clean(l).trim().is_empty()).map(line).collect();
    unbegun(parts.join("<br>").trim_start())
}

/// What would begin a list, a rule or a title at the start of a line does not.
fn unbegun(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (head, rest) = text.split_at(digits);
    let begins: &[char] = if digits > 0 { &['.', ')'] } else { &['-', '+', '='] };
    if rest.starts_with(begins) { format!("{head}\\{rest}") } else { text.to_owned() }
}

fn line(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        match (i % 2 == 1, i == last) {
            // a backtick that nothing closes
            (true, true) => out.push_str(&format!("\\`{}", words(part))),
            (true, false) if part.trim().is_empty() => out.push_str(&format!("\\`{}\\`", clean(part))),
            (true, false) => out.push_str(&code(part)),
            (false, _) => out.push_str(&words(part)),
        }
    }
    out
}

fn words(text: &str) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut before = [' '; 3];
    while let Some(c) = rest.next() {
        let word = rest.peek().is_some_and(|next| next.is_alphanumeric() || matches!(next, '"' | '_' | '-'));
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | '#' | '!' | '$' | '^' => out.extend(['\\', c]),
            ':' if rest.peek() == Some(&'/') => out.push_str("\\:"),
            '.' if before.iter().all(|w| w.eq_ignore_ascii_case(&'w')) => out.push_str("\\."),
            c => out.push(c),
        }
        // mentions, and GitLab's references to issues, merge requests, snippets, milestones, labels, epics and alerts
        if c == '@' || (word && matches!(c, '#' | '!' | '$' | '%' | '~' | '&' | '^')) {
            out.push(STOP);
        }
        before = [before[1], before[2], c];
    }
    out
}

/// A code span.
pub(super) fn code(text: &str) -> String {
    let text = unmarked(&clean(text));
    let ticks = "`".repeat(longest(&text, '`') + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// The content of an HTML element.
pub(super) fn html(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A fenced block of lines.
pub(super) fn fence(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| unmarked(&clean(line))).collect();
    let longest = lines.iter().map(|line| longest(line, '`')).max().unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{ticks}{language}\n{body}{ticks}\n")
}

/// The longest run of a character.
fn longest(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// A value inside the marker: letters, digits, `.`, `_` and single `-` as they are, everything else percent-encoded.
pub(super) fn attribute(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || (c == '-' && !out.is_empty() && !out.ends_with('-')) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            out.extend(c.encode_utf8(&mut bytes).bytes().map(|b| format!("%{b:02X}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_shows_and_does_nothing() {
        assert_eq!(prose("a *b* _c_ [d](e)"), "a \\*b\\* \\_c\\_ \\[d\\](e)");
        assert_eq!(prose("ask @ops"), "ask @\u{200b}ops");
        assert_eq!(prose("<b>&amp; #1"), "&lt;b&gt;&amp;\u{200b}amp; \\#\u{200b}1");
        assert_eq!(prose("https://x www.x"), "https\\://x www\\.x");
        assert_eq!(prose("one\ntwo\r\u{7}"), "one<br>two  ");
        assert_eq!(prose("\u{202e}x"), "\u{fffd}x");
        assert_eq!(prose("--- x"), "\\--- x");
        assert_eq!(prose(" 12. x"), "12\\. x");
        assert_eq!(prose("\n\nx\n\ny\n"), "x<br>y");
    }

    #[test]
    fn backticks_are_code_where_they_are_a_pair() {
        assert_eq!(prose("`a|b` is `@c"), "`a|b` is \\`@\u{200b}c");
        assert_eq!(prose("``x``"), "\\`\\`x\\`\\`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("<!-- x"), "`<! -- x`");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("diff", &["+ ```".into(), "a\nb".into()]), "````diff\n+ ```\na b\n````\n");
    }

    #[test]
    fn the_marker_cannot_be_closed() {
        assert_eq!(attribute("shop-1.a_b"), "shop-1.a_b");
        assert_eq!(attribute("a--> b"), "a-%2D%3E%20b");
        assert_eq!(attribute("ü%-"), "%C3%BC%25-");
        assert_eq!(attribute("-a"), "%2Da");
    }
}
