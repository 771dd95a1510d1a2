use super::*;

fn refused(text: &str) -> String {
    template(text).map_or_else(|fault| line(text, &fault), |read| format!("accepted: {read:?}"))
}

#[test]
fn reads_every_template_of_the_corpus() {
    let Some(templates) = corpus::lines("templates.jsonl") else { return };
    let mut wrong = Vec::new();
    for value in &templates {
        let text = value.as_str().unwrap();
        match template(text) {
            Ok(read) => {
                let inside = |(label, span): &(String, Span)| span.of(text) == label;
                assert!(read.labels.iter().all(inside), "{text:?}: {read:?}");
                let counted = text.matches("$labels.").count();
                assert!(read.labels.len() >= counted.min(1), "{text:?}: {read:?}");
            }
            Err(fault) => wrong.push(format!("{text:?}: {}", line(text, &fault))),
        }
    }
    eprintln!("corpus: {} of {} templates", templates.len() - wrong.len(), templates.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tells_what_a_template_uses() {
    let text = "{{ $labels.job }} on {{ .Labels.instance }}: {{ $value | humanize }} {{ index $labels \"a.b\" }} $labels.no {{ \"$labels.no\" }}";
    let read = template(text).unwrap();
    let labels: Vec<(&str, &str)> = read.labels.iter().map(|(label, span)| (label.as_str(), span.of(text))).collect();
    assert_eq!(labels, [("job", "job"), ("instance", "instance"), ("a.b", "a.b")]);
    assert!(read.uses_value && !read.queries);
    assert!(template("{{ with query \"up\" }}{{ . | first | value }}{{ end }}").unwrap().queries);
    assert!(template("{{/* $labels.x */}}plain").unwrap().labels.is_empty());
    assert!(
        template("{{ $x := $labels.a }}{{ $x = \"b\" }}{{ range $i, $e := query \"up\" }}{{ break }}{{ end }}").is_ok()
    );
}

#[test]
fn a_fault_of_a_template_has_its_place() {
    let cases = [
        ("{{ $value | humanise }}", "12+8 \"humanise\": unknown function `humanise` (did you mean `humanize`?)"),
        ("a\nb {{ $label.x }}", "7+6 \"$label\": unknown variable `$label` (did you mean `$labels`?)"),
        ("{{ $value", "0+2 \"{{\": `{{` is never closed (it needs a `}}`)"),
        ("{{ if $value }}x", "3+2 \"if\": `{{end}}` is missing"),
        ("x {{ if $value }}x{{ range query \"up\" }}{{ end }}", "5+2 \"if\": `{{end}}` is missing"),
        ("ä {{ env \"HOME\" }}", "6+3 \"env\": unknown function `env`"),
        ("{{/* never", "0+2 \"{{\": the comment is never closed (it needs a `*/}}`)"),
        ("{{ }}", "3+2 \"}}\": this is no template: missing value for command"),
        ("{{ end }}", "7+2 \"}}\": this is no template: unexpected {{end}}"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text:?}");
    }
}

#[test]
fn what_nests_too_deep_is_refused() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(refused(&parens).contains("open at once"), "{}", refused(&parens));
    let blocks = format!("{}{}", "{{ if true }}".repeat(1_000), "{{ end }}".repeat(1_000));
    assert!(refused(&blocks).contains("nests deeper"), "{}", refused(&blocks));
    let chain = format!("{{{{ if true }}}}{}{{{{ end }}}}", "{{ else if true }}".repeat(1_000));
    assert!(refused(&chain).contains("else if"), "{}", refused(&chain));
    assert!(refused(&"x".repeat(70_000)).contains("64 KiB"));
}

const FINE: &str = "{{ if $value }}a \"{{ end }} {{ $labels.job }}{{ \"b\" }}";

#[test]
fn many_templates_are_read_at_once() {
    assert!(all_templates(&[]));
    assert!(all_templates(&[
        "no template",
        "100 % }}",
        FINE,
        "{{ with $x := $value }}{{ else }}{{ $value }}{{ end }}",
        FINE
    ]));
    assert!(all_templates(&["{{/* \" */}}", "{{ `{{` }}", FINE]));
    // what is right only because of what stands around it
    for text in [
        "{{ if $value }}",
        "{{ end }}{{ if true }}",
        "{{ else }}",
        "{{ else if true }}",
        "{{ $x }}",
        "{{ \"a }}",
        "{{ 'a }}",
        "{{ `a }}",
        "{{ break }}",
        "{{ define \"a\" }}{{ end }}",
        "{{ nothing }}",
        "{{",
        "{{/* a",
    ] {
        for texts in [[text, FINE, FINE], [FINE, text, FINE], [FINE, FINE, text]] {
            assert!(!all_templates(&texts), "{text}");
        }
    }
    assert!(!all_templates(&["{{ $x := 1 }}", "{{ $x }}"]), "variables do not reach the next one");
}

/// Templates with a piece cut out or doubled: at once never accepts what alone is refused.
#[test]
fn at_once_and_one_by_one_agree() {
    let Some(lines) = super::corpus::lines("templates.jsonl") else { return };
    let texts: Vec<&str> = lines.iter().filter_map(|line| line.as_str()).collect();
    let together = texts.chunks(20).filter(|some| all_templates(some)).count();
    assert!(together > texts.chunks(20).count() * 9 / 10, "only {together} chunks are read at once");
    let mut dice = Dice(5);
    let (mut refused, mut accepted) = (0, 0);
    for text in texts.iter().filter(|t| t.contains("{{")).cycle().take(2_000) {
        let chars: Vec<char> = text.chars().collect();
        let at = dice.roll(chars.len());
        let len = 1 + dice.roll(4);
        let (head, tail) = (&chars[..at], &chars[(at + len).min(chars.len())..]);
        let piece: String =
            if dice.roll(2) == 0 { String::new() } else { ["{{", "}}", "\"", "{{ end }}", "'"][dice.roll(5)].into() };
        let broken: String = head.iter().collect::<String>() + &piece + &tail.iter().collect::<String>();
        match (template(&broken).is_ok(), all_templates(&[FINE, &broken, FINE])) {
            (false, true) => panic!("at once accepts {broken:?}"),
            (true, true) => accepted += 1,
            (false, false) => refused += 1,
            (true, false) => {}
        }
    }
    assert!(refused > 200 && accepted > 200, "{refused} refused, {accepted} accepted");
}
